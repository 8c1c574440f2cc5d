package e2e

import (
	"strings"
	"syscall"
	"testing"

	"paddock/e2e/terminal"
)

// TestScreenFinishesARestart ends paddock in the middle of a restart, whose
// workers do not end by themselves: the job is resumed all the same, unless one
// insists.
func TestScreenFinishesARestart(t *testing.T) {
	ns := namespace(t)
	for _, c := range []struct {
		job    string
		end    syscall.Signal
		insist bool
	}{
		{"terminated", syscall.SIGTERM, false},
		{"hung-up", syscall.SIGHUP, false},
		{"insisted", syscall.SIGTERM, true},
	} {
		t.Run(c.job, func(t *testing.T) {
			spec := indexedSpec(1)
			spec["template"] = map[string]any{
				"metadata": map[string]any{"annotations": map[string]any{"sim.paddock/never-gone": "true"}},
				"spec":     map[string]any{"restartPolicy": "Never", "containers": []any{map[string]any{"name": "trainer", "image": "paddle:3"}}},
			}
			apply(t, trainJob(ns, c.job, spec))
			h := handsOn(t, ns)
			expectField(t, ns, "job", c.job, "{.status.ready}", "1")
			s := open(t, 160, 48, h.env(), "-n", ns)
			s.shows(c.job, "running")
			s.press("/" + c.job + terminal.Enter)
			s.ask("r", "Restart "+ns+"/"+c.job+"?")
			s.press("y")
			expectField(t, ns, "job", c.job, "{.spec.suspend}", "true")
			if err := s.Signal(c.end); err != nil {
				t.Fatal(err)
			}
			s.shows("finishing: restart " + ns + "/" + c.job + "; ctrl-c leaves it half-way")
			want, suspended := "the server took it: restart "+ns+"/"+c.job, "false"
			if c.insist {
				s.press(terminal.CtrlC)
				want, suspended = "it is suspended, but its workers have not ended: it was interrupted resume it", "true"
			} else {
				kubectl(t, "-n", ns, "delete", "pods", "-l", "job-name="+c.job, "--force", "--grace-period=0")
			}
			if _, err := s.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			if text := strings.Join(strings.Fields(s.Text()), " "); !strings.Contains(text, want) {
				t.Errorf("no %q on\n%s", want, s.Text())
			}
			expectField(t, ns, "job", c.job, "{.spec.suspend}", suspended)
			if lines := h.audited(); len(lines) != 1 || lines[0]["action"] != "restart" {
				t.Errorf("%v", lines)
			}
		})
	}
}
