package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"paddock/e2e/cluster"
	"paddock/e2e/terminal"
)

// The exit codes of the changing commands, as the README promises them.
const (
	refused     = 3
	partly      = 4
	unconfirmed = 6
)

// hands changes one namespace through paddock's commands; what they leave
// behind on this machine stays in a folder of the test.
type hands struct {
	t     *testing.T
	ns    string
	state string
}

func handsOn(t *testing.T, ns string) hands {
	return hands{t, ns, t.TempDir()}
}

func (h hands) env() []string { return []string{"XDG_STATE_HOME=" + h.state} }

// run runs a command as it is, and expects an exit code.
func (h hands) run(code int, args ...string) outcome {
	h.t.Helper()
	o := paddockWith(h.t, h.env(), args...)
	if o.code != code {
		h.t.Fatalf("paddock %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), o.code, code, o.out, o.errs)
	}
	return o
}

// do runs a command on the namespace, agreed to beforehand.
func (h hands) do(code int, args ...string) outcome {
	h.t.Helper()
	return h.run(code, append(args, "-n", h.ns, "--yes")...)
}

// changed is what -o json says of a change.
type changed struct {
	Action, Error, Hint                            string
	DryRun                                         bool
	Would, Done, Unchanged, Refused, Half, Unknown []struct{ Object, Kind, Namespace, Name, Worker, Job, UID, Why, Hint string }
	Problems                                       []struct{ Severity, ID, Object, Says, Do string }
}

func (o outcome) changed(t *testing.T) changed {
	t.Helper()
	var c changed
	if err := json.Unmarshal([]byte(o.out), &c); err != nil {
		t.Fatalf("paddock's JSON: %v\n%s\n%s", err, o.out, o.errs)
	}
	return c
}

// audited are the lines of the audit log, which must be its owner's alone.
func (h hands) audited() []map[string]string {
	h.t.Helper()
	path := filepath.Join(h.state, "paddock", "audit.jsonl")
	info, err := os.Stat(path)
	if err != nil {
		h.t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		h.t.Errorf("%s has the mode %s", path, info.Mode())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		h.t.Fatal(err)
	}
	var out []map[string]string
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var line map[string]string
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			h.t.Errorf("%v: %s", err, lines.Text())
		}
		out = append(out, line)
	}
	return out
}

// remembers expects these actions in the audit log, in their order, by whoever runs the tests.
func (h hands) remembers(actions ...string) {
	h.t.Helper()
	var got []string
	for _, l := range h.audited() {
		got = append(got, l["action"])
		if l["user"] != cluster.Admin || l["result"] != "done" || l["time"] == "" || l["uid"] == "" || !strings.Contains(l["object"], h.ns+"/") {
			h.t.Errorf("%v", l)
		}
	}
	if !slices.Equal(got, actions) {
		h.t.Errorf("the audit log has %v, want %v", got, actions)
	}
}

