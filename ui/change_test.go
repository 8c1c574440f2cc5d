package ui

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"paddock/act"
	"paddock/fleet"
	"paddock/submit"
)

// calm is the sample on a context that is not protected.
func calm() *world {
	w := sample()
	w.snapshot.Cluster.Protected = false
	return w
}

// ask presses the key of a dialog, and lets the time pass in which it takes no answer.
func (x *terminal) ask(keys ...string) {
	x.press(keys...)
	time.Sleep(2 * graceTime)
	x.settle()
}

func TestARowSaysWhatIsDoneToItUntilTheWatchShowsIt(t *testing.T) {
	inTerminal(t, 120, 40, Options{}, func(x *terminal) {
		w := calm()
		x.board.publish(w.fleet())
		x.settle()
		x.ask("z")
		x.shows("Suspend speech/asr-base?", "on prod-a")
		x.press("y")
		x.shows("suspending ...", "the server took it", "failing") // the state is the watch's alone
		if got := x.board.carriedOut(); got != "prod-a: suspend speech/asr-base" {
			t.Errorf("done: %q", got)
		}
		for _, g := range w.snapshot.Groups {
			if g.Owner.Ref.Name == "asr-base" {
				object := *g.Job
				object.Phase = fleet.PhaseSuspended
				g.Job, g.Pods = &object, nil
			}
		}
		w.joiner = fleet.Joiner{}
		x.board.publish(w.fleet())
		x.settle()
		x.hides("suspending ...")
	})
}

func TestARefusedChangeIsTold(t *testing.T) {
	inTerminal(t, 120, 40, Options{}, func(x *terminal) {
		x.board.answer = func(a act.Action) act.Outcome {
			return act.Outcome{Action: a, Result: act.Unchanged, Says: "asr-base is another Job now; nothing was done", Hint: "look again"}
		}
		x.board.publish(calm().fleet())
		x.settle()
		x.ask("z")
		x.ask("y")
		x.shows("Suspend speech/asr-base: refused", "asr-base is another Job now; nothing was done", "look again", "esc close")
		x.press("n")
		x.hides("another Job", "suspending ...")
	})
}

func TestSeveralAreReportedByName(t *testing.T) {
	inTerminal(t, 120, 40, Options{}, func(x *terminal) {
		x.board.answer = func(a act.Action) act.Outcome {
			o := act.Outcome{Action: a, Result: act.Done, Says: "done"}
			if a.Target.Label == "w2" {
				o.Result, o.Says = act.Unchanged, "a disruption budget does not allow another worker to go now"
			}
			return o
		}
		x.board.publish(calm().fleet())
		x.settle()
		x.press("/", "o", "c", "r", "-", "r", "e", "c", keyEnter, keyEnter)
		x.shows("= 16 alike")
		x.press(" ")
		x.shows("16 marked")
		x.ask("\x0b") // ctrl-k
		x.shows("Kill 16 workers?", "w0, w1, w2")
		x.ask("y")
		x.shows("Kill: 15 of 16 done", "w2 of vision/ocr-rec-v4: a disruption budget does not allow")
		x.press("n")
		x.hides("marked")
	})
}

// A mark is of one life: another job of the same name is not marked.
func TestMarksAreBoundToUIDs(t *testing.T) {
	inTerminal(t, 120, 40, Options{}, func(x *terminal) {
		w := calm()
		x.board.publish(w.fleet())
		x.settle()
		x.press(" ")
		x.shows("1 marked")
		for _, g := range w.snapshot.Groups {
			if g.Owner.Ref.Name == "asr-base" {
				object := *g.Job
				object.UID, g.Owner.UID, g.Job = "another", "another", &object
			}
		}
		w.joiner = fleet.Joiner{}
		x.board.publish(w.fleet())
		x.settle()
		x.hides("marked")
		x.press(" ", " ")
		x.shows("2 marked")
		x.press(keyEsc)
		time.Sleep(time.Second)
		x.settle()
		x.hides("marked")
	})
}

