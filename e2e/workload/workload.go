// Package workload fills a cluster with GPU nodes, teams and training jobs, as
// people write them, in every state that a dashboard must tell apart.
package workload

import (
	"context"
	"fmt"
	"sync"
	"time"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Options are the size and the kind of the load.
type Options struct {
	Nodes       int     // GPU nodes
	GPUsPerNode int     // of the plain ones
	Plain       bool    // only equal nodes and plain jobs
	Jobs        int     // plain Jobs
	Workers     int     // of each plain Job, one GPU each
	Pods        int     // pods that hold a GPU without any Job
	Churn       float64 // pod changes a second
	KubeletPort int     // for the nodes' status
}

// Load is what was applied to a cluster.
type Load struct {
	options Options
	client  kubernetes.Interface
	words   string
}

// String says in a few words what is there.
func (l *Load) String() string { return l.words }

// together bounds how many requests are under way at once.
const together = 16

// Apply creates everything and returns when what can run runs.
func Apply(ctx context.Context, config *rest.Config, o Options, progress func(string)) (*Load, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("make the workload's client: %w", err)
	}
	custom, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("make the workload's client: %w", err)
	}
	l := &Load{options: o, client: client, words: fmt.Sprintf("%d GPU nodes", o.Nodes)}
	progress(fmt.Sprintf("creating %d GPU nodes and the teams", o.Nodes))
	if err := l.createNodes(ctx); err != nil {
		return nil, err
	}
	if err := l.createTeams(ctx); err != nil {
		return nil, err
	}
	if !o.Plain {
		if err := l.createQuotas(ctx); err != nil {
			return nil, err
		}
		progress("creating jobs in every state")
		if err := l.createScenarios(ctx, custom, progress); err != nil {
			return nil, err
		}
		l.words += ", jobs in every state"
	}
	if o.Jobs+o.Pods > 0 {
		if err := l.createPlain(ctx, progress); err != nil {
			return nil, err
		}
	}
	return l, l.createQuotas(ctx)
}

// createPlain creates the plain Jobs and pods and waits for those that fit.
func (l *Load) createPlain(ctx context.Context, progress func(string)) error {
	o := l.options
	total := o.Jobs*o.Workers + o.Pods
	l.words += fmt.Sprintf(", %d plain Jobs of %d workers, %d pods alone", o.Jobs, o.Workers, o.Pods)
	progress(fmt.Sprintf("creating %d Jobs of %d workers and %d pods", o.Jobs, o.Workers, o.Pods))
	err := each(ctx, o.Jobs, func(ctx context.Context, i int) error {
		j := plainJob(i, o.Workers)
		_, err := l.client.BatchV1().Jobs(j.namespace).Create(ctx, j.object(), meta.CreateOptions{})
		return created("Job", j.name, err)
	})
	if err != nil {
		return err
	}
	err = each(ctx, o.Pods, func(ctx context.Context, i int) error { return l.createPod(ctx, plainPod(i)) })
	if err != nil {
		return err
	}
	if !o.Plain {
		return nil // how many fit beside the others is the scheduler's business
	}
	return l.waitRunning(ctx, min(total, o.Nodes*o.GPUsPerNode), progress)
}

// waitRunning waits until so many plain pods run. It asks the Jobs, not the
// pods: ten thousand of them every second would slow down what is waited for.
func (l *Load) waitRunning(ctx context.Context, want int, progress func(string)) error {
	for last := -1; ; {
		running, err := l.running(ctx)
		if err != nil {
			return err
		}
		if running >= want {
			progress(fmt.Sprintf("%d of %d pods run", running, want))
			return nil
		}
		if step := running * 10 / want; step != last {
			last = step
			progress(fmt.Sprintf("%d of %d pods run", running, want))
		}
		if err := pause(ctx, 2*time.Second); err != nil {
			return err
		}
	}
}

// running counts the plain pods that run. resourceVersion 0 is answered from
// the API server's memory.
func (l *Load) running(ctx context.Context) (int, error) {
	jobs, err := l.client.BatchV1().Jobs("").List(ctx, meta.ListOptions{LabelSelector: plainLabel, ResourceVersion: "0"})
	if err != nil {
		return 0, fmt.Errorf("count the running workers: %w", err)
	}
	count := 0
	for _, j := range jobs.Items {
		if j.Status.Ready != nil {
			count += int(*j.Status.Ready)
		}
	}
	if l.options.Pods == 0 {
		return count, nil
	}
	pods, err := l.client.CoreV1().Pods("").List(ctx, meta.ListOptions{
		LabelSelector: plainLabel + ",!batch.kubernetes.io/job-name", FieldSelector: "status.phase=Running", ResourceVersion: "0",
	})
	if err != nil {
		return 0, fmt.Errorf("count the running pods: %w", err)
	}
	return count + len(pods.Items), nil
}

// createPod creates a pod; in a new namespace it waits for the service account.
func (l *Load) createPod(ctx context.Context, pod *core.Pod) error {
	for {
		_, err := l.client.CoreV1().Pods(pod.Namespace).Create(ctx, pod, meta.CreateOptions{})
		if !apierrors.IsForbidden(err) && !apierrors.IsServerTimeout(err) {
			return created("pod", pod.Name, err)
		}
		if waitErr := pause(ctx, 100*time.Millisecond); waitErr != nil {
			return fmt.Errorf("create pod %s: %w", pod.Name, err)
		}
	}
}

// created lets an object that is there already pass.
func created(kind, name string, err error) error {
	if err == nil || apierrors.IsAlreadyExists(err) {
		return nil
	}
	return fmt.Errorf("create %s %s: %w", kind, name, err)
}

// each calls do for 0 to n-1, some at a time, and returns the first error.
func each(ctx context.Context, n int, do func(context.Context, int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(n, together) {
		workers.Go(func() {
			for i := range next {
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	workers.Wait()
	return context.Cause(ctx)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
