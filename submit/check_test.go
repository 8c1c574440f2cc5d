package submit

import (
	"fmt"
	"strings"
	"testing"

	"paddock/fleet"
)

// cluster is a fleet of nodes, "name product driver allocatable free [taint]".
func cluster(nodes ...string) *fleet.Fleet {
	f := &fleet.Fleet{}
	for _, s := range nodes {
		n := &fleet.Node{Ready: true, Object: &fleet.NodeObject{Resource: GPU}}
		words := strings.Fields(s)
		if _, err := fmt.Sscan(strings.Join(words[:5], " "), &n.Name, &n.Object.Product, &n.Object.Driver, &n.GPUs.Allocatable, &n.GPUs.Free); err != nil {
			panic(err)
		}
		n.GPUs.Capacity = n.GPUs.Allocatable
		n.Object.Name, n.Object.Hostname, n.Object.Taints = n.Name, n.Name, words[5:]
		f.Nodes = append(f.Nodes, n)
	}
	f.Totals.Nodes = len(f.Nodes)
	return f
}

func twoKinds() *fleet.Fleet {
	return cluster("a1 A100 550.54.14 8 8", "a2 A100 550.54.14 8 8", "a3 A100 550.54.14 8 4", "v1 V100 418.87.01 8 8", "v2 V100 418.87.01 8 8")
}

// lines are the problems as a table can hold them.
func lines(problems []Problem) (out []string) {
	for _, p := range problems {
		out = append(out, string(p.Severity)+" "+p.ID+": "+p.Says)
	}
	return out
}

// has looks for a problem that begins like that; a "!" before it means that there must be none.
func has(t *testing.T, name string, problems []Problem, wants ...string) {
	t.Helper()
	for _, want := range wants {
		want, not := strings.CutPrefix(want, "!")
		found := false
		for _, l := range lines(problems) {
			found = found || strings.HasPrefix(l, want)
		}
		if found == not {
			t.Errorf("%s: %q is %v in\n  %s", name, want, found, strings.Join(lines(problems), "\n  "))
		}
	}
}

func checked(t *testing.T, r Recipe, f *fleet.Fleet, facts Facts) []Problem {
	t.Helper()
	objects, err := Objects(r)
	if err != nil {
		t.Fatal(err)
	}
	return Check(objects, &r, f, facts)
}

func small() Recipe {
	r := Default()
	r.Name, r.Team, r.Framework, r.Image, r.Command = "rec", "ocr", PyTorch, "pytorch/pytorch:2.4.1-cuda11.8-cudnn9-runtime", []string{"torchrun"}
	return r
}

