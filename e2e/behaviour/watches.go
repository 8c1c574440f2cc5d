package behaviour

// only keeps what every namespace is given out of a watch.
const only = "&fieldSelector=metadata.name%21%3Dkube-root-ca.crt"

func watches() []Behaviour {
	return []Behaviour{
		{"watch from a version", func(k *Talk) {
			from := k.quiet("POST", "~/configmaps", configMap("a", nil, object{"x": "1"})).Text("metadata.resourceVersion")
			w := k.watch("~/configmaps?watch=true&resourceVersion=" + from + only)
			k.quiet("POST", "~/configmaps", configMap("b", nil, nil))
			w.next("ADDED", "b")
			k.quiet("PATCH", "~/configmaps/a", object{"data": object{"x": "2"}}, merge)
			w.next("MODIFIED", "a").has("data.x", "2")
			gone := k.quiet("DELETE", "~/configmaps/a", nil)
			last := w.next("DELETED", "a").has("data.x", "2")
			if v := last.Text("metadata.resourceVersion"); v == "" || v == gone.Text("metadata.resourceVersion") {
				k.t.Errorf("a deletion has the version of the object's last state: %s", v)
			}
		}},
		{"watch without a version begins with what is there", func(k *Talk) {
			k.quiet("POST", "~/configmaps", configMap("a", nil, nil))
			w := k.watch("~/configmaps?watch=1" + only)
			w.next("ADDED", "a")
			k.quiet("POST", "~/configmaps", configMap("b", nil, nil))
			w.next("ADDED", "b")
		}},
		{"watch list", func(k *Talk) {
			k.quiet("POST", "~/configmaps", configMap("a", nil, nil))
			k.quiet("POST", "~/configmaps", configMap("b", nil, nil))
			w := k.watch("~/configmaps?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true" + only)
			w.next("ADDED", "a")
			w.next("ADDED", "b")
			mark := w.next("BOOKMARK", "").has(`metadata.annotations.k8s\.io/initial-events-end`, "true").has("kind", "ConfigMap")
			if mark.Text("metadata.resourceVersion") == "" {
				k.t.Error("the bookmark has no version")
			}
			k.quiet("DELETE", "~/configmaps/a", nil)
			w.next("DELETED", "a")
			k.say("GET", "~/configmaps?watch=1&sendInitialEvents=true", nil).want(422, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan").reason("Invalid")
			k.say("GET", "~/configmaps?sendInitialEvents=true", nil).want(422, "sendInitialEvents is forbidden for list")
		}},
		{"watch through a selector", func(k *Talk) {
			from := k.quiet("POST", "~/configmaps", configMap("a", object{"on": "no"}, nil)).Text("metadata.resourceVersion")
			w := k.watch("~/configmaps?watch=1&labelSelector=on%3Dyes&resourceVersion=" + from)
			label := func(value string) {
				k.quiet("PATCH", "~/configmaps/a", object{"metadata": object{"labels": object{"on": value}}}, merge)
			}
			label("yes")
			w.next("ADDED", "a").has("metadata.labels.on", "yes")
			k.quiet("PATCH", "~/configmaps/a", object{"data": object{"x": "2"}}, merge)
			w.next("MODIFIED", "a")
			label("no")
			w.next("DELETED", "a").has("metadata.labels.on", "yes")
			k.quiet("DELETE", "~/configmaps/a", nil)
			k.quiet("POST", "~/configmaps", configMap("b", object{"on": "yes"}, nil))
			w.next("ADDED", "b")
		}},
		{"watch pods by their fields", func(k *Talk) {
			from := k.quiet("POST", "~/pods", pod("a", nil)).Text("metadata.resourceVersion")
			w := k.watch("~/pods?watch=1&fieldSelector=spec.nodeName%3Dnowhere&resourceVersion=" + from)
			k.quiet("POST", "~/pods/a/binding", object{"metadata": object{"name": "a"}, "target": object{"kind": "Node", "name": "nowhere"}}).want(201)
			w.next("ADDED", "a").has("spec.nodeName", "nowhere")
		}},
		{"a watch ends when it is to", func(k *Talk) {
			from := k.quiet("POST", "~/configmaps", configMap("a", nil, nil)).Text("metadata.resourceVersion")
			w := k.watch("~/configmaps?watch=1&timeoutSeconds=1&resourceVersion=" + from + only)
			w.end()
		}},
		{"a version from the future takes time", func(k *Talk) {
			k.quiet("GET", "~/configmaps?resourceVersion=99999999999&resourceVersionMatch=NotOlderThan", nil).
				want(504, "Too large resource version").reason("Timeout").has("details.causes.0.reason", "ResourceVersionTooLarge")
		}},
		{"watch as a table", func(k *Talk) {
			from := k.quiet("POST", "~/configmaps", configMap("a", nil, nil)).Text("metadata.resourceVersion")
			w := k.watch("~/configmaps?watch=1&resourceVersion="+from+only, asTable)
			k.quiet("POST", "~/configmaps", configMap("b", nil, object{"x": "1"}))
			w.next("ADDED", "").has("kind", "Table").has("rows.0.cells.0", "b").has("columnDefinitions.1.name", "Data")
			k.quiet("POST", "~/configmaps", configMap("c", nil, nil))
			w.next("ADDED", "").has("rows.0.cells.0", "c").has("columnDefinitions", "")
		}},
	}
}
