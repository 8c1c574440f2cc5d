package workload

import (
	"context"
	"fmt"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// team is a namespace and its quota.
type team struct {
	name    string
	display string // KubeSphere's annotation; a namespace's own name is ASCII
	gpus    int64  // quota on requests.nvidia.com/gpu
}

func teams() []team {
	return []team{
		{"ocr", "文字识别组", 48},
		{"vision", "", 32},
		{"nlp", "大模型团队", 64},
		{"speech", "语音", 32},
		{"research", "", 4},
	}
}

// createTeams creates the namespaces, each with its shared data.
func (l *Load) createTeams(ctx context.Context) error {
	for _, t := range teams() {
		if err := l.createTeam(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (l *Load) createTeam(ctx context.Context, t team) error {
	namespace := &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: t.name, Labels: map[string]string{"paddock.example/team": t.name}}}
	if t.display != "" {
		namespace.Annotations = map[string]string{"kubesphere.io/alias-name": t.display}
	}
	_, err := l.client.CoreV1().Namespaces().Create(ctx, namespace, meta.CreateOptions{})
	if created("namespace", t.name, err) == nil && err != nil { // made for its user's Role before
		patch := fmt.Sprintf(`{"metadata":{"annotations":{"kubesphere.io/alias-name":%q}}}`, t.display)
		_, err = l.client.CoreV1().Namespaces().Patch(ctx, t.name, types.MergePatchType, []byte(patch), meta.PatchOptions{})
	}
	if err != nil {
		return fmt.Errorf("create namespace %s: %w", t.name, err)
	}
	return l.createData(ctx, t.name)
}

// createQuotas gives each team its quota. The plain load gets them when its
// pods are there: each pod that is created updates its team's quota, and
// thousands of them at once spend more time on that than on anything else.
func (l *Load) createQuotas(ctx context.Context) error {
	plain := int64(l.options.Jobs*l.options.Workers + l.options.Pods)
	for _, t := range teams() {
		gpus := t.gpus
		if plain > 0 {
			gpus = max(gpus, plain) // the plain load is not about quotas
		}
		_, err := l.client.CoreV1().ResourceQuotas(t.name).Create(ctx, &core.ResourceQuota{
			ObjectMeta: meta.ObjectMeta{Name: "gpu-quota"},
			Spec: core.ResourceQuotaSpec{Hard: core.ResourceList{
				"requests.nvidia.com/gpu": *resource.NewQuantity(gpus, resource.DecimalSI),
				core.ResourcePods:         resource.MustParse("20000"),
			}},
		}, meta.CreateOptions{})
		if err := created("quota of", t.name, err); err != nil {
			return err
		}
	}
	return nil
}

// dataClaim is the claim of a team's shared training data.
const dataClaim = "train-data"

// createData creates an NFS volume and binds the team's claim to it.
func (l *Load) createData(ctx context.Context, namespace string) error {
	size, class := resource.MustParse("20Ti"), ""
	volume := "data-" + namespace
	_, err := l.client.CoreV1().PersistentVolumes().Create(ctx, &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: volume},
		Spec: core.PersistentVolumeSpec{
			Capacity: core.ResourceList{core.ResourceStorage: size}, AccessModes: []core.PersistentVolumeAccessMode{core.ReadWriteMany},
			PersistentVolumeSource: core.PersistentVolumeSource{NFS: &core.NFSVolumeSource{Server: "nas-01.example", Path: "/train/" + namespace}},
			ClaimRef:               &core.ObjectReference{Namespace: namespace, Name: dataClaim},
		},
	}, meta.CreateOptions{})
	if err := created("volume", volume, err); err != nil {
		return err
	}
	_, err = l.client.CoreV1().PersistentVolumeClaims(namespace).Create(ctx, &core.PersistentVolumeClaim{
		ObjectMeta: meta.ObjectMeta{Name: dataClaim},
		Spec: core.PersistentVolumeClaimSpec{
			AccessModes: []core.PersistentVolumeAccessMode{core.ReadWriteMany}, VolumeName: volume, StorageClassName: &class,
			Resources: core.VolumeResourceRequirements{Requests: core.ResourceList{core.ResourceStorage: size}},
		},
	}, meta.CreateOptions{})
	return created("claim of", namespace, err)
}
