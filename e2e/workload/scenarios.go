package workload

import (
	"context"
	"fmt"
	"time"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"

	"paddock/e2e/sim"
)

const (
	a100s = "NVIDIA-A100-SXM4-80GB"
	h100s = "NVIDIA-H100-80GB-HBM3"
)

// insufficient is what Paddle says on a node whose driver is too old.
const insufficient = "OSError: (External) CUDA error(35), CUDA driver version is insufficient for CUDA runtime version."

// lostJob runs on the node that is lost once it runs.
func lostJob() job {
	return job{namespace: "speech", name: "asr-lost-node", workers: 2, gpus: 1, image: torchCUDA121, node: lostNode,
		sim: map[string]string{sim.NeverGone: "true"}}
}

// greedyJob waits: four whole nodes are not free, once the others run.
func greedyJob() job {
	return job{namespace: "nlp", name: "llm-pretrain-70b", workers: 4, gpus: 8, image: ngcTorch, product: a100s}
}

// scenarios are Jobs in every state, by team. Each comment says what a
// dashboard should make of it.
func scenarios() []job {
	limit := func(n int32) *int32 { return &n }
	annotate := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	return []job{
		// running well
		{namespace: "ocr", name: "ocr-rec-v4", workers: 4, gpus: 1, image: paddleCUDA118, product: a100s, churn: true},
		{namespace: "ocr", name: "ocr-det-large", workers: 1, gpus: 8, image: paddleCUDA118, node: renamedNode},
		{namespace: "speech", name: "tts-finetune", workers: 1, gpus: 1, image: torchCUDA121, product: h100s},
		// one worker at a time, though four are wanted
		{namespace: "ocr", name: "paddleocr-train", workers: 4, gpus: 1, image: "paddlepaddle/paddle:2.6.0-gpu-cuda11.8-cudnn8", story: true, product: a100s},
		// driver too old: worker 2 dies again and again, the others wait for it
		{namespace: "ocr", name: "ocr-cls-old-driver", workers: 3, gpus: 1, image: paddleCUDA118, node: oldDriverNode, backoff: limit(20),
			sim: annotate(sim.RunFor, "6s", sim.ExitCode, "1", sim.ExitIndex, "2", sim.ExitMessage, insufficient, sim.Profile, "empty")},
		// suspended by its owner
		{namespace: "ocr", name: "ocr-ablation-07", workers: 2, gpus: 1, image: paddleCUDA118, suspended: true},
		// hung: worker 1 left the collective, the others spin
		{namespace: "nlp", name: "llm-sft-7b", workers: 4, gpus: 1, image: ngcTorch, product: a100s, sim: annotate(sim.Profile, "hung,1=idle")},
		// waiting for a GPU that no node has
		{namespace: "nlp", name: "llm-b200-trial", workers: 1, gpus: 8, image: ngcTorch, product: "NVIDIA-B200"},
		// holds GPUs, does nothing
		{namespace: "nlp", name: "bert-idle", workers: 2, gpus: 1, image: torchCUDA121, product: a100s, sim: annotate(sim.Profile, "idle")},
		// data starved
		{namespace: "nlp", name: "gpt-small-starved", workers: 2, gpus: 1, image: torchCUDA121, product: h100s, sim: annotate(sim.Profile, "starved")},
		// a GPU memory page fault a minute after the start
		{namespace: "nlp", name: "moe-xid31", workers: 2, gpus: 1, image: torchCUDA121, product: a100s, sim: annotate(sim.XID, "31")},
		// one slow worker
		{namespace: "speech", name: "asr-straggler", workers: 4, gpus: 1, image: torchCUDA121, product: a100s, sim: annotate(sim.Profile, "busy,2=straggler")},
		// no GPU metrics: the exporter of its node is down
		{namespace: "speech", name: "asr-no-metrics", workers: 2, gpus: 2, image: torchCUDA121, node: exporterDownNode},
		// metrics without pod labels; its one pod holds the whole node
		{namespace: "speech", name: "asr-no-labels", workers: 1, gpus: 8, image: paddleCUDA100, node: noPodLabelsNode},
		lostJob(),
		// a slow image pull
		{namespace: "vision", name: "det-pulling", workers: 2, gpus: 1, image: "harbor.example.com/vision/det:2026-11-cuda12.1", product: h100s, sim: annotate(sim.PullFor, "30m")},
		// an image that is not there, and one that we may not have
		{namespace: "vision", name: "seg-bad-tag", workers: 2, gpus: 1, image: "harbor.example.com/vision/seg:lastest", node: exporterDownNode, sim: annotate(sim.PullFails, "manifest unknown: manifest unknown")},
		{namespace: "vision", name: "seg-no-secret", workers: 1, gpus: 1, image: "harbor.example.com/private/seg:v3", node: exporterDownNode, sim: annotate(sim.PullFails, "unauthorized: unauthorized to access repository")},
		// crashes, and its kubelet starts it again
		{namespace: "vision", name: "cls-crashloop", workers: 1, gpus: 1, image: paddleCUDA118, node: oldDriverNode, restart: core.RestartPolicyOnFailure, backoff: limit(1000),
			sim: annotate(sim.RunFor, "15s", sim.ExitCode, "1", sim.ExitMessage, insufficient, sim.Profile, "empty")},
		// out of memory: failed for good
		{namespace: "vision", name: "gan-oom", workers: 2, gpus: 1, image: torchCUDA121, product: h100s, backoff: limit(0),
			sim: annotate(sim.RunFor, "8s", sim.ExitCode, "137", sim.ExitReason, "OOMKilled", sim.ExitIndex, "1")},
		// finished
		{namespace: "vision", name: "resnet-done", workers: 2, gpus: 1, image: torchCUDA121, product: h100s, sim: annotate(sim.RunFor, "10s")},
		// its workers are killed and come back
		{namespace: "vision", name: "yolo-preempted", workers: 2, gpus: 1, image: torchCUDA121, product: h100s, churn: true, sim: annotate(sim.Killed, "true")},
		// on T4s, whose exporter writes blanks
		{namespace: "vision", name: "distill-t4", workers: 2, gpus: 1, image: paddleCUDA112, product: "Tesla-T4"},
		// more than the team's quota: only Events say why a worker is missing
		{namespace: "research", name: "rl-over-quota", workers: 8, gpus: 1, image: paddleCUDA100, node: oldDriverNode},
		// no GPUs: none of a GPU dashboard's business
		{namespace: "vision", name: "preprocess-cpu", workers: 2, gpus: 0, image: "python:3.12"},
	}
}

