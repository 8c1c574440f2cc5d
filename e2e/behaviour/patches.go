package behaviour

const (
	merge     header = "Content-Type: application/merge-patch+json"
	jsonPatch header = "Content-Type: application/json-patch+json"
	strategic header = "Content-Type: application/strategic-merge-patch+json"
)

// op is one operation of a JSON patch.
func op(what, path string, value any) object { return object{"op": what, "path": path, "value": value} }

func patches() []Behaviour {
	return []Behaviour{
		{"merge patch", func(k *Talk) {
			k.quiet("POST", "~/configmaps", configMap("a", object{"l": "1"}, object{"x": "1", "y": "2"}))
			k.say("PATCH", "~/configmaps/a", object{"data": object{"x": nil, "z": "3"}}, merge).want(200).has("data", `{"y":"2","z":"3"}`)
			k.say("PATCH", "~/configmaps/missing", object{}, merge).want(404)
			k.say("PATCH", "~/configmaps/a", `{"data`, merge).want(400).reason("BadRequest")
			k.say("PATCH", "~/configmaps/a", object{"metadata": object{"resourceVersion": "1"}}, merge).want(409).reason("Conflict")
			k.say("PATCH", "~/configmaps/a", object{"data": object{"x": 1}}, merge).want(422)
			k.say("PATCH", "~/configmaps/a", object{"metadata": object{"name": "b"}}, merge).want(400)
			k.say("PATCH", "~/configmaps/a", object{}, header("Content-Type: application/json")).want(415).reason("UnsupportedMediaType")
		}},
		{"JSON patch with tests", func(k *Talk) {
			k.quiet("POST", "~batch/v1/jobs", job("j", nil))
			k.say("PATCH", "~batch/v1/jobs/j", []any{op("test", "/spec/backoffLimit", 6), op("replace", "/spec/backoffLimit", 3)}, jsonPatch).want(200).has("spec.backoffLimit", "3")
			k.say("PATCH", "~batch/v1/jobs/j", []any{op("test", "/spec/backoffLimit", 6), op("replace", "/spec/backoffLimit", 9)}, jsonPatch).want(422).reason("Invalid")
			k.say("GET", "~batch/v1/jobs/j", nil).has("spec.backoffLimit", "3")
			k.say("PATCH", "~batch/v1/jobs/j", []any{op("test", "/metadata/uid", "x")}, jsonPatch).want(422).reason("Invalid")
			k.say("PATCH", "~batch/v1/jobs/j", []any{op("replace", "/spec/nothing/here", 1)}, jsonPatch).want(422)
			k.say("PATCH", "~batch/v1/jobs/j", []any{op("remove", "/spec/nothing", nil)}, jsonPatch).want(422)
			k.say("PATCH", "~batch/v1/jobs/j", object{}, jsonPatch).want(400).reason("BadRequest")
			k.say("PATCH", "~batch/v1/jobs/j", []any{op("add", "/metadata/annotations", object{"a": "b"})}, jsonPatch).want(200).has("metadata.annotations.a", "b")
		}},
		{"strategic merge patch", func(k *Talk) {
			k.quiet("POST", "~/pods", pod("a", object{"containers": []any{
				object{"name": "main", "image": "busybox:1"}, object{"name": "side", "image": "side:1"},
			}}))
			k.say("PATCH", "~/pods/a", object{"spec": object{"containers": []any{object{"name": "side", "image": "side:2"}}}}, strategic).
				want(200).has("spec.containers.0.image", "busybox:1").has("spec.containers.1.image", "side:2")
			k.say("PATCH", "~/pods/a", object{"metadata": object{"labels": object{"app": nil, "b": "c"}}}, strategic).want(200).has("metadata.labels", `{"b":"c"}`)
			k.say("PATCH", "~/pods/a", `[`, strategic).want(400)
		}},
		{"strict patches", func(k *Talk) {
			k.quiet("POST", "~batch/v1/jobs", job("j", nil))
			k.say("PATCH", "~batch/v1/jobs/j?fieldValidation=Strict", object{"spec": object{"bogus": 1}}, merge).want(422, `strict decoding error: unknown field "spec.bogus"`)
			k.quiet("PATCH", "~batch/v1/jobs/j?fieldValidation=Strict", object{"spec": object{"bogus": 1}}, strategic).want(422, `unknown field "spec.bogus"`).reason("Invalid")
			k.say("PATCH", "~batch/v1/jobs/j?fieldValidation=Warn", object{"spec": object{"bogus": 1}}, merge).want(200)
		}},
		{"status goes its own way", func(k *Talk) {
			k.quiet("POST", "~/pods", pod("a", nil))
			k.quiet("PATCH", "~/pods/a", object{"status": object{"message": "x"}}, merge).want(200).has("status.message", "")
			k.say("PATCH", "~/pods/a/status", object{"status": object{"message": "x"}, "spec": object{"nodeName": "n"}}, merge).want(200).has("status.message", "x").has("spec.nodeName", "")
			k.say("GET", "~/pods/a/status", nil).want(200).has("status.message", "x")
			k.say("PATCH", "~/configmaps/a/status", object{}, merge).want(404)
		}},
	}
}