// What a filter hides is not acted on.
func TestMarksThatAFilterHidesAreDropped(t *testing.T) {
	inTerminal(t, 120, 40, Options{}, func(x *terminal) {
		x.board.publish(calm().fleet())
		x.settle()
		x.press(" ", " ")
		x.shows("2 marked")
		x.press("/", "a", "s", "r", "-", "b", keyEnter)
		x.shows("1 marked")
	})
}

func TestRightsAreAskedOnceANamespace(t *testing.T) {
	inTerminal(t, 120, 40, Options{}, func(x *terminal) {
		x.board.forbids = map[act.Right]bool{{Verb: "patch", Group: "batch", Resource: "jobs", Namespace: "speech"}: false}
		x.board.publish(calm().fleet())
		x.settle()
		time.Sleep(time.Second)
		x.settle()
		x.press("z")
		x.shows("you may not patch jobs.batch in namespace speech (kubectl auth can-i patch jobs.batch -n speech)")
		x.hides("z suspend")
		for range 3 {
			x.press("j")
			time.Sleep(time.Second)
			x.press("k")
			time.Sleep(time.Second)
		}
		x.settle()
		if x.board.rights != 2 { // speech, and vision below it
			t.Errorf("%d questions about rights, want 2", x.board.rights)
		}
	})
}

func TestQuitAsksWhileAChangeHasNoAnswer(t *testing.T) {
	inTerminal(t, 120, 40, Options{}, func(x *terminal) {
		release := make(chan bool)
		x.board.answer = func(a act.Action) act.Outcome {
			<-release
			return act.Outcome{Action: a, Result: act.Done, Says: "restarted"}
		}
		x.board.publish(calm().fleet())
		x.settle()
		x.ask("r")
		x.press("y")
		x.shows("restarting ...")
		x.ask("\x03")
		x.shows("Quit while changes are under way?", "restart speech/asr-base: no answer yet")
		x.press("n")
		x.hides("Quit while")
		close(release)
		x.settle()
		x.shows("restarted")
	})
}

func TestShell(t *testing.T) {
	inTerminal(t, 120, 40, Options{}, func(x *terminal) {
		x.board.publish(calm().fleet())
		x.settle()
		x.press(keyEnter, "j", "s")
		time.Sleep(5 * time.Second) // Bubble Tea waits a moment for its reader to let the keys go
		x.settle()
		x.shows("the shell in w0 of speech/asr-base ended with exit 3")
		if got := x.board.carriedOut(); got != "shell in w0 of speech/asr-base main" {
			t.Errorf("done: %q", got)
		}
	})
}

func TestForward(t *testing.T) {
	inTerminal(t, 120, 40, Options{}, func(x *terminal) {
		x.board.forward = make(chan error)
		x.board.publish(calm().fleet())
		x.settle()
		x.press(keyEnter, "j")
		x.ask("f")
		x.press(keyEnter, "y")
		x.shows("forward 127.0.0.1:6006 > w0:6006", "forwarding 127.0.0.1:6006")
		x.press(":", "f", "o", "r", "w", "a", "r", "d", "s", keyEnter)
		x.shows("Forwarded ports", "enter ends it")
		x.press(keyEnter)
		x.settle()
		x.shows("the forward to w0 of speech/asr-base ended")
		x.hides("forward 127.0.0.1")
		x.ask("f")
		x.press(keyEnter, "y")
		x.board.forward <- errors.New("the worker ended")
		x.settle()
		x.shows("the forward to w0 of speech/asr-base ended: the worker ended")
	})
}

