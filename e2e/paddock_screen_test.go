package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	core "k8s.io/api/core/v1"

	"paddock/e2e/cluster"
	"paddock/e2e/terminal"
)

// sizes are the smallest terminal that is useful, and a usual one.
func sizes(t *testing.T, test func(t *testing.T, width, height int)) {
	for _, size := range [][2]int{{80, 24}, {160, 48}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) { test(t, size[0], size[1]) })
	}
}

// TestPaddockDrawsBeforeAnybodyAnswers connects to a server that takes
// connections and never says a word.
func TestPaddockDrawsBeforeAnybodyAnswers(t *testing.T) {
	sizes(t, func(t *testing.T, width, height int) {
		s := open(t, width, height, nil, "--server", "https://"+mute(t))
		s.shows("connecting", "Jobs", "? help")
		s.press("?")
		s.shows("› ", "w wrap") // the keys answer: this is the help
		s.press("qq")
		if code, err := s.Wait(t.Context()); code != 0 || err != nil {
			t.Errorf("exit code %d, %v", code, err)
		}
	})
}

// mute is the address of a server that accepts and stays silent.
func mute(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// TestPaddockWalk goes through all screens and back.
func TestPaddockWalk(t *testing.T) {
	sizes(t, func(t *testing.T, width, height int) {
		s := open(t, width, height, nil)
		s.shows("kubernetes live", "prometheus live", "seg-bad-tag", "failing")
		s.press("/rec-v4" + terminal.Enter)
		s.shows("ocr-rec-v4", "4/4", "1 of ")
		s.hides("seg-bad-tag")
		s.press(terminal.Enter)
		s.shows("Jobs › ocr/ocr-rec-v4", "4 workers", "w3", "scheduled", "image pulled")
		s.press("d")
		s.shows("› describe", "Conditions", "Events", "Successfully assigned ocr/ocr-rec-v4-0")
		s.press("q")
		s.shows("4 workers")
		s.press(terminal.Enter)
		s.shows("› w0  ocr-rec-v4-0-", "devices bound", "Devices", "GPU-")
		s.press(terminal.Esc)
		s.shows("4 workers")
		s.press(terminal.Esc)
		s.shows("Jobs  /rec-v4")
		s.press(terminal.Esc)
		s.shows("seg-bad-tag") // the rows around it are back
		s.command("nodes")
		s.shows("Nodes", "gpu-007", "not ready", "gpu-005", "cordoned")
		s.press("m")
		s.shows("NVIDIA-H100-80GB-HBM3", "nodes, ")
		s.press("m")
		s.shows("NODE", "STATE")
		s.command("node gpu-011")
		s.shows("Nodes › gpu-011", "HELD BY", "8 devices", "GPU 3 broken (no reading)")
		s.press("q")
		s.command("teams")
		s.shows("语音", "56/64")
		s.command("jobs team:vision state:failing")
		s.shows("seg-bad-tag", "seg-no-secret")
		s.hides("ocr-rec-v4")
	})
}

func TestPaddockFollowsTheSizeOfTheTerminal(t *testing.T) {
	s := open(t, 80, 24, nil)
	s.shows("kubernetes live", "enter open")
	for _, size := range [][2]int{{200, 60}, {60, 12}, {80, 24}} {
		if err := s.Resize(size[0], size[1]); err != nil {
			t.Fatal(err)
		}
		s.until(fmt.Sprintf("the footer at %d lines", size[1]), func(screen string) bool {
			lines := strings.Split(screen, "\n")
			return len(lines) == size[1] && strings.Contains(lines[size[1]-1], "? help")
		})
	}
}

// TestPaddockShowsNoSecrets looks at the YAML and the description of a pod that
// has secrets where people put them.
func TestPaddockShowsNoSecrets(t *testing.T) {
	const secret = "hunter2-very-secret"
	pod := core.Pod{Spec: core.PodSpec{
		NodeSelector: map[string]string{"kubernetes.io/hostname": "gpu-009"},
		Containers: []core.Container{{
			Name: "trainer", Image: "busybox", Args: []string{"--api-key=" + secret, "--db", "postgres://me:" + secret + "@db/x"},
			Env:       []core.EnvVar{{Name: "WANDB_API_KEY", Value: secret}, {Name: "EPOCHS", Value: "90"}},
			Resources: core.ResourceRequirements{Limits: core.ResourceList{"nvidia.com/gpu": *quantity(1)}},
		}},
	}}
	pod.APIVersion, pod.Kind, pod.Name, pod.Namespace = "v1", "Pod", "secretive", "vision"
	text, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "pod.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	kubectl(t, "apply", "-f", file) // its annotation repeats the whole object
	defer kubectl(t, "delete", "pod", "-n", "vision", "secretive", "--wait=false")
	s := open(t, 160, 200, nil)
	s.shows("kubernetes live", "secretive")
	s.command("job vision/secretive")
	s.shows("Jobs › vision/secretive")
	s.press("y")
	s.shows("kind: Pod", "name: secretive", "EPOCHS", "nvidia.com/gpu", "(hidden)")
	yaml := s.Text()
	s.press("q")
	s.press("d")
	s.shows("Container trainer", "EPOCHS")
	for what, screen := range map[string]string{"YAML": yaml, "describe": s.Text()} {
		for _, not := range []string{secret, "managedFields", "f:metadata"} {
			if strings.Contains(screen, not) {
				t.Errorf("%s shows %q:\n%s", what, not, screen)
			}
		}
	}
}

// TestPaddockSwitches goes to another user's context, other namespaces, and
// back, also away from a cluster that does not answer.
func TestPaddockSwitches(t *testing.T) {
	dead := filepath.Join(t.TempDir(), "dead")
	kubeconfig := fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: mute, cluster: {server: "https://%s"}}]
