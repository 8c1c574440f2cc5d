package cluster

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The names of the components, for Stop and Start.
const (
	Etcd              = "etcd"
	APIServer         = "kube-apiserver"
	ControllerManager = "kube-controller-manager"
	Scheduler         = "kube-scheduler"
	Kwok              = "kwok"
	MetricsServer     = "metrics-server"
	Prometheus        = "prometheus"
)

// component is one program of the cluster: what to run and when it is ready.
type component struct {
	name  string
	args  []string
	ready func(context.Context) error
}

// layout is what the components must know of each other before any runs.
type layout struct {
	dir        string
	kubeconfig string
	ca         *authority
	options    Options

	etcd, etcdPeer, api, controllers, scheduler, kwok, metrics, prometheus, exporter int
}

func newLayout(o Options) (*layout, error) {
	l := &layout{dir: o.Dir, kubeconfig: filepath.Join(o.Dir, "kubeconfig"), options: o}
	ports, err := freePorts(9)
	if err != nil {
		return nil, err
	}
	for i, to := range []*int{&l.etcd, &l.etcdPeer, &l.api, &l.controllers, &l.scheduler, &l.kwok, &l.metrics, &l.prometheus, &l.exporter} {
		*to = ports[i]
	}
	if l.ca, err = newAuthority(l.path("pki")); err != nil {
		return nil, err
	}
	for _, name := range []string{"server", "front-proxy", "service-account"} {
		if err := l.ca.issue(name); err != nil {
			return nil, err
		}
	}
	if err := writeTokens(l.path("tokens.csv")); err != nil {
		return nil, err
	}
	if err := writeKubeconfig(l.kubeconfig, l.server(), l.ca.crt("ca")); err != nil {
		return nil, err
	}
	if err := l.writePrometheusConfig(); err != nil {
		return nil, err
	}
	if err := l.writeSchedulerConfig(); err != nil {
		return nil, err
	}
	return l, l.writeKwokFiles()
}

func (l *layout) path(name string) string { return filepath.Join(l.dir, name) }
func (l *layout) server() string          { return "https://" + local(l.api) }
func (l *layout) etcdURL() string         { return "http://" + local(l.etcd) }
func (l *layout) prometheusURL() string   { return "http://" + local(l.prometheus) }

// components lists the programs in the order in which they start.
func (l *layout) components() []component {
	return []component{
		{Etcd, l.etcdArgs(), httpReady(l.etcdURL() + "/health")},
		{APIServer, l.apiServerArgs(), httpReady(l.server() + "/readyz")},
		{ControllerManager, l.controllerManagerArgs(), httpReady("https://" + local(l.controllers) + "/healthz")},
		{Scheduler, l.schedulerArgs(), httpReady("https://" + local(l.scheduler) + "/healthz")},
		{Kwok, l.kwokArgs(), httpReady("https://" + local(l.kwok) + "/healthz")},
		{MetricsServer, l.metricsServerArgs(), httpReady("https://" + local(l.metrics) + "/livez")},
		{Prometheus, l.prometheusArgs(), httpReady(l.prometheusURL() + "/-/ready")},
	}
}

func (l *layout) etcdArgs() []string {
	peer := "http://" + local(l.etcdPeer)
	return []string{
		"--data-dir=" + l.path("etcd"),
		"--listen-client-urls=" + l.etcdURL(), "--advertise-client-urls=" + l.etcdURL(),
		"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer, "--initial-cluster=default=" + peer,
		"--unsafe-no-fsync", // nothing here must survive a power cut
		"--quota-backend-bytes=8589934592",
		"--log-level=warn",
	}
}

