package behaviour

func claim(name string) object {
	return object{"metadata": object{"name": name}, "spec": object{
		"accessModes": []any{"ReadWriteMany"}, "storageClassName": "none", "resources": object{"requests": object{"storage": "1Gi"}},
	}}
}

func deletions() []Behaviour {
	return []Behaviour{
		{"delete", func(k *Talk) {
			k.quiet("POST", "~/configmaps", configMap("a", nil, nil))
			k.say("DELETE", "~/configmaps/a", nil).want(200).has("status", "Success").has("details.kind", "configmaps")
			k.say("DELETE", "~/configmaps/a", nil).want(404).reason("NotFound")
			k.quiet("POST", "~/pods", pod("a", nil))
			k.say("DELETE", "~/pods/a", nil).want(200).has("kind", "Pod")
			k.say("GET", "~/pods/a", nil).want(404)
		}},
		{"delete with preconditions", func(k *Talk) {
			made := k.quiet("POST", "~/configmaps", configMap("a", nil, nil))
			wrong := object{"preconditions": object{"uid": "00000000-0000-0000-0000-000000000000"}}
			k.say("DELETE", "~/configmaps/a", wrong).want(409, `Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (00000000-0000-0000-0000-000000000000) does not match the UID in record`).reason("Conflict")
			k.say("DELETE", "~/configmaps/a", object{"preconditions": object{"resourceVersion": "1"}}).want(409).reason("Conflict")
			right := object{"preconditions": object{"uid": made.Text("metadata.uid"), "resourceVersion": made.Text("metadata.resourceVersion")}}
			k.say("DELETE", "~/configmaps/a", right).want(200)
			k.say("DELETE", "~/configmaps/a", object{"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Sideways"}).want(422)
		}},
		{"delete a pod gracefully", func(k *Talk) {
			k.quiet("POST", "~/pods", pod("a", object{"nodeName": "nowhere"}))
			k.say("DELETE", "~/pods/a", object{"gracePeriodSeconds": 17}).want(200).has("metadata.deletionGracePeriodSeconds", "17")
			k.say("GET", "~/pods/a", nil).want(200).has("metadata.deletionGracePeriodSeconds", "17")
			k.say("DELETE", "~/pods/a", object{"gracePeriodSeconds": 60}).want(200).has("metadata.deletionGracePeriodSeconds", "17")
			k.say("DELETE", "~/pods/a", object{"gracePeriodSeconds": 5}).want(200).has("metadata.deletionGracePeriodSeconds", "5")
			k.say("DELETE", "~/pods/a", object{"gracePeriodSeconds": 0}).want(200)
			k.say("GET", "~/pods/a", nil).want(404)
			k.quiet("POST", "~/pods", pod("b", object{"nodeName": "nowhere", "terminationGracePeriodSeconds": 42}))
			k.say("DELETE", "~/pods/b?gracePeriodSeconds=9", nil).want(200).has("metadata.deletionGracePeriodSeconds", "9")
			k.quiet("POST", "~/pods", pod("c", object{"nodeName": "nowhere", "terminationGracePeriodSeconds": 42}))
			k.say("DELETE", "~/pods/c", nil).want(200).has("metadata.deletionGracePeriodSeconds", "42")
		}},
		{"finalizers hold", func(k *Talk) {
			held := configMap("a", nil, nil)
			held["metadata"].(object)["finalizers"] = []any{"example.com/hold"}
			k.quiet("POST", "~/configmaps", held)
			gone := k.say("DELETE", "~/configmaps/a", nil).want(200)
			if gone.Text("metadata.deletionTimestamp") == "" {
				k.t.Error("it is not being deleted")
			}
			k.say("POST", "~/configmaps", configMap("a", nil, nil)).want(409, "object is being deleted")
			k.say("PATCH", "~/configmaps/a", object{"metadata": object{"finalizers": []any{"example.com/other", "example.com/hold"}}}, merge).
				want(422, "no new finalizers can be added if the object is being deleted")
			k.say("PATCH", "~/configmaps/a", object{"metadata": object{"finalizers": nil}}, merge).want(200)
			k.say("GET", "~/configmaps/a", nil).want(404)
		}},
		{"propagation", func(k *Talk) {
			k.quiet("POST", "~batch/v1/jobs", job("a", nil))
			waits := k.quiet("DELETE", "~batch/v1/jobs/a?propagationPolicy=Foreground", nil).want(200)
			waits.has("metadata.finalizers", `["foregroundDeletion"]`)
			held := job("b", nil)
			held["metadata"].(object)["finalizers"] = []any{"example.com/hold"}
			k.quiet("POST", "~batch/v1/jobs", held)
			kept := k.quiet("DELETE", "~batch/v1/jobs/b", nil).want(200)
			if len(kept.Header.Values("Warning")) != 1 {
				k.t.Errorf("no warning that the pods stay: %q", kept.Header)
			}
			kept.has("metadata.finalizers", `["example.com/hold","orphan"]`)
			k.quiet("PATCH", "~batch/v1/jobs/b", object{"metadata": object{"finalizers": nil}}, merge)
			k.quiet("POST", "~batch/v1/jobs", job("c", nil))
			k.say("DELETE", "~batch/v1/jobs/c?propagationPolicy=Background", nil).want(200).has("details.kind", "jobs").has("details.group", "batch")
		}},
		{"delete what a selector matches", func(k *Talk) {
			k.quiet("POST", "~/configmaps", configMap("a", object{"x": "1"}, nil))
			k.quiet("POST", "~/configmaps", configMap("b", object{"x": "1"}, nil))
			k.quiet("POST", "~/configmaps", configMap("c", object{"x": "2"}, nil))
			k.say("DELETE", "~/configmaps?labelSelector=x%3D1", nil).want(200).has("kind", "ConfigMapList").has("items.1.metadata.name", "b")
			names(k, "~/configmaps?labelSelector=x", "c")
		}},
		{"a namespace under deletion takes nothing", func(k *Talk) {
			held := configMap("hold", nil, nil)
			held["metadata"].(object)["finalizers"] = []any{"example.com/hold"}
			k.quiet("POST", "~/configmaps", held)
			k.say("DELETE", "/api/v1/namespaces/"+k.ns, nil).want(200).has("status.phase", "Terminating")
			k.say("POST", "~/configmaps", configMap("a", nil, nil)).want(403, "unable to create new content in namespace <namespace> because it is being terminated").reason("Forbidden")
			k.quiet("PATCH", "~/configmaps/hold", object{"metadata": object{"finalizers": nil}}, merge)
		}},
	}
}
