package e2e

import (
	"slices"
	"strings"
	"testing"

	"paddock/e2e/cluster"
)

// TestPaddockForTheViewer checks that who may read everything sees what the
// administrator sees.
func TestPaddockForTheViewer(t *testing.T) {
	all, seen := names(ask(t, "jobs")), names(ask(t, "jobs", "--context", cluster.Viewer))
	if !slices.Equal(all, seen) {
		t.Errorf("the viewer sees %v\nthe administrator %v", seen, all)
	}
	if as := names(ask(t, "jobs", "--as", "viewer")); !slices.Equal(all, as) {
		t.Errorf("impersonated, the viewer sees %v", as)
	}
	if o := paddock(t, "doctor", "--context", cluster.Viewer); o.code != 0 || !strings.Contains(o.out, " 0 failed") {
		t.Errorf("doctor: exit code %d\n%s", o.code, o.out)
	}
}

func names(r report) []string {
	var out []string
	for _, j := range r.Jobs {
		out = append(out, j.Namespace+"/"+j.Name)
	}
	return out
}

// TestPaddockForATeam checks what a user of one namespace sees, and that each
// refusal is named with the question that proves it.
func TestPaddockForATeam(t *testing.T) {
	all := slices.DeleteFunc(names(ask(t, "jobs")), func(n string) bool { return !strings.HasPrefix(n, cluster.TeamNamespace+"/") })
	o := paddock(t, "jobs", "-o", "json", "--context", cluster.TeamA)
	r := o.report(t)
	if o.code != 0 || !slices.Equal(names(r), all) || len(all) < 6 {
		t.Errorf("exit code %d, %v, want %v", o.code, names(r), all)
	}
	if !slices.Equal(r.Namespaces, []string{cluster.TeamNamespace}) || r.health("pods") != "live" || r.health("nodes") != "forbidden" {
		t.Errorf("namespaces %v, pods %s, nodes %s", r.Namespaces, r.health("pods"), r.health("nodes"))
	}
	expectAll(t, o.errs, "kubectl auth can-i watch nodes", "kubectl auth can-i watch namespaces", "kubectl auth can-i list services -A")
	nodes := paddock(t, "nodes", "--context", cluster.TeamA)
	if nodes.code != 1 || nodes.out != "" || !strings.Contains(nodes.errs, "may not watch nodes") {
		t.Errorf("nodes: exit code %d: %s%s", nodes.code, nodes.out, nodes.errs)
	}
}

func expectAll(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// TestPaddockForNobody has no right to anything.
func TestPaddockForNobody(t *testing.T) {
	for _, args := range [][]string{{"--context", cluster.Nobody}, {"--as", "a-stranger", "--as-group", "nogroup"}} {
		o := paddock(t, append([]string{"jobs"}, args...)...)
		if o.code != 1 || o.out != "" {
			t.Errorf("%v: exit code %d, out %q", args, o.code, o.out)
		}
		expectAll(t, o.errs, "can-i watch pods -n default", "can-i watch jobs.batch -n default", "can-i watch nodes", "can-i watch resourcequotas -n default", "can-i watch events -n default")
		if o := paddock(t, append([]string{"doctor"}, args...)...); o.code != 1 {
			t.Errorf("doctor %v: exit code %d\n%s", args, o.code, o.out)
		}
	}
	// each question that paddock names says no, as it promised
	if out, _ := kubectlAs(t.Context(), cluster.Nobody, "auth", "can-i", "watch", "jobs.batch", "-n", "default"); !strings.HasPrefix(out, "no") {
		t.Errorf("kubectl says %q", out)
	}
}

func TestPaddockLooksAtNamedNamespacesOnly(t *testing.T) {
	r := ask(t, "jobs", "-n", "ocr,research")
	for _, name := range names(r) {
		if !strings.HasPrefix(name, "ocr/") && !strings.HasPrefix(name, "research/") {
			t.Errorf("%s is shown", name)
		}
	}
	if len(r.Jobs) < 8 || !slices.Equal(r.Namespaces, []string{"ocr", "research"}) {
		t.Errorf("%d jobs in %v", len(r.Jobs), r.Namespaces)
	}
	nodes := ask(t, "nodes", "-n", "ocr")
	if n := nodes.node(t, "gpu-001"); n.GPUs.Free != nil {
		t.Errorf("with one namespace's pods, gpu-001 has %d free GPUs", *n.GPUs.Free)
	}
	o := paddock(t, "jobs", "-n", "no-such-namespace")
	if o.code != 1 || !strings.Contains(o.errs, "there is no namespace no-such-namespace") {
		t.Errorf("exit code %d: %s%s", o.code, o.out, o.errs)
	}
}

// TestPaddocksOwnRoles applies the roles that paddock ships and binds fresh users.
func TestPaddocksOwnRoles(t *testing.T) {
	kubectl(t, "apply", "-f", "../rbac/cluster.yaml")
	kubectl(t, "-n", "nlp", "apply", "-f", "../rbac/namespace.yaml")
	kubectl(t, "create", "clusterrolebinding", "paddock-sre", "--clusterrole=paddock", "--user=sre")
	kubectl(t, "-n", "nlp", "create", "rolebinding", "paddock-nlp", "--role=paddock", "--user=nlp-dev")
	t.Run("the ClusterRole is enough for everything", func(t *testing.T) {
		eventually(t, "doctor", func() error { return healthy(paddock(t, "doctor", "--as", "sre")) })
		if o := paddock(t, "doctor", "--as", "sre"); !strings.Contains(o.out, " 0 with a loss, 0 failed, 0 not tried") {
			t.Errorf("%s", o.out)
		}
		if got, want := names(ask(t, "jobs", "--as", "sre")), names(ask(t, "jobs")); !slices.Equal(got, want) {
			t.Errorf("%v\nwant %v", got, want)
		}
		if o := paddock(t, "logs", "ocr/ocr-rec-v4", "--as", "sre"); o.code != 0 {
			t.Errorf("logs: exit code %d\n%s", o.code, o.errs)
		}
	})
	t.Run("the Role is enough for a team", func(t *testing.T) {
		args := []string{"--as", "nlp-dev", "-n", "nlp", "--prometheus", shared.PrometheusURL}
		eventually(t, "doctor", func() error { return healthy(paddock(t, append([]string{"doctor"}, args...)...)) })
		r := ask(t, append([]string{"workers"}, args...)...)
		held := 0
		for _, w := range r.Workers {
			if w.State == "running" && w.Load.Busy != nil {
				held++
			}
			if w.Namespace != "nlp" {
				t.Errorf("%s/%s is shown", w.Namespace, w.Pod)
			}
		}
		if held < 10 || r.health("quotas") != "live" || r.health("nodes") != "forbidden" {
			t.Errorf("%d workers with readings, quotas %s, nodes %s", held, r.health("quotas"), r.health("nodes"))
		}
		if o := paddock(t, append([]string{"nodes", "-o", "json"}, args...)...); o.code != 1 || len(o.report(t).Nodes) != 0 {
			t.Errorf("nodes: exit code %d, %d are seen", o.code, len(o.report(t).Nodes))
		}
	})
}

// healthy is an error unless doctor found nothing that fails. A fresh binding
// takes the API server a moment.
func healthy(o outcome) error {
	if o.code != 0 {
		return errorOf(o)
	}
	return nil
}
