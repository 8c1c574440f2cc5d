package training

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/demo/dcgm"
)

// node is one with eight GPUs, as GPU feature discovery describes it.
func node(driver, cuda string) *core.Node {
	if driver == "" {
		return &core.Node{ObjectMeta: meta.ObjectMeta{Name: "cpu-001"}}
	}
	return &core.Node{ObjectMeta: meta.ObjectMeta{Name: "gpu-001", Labels: map[string]string{
		"nvidia.com/cuda.driver-version.full": driver, "nvidia.com/cuda.runtime-version.full": cuda, "nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB",
		"nvidia.com/gpu.compute.major": "8", "nvidia.com/gpu.compute.minor": "0", "nvidia.com/gpu.memory": "81920",
	}}}
}

func modern() *core.Node { return node("535.161.08", "12.2") }

// worker is a pod of a job.
func worker(image string, gpus int64, command ...string) *core.Pod {
	p := &core.Pod{
		ObjectMeta: meta.ObjectMeta{Namespace: "ocr", Name: "rec-0-abcde", Labels: map[string]string{"batch.kubernetes.io/job-name": "rec"},
			Annotations: map[string]string{"batch.kubernetes.io/job-completion-index": "0"}},
		Spec: core.PodSpec{Hostname: "rec-0", Containers: []core.Container{{Name: "train", Image: image, Command: command}}},
	}
	if gpus > 0 {
		p.Spec.Containers[0].Resources.Limits = core.ResourceList{"nvidia.com/gpu": *resource.NewQuantity(gpus, resource.DecimalSI)}
	}
	return p
}

// live is the life of a pod's only container.
func live(c *Catalogue, pod *core.Pod, node *core.Node, attempt int, seed uint64) Life {
	return c.Container(pod, &pod.Spec.Containers[0], node, attempt, seed)
}

const (
	paddleImage = "paddlepaddle/paddle:2.6.1-gpu-cuda11.7-cudnn8.4-trt8.4"
	torchImage  = "pytorch/pytorch:2.5.0-cuda12.4-cudnn9-runtime"
)

// text is all that a life printed in its first hour.
func text(l Life) string {
	if l.Log == nil {
		return ""
	}
	start := time.Date(2026, 11, 23, 8, 0, 0, 123_456_789, time.UTC)
	var b strings.Builder
	for _, line := range l.Log.Lines(start, start, start.Add(time.Hour)) {
		b.WriteString(line.Text + "\n")
	}
	return b.String()
}

func TestPullErrors(t *testing.T) {
	c := &Catalogue{Secret: func(_, name string) bool { return name == "harbor" }}
	for _, test := range []struct{ image, want string }{
		{paddleImage, ""},
		{"docker.io/" + paddleImage, ""},
		{torchImage, ""},
		{"nvcr.io/nvidia/pytorch:24.05-py3", ""},
		{"busybox", ""},
		{"paddlepaddle/paddle:2.6.0-gpu-cuda11.8-cudnn8", `rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/paddlepaddle/paddle:2.6.0-gpu-cuda11.8-cudnn8": ` +
			`failed to resolve reference "docker.io/paddlepaddle/paddle:2.6.0-gpu-cuda11.8-cudnn8": docker.io/paddlepaddle/paddle:2.6.0-gpu-cuda11.8-cudnn8: not found`},
		{"paddlepaddle/padle:2.6.1", `rpc error: code = Unknown desc = failed to pull and unpack image "docker.io/paddlepaddle/padle:2.6.1": failed to resolve reference ` +
			`"docker.io/paddlepaddle/padle:2.6.1": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`},
		{"harbor.example.com/ocr/paddleocr:v4-cuda11.8", `rpc error: code = Unknown desc = failed to pull and unpack image "harbor.example.com/ocr/paddleocr:v4-cuda11.8": ` +
			`failed to resolve reference "harbor.example.com/ocr/paddleocr:v4-cuda11.8": failed to authorize: failed to fetch anonymous token: ` +
			`unexpected status from GET request to https://harbor.example.com/service/token?scope=repository%3Aocr%2Fpaddleocr%3Apull&service=harbor-registry: 401 Unauthorized`},
		{"no.such.host/a/b:1", `rpc error: code = Unknown desc = failed to pull and unpack image "no.such.host/a/b:1": failed to resolve reference "no.such.host/a/b:1": ` +
			`failed to do request: Head "https://no.such.host/v2/a/b/manifests/1": dial tcp: lookup no.such.host on 10.96.0.10:53: no such host`},
	} {
		life := live(c, worker(test.image, 1, "sleep", "5"), modern(), 0, 7)
		if life.PullError != test.want {
			t.Errorf("%s: %q\nwant %q", test.image, life.PullError, test.want)
		}
		if test.want == "" && (life.Pull < 500*time.Millisecond || life.ImageSize == 0) {
			t.Errorf("%s: pulled %d bytes in %s", test.image, life.ImageSize, life.Pull)
		}
	}
}

