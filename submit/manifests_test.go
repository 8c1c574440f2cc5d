package submit

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestReadManifests(t *testing.T) {
	for _, c := range []struct {
		text string
		want string // "Kind namespace/name" each, or the error
	}{
		{"{apiVersion: v1, kind: Pod, metadata: {name: a}}", "Pod a"},
		{"# x\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\n---\n{\"apiVersion\": \"x.io/v1\", \"kind\": \"Y\", \"metadata\": {\"name\": \"b\", \"namespace\": \"n\"}}\n", "Pod a, Y n/b"},
		{"{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: a}}, {apiVersion: v1, kind: Secret, metadata: {name: b}}]}", "Pod a, Secret b"},
		{"{apiVersion: v1, kind: Pod, metadata: {generateName: a-}}", "Pod "},
		{"", "there is no object in it"},
		{"# only words\n", "there is no object in it"},
		{"a: b", "document 1, from line 1: has no apiVersion or no kind"},
		{"{apiVersion: v1, kind: Pod}", "document 1, from line 1: the Pod has no name"},
		{"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\na: b\n", "document 2, from line 5: has no apiVersion or no kind"},
		{"a: b\na: c\n", "document 1, from line 1: yaml: unmarshal errors:\n  line 2: key \"a\" already set in map"},
		{"- a", "document 1, from line 1: is no object: a map with apiVersion, kind and metadata"},
		{"{apiVersion: v1, kind: List, items: [7]}", "document 1, from line 1: item 1 of the list is no object with a name"},
	} {
		objects, err := ReadManifests([]byte(c.text))
		var got []string
		for _, o := range objects {
			got = append(got, o.Ref().Kind+" "+o.Ref().String())
		}
		s := strings.Join(got, ", ")
		if err != nil {
			s = err.Error()
		}
		if s != c.want {
			t.Errorf("%q:\ngot  %s\nwant %s", c.text, s, c.want)
		}
	}
}

const pod = "{spec: {containers: [{name: c, image: 'x:1', resources: {limits: {nvidia.com/gpu: 8}}}]}}"

func TestWorkloadsOfEveryKind(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c}]}}", " 1"},
		{"{apiVersion: batch/v1, kind: Job, metadata: {name: a}, spec: {parallelism: 4, completions: 2, template: " + pod + "}}", " 2"},
		{"{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {jobTemplate: {spec: {parallelism: 4, template: " + pod + "}}}}", " 4"},
		{"{apiVersion: kubeflow.org/v1, kind: PyTorchJob, metadata: {name: a}, spec: {pytorchReplicaSpecs: {Master: {replicas: 1, template: " + pod + "}, Worker: {replicas: 7, template: " + pod + "}}}}", "Master 1, Worker 7"},
		{"{apiVersion: jobset.x-k8s.io/v1alpha2, kind: JobSet, metadata: {name: a}, spec: {replicatedJobs: [{name: w, replicas: 2, template: {spec: {parallelism: 4, template: " + pod + "}}}]}}", "w 8"},
		{"{apiVersion: batch.volcano.sh/v1alpha1, kind: Job, metadata: {name: a}, spec: {tasks: [{name: ps, replicas: 2, template: " + pod + "}, {name: worker, replicas: 3, template: " + pod + "}]}}", "ps 2, worker 3"},
		{"{apiVersion: leaderworkerset.x-k8s.io/v1, kind: LeaderWorkerSet, metadata: {name: a}, spec: {replicas: 2, leaderWorkerTemplate: {size: 4, leaderTemplate: " + pod + ", workerTemplate: " + pod + "}}}", " 2,  6"},
		{"{apiVersion: batch.paddlepaddle.org/v1, kind: PaddleJob, metadata: {name: a}, spec: {worker: {replicas: 3, template: " + pod + "}}}", " 3"},
		{"{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {spec: x}}", ""},
	} {
		objects, err := ReadManifests([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		found, err := workloads(objects[0])
		var got []string
		for _, w := range found {
			got = append(got, fmt.Sprintf("%s %d", w.role, w.workers))
		}
		if s := strings.Join(got, ", "); err != nil || s != c.want {
			t.Errorf("%s:\ngot  %q, %v\nwant %q", c.text, s, err, c.want)
		}
	}
}

func TestNeeds(t *testing.T) {
	r := everything()
	r.Workers, r.Etcd = Workers{4, 4}, ""
	objects, err := Objects(r)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range Needs(objects) {
		s := n.Ref.Kind + " " + n.Ref.String()
		if n.Free {
			s += " free"
		}
		if n.Why == "" || n.APIVersion == "" {
			t.Errorf("%s: why %q, API %q", s, n.Why, n.APIVersion)
		}
		got = append(got, s)
	}
	want := []string{
		"Namespace ocr", "ResourceQuota ocr/", "Service ocr/ocr-rec-v4 free", "Job ocr/ocr-rec-v4 free", "LocalQueue ocr/ocr",
		"PersistentVolumeClaim ocr/train-data", "Secret ocr/wandb", "ConfigMap ocr/hyper", "Secret ocr/tokens", "Secret ocr/harbor",
		"ServiceAccount ocr/trainer", "PriorityClass production", "NodeSelector example.com/rack=7,nvidia.com/gpu.product=NVIDIA-A100-SXM4-80GB,pool=a100",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What the manifests bring themselves, and what is optional, nobody has to have.
func TestNeedsLeaveOut(t *testing.T) {
	text := `{apiVersion: v1, kind: ConfigMap, metadata: {name: own, namespace: ns}}
---
{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: ns}, spec: {priorityClassName: system-node-critical, containers: [{name: c, env: [
  {name: A, valueFrom: {configMapKeyRef: {name: own, key: k}}}, {name: B, valueFrom: {secretKeyRef: {name: s, key: k, optional: true}}}]}],
  volumes: [{name: v, projected: {sources: [{secret: {name: p}}]}}]}}`
	objects, err := ReadManifests([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range Needs(objects) {
		if !n.Free && n.Ref.Kind != "Namespace" && n.Ref.Kind != Quotas {
			got = append(got, n.Ref.Kind+" "+n.Ref.String())
		}
	}
	if !slices.Equal(got, []string{"Secret ns/p"}) {
		t.Errorf("%q", got)
	}
}

func FuzzReadManifests(f *testing.F) {
	f.Add([]byte(job()))
	f.Add([]byte("{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: a}}]}"))
	f.Add([]byte("{apiVersion: kubeflow.org/v1, kind: PyTorchJob, metadata: {name: a}, spec: {pytorchReplicaSpecs: {Worker: {replicas: 7, template: " + pod + "}}}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		objects, err := ReadManifests(text)
		if err != nil {
			return
		}
		written, err := YAML(objects)
		if err != nil {
			t.Fatalf("what was read can't be written: %v", err)
		}
		if again, err := ReadManifests(written); err != nil || len(again) != len(objects) {
			t.Fatalf("%d objects, %d after they were written (%v):\n%s", len(objects), len(again), err, written)
		}
		Needs(objects)
		Check(objects, nil, twoKinds(), nil)
		for _, o := range objects {
			if j := batchJob(o); j != nil {
				FromJob(j)
			}
		}
	})
}
