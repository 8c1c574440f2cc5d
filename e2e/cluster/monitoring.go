package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/kubernetes"
)

// Where Prometheus is inside the cluster, as the Prometheus operator names it.
const (
	monitoringNamespace = "monitoring"
	prometheusService   = "prometheus-operated"
	prometheusPod       = "prometheus-k8s-0"
	infraNode           = "infra-001"
)

// exposePrometheus makes the Service through which the API server's proxy
// reaches Prometheus.
//
// The proxy dials a Service's endpoints when they are pods: the address must
// stand in the pod's status.podIPs (k8s.io/kubernetes
// pkg/registry/core/service/storage, isValidAddress). A pod on the host's
// network on a node whose address is 127.0.0.1 has that. But validation
// refuses loopback addresses in an EndpointSlice, so the slice is written
// where validation does not look: into etcd.
func (l *layout) exposePrometheus(ctx context.Context, client kubernetes.Interface) error {
	if err := ensureNamespace(ctx, client, monitoringNamespace); err != nil {
		return err
	}
	_, err := client.CoreV1().Nodes().Create(ctx, l.infraNode(), meta.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create the node of Prometheus: %w", err)
	}
	_, err = client.CoreV1().Services(monitoringNamespace).Create(ctx, &core.Service{
		ObjectMeta: meta.ObjectMeta{Name: prometheusService, Labels: map[string]string{"operated-prometheus": "true"}},
		Spec: core.ServiceSpec{ClusterIP: core.ClusterIPNone, Ports: []core.ServicePort{
			{Name: "web", Port: 9090, TargetPort: intstr.FromString("web")},
		}},
	}, meta.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create the Service of Prometheus: %w", err)
	}
	// The service account of a new namespace takes a moment, and pods need it.
	err = until(ctx, "the pod of Prometheus", func(ctx context.Context) error {
		_, err := client.CoreV1().Pods(monitoringNamespace).Create(ctx, prometheusPodObject(), meta.CreateOptions{})
		if apierrors.IsAlreadyExists(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	return l.putIntoEtcd(ctx, "/registry/endpointslices/"+monitoringNamespace+"/"+prometheusService, l.prometheusEndpoints())
}

func (l *layout) infraNode() *core.Node {
	size := core.ResourceList{
		core.ResourceCPU: resource.MustParse("32"), core.ResourceMemory: resource.MustParse("128Gi"), core.ResourcePods: resource.MustParse("110"),
	}
	return &core.Node{
		ObjectMeta: meta.ObjectMeta{Name: infraNode, Labels: map[string]string{
			core.LabelHostname: infraNode, core.LabelOSStable: "linux", core.LabelArchStable: "amd64", "node-role.kubernetes.io/infra": "",
		}, Annotations: map[string]string{"metrics.k8s.io/resource-metrics-path": "/metrics/nodes/" + infraNode + "/metrics/resource"}},
		Spec: core.NodeSpec{Taints: []core.Taint{{Key: "node-role.kubernetes.io/infra", Effect: core.TaintEffectNoSchedule}}},
		Status: core.NodeStatus{
			Capacity: size, Allocatable: size,
			Addresses:       []core.NodeAddress{{Type: core.NodeInternalIP, Address: "127.0.0.1"}, {Type: core.NodeHostName, Address: infraNode}},
			Conditions:      []core.NodeCondition{{Type: core.NodeReady, Status: core.ConditionTrue, Reason: "KubeletReady", LastTransitionTime: meta.Now()}},
			DaemonEndpoints: core.NodeDaemonEndpoints{KubeletEndpoint: core.DaemonEndpoint{Port: int32(l.kwok)}},
			NodeInfo:        core.NodeSystemInfo{KubeletVersion: "v1.37.2", OperatingSystem: "linux", Architecture: "amd64"},
		},
	}
}

func prometheusPodObject() *core.Pod {
	return &core.Pod{
		ObjectMeta: meta.ObjectMeta{Name: prometheusPod, Labels: map[string]string{"app.kubernetes.io/name": "prometheus"}},
		Spec: core.PodSpec{
			NodeName: infraNode, HostNetwork: true,
			Tolerations: []core.Toleration{{Operator: core.TolerationOpExists}},
			Containers:  []core.Container{{Name: "prometheus", Image: "quay.io/prometheus/prometheus:v3.16.0"}},
		},
	}
}

func (l *layout) prometheusEndpoints() *discovery.EndpointSlice {
	name, port, yes := "web", int32(l.prometheus), true
	return &discovery.EndpointSlice{
		TypeMeta: meta.TypeMeta{APIVersion: "discovery.k8s.io/v1", Kind: "EndpointSlice"},
		ObjectMeta: meta.ObjectMeta{
			Namespace: monitoringNamespace, Name: prometheusService, UID: types.UID(uuid.NewUUID()), CreationTimestamp: meta.Now(), Generation: 1,
			Labels: map[string]string{discovery.LabelServiceName: prometheusService, discovery.LabelManagedBy: "paddock-e2e"},
		},
		AddressType: discovery.AddressTypeIPv4,
		Endpoints: []discovery.Endpoint{{
			Addresses:  []string{"127.0.0.1"},
			Conditions: discovery.EndpointConditions{Ready: &yes, Serving: &yes},
			TargetRef:  &core.ObjectReference{Kind: "Pod", Namespace: monitoringNamespace, Name: prometheusPod},
		}},
		Ports: []discovery.EndpointPort{{Name: &name, Port: &port}},
	}
}

// putIntoEtcd stores an object as JSON, through etcd's HTTP gateway; the API
// server reads JSON as well as its own protobuf.
func (l *layout) putIntoEtcd(ctx context.Context, key string, object any) error {
	value, err := json.Marshal(object)
	if err != nil {
		return fmt.Errorf("encode %s: %w", key, err)
	}
	body, err := json.Marshal(map[string][]byte{"key": []byte(key), "value": value})
	if err != nil {
		return fmt.Errorf("encode %s: %w", key, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.etcdURL()+"/v3/kv/put", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("put %s into etcd: %w", key, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("put %s into etcd: %w", key, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		why, _ := io.ReadAll(io.LimitReader(resp.Body, 300))
		return fmt.Errorf("put %s into etcd: %s: %s", key, resp.Status, why)
	}
	return nil
}

func ensureNamespace(ctx context.Context, client kubernetes.Interface, name string) error {
	_, err := client.CoreV1().Namespaces().Create(ctx, &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: name}}, meta.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create namespace %s: %w", name, err)
	}
	return nil
}
