package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	core "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"paddock/e2e/exporter"
	"paddock/e2e/kubelet"
)

// hardware is what runs inside our own process: the exporters of all nodes,
// and the kubelets' Events.
type hardware struct {
	exporter *exporter.Exporter
	events   *kubelet.Events
	factory  informers.SharedInformerFactory
	server   *http.Server
	cancel   context.CancelFunc
	served   chan struct{}
}

func startHardware(config *rest.Config, l *layout, o Options) (*hardware, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("make the hardware's client: %w", err)
	}
	h := &hardware{served: make(chan struct{})}
	h.factory = informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTransform(trim))
	h.exporter, err = exporter.New(h.factory, exporter.Options{Dialect: o.Dialect, HonorLabels: o.HonorLabels, Seed: o.Seed})
	if err != nil {
		return nil, fmt.Errorf("make the exporters: %w", err)
	}
	if !o.Fast {
		h.events = kubelet.NewEvents(client)
		if _, err := h.factory.Core().V1().Pods().Informer().AddEventHandler(h.events.Handler()); err != nil {
			return nil, fmt.Errorf("follow the pods: %w", err)
		}
	}
	listener, err := net.Listen("tcp", local(l.exporter))
	if err != nil {
		return nil, fmt.Errorf("serve the exporters: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.cancel = cancel
	h.server = &http.Server{Handler: h.exporter.Handler(local(l.exporter))}
	go func() {
		defer close(h.served)
		if err := h.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			o.Progress("the exporters ended: " + err.Error())
		}
	}()
	h.factory.Start(ctx.Done())
	return h, nil
}

func (h *hardware) stop() {
	h.cancel()
	h.server.Close()
	<-h.served
	h.factory.Shutdown()
	if h.events != nil {
		h.events.Stop()
	}
}

// trim drops what neither exporters nor kubelets look at: a thousand nodes'
// pods stay in memory.
func trim(object any) (any, error) {
	switch o := object.(type) {
	case *core.Pod:
		o.ManagedFields, o.OwnerReferences = nil, nil
		o.Spec.Volumes, o.Spec.Tolerations, o.Spec.Affinity = nil, nil, nil
		for i := range o.Spec.Containers {
			c := &o.Spec.Containers[i]
			o.Spec.Containers[i] = core.Container{Name: c.Name, Image: c.Image, Resources: core.ResourceRequirements{Limits: c.Resources.Limits}}
		}
	case *core.Node:
		o.ManagedFields = nil
		o.Status = core.NodeStatus{}
	}
	return object, nil
}
