package behaviour

import "strings"

const asTable header = "Accept: application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

func reads() []Behaviour {
	return []Behaviour{
		{"get what is there and what is not", func(k *Talk) {
			k.quiet("POST", "~/configmaps", configMap("a", nil, object{"x": "1"}))
			k.say("GET", "~/configmaps/a", nil).want(200).has("data.x", "1").has("kind", "ConfigMap").has("apiVersion", "v1")
			k.say("GET", "~/configmaps/b", nil).want(404, `configmaps "b" not found`).reason("NotFound").has("details.name", "b")
			k.say("GET", "~batch/v1/jobs/b", nil).want(404, `jobs.batch "b" not found`).has("details.group", "batch")
		}},
		{"list an empty namespace", func(k *Talk) {
			k.say("GET", "~/pods", nil).want(200).has("items", "[]").has("kind", "PodList")
			k.say("GET", "/api/v1/namespaces/there-is-none/pods", nil).want(200).has("items", "[]")
		}},
		{"select by labels", func(k *Talk) {
			k.quiet("POST", "~/configmaps", configMap("a", object{"team": "ocr", "tier": "1"}, nil))
			k.quiet("POST", "~/configmaps", configMap("b", object{"team": "nlp"}, nil))
			k.quiet("POST", "~/configmaps", configMap("c", object{"other": "x"}, nil))
			for selector, want := range map[string]string{
				"team=ocr": "a", "team!=ocr,!other,team": "b", "team in (ocr,nlp)": "a b", "team": "a b", "!team,other": "c",
			} {
				names(k, "~/configmaps?labelSelector="+escape(selector), want)
			}
			k.say("GET", "~/configmaps?labelSelector="+escape("a=(b"), nil).want(400).reason("BadRequest")
		}},
		{"select by fields", func(k *Talk) {
			k.quiet("POST", "~/pods", pod("a", nil))
			k.quiet("POST", "~/pods", pod("b", object{"nodeName": "nowhere", "restartPolicy": "Never"}))
			for selector, want := range map[string]string{
				"metadata.name=a": "a", "spec.nodeName=nowhere": "b", "spec.nodeName=": "a", "status.phase=Pending": "a b",
				"status.phase!=Pending": "", "spec.restartPolicy=Never,metadata.name!=a": "b", "metadata.namespace=<namespace>": "a b",
			} {
				names(k, "~/pods?fieldSelector="+escape(strings.ReplaceAll(selector, "<namespace>", k.ns)), want)
			}
			k.say("GET", "~/pods?fieldSelector=spec.image%3Dx", nil).want(400, "field label not supported: spec.image").reason("BadRequest")
			k.say("GET", "~batch/v1/jobs?fieldSelector=spec.suspend%3Dtrue", nil).want(400).reason("BadRequest")
			k.say("GET", "~/configmaps?fieldSelector=data%3Dx", nil).want(400).reason("BadRequest")
		}},
		{"list in pages of one version", func(k *Talk) {
			for _, name := range []string{"a", "b", "c", "d", "e"} {
				k.quiet("POST", "~/configmaps", configMap(name, nil, nil))
			}
			// The namespace's own kube-root-ca.crt may come and go between.
			all := "~/configmaps?fieldSelector=" + escape("metadata.name!=kube-root-ca.crt")
			first := k.say("GET", all+"&limit=2", nil).want(200).has("items.1.metadata.name", "b")
			k.quiet("DELETE", "~/configmaps/d", nil)
			next := escape(first.Text("metadata.continue"))
			if next == "" {
				k.t.Fatal("there is no next page")
			}
			second := k.quiet("GET", all+"&limit=5&continue="+next, nil).want(200)
			second.has("items.0.metadata.name", "c").has("items.1.metadata.name", "d").has("items.2.metadata.name", "e")
			second.has("metadata.resourceVersion", first.Text("metadata.resourceVersion")).has("metadata.continue", "")
			k.say("GET", "~/configmaps?limit=2&continue=nonsense", nil).want(400).reason("BadRequest")
		}},
		{"list at a resource version", func(k *Talk) {
			made := k.quiet("POST", "~/configmaps", configMap("a", nil, nil))
			at := made.Text("metadata.resourceVersion")
			k.quiet("DELETE", "~/configmaps/a", nil)
			mine := "&fieldSelector=metadata.name%3Da"
			k.say("GET", "~/configmaps?resourceVersion="+at+"&resourceVersionMatch=Exact"+mine, nil).want(200).has("items.0.metadata.name", "a")
			k.say("GET", "~/configmaps?resourceVersion="+at+"&resourceVersionMatch=NotOlderThan"+mine, nil).want(200)
			k.say("GET", "~/configmaps?resourceVersionMatch=Exact", nil).want(422, "resourceVersionMatch is forbidden unless resourceVersion is provided").reason("Invalid")
			k.say("GET", "~/configmaps?resourceVersion=0&resourceVersionMatch=Exact", nil).want(422).reason("Invalid")
			k.say("GET", "~/configmaps?resourceVersion=soon", nil).want(400)
		}},
		{"print tables", func(k *Talk) {
			k.quiet("POST", "~/pods", pod("a", nil))
			k.quiet("POST", "~batch/v1/jobs", job("j", object{"suspend": false, "completions": 0, "parallelism": 0}))
			k.quiet("POST", "~/services", object{"metadata": object{"name": "s"}, "spec": object{"clusterIP": "None", "ports": []any{object{"port": 80}}}})
			k.quiet("POST", "~/persistentvolumeclaims", claim("c"))
			k.quiet("POST", "~policy/v1/poddisruptionbudgets", budget("b", 1))
			k.say("GET", "~/pods", nil, asTable).want(200).has("kind", "Table").has("rows.0.cells.2", "Pending").has("rows.0.object.kind", "PartialObjectMetadata")
			k.say("GET", "~/pods/a", nil, asTable).want(200).has("rows.0.cells.0", "a")
			k.say("GET", "~/pods?includeObject=Object", nil, asTable).want(200).has("rows.0.object.spec.schedulerName", "nobody")
			k.say("GET", "~/pods?includeObject=None", nil, asTable).want(200).has("rows.0.object", "")
			k.quiet("GET", "~batch/v1/jobs", nil, asTable).want(200).has("columnDefinitions.1.name", "Status")
			k.say("GET", "~/services", nil, asTable).want(200).has("rows.0.cells.2", "None")
			k.say("GET", "~/persistentvolumeclaims", nil, asTable).want(200).has("rows.0.cells.1", "Pending")
			k.quiet("GET", "~policy/v1/poddisruptionbudgets", nil, asTable).want(200).has("rows.0.cells.1", "1")
			k.quiet("GET", "~/events", nil, asTable).want(200).has("columnDefinitions.0.name", "Last Seen")
		}},
		{"answer in other forms", func(k *Talk) {
			k.quiet("POST", "~/configmaps", configMap("a", object{"x": "y"}, object{"k": "v"}))
			k.say("GET", "~/configmaps/a", nil, "Accept: application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1").
				want(200).has("kind", "PartialObjectMetadata").has("metadata.labels.x", "y").has("data", "")
			k.quiet("GET", "~/configmaps/a", nil, "Accept: application/yaml").want(200, "kind: ConfigMap", "  k: v")
			if a := k.quiet("GET", "~/configmaps/a", nil, "Accept: application/vnd.kubernetes.protobuf"); !strings.HasPrefix(string(a.Body), "k8s\x00") {
				k.t.Errorf("protobuf: %q", a.Body)
			}
			k.say("GET", "~/configmaps/a", nil, "Accept: text/csv").want(406).reason("NotAcceptable")
		}},
		{"know what does not exist", func(k *Talk) {
			k.say("GET", "/api/v1/gadgets", nil).want(404, "the server could not find the requested resource").reason("NotFound")
			k.say("GET", "~batch/v1/jobs/x/scale", nil).want(404).reason("NotFound")
			k.say("DELETE", "/api/v1/pods", nil).want(405).reason("MethodNotAllowed")
			k.say("PUT", "~/pods", object{}).want(405).reason("MethodNotAllowed")
			k.quiet("GET", "/no/such/page", nil).want(404)
		}},
	}
}

// names expects a list to have the named items, in that order.
func names(k *Talk, path, want string) {
	k.t.Helper()
	a := k.quiet("GET", path, nil).want(200)
	items, _ := a.Content.(map[string]any)["items"].([]any)
	var got []string
	for _, item := range items {
		got = append(got, item.(map[string]any)["metadata"].(map[string]any)["name"].(string))
	}
	if strings.Join(got, " ") != want {
		k.t.Errorf("%s: %q, want %q", path, got, want)
	}
}
