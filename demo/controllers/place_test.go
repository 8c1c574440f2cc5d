package controllers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	scheduling "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/demo/controllers/typed"
	"paddock/demo/store"
)

// scheduled is the PodScheduled condition of a job's only pod.
func (c *cluster) scheduled(job string) (node, reason, message string) {
	for _, p := range c.pods(job) {
		for _, s := range p.Status.Conditions {
			if s.Type == core.PodScheduled {
				return p.Spec.NodeName, s.Reason, s.Message
			}
		}
	}
	return "", "", ""
}

func TestWhyAPodDoesNotFit(t *testing.T) {
	claims := func(name string) func(*batch.Job) {
		return func(j *batch.Job) {
			j.Spec.Template.Spec.Volumes = []core.Volume{{Name: "data", VolumeSource: core.VolumeSource{
				PersistentVolumeClaim: &core.PersistentVolumeClaimVolumeSource{ClaimName: name}}}}
		}
	}
	for _, test := range []struct {
		name string
		with []func(*batch.Job)
		want string
	}{
		{"more GPUs than any node has", []func(*batch.Job){gpus(16)},
			"0/4 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable, 2 Insufficient nvidia.com/gpu. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling."},
		{"more GPUs than any node has left", []func(*batch.Job){gpus(8)},
			"0/4 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable, 2 Insufficient nvidia.com/gpu. preemption: 0/4 nodes are available: 2 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling."},
		{"another product", []func(*batch.Job){func(j *batch.Job) { j.Spec.Template.Spec.NodeSelector = map[string]string{"gpu": "h100"} }},
			"0/4 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable, 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling."},
		{"no claim", []func(*batch.Job){claims("corpus")},
			`0/4 nodes are available: persistentvolumeclaim "corpus" not found. not found`},
		{"an unbound claim", []func(*batch.Job){claims("unbound")},
			"0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"},
		{"never preempting", []func(*batch.Job){gpus(16), func(j *batch.Job) { never := core.PreemptNever; j.Spec.Template.Spec.PreemptionPolicy = &never }},
			"0/4 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable, 2 Insufficient nvidia.com/gpu. preemption: not eligible due to preemptionPolicy=Never."},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCluster(t, 1, 4, lives)
			c.node("gpu-2", func(n *core.Node) { n.Spec.Unschedulable = true })
			c.node("gpu-3", func(n *core.Node) {
				n.Spec.Taints = []core.Taint{{Key: "team", Value: "nlp", Effect: core.TaintEffectNoSchedule}}
			})
			create(c, typed.Claim("ocr", "unbound"), &core.PersistentVolumeClaim{
				ObjectMeta: meta.ObjectMeta{Namespace: "ocr", Name: "unbound"},
				Spec: core.PersistentVolumeClaimSpec{
					AccessModes: []core.PersistentVolumeAccessMode{core.ReadWriteMany},
					Resources:   core.VolumeResourceRequirements{Requests: core.ResourceList{core.ResourceStorage: resource.MustParse("1Ti")}},
				},
			})
			c.submit(job("rest", "hub/train:long", 2))
			c.until("running", c.running("rest", 2))
			c.submit(job("det", "hub/train:long", 1, test.with...))
			c.pass(10 * time.Second)
			if node, reason, message := c.scheduled("det"); node != "" || reason != "Unschedulable" || message != test.want {
				t.Errorf("on %q: %s\n got %s\nwant %s", node, reason, message, test.want)
			}
			expect(t, c.tell("FailedScheduling"), "Warning det-0-*** FailedScheduling "+test.want)
		})
	}
}

func TestWaitingPodGetsWhatIsFreed(t *testing.T) {
	c := newCluster(t, 1, 1, lives)
	c.submit(job("first", "hub/train:short", 1, gpus(8), c.important(2000)))
	c.until("running", c.running("first", 1))
	c.submit(job("low", "hub/train:long", 1, gpus(8)))
	c.submit(job("high", "hub/train:long", 1, gpus(8), c.important(1000)))
	c.until("complete", c.finished("first", batch.JobComplete))
	c.until("running", c.running("high", 1))
	if node, _, _ := c.scheduled("low"); node != "" {
		t.Errorf("the less important pod runs too, on %s", node)
	}
}

// important gives a job a priority class of that value.
func (c *cluster) important(n int32) func(*batch.Job) {
	class := &scheduling.PriorityClass{ObjectMeta: meta.ObjectMeta{Name: fmt.Sprintf("class%d", n)}, Value: n}
	create(c, store.Key{Resource: schema.GroupResource{Group: "scheduling.k8s.io", Resource: "priorityclasses"}, Name: class.Name}, class)
	return func(j *batch.Job) { j.Spec.Template.Spec.PriorityClassName = class.Name }
}

