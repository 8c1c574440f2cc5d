// Package kubelet writes the Events that a kubelet would write: kwok moves pods
// through their states, but its own Events cannot name an image or a container.
package kubelet

import (
	"fmt"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcore "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
)

// Events records what happens to pods, from their changes.
type Events struct {
	broadcaster record.EventBroadcaster
	recorders   map[string]record.EventRecorder // by node; only the informer's goroutine uses it
}

// NewEvents makes a recorder; Stop ends it.
func NewEvents(client kubernetes.Interface) *Events {
	// The defaults drop what a busy node writes: 25 events a pod, then one in five minutes.
	broadcaster := record.NewBroadcasterWithCorrelatorOptions(record.CorrelatorOptions{BurstSize: 1000, QPS: 10})
	broadcaster.StartRecordingToSink(&typedcore.EventSinkImpl{Interface: client.CoreV1().Events("")})
	return &Events{broadcaster: broadcaster, recorders: map[string]record.EventRecorder{}}
}

// Stop ends the recorder.
func (e *Events) Stop() { e.broadcaster.Shutdown() }

// Handler follows the pods of an informer. What the first list shows is old
// news and gets no Events.
func (e *Events) Handler() cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		UpdateFunc: func(old, new any) { e.changed(old.(*core.Pod), new.(*core.Pod)) },
	}
}

func (e *Events) changed(old, pod *core.Pod) {
	if old.UID != pod.UID || pod.Spec.NodeName == "" {
		return
	}
	if old.DeletionTimestamp == nil && pod.DeletionTimestamp != nil && pod.Status.Phase == core.PodRunning {
		for _, c := range pod.Spec.Containers {
			e.write(pod, c.Name, core.EventTypeNormal, "Killing", "Stopping container "+c.Name)
		}
	}
	for _, is := range pod.Status.ContainerStatuses {
		e.container(pod, status(old, is.Name), is)
	}
}

// container writes what a kubelet says when a container's state changes; the
// words are those of k8s.io/kubernetes pkg/kubelet (events, images, kuberuntime).
func (e *Events) container(pod *core.Pod, was, is core.ContainerStatus) {
	waiting, before := reason(is), reason(was)
	switch {
	case waiting == "ContainerCreating" && before == "":
		e.write(pod, is.Name, core.EventTypeNormal, "Pulling", fmt.Sprintf("Pulling image %q", is.Image))
	case waiting == "ErrImagePull" && before != waiting:
		if before == "ImagePullBackOff" {
			e.write(pod, is.Name, core.EventTypeNormal, "Pulling", fmt.Sprintf("Pulling image %q", is.Image))
		}
		e.write(pod, is.Name, core.EventTypeWarning, "Failed", fmt.Sprintf("Failed to pull image %q: %s", is.Image, is.State.Waiting.Message))
		e.write(pod, is.Name, core.EventTypeWarning, "Failed", "Error: ErrImagePull")
	case waiting == "ImagePullBackOff" && before != waiting:
		e.write(pod, is.Name, core.EventTypeNormal, "BackOff", is.State.Waiting.Message)
		e.write(pod, is.Name, core.EventTypeWarning, "Failed", "Error: ImagePullBackOff")
	case waiting == "CrashLoopBackOff" && before != waiting:
		e.write(pod, is.Name, core.EventTypeWarning, "BackOff", fmt.Sprintf("Back-off restarting failed container %s in pod %s_%s(%s)", is.Name, pod.Name, pod.Namespace, pod.UID))
	case is.State.Running != nil && was.State.Running == nil:
		e.started(pod, was, is)
	}
}

func (e *Events) started(pod *core.Pod, was, is core.ContainerStatus) {
	if reason(was) == "CrashLoopBackOff" {
		e.write(pod, is.Name, core.EventTypeNormal, "Pulled", fmt.Sprintf("Container image %q already present on machine and can be accessed by the pod", is.Image))
	} else {
		took := time.Duration(0)
		if pod.Status.StartTime != nil {
			took = is.State.Running.StartedAt.Sub(pod.Status.StartTime.Time)
		}
		e.write(pod, is.Name, core.EventTypeNormal, "Pulled", fmt.Sprintf("Successfully pulled image %q in %s (%s including waiting). Image size: 8437295511 bytes.", is.Image, took, took))
	}
	e.write(pod, is.Name, core.EventTypeNormal, "Created", "Container created")
	e.write(pod, is.Name, core.EventTypeNormal, "Started", "Container started")
}

func (e *Events) write(pod *core.Pod, container, kind, reason, message string) {
	node := pod.Spec.NodeName
	recorder := e.recorders[node]
	if recorder == nil {
		recorder = e.broadcaster.NewRecorder(scheme.Scheme, core.EventSource{Component: "kubelet", Host: node})
		e.recorders[node] = recorder
	}
	recorder.Event(&core.ObjectReference{
		Kind: "Pod", APIVersion: "v1", Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID,
		ResourceVersion: pod.ResourceVersion, FieldPath: "spec.containers{" + container + "}",
	}, kind, reason, message)
}

func status(pod *core.Pod, container string) core.ContainerStatus {
	for _, c := range pod.Status.ContainerStatuses {
		if c.Name == container {
			return c
		}
	}
	return core.ContainerStatus{}
}

func reason(c core.ContainerStatus) string {
	if c.State.Waiting == nil {
		return ""
	}
	return c.State.Waiting.Reason
}