func TestASubmitIsFollowedToItsFirstLine(t *testing.T) {
	inTerminal(t, 120, 40, Options{}, func(x *terminal) {
		w := calm()
		x.board.line = make(chan string)
		x.board.recipe = submit.Recipe{Name: "asr-base", Team: "nlp", Framework: submit.Plain, Image: "a/b:1", Workers: submit.Workers{Min: 1, Max: 1}, GPUs: 1, Resource: submit.GPU, Shm: "8Gi", Port: 6170, Retries: 3}
		x.board.publish(w.fleet())
		x.settle()
		x.press("a", keyDown, keyDown, keyEnter)
		x.shows("like speech/asr-base", "asr-base-2")
		x.press("\x13") // ctrl-s
		x.shows("Nothing stands against it", "name: asr-base-2")
		x.ask("\x13")
		x.shows("Submit Service and Job nlp/asr-base-2?")
		x.press("y")
		x.shows("Jobs › nlp/asr-base-2")
		w.job("nlp", "asr-base-2", 1, 1, nil)
		w.joiner = fleet.Joiner{}
		x.board.publish(w.fleet())
		x.settle()
		x.shows("awaited: no worker runs yet")
		w.run(w.snapshot.Groups[len(w.snapshot.Groups)-1].Pods[0])
		w.joiner = fleet.Joiner{}
		x.board.publish(w.fleet())
		x.settle()
		x.shows("its log is awaited")
		x.board.line <- "step 1, loss 2.3"
		x.settle()
		x.shows("w0 says: step 1, loss 2.3")
	})
}

func TestDraftKeepsWhatTheFormDoesNotTouch(t *testing.T) {
	r := submit.Default()
	r.Name, r.Team, r.Image = "bert", "nlp", "a/b:1"
	r.Command, r.Args = []string{"python", "a file.py"}, []string{"--lr", "0.1"}
	r.Env = []submit.EnvVar{{Name: "A", Value: "1"}}
	r.Volumes = []submit.Volume{{Claim: "data", Mount: "/data"}}
	d := newDraft(r)
	*d.texts["gpus"] = "8"
	got, err := d.recipe()
	if err != nil || got.GPUs != 8 || !slices.Equal(got.Command, r.Command) || !slices.Equal(got.Args, r.Args) || len(got.Env) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	*d.texts["command"] = "torchrun train.py | tee log"
	*d.texts["volumes"] = "data:/data, /mnt/x:/x:ro"
	*d.texts["workers"] = "2:4"
	got, err = d.recipe()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"/bin/sh", "-c", "torchrun train.py | tee log"}; !slices.Equal(got.Command, want) || got.Args != nil {
		t.Errorf("command %q %q, want %q", got.Command, got.Args, want)
	}
	if fmt.Sprint(got.Volumes) != "[data:/data /mnt/x:/x:ro]" || got.Workers.String() != "2:4" {
		t.Errorf("volumes %v, workers %v", got.Volumes, got.Workers)
	}
	if again := commandLine(&got); again != "torchrun train.py | tee log" {
		t.Errorf("shown as %q", again)
	}
	*d.texts["gpus"], *d.texts["workers"] = "many", "x"
	if _, err = d.recipe(); err == nil || !strings.Contains(err.Error(), "gpus") || !strings.Contains(err.Error(), "workers") {
		t.Errorf("both wrong lines are to be told: %v", err)
	}
}

func TestParsePorts(t *testing.T) {
	for in, want := range map[string][2]int{"6006": {6006, 6006}, "8080:6006": {8080, 6006}, ":80": {0, 80}, " 1:2 ": {1, 2}} {
		if local, remote, err := parsePorts(in); err != nil || local != want[0] || remote != want[1] {
			t.Errorf("%q: %d, %d, %v", in, local, remote, err)
		}
	}
	for _, in := range []string{"", ":", "http", "0", "70000", "1:", "1:2:3", "-1", "80:0"} {
		if local, remote, err := parsePorts(in); err == nil {
			t.Errorf("%q is %d:%d", in, local, remote)
		}
	}
}

