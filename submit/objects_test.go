package submit

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// recipes are one of each way that workers find each other.
func recipes(t testing.TB) map[string]Recipe {
	out := map[string]Recipe{}
	for name, text := range map[string]string{
		"paddle": `{name: ocr-rec-v4, team: ocr, framework: paddle, image: 'paddlepaddle/paddle:2.6.1-gpu-cuda11.7-cudnn8.4-trt8.4', command: [python, -m, paddle.distributed.launch],
			args: [tools/train.py], workers: 4, gpus: 2, cpu: 16, memory: 128Gi, shm: 32Gi, env: {NCCL_DEBUG: INFO, KEY: {secret: wandb/key}}, volumes: ['train-data:/data', '/mnt/nfs:/nfs:ro'],
			pullSecret: harbor, serviceAccount: trainer, product: NVIDIA-A100-SXM4-80GB}`,
		"paddle-elastic": `{name: bert, team: nlp, framework: paddle, image: 'harbor.example.com/nlp/paddlenlp:3.0-cuda11.8', command: [python, -m, paddle.distributed.launch, train.py],
			workers: '2:8', etcd: 'paddle-etcd.infra:2379', gpus: 8, queue: nlp, priorityClass: production}`,
		"pytorch": `{name: llm-sft-7b, team: nlp, framework: pytorch, image: 'nvcr.io/nvidia/pytorch:24.05-py3', command: [torchrun, train.py],
			workers: 8, gpus: 8, envFrom: [configMap hyper, secret tokens], tolerations: ['dedicated=nlp:NoSchedule', gpu], nodeSelector: {pool: pretrain}, timeLimit: 7d, keep: 36h, retries: 0, port: 29500}`,
		"pytorch-elastic": `{name: vit, team: vision, framework: pytorch, image: 'pytorch/pytorch:2.4.1-cuda11.8-cudnn9-runtime', command: [torchrun, train.py], workers: '1:4', gpus: 1}`,
		"pytorch-single":  `{name: resnet, team: vision, framework: pytorch, image: 'pytorch/pytorch:2.4.1-cuda11.8-cudnn9-runtime', command: [python, train.py], gpus: 1}`,
		"plain":           `{name: sweep, team: research, image: 'busybox:1.36', args: [sleep, '60'], workers: 3, gpus: 0, shm: '0'}`,
	} {
		r, err := Parse([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = r
	}
	return out
}

var update = flag.Bool("update", false, "write the golden files anew")

func TestObjectsAreAsTheyStandInTheFiles(t *testing.T) {
	for name, r := range recipes(t) {
		objects, err := Objects(r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := YAML(objects)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name+".yaml")
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s differs from %s (-update writes it anew):\n%s", name, file, got)
		}
		read, err := ReadManifests(got)
		if err != nil || !reflect.DeepEqual(normal(t, read), normal(t, objects)) {
			t.Errorf("%s: what is written is not read again: %v", name, err)
		}
	}
}

// normal is objects as JSON has them, where numbers have one type.
func normal(t *testing.T, objects []Object) (out []any) {
	t.Helper()
	for _, o := range objects {
		text, err := o.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

func jobOf(t *testing.T, r Recipe) *batchv1.Job {
	t.Helper()
	objects, err := Objects(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := objects[1].JSON()
	if err != nil {
		t.Fatal(err)
	}
	var job batchv1.Job
	if err := json.Unmarshal(text, &job); err != nil {
		t.Fatal(err)
	}
	return &job
}

// environment is what a worker sees: references are resolved as the kubelet
// does, from the variables before them, and the command runs in a real shell.
func environment(t *testing.T, r Recipe, index, ip string) map[string]string {
	t.Helper()
	c := jobOf(t, r).Spec.Template.Spec.Containers[0]
	env := map[string]string{}
	for _, e := range c.Env {
		value := e.Value
		for k, v := range env {
			value = strings.ReplaceAll(value, "$("+k+")", v)
		}
		if e.ValueFrom != nil && e.ValueFrom.FieldRef != nil {
			value = map[string]string{"status.podIP": ip, "metadata.annotations['batch.kubernetes.io/job-completion-index']": index}[e.ValueFrom.FieldRef.FieldPath]
		}
		if strings.Contains(value, "$(") {
			t.Errorf("%s refers to what comes behind it: %s", e.Name, value)
		}
		env[e.Name] = value
	}
	line := c.Command
	if at := slices.Index(line, "--"); at > 0 {
		line = append(slices.Clone(line[:at+1]), "env")
	} else {
		line = []string{"env"}
	}
	cmd := exec.Command(line[0], line[1:]...)
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", line, err)
	}
	seen := map[string]string{}
	for l := range strings.Lines(string(out)) {
		k, v, _ := strings.Cut(strings.TrimSpace(l), "=")
		seen[k] = v
	}
	return seen
}

func expect(t *testing.T, what string, env map[string]string, want map[string]string) {
	t.Helper()
	for k, v := range want {
		got, there := env[k]
		if v == "-" {
			if there {
				t.Errorf("%s: %s is %q, but must not be set", what, k, got)
			}
			continue
		}
		if got != v {
			t.Errorf("%s: %s is %q, want %q", what, k, got, v)
		}
	}
}

func TestPaddlesFirstWorkerIsTheMaster(t *testing.T) {
	r := recipes(t)["paddle"]
	expect(t, "worker 0", environment(t, r, "0", "10.244.1.7"), map[string]string{
		"POD_IP": "10.244.1.7", "PADDLE_NNODES": "4", "PADDLE_TRAINER_ID": "0", "PADDLE_TRAINERS_NUM": "4", "PADDLE_JOB_ID": "ocr-ocr-rec-v4",
		"PADDLE_MASTER":            "10.244.1.7:6170", // its own IP, or nobody starts the master
		"PADDLE_CURRENT_ENDPOINT":  "10.244.1.7:6170",
		"PADDLE_TRAINER_ENDPOINTS": "10.244.1.7:6170,ocr-rec-v4-1.ocr-rec-v4:6170,ocr-rec-v4-2.ocr-rec-v4:6170,ocr-rec-v4-3.ocr-rec-v4:6170",
		"NCCL_DEBUG":               "INFO", "PYTHONUNBUFFERED": "1",
	})
	expect(t, "worker 2", environment(t, r, "2", "10.244.3.9"), map[string]string{
		"POD_IP": "10.244.3.9", "PADDLE_NNODES": "4", "PADDLE_TRAINER_ID": "2",
		"PADDLE_MASTER":            "ocr-rec-v4-0.ocr-rec-v4:6170",
		"PADDLE_CURRENT_ENDPOINT":  "ocr-rec-v4-2.ocr-rec-v4:6170",
		"PADDLE_TRAINER_ENDPOINTS": "ocr-rec-v4-0.ocr-rec-v4:6170,ocr-rec-v4-1.ocr-rec-v4:6170,ocr-rec-v4-2.ocr-rec-v4:6170,ocr-rec-v4-3.ocr-rec-v4:6170",
	})
	alone := r
	alone.Workers = Workers{1, 1}
	expect(t, "alone", environment(t, alone, "0", "10.1.1.1"), map[string]string{"PADDLE_NNODES": "1", "PADDLE_MASTER": "-", "PADDLE_TRAINER_ENDPOINTS": "-"})
	told := r
	told.Env = []EnvVar{{Name: "PADDLE_MASTER", Value: "192.0.2.1:7000"}}
	expect(t, "told", environment(t, told, "0", "10.1.1.1"), map[string]string{"PADDLE_MASTER": "192.0.2.1:7000", "PADDLE_TRAINER_ENDPOINTS": "-", "PADDLE_TRAINER_ID": "0"})
	told.Env = []EnvVar{{Name: "PADDLE_TRAINER_ENDPOINTS", Value: "192.0.2.1:7000,192.0.2.2:7000"}}
	expect(t, "told all", environment(t, told, "0", "10.1.1.1"), map[string]string{"PADDLE_MASTER": "-", "PADDLE_TRAINER_ENDPOINTS": "192.0.2.1:7000,192.0.2.2:7000"})
}

func TestElasticPaddleMeetsInEtcd(t *testing.T) {
	expect(t, "worker 1", environment(t, recipes(t)["paddle-elastic"], "1", "10.1.1.1"), map[string]string{
		"PADDLE_MASTER": "etcd://paddle-etcd.infra:2379", "PADDLE_NNODES": "2:8", "PADDLE_ELASTIC_LEVEL": "1", "PADDLE_JOB_ID": "nlp-bert",
		"PADDLE_TRAINER_ENDPOINTS": "-", // would replace the master
		"PADDLE_TRAINER_ID":        "-", // ranks are given anew
	})
}

// Linux takes no longer string; without the endpoints the launcher still works.
func TestManyWorkersOfPaddleHaveNoEndpoints(t *testing.T) {
	r := recipes(t)["paddle"]
	r.Workers = Workers{5000, 5000}
	expect(t, "worker 0", environment(t, r, "0", "10.1.1.1"), map[string]string{
		"PADDLE_MASTER": "10.1.1.1:6170", "PADDLE_NNODES": "5000", "PADDLE_TRAINER_ENDPOINTS": "-"})
}

func TestTorchrunsEnvironment(t *testing.T) {
	all := recipes(t)
	expect(t, "worker 3", environment(t, all["pytorch"], "3", "10.1.1.1"), map[string]string{
		"PET_NNODES": "8", "PET_NPROC_PER_NODE": "8", "PET_NODE_RANK": "3", "PET_MASTER_ADDR": "llm-sft-7b-0.llm-sft-7b", "PET_MASTER_PORT": "29500",
		"MASTER_ADDR": "llm-sft-7b-0.llm-sft-7b", "MASTER_PORT": "29500", "NODE_RANK": "3",
		"RANK": "-", "WORLD_SIZE": "-", // of each of its eight processes: torchrun's
		"PET_RDZV_BACKEND": "-",
	})
	expect(t, "elastic", environment(t, all["pytorch-elastic"], "3", "10.1.1.1"), map[string]string{
		"PET_NNODES": "1:4", "PET_NPROC_PER_NODE": "1", "PET_RDZV_BACKEND": "c10d", "PET_RDZV_ENDPOINT": "vit-0.vit:6170", "PET_RDZV_ID": "vision-vit",
		"PET_MAX_RESTARTS": "3", "PET_NODE_RANK": "-", "RANK": "-",
	})
	expect(t, "one process", environment(t, all["pytorch-single"], "0", "10.1.1.1"), map[string]string{
		"RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0", "MASTER_ADDR": "resnet-0.resnet"})
}

func TestTheJobIsOneWorkerAnIndex(t *testing.T) {
	r := recipes(t)["pytorch"]
	r.Retries = 2
	j := jobOf(t, r)
	if s := j.Spec; *s.Completions != 8 || *s.Parallelism != 8 || *s.CompletionMode != batchv1.IndexedCompletion || *s.BackoffLimit != 16 ||
		*s.ActiveDeadlineSeconds != 7*86400 || *s.TTLSecondsAfterFinished != 36*3600 || s.Suspend != nil {
		t.Errorf("%+v", s)
	}
	rule := j.Spec.PodFailurePolicy.Rules[0]
	if rule.Action != batchv1.PodFailurePolicyActionIgnore || rule.OnPodConditions[0].Type != corev1.DisruptionTarget || rule.OnPodConditions[0].Status != corev1.ConditionTrue {
		t.Errorf("disruptions count: %+v", rule)
	}
	queued := jobOf(t, recipes(t)["paddle-elastic"])
	if queued.Labels["kueue.x-k8s.io/queue-name"] != "nlp" || !*queued.Spec.Suspend {
		t.Errorf("the queue does not start it: %+v", queued.ObjectMeta)
	}
}

func TestRecipeOfItsOwnJob(t *testing.T) {
	all := recipes(t)
	whole := everything()
	whole.Resource = GPU
	all["everything"] = whole
	for name, want := range all {
		got, lost := FromJob(jobOf(t, want))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, want)
		}
		if len(lost) > 0 {
			t.Errorf("%s: lost %q", name, lost)
		}
	}
}

func TestObjectsHelpers(t *testing.T) {
	objects, err := Objects(recipes(t)["plain"])
	if err != nil {
		t.Fatal(err)
	}
	service, job := objects[0], objects[1]
	owned := service.OwnedBy(job, "u-1")
	refs, _ := owned.Body["metadata"].(map[string]any)["ownerReferences"].([]any)
	if len(refs) != 1 || refs[0].(map[string]any)["uid"] != "u-1" || refs[0].(map[string]any)["kind"] != "Job" {
		t.Errorf("%v", refs)
	}
	if _, changed := service.Body["metadata"].(map[string]any)["ownerReferences"]; changed {
		t.Error("the object itself was changed")
	}
	if o := job.InNamespace("other"); o.Ref().Namespace != "research" {
		t.Errorf("%v", o.Ref())
	}
	if o := (Object{map[string]any{"kind": "Pod"}}).InNamespace("other"); o.Ref().Namespace != "other" {
		t.Errorf("%v", o.Ref())
	}
}

func BenchmarkObjects(b *testing.B) {
	r := recipes(b)["paddle"]
	for b.Loop() {
		if _, err := Objects(r); err != nil {
			b.Fatal(err)
		}
	}
}
