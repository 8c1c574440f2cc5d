package kube

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"paddock/act"
	"paddock/fleet"
	"paddock/submit"
)

func manifest(t *testing.T, text string) []submit.Object {
	t.Helper()
	objects, err := submit.ReadManifests([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func TestPlace(t *testing.T) {
	server := &answering{paths: map[string]string{
		"/apis/kubeflow.org/v1":              `{"resources":[{"name":"pytorchjobs","kind":"PyTorchJob","namespaced":true},{"name":"pytorchjobs/status","kind":"PyTorchJob","namespaced":true}]}`,
		"/apis/rbac.authorization.k8s.io/v1": `{"resources":[{"name":"clusterroles","kind":"ClusterRole"}]}`,
		"/apis/nobody.example/v1":            "404", "/apis/nobody.example": "404", "/apis/down.example/v1": "500",
	}}
	client := connect(t, &apiServer{handle: server.handle}, "nlp")
	const text = `
{apiVersion: v1, kind: Service, metadata: {name: a}}
---
{apiVersion: batch/v1, kind: Job, metadata: {name: b, namespace: own}}
---
{apiVersion: kubeflow.org/v1, kind: PyTorchJob, metadata: {name: c}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: d}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: e}}
---
{apiVersion: batch/v1, kind: Job, metadata: {generateName: f-}}
`
	placed, err := client.Place(t.Context(), manifest(t, text), "nlp")
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, o := range placed {
		got += o.Ref().Kind + " " + o.Ref().String() + "; "
	}
	if want := "Service nlp/a; Job own/b; PyTorchJob nlp/c; Namespace d; ClusterRole e; Job nlp/; "; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	for text, want := range map[string]string{
		`{apiVersion: nobody.example/v1, kind: Thing, metadata: {name: x}}`:             "Thing x: the cluster serves no Thing of nobody.example/v1",
		`{apiVersion: v1, kind: Thingummy, metadata: {name: x}}`:                        "Thingummy x: the cluster serves no Thingummy of v1",
		`{apiVersion: nobody.example/v1, kind: "T\e[2J", metadata: {generateName: x-}}`: "T x-*: the cluster serves no T of nobody.example/v1",
		`{apiVersion: down.example/v1, kind: Thing, metadata: {name: x}}`:               "find where Thing x belongs: ",
	} {
		if _, err := client.Place(t.Context(), manifest(t, text), "nlp"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// maker makes what is posted, as the API server does.
func maker(w http.ResponseWriter, r *http.Request, sent string) {
	var o map[string]any
	if json.Unmarshal([]byte(sent), &o) != nil {
		return
	}
	meta := o["metadata"].(map[string]any)
	if meta["name"] == nil {
		meta["name"] = meta["generateName"].(string) + "x7k2p"
	}
	meta["uid"] = "u-" + meta["name"].(string)
	w.WriteHeader(http.StatusCreated)
	json.NewEncoder(w).Encode(o)
}

func TestCreate(t *testing.T) {
	const service = `{"apiVersion":"v1","kind":"Service","metadata":{"name":"bert","namespace":"nlp"}}`
	const job = `{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"bert","namespace":"nlp"}}`
	const unnamed = `{"apiVersion":"batch/v1","kind":"Job","metadata":{"generateName":"run-","namespace":"nlp"}}`
	jobs := fleet.Ref{Kind: "Job", Namespace: "nlp", Name: "bert"}
	for _, c := range []struct {
		text  string
		dry   bool
		want  act.Target
		path  string
		query string
		says  string
	}{
		{service, false, act.Target{Ref: fleet.Ref{Kind: "Service", Namespace: "nlp", Name: "bert"}, APIVersion: "v1", UID: "u-bert"},
			"/api/v1/namespaces/nlp/services", "fieldManager=paddock&fieldValidation=Strict", "the server took it: create Service nlp/bert"},
		{job, false, act.Target{Ref: jobs, APIVersion: "batch/v1", UID: "u-bert", Job: jobs, JobUID: "u-bert"},
			"/apis/batch/v1/namespaces/nlp/jobs", "fieldManager=paddock&fieldValidation=Strict", "the server took it: create Job nlp/bert"},
		{job, true, act.Target{Ref: jobs, APIVersion: "batch/v1", Job: jobs},
			"/apis/batch/v1/namespaces/nlp/jobs", "dryRun=All&fieldManager=paddock&fieldValidation=Strict", "the server would take it: create Job nlp/bert"},
		{unnamed, false, act.Target{Ref: fleet.Ref{Kind: "Job", Namespace: "nlp", Name: "run-x7k2p"}, APIVersion: "batch/v1", UID: "u-run-x7k2p",
			Job: fleet.Ref{Kind: "Job", Namespace: "nlp", Name: "run-x7k2p"}, JobUID: "u-run-x7k2p"},
			"/apis/batch/v1/namespaces/nlp/jobs", "fieldManager=paddock&fieldValidation=Strict", "the server took it: create Job nlp/run-x7k2p"},
	} {
		server := &changing{}
		server.answer = func(w http.ResponseWriter, r *http.Request) { maker(w, r, server.sent[len(server.sent)-1].body) }
		client := connect(t, &apiServer{handle: server.handle}, "nlp")
		o, err := client.Create(t.Context(), manifest(t, c.text)[0], c.dry)
		if err != nil || o.Result != act.Done || o.Says != c.says || o.Action.Target != c.want {
			t.Errorf("%s: %+v (%v)\nwant %+v", c.text, o, err, c.want)
		}
		if _, ok := o.Action.Change.(act.Create); !ok {
			t.Errorf("%s: the change is %T", c.text, o.Action.Change)
		}
		if len(server.sent) != 1 || server.sent[0] != (change{"POST", c.path, c.query, c.text}) {
			t.Errorf("sent %+v", server.sent)
		}
	}
}

func TestWhatIsSaidOfAFailedCreation(t *testing.T) {
	answer := func(code int, reason, message, details string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			text, _ := json.Marshal(message)
			fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","code":%d,"reason":%q,"message":%s,"details":{%s}}`, code, reason, text, details)
		}
	}
	for _, c := range []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request)
		result act.Result
		says   string
		hint   string
	}{
		{"there already", answer(409, "AlreadyExists", `jobs.batch "bert" already exists`, `"name":"bert"`), act.Unchanged, "Job nlp/bert is there already; nothing was done", "take another name, or delete it first"},
		{"no namespace", answer(404, "NotFound", `namespaces "nlp" not found`, ""), act.Unchanged, "there is no namespace nlp; nothing was done", "kubectl create namespace nlp"},
		{"namespace goes", answer(403, "Forbidden", `unable to create new content in namespace nlp because it is being terminated`, `"causes":[{"reason":"NamespaceTerminating"}]`), act.Unchanged, "namespace nlp is being deleted; nothing", ""},
		{"quota is being counted", answer(409, "Conflict", `Operation cannot be fulfilled on resourcequotas "gpu": the object has been modified`, ""), act.Unchanged, "the server was changing what it counts with", "try it again"},
		{"forbidden", answer(403, "Forbidden", `jobs.batch is forbidden: User "ann" cannot create resource "jobs" in API group "batch" in the namespace "nlp"`, ""), act.Unchanged, "user ann may not create jobs.batch in namespace nlp; nothing was done", "kubectl auth can-i create jobs.batch -n nlp"},
		{"quota", answer(403, "Forbidden", `jobs.batch "bert" is forbidden: exceeded quota: few, requested: count/jobs.batch=1`, ""), act.Unchanged, "it would exceed the team's quota: jobs.batch", ""},
		{"policy", answer(403, "Forbidden", `admission webhook "limits.corp" denied the request: too many workers`, ""), act.Unchanged, "a policy of the cluster refuses it", ""},
		{"webhook away", answer(500, "InternalError", `Internal error occurred: failed calling webhook "limits.corp": connection refused`, ""), act.Unchanged, "an admission webhook does not answer", ""},
		{"unknown field", answer(400, "BadRequest", `Job in version "v1" cannot be handled as a Job: strict decoding error: unknown field "spec.replicas"`, ""), act.Unchanged, `the server refuses it: Job in version "v1" cannot be handled as a Job: strict decoding error: unknown field "spec.replicas"; nothing`, ""},
		{"not valid", answer(422, "Invalid", "Job.batch is invalid", `"kind":"Job","causes":[{"field":"spec.completions","message":"Required value"}]`), act.Unchanged, "the server refuses it: spec.completions: Required value; nothing was done", ""},
		{"out of time", answer(504, "Timeout", "request did not complete", ""), act.Unknown, "unknown whether it was done; watching", ""},
		{"no object", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, act.Unknown, "unknown whether it was done", ""},
	} {
		server := &changing{answer: c.answer}
		client := connect(t, &apiServer{handle: server.handle}, "nlp")
		o, err := client.Create(t.Context(), manifest(t, `{apiVersion: batch/v1, kind: Job, metadata: {name: bert, namespace: nlp}}`)[0], false)
		if err == nil || o.Result != c.result || !strings.Contains(o.Says, c.says) || !strings.Contains(o.Hint, c.hint) {
			t.Errorf("%s: %s, %q, hint %q (%v)\nwant %s, %q, hint %q", c.name, o.Result, o.Says, o.Hint, err, c.result, c.says, c.hint)
		}
		if len(server.sent) != 1 {
			t.Errorf("%s: sent %d times", c.name, len(server.sent))
		}
	}
	client := connect(t, &apiServer{}, "nlp")
	o, err := client.Create(t.Context(), manifest(t, `{apiVersion: batch/v1, kind: Job, metadata: {name: bert}}`)[0], false)
	if err == nil || o.Says != "Job bert names no namespace; nothing was done" {
		t.Errorf("without a namespace: %q (%v)", o.Says, err)
	}
}

func TestAdopt(t *testing.T) {
	service := act.Target{Ref: fleet.Ref{Kind: "Service", Namespace: "nlp", Name: "sft"}, APIVersion: "v1", UID: "s1"}
	server := &changing{}
	client := connect(t, &apiServer{handle: server.handle}, "nlp")
	if err := client.Adopt(t.Context(), job, service); err != nil {
		t.Fatal(err)
	}
	const owners = `[{"apiVersion":"batch/v1","kind":"Job","name":"sft","uid":"j1"}]`
	want := change{"PATCH", "/api/v1/namespaces/nlp/services/sft", "fieldManager=paddock",
		`[{"op":"test","path":"/metadata/uid","value":"s1"},{"op":"test","path":"/metadata/ownerReferences","value":null},{"op":"add","path":"/metadata/ownerReferences","value":` + owners + `}]`}
	if len(server.sent) != 1 || server.sent[0] != want {
		t.Errorf("sent %+v\nwant %+v", server.sent, want)
	}
	server.answer = func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, 422, "Invalid", "the server rejected our request")
	}
	err := client.Adopt(t.Context(), job, service)
	if what, _ := Explain(err); what != "Service nlp/sft is another one now, or has an owner already" {
		t.Errorf("%q (%v)", what, err)
	}
}
