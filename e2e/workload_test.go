package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// status asks for one field of an object.
func status(t *testing.T, path string, args ...string) string {
	t.Helper()
	return kubectl(t, append([]string{"get", "-o", "jsonpath=" + path}, args...)...)
}

// TestScenarios checks that the jobs get where their names say.
func TestScenarios(t *testing.T) {
	for _, test := range []struct {
		what string
		args []string
		path string
		want string
	}{
		{"the healthy job runs", []string{"job", "-n", "ocr", "ocr-rec-v4"}, "{.status.ready}", "4"},
		{"the story's job runs one worker of four", []string{"job", "-n", "ocr", "paddleocr-train"}, "{.spec.parallelism} {.status.active}", "4 1"},
		{"the finished job is complete", []string{"job", "-n", "vision", "resnet-done"}, `{.status.conditions[?(@.type=="Complete")].status}`, "True"},
		{"the job out of memory has failed", []string{"job", "-n", "vision", "gan-oom"}, `{.status.conditions[?(@.type=="Failed")].reason}`, "BackoffLimitExceeded"},
		{"the suspended job is suspended", []string{"job", "-n", "ocr", "ocr-ablation-07"}, `{.status.conditions[?(@.type=="Suspended")].status}`, "True"},
		{"the bad tag backs off", []string{"pod", "-n", "vision", "-l", "app=seg-bad-tag,batch.kubernetes.io/job-completion-index=0"}, "{.items[0].status.containerStatuses[0].state.waiting.reason}", "ImagePullBackOff"},
		{"the crashing one backs off", []string{"pod", "-n", "vision", "-l", "app=cls-crashloop"}, "{.items[0].status.containerStatuses[0].state.waiting.reason}", "CrashLoopBackOff"},
		{"the greedy job waits", []string{"pod", "-n", "nlp", "-l", "app=llm-pretrain-70b"}, `{.items[*].status.conditions[?(@.type=="PodScheduled")].reason}`, strings.TrimSpace(strings.Repeat("Unschedulable ", 4))},
		{"pods of a kind without controller stay", []string{"pod", "-n", "nlp", "-l", "training.kubeflow.org/job-name=llama-ft"}, "{.items[*].status.phase}", strings.TrimSpace(strings.Repeat("Running ", 4))},
		{"a JobSet's Jobs run", []string{"job", "-n", "speech", "-l", "jobset.sigs.k8s.io/jobset-name=conformer"}, "{.items[*].status.ready}", "1 1"},
	} {
		t.Run(test.what, func(t *testing.T) {
			eventually(t, test.what, func() error {
				if got := status(t, test.path, test.args...); got != test.want {
					return fmt.Errorf("%q, want %q", got, test.want)
				}
				return nil
			})
		})
	}
}

func TestStuckWorkerNeverEnds(t *testing.T) {
	deleted := status(t, "{.items[*].metadata.deletionTimestamp}", "pod", "-n", "speech", "-l", "app=asr-lost-node")
	if len(strings.Fields(deleted)) == 0 {
		t.Error("no worker on the lost node is terminating")
	}
}

func TestEventsSayWhy(t *testing.T) {
	for _, test := range []struct{ namespace, selector, want string }{
		{"research", "involvedObject.kind=Job,involvedObject.name=rl-over-quota,reason=FailedCreate", "exceeded quota: gpu-quota"},
		{"ocr", "involvedObject.kind=Pod,reason=Pulling", `Pulling image "harbor.example.com/ocr/paddleocr:2.6.0-gpu-cuda11.8-cudnn8"`},
		{"vision", "involvedObject.kind=Pod,reason=Failed", "manifest unknown"},
		{"nlp", "involvedObject.kind=Pod,reason=FailedScheduling", "Insufficient nvidia.com/gpu"},
	} {
		t.Run(test.selector, func(t *testing.T) {
			eventually(t, test.want, func() error {
				out := status(t, "{.items[*].message}", "events", "-n", test.namespace, "--field-selector", test.selector)
				if !strings.Contains(out, test.want) {
					return fmt.Errorf("events say %q", out)
				}
				return nil
			})
		})
	}
}