func (l *layout) apiServerArgs() []string {
	return []string{
		"--etcd-servers=" + l.etcdURL(),
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", l.api),
		"--endpoint-reconciler-type=none", // the other types refuse a loopback address
		"--kubelet-preferred-address-types=InternalIP",
		"--tls-cert-file=" + l.ca.crt("server"), "--tls-private-key-file=" + l.ca.pem("server"),
		"--cert-dir=" + l.path("pki"), "--client-ca-file=" + l.ca.crt("ca"),
		"--token-auth-file=" + l.path("tokens.csv"),
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + l.ca.crt("service-account"),
		"--service-account-signing-key-file=" + l.ca.pem("service-account"),
		"--service-cluster-ip-range=10.96.0.0/12",
		"--requestheader-client-ca-file=" + l.ca.crt("ca"),
		"--proxy-client-cert-file=" + l.ca.crt("front-proxy"), "--proxy-client-key-file=" + l.ca.pem("front-proxy"),
		"--requestheader-allowed-names=front-proxy",
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--allow-privileged=true",
	}
}

func (l *layout) controllerManagerArgs() []string {
	return []string{
		// The defaults of 20 to 50 requests a second would take minutes for thousands of pods.
		"--kube-api-qps=500", "--kube-api-burst=1000",
		"--kubeconfig=" + l.kubeconfig, "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", l.controllers),
		"--leader-elect=false", "--use-service-account-credentials=false",
		"--service-account-private-key-file=" + l.ca.pem("service-account"), "--root-ca-file=" + l.ca.crt("ca"),
		// Nobody renews the nodes' leases: who is lost is said by the workload.
		"--node-monitor-grace-period=24h",
		"--concurrent-job-syncs=20",
	}
}

func (l *layout) schedulerArgs() []string {
	return []string{"--config=" + l.path("scheduler.yaml"), "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", l.scheduler)}
}

// writeSchedulerConfig makes the scheduler look for the best of the first 100
// nodes that fit, instead of the best of nearly half a cluster: a fourth of the
// work for 8,000 pods on 1,000 nodes, and no difference below 100.
func (l *layout) writeSchedulerConfig() error {
	config := fmt.Sprintf(`apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
percentageOfNodesToScore: 5
leaderElection: {leaderElect: false}
clientConnection: {kubeconfig: %q, qps: 500, burst: 1000, contentType: application/vnd.kubernetes.protobuf}
`, l.kubeconfig)
	if err := os.WriteFile(l.path("scheduler.yaml"), []byte(config), 0o644); err != nil {
		return fmt.Errorf("write the scheduler's configuration: %w", err)
	}
	return nil
}

func (l *layout) kwokArgs() []string {
	args := []string{
		"--kubeconfig=" + l.kubeconfig, "--manage-all-nodes",
		"--node-ip=127.0.0.1", fmt.Sprintf("--node-port=%d", l.kwok), "--server-address=" + local(l.kwok),
		"--cidr=10.64.0.0/12", // the pods' addresses; nobody dials them
		"--tls-cert-file=" + l.ca.crt("server"), "--tls-private-key-file=" + l.ca.pem("server"),
	}
	for _, file := range append(l.kwokFiles(), "kwok/logs.yaml") {
		args = append(args, "--config="+l.path(file))
	}
	return args
}

func (l *layout) metricsServerArgs() []string {
	return []string{
		"--kubeconfig=" + l.kubeconfig, "--authentication-kubeconfig=" + l.kubeconfig, "--authorization-kubeconfig=" + l.kubeconfig,
		"--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", l.metrics), "--cert-dir=" + l.path("metrics-server"),
		"--kubelet-insecure-tls", "--kubelet-use-node-status-port", "--kubelet-preferred-address-types=InternalIP",
		"--metric-resolution=" + l.options.MetricResolution.String(),
	}
}

//go:embed kwok/*.yaml
var kwokFiles embed.FS

// kwokFiles names the configuration for the wanted detail.
func (l *layout) kwokFiles() []string {
	pods := "kwok/pods.yaml"
	if l.options.Fast {
		pods = "kwok/pods-fast.yaml"
	}
	return []string{"kwok/nodes.yaml", pods, "kwok/pods-end.yaml", "kwok/metrics.yaml", "kwok/usage.yaml", "kwok/exec.yaml"}
}