func TestPullSecretOpensThePrivateRegistry(t *testing.T) {
	c := &Catalogue{Secret: func(namespace, name string) bool { return namespace == "ocr" && name == "harbor" }}
	p := worker("harbor.example.com/ocr/paddleocr:v4-cuda11.8", 1, "sleep", "5")
	for name, want := range map[string]bool{"harbor": true, "habor": false} {
		p.Spec.ImagePullSecrets = []core.LocalObjectReference{{Name: name}}
		if got := live(c, p, modern(), 0, 1).PullError == ""; got != want {
			t.Errorf("secret %s: pulled %v, want %v", name, got, want)
		}
	}
}

func TestPresentImageIsNotPulled(t *testing.T) {
	n := modern()
	n.Status.Images = []core.ContainerImage{{Names: []string{"docker.io/" + torchImage}}}
	c, p := &Catalogue{}, worker(torchImage, 1, "sleep", "5")
	if life := live(c, p, n, 0, 1); life.Pull != 0 || life.PullError != "" {
		t.Errorf("pulled again: %+v", life)
	}
	p.Spec.Containers[0].ImagePullPolicy = core.PullAlways
	if life := live(c, p, n, 0, 1); life.Pull == 0 || life.Pull > 2*time.Second {
		t.Errorf("policy Always asks the registry, and moves no layers: %s", life.Pull)
	}
}

