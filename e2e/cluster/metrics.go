package cluster

import (
	"context"
	"fmt"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// registerMetricsServer tells the API server who answers for metrics.k8s.io.
// The Service is an ExternalName, because nothing routes cluster IPs here. The
// APIService is sent as text: its Go types live in kube-aggregator.
func (l *layout) registerMetricsServer(ctx context.Context, client kubernetes.Interface) error {
	_, err := client.CoreV1().Services("kube-system").Create(ctx, &core.Service{
		ObjectMeta: meta.ObjectMeta{Name: "metrics-server"},
		Spec:       core.ServiceSpec{Type: core.ServiceTypeExternalName, ExternalName: "localhost"},
	}, meta.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create the Service of metrics-server: %w", err)
	}
	service := fmt.Sprintf(`{
		"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
		"metadata": {"name": "v1beta1.metrics.k8s.io"},
		"spec": {
			"group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
			"insecureSkipTLSVerify": true,
			"service": {"namespace": "kube-system", "name": "metrics-server", "port": %d}
		}}`, l.metrics)
	err = client.CoreV1().RESTClient().Post().AbsPath("/apis/apiregistration.k8s.io/v1/apiservices").
		SetHeader("Content-Type", "application/json").Body([]byte(service)).Do(ctx).Error()
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("register metrics-server: %w", err)
	}
	return nil
}