func (l *layout) writeKwokFiles() error {
	if err := os.MkdirAll(l.path("kwok"), 0o755); err != nil {
		return fmt.Errorf("make kwok's folder: %w", err)
	}
	for _, file := range l.kwokFiles() {
		text, err := fs.ReadFile(kwokFiles, file)
		if err != nil {
			return fmt.Errorf("read the embedded %s: %w", file, err)
		}
		if err := os.WriteFile(l.path(file), text, 0o644); err != nil {
			return fmt.Errorf("write kwok's configuration: %w", err)
		}
	}
	return l.writeLogs()
}

// OwnLogs are the containers whose logs are their own, in all pods that have
// one: PrintAs writes them.
var OwnLogs = []string{Quiet, "cut", "turned", "outage", "kept", "hostile", "own0", "own1", "own2", "own3"}

// Quiet is such a container, which few tests print to.
const Quiet = "quiet"

// containerLog is what all other containers print.
const containerLog = "container.log"

// ownLog is the log of a container that has its own, and previousLog that of
// the run before the present one.
func ownLog(container string) string      { return container + ".log" }
func previousLog(container string) string { return container + ".previous.log" }

// writeLogs gives all containers one log, which is a file of ours, see Print,
// and some another one.
func (l *layout) writeLogs() error {
	var config strings.Builder
	config.WriteString("apiVersion: kwok.x-k8s.io/v1alpha1\nkind: ClusterLogs\nmetadata: {name: logs}\nspec:\n  logs:\n")
	files := []string{containerLog}
	for _, c := range OwnLogs {
		fmt.Fprintf(&config, "  - {containers: [%s], logsFile: %q, previousLogsFile: %q, follow: true}\n", c, l.path(ownLog(c)), l.path(previousLog(c)))
		files = append(files, ownLog(c), previousLog(c))
	}
	fmt.Fprintf(&config, "  - {logsFile: %q, previousLogsFile: %q, follow: true}\n", l.path(containerLog), l.path(containerLog))
	for _, file := range files {
		if err := os.WriteFile(l.path(file), nil, 0o644); err != nil {
			return fmt.Errorf("write what containers print: %w", err)
		}
	}
	return os.WriteFile(l.path("kwok/logs.yaml"), []byte(config.String()), 0o644)
}

// Print adds a line to what every container of the cluster printed, in the
// form in which a container runtime keeps it.
func (c *Cluster) Print(at time.Time, text string) error { return c.print(containerLog, at, text) }

// PrintAs adds a line to what the containers of OwnLogs with that name printed.
func (c *Cluster) PrintAs(container string, at time.Time, text string) error {
	return c.print(ownLog(container), at, text)
}

// LogFile is where what they printed is, for those who write much at a time.
func (c *Cluster) LogFile(container string) string { return c.layout.path(ownLog(container)) }

// PrintBefore adds a line to what they printed in their run before.
func (c *Cluster) PrintBefore(container string, at time.Time, text string) error {
	return c.print(previousLog(container), at, text)
}

// Rotate takes away what they printed, as a kubelet that rotates logs.
func (c *Cluster) Rotate(container string) error {
	file := c.layout.path(ownLog(container))
	return errors.Join(os.Rename(file, file+".1"), os.WriteFile(file, nil, 0o644))
}

// Restart makes what they printed that of the run before, as if they had
// begun anew.
func (c *Cluster) Restart(container string) error {
	file := c.layout.path(ownLog(container))
	return errors.Join(os.Rename(file, c.layout.path(previousLog(container))), os.WriteFile(file, nil, 0o644))
}

func (c *Cluster) print(file string, at time.Time, text string) error {
	f, err := os.OpenFile(c.layout.path(file), os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open what containers print: %w", err)
	}
	_, err = fmt.Fprintf(f, "%s stdout F %s\n", at.UTC().Format("2006-01-02T15:04:05.000000000Z07:00"), text)
	return errors.Join(err, f.Close())
}