func TestCheckRecipe(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(r *Recipe)
		fleet  *fleet.Fleet
		facts  Facts
		want   []string
	}{
		{name: "nothing is wrong", change: func(r *Recipe) { r.Product = "A100" }, fleet: twoKinds(), want: []string{"!"}},
		{name: "nobody looked", change: func(r *Recipe) { r.GPUs = 800 }, want: []string{"!"}},

		{name: "latest", change: func(r *Recipe) { r.Image = "a/b:latest" }, want: []string{"warning image-latest: a/b:latest is what is latest"}},
		{name: "no tag", change: func(r *Recipe) { r.Image = "reg:5000/a/b" }, want: []string{"warning image-latest: reg:5000/a/b has no tag"}},
		{name: "digest", change: func(r *Recipe) { r.Image = "a/b@sha256:00" }, want: []string{"!"}},
		{name: "undocumented", change: func(r *Recipe) { r.Image = "paddlepaddle/paddle:2.6.0-gpu-cuda11.8-cudnn8" },
			want: []string{"hint image-undocumented: PaddlePaddle documents no tag 2.6.0-gpu-cuda11.8-cudnn8"}},
		{name: "documented", change: func(r *Recipe) { r.Image = "paddlepaddle/paddle:2.6.1-gpu-cuda11.7-cudnn8.4-trt8.4" }, want: []string{"!"}},

		{name: "some drivers are old", fleet: twoKinds(), want: []string{"warning driver-too-old: CUDA 11.8 (by its tag) needs driver 450.80.02; 2 of 5 nodes have an older one (418.87.01): v1, v2"}},
		{name: "all drivers are old", change: func(r *Recipe) { r.Product = "V100" }, fleet: twoKinds(), want: []string{"error driver-too-old: "}},
		{name: "perhaps all are old", change: func(r *Recipe) { r.Product = "V100"; r.NodeSelector = map[string]string{"pool": "x"} }, fleet: twoKinds(), want: []string{"warning driver-too-old: "}},
		{name: "a compatibility package", change: func(r *Recipe) { r.Product = "V100"; r.Image = "nvcr.io/nvidia/pytorch:24.05-py3" }, fleet: twoKinds(), want: []string{"warning driver-too-old: CUDA 12.4 (by NVIDIA's release notes of 24.05)"}},
		{name: "minor version", change: func(r *Recipe) { r.Image = "x:cuda12.8" }, fleet: cluster("a1 A100 550.54.14 8 8"), want: []string{"hint driver-minor: CUDA 12.8", "!warning"}},
		{name: "a young GPU", change: func(r *Recipe) { r.Image = "x:cuda11.7" }, fleet: cluster("h1 NVIDIA-H100-80GB-HBM3 550.54.14 8 8"), want: []string{"warning gpu-too-new: CUDA 11.7 does not know the GPUs of 1 node"}},
		{name: "the selector's nodes", change: func(r *Recipe) { r.NodeSelector = map[string]string{"pool": "x"} }, fleet: twoKinds(),
			facts: Facts{{Kind: NodeSelector, Name: "pool=x"}: {Presence: Present, Nodes: []string{"a1"}}}, want: []string{"!"}},

		{name: "no such product", change: func(r *Recipe) { r.Product = "H100" }, fleet: twoKinds(), want: []string{"error no-node: no node can take a worker: none of 5 nodes with nvidia.com/gpu has the labels nvidia.com/gpu.product=H100"}},
		{name: "no such resource", change: func(r *Recipe) { r.Resource = "huawei.com/Ascend910" }, fleet: twoKinds(), want: []string{"error no-node: no node can take a worker: no node in use has huawei.com/Ascend910"}},
		{name: "no such label", change: func(r *Recipe) { r.NodeSelector = map[string]string{"pool": "x"} }, fleet: twoKinds(),
			facts: Facts{{Kind: NodeSelector, Name: "pool=x"}: {Presence: Absent}}, want: []string{"error no-node: "}},
		{name: "a taint", fleet: cluster("a1 A100 550.54.14 8 8 dedicated=nlp:NoSchedule"), want: []string{"error no-node: no node can take a worker: 1 node would do, but their taints are not tolerated: dedicated=nlp:NoSchedule"}},
		{name: "tolerated", change: func(r *Recipe) { r.Tolerations = []Toleration{"dedicated"} }, fleet: cluster("a1 A100 550.54.14 8 8 dedicated=nlp:NoSchedule"), want: []string{"!"}},
		{name: "tolerated by another value", change: func(r *Recipe) { r.Tolerations = []Toleration{"dedicated=ocr:NoSchedule"} }, fleet: cluster("a1 A100 550.54.14 8 8 dedicated=nlp:NoSchedule"), want: []string{"error no-node"}},
		{name: "a taint that only advises", fleet: cluster("a1 A100 550.54.14 8 8 a=b:PreferNoSchedule"), want: []string{"!"}},
		{name: "the GPUs' own taint", fleet: cluster("a1 A100 550.54.14 8 8 nvidia.com/gpu=present:NoSchedule"), want: []string{"warning gpu-taint: ", "!error"}},
		{name: "too many a worker", change: func(r *Recipe) { r.GPUs = 16; r.Product = "A100" }, fleet: twoKinds(), want: []string{"error node-too-small: a worker asks for 16 GPUs; the largest node that it may land on has 8"}},
		{name: "too many workers", change: func(r *Recipe) { r.GPUs = 8; r.Workers = Workers{4, 4}; r.Product = "A100" }, fleet: twoKinds(),
			want: []string{"error cluster-too-small: it asks for 4 workers of 8 x nvidia.com/gpu; 3 nodes have room for 3 even when all is free"}},
		{name: "elastic workers may be fewer", change: func(r *Recipe) { r.GPUs = 8; r.Workers = Workers{2, 4}; r.Product = "A100" }, fleet: twoKinds(), want: []string{"warning no-room", "!error"}},
		{name: "no room now", change: func(r *Recipe) { r.GPUs = 8; r.Workers = Workers{3, 3}; r.Product = "A100" }, fleet: twoKinds(),
			want: []string{"warning no-room: it asks for 3 workers of 8 x nvidia.com/gpu; now there is room for 2 (free on a node: 8, 8, 4)"}},
		{name: "nothing is free", fleet: cluster("a1 A100 550.54.14 8 0"), want: []string{"warning no-room: it asks for 1 worker of 1 x nvidia.com/gpu; now there is room for 0 (free on a node: none)"}},
		{name: "free is not known", fleet: cluster("a1 A100 550.54.14 8 -1"), want: []string{"hint free-unseen"}},
		{name: "nodes can't be read", fleet: &fleet.Fleet{Totals: fleet.Totals{Nodes: -1}}, want: []string{"hint nodes-unseen"}},

		{name: "no GPU", change: func(r *Recipe) { r.GPUs = 0 }, want: []string{"warning no-gpu"}},
		{name: "none wanted", change: func(r *Recipe) { r.GPUs, r.Framework = 0, Plain }, want: []string{"!"}},
		{name: "no shared memory", change: func(r *Recipe) { r.Shm = "0"; r.GPUs = 8 }, want: []string{"warning no-shm"}},
		{name: "none for one GPU", change: func(r *Recipe) { r.Shm = "0" }, want: []string{"hint no-shm"}},
		{name: "too much of it", change: func(r *Recipe) { r.Memory = "8Gi" }, want: []string{"warning shm-too-large: 8Gi of /dev/shm count as memory"}},
		{name: "IPs by hand", change: func(r *Recipe) { r.Args = []string{"--ips=10.0.0.1,10.0.0.2"} }, want: []string{"warning worker-ips: the command of worker names 10.0.0.1"}},
		{name: "an IP in a variable", change: func(r *Recipe) { r.Env = []EnvVar{{Name: "MASTER_ADDR", Value: "192.168.1.7"}} }, want: []string{"warning worker-ips: variable MASTER_ADDR names 192.168.1.7"}},
		{name: "no worker's IP", change: func(r *Recipe) {
			r.Env = []EnvVar{{Name: "http_proxy", Value: "10.0.0.1:3128"}, {Name: "A", Value: "127.0.0.1:80"}, {Name: "B", Value: "10.0.0.0/8"}, {Name: "C", Value: "http://10.1.1.1/x"}, {Name: "V", Value: "v1.2.3.4"}, {Name: "W", Value: "300.1.1.1"}}
		}, want: []string{"!"}},
		{name: "Paddle eats the etcd's name", change: func(r *Recipe) { r.Framework, r.Workers, r.Etcd = Paddle, Workers{1, 2}, "etcd-client.infra:2379" },
			want: []string{`error paddle-etcd: Paddle would look for etcd at "-client.infra:2379"`}},
		{name: "Paddle's own way to its master", change: func(r *Recipe) { r.Framework, r.Workers = Paddle, Workers{4, 4} }, want: []string{"!"}},
		{name: "a master of one's own", change: func(r *Recipe) {
			r.Framework, r.Workers, r.Env = Paddle, Workers{4, 4}, []EnvVar{{Name: "PADDLE_MASTER", Value: "rec-0.rec:6170"}}
		}, want: []string{"warning paddle-master"}},
		{name: "another job's worker", change: func(r *Recipe) {
			r.Framework, r.Workers, r.Args = Paddle, Workers{4, 4}, []string{"--master", "det-0.det:36543", "train.py"}
		}, want: []string{"warning other-job-address: --master names worker 0 of det, another job: its workers would meet there"}},
		{name: "another job's worker in a variable", change: func(r *Recipe) { r.Env = []EnvVar{{Name: "MASTER_ADDR", Value: "det-0.det.ocr.svc.cluster.local"}} },
			want: []string{"warning other-job-address: variable MASTER_ADDR names worker 0 of det"}},
		{name: "another job's worker in a line of shell", change: func(r *Recipe) {
			r.Command = []string{"sh", "-c", "export A=1; PADDLE_MASTER=det-0.det:1 torchrun --rdzv_endpoint='asr-2.asr:29500' train.py"}
		}, want: []string{"warning other-job-address: PADDLE_MASTER names worker 0 of det", "warning other-job-address: --rdzv_endpoint names worker 2 of asr"}},
		{name: "its own name in another namespace", change: func(r *Recipe) { r.Args = []string{"--master_addr=rec-0.rec.nlp"} },
			want: []string{"warning other-job-address: --master_addr names worker 0 of rec"}},
		{name: "its own worker", change: func(r *Recipe) {
			r.Args = []string{"--master_addr", "rec-0.rec", "--rdzv-endpoint=rec-0.rec.ocr.svc:1"}
		}, want: []string{"!"}},
		{name: "no worker is named", change: func(r *Recipe) {
			r.Args = []string{"--redis", "redis-0.redis:6379", "--master_port", "29500", "--cache=minio-1.minio", "--master_addr=harbor-1.example.com"}
			r.Env = []EnvVar{{Name: "REDIS", Value: "redis-0.redis"}, {Name: "PET_RDZV_ENDPOINT", Value: "gpu-1.gpu.example.com:29500"}}
		}, want: []string{"!"}},
		{name: "an etcd", change: func(r *Recipe) { r.Args = []string{"--rdzv_backend=etcd-v2", "--rdzv_endpoint=etcd-0.etcd:2379"} }, want: []string{"!"}},
		{name: "an etcd by its URL", change: func(r *Recipe) { r.Env = []EnvVar{{Name: "PADDLE_MASTER", Value: "etcd://store-0.store:2379"}} }, want: []string{"!"}},
		{name: "another etcd", change: func(r *Recipe) { r.Framework, r.Workers, r.Etcd = Paddle, Workers{1, 2}, "paddle-etcd.infra:2379" }, want: []string{"!"}},
		{name: "a path on many nodes", change: func(r *Recipe) { r.Workers, r.Volumes = Workers{2, 2}, []Volume{{HostPath: "/mnt", Mount: "/mnt"}} }, want: []string{"hint host-path"}},
	} {
		r := small()
		if c.change != nil {
			c.change(&r)
		}
		has(t, c.name, checked(t, r, c.fleet, c.facts), c.want...)
	}
}

