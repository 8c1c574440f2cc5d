package controllers

import (
	"fmt"
	"testing"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/demo/controllers/typed"
	"paddock/demo/store"
)

func TestDependentsOfADeletedJob(t *testing.T) {
	for _, test := range []struct {
		policy meta.DeletionPropagation
		pods   int  // that are left
		waits  bool // the Job stays until its pods are gone
	}{
		{meta.DeletePropagationBackground, 0, false},
		{meta.DeletePropagationForeground, 0, true},
		{meta.DeletePropagationOrphan, 2, false},
	} {
		t.Run(string(test.policy), func(t *testing.T) {
			c := newCluster(t, 1, 2, lives)
			c.submit(job("det", "hub/train:long", 2))
			c.until("running", c.running("det", 2))
			c.delete(typed.Job("ocr", "det"), meta.DeleteOptions{PropagationPolicy: &test.policy})
			c.pass(time.Second)
			if _, ok := c.store.Get(typed.Job("ocr", "det")); ok != test.waits {
				t.Errorf("a second later the job is there: %v", ok)
			}
			c.pass(10 * time.Second)
			if _, ok := c.store.Get(typed.Job("ocr", "det")); ok {
				t.Error("in the end the job is there")
			}
			left := c.pods("det")
			if len(left) != test.pods {
				t.Errorf("%d pods are left", len(left))
			}
			for _, p := range left {
				if len(p.OwnerReferences) > 0 || len(p.Finalizers) > 0 || p.Status.Phase != core.PodRunning {
					t.Errorf("%s is %s and has owners %v, finalizers %v", p.Name, p.Status.Phase, p.OwnerReferences, p.Finalizers)
				}
			}
		})
	}
}

func TestNamespaceIsEmptiedAndGoes(t *testing.T) {
	c := newCluster(t, 1, 2, lives)
	c.submit(job("det", "hub/train:long", 2))
	c.until("running", c.running("det", 2))
	c.delete(typed.Namespace("ocr"), meta.DeleteOptions{})
	c.pass(time.Second)
	if n, ok := typed.Get[*core.Namespace](c.store, typed.Namespace("ocr")); !ok || n.Status.Phase != core.NamespaceTerminating {
		t.Errorf("it is there: %v, %+v", ok, n)
	}
	c.pass(30 * time.Second)
	if _, ok := c.store.Get(typed.Namespace("ocr")); ok {
		t.Error("it does not go")
	}
	if left := c.pods("det"); len(left) > 0 {
		t.Errorf("%d pods are left", len(left))
	}
}

func TestFinishedJobExpires(t *testing.T) {
	c := newCluster(t, 1, 2, lives)
	c.submit(job("det", "hub/train:short", 2, func(j *batch.Job) { ttl := int32(300); j.Spec.TTLSecondsAfterFinished = &ttl }))
	c.until("complete", c.finished("det", batch.JobComplete))
	c.pass(290 * time.Second)
	c.job("det")
	c.pass(15 * time.Second)
	if _, ok := c.store.Get(typed.Job("ocr", "det")); ok || len(c.pods("det")) > 0 {
		t.Errorf("the job is still there: %v; pods: %d", ok, len(c.pods("det")))
	}
}

func TestEventsExpire(t *testing.T) {
	c := newCluster(t, 1, 2, lives)
	c.submit(job("det", "hub/train:short", 2))
	c.pass(50 * time.Minute)
	if n := len(c.tell()); n < 10 {
		t.Errorf("only %d events", n)
	}
	c.pass(15 * time.Minute)
	expect(t, c.tell())
}

// What the API refuses is told, and asked again after 1, 2, 4, 8, ... seconds.
func TestRefusedPods(t *testing.T) {
	refuse := true
	quota := fmt.Errorf("exceeded quota: gpu, requested: requests.nvidia.com/gpu=1, used: requests.nvidia.com/gpu=12, limited: requests.nvidia.com/gpu=12")
	c := newCluster(t, 1, 2, lives, func(_ store.Reader, key store.Key, old, next store.Object) error {
		if _, ok := next.(*core.Pod); ok && old == nil && refuse {
			return errors.NewForbidden(schema.GroupResource{Resource: "pods"}, "det", quota)
		}
		return nil
	})
	c.submit(job("det", "hub/train:long", 4))
	c.pass(20 * time.Second)
	expect(t, c.tell(), `Warning det FailedCreate Error creating: pods "det" is forbidden: `+quota.Error())
	if e := typed.List[*core.Event](c.store, typed.Event("ocr", ""))[0]; e.Count != 5 {
		t.Errorf("told %d times", e.Count)
	}
	refuse = false
	c.until("running once they are allowed", c.running("det", 4))
}
