package screen

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Pods are the names of a namespace's pods, as somebody else sees them.
func (x *Screen) Pods(namespace string) []string {
	x.t.Helper()
	var list core.PodList
	if err := x.somebody().Get().Namespace(namespace).Resource("pods").Do(context.Background()).Into(&list); err != nil {
		x.t.Fatal(err)
	}
	var names []string
	for i := range list.Items {
		names = append(names, list.Items[i].Name)
	}
	return names
}

// DeletePod is somebody else's kubectl delete pod.
func (x *Screen) DeletePod(namespace, name string) {
	x.t.Helper()
	if err := x.somebody().Delete().Namespace(namespace).Resource("pods").Name(name).Do(context.Background()).Error(); err != nil {
		x.t.Fatal(err)
	}
}

// FailNode pulls a node's plug.
func (x *Screen) FailNode(name string) {
	x.t.Helper()
	if err := x.cluster.FailNode(name); err != nil {
		x.t.Fatal(err)
	}
}

// Audit is what the audit log holds.
func (x *Screen) Audit() string {
	text, err := os.ReadFile(filepath.Join(x.state, "audit.jsonl"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		x.t.Fatal(err)
	}
	return string(text)
}

// somebody is another client of the cluster.
func (x *Screen) somebody() *rest.RESTClient {
	x.t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", x.cluster.Kubeconfig)
	if err != nil {
		x.t.Fatal(err)
	}
	scheme := runtime.NewScheme()
	scheme.AddKnownTypes(core.SchemeGroupVersion, &core.Pod{}, &core.PodList{})
	meta.AddToGroupVersion(scheme, core.SchemeGroupVersion)
	config.Dial, config.APIPath, config.GroupVersion = x.network.Dial, "/api", &core.SchemeGroupVersion
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	client, err := rest.RESTClientFor(config)
	if err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(client.Client.CloseIdleConnections)
	return client
}