func TestCheckFacts(t *testing.T) {
	claim := fleet.Ref{Kind: "PersistentVolumeClaim", Namespace: "ocr", Name: "data"}
	mounts := func(r *Recipe, workers int, mount string) {
		v, err := ParseVolume(mount)
		if err != nil {
			t.Fatal(err)
		}
		r.Workers, r.Volumes = Workers{workers, workers}, []Volume{v}
	}
	modes := func(m ...string) Facts {
		return Facts{claim: {Presence: Present, Claim: Claim{Modes: m, Phase: "Bound"}}}
	}
	quota := func(resource, hard, used string) Facts {
		return Facts{{Kind: Quotas, Namespace: "ocr"}: {Presence: Present, Quotas: []Quota{{"q", resource, hard, used}}}}
	}
	for _, c := range []struct {
		name   string
		change func(r *Recipe)
		fleet  *fleet.Fleet
		facts  Facts
		want   []string
	}{
		{name: "all is there", change: func(r *Recipe) { mounts(r, 2, "data:/data") }, facts: modes("ReadWriteMany"), want: []string{"!"}},
		{name: "no claim", change: func(r *Recipe) { mounts(r, 1, "data:/data") }, facts: Facts{claim: {Presence: Absent}}, want: []string{"error missing: claim ocr/data is not there (volume data of Job rec)"}},
		{name: "an unseen claim", change: func(r *Recipe) { mounts(r, 1, "data:/data") }, facts: Facts{claim: {Presence: NotAllowed}}, want: []string{"hint unseen: claim ocr/data can't be seen with your rights"}},
		{name: "a lost claim", change: func(r *Recipe) { mounts(r, 1, "data:/data") }, facts: Facts{claim: {Presence: Present, Claim: Claim{Phase: "Lost"}}}, want: []string{"error claim-lost"}},
		{name: "once, one worker", change: func(r *Recipe) { mounts(r, 1, "data:/data") }, facts: modes("ReadWriteOnce"), want: []string{"!"}},
		{name: "once, on one node", change: func(r *Recipe) { mounts(r, 4, "data:/data") }, fleet: cluster("a A100 550.54.14 8 8"), facts: modes("ReadWriteOnce"), want: []string{"warning claim-modes"}},
		{name: "once, on several", change: func(r *Recipe) { mounts(r, 4, "data:/data"); r.GPUs = 8 }, fleet: cluster("a A100 550.54.14 8 8", "b A100 550.54.14 8 8"), facts: modes("ReadWriteOnce"), want: []string{"error claim-modes: claim ocr/data is ReadWriteOnce, and no node is large enough for all 4 workers"}},
		{name: "one pod", change: func(r *Recipe) { mounts(r, 2, "data:/data") }, facts: modes("ReadWriteOncePod"), want: []string{"error claim-modes"}},
		{name: "written, though read-only", change: func(r *Recipe) { mounts(r, 2, "data:/data") }, facts: modes("ReadOnlyMany"), want: []string{"error claim-modes"}},
		{name: "read by many", change: func(r *Recipe) { mounts(r, 2, "data:/data:ro") }, facts: modes("ReadOnlyMany"), want: []string{"!"}},

		{name: "no secret", change: func(r *Recipe) { r.PullSecret = "harbor" }, facts: Facts{{Kind: "Secret", Namespace: "ocr", Name: "harbor"}: {Presence: Absent}}, want: []string{"error missing: secret ocr/harbor is not there (pull secret of Job rec)"}},
		{name: "no account", change: func(r *Recipe) { r.ServiceAccount = "x" }, facts: Facts{{Kind: "ServiceAccount", Namespace: "ocr", Name: "x"}: {Presence: Absent}}, want: []string{"error missing: service account ocr/x"}},
		{name: "no priority", change: func(r *Recipe) { r.PriorityClass = "x" }, facts: Facts{{Kind: "PriorityClass", Name: "x"}: {Presence: Absent}}, want: []string{"error missing: priority class x"}},
		{name: "no team", facts: Facts{{Kind: "Namespace", Name: "ocr"}: {Presence: Absent}}, want: []string{"error missing: namespace ocr"}},
		{name: "no queue", change: func(r *Recipe) { r.Queue = "x" }, facts: Facts{{Kind: "LocalQueue", Namespace: "ocr", Name: "x"}: {Presence: Absent}}, want: []string{"error missing: queue ocr/x"}},
		{name: "no config map", change: func(r *Recipe) { r.Env = []EnvVar{{Name: "A", From: EnvSource{"ConfigMap", "x"}, Key: "k"}} }, facts: Facts{{Kind: "ConfigMap", Namespace: "ocr", Name: "x"}: {Presence: Absent}}, want: []string{"error missing: config map ocr/x is not there (variable A of Job rec)"}},
		{name: "there already", facts: Facts{{Kind: "Job", Namespace: "ocr", Name: "rec"}: {Presence: Present}}, want: []string{"error exists: Job ocr/rec is there already"}},

		{name: "within the quota", change: func(r *Recipe) { r.Workers = Workers{4, 4} }, facts: quota("requests.nvidia.com/gpu", "8", "4"), want: []string{"!"}},
		{name: "not now", change: func(r *Recipe) { r.Workers = Workers{4, 4} }, facts: quota("requests.nvidia.com/gpu", "8", "5"), want: []string{"warning quota: quota q allows 8 of requests.nvidia.com/gpu, 5 are in use; 4 are asked for"}},
		{name: "never", change: func(r *Recipe) { r.GPUs = 3; r.Workers = Workers{4, 4} }, facts: quota("requests.nvidia.com/gpu", "8", "0"), want: []string{"error quota: quota q allows 8 of requests.nvidia.com/gpu; 12 are asked for"}},
		{name: "pods", change: func(r *Recipe) { r.Workers = Workers{4, 4} }, facts: quota("pods", "3", "0"), want: []string{"error quota: "}},
		{name: "jobs", facts: quota("count/jobs.batch", "3", "3"), want: []string{"warning quota: "}},
		{name: "CPU by its old name", change: func(r *Recipe) { r.CPU = "1500m"; r.Workers = Workers{4, 4} }, facts: quota("cpu", "5", "0"), want: []string{"error quota: quota q allows 5 of requests.cpu; 6 are asked for"}},
		{name: "memory unsaid", facts: quota("limits.memory", "5Gi", "0"), want: []string{"warning quota-unsaid: "}},
		{name: "the fleet's quota", change: func(r *Recipe) { r.GPUs = 9 }, fleet: &fleet.Fleet{Totals: fleet.Totals{Nodes: -1}, Teams: []*fleet.Team{{Name: "ocr", Quotas: []*fleet.Quota{{Name: "g", Resource: GPU, Hard: 8}}}}}, want: []string{"error quota: quota g allows 8"}},
	} {
		r := small()
		if c.change != nil {
			c.change(&r)
		}
		has(t, c.name, checked(t, r, c.fleet, c.facts), c.want...)
	}
}

