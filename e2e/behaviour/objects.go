package behaviour

// pod asks for what is given and is left alone: no scheduler takes it.
func pod(name string, more object) object {
	spec := object{
		"schedulerName": "nobody", "automountServiceAccountToken": false,
		"containers": []any{object{"name": "main", "image": "busybox:1"}},
	}
	for k, v := range more {
		spec[k] = v
	}
	return object{"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": name, "labels": object{"app": name}}, "spec": spec}
}

// gpus is a pod's containers with one that wants devices.
func gpus(n string) object {
	return object{"containers": []any{object{
		"name": "main", "image": "busybox:1", "resources": object{"limits": object{"nvidia.com/gpu": n}},
	}}}
}

// configMap is the plainest of objects.
func configMap(name string, labels object, data object) object {
	return object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": name, "labels": labels}, "data": data}
}

// job is one that is suspended, so that no controller makes pods of it.
func job(name string, more object) object {
	spec := object{
		"suspend": true, "completionMode": "Indexed", "completions": 2, "parallelism": 2,
		"template": object{"spec": object{
			"restartPolicy": "Never", "containers": []any{object{"name": "main", "image": "busybox:1"}},
		}},
	}
	for k, v := range more {
		spec[k] = v
	}
	return object{"apiVersion": "batch/v1", "kind": "Job", "metadata": object{"name": name}, "spec": spec}
}
