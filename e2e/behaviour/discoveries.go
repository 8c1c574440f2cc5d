package behaviour

import "strings"

func discoveries() []Behaviour {
	return []Behaviour{
		{"health and version", func(k *Talk) {
			for _, path := range []string{"/readyz", "/livez", "/healthz"} {
				k.say("GET", path, nil).want(200, "ok")
			}
			k.quiet("GET", "/version", nil).want(200).has("major", "1").has("minor", "37")
		}},
		{"discover group versions", func(k *Talk) {
			k.quiet("GET", "/api", nil).want(200).has("versions", `["v1"]`)
			k.say("GET", "/apis/batch", nil).want(200).has("preferredVersion.groupVersion", "batch/v1")
			k.quiet("GET", "/apis/gadgets", nil).want(404)
			k.quiet("GET", "/apis/batch/v9", nil).want(404)
			for _, of := range [][]string{
				{"/api/v1", "pods", "pods/log", "pods/eviction", "pods/status", "nodes", "namespaces", "resourcequotas", "services", "services/proxy", "events"},
				{"/apis/batch/v1", "jobs", "jobs/status"},
				{"/apis/policy/v1", "poddisruptionbudgets"},
				{"/apis/scheduling.k8s.io/v1", "priorityclasses"},
			} {
				k.discovered(of[0], of[1:])
			}
		}},
		{"discover everything at once", func(k *Talk) {
			for path, want := range map[string]string{"/api": `"resource":"pods"`, "/apis": `"resource":"jobs"`} {
				a := k.quiet("GET", path, nil, "Accept: application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList").want(200)
				a.has("kind", "APIGroupDiscoveryList")
				if !strings.Contains(a.Text("items"), want) {
					k.t.Errorf("%s lacks %s", path, want)
				}
				if got := a.Header.Get("Content-Type"); got != "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" {
					k.t.Errorf("%s comes as %s", path, got)
				}
			}
		}},
		{"describe what can be patched", func(k *Talk) {
			root := k.quiet("GET", "/openapi/v3", nil).want(200)
			url := root.Text(`paths.apis/batch/v1.serverRelativeURL`)
			doc := k.quiet("GET", url, nil).want(200)
			patch := `paths./apis/batch/v1/namespaces/{namespace}/jobs/{name}.patch`
			doc.has(patch+".x-kubernetes-group-version-kind.kind", "Job")
			if !strings.Contains(doc.Text(patch+".parameters"), `"name":"fieldValidation"`) {
				k.t.Error("the patch of a Job does not validate fields")
			}
		}},
	}
}

// discovered says of each wanted resource what the server says of it.
func (k *Talk) discovered(path string, want []string) {
	k.t.Helper()
	list, _ := k.quiet("GET", path, nil).want(200).Content.(map[string]any)["resources"].([]any)
	for _, name := range want {
		found := false
		for _, r := range list {
			if resource := r.(map[string]any); resource["name"] == name {
				found = true
				k.transcript = append(k.transcript, path+" "+k.normal(Answer{talk: k, Content: resource}))
			}
		}
		if !found {
			k.t.Errorf("%s lacks %s", path, name)
		}
	}
}