func TestPreemption(t *testing.T) {
	c := newCluster(t, 1, 2, lives)
	c.submit(job("low", "hub/train:long", 2, gpus(6), c.important(1)))
	c.until("running", c.running("low", 2))
	c.submit(job("high", "hub/train:long", 1, gpus(8), c.important(1000)))
	c.until("running", c.running("high", 1))
	c.pass(30 * time.Second)
	if n := len(c.pods("low")); n != 2 || !c.running("low", 1)() {
		t.Errorf("of the less important, %d are left", n)
	}
	on, victim := c.nodeOf("high"), 0
	if running := c.pods("low")[0]; running.Spec.NodeName != "" {
		victim = 1
	}
	expect(t, c.tell("Preempted", "high-0-*** FailedScheduling"),
		fmt.Sprintf("Normal low-%d-*** Preempted Preempted by pod UID on node %s", victim, on),
		"Warning high-0-*** FailedScheduling 0/2 nodes are available: 2 Insufficient nvidia.com/gpu. preemption: found a potential placement for pod on node "+on+", preempting 1 victims")
}

func (c *cluster) nodeOf(job string) string {
	node, _, _ := c.scheduled(job)
	return node
}

func TestSpreadLeavesNoNodeWhole(t *testing.T) {
	c := newCluster(t, 1, 3, lives)
	c.submit(job("det", "hub/train:long", 3))
	c.until("running", c.running("det", 3))
	on := map[string]bool{}
	for _, p := range c.pods("det") {
		on[p.Spec.NodeName] = true
	}
	if len(on) != 3 {
		t.Errorf("three workers on %d nodes", len(on))
	}
}

// A pod that names its node passes the scheduler by; the kubelet counts.
func TestKubeletRefusesDevicesThatAreTaken(t *testing.T) {
	c := newCluster(t, 1, 1, lives)
	c.submit(job("det", "hub/train:long", 1, gpus(6)))
	c.until("running", c.running("det", 1))
	c.submit(job("rec", "hub/train:long", 1, gpus(4), func(j *batch.Job) { j.Spec.Template.Spec.NodeName = "gpu-0" }))
	c.until("refused", func() bool { return c.job("rec").Status.Failed == 1 })
	s := c.pods("rec")[0].Status
	const want = "Pod was rejected: Allocate failed due to requested number of devices unavailable for nvidia.com/gpu. Requested: 4, Available: 2, which is unexpected"
	if s.Phase != core.PodFailed || s.Reason != "UnexpectedAdmissionError" || s.Message != want {
		t.Errorf("%s, %s: %s", s.Phase, s.Reason, s.Message)
	}
}

func TestLostNode(t *testing.T) {
	c := newCluster(t, 1, 2, lives)
	c.submit(job("det", "hub/train:long", 2, func(j *batch.Job) {
		five := int64(300)
		for _, key := range []string{core.TaintNodeNotReady, core.TaintNodeUnreachable} {
			j.Spec.Template.Spec.Tolerations = append(j.Spec.Template.Spec.Tolerations,
				core.Toleration{Key: key, Operator: core.TolerationOpExists, Effect: core.TaintEffectNoExecute, TolerationSeconds: &five})
		}
	}))
	c.until("running", c.running("det", 2))
	c.Nodes.Fail("gpu-0")
	c.pass(time.Minute)
	n, _ := typed.Get[*core.Node](c.store, typed.Node("gpu-0"))
	if r := n.Status.Conditions[0]; r.Status != core.ConditionUnknown || r.Reason != "NodeStatusUnknown" || r.Message != "Kubelet stopped posting node status." {
		t.Errorf("condition %+v", r)
	}
	if len(n.Spec.Taints) != 2 || n.Spec.Taints[0].Key != core.TaintNodeUnreachable {
		t.Errorf("taints %v", n.Spec.Taints)
	}
	c.until("replaced", func() bool { return c.running("det", 2)() && len(c.pods("det")) == 3 })
	if waited := c.now.Sub(start); waited < 5*time.Minute {
		t.Errorf("evicted after %v", waited)
	}
	for _, p := range c.pods("det") {
		if p.DeletionTimestamp != nil && !strings.Contains(p.Status.String(), "DeletionByTaintManager") {
			t.Errorf("the evicted pod does not say so: %v", p.Status.Conditions)
		}
		if p.DeletionTimestamp == nil && p.Spec.NodeName != "gpu-1" {
			t.Errorf("%s is on %s", p.Name, p.Spec.NodeName)
		}
	}
	c.Nodes.Recover("gpu-0")
	c.pass(time.Minute)
	if n, _ := typed.Get[*core.Node](c.store, typed.Node("gpu-0")); len(n.Spec.Taints) != 0 || n.Status.Conditions[0].Reason != "KubeletReady" {
		t.Errorf("afterwards: taints %v, %+v", n.Spec.Taints, n.Status.Conditions[0])
	}
	if left := len(c.pods("det")); left != 2 {
		t.Errorf("%d pods are left", left)
	}
	expect(t, c.tell(" gpu-0 ", "NodeNotReady", "Eviction"),
		`Normal gpu-0 NodeNotReady Node gpu-0 status is now: NodeNotReady`,
		`Warning det-1-*** NodeNotReady Node is not ready`,
		`Normal det-1-*** TaintManagerEviction Marking for deletion Pod ocr/det-1-***`,
		`Normal gpu-0 NodeReady Node gpu-0 status is now: NodeReady`)
}

