package story

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	core "k8s.io/api/core/v1"

	"paddock/demo/controllers/typed"
	"paddock/demo/dcgm"
	"paddock/demo/metrics"
	"paddock/demo/store"
)

// situations are what must be on stage, always.
func situations() map[string]func(*testing.T, *cluster) {
	return map[string]func(*testing.T, *cluster){
		"a healthy large one":                        healthy,
		"one waits for whole nodes":                  waiting,
		"one dies on nodes with an old driver":       oldDriver,
		"one has a straggler":                        straggler,
		"one holds eight GPUs and does nothing":      idle,
		"one is killed by the kernel":                killed,
		"a wrong tag":                                wrongTag,
		"a private registry without its secret":      private,
		"a suspended one":                            suspended,
		"one over its team's quota":                  overQuota,
		"a dead GPU":                                 deadGPU,
		"completions 1, parallelism 4":               oneCompletion,
		"one hangs":                                  hung,
		"one loops through crashes":                  crashing,
		"one has failed, one is done":                over,
		"a notebook without a Job":                   notebook,
		"an elastic one":                             elastic,
		"most of the cluster is held, and much busy": utilisation,
	}
}

func TestSituations(t *testing.T) {
	for _, seed := range []uint64{1, 7} {
		c := open(t, seed, nil)
		for _, later := range []time.Duration{0, 2 * time.Hour} {
			c.until(now.Add(later))
			for name, check := range situations() {
				t.Run(fmt.Sprintf("seed %d after %s/%s", seed, later, name), func(t *testing.T) {
					c.t = t
					check(t, c)
				})
			}
		}
	}
}

func healthy(t *testing.T, c *cluster) {
	j := c.job("nlp", "ernie-pretrain")
	if *j.Status.Ready != 8 || j.Status.Failed != 0 || c.profiles("nlp", "ernie-pretrain")[dcgm.Busy] != 64 {
		t.Errorf("%+v, GPUs %v", j.Status, c.profiles("nlp", "ernie-pretrain"))
	}
	pods := c.pods("nlp", "ernie-pretrain")
	lines := c.said(pods[7], false)
	if !strings.Contains(text(lines), "lm loss") || c.sim.Now().Sub(lines[len(lines)-1].Time) > 20*time.Second {
		t.Errorf("the last rank says\n%s", text(lines))
	}
	if strings.Contains(text(c.said(pods[0], false)), "lm loss") {
		t.Error("rank 0 prints what the last rank prints")
	}
}

func waiting(t *testing.T, c *cluster) {
	pods := c.pods("vision", "det-large")
	if len(pods) != 2 {
		t.Fatalf("%d pods", len(pods))
	}
	for _, p := range pods {
		why := ""
		for _, x := range p.Status.Conditions {
			if x.Type == core.PodScheduled && x.Reason == core.PodReasonUnschedulable {
				why = x.Message
			}
		}
		if p.Spec.NodeName != "" || !strings.HasPrefix(why, "0/24 nodes are available: 1 node(s) were unschedulable, 15 Insufficient nvidia.com/gpu, 8 node(s) didn't match Pod's node affinity/selector.") {
			t.Errorf("%s on %q: %s", p.Name, p.Spec.NodeName, why)
		}
	}
	if sum, most := c.free("nvidia.com/gpu.product", "NVIDIA-A100-SXM4-80GB"); sum < 16 || most >= 8 {
		t.Errorf("%d GPUs are free, at most %d on a node: it waits for 2 x 8", sum, most)
	}
}

func oldDriver(t *testing.T, c *cluster) {
	crashed := 0
	for _, p := range c.pods("ocr", "svtr-kfold") {
		s := c.container(p)
		node, _ := typed.Get[*core.Node](c.store, typed.Node(p.Spec.NodeName))
		if node.Labels["nvidia.com/cuda.driver.major"] != "418" {
			if s.State.Running == nil || s.RestartCount != 0 {
				t.Errorf("%s on %s: %+v", p.Name, node.Name, s)
			}
			continue
		}
		crashed++
		last := s.LastTerminationState.Terminated
		if last == nil || last.ExitCode != 1 || s.RestartCount < 10 {
			t.Errorf("%s on %s: %+v", p.Name, node.Name, s)
		}
		if s.State.Running == nil && !strings.Contains(text(c.said(p, false)), "CUDA error(35), CUDA driver version is insufficient for CUDA runtime version") {
			t.Errorf("%s says\n%s", p.Name, text(c.said(p, false)))
		}
	}
	if crashed != 2 {
		t.Errorf("%d workers are on old nodes", crashed)
	}
}