func TestCLIJobs(t *testing.T) {
	ns := namespace(t)
	apply(t, trainJob(ns, "indexed", indexedSpec(4)), trainJob(ns, "plain", map[string]any{"parallelism": 2}))
	h := handsOn(t, ns)
	const workers = "{.spec.parallelism} {.spec.completions}"

	o := h.do(0, "scale", "indexed", "--workers", "6")
	expectAll(t, o.errs, "scale "+ns+"/indexed from 4 to 6 workers, on "+cluster.Admin, "w4-w5 added")
	if want := "the server took it: scale " + ns + "/indexed from 4 to 6 workers\n"; o.out != want {
		t.Errorf("%q, want %q", o.out, want)
	}
	expectField(t, ns, "job", "indexed", workers+" {.status.ready}", "6 6 6")
	h.do(0, "scale", ns+"/plain", "--workers", "3")
	expectField(t, ns, "job", "plain", workers+" {.status.ready}", "3  3")
	if o := h.do(0, "scale", "plain", "--workers", "3"); !strings.Contains(o.errs, "nothing to do: Job "+ns+"/plain: it has 3 workers already") || o.out != "" {
		t.Errorf("%s%s", o.out, o.errs)
	}
	if o := h.do(1, "scale", "plian", "--workers", "3"); !strings.Contains(o.errs, "there is no job plian in "+ns+"; there is "+ns+"/plain") {
		t.Errorf("%s", o.errs)
	}

	c := h.do(0, "suspend", "indexed", "plain", "-o", "json").changed(t)
	if c.Action != "suspend" || len(c.Done) != 2 || c.Done[0].Object != "Job "+ns+"/indexed" || c.Done[0].UID != field(t, ns, "job", "indexed", "{.metadata.uid}") {
		t.Errorf("%+v", c)
	}
	for _, name := range []string{"indexed", "plain"} {
		expectField(t, ns, "job", name, "{.spec.suspend} {.status.active}", "true ")
	}
	h.do(0, "resume", "plain")
	expectField(t, ns, "job", "plain", "{.spec.suspend} {.status.ready}", "false 3")
	c = h.do(0, "resume", "plain", "indexed", "-o", "json").changed(t)
	if len(c.Done) != 1 || len(c.Unchanged) != 1 || c.Unchanged[0].Object != "Job "+ns+"/plain" || c.Unchanged[0].Why != "it is not suspended" {
		t.Errorf("%+v", c)
	}
	expectField(t, ns, "job", "indexed", "{.spec.suspend} {.status.ready}", "false 6")
	h.do(0, "delete", "plain", "--foreground")
	h.do(0, "delete", "indexed")
	eventually(t, "the jobs are gone with their pods", func() error {
		if left := kubectl(t, "-n", ns, "get", "jobs,pods", "-o", "name"); left != "" {
			return fmt.Errorf("left: %s", left)
		}
		return nil
	})
	h.remembers("scale", "scale", "suspend", "suspend", "resume", "resume", "delete", "delete")
}

func TestCLIRestart(t *testing.T) {
	ns := namespace(t)
	apply(t, trainJob(ns, "ix", indexedSpec(2)))
	h := handsOn(t, ns)
	expectField(t, ns, "job", "ix", "{.status.ready}", "2")
	uid, old := field(t, ns, "job", "ix", "{.metadata.uid}"), pods(t, ns, "ix")
	h.do(0, "restart", "ix")
	expectField(t, ns, "job", "ix", "{.spec.suspend} {.status.ready} {.metadata.uid}", "false 2 "+uid)
	if now := pods(t, ns, "ix"); slices.ContainsFunc(now, func(p string) bool { return slices.Contains(old, p) }) {
		t.Errorf("pods %v were %v before the restart", now, old)
	}
	if o := h.do(0, "restart", "ix", "--anew"); !strings.Contains(o.errs, "its manifest is saved first") {
		t.Errorf("%s", o.errs)
	}
	expectField(t, ns, "job", "ix", "{.status.ready}", "2")
	if now := field(t, ns, "job", "ix", "{.metadata.uid}"); now == uid {
		t.Errorf("its UID is still %s", now)
	}
	saved, err := filepath.Glob(filepath.Join(h.state, "paddock", "manifests", ns+"_ix_*.yaml"))
	if err != nil || len(saved) != 1 {
		t.Fatalf("%v %v", saved, err)
	}
	info, err := os.Stat(saved[0])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	h.do(0, "delete", "ix")
	eventually(t, "the saved manifest makes the job again", func() error {
		_, err := kubectlAs(t.Context(), cluster.Admin, "create", "-f", saved[0])
		return err
	})
	expectField(t, ns, "job", "ix", "{.status.ready}", "2")
	h.remembers("restart", "restart", "delete")
}

