package e2e

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	rbac "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"paddock/act"
	"paddock/e2e/cluster"
	"paddock/fleet"
	"paddock/kube"
	"paddock/submit"
)

// clerk stands between a client and the API server and notes the rights that
// the requests need, as RBAC words them: "get pods/log", "patch jobs.batch".
type clerk struct {
	mu    sync.Mutex
	asked map[string]bool
}

func (c *clerk) note(r *http.Request) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	group := ""
	switch {
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		group, parts = "."+parts[1], parts[3:]
	default:
		return // discovery
	}
	if parts[0] == "namespaces" && len(parts) > 2 {
		parts = parts[2:]
	}
	resource := parts[0] + group
	if len(parts) > 2 {
		resource += "/" + parts[2]
	}
	verb := map[string]string{"GET": "get", "POST": "create", "PATCH": "patch", "DELETE": "delete"}[r.Method]
	switch {
	case r.URL.Query().Get("watch") != "":
		verb = "watch"
	case verb == "get" && len(parts) == 1:
		verb = "list"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked[verb+" "+resource] = true
	if r.Header.Get("Upgrade") != "" { // since 1.35 an upgrade by GET needs create as well
		c.asked["create "+resource] = true
	}
}

// through connects as a user whose requests a clerk notes.
func (c *clerk) through(t *testing.T, user string) *kube.Client {
	t.Helper()
	target, err := url.Parse(serverURL(t))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = -1
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) {}
	proxy.Transport = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // our own server, on loopback
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.note(r)
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	config, err := clientcmd.LoadFromFile(shared.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	as := config.AuthInfos[cluster.Admin].DeepCopy()
	as.Impersonate = user
	config.AuthInfos[user] = as
	config.Clusters["clerk"] = &api.Cluster{Server: server.URL, InsecureSkipTLSVerify: true}
	config.Contexts[user] = &api.Context{Cluster: "clerk", AuthInfo: user}
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

// granted lists the rights of a role file, as a clerk notes them.
func granted(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var role rbac.ClusterRole
	if err := yaml.Unmarshal(text, &role); err != nil {
		t.Fatal(err)
	}
	groups := map[string]string{"jobsets": "jobset.x-k8s.io", "trainjobs": "trainer.kubeflow.org"}
	out := map[string]bool{}
	for _, rule := range role.Rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				if own, ok := groups[resource]; ok && own != group {
					continue // a rule for two groups, each with its own kind
				}
				name, sub, has := strings.Cut(resource, "/")
				if group != "" {
					name += "." + group
				}
				if has {
					name += "/" + sub
				}
				for _, verb := range rule.Verbs {
					out[verb+" "+name] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(out))
}

// TestPaddocksRolesForActing acts through the roles that paddock ships, by
// every way that it has, and looks whether that took all that they grant.
func TestPaddocksRolesForActing(t *testing.T) {
	ns := namespace(t)
	installKind(t, ns, "kueue.x-k8s.io", "v1beta1", "Workload", "workloads")
	installKind(t, ns, "kueue.x-k8s.io", "v1beta1", "LocalQueue", "localqueues")
	installKind(t, ns, "trainer.kubeflow.org", "v1alpha1", "TrainJob", "trainjobs")
	kubectl(t, "apply", "-f", "../rbac/act-cluster.yaml")
	kubectl(t, "-n", ns, "apply", "-f", "../rbac/act-namespace.yaml")
	bind := func(kind, role, user string) map[string]any {
		o := object("rbac.authorization.k8s.io/v1", kind, ns, user, map[string]any{
			"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": "paddock-act"},
			"subjects": []any{map[string]any{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": user}}})
		if kind == "ClusterRoleBinding" {
			delete(o["metadata"].(map[string]any), "namespace")
		}
		return o
	}
	withCleanup(t, ns, bind("RoleBinding", "Role", "act-dev"), bind("ClusterRoleBinding", "ClusterRole", "act-sre"))
	t.Cleanup(func() { kubectlAs(context.Background(), cluster.Admin, "delete", "clusterrole", "paddock-act") })
	e := eyesOf(t, cluster.Admin, ns)
	dev := newActor(t, e, "act-dev")
	dev.resolves(false)
	dev.submits()
	dev.changesJobs()
	dev.changesOtherKinds()
	dev.changesWorkers()
	dev.entersWorkers()
	dev.do(act.NewDelete(e.job("bert", fleet.Running, 2), false))
	eventually(t, "all is gone", func() error {
		if l := left(t, ns); l != "" {
			return fmt.Errorf("left: %s", l)
		}
		return nil
	})
	team := granted(t, "../rbac/act-namespace.yaml")
	dev.asked(team)

	// The ClusterRole grants the same, and what no namespace has.
	sre := newActor(t, e, "act-sre")
	sre.resolves(true)
	sre.cordons()
	var more []string
	for _, right := range granted(t, "../rbac/act-cluster.yaml") {
		if !slices.Contains(team, right) {
			more = append(more, right)
		}
	}
	sre.asked(more)
	if len(more)+len(team) != len(granted(t, "../rbac/act-cluster.yaml")) {
		t.Errorf("the ClusterRole lacks some of %q", team)
	}
}

// installKind makes the API server serve a kind that nobody acts on.
func installKind(t *testing.T, ns, group, version, kind, plural string) {
	t.Helper()
	name := plural + "." + group
	apply(t, object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", name, map[string]any{
		"metadata": map[string]any{"name": name, "annotations": map[string]any{"api-approved.kubernetes.io": "unapproved, a stand-in for tests"}},
		"spec": map[string]any{
			"group": group, "scope": "Namespaced",
			"names": map[string]any{"kind": kind, "plural": plural, "singular": strings.ToLower(kind), "listKind": kind + "List"},
			"versions": []any{map[string]any{"name": version, "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}},
		}}))
	t.Cleanup(func() { kubectlAs(context.Background(), cluster.Admin, "delete", "crd", name, "--timeout=30s") })
	eventually(t, kind+"s are served", func() error {
		_, err := kubectlAs(t.Context(), cluster.Admin, "get", "--raw", fmt.Sprintf("/apis/%s/%s/namespaces/%s/%s", group, version, ns, plural)) // kubectl may remember another version
		return err
	})
}

// actor acts as a user; what there is to act on, the administrator sees.
type actor struct {
	t      *testing.T
	ns     string
	eyes   *eyes
	clerk  *clerk
	client *kube.Client
}

// newActor waits until the user's rights hold.
func newActor(t *testing.T, e *eyes, user string) *actor {
	t.Helper()
	ns := strings.ToLower(t.Name())
	eventually(t, "the binding holds", func() error {
		if out, _ := kubectlAs(t.Context(), cluster.Admin, "auth", "can-i", "create", "services", "-n", ns, "--as", user); !strings.HasPrefix(out, "yes") {
			return errNotYet
		}
		return nil
	})
	c := &clerk{asked: map[string]bool{}}
	return &actor{t: t, ns: ns, eyes: e, clerk: c, client: c.through(t, user)}
}

// asked expects all of these rights to have been needed.
func (a *actor) asked(rights []string) {
	a.t.Helper()
	a.clerk.mu.Lock()
	defer a.clerk.mu.Unlock()
	for _, right := range rights {
		if !a.clerk.asked[right] {
			a.t.Errorf("%s is granted, and nothing asked for it", right)
		}
	}
}

func (a *actor) do(action act.Action, err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
	if o, err := a.client.Do(a.t.Context(), action); err != nil {
		a.t.Fatalf("%s: %s (%v)", action.Title(), o.Says, err)
	}
}

// resolves asks for what a submit may need, and what a form offers.
func (a *actor) resolves(wide bool) {
	a.t.Helper()
	var needs []submit.Need
	for kind, apiVersion := range map[string]string{"Secret": "v1", "ConfigMap": "v1", "ServiceAccount": "v1", "PersistentVolumeClaim": "v1", "Service": "v1",
		"Job": "batch/v1", "LocalQueue": "kueue.x-k8s.io/v1beta1", "PriorityClass": "scheduling.k8s.io/v1"} {
		ref := fleet.Ref{Kind: kind, Namespace: a.ns, Name: "no-such"}
		if kind == "PriorityClass" {
			if !wide {
				continue
			}
			ref.Namespace = ""
		}
		needs = append(needs, submit.Need{Ref: ref, APIVersion: apiVersion})
	}
	for ref, answer := range a.client.Resolve(a.t.Context(), needs) {
		if answer.Presence != submit.Absent {
			a.t.Errorf("%s %s: %s", ref.Kind, ref, answer.Presence)
		}
	}
	choices := a.client.Choices(a.t.Context(), a.ns, "")
	if !slices.Contains(choices.ServiceAccounts, "default") || wide != slices.Contains(choices.PriorityClasses, "system-node-critical") {
		a.t.Errorf("%+v", choices)
	}
}

// submits a job, and takes a Service back as after a submit that broke.
func (a *actor) submits() {
	a.t.Helper()
	r := recipe(a.ns)
	r.Workers = submit.Workers{Min: 2, Max: 2}
	objects := objectsOf(a.t, r)
	service := create(a.t, a.client, objects[:1])[0]
	a.do(act.Action{Target: service, Change: act.Delete{}}, nil)
	made := create(a.t, a.client, objects)
	if err := a.client.Adopt(a.t.Context(), made[1], made[0]); err != nil {
		a.t.Error(err)
	}
}

func (a *actor) changesJobs() {
	a.t.Helper()
	a.do(act.NewScale(a.eyes.job("bert", fleet.Running, 2), 3))
	a.do(act.NewScale(a.eyes.job("bert", fleet.Running, 3), 2))
	a.do(act.NewSuspend(a.eyes.job("bert", fleet.Running, 2)))
	a.do(act.NewResume(a.eyes.job("bert", fleet.Suspended, 0)))
	a.do(act.NewRestart(a.eyes.job("bert", fleet.Running, 2)))
	j := a.eyes.job("bert", fleet.Running, 2)
	a.edits(j.Ref, "batch/v1", j.UID, "paddock.dev/framework: paddle", "paddock.dev/framework: plain")

	queued := trainJob(a.ns, "queued", indexedSpec(1))
	queued["metadata"].(map[string]any)["labels"] = map[string]any{"kueue.x-k8s.io/queue-name": "gold"}
	apply(a.t, queued)
	q := a.eyes.job("queued", fleet.Running, 1)
	apply(a.t, object("kueue.x-k8s.io/v1beta1", "Workload", a.ns, "job-queued", map[string]any{
		"metadata": map[string]any{"namespace": a.ns, "name": "job-queued", "labels": map[string]any{"kueue.x-k8s.io/job-uid": q.UID}}, "spec": map[string]any{"queueName": "gold"}}))
	a.do(act.NewSuspend(q))
	kubectl(a.t, "-n", a.ns, "delete", "workload", "job-queued")
	a.do(act.NewDelete(q, true))
}

// edits changes a word in an object's YAML.
func (a *actor) edits(ref fleet.Ref, apiVersion, uid, from, to string) {
	a.t.Helper()
	before, err := a.client.Editable(a.t.Context(), act.Target{Ref: ref, APIVersion: apiVersion, UID: uid})
	if err != nil {
		a.t.Fatal(err)
	}
	a.do(act.NewEdit(ref, apiVersion, uid, before, strings.Replace(before, from, to, 1)))
}

// changesOtherKinds suspends what JobSet's and Kubeflow's controllers run, and
// creates it anew. Nobody runs it here.
func (a *actor) changesOtherKinds() {
	a.t.Helper()
	for kind, apiVersion := range map[string]string{"JobSet": "jobset.x-k8s.io/v1alpha2", "TrainJob": "trainer.kubeflow.org/v1alpha1"} {
		apply(a.t, object(apiVersion, kind, a.ns, "other", map[string]any{"spec": map[string]any{}}))
		ref := fleet.Ref{Kind: kind, Namespace: a.ns, Name: "other"}
		target := func() act.Target {
			uid := field(a.t, a.ns, strings.ToLower(kind), "other", "{.metadata.uid}")
			return act.Target{Ref: ref, APIVersion: apiVersion, UID: uid, Job: ref, JobUID: uid}
		}
		old := target()
		a.do(act.Action{Target: old, Change: act.Suspend{}}, nil)
		manifest, err := a.client.Manifest(a.t.Context(), old)
		if err != nil {
			a.t.Fatal(err)
		}
		a.do(act.Action{Target: old, Change: act.Restart{Anew: true, Manifest: manifest}}, nil)
		a.do(act.Action{Target: target(), Change: act.Delete{}}, nil)
	}
}

func (a *actor) changesWorkers() {
	a.t.Helper()
	spec := indexedSpec(2)
	spec["backoffLimitPerIndex"] = 100 // else the Job waits longer with every kill
	apply(a.t, trainJob(a.ns, "ix", spec))
	for i, kill := range []func(j *fleet.Job) (act.Action, error){
		func(j *fleet.Job) (act.Action, error) { return act.NewKill(j, j.Workers[0], act.Evict) },
		func(j *fleet.Job) (act.Action, error) { return act.NewKill(j, j.Workers[1], act.Remove) },
		func(j *fleet.Job) (act.Action, error) {
			return act.Action{Target: target(a.t, j), Change: act.ForceDelete{Node: j.Workers[0].Pod.Node, Fail: true}}, nil
		},
	} {
		j := a.eyes.job("ix", fleet.Running, 2)
		a.do(kill(j))
		a.replaced(j.Workers[i%2])
	}
	j := a.eyes.job("ix", fleet.Running, 2)
	w := j.Workers[0]
	a.edits(w.Ref, "v1", w.Pod.UID, "  labels:\n", "  labels:\n    team/run: \"7\"\n")
	a.do(act.NewDelete(j, false))
}

// replaced waits until another worker of ix runs in the place of one.
func (a *actor) replaced(w *fleet.Worker) {
	a.t.Helper()
	a.eyes.until(w.Label()+" is replaced", func(f *fleet.Fleet) bool {
		i := slices.IndexFunc(f.Jobs, func(j *fleet.Job) bool { return j.Ref.Name == "ix" })
		return i >= 0 && f.Jobs[i].State == fleet.Running && len(f.Jobs[i].Workers) == 2 &&
			!slices.ContainsFunc(f.Jobs[i].Workers, func(now *fleet.Worker) bool { return now.Pod.UID == w.Pod.UID || now.State != fleet.Running })
	})
}

func (a *actor) entersWorkers() {
	a.t.Helper()
	j := a.eyes.job("bert", fleet.Running, 2)
	w := target(a.t, j)
	screen := new(page)
	tty := deaf()
	tty.Out = screen
	ctx, leave := context.WithCancel(a.t.Context())
	left := make(chan error, 1)
	go func() { left <- a.client.Exec(ctx, w, "", []string{"sh", "-c", "echo inside; sleep 60"}, tty) }()
	screen.await(a.t, "inside")
	leave()
	<-left
	ctx, stop := context.WithCancel(a.t.Context())
	ready, ended := make(chan int, 1), make(chan error, 1)
	go func() { ended <- a.client.Forward(ctx, w, 0, 7, func(port int) { ready <- port }) }()
	select {
	case port := <-ready:
		echo(a.t, dialHere(a.t, port), "hello")
	case err := <-ended:
		a.t.Fatal(err)
	}
	stop()
	<-ended
	if err := shared.Print(a.eyes.last.At, "a line"); err != nil {
		a.t.Fatal(err)
	}
	if line, err := a.client.FirstLine(a.t.Context(), w.Ref, ""); err != nil || line == "" {
		a.t.Errorf("%q (%v)", line, err)
	}
}

func (a *actor) cordons() {
	a.t.Helper()
	node := &fleet.Node{Name: "gpu-014", Object: &fleet.NodeObject{Name: "gpu-014", UID: status(a.t, "{.metadata.uid}", "node", "gpu-014")}}
	a.do(act.NewCordon(node))
	node.Object.Cordoned = true
	a.do(act.NewUncordon(node))
}

// TestUpgradesByRights finds out which rights a shell needs: by websocket get
// and create, by SPDY create alone.
func TestUpgradesByRights(t *testing.T) {
	ns := namespace(t)
	runner(t, ns, "trainer")
	e := eyesOf(t, cluster.Admin, ns)
	w := target(t, e.job("run-0", fleet.Running, 1))
	for verbs, works := range map[string]bool{"get": false, "create": true, "get create": true} {
		user := "verbs-" + strings.ReplaceAll(verbs, " ", "-")
		var list []any
		for _, v := range strings.Fields(verbs) {
			list = append(list, v)
		}
		apply(t,
			object("rbac.authorization.k8s.io/v1", "Role", ns, user, map[string]any{"rules": []any{
				map[string]any{"apiGroups": []any{""}, "resources": []any{"pods"}, "verbs": []any{"get"}},
				map[string]any{"apiGroups": []any{""}, "resources": []any{"pods/exec", "pods/portforward"}, "verbs": list}}}),
			object("rbac.authorization.k8s.io/v1", "RoleBinding", ns, user, map[string]any{
				"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": user},
				"subjects": []any{map[string]any{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": user}}}))
		eventually(t, "the binding holds", func() error {
			if out, _ := kubectlAs(t.Context(), cluster.Admin, "auth", "can-i", "get", "pods", "-n", ns, "--as", user); !strings.HasPrefix(out, "yes") {
				return errNotYet
			}
			return nil
		})
		c := clientAs(t, user)
		keys, typing := io.Pipe()
		screen := new(page)
		ended := make(chan error, 1)
		go func() {
			ended <- c.Exec(t.Context(), w, "", []string{"sh", "-c", "echo inside; read x"}, kube.Terminal{In: keys, Out: screen})
		}()
		forwards := make(chan error, 1)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go func() { forwards <- c.Forward(ctx, w, 0, 7, func(int) { stop() }) }()
		if works {
			screen.await(t, "inside")
			fmt.Fprintln(typing)
			if err := <-ended; err != nil {
				t.Errorf("with %s: %v", verbs, err)
			}
			if err := <-forwards; err != nil {
				t.Errorf("with %s: %v", verbs, err)
			}
			continue
		}
		expectWords(t, <-ended, "user "+user+" may not create pods/exec", "--subresource=exec")
		expectWords(t, <-forwards, "user "+user+" may not create pods/portforward", "--subresource=portforward")
	}
}