func TestEnds(t *testing.T) {
	ocr := []string{"python", "-m", "paddle.distributed.launch", "tools/train.py", "-c", "configs/rec/PP-OCRv4/ch_PP-OCRv4_rec.yml"}
	torch := []string{"torchrun", "--nnodes=2", "--nproc_per_node=8", "train.py"}
	old := node("418.87.01", "10.1")
	for _, test := range []struct {
		name    string
		pod     *core.Pod
		node    *core.Node
		ends    string
		attempt int
		code    int32
		reason  string
		says    string // in the log, or in the message
	}{
		{"a training ends well", worker(paddleImage, 1, ocr...), modern(), "", 0, 0, "Completed", "save model in"},
		{"Paddle on an old driver", worker(paddleImage, 1, ocr...), old, "", 0, 1, "Error", "OSError: (External) CUDA error(35), CUDA driver version is insufficient for CUDA runtime version."},
		{"PyTorch on an old driver", worker(torchImage, 1, torch...), node("470.82.01", "11.4"), "", 0, 1, "Error", "The NVIDIA driver on your system is too old (found version 11040)"},
		{"NGC brings its own driver library", worker("nvcr.io/nvidia/pytorch:24.05-py3", 1, torch...), node("470.82.01", "11.4"), "", 0, 0, "Completed", "iter 100: loss"},
		{"the runtime's gate", worker("nvidia/cuda:12.4.1-base-ubuntu22.04", 1, "nvidia-smi"), old, "", 0, 128, "StartError", "nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.4, please update your driver"},
		{"no GPU asked for", worker(paddleImage, 0, ocr...), modern(), "", 0, 1, "Error", "ImportError: libcuda.so.1: cannot open shared object file"},
		{"no GPU on the node", worker(torchImage, 1, torch...), node("", ""), "", 0, 1, "Error", "Found no NVIDIA driver on your system"},
		{"host memory", worker(paddleImage, 1, ocr...), modern(), "oom 20m", 0, 137, "OOMKilled", "global_step: 10,"},
		{"GPU memory", worker(paddleImage, 1, ocr...), modern(), "gpu-oom 3m", 0, 1, "Error", "ResourceExhaustedError:"},
		{"GPU memory of PyTorch", worker(torchImage, 8, torch...), modern(), "gpu-oom 3m", 0, 1, "Error", "torch.OutOfMemoryError: CUDA out of memory."},
		{"shared memory", worker(paddleImage, 1, ocr...), modern(), "shm 2m", 0, 135, "Error", "Unexpected BUS error encountered in DataLoader worker"},
		{"too many loaders for 64 MB", worker(torchImage, 1, "torchrun", "train.py", "--num_workers=16"), modern(), "", 0, 135, "Error", "DataLoader worker (pid 325) is killed by signal: Bus error."},
		{"a peer is gone", worker(torchImage, 8, torch...), modern(), "nccl 12m", 0, 134, "Error", "Watchdog caught collective operation timeout"},
		{"fails twice only", worker(paddleImage, 1, ocr...), modern(), "exit 2m x2", 2, 0, "Completed", "save model in"},
		{"of another worker", worker(paddleImage, 1, ocr...), modern(), "3=exit 2m", 0, 0, "Completed", "save model in"},
		{"shell", worker("busybox", 0, "sh", "-c", "echo hello; sleep 30 && exit 3"), modern(), "", 0, 3, "Error", "hello\n"},
		{"no such program", worker("busybox", 0, "trian"), modern(), "", 0, 128, "StartError", `exec: "trian": executable file not found in $PATH`},
		{"Paddle's own check", worker(paddleImage, 2, "python", "-c", "import paddle; paddle.utils.run_check()"), modern(), "", 0, 0, "Completed", "PaddlePaddle works well on 2 GPUs."},
		{"and on an old driver", worker(paddleImage, 2, "python", "-c", "import paddle; paddle.utils.run_check()"), old, "", 0, 1, "Error", "CUDA driver version is insufficient"},
		{"PyTorch asked", worker(torchImage, 1, "sh", "-c", "python -c 'import torch; print(torch.cuda.is_available())'"), modern(), "", 0, 0, "Completed", "True\n"},
		{"PyTorch asked in vain", worker(torchImage, 0, "python", "-c", "import torch; print(torch.cuda.is_available())"), modern(), "", 0, 0, "Completed", "False\n"},
		{"nvidia-smi", worker("nvidia/cuda:12.4.1-base-ubuntu22.04", 2, "nvidia-smi"), modern(), "", 0, 0, "Completed", "Driver Version: 535.161.08"},
	} {
		test.pod.Annotations[Ends] = test.ends
		life := live(&Catalogue{}, test.pod, test.node, test.attempt, 11)
		if life.Exit.Code != test.code || life.Exit.Reason != test.reason {
			t.Errorf("%s: %+v, want %d %s", test.name, life.Exit, test.code, test.reason)
		}
		if life.Run == 0 && test.reason != "StartError" {
			t.Errorf("%s: it never ends", test.name)
		}
		if said := text(life) + life.Exit.Message; !strings.Contains(said, test.says) {
			t.Errorf("%s: %q is not in\n%s", test.name, test.says, last(said))
		}
	}
}

func last(s string) string {
	lines := strings.Split(s, "\n")
	return strings.Join(lines[max(0, len(lines)-12):], "\n")
}

func TestMemoryLimit(t *testing.T) {
	p := worker(paddleImage, 1, "python", "tools/train.py")
	p.Spec.Containers[0].Resources.Limits[core.ResourceMemory] = resource.MustParse("4Gi")
	if life := live(&Catalogue{}, p, modern(), 0, 1); life.Exit.Reason != "OOMKilled" || life.Memory < 4*gibibyte {
		t.Errorf("a limit below the need: %+v", life.Exit)
	}
	p.Spec.Containers[0].Resources.Limits[core.ResourceMemory] = resource.MustParse("32Gi")
	if life := live(&Catalogue{}, p, modern(), 0, 1); life.Exit.Code != 0 {
		t.Errorf("a limit above the need: %+v", life.Exit)
	}
}

func TestResumesFromTheLastCheckpoint(t *testing.T) {
	p := worker(paddleImage, 8, "python", "-m", "paddle.distributed.launch", "run_finetune.py")
	p.Annotations[Takes], p.Annotations[Ends] = "10h", "exit 45m"
	first := live(&Catalogue{}, p, modern(), 0, 5)
	second := live(&Catalogue{}, p, modern(), 1, 5)
	if strings.Contains(text(first), "Continuing training") || !strings.Contains(text(second), "Continuing training from global step 1000") {
		t.Errorf("the second attempt begins with\n%.2000s", text(second))
	}
}