func TestCLIKill(t *testing.T) {
	ns := namespace(t)
	spec := indexedSpec(7)
	spec["backoffLimitPerIndex"] = 100 // else the Job waits longer with every kill
	apply(t, trainJob(ns, "ix", spec))
	h := handsOn(t, ns)
	expectField(t, ns, "job", "ix", "{.status.ready}", "7")
	first := runningByIndex(t, ns)
	replaced := func(killed ...string) {
		t.Helper()
		eventually(t, fmt.Sprintf("%v are replaced", killed), func() error {
			now := runningByIndex(t, ns)
			for i, uid := range first {
				if (now[i] != uid) != slices.Contains(killed, i) || now[i] == "" {
					return fmt.Errorf("%v were %v", now, first)
				}
			}
			return nil
		})
	}
	for how, two := range map[string][]string{"evict": {"1", "3"}, "delete": {"0", "2"}, "force": {"4", "5"}} {
		c := h.do(0, "kill", "ix", "--worker", strings.Join(two, ","), "--how", how, "-o", "json").changed(t)
		if c.Action != "kill" || len(c.Done) != 2 || c.Done[0].Object != "w"+two[0]+" of "+ns+"/ix" || c.Done[0].UID != first[two[0]] || c.Done[0].Worker != "w"+two[0] || c.Done[0].Job != "ix" || c.Done[0].Kind != "Pod" || !strings.HasPrefix(c.Done[0].Name, "ix-"+two[0]+"-") || c.Done[1].UID != first[two[1]] {
			t.Errorf("%s: %+v, the pods were %v", how, c, first)
		}
	}
	replaced("0", "1", "2", "3", "4", "5")
	c := h.do(partly, "kill", "ix", "--worker", "6-7", "-o", "json").changed(t)
	if len(c.Done) != 1 || len(c.Refused) != 1 || c.Refused[0].Object != "w7 of "+ns+"/ix" {
		t.Errorf("%+v", c)
	}
	replaced("0", "1", "2", "3", "4", "5", "6")
}

// runningByIndex are the UIDs of a namespace's running pods by completion index.
func runningByIndex(t *testing.T, ns string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for line := range strings.Lines(kubectl(t, "-n", ns, "get", "pods", "-o",
		`go-template={{range .items}}{{if not .metadata.deletionTimestamp}}{{if eq .status.phase "Running"}}{{index .metadata.labels "batch.kubernetes.io/job-completion-index"}} {{.metadata.uid}}{{"\n"}}{{end}}{{end}}{{end}}`)) {
		f := strings.Fields(line)
		out[f[0]] = f[1]
	}
	return out
}

// TestCLIKillManyWithABudget kills 50 workers in one go; a budget keeps three,
// and the report names just those.
func TestCLIKillManyWithABudget(t *testing.T) {
	ns := namespace(t)
	apply(t, trainJob(ns, "wide", indexedSpec(50)), map[string]any{
		"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": map[string]any{"namespace": ns, "name": "keep"},
		"spec": map[string]any{"minAvailable": 3, "selector": map[string]any{"matchExpressions": []any{
			map[string]any{"key": "batch.kubernetes.io/job-completion-index", "operator": "In", "values": []any{"5", "25", "45"}},
		}}},
	})
	h := handsOn(t, ns)
	expectField(t, ns, "job", "wide", "{.status.ready}", "50")
	expectField(t, ns, "pdb", "keep", "{.status.expectedPods} {.status.currentHealthy}", "3 3")
	before := pods(t, ns, "wide")
	o := h.do(partly, "kill", "wide", "--worker", "0-49")
	lines := strings.Split(strings.TrimSpace(o.out), "\n")
	if len(lines) != 4 || lines[0] != "kill: 47 of 50 done" {
		t.Fatalf("%s%s", o.out, o.errs)
	}
	for i, w := range []string{"w5", "w25", "w45"} {
		if !strings.HasPrefix(lines[i+1], w+" of "+ns+"/wide: a disruption budget does not allow") {
			t.Error(lines[i+1])
		}
	}
	eventually(t, "three of the fifty are left", func() error {
		left := 0
		for _, p := range pods(t, ns, "wide") {
			if slices.Contains(before, p) {
				left++
			}
		}
		if left != 3 {
			return fmt.Errorf("%d are left", left)
		}
		return nil
	})
	if n := len(h.audited()); n != 50 {
		t.Errorf("%d lines in the audit log", n)
	}
}