func TestDiffPageHidesSecretsAndFarLines(t *testing.T) {
	same := strings.Repeat("x: y\n", 20)
	page := diffPage(act.Diff(same+"a: 1\n", same+"a: 2\n"), 80)
	var got []string
	for _, l := range page {
		got = append(got, strings.TrimSpace(l.text))
	}
	if want := []string{"x: y", "x: y", "x: y", "- a: 1", "+ a: 2"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if page := diffPage(act.Diff("v: (hidden)\n", "v: (hidden)\n"), 80); !strings.Contains(page[0].text, "looks secret") {
		t.Errorf("a hidden change says nothing: %q", page[0].text)
	}
}

// Some terminals tell their size again, and that delays no answer.
func TestASizeThatIsNoNewsDelaysNoAnswer(t *testing.T) {
	inTerminal(t, 100, 30, Options{}, func(x *terminal) {
		x.board.publish(calm().fleet())
		x.settle()
		x.ask("z")
		x.resize(100, 30)
		x.press("y")
		x.hides("Suspend speech/asr-base?")
		if got := x.board.carriedOut(); got == "" {
			t.Error("nothing was done")
		}
	})
}

// A terminal that is too small draws no dialog: nothing answers it then.
func TestADialogThatIsNotDrawnTakesNoAnswer(t *testing.T) {
	inTerminal(t, 100, 30, Options{}, func(x *terminal) {
		x.board.publish(calm().fleet())
		x.settle()
		x.ask("z")
		x.resize(40, 8)
		time.Sleep(2 * graceTime)
		x.press("y", keyEnter)
		x.resize(100, 30)
		x.press("y") // it is only just back
		x.shows("Suspend speech/asr-base?")
		if got := x.board.carriedOut(); got != "" {
			t.Errorf("done: %s", got)
		}
	})
}

// Looking at another cluster does not hide that a change has no answer yet.
func TestASwitchKeepsWhatIsUnderWay(t *testing.T) {
	inTerminal(t, 120, 40, Options{}, func(x *terminal) {
		release := make(chan bool)
		x.board.answer = func(a act.Action) act.Outcome {
			<-release
			return act.Outcome{Action: a, Result: act.Done, Says: "restarted"}
		}
		x.board.contexts = []fleet.ContextInfo{{Name: "prod-a"}, {Name: "dev"}}
		x.board.publish(calm().fleet())
		x.settle()
		x.ask("r")
		x.press("y")
		x.press(":", "c", "t", "x", " ", "d", "e", "v", keyEnter)
		x.shows("switching to dev")
		x.press("\x03")
		x.shows("Quit while changes are under way?")
		close(release)
		x.settle()
	})
}

func TestPruneKeepsToWhatIsShown(t *testing.T) {
	inTerminal(t, 120, 40, Options{}, func(x *terminal) {
		x.board.publish(calm().fleet())
		x.settle()
		x.press("/", "a", "s", "r", keyEnter)
		x.press(":", "p", "r", "u", "n", "e", " ", "1", "m", keyEnter)
		x.shows("none of the jobs that are shown ended longer than 1m ago")
		x.press(keyEsc)
		time.Sleep(time.Second)
		x.press(":", "p", "r", "u", "n", "e", " ", "1", "m", keyEnter)
		x.shows("Delete nlp/eval-1123?")
	})
}

func TestALongErrorIsReadInWhole(t *testing.T) {
	inTerminal(t, 80, 24, Options{}, func(x *terminal) {
		x.board.forbids = map[act.Right]bool{{Verb: "patch", Group: "batch", Resource: "jobs", Namespace: "speech"}: false}
		x.board.publish(calm().fleet())
		x.settle()
		time.Sleep(time.Second)
		x.settle()
		x.press("z")
		x.shows("This can't be done now", "can-i patch jobs.batch -n speech)", "esc close")
	})
}

// Rights in namespaces that the cursor was never in are asked for when the dialog opens.
func TestADialogAsksForTheRightsOfAllItsObjects(t *testing.T) {
	inTerminal(t, 120, 40, Options{}, func(x *terminal) {
		x.board.forbids = map[act.Right]bool{{Verb: "patch", Group: "batch", Resource: "jobs", Namespace: "vision"}: false}
		x.board.publish(calm().fleet())
		x.settle()
		x.press(" ", " ", "z") // speech and vision, at once
		x.settle()
		x.shows("Suspend speech/asr-base?", "1 refused:", "Job vision/det-large: you may not patch jobs.batch in namespace vision")
	})
}

func TestAChangeOfUnknownFateIsToldWhenItShows(t *testing.T) {
	inTerminal(t, 120, 40, Options{}, func(x *terminal) {
		x.board.answer = func(a act.Action) act.Outcome {
			return act.Outcome{Action: a, Result: act.Unknown, Says: "no answer in time: unknown whether it was done; watching"}
		}
		w := calm()
		x.board.publish(w.fleet())
		x.settle()
		x.ask("z")
		x.ask("y")
		x.shows("unknown whether it was done", "watching")
		x.press("n")
		x.shows("suspending ...")
		for _, g := range w.snapshot.Groups {
			if g.Owner.Ref.Name == "asr-base" {
				object := *g.Job
				object.Phase, g.Job, g.Pods = fleet.PhaseSuspended, &object, nil
				g.Job = &object
			}
		}
		w.joiner = fleet.Joiner{}
		x.board.publish(w.fleet())
		x.settle()
		x.shows("suspend speech/asr-base: it was done after all")
	})
}

func TestAProtectedShellIsAskedFor(t *testing.T) {
	inTerminal(t, 120, 40, Options{}, func(x *terminal) {
		x.board.publish(sample().fleet())
		x.settle()
		x.press(keyEnter, "j")
		x.ask("s")
		x.shows("Open a shell in w0 of speech/asr-base?", "type asr-base")
		x.press("a", "s", "r", "-", "b", "a", "s", "e", keyEnter)
		time.Sleep(5 * time.Second)
		x.settle()
		if got := x.board.carriedOut(); got != "shell in w0 of speech/asr-base main" {
			t.Errorf("done: %q", got)
		}
	})
}

func TestTheFormGoesToWhatIsWrongAndCompletes(t *testing.T) {
	inTerminal(t, 80, 90, Options{}, func(x *terminal) {
		x.board.publish(calm().fleet())
		x.settle()
		x.press("a", keyEnter, "b", "e", "r", "t", "\x13") // ctrl-s
		x.shows("image: which image?")
		x.press("v", "i", "s", "i", "o", "n", "\x0e") // ctrl-n: somewhere in the name
		x.shows("registry.example.com/vision/train:2.6.0-gpu-cuda11.8-cudnn8")
		x.press("\x13")
		x.shows("Nothing stands against it", "image: registry.example.com/vision/train")
		x.press(keyEsc)
		time.Sleep(time.Second)
		x.settle()
		x.press(keyEnter, keyEnter, "0", "\x13") // 10 workers: command, workers
		x.shows("parallelism: 10")
	})
}

func TestADroppedEditLeavesNoFile(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	file, err := writePrivate(os.TempDir(), "paddock-*.yaml", "a: 2\n")
	if err != nil {
		t.Fatal(err)
	}
	m := modelOf(calm().fleet(), 100, 30, Options{})
	ed := editing{target: act.Target{Ref: fleet.Ref{Kind: "Job", Namespace: "speech", Name: "asr-base"}, UID: "u"}, before: "spec:\n  parallelism: 1\n", file: file}
	m.enter(m.env.askEdit(ed, "spec:\n  parallelism: 2\n"))
	pump(m, tea.WindowSizeMsg{Width: 100, Height: 30}, 0)
	if got := text(m); !strings.Contains(got, "it changes parallelism: workers start or end by that") {
		t.Errorf("no word of the workers:\n%s", got)
	}
	m.leaveDialog()
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there (%v)", file, err)
	}
}