func TestProfiles(t *testing.T) {
	for _, test := range []struct {
		gpu   string
		index int
		pod   *core.Pod
		want  dcgm.Profile
	}{
		{"", 0, worker(paddleImage, 1, "python", "tools/train.py"), dcgm.Busy},
		{"busy,5=straggler", 5, worker(paddleImage, 1, "python", "tools/train.py"), dcgm.Straggler},
		{"busy,5=straggler", 4, worker(paddleImage, 1, "python", "tools/train.py"), dcgm.Busy},
		{"", 0, worker(torchImage, 1, "sleep", "infinity"), dcgm.Empty},
		{"idle", 0, worker(torchImage, 1, "sleep", "infinity"), dcgm.Idle},
		{"", 0, worker("quay.io/jupyter/pytorch-notebook:cuda12-python-3.12", 1), dcgm.Light},
	} {
		test.pod.Annotations["batch.kubernetes.io/job-completion-index"] = strconv.Itoa(test.index)
		test.pod.Annotations[GPU] = test.gpu
		if life := live(&Catalogue{}, test.pod, modern(), 0, 1); life.Profile != test.want {
			t.Errorf("%q of worker %d: %s, want %s", test.gpu, test.index, life.Profile, test.want)
		}
	}
}

func TestOneWorkerPrints(t *testing.T) {
	for _, test := range []struct {
		command []string
		prints  []int // of four workers
		what    string
	}{
		{[]string{"torchrun", "--nnodes=4", "train.py"}, []int{0}, "iter "},
		{[]string{"torchrun", "--nnodes=4", "pretrain_gpt.py"}, []int{3}, "lm loss"},
		{[]string{"python", "-m", "paddle.distributed.launch", "--nnodes", "4", "run_pretrain.py"}, []int{0}, "global_step"},
	} {
		var printing []int
		for i := range 4 {
			p := worker("nvcr.io/nvidia/pytorch:24.05-py3", 8, test.command...)
			p.Annotations["batch.kubernetes.io/job-completion-index"] = strconv.Itoa(i)
			said := text(live(&Catalogue{}, p, modern(), 0, 1))
			if strings.Contains(said, test.what) {
				printing = append(printing, i)
			}
			if !strings.Contains(said, "NCCL INFO") {
				t.Errorf("%v: worker %d does not join", test.command, i)
			}
		}
		if !slices.Equal(printing, test.prints) {
			t.Errorf("%v: %v print, want %v", test.command, printing, test.prints)
		}
	}
}

func TestRunUntilStopped(t *testing.T) {
	const grace = 30 * time.Second // what a pod has by default
	for _, test := range []struct {
		pod   *core.Pod
		hears bool // SIGTERM
	}{
		{worker("nginx:1.27", 0), true},
		{worker("quay.io/jupyter/pytorch-notebook:cuda12-python-3.12", 1), true},
		{worker("busybox", 0, "sleep", "infinity"), false}, // as process 1 without a handler
		{worker("busybox", 0, "sh", "-c", "while true; do date; sleep 1; done"), false},
		{worker(torchImage, 1, "tail", "-f", "/dev/null"), true},
	} {
		life := live(&Catalogue{}, test.pod, modern(), 0, 1)
		if life.Run != 0 || life.PullError != "" || (life.Grace < grace) != test.hears {
			t.Errorf("%v: %+v", test.pod.Spec.Containers[0], life)
		}
	}
}

func TestSmiIsATable(t *testing.T) {
	said := text(live(&Catalogue{}, worker("nvidia/cuda:12.4.1-base-ubuntu22.04", 8, "nvidia-smi"), modern(), 0, 1))
	lines := strings.Split(strings.TrimSpace(said), "\n")
	if len(lines) != 7+3*8 {
		t.Errorf("%d lines", len(lines))
	}
	for _, l := range lines[1:] {
		if len(l) != len(lines[1]) {
			t.Errorf("%d columns, not %d: %s", len(l), len(lines[1]), l)
		}
	}
}
