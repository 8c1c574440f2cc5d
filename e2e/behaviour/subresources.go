package behaviour

func budget(name string, least int) object {
	return object{"metadata": object{"name": name}, "spec": object{"minAvailable": least, "selector": object{"matchLabels": object{"guarded": "yes"}}}}
}

func subresources() []Behaviour {
	return []Behaviour{
		{"logs that can't be had", func(k *Talk) {
			k.quiet("POST", "~/pods", pod("a", nil))
			k.quiet("POST", "~/pods", pod("two", object{"containers": []any{object{"name": "x", "image": "i"}, object{"name": "y", "image": "i"}}}))
			k.quiet("POST", "~/pods", pod("lost", object{"nodeName": "nowhere"}))
			k.say("GET", "~/pods/missing/log", nil).want(404, `pods "missing" not found`).reason("NotFound")
			k.say("GET", "~/pods/a/log?container=b", nil).want(400, "container b is not valid for pod a").reason("BadRequest")
			k.say("GET", "~/pods/two/log", nil).want(400, "a container name must be specified for pod two, choose one of: [x y]")
			k.quiet("GET", "~/pods/a/log", nil).want(204)
			k.say("GET", "~/pods/a/log?tailLines=-1", nil).want(422).reason("Invalid")
			k.say("GET", "~/pods/a/log?limitBytes=0", nil).want(422)
			k.say("GET", "~/pods/a/log?sinceSeconds=0", nil).want(422)
			k.say("GET", "~/pods/a/log?sinceSeconds=5&sinceTime=2026-01-01T00:00:00Z", nil).want(422, "at most one of `sinceTime` or `sinceSeconds` may be specified")
			k.say("GET", "~/pods/lost/log", nil).want(404, `pods "nowhere" not found`)
		}},
		{"evict", func(k *Talk) {
			eviction := func(name string) object {
				return object{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": object{"name": name}}
			}
			k.quiet("POST", "~/pods", pod("a", nil))
			k.say("POST", "~/pods/a/eviction", eviction("b")).want(400, "name in URL does not match name in Eviction object")
			k.say("POST", "~/pods/a/eviction", eviction("a")).want(201).has("status", "Success")
			k.say("GET", "~/pods/a", nil).want(404)
			k.say("POST", "~/pods/a/eviction", eviction("a")).want(404)
		}},
		{"evict what a budget guards", func(k *Talk) {
			guarded := pod("a", object{"nodeName": "nowhere"})
			guarded["metadata"].(object)["labels"] = object{"guarded": "yes"}
			k.quiet("POST", "~/pods", guarded)
			k.quiet("PATCH", "~/pods/a/status", object{"status": object{"phase": "Running", "conditions": []any{object{"type": "Ready", "status": "True"}}}}, merge).want(200)
			k.quiet("POST", "~policy/v1/poddisruptionbudgets", budget("b", 1)).want(201)
			k.ready("~policy/v1/poddisruptionbudgets/b", "status.currentHealthy", "1")
			k.quiet("PATCH", "~policy/v1/poddisruptionbudgets/b/status", object{"status": object{"observedGeneration": 1, "currentHealthy": 1, "desiredHealthy": 1, "expectedPods": 1}}, merge).want(200)
			eviction := object{"metadata": object{"name": "a"}}
			k.say("POST", "~/pods/a/eviction", eviction).want(429, "Cannot evict pod as it would violate the pod's disruption budget.").
				reason("TooManyRequests").has("details.causes.0.message", "The disruption budget b needs 1 healthy pods and has 1 currently")
			k.quiet("DELETE", "~policy/v1/poddisruptionbudgets/b", nil).want(200)
			k.say("POST", "~/pods/a/eviction?dryRun=All", eviction).want(201)
			k.say("POST", "~/pods/a/eviction", eviction).want(201)
			k.quiet("GET", "~/pods/a", nil).want(200).has("status.conditions.1.type", "DisruptionTarget").has("metadata.deletionGracePeriodSeconds", "30")
		}},
		{"bind", func(k *Talk) {
			k.quiet("POST", "~/pods", pod("a", nil))
			binding := object{"metadata": object{"name": "a"}, "target": object{"kind": "Node", "name": "nowhere"}}
			k.say("POST", "~/pods/a/binding", binding).want(201)
			k.say("POST", "~/pods/a/binding", binding).want(409, `pod a is already assigned to node "nowhere"`).reason("Conflict")
			k.say("GET", "~/pods/a", nil).has("spec.nodeName", "nowhere")
		}},
		{"proxy to a service without endpoints", func(k *Talk) {
			k.quiet("POST", "~/services", object{"metadata": object{"name": "s"}, "spec": object{"ports": []any{object{"port": 80, "name": "web"}}}})
			k.say("GET", "~/services/s:web/proxy/x", nil).want(503, `no endpoints available for service "s"`).reason("ServiceUnavailable")
			k.say("GET", "~/services/s:nope/proxy/x", nil).want(503, `no endpoints available for service "s"`).reason("ServiceUnavailable")
			k.say("GET", "~/services/missing:80/proxy/x", nil).want(404, `services "missing" not found`)
		}},
		{"exec and portforward", func(k *Talk) {
			k.quiet("POST", "~/pods", pod("a", nil))
			k.say("POST", "~/pods/missing/exec?command=ls&stdout=1", nil).want(404)
			k.say("POST", "~/pods/a/exec?command=ls&stdout=1", nil).want(400, "pod a does not have a host assigned")
		}},
	}
}