// TestCLIForceDelete forgets a worker on a node that is not ready, once its
// name is given.
func TestCLIForceDelete(t *testing.T) {
	ns := namespace(t)
	spec := indexedSpec(1)
	spec["template"] = map[string]any{
		"metadata": map[string]any{"annotations": map[string]any{"sim.paddock/never-gone": "true"}},
		"spec": map[string]any{"restartPolicy": "Never", "nodeName": "gpu-007", "tolerations": []any{map[string]any{"operator": "Exists"}},
			"containers": []any{map[string]any{"name": "trainer", "image": "paddle:3"}}},
	}
	apply(t, trainJob(ns, "stuck", spec))
	h := handsOn(t, ns)
	var victim string
	eventually(t, "the worker is there", func() error {
		p := pods(t, ns, "stuck")
		if len(p) != 1 {
			return errNotYet
		}
		victim = p[0]
		return nil
	})
	if o := h.do(refused, "force-delete", "stuck", "--worker", "0", "--confirm", "gpu-007"); !strings.Contains(o.errs, "nobody has deleted it: kill it") {
		t.Errorf("%s", o.errs)
	}
	kubectl(t, "-n", ns, "delete", "pods", "--all", "--wait=false")
	there := func() bool {
		return strings.Contains(kubectl(t, "-n", ns, "get", "pods", "-o", "jsonpath={.items[*].metadata.uid}"), victim)
	}
	for _, names := range [][]string{{}, {"--confirm", "gpu-008"}} {
		o := h.do(unconfirmed, append([]string{"force-delete", "stuck", "--worker", "0"}, names...)...)
		if !strings.Contains(o.errs, "add --confirm gpu-007") || !there() {
			t.Errorf("%v: %s", names, o.errs)
		}
	}
	h.do(0, "force-delete", "stuck", "--worker", "0", "--confirm", "gpu-007")
	eventually(t, "the worker is forgotten", func() error {
		if there() {
			return errNotYet
		}
		return nil
	})
	h.remembers("force-delete")
}

func TestCLIPrune(t *testing.T) {
	ns := namespace(t)
	ends := map[string]any{
		"metadata": map[string]any{"annotations": map[string]any{"sim.paddock/run-for": "1s"}},
		"spec":     map[string]any{"restartPolicy": "Never", "containers": []any{map[string]any{"name": "trainer", "image": "paddle:3"}}},
	}
	apply(t, trainJob(ns, "over", map[string]any{"template": ends}), trainJob(ns, "goes-on", indexedSpec(1)))
	h := handsOn(t, ns)
	expectField(t, ns, "job", "over", `{.status.conditions[?(@.type=="Complete")].status}`, "True")
	if o := h.do(0, "prune"); o.out != "nothing to do\n" {
		t.Errorf("it ended just now: %s%s", o.out, o.errs)
	}
	h.do(refused, "restart", "over")
	h.do(0, "prune", "--older-than", "0")
	eventually(t, "the job that is over is gone, and the other is not", func() error {
		if left := kubectl(t, "-n", ns, "get", "jobs", "-o", "name"); left != "job.batch/goes-on\n" {
			return fmt.Errorf("left: %s", left)
		}
		return nil
	})
	h.remembers("delete")
}

func TestCLICordon(t *testing.T) {
	h := handsOn(t, "")
	state := func() string { return kubectl(t, "get", "node", "gpu-014", "--no-headers") }
	h.run(0, "cordon", "gpu-014", "--yes")
	if !strings.Contains(state(), "Ready,SchedulingDisabled") {
		t.Errorf("after cordon: %s", state())
	}
	if o := h.run(0, "cordon", "gpu-014", "--yes"); !strings.Contains(o.errs, "nothing to do: Node gpu-014: it is cordoned already") {
		t.Errorf("%s", o.errs)
	}
	h.run(0, "uncordon", "gpu-014", "--yes")
	if strings.Contains(state(), "SchedulingDisabled") {
		t.Errorf("after uncordon: %s", state())
	}
	if o := h.run(1, "cordon", "gpu-14", "--yes"); !strings.Contains(o.errs, "there is no node gpu-14") || !strings.Contains(o.errs, "gpu-014") {
		t.Errorf("%s", o.errs)
	}
}