// lonely are pods without any Job.
func lonely() []*core.Pod {
	notebook := job{namespace: "ocr", name: "notebook", gpus: 1, image: torchCUDA121, command: []string{"jupyter", "lab"}, product: a100s, sim: map[string]string{sim.Profile: "light"}}
	forgotten := job{namespace: "nlp", name: "forgotten", gpus: 2, image: torchCUDA121, command: []string{"sleep", "infinity"}, product: h100s, sim: map[string]string{sim.Profile: "empty"}}
	shared := job{namespace: "vision", name: "shared", gpus: 1, image: torchCUDA121, command: []string{"jupyter", "lab"}, node: sharedNode, sim: map[string]string{sim.Profile: "light"}}
	small := job{namespace: "nlp", name: "mig", gpus: 1, image: torchCUDA121, resource: "nvidia.com/mig-1g.10gb", node: migNode}
	big := small
	big.resource = "nvidia.com/mig-3g.40gb"
	board := job{namespace: "ocr", name: "tensorboard", gpus: 0, image: "tensorflow/tensorflow:2.16.1", command: []string{"tensorboard"}}
	return []*core.Pod{
		notebook.pod("notebook-lihua"), forgotten.pod("debug-shell"), board.pod("tensorboard"),
		shared.pod("notebook-shared-1"), shared.pod("notebook-shared-2"), shared.pod("notebook-shared-3"), shared.pod("notebook-shared-9"),
		small.pod("mig-eval-1"), small.pod("mig-eval-2"), big.pod("mig-eval-big"),
	}
}

func (l *Load) createScenarios(ctx context.Context, custom dynamic.Interface, progress func(string)) error {
	jobs := scenarios()
	err := each(ctx, len(jobs), func(ctx context.Context, i int) error { return l.createJob(ctx, jobs[i]) })
	if err != nil {
		return err
	}
	pods := lonely()
	if err := each(ctx, len(pods), func(ctx context.Context, i int) error { return l.createPod(ctx, pods[i]) }); err != nil {
		return err
	}
	if err := l.createOtherKinds(ctx, custom); err != nil {
		return err
	}
	if l.options.Nodes >= 7 { // else there is none to lose
		progress("losing node " + lostNode)
		if err := l.loseWithWorkers(ctx, lostJob()); err != nil {
			return err
		}
	}
	return l.createJob(ctx, greedyJob())
}

func (l *Load) createJob(ctx context.Context, j job) error {
	if j.workers > 1 && !j.story {
		_, err := l.client.CoreV1().Services(j.namespace).Create(ctx, j.service(), meta.CreateOptions{})
		if err := created("Service", j.name, err); err != nil {
			return err
		}
	}
	_, err := l.client.BatchV1().Jobs(j.namespace).Create(ctx, j.object(), meta.CreateOptions{})
	return created("Job", j.name, err)
}

// loseWithWorkers waits until a job's workers run, loses their node, and
// deletes the first worker, which then never ends.
func (l *Load) loseWithWorkers(ctx context.Context, j job) error {
	for {
		pods, err := l.client.CoreV1().Pods(j.namespace).List(ctx, meta.ListOptions{
			LabelSelector: "batch.kubernetes.io/job-name=" + j.name, FieldSelector: "status.phase=Running",
		})
		if err != nil {
			return fmt.Errorf("wait for %s: %w", j.name, err)
		}
		if len(pods.Items) == j.workers {
			if err := l.loseNode(ctx, j.node); err != nil {
				return err
			}
			name := pods.Items[0].Name
			err := l.client.CoreV1().Pods(j.namespace).Delete(ctx, name, meta.DeleteOptions{})
			if err != nil && !apierrors.IsNotFound(err) {
				return fmt.Errorf("delete pod %s: %w", name, err)
			}
			return nil
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return fmt.Errorf("wait for %s: %d of %d workers run: %w", j.name, len(pods.Items), j.workers, err)
		}
	}
}