// job is a manifest as people write it: changes are cut into it.
func job(changes ...string) string {
	text := `apiVersion: batch/v1
kind: Job
metadata: {name: paddleocr, namespace: ocr}
spec:
  completions: 4
  parallelism: 4
  completionMode: Indexed
  template:
    spec:
      restartPolicy: Never
      subdomain: paddleocr
      containers:
      - name: trainer
        image: paddlepaddle/paddle:2.6.1-gpu-cuda11.7-cudnn8.4-trt8.4
        command: [python, -m, paddle.distributed.launch, train.py]
        env: []
        resources: {limits: {nvidia.com/gpu: 1}}
        volumeMounts: [{name: shm, mountPath: /dev/shm}]
      volumes: [{name: shm, emptyDir: {medium: Memory}}]
`
	return strings.NewReplacer(changes...).Replace(text)
}

func TestCheckManifests(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"as it should be", job(), []string{"!"}},
		{"one worker at a time", job("completions: 4", "completions: 1", "  completionMode: Indexed\n", ""), []string{"error completions: completions 1 with parallelism 4 runs 1 worker at a time, not 4"}},
		{"in waves", job("parallelism: 4", "parallelism: 2"), []string{"warning completions: completions 4 with parallelism 2"}},
		{"no index", job("  completionMode: Indexed\n", ""), []string{"warning no-index: its 4 workers"}},
		{"no names", job("      subdomain: paddleocr\n", ""), []string{"warning no-names"}},
		{"a long name", job("name: paddleocr,", "name: "+strings.Repeat("a", 62)+","), []string{"error name-too-long"}},
		{"no limit", job("limits: {nvidia.com/gpu: 1}", ""), []string{"warning no-gpu: container trainer asks for no GPU"}},
		{"a request alone", job("limits:", "requests:"), []string{"error gpu-request: nvidia.com/gpu is requested without a limit", "!warning no-gpu"}},
		{"no shared memory", job("/dev/shm", "/cache"), []string{"warning no-shm"}},
		{"the master's trap", job("launch, ", "launch, --master, 'paddleocr-0.paddleocr:6170', "), []string{`warning paddle-master: nobody may become master: the launcher starts it where its own IP is written "paddleocr-0.paddleocr"`}},
		{"the trap in a variable", job("env: []", "env: [{name: PADDLE_MASTER, value: 'paddleocr-0.paddleocr:6170'}]"), []string{"warning paddle-master"}},
		{"the trap avoided", job("launch, ", "launch, --master, 'paddleocr-0.paddleocr:6170', ", "env: []", "env: [{name: POD_IP, value: paddleocr-0.paddleocr}]"), []string{"!"}},
		{"another job's", job("env: []", "env: [{name: PADDLE_TRAINER_ENDPOINTS, value: 'det-0.det:6170,det-1.det:6170'}]"),
			[]string{"warning other-job-address: variable PADDLE_TRAINER_ENDPOINTS names worker 0 of det, another job"}},
		{"the service of the same file", job("env: []", "env: [{name: MASTER_ADDR, value: det-0.det}]", "metadata: {name: paddleocr,", "metadata: {name: det,"), []string{"!warning other"}},
		{"a URL", job("launch, ", "launch, --master=http://a:1, "), []string{"error paddle-master: http://a:1 is no HOST:PORT"}},
		{"endpoints by IP", job("env: []", "env: [{name: PADDLE_TRAINER_ENDPOINTS, value: '10.0.0.1:6170,10.0.0.2:6170'}]"), []string{"warning worker-ips: variable PADDLE_TRAINER_ENDPOINTS names 10.0.0.1"}},
		{"no template", job("containers:\n", "containers: 7\n      x:\n"), []string{"!"}},
		{"a broken template", job("restartPolicy: Never", "restartPolicy: [Never]"), []string{"error pod-template: "}},
		{"an ordinary Deployment", "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2, template: {spec: {containers: [{name: c, image: 'nginx:1.27'}]}}}}", []string{"hint no-gpu", "!warning", "!error"}},
		{"another kind", "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: 10.0.0.1}}", []string{"!"}},
	} {
		objects, err := ReadManifests([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		has(t, c.name, Check(objects, nil, nil, nil), c.want...)
	}
}

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.1": "10.0.0.1", "10.0.0.1:6170,10.0.0.2:6170": "10.0.0.1", "--master 192.168.3.4:1": "192.168.3.4", "--master=192.168.3.4:1": "192.168.3.4",
		"etcd://10.1.2.3:2379": "10.1.2.3", "--init_method tcp://10.1.2.3:23456": "10.1.2.3", "a-0.a:1,10.9.8.7:1": "10.9.8.7",
		"http://10.1.2.3/x": "", "10.0.0.0/8": "", "127.0.0.1:80": "", "0.0.0.0": "", "255.255.255.255": "", "v1.2.3.4": "", "1.2.3.4.5": "", "1.2.3.400": "", "x1.2.3.4": "", "": "",
	} {
		if got := address(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func BenchmarkCheckThousandNodes(b *testing.B) {
	var nodes []string
	for i := range 1000 {
		nodes = append(nodes, fmt.Sprintf("n%d NVIDIA-A100-SXM4-80GB 535.104.05 8 %d", i, i%9))
	}
	f := cluster(nodes...)
	r := recipes(b)["pytorch"]
	objects, err := Objects(r)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		Check(objects, &r, f, nil)
	}
}

func TestErrorsComeFirst(t *testing.T) {
	r := small()
	r.Image, r.GPUs = "a/b:latest", 99
	problems := checked(t, r, twoKinds(), nil)
	if len(problems) < 2 || problems[0].Severity != Error || Worst(problems) != Error || Worst(nil) != "" || Worst(problems[1:]) != Warning {
		t.Errorf("%v", lines(problems))
	}
}

func TestHelpIsInTheWordsOfTheWriter(t *testing.T) {
	r := small()
	r.Shm, r.GPUs = "0", 8
	objects, err := Objects(r)
	if err != nil {
		t.Fatal(err)
	}
	if do := Check(objects, &r, nil, nil)[0].Do; do != "set shm: 8Gi" {
		t.Errorf("%q", do)
	}
	if do := Check(objects, nil, nil, nil)[0].Do; !strings.Contains(do, "emptyDir") {
		t.Errorf("%q", do)
	}
	r = small()
	r.Args = []string{"--master_addr=det-0.det"}
	for framework, want := range map[Framework]string{PyTorch: "leave the address out: paddock tells workers where they meet; or write rec-0.rec", Plain: "write rec-0.rec"} {
		r.Framework = framework
		if p := checked(t, r, nil, nil); len(p) != 1 || p[0].Do != want {
			t.Errorf("%+v, want %q", p, want)
		}
	}
}
