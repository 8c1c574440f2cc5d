package kube

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func service(name string, labels map[string]string, ports ...corev1.ServicePort) corev1.Service {
	return corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "monitoring", Name: name, Labels: labels}, Spec: corev1.ServiceSpec{Ports: ports}}
}

func TestRankOfServices(t *testing.T) {
	want := []string{
		"thanos-query", "prometheus-k8s", "prometheus-operated", "prometheus", // by their names
		"prod-kube-prometheus-stack-prometheus", // a Helm release's
		"metrics-store",                         // by its label
	}
	list := []corev1.Service{
		service("metrics-store", map[string]string{"app.kubernetes.io/name": "prometheus"}),
		service("prometheus", nil),
		service("prod-kube-prometheus-stack-prometheus", nil),
		service("prometheus-operated", map[string]string{"operated-prometheus": "true"}),
		service("thanos-query", nil),
		service("prometheus-k8s", nil),
	}
	slices.SortFunc(list, func(a, b corev1.Service) int { return rank(&a) - rank(&b) })
	for i := range want {
		if list[i].Name != want[i] {
			t.Errorf("place %d: %s, want %s", i, list[i].Name, want[i])
		}
	}
	for _, name := range []string{"prometheus-operator", "alertmanager-operated", "prometheus-node-exporter", "kube-prometheus-stack-grafana", "prometheus-adapter", "web"} {
		s := service(name, nil)
		if r := rank(&s); r != -1 {
			t.Errorf("%s has rank %d", name, r)
		}
	}
}

func TestWebPort(t *testing.T) {
	secure := "https"
	for _, c := range []struct {
		name         string
		ports        []corev1.ServicePort
		port, scheme string
	}{
		{"by name", []corev1.ServicePort{{Name: "reloader-web", Port: 8080}, {Name: "http-web", Port: 9090}}, "9090", "http"},
		{"by number", []corev1.ServicePort{{Name: "grpc", Port: 10901}, {Name: "x", Port: 10902}}, "10902", "http"},
		{"the first", []corev1.ServicePort{{Name: "x", Port: 1234}}, "1234", "http"},
		{"secure by its protocol", []corev1.ServicePort{{Name: "web", Port: 9090, AppProtocol: &secure}}, "9090", "https"},
		{"none", nil, "", ""},
	} {
		s := service("prometheus", nil, c.ports...)
		if port, scheme := webPort(&s); port != c.port || scheme != c.scheme {
			t.Errorf("%s: %s %s, want %s %s", c.name, port, scheme, c.port, c.scheme)
		}
	}
}
