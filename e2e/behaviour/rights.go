package behaviour

import "strings"

func rights() []Behaviour {
	return []Behaviour{
		{"refuse what is not granted", func(k *Talk) {
			k.as(k.server.Nobody)
			k.say("GET", "~/pods", nil).want(403, `pods is forbidden: User "nobody" cannot list resource "pods" in API group "" in the namespace "<namespace>"`).reason("Forbidden")
			k.say("GET", "~/pods/a", nil).want(403, `pods "a" is forbidden: User "nobody" cannot get resource "pods" in API group "" in the namespace "<namespace>"`)
			k.say("GET", "/api/v1/nodes", nil).want(403, `nodes is forbidden: User "nobody" cannot list resource "nodes" in API group "" at the cluster scope`)
			k.say("GET", "/api/v1/pods?watch=1", nil).want(403, `cannot watch resource "pods" in API group "" at the cluster scope`)
			k.say("POST", "~batch/v1/jobs", job("j", nil)).want(403, `jobs.batch is forbidden: User "nobody" cannot create resource "jobs" in API group "batch"`)
			k.say("PATCH", "~batch/v1/jobs/j", object{}, merge).want(403, `cannot patch resource "jobs"`)
			k.say("GET", "~/pods/a/log", nil).want(403, `cannot get resource "pods/log"`)
			k.say("POST", "~/pods/a/eviction", object{}).want(403, `cannot create resource "pods/eviction"`)
			k.say("GET", "/api/v1/namespaces/"+k.ns, nil).want(403, `namespaces "<namespace>" is forbidden`)
			k.say("DELETE", "~/configmaps", nil).want(403, "cannot deletecollection resource")
			k.say("GET", "/metrics", nil).want(403, `forbidden: User "nobody" cannot get path "/metrics"`)
			k.say("GET", "/api/v1/gadgets", nil).want(403)
		}},
		{"know who asks", func(k *Talk) {
			k.as("not-a-token")
			k.say("GET", "~/pods", nil).want(401, "Unauthorized").reason("Unauthorized")
			k.as(k.server.Admin)
			k.say("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", object{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}).want(201).has("status.userInfo.username", "admin")
		}},
		{"impersonate", func(k *Talk) {
			k.say("GET", "~/pods", nil, "Impersonate-User: somebody").want(403, `User "somebody" cannot list resource "pods"`)
			k.quiet("GET", "~/pods", nil, "Impersonate-User: somebody", "Impersonate-Group: system:masters").want(200)
			k.as(k.server.Nobody)
			k.say("GET", "~/pods", nil, "Impersonate-User: admin").want(403, `pods is forbidden: User "nobody" cannot impersonate-on:user-info:list resource "pods"`)
		}},
		{"review access", func(k *Talk) {
			ask := func(attributes object) Answer {
				return k.quiet("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", object{
					"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": object{"resourceAttributes": attributes},
				})
			}
			ask(object{"verb": "delete", "resource": "nodes"}).want(201).has("status.allowed", "true")
			k.as(k.server.Nobody)
			ask(object{"verb": "list", "resource": "pods", "namespace": k.ns}).want(201).has("status.allowed", "false")
			ask(object{"verb": "create", "group": "authorization.k8s.io", "resource": "selfsubjectaccessreviews"}).has("status.allowed", "true")
			k.quiet("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", object{"spec": object{"nonResourceAttributes": object{"verb": "get", "path": "/version"}}}).want(201).has("status.allowed", "true")
			k.say("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", object{"spec": object{}}).want(422)
		}},
		{"review rules", func(k *Talk) {
			review := object{"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": object{"namespace": k.ns}}
			const path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
			all := k.quiet("POST", path, review).want(201)
			if rules := all.Text("status.resourceRules"); !strings.Contains(rules, `{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}`) {
				k.t.Errorf("the administrator's rules: %s", rules)
			}
			k.as(k.server.Nobody)
			few := k.quiet("POST", path, review).want(201).has("status.incomplete", "false")
			if rules := few.Text("status.resourceRules"); strings.Contains(rules, "pods") || !strings.Contains(rules, "selfsubjectrulesreviews") {
				k.t.Errorf("nobody's rules: %s", rules)
			}
			k.say("POST", path, object{"spec": object{}}).want(400, "no namespace on request")
		}},
	}
}