func straggler(t *testing.T, c *cluster) {
	if got := c.profiles("vision", "ppyoloe-coco"); got[dcgm.Straggler] != 4 || got[dcgm.Busy] != 24 {
		t.Errorf("GPUs %v", got)
	}
}

func idle(t *testing.T, c *cluster) {
	if got := c.profiles("speech", "asr-debug"); got[dcgm.Empty] != 8 {
		t.Errorf("GPUs %v", got)
	}
}

func killed(t *testing.T, c *cluster) {
	s := c.container(c.pods("ocr", "slanet-table")[1])
	last := s.LastTerminationState.Terminated
	if last == nil || last.ExitCode != 137 || last.Reason != "OOMKilled" || s.RestartCount < 5 {
		t.Errorf("%+v", s)
	}
}

func wrongTag(t *testing.T, c *cluster) {
	cannotPull(t, c, "ocr", "dbnet-finetune", 4, "cudnn8: not found")
}
func private(t *testing.T, c *cluster) {
	cannotPull(t, c, "research", "clip-retro", 1, "401 Unauthorized")
}

func cannotPull(t *testing.T, c *cluster, namespace, name string, workers int, why string) {
	pods := c.pods(namespace, name)
	if len(pods) != workers {
		t.Errorf("%d pods", len(pods))
	}
	for _, p := range pods {
		if w := c.container(p).State.Waiting; w == nil || w.Reason != "ImagePullBackOff" && w.Reason != "ErrImagePull" || !strings.Contains(w.Message, why) {
			t.Errorf("%s: %+v", p.Name, w)
		}
	}
}

func suspended(t *testing.T, c *cluster) {
	if j := c.job("nlp", "ernie-sft"); condition(j, "Suspended") == "" || len(c.pods("nlp", "ernie-sft")) > 0 {
		t.Errorf("%+v", j.Status)
	}
}

func overQuota(t *testing.T, c *cluster) {
	events := c.events("speech", "conformer-xl", "FailedCreate")
	if len(c.pods("speech", "conformer-xl")) > 0 || len(events) == 0 {
		t.Fatalf("%d pods, %d events", len(c.pods("speech", "conformer-xl")), len(events))
	}
	want := "is forbidden: exceeded quota: gpu-quota, requested: requests.nvidia.com/gpu=4, used: requests.nvidia.com/gpu=9, limited: requests.nvidia.com/gpu=12"
	if last := events[len(events)-1]; !strings.HasSuffix(last.Message, want) {
		t.Errorf("%s", last.Message)
	}
}

func deadGPU(t *testing.T, c *cluster) {
	n, _ := typed.Get[*core.Node](c.store, typed.Node(brokenNode))
	all, left := n.Status.Capacity["nvidia.com/gpu"], n.Status.Allocatable["nvidia.com/gpu"]
	if all.Value() != 8 || left.Value() != 7 || n.Annotations[metrics.XIDs] == "" {
		t.Errorf("%v of %v, %v", left, all, n.Annotations)
	}
}

func oneCompletion(t *testing.T, c *cluster) {
	j := c.job("ocr", "paddleocr-train")
	if *j.Spec.Completions != 1 || *j.Spec.Parallelism != 4 || j.Status.Active != 1 || *j.Status.Ready != 1 {
		t.Errorf("%+v", j.Status)
	}
}

func hung(t *testing.T, c *cluster) {
	if got := c.profiles("nlp", "qwen-dpo"); got[dcgm.Hung] != 8 {
		t.Errorf("GPUs %v", got)
	}
	lines := c.said(c.pods("nlp", "qwen-dpo")[0], false)
	if silent := c.sim.Now().Sub(lines[len(lines)-1].Time); silent < time.Hour || !strings.Contains(text(lines), "global_step") {
		t.Errorf("silent for %s, after\n%s", silent, text(lines))
	}
}

func crashing(t *testing.T, c *cluster) {
	s := c.container(c.pods("speech", "vad-train")[0])
	if last := s.LastTerminationState.Terminated; s.RestartCount < 15 || last == nil || last.ExitCode != 1 {
		t.Errorf("%+v", s)
	}
}