contexts: [{name: mute, context: {cluster: mute}}]
`, mute(t))
	if err := os.WriteFile(dead, []byte(kubeconfig), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, 160, 48, []string{"KUBECONFIG=" + shared.Kubeconfig + ":" + dead}, "--context", "mute")
	s.shows("connecting to mute")
	s.command("ctx " + cluster.Viewer)
	s.shows(" viewer  all teams", "kubernetes live", "ocr-rec-v4", "yolo-preempted")
	s.command("ns ocr,nlp")
	s.shows("teams ocr,nlp", "ocr-rec-v4", "bert-idle")
	s.hides("distill-t4")
	s.command("ctx " + cluster.TeamA)
	s.shows(" team-ocr ", "team ocr", "forbidden", "ocr-rec-v4")
	s.hides("bert-idle")
	s.command("ctx mute")
	s.shows("connecting to mute")
	s.hides("ocr-rec-v4")
	s.command("ctx")
	s.shows("Contexts", cluster.Admin, cluster.Nobody)
	s.press("adm")
	s.until("the list narrowed", func(screen string) bool { return !strings.Contains(screen, "cluster paddock  user nobody") })
	s.press(terminal.Enter)
	s.shows(" admin  all teams", "kubernetes live", "bert-idle")
}

// TestPaddockLeavesTheTerminalAsItWas ends paddock in every way.
func TestPaddockLeavesTheTerminalAsItWas(t *testing.T) {
	for what, end := range map[string]func(screen) error{
		"q":       func(s screen) error { return s.Press("q") },
		"ctrl-c":  func(s screen) error { return s.Press(terminal.CtrlC) },
		":q":      func(s screen) error { s.command("q"); return nil },
		"SIGTERM": func(s screen) error { return s.Signal(syscall.SIGTERM) },
		"SIGHUP":  func(s screen) error { return s.Signal(syscall.SIGHUP) },
	} {
		t.Run(what, func(t *testing.T) {
			s := open(t, 80, 24, nil)
			s.shows("kubernetes live", "prometheus live")
			if s.Restored() {
				t.Error("it does not use the alternate screen")
			}
			if err := end(s); err != nil {
				t.Fatal(err)
			}
			code, err := s.Wait(t.Context())
			if err != nil || code != 0 {
				t.Errorf("exit code %d, %v", code, err)
			}
			if !s.Restored() {
				t.Errorf("the terminal is not as it was:\n%s", s.Text())
			}
			if err := syscall.Kill(s.PID(), 0); err != syscall.ESRCH {
				t.Errorf("the process is still there: %v", err)
			}
		})
	}
}
