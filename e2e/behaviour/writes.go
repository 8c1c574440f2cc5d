package behaviour

import "strings"

func writes() []Behaviour {
	return []Behaviour{
		{"create and fill in", func(k *Talk) {
			made := k.say("POST", "~/pods", pod("a", gpus("2"))).want(201)
			made.has("status.phase", "Pending").has("spec.restartPolicy", "Always").has(`spec.containers.0.resources.requests.nvidia\.com/gpu`, "2")
			made.has("spec.terminationGracePeriodSeconds", "30").has("spec.serviceAccountName", "default").has("status.qosClass", "BestEffort")
			made.has("spec.tolerations.0.tolerationSeconds", "300").has("metadata.generation", "1").has("spec.priority", "0")
			k.say("POST", "~batch/v1/jobs", job("j", nil)).want(201).has("spec.backoffLimit", "6").
				has(`spec.template.metadata.labels.batch\.kubernetes\.io/job-name`, "j").has("spec.manualSelector", "false")
			k.say("POST", "~batch/v1/jobs", object{"metadata": object{"name": "plain"}, "spec": object{"suspend": true, "template": object{
				"metadata": object{"labels": object{"x": "y"}},
				"spec":     object{"restartPolicy": "OnFailure", "containers": []any{object{"name": "c", "image": "r.example/x/y:latest"}}},
			}}}).want(201).has("spec.completions", "1").has("metadata.labels.x", "y").has("spec.template.spec.containers.0.imagePullPolicy", "Always")
			k.say("POST", "~/services", object{"metadata": object{"name": "s"}, "spec": object{"clusterIP": "None", "ports": []any{object{"port": 80}}}}).
				want(201).has("spec.type", "ClusterIP").has("spec.ports.0.targetPort", "80")
			k.say("POST", "~/secrets", object{"metadata": object{"name": "s"}, "stringData": object{"a": "b"}}).want(201).has("data.a", "Yg==").has("type", "Opaque")
		}},
		{"create twice", func(k *Talk) {
			k.quiet("POST", "~/configmaps", configMap("a", nil, nil))
			k.say("POST", "~/configmaps", configMap("a", nil, nil)).want(409, `configmaps "a" already exists`).reason("AlreadyExists")
			k.say("POST", "~batch/v1/jobs", job("j", nil)).want(201)
			k.say("POST", "~batch/v1/jobs", job("j", nil)).want(409, `jobs.batch "j" already exists`)
		}},
		{"generate names", func(k *Talk) {
			first := k.quiet("POST", "~/configmaps", object{"metadata": object{"generateName": "a-"}}).want(201)
			second := k.quiet("POST", "~/configmaps", object{"metadata": object{"generateName": "a-"}}).want(201)
			one, two := first.Text("metadata.name"), second.Text("metadata.name")
			if one == two || len(one) != len("a-xxxxx") || !strings.HasPrefix(one, "a-") || first.Text("metadata.generateName") != "a-" {
				k.t.Errorf("names: %q %q", one, two)
			}
			k.say("POST", "~/configmaps", object{"metadata": object{}}).want(422, "name or generateName is required").reason("Invalid")
		}},
		{"create in the wrong place", func(k *Talk) {
			k.say("POST", "~/configmaps", object{"metadata": object{"name": "a", "namespace": "elsewhere"}}).
				want(400, "the namespace of the provided object does not match the namespace sent on the request").reason("BadRequest")
			k.say("POST", "/api/v1/namespaces/there-is-none/configmaps", configMap("a", nil, nil)).want(404, `namespaces "there-is-none" not found`).reason("NotFound")
			k.say("POST", "~/configmaps", object{"apiVersion": "v1", "kind": "Secret", "metadata": object{"name": "a"}}).want(400).reason("BadRequest")
			k.say("POST", "~/configmaps", object{"apiVersion": "v2", "kind": "ConfigMap", "metadata": object{"name": "a"}}).want(400).reason("BadRequest")
			k.say("POST", "~/configmaps", `{"kind`).want(400).reason("BadRequest")
			k.say("POST", "~/configmaps", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: b}\n", "Content-Type: application/yaml").want(201)
			k.say("POST", "~/configmaps", "x", "Content-Type: text/plain").want(415).reason("UnsupportedMediaType")
			k.say("POST", "~/configmaps", object{"metadata": object{"name": "v", "resourceVersion": "7"}}).want(500, "resourceVersion should not be set on objects to be created")
		}},
		{"update, and conflict", func(k *Talk) {
			made := k.quiet("POST", "~/configmaps", configMap("a", nil, object{"x": "1"}))
			old := made.Text("metadata.resourceVersion")
			k.say("PUT", "~/configmaps/a", configMap("a", nil, object{"x": "2"})).want(200).has("data.x", "2").has("metadata.uid", made.Text("metadata.uid"))
			stale := configMap("a", nil, object{"x": "3"})
			stale["metadata"].(object)["resourceVersion"] = old
			k.say("PUT", "~/configmaps/a", stale).want(409, `Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again`).reason("Conflict")
			other := configMap("a", nil, nil)
			other["metadata"].(object)["uid"] = "00000000-0000-0000-0000-000000000000"
			k.say("PUT", "~/configmaps/a", other).want(409, "Precondition failed: UID in precondition: 00000000-0000-0000-0000-000000000000, UID in object meta").reason("Conflict")
			k.say("PUT", "~/configmaps/b", configMap("a", nil, nil)).want(400, "the name of the object (a) does not match the name on the URL (b)")
			k.say("PUT", "~/configmaps/missing", configMap("missing", nil, nil)).want(404)
		}},
		{"an update that changes nothing is none", func(k *Talk) {
			made := k.quiet("POST", "~/configmaps", configMap("a", nil, object{"x": "1"}))
			k.quiet("PUT", "~/configmaps/a", configMap("a", nil, object{"x": "1"})).want(200).has("metadata.resourceVersion", made.Text("metadata.resourceVersion"))
			j := k.quiet("POST", "~batch/v1/jobs", job("j", nil)).has("metadata.generation", "1")
			k.quiet("PATCH", "~batch/v1/jobs/j", object{"spec": object{"backoffLimit": 6}}, merge).want(200).has("metadata.generation", j.Text("metadata.generation"))
			k.quiet("PATCH", "~batch/v1/jobs/j", object{"spec": object{"backoffLimit": 7}}, merge).want(200).has("metadata.generation", "2")
		}},
		{"dry run", func(k *Talk) {
			k.say("POST", "~/configmaps?dryRun=All", configMap("a", nil, nil)).want(201)
			k.say("GET", "~/configmaps/a", nil).want(404)
			k.quiet("POST", "~/configmaps", configMap("a", nil, object{"x": "1"}))
			k.say("PATCH", "~/configmaps/a?dryRun=All", object{"data": object{"x": "2"}}, merge).want(200).has("data.x", "2")
			k.say("DELETE", "~/configmaps/a?dryRun=All", nil).want(200)
			k.say("GET", "~/configmaps/a", nil).want(200).has("data.x", "1")
			k.say("POST", "~/configmaps?dryRun=Some", configMap("b", nil, nil)).want(422).reason("Invalid")
			k.say("POST", "~batch/v1/jobs?dryRun=All", job("j", object{"completions": -1})).want(422)
		}},
		{"strict decoding", func(k *Talk) {
			bogus := job("j", object{"bogus": 1, "parallelismm": 2})
			k.say("POST", "~batch/v1/jobs?fieldValidation=Strict", bogus).want(400, `strict decoding error: unknown field "spec.bogus", unknown field "spec.parallelismm"`).reason("BadRequest")
			warned := k.say("POST", "~batch/v1/jobs?fieldValidation=Warn&dryRun=All", bogus).want(201)
			if w := warned.Header.Values("Warning"); len(w) != 2 || !strings.Contains(w[0], `unknown field \"spec.bogus\"`) {
				k.t.Errorf("warnings: %q", w)
			}
			k.say("POST", "~batch/v1/jobs?fieldValidation=Ignore&dryRun=All", bogus).want(201)
			k.say("POST", "~/configmaps?fieldValidation=Strict", `{"metadata":{"name":"a"},"data":{"x":"1","x":"2"}}`).want(400, `duplicate field "data.x"`)
			k.say("POST", "~batch/v1/jobs?fieldValidation=Strict", job("j", object{"parallelism": "two"})).want(400)
			k.say("POST", "~batch/v1/jobs?fieldValidation=Never", job("j", nil)).want(422)
		}},
	}
}