func over(t *testing.T, c *cluster) {
	if got := condition(c.job("vision", "seg-unet"), "Failed"); got != "BackoffLimitExceeded" {
		t.Errorf("seg-unet failed because of %q", got)
	}
	if c.job("ocr", "textline-cls").Status.Succeeded != 1 {
		t.Errorf("textline-cls: %+v", c.job("ocr", "textline-cls").Status)
	}
}

func notebook(t *testing.T, c *cluster) {
	p, ok := typed.Get[*core.Pod](c.store, typed.Pod("research", "notebook-xujia"))
	if !ok || p.Status.Phase != core.PodRunning || len(p.OwnerReferences) > 0 || c.profiles("research", "notebook")[dcgm.Light] != 1 {
		t.Errorf("%v %+v", ok, p)
	}
}

func elastic(t *testing.T, c *cluster) {
	j := c.job("nlp", "bert-elastic")
	if n := *j.Spec.Parallelism; n < 2 || n > 4 || *j.Status.Ready != n || j.Status.Failed > 0 {
		t.Errorf("%d workers: %+v", n, j.Status)
	}
}

func utilisation(t *testing.T, c *cluster) {
	held, busy := 0, 0
	for _, h := range c.Kubelets.Holdings() {
		held += h.Count
		if h.Pod.Profile == dcgm.Busy || h.Pod.Profile == dcgm.Straggler {
			busy += h.Count
		}
	}
	if held < 192*8/10 || held > 192*9/10 || busy < 192*55/100 {
		t.Errorf("of 192 GPUs %d are held, %d train", held, busy)
	}
}

// Things go on, and what is over goes away.
func TestTimePasses(t *testing.T) {
	c := open(t, 3, nil)
	names := map[string]bool{}
	const hours = 4
	for minute := range hours * 60 {
		c.until(now.Add(time.Duration(minute) * time.Minute))
		for _, p := range typed.List[*core.Pod](c.store, typed.Pod("", "")) {
			if p.Labels[streamed] != "" {
				names[p.Name] = true
			}
		}
		if sum, most := c.free("nvidia.com/gpu.product", "NVIDIA-A100-SXM4-80GB"); sum < 16 || most >= 8 {
			t.Fatalf("after %d minutes %d GPUs are free, at most %d on a node", minute, sum, most)
		}
	}
	if len(names) < hours*60/3 {
		t.Errorf("%d workers came in %d hours", len(names), hours)
	}
	for what, most := range map[store.Key]int{typed.Job("", ""): 60, typed.Pod("", ""): 140, typed.Event("", ""): 2500} {
		if objects, _ := c.store.List(what.Resource, ""); len(objects) > most {
			t.Errorf("%d %s after %d hours", len(objects), what.Resource, hours)
		}
	}
}

// recorder notes everything that is written.
type recorder struct{ history []string }

// Handle implements sim.Controller.
func (s *recorder) Handle(e store.Event) {
	text, err := json.Marshal(e.Object)
	s.history = append(s.history, fmt.Sprintf("%s %s %v %s", e.Type, e.Key, err, text))
}

func TestSameSeedSameStory(t *testing.T) {
	var first, again, other recorder
	open(t, 5, &first)
	open(t, 5, &again)
	open(t, 6, &other)
	if len(first.history) < 1000 {
		t.Fatalf("only %d writes", len(first.history))
	}
	for i, line := range first.history {
		if i >= len(again.history) || again.history[i] != line {
			t.Fatalf("write %d of %d: %s\nthe second time: %v", i, len(first.history), line, again.history[min(i, len(again.history)-1)])
		}
	}
	same := 0
	for i := range min(len(first.history), len(other.history)) {
		if first.history[i] == other.history[i] {
			same++
		}
	}
	if same > len(first.history)/10 {
		t.Errorf("another seed writes %d of %d alike", same, len(first.history))
	}
}

func TestGPULabelsAreKnown(t *testing.T) {
	for _, n := range nodes(now) {
		if _, ok := dcgm.FindModel(n.Labels["nvidia.com/gpu.product"]); !ok {
			t.Errorf("%s has GPUs that the simulator does not know: %s", n.Name, n.Labels["nvidia.com/gpu.product"])
		}
	}
}

func BenchmarkPast(b *testing.B) {
	for b.Loop() {
		open(b, 1, nil)
	}
}
