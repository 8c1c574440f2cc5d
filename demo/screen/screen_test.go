package screen

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The usual sizes: the smallest that is useful, and a wide one.
var sizes = [][2]int{{80, 24}, {160, 48}}

func atEachSize(t *testing.T, play func(*Screen)) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			Play(t, Options{Width: size[0], Height: size[1], Seed: 1}, play)
		})
	}
}

// row is the line of the screen on which a word stands.
func row(screen, word string) string {
	for line := range strings.Lines(screen) {
		if strings.Contains(line, word) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

func TestTheStoryIsOnStage(t *testing.T) {
	Play(t, Options{Width: 200, Height: 60, Seed: 1}, func(x *Screen) {
		x.Shows("GPUs 192", "broken 1")
		for job, words := range map[string][]string{
			"ernie-pretrain":  {"running", "8/8", "64"},
			"det-large":       {"waiting", "Insufficient nvidia.com/gpu"},
			"svtr-kfold":      {"failing", "CrashLoopBackOff"},
			"ppyoloe-coco":    {"running", "tensor", "the others"},
			"qwen-dpo":        {"running", "it may hang"},
			"asr-debug":       {"running", "8 GPUs idle"},
			"slanet-table":    {"failing", "137 OOMKilled"},
			"dbnet-finetune":  {"failing", "ImagePullBackOff"},
			"clip-retro":      {"failing", "ImagePullBackOff"},
			"conformer-xl":    {"waiting", "exceeded quota"},
			"ernie-sft":       {"suspended"},
			"paddleocr-train": {"running", "1/1"},
			"notebook-xujia":  {"Pod", "running"},
		} {
			line := row(x.Text(), job)
			for _, w := range words {
				if !strings.Contains(line, w) {
					t.Errorf("%s: no %q in %q", job, w, line)
				}
			}
		}
	})
}

func TestWalk(t *testing.T) {
	atEachSize(t, func(x *Screen) {
		x.Type("/dbnet")
		x.Press(Enter)
		x.Shows("1 of ", "dbnet-finetune")
		x.Hides("ernie-pretrain")
		x.Press(Enter)
		x.Shows("Jobs › ocr/dbnet-finetune", "4 workers", "created")
		x.Press("d")
		x.Shows("› describe", "Conditions")
		x.Press(Esc)
		x.Pass(time.Second) // an escape may begin a sequence
		x.Shows("4 workers")
		x.Press(Enter)
		x.Shows("› w0  dbnet-finetune-0-", "devices bound", "ImagePullBackOff")
		x.Press("y")
		x.Shows("› YAML", "apiVersion: v1")
		x.Press("q")
		x.Shows("devices bound")
		x.Press("q", "q")
		x.Shows("Jobs  /dbnet")
		x.Type(":nodes")
		x.Press(Enter)
		x.Shows("NODE", "STATE", "a100-15", "1 of 8 GPUs broken")
		x.Press("m")
		x.Shows("busy 0 to 100%")
		x.Type(":teams")
		x.Press(Enter)
		x.Shows("QUOTA", "44/56", "speech")
		x.Press("?")
		x.Shows("Help")
	})
}

// Time passes: jobs arrive and end, and readings go on.
func TestTimePasses(t *testing.T) {
	Play(t, Options{Width: 160, Height: 60, Seed: 3}, func(x *Screen) {
		before := jobsOn(x.Text())
		for range 40 {
			x.Pass(time.Minute)
			x.Shows("kubernetes live", "prometheus live")
		}
		after := jobsOn(x.Text())
		arrived, gone := 0, 0
		for name := range after {
			if !before[name] {
				arrived++
			}
		}
		for name := range before {
			if !after[name] {
				gone++
			}
		}
		if arrived < 3 || gone < 3 {
			t.Errorf("in 40 minutes %d jobs arrived and %d left:\n%s", arrived, gone, x.Text())
		}
		x.Shows("03:5") // the clock went on
	})
}

func jobsOn(screen string) map[string]bool {
	names := map[string]bool{}
	for line := range strings.Lines(screen) {
		for _, team := range []string{" ocr ", " nlp ", " vision ", " speech ", " research "} {
			if name, _, ok := strings.Cut(line, team); ok {
				if f := strings.Fields(name); len(f) > 0 {
					names[f[len(f)-1]] = true
				}
			}
		}
	}
	return names
}

// Somebody else kills a worker: the screen tells, and shows its next attempt.
func TestAWorkerIsKilled(t *testing.T) {
	Play(t, Options{Width: 160, Height: 48, Seed: 1}, func(x *Screen) {
		x.Type(":job nlp/ernie-pretrain")
		x.Press(Enter)
		x.Shows("8 workers", "8 alike")
		x.Press("u") // one by one
		x.Shows(" w3 ", "a100-04")
		var pod string
		for _, p := range x.Pods("nlp") {
			if strings.HasPrefix(p, "ernie-pretrain-3-") {
				pod = p
			}
		}
		x.DeletePod("nlp", pod)
		x.Until("the worker ends", func(screen string) bool { return strings.Contains(row(screen, " w3 "), "ending") })
		x.Until("its next attempt", func(screen string) bool {
			return strings.Contains(row(screen, " w3 "), "starting") || strings.Contains(row(screen, " w3 "), "running")
		})
		for _, p := range x.Pods("nlp") {
			if p == pod {
				t.Errorf("%s is still there", pod)
			}
		}
	})
}

// A team that may see nothing but its namespace.
func TestATeamsOwnView(t *testing.T) {
	Play(t, Options{Width: 160, Height: 48, Seed: 1, Context: "demo-ocr"}, func(x *Screen) {
		x.Shows("team ocr", "svtr-kfold", "dbnet-finetune", "nodes forbidden", "prometheus forbidden")
		x.Hides("ernie-pretrain")
		x.Type(":ctx demo-viewer")
		x.Press(Enter)
		x.Shows("demo-viewer", "all teams", "ernie-pretrain")
	})
}
