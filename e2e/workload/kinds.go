package workload

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// kind is a custom resource of a training operator. The operators themselves do
// not run: their pods are made here, with the labels and owners that they give.
// The owners must exist, or the garbage collector takes the pods away.
type kind struct {
	group, version, kind, plural string
}

func (k kind) resource() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: k.group, Version: k.version, Resource: k.plural}
}

func (k kind) apiVersion() string { return k.group + "/" + k.version }

func pyTorchJob() kind { return kind{"kubeflow.org", "v1", "PyTorchJob", "pytorchjobs"} }
func paddleJob() kind  { return kind{"kubeflow.org", "v1", "PaddleJob", "paddlejobs"} }
func jobSet() kind     { return kind{"jobset.x-k8s.io", "v1alpha2", "JobSet", "jobsets"} }

func (l *Load) createOtherKinds(ctx context.Context, custom dynamic.Interface) error {
	for _, k := range []kind{pyTorchJob(), paddleJob(), jobSet()} {
		if err := install(ctx, custom, k); err != nil {
			return err
		}
	}
	torch := job{namespace: "nlp", name: "llama-ft", workers: 3, gpus: 1, image: torchCUDA121, product: a100s}
	if err := l.createKubeflow(ctx, custom, pyTorchJob(), "pytorchReplicaSpecs", torch); err != nil {
		return err
	}
	paddle := job{namespace: "ocr", name: "table-rec", workers: 2, gpus: 1, image: paddleCUDA118, product: h100s}
	if err := l.createKubeflow(ctx, custom, paddleJob(), "paddleReplicaSpecs", paddle); err != nil {
		return err
	}
	return l.createJobSet(ctx, custom, job{namespace: "speech", name: "conformer", workers: 1, gpus: 1, image: torchCUDA121, product: a100s})
}

// install makes the API server serve a kind, without a schema.
func install(ctx context.Context, custom dynamic.Interface, k kind) error {
	name := k.plural + "." + k.group
	definitions := schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	_, err := custom.Resource(definitions).Create(ctx, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{
			"name": name,
			// groups under k8s.io are protected without this
			"annotations": map[string]any{"api-approved.kubernetes.io": "unapproved, a stand-in for tests"},
		},
		"spec": map[string]any{
			"group": k.group, "scope": "Namespaced",
			"names": map[string]any{"kind": k.kind, "plural": k.plural, "singular": strings.ToLower(k.kind), "listKind": k.kind + "List"},
			"versions": []any{map[string]any{
				"name": k.version, "served": true, "storage": true,
				"schema":       map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
				"subresources": map[string]any{"status": map[string]any{}},
			}},
		},
	}}, meta.CreateOptions{})
	return created("definition of", name, err)
}

// createOwner creates a custom object with its status and returns the
// reference to it. A new definition takes a moment until it is served.
func createOwner(ctx context.Context, custom dynamic.Interface, k kind, j job, spec, status map[string]any) (*meta.OwnerReference, error) {
	client := custom.Resource(k.resource()).Namespace(j.namespace)
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": k.apiVersion(), "kind": k.kind,
		"metadata": map[string]any{"name": j.name, "namespace": j.namespace}, "spec": spec,
	}}
	made, err := client.Create(ctx, object, meta.CreateOptions{})
	for apierrors.IsNotFound(err) {
		if waitErr := pause(ctx, 200*time.Millisecond); waitErr != nil {
			break
		}
		made, err = client.Create(ctx, object, meta.CreateOptions{})
	}
	if err != nil {
		return nil, fmt.Errorf("create %s %s: %w", k.kind, j.name, err)
	}
	made.Object["status"] = status
	if _, err := client.UpdateStatus(ctx, made, meta.UpdateOptions{}); err != nil {
		return nil, fmt.Errorf("write the status of %s %s: %w", k.kind, j.name, err)
	}
	yes := true
	return &meta.OwnerReference{
		APIVersion: k.apiVersion(), Kind: k.kind, Name: j.name, UID: made.GetUID(), Controller: &yes, BlockOwnerDeletion: &yes,
	}, nil
}

// createKubeflow makes a job of the training operator and its pods: a master
// and workers, named and labelled as the operator does.
func (l *Load) createKubeflow(ctx context.Context, custom dynamic.Interface, k kind, specs string, j job) error {
	replica := func(n int) map[string]any {
		return map[string]any{"replicas": int64(n), "restartPolicy": "OnFailure", "template": map[string]any{"spec": map[string]any{
			"containers": []any{map[string]any{"name": "trainer", "image": j.image, "resources": map[string]any{"limits": map[string]any{"nvidia.com/gpu": strconv.Itoa(j.gpus)}}}},
		}}}
	}
	now := time.Now().UTC().Format(time.RFC3339)
	owner, err := createOwner(ctx, custom, k, j,
		map[string]any{specs: map[string]any{"Master": replica(1), "Worker": replica(j.workers)}},
		map[string]any{"startTime": now, "conditions": []any{
			map[string]any{"type": "Created", "status": "True", "reason": k.kind + "Created", "lastTransitionTime": now},
			map[string]any{"type": "Running", "status": "True", "reason": k.kind + "Running", "lastTransitionTime": now},
		}})
	if err != nil {
		return err
	}
	for i := range j.workers + 1 {
		role, index := "master", 0
		if i > 0 {
			role, index = "worker", i-1
		}
		if err := l.createPod(ctx, kubeflowPod(k, j, owner, role, index)); err != nil {
			return err
		}
	}
	return nil
}

func kubeflowPod(k kind, j job, owner *meta.OwnerReference, role string, index int) *core.Pod {
	j.restart = core.RestartPolicyOnFailure
	pod := j.pod(fmt.Sprintf("%s-%s-%d", j.name, role, index))
	pod.OwnerReferences = []meta.OwnerReference{*owner}
	pod.Labels["training.kubeflow.org/job-name"] = j.name
	pod.Labels["training.kubeflow.org/operator-name"] = strings.ToLower(k.kind) + "-controller"
	pod.Labels["training.kubeflow.org/replica-type"] = role
	pod.Labels["training.kubeflow.org/replica-index"] = strconv.Itoa(index)
	if role == "master" {
		pod.Labels["training.kubeflow.org/job-role"] = "master"
	}
	return pod
}

// createJobSet makes a JobSet, whose pods belong to Jobs that belong to it.
func (l *Load) createJobSet(ctx context.Context, custom dynamic.Interface, j job) error {
	const replicas = 2
	owner, err := createOwner(ctx, custom, jobSet(), j,
		map[string]any{"replicatedJobs": []any{map[string]any{"name": "workers", "replicas": int64(replicas)}}},
		map[string]any{"restarts": int64(0), "replicatedJobsStatus": []any{map[string]any{"name": "workers", "ready": int64(replicas), "active": int64(replicas)}}})
	if err != nil {
		return err
	}
	for i := range replicas {
		child := j
		child.name = fmt.Sprintf("%s-workers-%d", j.name, i)
		child.owner = owner
		child.labels = map[string]string{
			"jobset.sigs.k8s.io/jobset-name": j.name, "jobset.sigs.k8s.io/replicatedjob-name": "workers",
			"jobset.sigs.k8s.io/job-index": strconv.Itoa(i), "jobset.sigs.k8s.io/job-global-index": strconv.Itoa(i),
		}
		if err := l.createJob(ctx, child); err != nil {
			return err
		}
	}
	return nil
}