// TestCLIChangesNothingUnasked tries all that keeps a change from being done.
func TestCLIChangesNothingUnasked(t *testing.T) {
	ns := namespace(t)
	apply(t, trainJob(ns, "ix", indexedSpec(2)), trainJob(ns, "other", indexedSpec(1)))
	h := handsOn(t, ns)
	expectField(t, ns, "job", "ix", "{.status.ready}", "2")
	expectField(t, ns, "job", "other", "{.status.ready}", "1")
	guarded := config(t, "contexts: [{match: "+cluster.Admin+", protected: true}]")
	closed := config(t, "contexts: [{match: "+cluster.Admin+", readOnly: true}]")
	look := func() string {
		return status(t, "{.items[*].metadata.uid} {.items[*].metadata.generation} {.items[*].metadata.deletionTimestamp}", "-n", ns, "jobs,pods")
	}
	before := look()
	for _, c := range []struct {
		code int
		says string
		line string
	}{
		{unconfirmed, "add --yes", "suspend ix"},
		{unconfirmed, "add --yes", "kill ix --worker 0"},
		{unconfirmed, "add --yes", "restart ix --anew"},
		{unconfirmed, "add --confirm ix", "suspend ix --yes --config " + guarded},
		{unconfirmed, "add --confirm ix", "kill ix --worker 0,1 --yes --config " + guarded},
		{unconfirmed, "add --confirm " + cluster.Admin, "delete ix other --yes --config " + guarded},
		{unconfirmed, "add --confirm ix", "scale ix --workers 3 --yes --confirm other --config " + guarded},
		{refused, "read-only from here", "suspend ix --yes --config " + closed},
		{refused, "read-only from here", "delete ix --yes --read-only"},
		{refused, "read-only from here", "cordon gpu-014 --yes --read-only --server https://" + deadAddress(t)},
		{1, "connection refused", "delete ix --yes --server https://" + deadAddress(t)},
		{1, "there is no namespace", "delete ix --yes -n no-such-namespace"},
		{2, "say which", "kill ix --yes"},
	} {
		if o := h.run(c.code, strings.Fields(c.line+" -n "+ns)...); !strings.Contains(o.errs, c.says) || o.out != "" {
			t.Errorf("%s: %q, want %q", c.line, o.out+o.errs, c.says)
		}
	}
	for code, line := range map[int]string{
		unconfirmed: "restart ix --anew -o json", refused: "restart ix --yes -o json --config " + closed, 1: "restart none --yes -o json",
	} {
		if c := h.run(code, strings.Fields(line+" -n "+ns)...).changed(t); c.Action != "restart" || c.Error == "" || len(c.Done) != 0 {
			t.Errorf("%s: %+v", line, c)
		}
	}
	if after := look(); after != before {
		t.Errorf("%s\nwere\n%s", after, before)
	}
	if _, err := os.Stat(filepath.Join(h.state, "paddock", "audit.jsonl")); err == nil && len(h.audited()) > 0 {
		t.Errorf("%v", h.audited())
	}
	h.do(0, "suspend", "ix", "--confirm", "ix", "--config", guarded)
	h.remembers("suspend")
}

// TestCLINamesTheMissingRight changes as users who may not.
func TestCLINamesTheMissingRight(t *testing.T) {
	h := handsOn(t, cluster.TeamNamespace)
	look := func() string {
		return status(t, "{.items[*].metadata.uid}", "-n", h.ns, "pods", "-l", "app=ocr-det-large")
	}
	before := look()
	o := h.run(refused, "kill", "ocr-det-large", "--worker", "0", "--yes", "--context", cluster.TeamA)
	expectAll(t, o.errs, "w0 of ocr/ocr-det-large: you may not create pods/eviction in namespace ocr", "kubectl auth can-i create pods --subresource=eviction -n ocr")
	o = h.run(refused, "scale", "ocr-rec-v4", "--workers", "9", "--yes", "--context", cluster.Viewer)
	expectAll(t, o.errs, "you may not patch jobs.batch in namespace ocr", "kubectl auth can-i patch jobs.batch -n ocr")
	o = h.run(1, "cordon", "gpu-014", "--yes", "--context", cluster.TeamA)
	expectAll(t, o.errs, "node gpu-014 can't be looked for", "may not watch nodes")
	if after := look(); after != before {
		t.Errorf("%s was %s", after, before)
	}
}

