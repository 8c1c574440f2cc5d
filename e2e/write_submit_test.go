package e2e

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"paddock/act"
	"paddock/e2e/cluster"
	"paddock/fleet"
	"paddock/kube"
	"paddock/submit"
)

// clientOf connects as a user, for single questions.
func clientOf(t *testing.T, user string) *kube.Client {
	t.Helper()
	t.Setenv("KUBECONFIG", shared.Kubeconfig)
	client, err := new(kube.Flags).Connect(kube.Target{Context: user})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// clientAs connects as a user without a token, whom the administrator stands for.
func clientAs(t *testing.T, user string) *kube.Client {
	t.Helper()
	config, err := clientcmd.LoadFromFile(shared.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	as := config.AuthInfos[cluster.Admin].DeepCopy()
	as.Impersonate = user
	config.AuthInfos[user] = as
	config.Contexts[user] = &api.Context{Cluster: config.Contexts[cluster.Admin].Cluster, AuthInfo: user}
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", file)
	client, err := new(kube.Flags).Connect(kube.Target{Context: user})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func object(apiVersion, kind, namespace, name string, fields map[string]any) map[string]any {
	meta := map[string]any{"name": name}
	if namespace != "" {
		meta["namespace"] = namespace
	}
	o := map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": meta}
	maps.Copy(o, fields)
	return o
}

// TestResolve asks for what is there, and for what is not, as the administrator
// and as a user who may read next to nothing.
func TestResolve(t *testing.T) {
	for _, ns := range []string{namespace(t), cluster.TeamNamespace} {
		secret := make([]byte, 150<<10) // random, so that nothing compresses it; kubectl apply writes it twice
		if _, err := rand.Read(secret); err != nil {
			t.Fatal(err)
		}
		volume, class := "resolve-"+ns, "resolve-"+ns
		quantity := func(modes ...any) map[string]any {
			return map[string]any{"spec": map[string]any{"storageClassName": "", "accessModes": modes, "resources": map[string]any{"requests": map[string]any{"storage": "1Gi"}}}}
		}
		bound := quantity("ReadWriteMany")
		bound["spec"].(map[string]any)["volumeName"] = volume
		made := []map[string]any{
			object("v1", "Secret", ns, "resolve-harbor", map[string]any{"data": map[string]any{"x": base64.StdEncoding.EncodeToString(secret)}}),
			object("v1", "ConfigMap", ns, "resolve-hyper", map[string]any{"data": map[string]any{"lr": "3"}}),
			object("v1", "ServiceAccount", ns, "resolve-trainer", map[string]any{"imagePullSecrets": []any{map[string]any{"name": "resolve-harbor"}}}),
			object("v1", "PersistentVolumeClaim", ns, "resolve-waits", quantity("ReadWriteOnce")),
			object("v1", "PersistentVolumeClaim", ns, "resolve-bound", bound),
			object("v1", "PersistentVolume", "", volume, map[string]any{"spec": map[string]any{
				"storageClassName": "", "capacity": map[string]any{"storage": "1Gi"}, "accessModes": []any{"ReadWriteMany", "ReadOnlyMany"}, "hostPath": map[string]any{"path": "/tmp"}}}),
			object("scheduling.k8s.io/v1", "PriorityClass", "", class, map[string]any{"value": 1}),
			object("v1", "ResourceQuota", ns, "resolve-few", map[string]any{"spec": map[string]any{"hard": map[string]any{"count/cronjobs.batch": "3"}}}),
			object("v1", "ResourceQuota", ns, "resolve-some", map[string]any{"spec": map[string]any{"hard": map[string]any{"pods": "1000"}, "scopes": []any{"BestEffort"}}}),
		}
		withCleanup(t, ns, made...)
		expectField(t, ns, "pvc", "resolve-bound", "{.status.phase}", "Bound")
		expectField(t, ns, "resourcequota", "resolve-few", `{.status.hard.count/cronjobs\.batch}`, "3")

		need := func(kind, apiVersion, name string) submit.Need {
			return submit.Need{Ref: fleet.Ref{Kind: kind, Namespace: ns, Name: name}, APIVersion: apiVersion}
		}
		wide := func(kind, apiVersion, name string) submit.Need {
			n := need(kind, apiVersion, name)
			n.Ref.Namespace = ""
			return n
		}
		present, absent, forbidden := submit.Answer{Presence: submit.Present}, submit.Answer{Presence: submit.Absent}, submit.Answer{Presence: submit.NotAllowed}
		claim := func(phase string, modes ...string) submit.Answer {
			return submit.Answer{Presence: submit.Present, Claim: submit.Claim{Phase: phase, Modes: modes}}
		}
		questions := []struct {
			need        submit.Need
			admin, team submit.Answer
		}{
			{need("Secret", "v1", "resolve-harbor"), present, forbidden},
			{need("Secret", "v1", "resolve-absent"), absent, forbidden},
			{need("ConfigMap", "v1", "resolve-hyper"), present, forbidden},
			{need("ServiceAccount", "v1", "resolve-trainer"), present, forbidden},
			{need("ServiceAccount", "v1", "resolve-absent"), absent, forbidden},
			{need("PersistentVolumeClaim", "v1", "resolve-bound"), claim("Bound", "ReadWriteMany", "ReadOnlyMany"), forbidden},
			{need("PersistentVolumeClaim", "v1", "resolve-waits"), claim("Pending", "ReadWriteOnce"), forbidden},
			{need("PersistentVolumeClaim", "v1", "resolve-absent"), absent, forbidden},
			{wide("PriorityClass", "scheduling.k8s.io/v1", class), present, forbidden},
			{wide("PriorityClass", "scheduling.k8s.io/v1", "resolve-absent"), absent, forbidden},
			{wide("Namespace", "v1", ns), present, forbidden},
			{wide("Namespace", "v1", "resolve-absent"), absent, forbidden},
			{wide(submit.NodeSelector, "v1", "kubernetes.io/hostname=gpu-003"), submit.Answer{Presence: submit.Present, Nodes: []string{"gpu-003"}}, forbidden},
			{wide(submit.NodeSelector, "v1", "kubernetes.io/hostname=resolve-absent"), absent, forbidden},
			{need("Job", "batch/v1", "resolve-absent"), absent, absent},
			{need("Service", "v1", "resolve-absent"), absent, absent},
			{need("LocalQueue", "kueue.x-k8s.io/v1beta1", "gold"), absent, absent}, // Kueue is not installed
		}
		var needs []submit.Need
		for _, q := range questions {
			needs = append(needs, q.need)
		}
		quotas := need(submit.Quotas, "v1", "")
		admin, team := clientOf(t, cluster.Admin), clientOf(t, cluster.TeamA)
		_, before := admin.Cost()
		facts := admin.Resolve(t.Context(), append(needs, quotas))
		if _, after := admin.Cost(); after-before > int64(len(secret))/2 {
			t.Errorf("%d bytes came over the wire: the secret of %d may be among them", after-before, len(secret))
		}
		if got := facts[quotas.Ref].Quotas; !slices.Contains(got, submit.Quota{Name: "resolve-few", Resource: "count/cronjobs.batch", Hard: "3", Used: "0"}) ||
			slices.ContainsFunc(got, func(q submit.Quota) bool { return q.Name == "resolve-some" }) {
			t.Errorf("quotas of %s: %+v", ns, got)
		}
		seen := team.Resolve(t.Context(), append(needs, quotas))
		for _, q := range questions {
			if got := facts[q.need.Ref]; fmt.Sprint(got) != fmt.Sprint(q.admin) {
				t.Errorf("%s %s for the administrator: %+v, want %+v", q.need.Ref.Kind, q.need.Ref, got, q.admin)
			}
			want := q.team
			if ns != cluster.TeamNamespace && q.need.Ref.Namespace != "" && q.need.Ref.Kind != "LocalQueue" {
				want = forbidden
			}
			if got := seen[q.need.Ref]; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s %s for a team's user: %+v, want %+v", q.need.Ref.Kind, q.need.Ref, got, want)
			}
		}
		choices := admin.Choices(t.Context(), ns, "resolve-trainer")
		for _, c := range []struct {
			list []string
			want string
		}{
			{choices.Claims, "resolve-bound"}, {choices.ServiceAccounts, "resolve-trainer"},
			{choices.PriorityClasses, class}, {choices.PullSecrets, "resolve-harbor"},
		} {
			if !slices.Contains(c.list, c.want) || !slices.IsSorted(c.list) {
				t.Errorf("%s is not offered: %q", c.want, c.list)
			}
		}
		if got := team.Choices(t.Context(), ns, ""); fmt.Sprint(got) != fmt.Sprint(submit.Choices{}) {
			t.Errorf("a team's user is offered %+v", got)
		}
	}
}

// withCleanup applies objects and takes them away after the test.
func withCleanup(t *testing.T, ns string, objects ...map[string]any) {
	t.Helper()
	apply(t, objects...)
	t.Cleanup(func() {
		for _, o := range slices.Backward(objects) {
			args := []string{"delete", strings.ToLower(o["kind"].(string)), o["metadata"].(map[string]any)["name"].(string), "--wait=false", "--ignore-not-found"}
			if o["metadata"].(map[string]any)["namespace"] != nil {
				args = append(args, "-n", ns)
			}
			if _, err := kubectlAs(context.Background(), cluster.Admin, args...); err != nil {
				t.Error(err)
			}
		}
	})
}

// recipe is a distributed job that runs however full the cluster is.
func recipe(ns string) submit.Recipe {
	r := submit.Default()
	r.Name, r.Team, r.Framework, r.Workers, r.GPUs = "bert", ns, submit.Paddle, submit.Workers{Min: 4, Max: 4}, 0
	r.Image, r.Command, r.Args = "paddlepaddle/paddle:2.6.1-gpu-cuda11.7-cudnn8.4-trt8.4", []string{"python", "-m", "paddle.distributed.launch"}, []string{"train.py"}
	r.Env = []submit.EnvVar{{Name: "NCCL_DEBUG", Value: "INFO"}}
	return r
}

func objectsOf(t *testing.T, r submit.Recipe) []submit.Object {
	t.Helper()
	objects, err := submit.Objects(r)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// create creates objects and expects the server to take all of them.
func create(t *testing.T, c *kube.Client, objects []submit.Object) []act.Target {
	t.Helper()
	var made []act.Target
	for _, o := range objects {
		outcome, err := c.Create(t.Context(), o, false)
		if err != nil || outcome.Result != act.Done {
			t.Fatalf("%s (%v)", outcome.Says, err)
		}
		made = append(made, outcome.Action.Target)
	}
	return made
}

func left(t *testing.T, ns string) string {
	t.Helper()
	return strings.Join(strings.Fields(kubectl(t, "-n", ns, "get", "jobs,services,pods,configmaps,secrets", "-o", "name", "--field-selector=metadata.name!=kube-root-ca.crt")), " ")
}

func TestCreateDryRun(t *testing.T) {
	ns := namespace(t)
	c := clientOf(t, cluster.Admin)
	for _, o := range objectsOf(t, recipe(ns)) {
		outcome, err := c.Create(t.Context(), o, true)
		if err != nil || outcome.Result != act.Done || !strings.HasPrefix(outcome.Says, "the server would take it: create ") || outcome.Action.Target.UID != "" {
			t.Errorf("%+v (%v)", outcome, err)
		}
	}
	wrong := objectsOf(t, recipe(ns))[1]
	wrong.Body["spec"].(map[string]any)["replicas"] = 4
	if outcome, err := c.Create(t.Context(), wrong, true); err == nil || !strings.Contains(outcome.Says, `unknown field "spec.replicas"`) {
		t.Errorf("a field that nobody knows: %s (%v)", outcome.Says, err)
	}
	if l := left(t, ns); l != "" {
		t.Errorf("dry runs left %s", l)
	}
}

// TestSubmit creates a recipe's objects, as people do, and looks at them by kubectl.
func TestSubmit(t *testing.T) {
	ns := namespace(t)
	c := clientOf(t, cluster.Admin)
	objects, err := c.Place(t.Context(), objectsOf(t, recipe(ns)), "not-used")
	if err != nil {
		t.Fatal(err)
	}
	made := create(t, c, objects)
	service, job := made[0], made[1]
	if err := c.Adopt(t.Context(), job, service); err != nil {
		t.Fatal(err)
	}
	if job.UID != field(t, ns, "job", "bert", "{.metadata.uid}") || job.JobUID != job.UID || service.UID != field(t, ns, "service", "bert", "{.metadata.uid}") {
		t.Errorf("the targets are %+v", made)
	}
	if got := field(t, ns, "service", "bert", "{.metadata.ownerReferences[*].kind} {.metadata.ownerReferences[*].uid}"); got != "Job "+job.UID {
		t.Errorf("the Service's owner is %s", got)
	}
	expectWords(t, c.Adopt(t.Context(), job, service), "has an owner already", "")
	if got := field(t, ns, "job", "bert", "{.metadata.managedFields[*].manager}"); !strings.Contains(got, "paddock") {
		t.Errorf("the Job is managed by %s", got)
	}
	again, err := c.Create(t.Context(), objects[1], false)
	if err == nil || again.Result != act.Unchanged || again.Says != "Job "+ns+"/bert is there already; nothing was done" {
		t.Errorf("a second time: %s (%v)", again.Says, err)
	}
	expectField(t, ns, "job", "bert", "{.status.ready}", "4")
	checkPaddle(t, ns)

	r, lost, err := c.RecipeOf(t.Context(), job)
	if err != nil || len(lost) != 0 || fmt.Sprint(r) != fmt.Sprint(recipe(ns)) {
		t.Errorf("read back, it is %+v, without %v (%v)", r, lost, err)
	}

	if o, err := c.Do(t.Context(), act.Action{Target: job, Change: act.Delete{}}); err != nil {
		t.Fatalf("%s (%v)", o.Says, err)
	}
	eventually(t, "the Service goes with the Job", func() error {
		if l := left(t, ns); l != "" {
			return fmt.Errorf("left: %s", l)
		}
		return nil
	})
}

// checkPaddle holds the environment of each worker against what
// paddle.distributed.launch reads, after what the kubelet and the shell do to it.
func checkPaddle(t *testing.T, ns string) {
	t.Helper()
	var pods core.PodList
	if err := json.Unmarshal([]byte(kubectl(t, "-n", ns, "get", "pods", "-o", "json", "-l", "batch.kubernetes.io/job-name=bert")), &pods); err != nil {
		t.Fatal(err)
	}
	var service core.Service
	if err := json.Unmarshal([]byte(kubectl(t, "-n", ns, "get", "service", "bert", "-o", "json")), &service); err != nil {
		t.Fatal(err)
	}
	if s := service.Spec; s.ClusterIP != core.ClusterIPNone || !s.PublishNotReadyAddresses {
		t.Errorf("the Service gives its workers no names, or too late: %+v", s)
	}
	if len(pods.Items) != 4 {
		t.Fatalf("%d pods", len(pods.Items))
	}
	for _, pod := range pods.Items {
		index := pod.Annotations[batch.JobCompletionIndexAnnotation]
		if pod.Spec.Hostname != "bert-"+index || pod.Spec.Subdomain != "bert" {
			t.Errorf("worker %s is called %s.%s", index, pod.Spec.Hostname, pod.Spec.Subdomain)
		}
		for k, v := range service.Spec.Selector {
			if pod.Labels[k] != v {
				t.Errorf("the Service does not select worker %s by %s=%s", index, k, v)
			}
		}
		ip := pod.Status.PodIP
		own, first := "bert-"+index+".bert:6170", "bert-0.bert:6170"
		if index == "0" { // the launcher compares letters: a name would make nobody master
			own, first = ip+":6170", ip+":6170"
		}
		want := map[string]string{
			"PADDLE_MASTER": first, "PADDLE_NNODES": "4", "PADDLE_TRAINER_ID": index, "PADDLE_TRAINERS_NUM": "4",
			"PADDLE_TRAINER_ENDPOINTS": first + ",bert-1.bert:6170,bert-2.bert:6170,bert-3.bert:6170", "PADDLE_CURRENT_ENDPOINT": own,
			"PADDLE_JOB_ID": ns + "-bert", "POD_IP": ip, "JOB_COMPLETION_INDEX": index, "PYTHONUNBUFFERED": "1", "NCCL_DEBUG": "INFO",
		}
		got, command := started(t, &pod)
		for name, value := range want {
			if got[name] != value {
				t.Errorf("worker %s has %s=%q, want %q", index, name, got[name], value)
			}
		}
		for name := range got {
			if strings.HasPrefix(name, "PADDLE_") && want[name] == "" {
				t.Errorf("worker %s has %s=%s as well", index, name, got[name])
			}
		}
		if command != "python -m paddle.distributed.launch train.py" {
			t.Errorf("worker %s runs %q", index, command)
		}
	}
	eventually(t, "all workers have names", func() error {
		const names = `{range .items[*].endpoints[*]}{.hostname} {end}`
		hosts := strings.Fields(status(t, names, "-n", ns, "endpointslices", "-l", "kubernetes.io/service-name=bert"))
		slices.Sort(hosts)
		if !slices.Equal(hosts, []string{"bert-0", "bert-1", "bert-2", "bert-3"}) {
			return fmt.Errorf("they are %q", hosts)
		}
		return nil
	})
}

// started is the environment and the command line of a pod's program, as the
// kubelet resolves the fields and references and as the pod's shell starts it.
func started(t *testing.T, pod *core.Pod) (env map[string]string, command string) {
	t.Helper()
	c := pod.Spec.Containers[0]
	env = map[string]string{}
	var list []string
	for _, e := range c.Env {
		value := regexp.MustCompile(`\$\(([A-Z_]+)\)`).ReplaceAllStringFunc(e.Value, func(ref string) string {
			if v, ok := env[ref[2:len(ref)-1]]; ok { // only what stands before it
				return v
			}
			return ref
		})
		if e.ValueFrom != nil {
			switch path := e.ValueFrom.FieldRef.FieldPath; path {
			case "status.podIP":
				value = pod.Status.PodIP
			case "metadata.annotations['" + batch.JobCompletionIndexAnnotation + "']":
				value = pod.Annotations[batch.JobCompletionIndexAnnotation]
			default:
				t.Errorf("%s comes from %s", e.Name, path)
			}
		}
		env[e.Name] = value
	}
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	words := append(slices.Clone(c.Command), c.Args...)
	at := slices.Index(words, "python")
	if at < 0 {
		t.Fatalf("it runs %q", words)
	}
	// in the place of python, what prints its environment
	cmd := exec.CommandContext(t.Context(), words[0], append(slices.Clone(words[1:at]), "env")...)
	cmd.Env = append(list, "PATH="+os.Getenv("PATH"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%q: %v", words[:at], err)
	}
	for line := range strings.Lines(string(out)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			env[name] = value
		}
	}
	return env, strings.Join(words[at:], " ")
}

// TestSubmitBreaksHalfWay takes back what was created before something failed.
func TestSubmitBreaksHalfWay(t *testing.T) {
	ns := namespace(t)
	role := object("rbac.authorization.k8s.io/v1", "Role", ns, "no-jobs", map[string]any{"rules": []any{
		map[string]any{"apiGroups": []any{""}, "resources": []any{"services"}, "verbs": []any{"create", "delete"}}}})
	binding := object("rbac.authorization.k8s.io/v1", "RoleBinding", ns, "no-jobs", map[string]any{
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "no-jobs"},
		"subjects": []any{map[string]any{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "no-jobs"}}})
	apply(t, role, binding)
	eventually(t, "the binding holds", func() error {
		if out, _ := kubectlAs(t.Context(), cluster.Admin, "auth", "can-i", "create", "services", "-n", ns, "--as", "no-jobs"); !strings.HasPrefix(out, "yes") {
			return errNotYet
		}
		return nil
	})
	objects := objectsOf(t, recipe(ns))
	breaks := func(c *kube.Client, says string) {
		t.Helper()
		service := create(t, c, objects[:1])[0]
		o, err := c.Create(t.Context(), objects[1], false)
		if err == nil || o.Result != act.Unchanged || !strings.Contains(o.Says, says) {
			t.Errorf("%s (%v), want %s", o.Says, err, says)
		}
		if o, err := c.Do(t.Context(), act.Action{Target: service, Change: act.Delete{}}); err != nil {
			t.Errorf("%s (%v)", o.Says, err)
		}
		if l := left(t, ns); l != "" {
			t.Errorf("it left %s", l)
		}
	}
	breaks(clientAs(t, "no-jobs"), "user no-jobs may not create jobs.batch in namespace "+ns)
	apply(t, object("v1", "ResourceQuota", ns, "none", map[string]any{"spec": map[string]any{"hard": map[string]any{"count/jobs.batch": "0"}}}))
	expectField(t, ns, "resourcequota", "none", `{.status.hard.count/jobs\.batch}`, "0")
	breaks(clientOf(t, cluster.Admin), "it would exceed the team's quota")
}

// TestCreateOfTheServersName creates an object that the server names.
func TestCreateOfTheServersName(t *testing.T) {
	ns := namespace(t)
	c := clientOf(t, cluster.Admin)
	objects, err := submit.ReadManifests([]byte(`{apiVersion: v1, kind: ConfigMap, metadata: {generateName: run-}, data: {a: b}}`))
	if err != nil {
		t.Fatal(err)
	}
	if objects, err = c.Place(t.Context(), objects, ns); err != nil {
		t.Fatal(err)
	}
	made := create(t, c, objects)[0]
	if !strings.HasPrefix(made.Ref.Name, "run-") || made.UID != field(t, ns, "configmap", made.Ref.Name, "{.metadata.uid}") {
		t.Errorf("it is %+v", made)
	}
	elsewhere, err := submit.ReadManifests([]byte(`{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: no-such-namespace}}`))
	if err != nil {
		t.Fatal(err)
	}
	if o, err := c.Create(t.Context(), elsewhere[0], false); err == nil || o.Says != "there is no namespace no-such-namespace; nothing was done" {
		t.Errorf("%s (%v)", o.Says, err)
	}
}
