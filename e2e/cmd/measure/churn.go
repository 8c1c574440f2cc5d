package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// churn changes running pods at a steady pace, in a way that shows: each
// change is one more restart of a worker.
type churn struct {
	done   atomic.Int64
	cancel context.CancelFunc
}

func startChurn(ctx context.Context, perSecond int) (*churn, error) {
	cfg, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(clientcmd.NewDefaultClientConfigLoadingRules(), nil).ClientConfig()
	if err != nil {
		return nil, err
	}
	cfg.QPS, cfg.Burst = float32(2*perSecond), 2*perSecond
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return nil, err
	}
	pods, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{FieldSelector: "status.phase=Running", ResourceVersion: "0"})
	if err != nil {
		return nil, err
	}
	if len(pods.Items) == 0 {
		return nil, fmt.Errorf("churn: no pod runs on this cluster")
	}
	ctx, cancel := context.WithCancel(ctx)
	c := &churn{cancel: cancel}
	work := make(chan corev1.Pod)
	go func() {
		defer close(work)
		tick := time.NewTicker(time.Second / time.Duration(perSecond))
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				work <- pods.Items[i*7%len(pods.Items)]
			}
		}
	}()
	const workers = 4
	for range workers {
		go func() {
			for p := range work {
				c.change(ctx, client, p)
			}
		}()
	}
	return c, nil
}

func (c *churn) change(ctx context.Context, client kubernetes.Interface, p corev1.Pod) {
	if len(p.Status.ContainerStatuses) == 0 {
		return
	}
	// The list of container statuses is atomic: any other kind of patch would
	// replace it and lose the containers' states.
	patch := fmt.Sprintf(`[{"op":"replace","path":"/status/containerStatuses/0/restartCount","value":%d}]`, 1+c.done.Load()%1000)
	_, err := client.CoreV1().Pods(p.Namespace).Patch(ctx, p.Name, types.JSONPatchType, []byte(patch), metav1.PatchOptions{}, "status")
	if err == nil {
		c.done.Add(1)
	}
}

func (c *churn) count() int64 { return c.done.Load() }

func (c *churn) stop() { c.cancel() }
