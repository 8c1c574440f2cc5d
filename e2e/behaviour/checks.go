package behaviour

func checks() []Behaviour {
	return []Behaviour{
		{"pods that can't be", func(k *Talk) {
			refuse := func(spec object, words ...string) {
				k.say("POST", "~/pods", pod("a", spec)).want(422, words...).reason("Invalid")
			}
			one := func(c object) object { return object{"containers": []any{c}} }
			refuse(object{"containers": []any{}}, "spec.containers: Required value")
			refuse(one(object{"name": "main"}), "spec.containers[0].image: Required value")
			refuse(one(object{"name": "Main", "image": "x"}), "spec.containers[0].name: Invalid value")
			refuse(one(object{"image": "x"}), "spec.containers[0].name: Required value")
			refuse(object{"containers": []any{object{"name": "a", "image": "x"}, object{"name": "a", "image": "y"}}}, "spec.containers[1].name: Duplicate value")
			refuse(object{"restartPolicy": "Sometimes"}, `spec.restartPolicy: Unsupported value: "Sometimes"`)
			refuse(one(object{"name": "a", "image": "x", "volumeMounts": []any{object{"name": "v", "mountPath": "/x"}}}), `spec.containers[0].volumeMounts[0].name: Not found: "v"`)
			refuse(one(object{"name": "a", "image": "x", "resources": object{"requests": object{"cpu": "2"}, "limits": object{"cpu": "1"}}}), "must be less than or equal to cpu limit of 1")
			refuse(one(object{"name": "a", "image": "x", "resources": object{"requests": object{"nvidia.com/gpu": "1"}}}), "Limit must be set for non overcommitable resources")
			refuse(one(object{"name": "a", "image": "x", "resources": object{"limits": object{"nvidia.com/gpu": "500m"}}}), "must be an integer")
			refuse(one(object{"name": "a", "image": "x", "resources": object{"limits": object{"cpu": "-1"}}}), "must be greater than or equal to 0")
			refuse(one(object{"name": "a", "image": "x", "resources": object{"limits": object{"gpus": "1"}}}), "must be a standard resource type or fully qualified")
			refuse(object{"volumes": []any{object{"name": "v", "emptyDir": object{}}, object{"name": "v", "emptyDir": object{}}}}, "spec.volumes[1].name: Duplicate value")
			refuse(object{"hostname": "Not_A_Name"}, "spec.hostname: Invalid value")
			refuse(object{"tolerations": []any{object{"operator": "Equal"}}}, "spec.tolerations[0]")
			k.say("POST", "~/pods", pod("Big", nil)).want(422, `metadata.name: Invalid value: "Big"`)
			k.say("POST", "~/pods", pod("a", object{"priorityClassName": "no-such"})).want(403, "no PriorityClass with name no-such was found").reason("Forbidden")
			k.say("POST", "~/pods", pod("a", object{"serviceAccountName": "no-such"})).want(403, `serviceaccount "no-such" not found`).reason("Forbidden")
		}},
		{"pods don't change", func(k *Talk) {
			k.quiet("POST", "~/pods", pod("a", gpus("1")))
			k.quiet("PATCH", "~/pods/a", object{"spec": object{"schedulerName": "x"}}, merge).want(422, "pod updates may not change fields other than").reason("Invalid")
			k.quiet("PATCH", "~/pods/a", object{"spec": object{"containers": []any{object{"name": "b", "image": "y"}}}}, strategic).want(422, "pod updates may not add or remove containers")
			k.say("PATCH", "~/pods/a", object{"spec": object{"containers": []any{object{"name": "main", "image": "y"}}}}, strategic).want(200).has("metadata.generation", "2")
		}},
		{"jobs that can't be", func(k *Talk) {
			refuse := func(spec object, words ...string) {
				k.say("POST", "~batch/v1/jobs", job("a", spec)).want(422, words...).reason("Invalid")
			}
			template := func(spec object) object {
				whole := object{"restartPolicy": "Never", "containers": []any{object{"name": "main", "image": "x"}}}
				for key, v := range spec {
					whole[key] = v
				}
				return object{"template": object{"spec": whole}}
			}
			refuse(object{"completions": -1}, "spec.completions: Invalid value: -1: must be greater than or equal to 0")
			refuse(object{"parallelism": -3, "backoffLimit": -1}, "spec.parallelism", "spec.backoffLimit")
			refuse(object{"completions": nil}, "spec.completions: Required value: when completion mode is Indexed")
			refuse(object{"completionMode": "Some"}, `spec.completionMode: Unsupported value: "Some"`)
			refuse(object{"completionMode": "NonIndexed", "backoffLimitPerIndex": 1}, "requires indexed completion mode")
			refuse(template(object{"restartPolicy": "Always"}), `spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"`)
			refuse(template(object{"restartPolicy": "Maybe"}), "spec.template.spec.restartPolicy: Unsupported value")
			refuse(template(object{"containers": nil}), "spec.template.spec.containers: Required value")
			refuse(object{"podFailurePolicy": object{"rules": []any{object{"action": "Explode", "onExitCodes": object{"operator": "In", "values": []any{1}}}}}}, "Unsupported value")
			refuse(object{"podReplacementPolicy": "Never"}, "spec.podReplacementPolicy")
			refuse(object{"selector": object{"matchLabels": object{"x": "y"}}}, "`selector` not auto-generated")
			k.say("POST", "~batch/v1/jobs", job("a.b", nil)).want(422, "will not able to create pod with invalid DNS label: a.b-1")
		}},
		{"jobs that don't change", func(k *Talk) {
			k.quiet("POST", "~batch/v1/jobs", job("a", object{"suspend": false, "parallelism": 0, "completions": 0}))
			k.quiet("POST", "~batch/v1/jobs", job("plain", object{"suspend": false, "parallelism": 0, "completions": 2, "completionMode": "NonIndexed"}))
			refuse := func(name string, spec object, words ...string) {
				k.quiet("PATCH", "~batch/v1/jobs/"+name, object{"spec": spec}, merge).want(422, words...).reason("Invalid")
			}
			refuse("plain", object{"completions": 3}, "spec.completions: Invalid value: 3: field is immutable")
			refuse("a", object{"completions": 3}, "can only be modified in tandem with spec.parallelism")
			refuse("a", object{"completionMode": "NonIndexed"}, "spec.completionMode", "field is immutable")
			refuse("a", object{"template": object{"spec": object{"nodeSelector": object{"a": "b"}}}}, "spec.template", "field is immutable")
			refuse("a", object{"selector": object{"matchLabels": object{"a": "b"}}}, "spec.selector", "field is immutable")
			k.quiet("POST", "~batch/v1/jobs", job("s", nil))
			k.say("PATCH", "~batch/v1/jobs/s", object{"spec": object{"completions": 4, "parallelism": 4}}, merge).want(200).has("spec.completions", "4")
			k.say("PATCH", "~batch/v1/jobs/s", object{"spec": object{"template": object{"spec": object{"nodeSelector": object{"a": "b"}}}}}, merge).want(200)
			k.say("PATCH", "~batch/v1/jobs/plain", object{"spec": object{"parallelism": 0, "backoffLimit": 9, "ttlSecondsAfterFinished": 60}}, merge).want(200)
		}},
		{"names and labels", func(k *Talk) {
			k.say("POST", "~/configmaps", configMap("a_b", nil, nil)).want(422, "a lowercase RFC 1123 subdomain must consist of")
			k.say("POST", "~/configmaps", configMap("a", object{"bad key!": "x"}, nil)).want(422, "metadata.labels: Invalid value")
			k.say("POST", "~/configmaps", configMap("a", object{"k": "bad value"}, nil)).want(422, "a valid label must be")
			k.say("POST", "~/services", object{"metadata": object{"name": "1A"}, "spec": object{"ports": []any{object{"port": 80}}}}).want(422)
			k.say("POST", "~/services", object{"metadata": object{"name": "a"}, "spec": object{}}).want(422, "spec.ports: Required value")
			k.say("POST", "/api/v1/namespaces", object{"metadata": object{"name": "Bad"}}).want(422)
			k.say("POST", "~/persistentvolumeclaims", object{"metadata": object{"name": "c"}, "spec": object{}}).want(422)
		}},
		{"quota", func(k *Talk) {
			k.quiet("POST", "~/resourcequotas", object{"metadata": object{"name": "gpu"}, "spec": object{"hard": object{"requests.nvidia.com/gpu": "3", "pods": "3"}}})
			k.ready("~/resourcequotas/gpu", "status.hard.pods", "3")
			k.quiet("POST", "~/pods", pod("a", gpus("2"))).want(201)
			k.ready("~/resourcequotas/gpu", "status.used.pods", "1")
			k.say("POST", "~/pods", pod("b", gpus("2"))).reason("Forbidden").
				want(403, `pods "b" is forbidden: exceeded quota: gpu, requested: requests.nvidia.com/gpu=2, used: requests.nvidia.com/gpu=2, limited: requests.nvidia.com/gpu=3`)
			k.quiet("POST", "~/pods", pod("b", gpus("1"))).want(201)
			k.quiet("POST", "~/pods", pod("c", nil)).want(201)
			k.say("POST", "~/pods", pod("d", nil)).want(403, "exceeded quota: gpu, requested: pods=1, used: pods=3, limited: pods=3")
			k.quiet("POST", "~/resourcequotas", object{"metadata": object{"name": "compute"}, "spec": object{"hard": object{"requests.cpu": "3", "limits.memory": "1Gi"}}})
			k.ready("~/resourcequotas/compute", `status.hard.limits\.memory`, "1Gi")
			k.quiet("DELETE", "~/pods/c", object{"gracePeriodSeconds": 0})
			k.ready("~/resourcequotas/gpu", "status.used.pods", "2")
			k.say("POST", "~/pods", pod("e", nil)).want(403, "failed quota: compute: must specify limits.memory for: main; requests.cpu for: main")
		}},
	}
}
