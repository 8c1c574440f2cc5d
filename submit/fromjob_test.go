package submit

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
)

// The file is what Kubernetes 1.37's API server makes of the paddle recipe:
// what it fills in by itself is nobody's loss.
func TestRecipeOfAServedJob(t *testing.T) {
	text, err := os.ReadFile("testdata/served-paddle.json")
	if err != nil {
		t.Fatal(err)
	}
	var job batchv1.Job
	if err := json.Unmarshal(text, &job); err != nil {
		t.Fatal(err)
	}
	r, lost := FromJob(&job)
	if want := recipes(t)["paddle"]; !reflect.DeepEqual(r, want) {
		t.Errorf("\ngot  %+v\nwant %+v", r, want)
	}
	if len(lost) > 0 {
		t.Errorf("lost %q", lost)
	}
}

func manifest(t *testing.T, text string) *batchv1.Job {
	t.Helper()
	objects, err := ReadManifests([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	j := batchJob(objects[0])
	if j == nil {
		t.Fatal("it is no Job")
	}
	return j
}

// Somebody else's Job, with a bit of everything.
const foreign = `apiVersion: batch/v1
kind: Job
metadata: {name: det, namespace: vision, labels: {owner: li, kueue.x-k8s.io/queue-name: vision}, annotations: {note: x}}
spec:
  completions: 4
  parallelism: 4
  backoffLimit: 6
  suspend: true
  template:
    metadata: {labels: {app: det}}
    spec:
      restartPolicy: OnFailure
      hostNetwork: true
      initContainers: [{name: fetch, image: 'busybox:1'}]
      affinity: {podAntiAffinity: {}}
      tolerations: [{key: a, operator: Exists}, {key: b, operator: Exists, tolerationSeconds: 30}]
      imagePullSecrets: [{name: harbor}, {name: other}]
      nodeSelector: {nvidia.com/gpu.product: A100, pool: x}
      containers:
      - {name: side, image: 'nginx:1'}
      - name: train
        image: vision/det:1-cuda11.8
        imagePullPolicy: Always
        command: [torchrun, --nnodes=4, train.py]
        env:
        - {name: A, value: '1'}
        - {name: IP, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}
        - {name: K, valueFrom: {secretKeyRef: {name: s, key: k}}}
        resources: {requests: {cpu: 8, memory: 16Gi}, limits: {cpu: 16, memory: 32Gi, nvidia.com/gpu: 8}}
        ports: [{containerPort: 29500}]
        volumeMounts: [{name: data, mountPath: /data, subPath: det}, {name: data, mountPath: /all, readOnly: true}, {name: logs, mountPath: /logs}, {name: scratch, mountPath: /tmp}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: train}}, {name: logs, hostPath: {path: /var/log/det}}, {name: scratch, emptyDir: {}}]
`

func TestRecipeOfSomebodyElsesJob(t *testing.T) {
	r, lost := FromJob(manifest(t, foreign))
	want := Recipe{
		Name: "det", Team: "vision", Framework: PyTorch, Image: "vision/det:1-cuda11.8", Command: []string{"torchrun", "--nnodes=4", "train.py"},
		Workers: Workers{4, 4}, GPUs: 8, Resource: GPU, Product: "A100", CPU: "8", Memory: "32Gi", Shm: "0",
		Env:        []EnvVar{{Name: "A", Value: "1"}, {Name: "K", From: EnvSource{"Secret", "s"}, Key: "k"}},
		Volumes:    []Volume{{Claim: "train", Mount: "/all", ReadOnly: true}, {HostPath: "/var/log/det", Mount: "/logs"}},
		PullSecret: "harbor", Queue: "vision", NodeSelector: map[string]string{"pool": "x"}, Tolerations: []Toleration{"a"},
		Retries: 2, Port: 29500,
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("\ngot  %+v\nwant %+v", r, want)
	}
	said := []string{
		"metadata.annotations: note",
		"metadata.labels: owner",
		"spec.template.metadata.labels: app",
		"spec.template.spec.containers.env: IP",
		"spec.template.spec.containers.imagePullPolicy: Always",
		"spec.template.spec.containers.resources.limits.cpu: 16",
		"spec.template.spec.containers.resources.requests.memory: 16Gi",
		"spec.template.spec.containers.volumeMounts: data, scratch",
		"spec.template.spec.containers: side",
		"spec.template.spec.hostNetwork: true",
		"spec.template.spec.imagePullSecrets: other",
		"spec.template.spec.initContainers: fetch",
		"spec.template.spec.restartPolicy: OnFailure",
		"spec.template.spec.tolerations: b",
		"spec.template.spec.volumes: data, scratch",
	}
	if !slices.Equal(lost, said) {
		t.Errorf("lost\n%s\nwant\n%s", strings.Join(lost, "\n"), strings.Join(said, "\n"))
	}
	if err := r.Validate(); err != nil {
		t.Errorf("its recipe can't be sent: %v", err)
	}
}

func TestFrameworkOfAJob(t *testing.T) {
	for command, want := range map[string]Framework{
		"[python, -m, paddle.distributed.launch, a.py]": Paddle,
		"[sh, -c, 'fleetrun a.py']":                     Paddle,
		"[torchrun, a.py]":                              PyTorch,
		"[python, -m, torch.distributed.run, a.py]":     PyTorch,
		"[python, a.py]":                                Plain,
		"[]":                                            Plain,
		"[bash, -lc, 'torchrun --nnodes=2 a.py && rm -r']": PyTorch,
	} {
		j := manifest(t, job("[python, -m, paddle.distributed.launch, train.py]", command))
		if r, _ := FromJob(j); r.Framework != want {
			t.Errorf("%s is %s, want %s", command, r.Framework, want)
		}
	}
}

// What the Job was is not changed by being read.
func TestFromJobKeepsTheJob(t *testing.T) {
	j := manifest(t, foreign)
	was := j.DeepCopy()
	FromJob(j)
	if !reflect.DeepEqual(j, was) {
		t.Error("the Job was changed")
	}
}

func TestFromAnEmptyJob(t *testing.T) {
	r, lost := FromJob(&batchv1.Job{})
	if r.Workers != (Workers{1, 1}) || len(lost) > 0 {
		t.Errorf("%+v, %q", r, lost)
	}
}