// TestSeriesOfPods looks a pod's GPUs up in each way in which exporters and
// Prometheus name them.
func TestSeriesOfPods(t *testing.T) {
	for _, test := range []struct {
		what, query string
		want        int
		labels      map[string]string // of each
	}{
		{"honor_labels off", `DCGM_FI_DEV_GPU_UTIL{exported_namespace="nlp",exported_pod="debug-shell"}`, 2,
			map[string]string{"namespace": "gpu-operator", "container": "nvidia-dcgm-exporter", "exported_container": "trainer"}},
		{"honor_labels on", `DCGM_FI_DEV_GPU_UTIL{Hostname="gpu-003",pod!~"nvidia-dcgm-exporter-.*"}`, 8,
			map[string]string{"container": "trainer", "exported_pod": ""}},
		{"renamed", `DCGM_FI_DEV_GPU_UTIL_RATIO{exported_namespace="ocr",exported_pod=~"ocr-det-large-.*"}`, 8,
			map[string]string{"hostname": "gpu-004", "DCGM_FI_SYSTEM_DRIVER_VERSION": "550.90.07"}},
		{"MIG", `DCGM_FI_PROF_GR_ENGINE_ACTIVE{Hostname="gpu-008",exported_pod="mig-eval-big"}`, 1, map[string]string{"GPU_I_PROFILE": "3g.40gb"}},
		{"no utilisation of slices", `DCGM_FI_DEV_GPU_UTIL{Hostname="gpu-008"}`, 0, nil},
		{"shared", `DCGM_FI_DEV_GPU_UTIL{hostname="gpu-009",exported_pod=~"notebook-shared-.*",vgpu!=""}`, 4, nil},
		{"no pod labels", `DCGM_FI_DEV_GPU_UTIL{Hostname="gpu-012"}`, 8, map[string]string{"exported_pod": ""}},
		{"a GPU without series", `max by (UUID) (DCGM_FI_DEV_GPU_UTIL{Hostname="gpu-011"})`, 7, nil},
		{"exporter down", `up{instance!=""} == 0`, 1, nil},
	} {
		t.Run(test.what, func(t *testing.T) {
			for _, s := range expectSeries(t, test.query, test.want) {
				for name, want := range test.labels {
					if s.Labels[name] != want {
						t.Errorf("%s = %q, want %q: %v", name, s.Labels[name], want, s.Labels)
					}
				}
			}
		})
	}
}

// TestDevicesStayWithTheirPod deletes one worker: the others keep their GPUs.
func TestDevicesStayWithTheirPod(t *testing.T) {
	const query = `DCGM_FI_DEV_GPU_UTIL{exported_namespace="nlp",exported_pod=~"bert-idle-.*"} or DCGM_FI_DEV_GPU_UTIL{namespace="nlp",pod=~"bert-idle-.*"}`
	pod := func(s sample) string {
		if p := s.Labels["exported_pod"]; p != "" {
			return p
		}
		return s.Labels["pod"]
	}
	before := expectSeries(t, query, 2)
	victim, other := before[0], before[1]
	kubectl(t, "delete", "pod", "-n", "nlp", pod(victim), "--wait=false")
	eventually(t, "the next attempt's GPU", func() error {
		after, err := promQL(t.Context(), query)
		if err != nil {
			return err
		}
		fresh := 0
		for _, s := range after {
			switch pod(s) {
			case pod(victim): // its series ends with the next scrapes
			case pod(other):
				if s.Labels["UUID"] != other.Labels["UUID"] {
					t.Fatalf("%s moved from %s to %s", pod(s), other.Labels["UUID"], s.Labels["UUID"])
				}
			default:
				fresh++
			}
		}
		if fresh != 1 {
			return fmt.Errorf("%d new workers have series", fresh)
		}
		return nil
	})
}
