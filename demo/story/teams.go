package story

import (
	"encoding/base64"
	"fmt"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/demo/controllers/typed"
	"paddock/demo/store"
	"paddock/demo/training"
)

// PullSecret is the secret with which the teams pull from the private registry.
const PullSecret = "harbor"

// dataClaim is the claim of a team's training data.
const dataClaim = "train-data"

// team is a namespace and its quota on GPUs.
type team struct {
	name    string
	display string // KubeSphere's annotation: a namespace's own name is ASCII
	gpus    int64
}

func teams() []team {
	return []team{{"ocr", "文字识别组", 56}, {"vision", "", 64}, {"nlp", "", 112}, {"speech", "", 12}, {"research", "", 16}}
}

// manifests are what a team has before it trains.
func (t team) manifests() []manifest {
	size := resource.MustParse("20Ti")
	in := func(name string) meta.ObjectMeta { return meta.ObjectMeta{Namespace: t.name, Name: name} }
	namespace := &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: t.name}}
	if t.display != "" {
		namespace.Annotations = map[string]string{"kubesphere.io/alias-name": t.display}
	}
	login := fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, training.Registry, base64.StdEncoding.EncodeToString([]byte("robot$"+t.name+":not-a-password")))
	claim := core.PersistentVolumeClaimSpec{
		AccessModes: []core.PersistentVolumeAccessMode{core.ReadWriteMany}, VolumeName: "train-data-" + t.name, StorageClassName: new(string),
		Resources: core.VolumeResourceRequirements{Requests: core.ResourceList{core.ResourceStorage: size}},
	}
	accounts := func(name string) store.Key {
		return store.Key{Resource: schema.GroupResource{Resource: "serviceaccounts"}, Namespace: t.name, Name: name}
	}
	return []manifest{
		{typed.Namespace(t.name), namespace},
		{typed.Quota(t.name, "gpu-quota"), &core.ResourceQuota{ObjectMeta: in("gpu-quota"), Spec: core.ResourceQuotaSpec{Hard: core.ResourceList{
			"requests.nvidia.com/gpu": *resource.NewQuantity(t.gpus, resource.DecimalSI), core.ResourcePods: resource.MustParse("200"),
		}}}},
		{accounts("default"), &core.ServiceAccount{ObjectMeta: in("default")}},
		{accounts("trainer"), &core.ServiceAccount{ObjectMeta: in("trainer")}},
		{typed.Secret(t.name, PullSecret), &core.Secret{ObjectMeta: in(PullSecret), Type: core.SecretTypeDockerConfigJson, Data: map[string][]byte{core.DockerConfigJsonKey: []byte(login)}}},
		{typed.Claim(t.name, dataClaim), &core.PersistentVolumeClaim{ObjectMeta: in(dataClaim), Spec: claim, Status: core.PersistentVolumeClaimStatus{
			Phase: core.ClaimBound, AccessModes: claim.AccessModes, Capacity: core.ResourceList{core.ResourceStorage: size},
		}}},
	}
}