// TestCLIAsksOnATerminal answers the question in each way.
func TestCLIAsksOnATerminal(t *testing.T) {
	ns := namespace(t)
	apply(t, trainJob(ns, "ix", indexedSpec(2)))
	h := handsOn(t, ns)
	expectField(t, ns, "job", "ix", "{.status.ready}", "2")
	guarded := config(t, "contexts: [{match: "+cluster.Admin+", protected: true}]")
	for _, c := range []struct {
		question, keys string
		code           int
		workers        string
		args           []string
	}{
		{"[y/N]", "n" + terminal.Enter, unconfirmed, "2", nil},
		{"[y/N]", terminal.Enter, unconfirmed, "2", nil},
		{"[y/N]", terminal.CtrlC, unconfirmed, "2", nil},
		{"Type ix to go on", "y" + terminal.Enter, unconfirmed, "2", []string{"--config", guarded}},
		{"[y/N]", "y" + terminal.Enter, 0, "3", nil},
		{"Type ix to go on", "ix" + terminal.Enter, 0, "3", []string{"--config", guarded, "--workers", "4"}},
	} {
		s := open(t, 160, 48, h.env(), append([]string{"scale", "ix", "--workers", "3", "-n", ns}, c.args...)...)
		s.shows("scale "+ns+"/ix from ", c.question)
		s.press(c.keys)
		if code, err := s.Wait(t.Context()); code != c.code || err != nil {
			t.Errorf("%q: exit code %d, want %d, %v\n%s", c.keys, code, c.code, err, s.Text())
		}
		if c.code != 0 {
			if got := field(t, ns, "job", "ix", "{.spec.parallelism}"); got != c.workers {
				t.Errorf("%q: %s workers", c.keys, got)
			}
		}
	}
	expectField(t, ns, "job", "ix", "{.spec.parallelism} {.status.ready}", "4 4")
	h.remembers("scale", "scale")
}

// TestCLIInterrupted ends a restart with ctrl-c while it waits for workers that
// never end.
func TestCLIInterrupted(t *testing.T) {
	ns := namespace(t)
	spec := indexedSpec(1)
	spec["template"] = map[string]any{
		"metadata": map[string]any{"annotations": map[string]any{"sim.paddock/never-gone": "true"}},
		"spec":     map[string]any{"restartPolicy": "Never", "containers": []any{map[string]any{"name": "trainer", "image": "paddle:3"}}},
	}
	apply(t, trainJob(ns, "stuck", spec))
	h := handsOn(t, ns)
	expectField(t, ns, "job", "stuck", "{.status.ready}", "1")
	s := open(t, 160, 48, h.env(), "restart", "stuck", "-n", ns, "--yes")
	expectField(t, ns, "job", "stuck", "{.spec.suspend}", "true")
	s.press(terminal.CtrlC)
	if code, err := s.Wait(t.Context()); code != partly || err != nil {
		t.Errorf("exit code %d, %v", code, err)
	}
	if text := strings.Join(strings.Fields(s.Text()), " "); !strings.Contains(text, "it is suspended, but its workers have not ended") || !strings.Contains(text, "-> resume it") {
		t.Errorf("%s", s.Text())
	}
	if lines := h.audited(); len(lines) != 1 || lines[0]["result"] != "half" {
		t.Errorf("%v", lines)
	}
}

func TestCLICompletes(t *testing.T) {
	ns := namespace(t)
	apply(t, trainJob(ns, "ix", indexedSpec(2)))
	h := handsOn(t, ns)
	expectField(t, ns, "job", "ix", "{.status.ready}", "2")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"suspend", "-n", ns, ""}, "ix\n"},
		{[]string{"kill", "ix", "-n", ns, "--worker", ""}, "w0\nw1\n"},
		{[]string{"kill", "ix", "-n", ns, "--how", ""}, "evict\ndelete\nforce\n"},
		{[]string{"uncordon", ""}, "gpu-005\n"},
	} {
		if o := h.run(0, append([]string{"__complete"}, c.args...)...); !strings.HasPrefix(o.out, c.want) {
			t.Errorf("%v: %s", c.args, o.out)
		}
	}
}
