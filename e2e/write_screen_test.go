package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"paddock/e2e/cluster"
	"paddock/e2e/terminal"
)

// Keys that change things, as a terminal sends them.
const (
	ctrlK = "\x0b"
	ctrlS = "\x13"
)

// grace is longer than a dialog takes no answer for after it has opened.
const grace = 700 * time.Millisecond

// ask presses the key of a dialog, and waits until it takes an answer.
func (s screen) ask(key string, shows ...string) {
	s.t.Helper()
	s.press(key)
	s.shows(shows...)
	time.Sleep(grace)
}

// audit reads the lines that changes left.
func audit(t *testing.T, state string) []map[string]any {
	t.Helper()
	file := filepath.Join(state, "paddock", "audit.jsonl")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the audit log may be read by others: %v (%v)", info.Mode(), err)
	}
	var out []map[string]any
	for line := range strings.Lines(string(text)) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		out = append(out, o)
	}
	return out
}

// Fifty marked workers are killed in one go; those that a disruption budget
// keeps are named.
func TestScreenKillsFiftyMarked(t *testing.T) {
	ns, state := namespace(t), t.TempDir()
	apply(t, trainJob(ns, "wide", indexedSpec(50)), map[string]any{
		"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": map[string]any{"namespace": ns, "name": "keep"},
		"spec": map[string]any{"minAvailable": 3, "selector": map[string]any{"matchExpressions": []any{
			map[string]any{"key": "batch.kubernetes.io/job-completion-index", "operator": "In", "values": []any{"5", "25", "45"}},
		}}},
	})
	e := eyesOf(t, cluster.Admin, ns)
	j := e.job("wide", "running", 50)
	expectField(t, ns, "pdb", "keep", "{.status.expectedPods}", "3")
	s := open(t, 160, 48, []string{"XDG_STATE_HOME=" + state}, "-n", ns)
	s.shows("wide", "50/50")
	s.press(terminal.Enter)
	s.shows("= 50 alike")
	s.press(" ")
	s.shows("50 marked")
	s.ask(ctrlK, "Kill 50 workers?", "w0, w1, w2", "a disruption budget may refuse it")
	s.press("y")
	s.shows("Kill: 47 of 50 done")
	for _, w := range []string{"w5", "w25", "w45"} {
		s.shows(w + " of " + ns + "/wide: a disruption budget does not allow")
	}
	left := pods(t, ns, "wide")
	for i, w := range j.Workers {
		kept := i == 5 || i == 25 || i == 45
		if slices.Contains(left, w.Pod.UID) != kept {
			t.Errorf("w%d: kept by the budget %v, its pod is there %v", i, kept, !kept)
		}
	}
	results := map[any]int{}
	for _, line := range audit(t, state) {
		results[line["result"]]++
	}
	if results["done"] != 47 || results["refused"] != 3 {
		t.Errorf("the audit log has %v", results)
	}
}

// A dialog that is open while its pod is replaced by another one of the same
// name does nothing to that.
func TestScreenSparesAReplacedPod(t *testing.T) {
	ns := namespace(t)
	pod := runner(t, ns, "trainer")
	s := open(t, 100, 30, nil, "-n", ns)
	s.shows("run-0", "running")
	s.press(terminal.Enter)
	s.shows("1 worker")
	s.ask(ctrlK, "Evict ")
	kubectl(t, "-n", ns, "delete", "pod", "run-0", "--force", "--grace-period=0")
	apply(t, pod)
	now := kubectl(t, "-n", ns, "get", "pod", "run-0", "-o", "jsonpath={.metadata.uid}")
	s.press("y")
	s.shows("is another pod now; nothing was done")
	if uid := kubectl(t, "-n", ns, "get", "pod", "run-0", "-o", "jsonpath={.metadata.uid}{.metadata.deletionTimestamp}"); uid != now {
		t.Errorf("the new pod %s is %s", now, uid)
	}
}