// What a lost node's kubelet would have done to pods that are gone by the time
// it is back is not done.
func TestPodsOfALostNodeThatAreGone(t *testing.T) {
	c := newCluster(t, 1, 1, lives)
	c.submit(job("det", "hub/train:crash", 1, restarting))
	c.submit(job("rec", "hub/train:long", 1))
	c.pass(10 * time.Second)
	c.Nodes.Fail("gpu-0")
	c.pass(time.Minute)
	now := int64(0)
	for _, name := range []string{"det", "rec"} {
		c.delete(typed.Job("ocr", name), meta.DeleteOptions{})
		c.pass(time.Second)
		for _, p := range c.pods(name) {
			c.delete(typed.Pod("ocr", p.Name), meta.DeleteOptions{GracePeriodSeconds: &now})
		}
	}
	c.Nodes.Recover("gpu-0")
	before := len(c.tell())
	c.pass(10 * time.Minute)
	if u, h := c.Kubelets.Usage(), c.Kubelets.Holdings(); len(u)+len(h) > 0 || len(c.tell()) != before {
		t.Errorf("after all: %v, %v\n%s", u, h, strings.Join(c.tell(), "\n"))
	}
}

func TestPodsOfADeletedNodeAreCollected(t *testing.T) {
	c := newCluster(t, 1, 2, lives)
	c.submit(job("det", "hub/train:long", 2))
	c.until("running", c.running("det", 2))
	c.delete(typed.Node("gpu-0"), meta.DeleteOptions{})
	c.pass(2 * time.Minute)
	pods := c.pods("det")
	if len(pods) != 2 || pods[0].Spec.NodeName != "gpu-1" || pods[1].Spec.NodeName != "gpu-1" {
		t.Errorf("%d pods: %v", len(pods), pods)
	}
}

func TestCordon(t *testing.T) {
	c := newCluster(t, 1, 1, lives)
	c.node("gpu-0", func(n *core.Node) { n.Spec.Unschedulable = true })
	c.pass(time.Second)
	n, _ := typed.Get[*core.Node](c.store, typed.Node("gpu-0"))
	if len(n.Spec.Taints) != 1 || n.Spec.Taints[0].Key != core.TaintNodeUnschedulable {
		t.Errorf("taints %v", n.Spec.Taints)
	}
	c.node("gpu-0", func(n *core.Node) { n.Spec.Unschedulable = false })
	c.pass(time.Second)
	if n, _ := typed.Get[*core.Node](c.store, typed.Node("gpu-0")); len(n.Spec.Taints) != 0 {
		t.Errorf("taints %v", n.Spec.Taints)
	}
	expect(t, c.tell("gpu-0"),
		`Normal gpu-0 NodeNotSchedulable Node gpu-0 status is now: NodeNotSchedulable`,
		`Normal gpu-0 NodeSchedulable Node gpu-0 status is now: NodeSchedulable`)
}

// node changes a node as a user does.
func (c *cluster) node(name string, change func(*core.Node)) {
	c.t.Helper()
	n, _ := typed.Get[*core.Node](c.store, typed.Node(name))
	if _, err := typed.Change(c.store, typed.Node(name), n, change); err != nil {
		c.t.Fatal(err)
	}
}

func TestQuotaIsCounted(t *testing.T) {
	c := newCluster(t, 1, 2, lives)
	create(c, typed.Quota("ocr", "gpu"), &core.ResourceQuota{
		ObjectMeta: meta.ObjectMeta{Namespace: "ocr", Name: "gpu"},
		Spec: core.ResourceQuotaSpec{Hard: core.ResourceList{
			"requests.nvidia.com/gpu": resource.MustParse("12"), core.ResourcePods: resource.MustParse("50"), "count/jobs.batch": resource.MustParse("9"),
		}},
	})
	used := func() string {
		q, _ := typed.Get[*core.ResourceQuota](c.store, typed.Quota("ocr", "gpu"))
		var words []string
		for _, name := range []core.ResourceName{"requests.nvidia.com/gpu", core.ResourcePods, "count/jobs.batch"} {
			amount := q.Status.Used[name]
			words = append(words, amount.String())
		}
		return strings.Join(words, " ")
	}
	c.pass(time.Second)
	if got := used(); got != "0 0 0" {
		t.Errorf("at first: %s", got)
	}
	c.submit(job("det", "hub/train:short", 2, gpus(4)))
	c.until("running", c.running("det", 2))
	if got := used(); got != "8 2 1" {
		t.Errorf("with a job: %s", got)
	}
	c.until("complete", c.finished("det", batch.JobComplete))
	c.pass(time.Second)
	if got := used(); got != "0 0 1" {
		t.Errorf("when it has finished: %s", got)
	}
}