// A submit from the screen is followed to the first log line.
func TestScreenSubmits(t *testing.T) {
	sizes(t, func(t *testing.T, width, height int) {
		ns := fmt.Sprintf("submit-%d", width)
		apply(t, map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": ns}})
		t.Cleanup(func() {
			if _, err := kubectlAs(context.Background(), cluster.Admin, "delete", "namespace", ns, "--wait=false"); err != nil {
				t.Error(err)
			}
		})
		file := filepath.Join(t.TempDir(), "recipe.yaml")
		recipe := "name: bert\nframework: paddle\nimage: paddlepaddle/paddle:2.6.1\ncommand: [python, -m, paddle.distributed.launch, train.py]\nworkers: 2\ngpus: 0\n"
		if err := os.WriteFile(file, []byte(recipe), 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, width, height, []string{"XDG_STATE_HOME=" + t.TempDir()}, "-n", ns)
		s.shows("No training jobs")
		s.press(":submit " + file + terminal.Enter)
		s.shows("framework", "bert", ns)
		s.press(ctrlS)
		s.shows("Review", "What is sent")
		if got := kubectl(t, "-n", ns, "get", "jobs,services", "-o", "name"); got != "" {
			t.Fatalf("the review left something behind: %s", got)
		}
		s.ask(ctrlS, "Submit Service and Job "+ns+"/bert?")
		s.press("y")
		s.shows("› "+ns+"/bert", "2/2 workers")
		if err := shared.Print(time.Now(), "LAUNCH INFO ready"); err != nil {
			t.Fatal(err)
		}
		s.shows(" says: ") // what others printed before may come first: all containers have one log
		expectField(t, ns, "job", "bert", "{.spec.completions} {.status.ready}", "2 2")
		expectField(t, ns, "service", "bert", "{.metadata.ownerReferences[0].kind} {.spec.publishNotReadyAddresses}", "Job true")
	})
}

// A shell has the terminal: its size, its keys, ctrl-c among them. What is
// typed after its end is the screen's again.
func TestScreenShell(t *testing.T) {
	ns := namespace(t)
	runner(t, ns, "trainer")
	s := open(t, 100, 30, nil, "-n", ns)
	s.shows("run-0", "running")
	s.press(terminal.Enter)
	s.shows("1 worker")
	s.press("s")
	s.shows("paddock: a shell in", "container trainer")
	s.press("stty size; echo $((6*7))" + terminal.Enter)
	s.shows("30 100", "42")
	s.press("stty -isig; echo re''ady; head -c 1 | od -An -tx1; stty isig" + terminal.Enter)
	s.shows("\nready")
	s.press(terminal.CtrlC) // is the other side's
	s.press(terminal.Enter)
	s.shows("\n 03")
	s.press("exit" + terminal.Enter)
	s.shows("the shell in", "ended", "1 worker")
	time.Sleep(grace)
	s.press("?")
	s.shows("Help")
}

// A forwarded port leads to the worker until it is ended.
func TestScreenForward(t *testing.T) {
	ns := namespace(t)
	runner(t, ns, "trainer")
	s := open(t, 160, 48, nil, "-n", ns)
	s.shows("run-0", "running")
	s.press(terminal.Enter)
	s.shows("1 worker")
	s.ask("f", "Forward a port to")
	s.press(terminal.CtrlU + ":7" + terminal.Enter)
	time.Sleep(grace)
	s.press("y")
	s.shows("forwarding 127.0.0.1:")
	at := regexp.MustCompile(`forwarding (127\.0\.0\.1:\d+)`).FindStringSubmatch(s.Text())
	if at == nil {
		t.Fatalf("no port on\n%s", s.Text())
	}
	if got := echoed(t, at[1], "hello"); got != "hello" {
		t.Errorf("port 7 sent back %q", got)
	}
	s.press(":forwards" + terminal.Enter)
	s.shows("Forwarded ports")
	s.press(terminal.Enter)
	s.shows("the forward to", "ended")
	if c, err := net.Dial("tcp", at[1]); err == nil {
		c.Close()
		t.Errorf("%s is still open", at[1])
	}
}

// echoed sends a text to an echo service, and returns what comes back.
func echoed(t *testing.T, address, text string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(c, got); err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// The editor is a real one, on the real terminal; only what was changed is sent.
func TestScreenEdits(t *testing.T) {
	ns := namespace(t)
	apply(t, trainJob(ns, "ix", indexedSpec(2)))
	s := open(t, 100, 30, []string{"EDITOR=vi", "VISUAL="}, "-n", ns)
	s.shows("ix", "2/2")
	s.press("e")
	s.shows("apiVersion: batch/v1")
	s.press(":%s/backoffLimit: 100/backoffLimit: 7/" + terminal.Enter)
	s.shows("backoffLimit: 7")
	s.press(":wq" + terminal.Enter)
	s.shows("Edit Job "+ns+"/ix?", "-   backoffLimit: 100", "+   backoffLimit: 7")
	time.Sleep(grace)
	s.press("y")
	s.shows("the server took it")
	expectField(t, ns, "job", "ix", "{.spec.backoffLimit}", "7")
}

// An administrator of one team can't touch another's, and the keys say so.
func TestScreenNamesMissingRights(t *testing.T) {
	s := open(t, 160, 48, nil, "--context", "viewer")
	s.shows("kubernetes live")
	time.Sleep(2 * grace) // the cursor settles, and the rights are asked for
	s.press("z")
	s.shows("you may not patch jobs.batch in namespace ")
	s.press("x" + ctrlK)
	s.press(":nodes" + terminal.Enter)
	s.shows("NODE")
	time.Sleep(2 * grace)
	s.press("c")
	s.shows("you may not patch nodes")
}
