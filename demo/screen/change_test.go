package screen

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"paddock/live"
	"paddock/ui"
)

// ask presses the key of a change, and lets the time pass in which its dialog
// takes no answer.
func (x *Screen) ask(key string, shows ...string) {
	x.t.Helper()
	x.Press(key)
	x.Shows(append(shows, "No", "Yes, ")...)
	x.Pass(time.Second)
}

// at opens a job.
func (x *Screen) at(job, shows string) {
	x.t.Helper()
	x.Type(":job " + job)
	x.Press(Enter)
	x.Shows("› "+job, shows)
}

// untilRow waits until the line with a word has others too.
func (x *Screen) untilRow(word string, others ...string) {
	x.t.Helper()
	x.Until(append([]string{word}, others...), func(screen string) bool {
		for _, o := range others {
			if !strings.Contains(row(screen, word), o) {
				return false
			}
		}
		return true
	})
}

func TestSuspendAndResume(t *testing.T) {
	atEachSize(t, func(x *Screen) {
		x.Type("/ernie-pretrain")
		x.Press(Enter)
		x.ask("z", "Suspend nlp/ernie-pretrain?", "frees 64 GPUs", "the last checkpoint was saved", "GPU-hours were", "8 workers end; the job stays", "on demo")
		x.Press(Enter) // the answer is No
		x.Shows("nothing was done")
		if log := x.Audit(); log != "" {
			t.Errorf("an audit line for nothing: %s", log)
		}
		x.ask("z", "Suspend")
		x.Press("y")
		x.untilRow(" ernie-pretrain ", "suspended")
		x.ask("z", "Resume nlp/ernie-pretrain?", "asks for 64 GPUs")
		x.Press("y")
		x.untilRow(" ernie-pretrain ", "starting")
		for _, want := range []string{`"action":"suspend","before":"active","after":"suspended","result":"done"`, `"action":"resume"`, `"context":"demo"`, `"user":"demo-admin"`} {
			if !strings.Contains(x.Audit(), want) {
				t.Errorf("no %s in the audit log:\n%s", want, x.Audit())
			}
		}
	})
}

// Keys that are on their way when a dialog opens don't answer it.
func TestKeysInFlightDoNotAnswer(t *testing.T) {
	Play(t, Options{Width: 80, Height: 24, Seed: 1}, func(x *Screen) {
		x.Press("z", "y", "y", "y", "y")
		x.Shows("Suspend ocr/svtr-kfold?")
		x.Pass(time.Second)
		x.Press(Esc)
		x.Shows("nothing was done")
		if log := x.Audit(); log != "" {
			t.Errorf("it was done: %s", log)
		}
	})
}

func TestScale(t *testing.T) {
	atEachSize(t, func(x *Screen) {
		x.Type("/ernie-pretrain")
		x.Press(Enter)
		x.ask("s", "Scale nlp/ernie-pretrain", "it has 8 workers already", "workers > 8")
		x.Press(CtrlU)
		x.Type("x")
		x.Shows(`"x" is no number`)
		x.Press(CtrlU)
		x.Type("6")
		x.Shows("Scale nlp/ernie-pretrain from 8 to 6 workers?", "frees 16 GPUs", "w6-w7 end", "running workers keep the old world size")
		x.Press(Enter)
		x.Press("y")
		x.Shows("the server took it")
		x.untilRow(" ernie-pretrain ", "48")
		x.Type(":scale 8")
		x.Press(Enter)
		x.Shows("from 6 to 8 workers?", "asks for 16 GPUs")
		x.Pass(time.Second)
		x.Press(Enter, Enter) // the line, then No
		x.Shows("nothing was done")
	})
}

func TestRestart(t *testing.T) {
	Play(t, Options{Width: 120, Height: 36, Seed: 1}, func(x *Screen) {
		x.at("nlp/ernie-pretrain", "8 alike")
		x.ask("r", "Restart nlp/ernie-pretrain?", "8 workers end and as many start anew", "the job keeps its UID", "how")
		x.Press("y")
		x.Shows("restart nlp/ernie-pretrain ...")
		x.Press("q", "q") // the answer takes as long as the workers take to end
		x.Shows("Quit while changes are under way?", "no answer yet")
		x.Pass(time.Second)
		x.Press("n")
		x.Shows("the server took it: restart nlp/ernie-pretrain")
		x.at("nlp/ernie-pretrain", "8 workers")
		x.ask("r", "how")
		x.Press(Tab)
		x.Shows("Delete nlp/ernie-pretrain and create it anew?", "its history, its attempts and their logs go")
		x.Press("y")
		x.Shows("the server took it: delete nlp/ernie-pretrain and create it anew")
		files, err := filepath.Glob(filepath.Join(x.state, "manifests", "nlp_ernie-pretrain_*.yaml"))
		if err != nil || len(files) != 1 {
			t.Fatalf("manifests saved: %v (%v)", files, err)
		}
		if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the manifest may be read by others: %v (%v)", info.Mode(), err)
		}
		x.untilRow("created", "starting")
	})
}

func TestDeleteAndPrune(t *testing.T) {
	atEachSize(t, func(x *Screen) {
		x.Type("/asr-debug")
		x.Press(Enter)
		x.ask(CtrlD, "Delete speech/asr-debug?", "its pods go, and their logs with them", "in the background")
		x.Press(Tab)
		x.Shows("the job stays until its workers are gone")
		x.Press("y")
		x.Shows("No job matches")
		x.Press(Esc)
		x.Pass(time.Second)
		x.Type(":prune 1m")
		x.Press(Enter)
		x.Shows("jobs?", "seg-unet", "Yes, delete")
		x.Pass(time.Second)
		x.Press("y")
		x.Shows("delete: ", " done")
		x.Type("/seg-unet")
		x.Press(Enter)
		x.Shows("No job matches")
		x.Type(":prune 1x")
		x.Press(Enter)
		x.Shows("1x is no age")
	})
}

func TestKill(t *testing.T) {
	atEachSize(t, func(x *Screen) {
		x.at("nlp/ernie-pretrain", "8 alike")
		x.Press("u", " ", " ", " ")
		x.Shows("3 marked")
		x.ask(CtrlK, "Kill 3 workers?", "frees 24 GPUs", "w0, w1 and w2 start again as new pods", "a disruption budget may refuse it", "nlp/ernie-pretrain: w0, w1, w2")
		x.Press(Tab)
		x.Shows("it counts as 3 failures")
		x.Press(Tab)
		x.Shows("nobody waits until its processes have ended")
		x.Press(Tab) // round again: evict
		x.Press("\x1b[C", Enter)
		x.Shows("kill: 3 of 3 done")
		x.Hides("marked")
		x.Pass(2 * time.Minute) // their next attempts run by then
		x.Shows("8/8 workers")
		x.Press("g")
		x.ask(CtrlD, "Delete w")
		x.Press("y")
		x.Shows("the server took it: delete w")
	})
}

// A worker that can't end because its node is lost is forgotten only by who
// says that the machine is off.
func TestForceDeletion(t *testing.T) {
	Play(t, Options{Width: 120, Height: 36, Seed: 1}, func(x *Screen) {
		x.at("nlp/ernie-pretrain", "8 alike")
		x.FailNode("a100-04")
		x.Until("the node is lost", func(screen string) bool { return strings.Contains(screen, "node a100-04 is not ready") })
		x.Press("g")
		x.untilRow("> ", " a100-04 ")
		x.ask(CtrlD, "Delete w0 of nlp/ernie-pretrain?")
		x.Press("y")
		x.untilRow("> ", "ending")
		x.ask(CtrlK, "Force the deletion of w0 of nlp/ernie-pretrain on the lost node a100-04?", "two live copies may write one checkpoint", "is the machine really off? then type a100-04")
		x.Type("a100-05")
		x.Press(Enter)
		x.Shows("this is not a100-04")
		x.Press(CtrlU)
		x.Type("a100-04")
		x.Press(Enter)
		x.Shows("the server took it: force the deletion")
		x.untilRow(" w0 ", "waiting") // its node is lost, and no other has room
	})
}

func TestCordonAndUncordon(t *testing.T) {
	atEachSize(t, func(x *Screen) {
		x.Type(":nodes")
		x.Press(Enter)
		x.Type("/a100-05")
		x.Press(Enter)
		x.ask("c", "Cordon a100-05?", "no new pod starts there", "kubectl drain a100-05")
		x.Press("y")
		x.untilRow("> ", "cordoned")
		x.Press("m")
		x.Shows("busy 0 to 100%")
		x.ask("u", "Uncordon a100-05?", "new pods may start there again")
		x.Press("y")
		x.Shows("the server took it: uncordon a100-05")
		x.Press("c")
		x.Shows("Cordon a100-05?")
	})
}

// editor is a program that changes a file as sed says.
func editor(t *testing.T, script string) []string {
	file := filepath.Join(t.TempDir(), "editor")
	if err := os.WriteFile(file, []byte("#!/bin/sh\nsed -i '"+script+"' \"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return []string{"EDITOR=" + file}
}

// A pipe can't be taken from who reads it, as a terminal can: the first key after
// an editor, an x here, is lost.
func TestEdit(t *testing.T) {
	Play(t, Options{Width: 100, Height: 36, Seed: 1, Env: editor(t, "s/backoffLimit: .*/backoffLimit: 9/")}, func(x *Screen) {
		x.Type("/ernie-pretrain")
		x.Press(Enter)
		x.ask("e", "Edit Job nlp/ernie-pretrain?", "-   backoffLimit: ", "+   backoffLimit: 9")
		x.Press("x", "y")
		x.Shows("the server took it: edit Job nlp/ernie-pretrain")
		x.Press("e")
		x.Shows("nothing was changed")
	})
}

// What the server refuses is not lost: the editor opens on it again.
func TestARefusedEditIsKept(t *testing.T) {
	Play(t, Options{Width: 100, Height: 36, Seed: 1, Env: editor(t, "s/completions: .*/completions: 3/")}, func(x *Screen) {
		x.Type("/ernie-pretrain")
		x.Press(Enter)
		x.ask("e", "+   completions: 3")
		x.Press("x", "y")
		x.Shows("Edit Job nlp/ernie-pretrain: refused", "nothing was done", "your text is in ", "e edit again")
		x.Pass(time.Second)
		x.Press("x", "e")
		x.Shows("Edit Job nlp/ernie-pretrain?", "+   completions: 3")
	})
}

func TestSubmit(t *testing.T) {
	atEachSize(t, func(x *Screen) {
		x.Type(":ns nlp")
		x.Press(Enter)
		x.Shows("team nlp")
		x.Press("a")
		x.Shows("Submit a job", "a new job", "one like nlp/")
		x.Press(Enter)
		x.Shows("framework", "team            nlp", "shm             8Gi")
		x.Type("bert")
		x.Press(CtrlS)
		x.Shows("image: which image?")
		x.Press(Up, "\x1b[D", "\x1b[D", Tab) // it has gone to the image
		x.Shows("< paddle >")
		x.Type("paddlepaddle/paddle:2.6.1-gpu-cuda11.7-cudnn8.4-trt8.4")
		x.Press(Tab)
		x.Type("python -m paddle.distributed.launch train.py")
		x.Press(Tab)
		x.Press("\x7f")
		x.Type("2")
		x.Press(CtrlS)
		x.Shows("Review", "What is sent", "kind: Service")
		x.ask(CtrlS, "Submit Service and Job nlp/bert?")
		x.Press("y")
		x.Shows("Jobs › nlp/bert", "the server took it: create Job nlp/bert")
		x.Shows("2/2 workers", "says: ")
		x.Press("a")
		x.Shows("one like nlp/bert")
		x.Press(Down, Down, Enter)
		x.Shows("Submit", "bert-2", "like nlp/bert", "python -m paddle.distributed.launch train.py")
		x.Press(Esc)
		x.Pass(time.Second)
		x.Shows("the draft is kept")
		x.Press("a")
		x.Shows("the draft", "bert-2 like nlp/bert")
	})
}

// A template is filled in in the editor, and comes back as a draft that is checked.
func TestSubmitFromATemplate(t *testing.T) {
	Play(t, Options{Width: 100, Height: 36, Seed: 1, Env: editor(t, "s/^name: my-job/name: gpt/")}, func(x *Screen) {
		x.Type(":ns nlp")
		x.Press(Enter)
		x.Shows("team nlp")
		x.Press("a")
		x.Shows("a new job, in $EDITOR")
		x.Press(Down, Enter)
		x.Shows("Review", "name: gpt")
		x.Press("x", Esc)
		x.Shows("name            gpt", "team            nlp", "image           paddlepaddle/paddle:")
	})
}

// A submit that fails half-way names what was created, and takes it back with a key.
func TestAHalfSubmitIsTakenBack(t *testing.T) {
	Play(t, Options{Width: 100, Height: 36, Seed: 1}, func(x *Screen) {
		file := filepath.Join(t.TempDir(), "recipe.yaml")
		text := "name: seg-unet\nteam: vision\nimage: paddlepaddle/paddle:2.6.1\ngpus: 1\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		x.Type(":submit " + file)
		x.Press(Enter)
		x.Shows("seg-unet", "vision")
		x.Press(CtrlS)
		x.Shows("Job vision/seg-unet is there already")
		x.ask(CtrlS, "there are errors: to overrule them type anyway")
		x.Type("anyway")
		x.Press(Enter)
		x.Shows("Only a part was submitted", "created: Service vision/seg-unet", "u take it back")
		x.Pass(time.Second)
		x.Press("u")
		x.Shows("the server took it: delete vision/seg-unet")
		for _, want := range []string{`"object":"Service vision/seg-unet"`, `"action":"create"`, `"action":"delete"`} {
			if !strings.Contains(x.Audit(), want) {
				t.Errorf("no %s in the audit log:\n%s", want, x.Audit())
			}
		}
	})
}

func TestProtectedContexts(t *testing.T) {
	Play(t, Options{Width: 100, Height: 36, Seed: 1, Settings: live.Settings{Protected: true}}, func(x *Screen) {
		x.Type("/ernie-pretrain")
		x.Press(Enter)
		x.Press("z")
		x.Shows("Suspend nlp/ernie-pretrain?", "PROTECTED", "type ernie-pretrain")
		x.Pass(time.Second)
		x.Type("y")
		x.Press(Enter)
		x.Shows("this is not ernie-pretrain")
		x.Press(CtrlU)
		x.Type("ernie-pretrain")
		x.Press(Enter)
		x.untilRow(" ernie-pretrain ", "suspended")
	})
}

func TestReadOnlyTakesTheKeysAway(t *testing.T) {
	for name, o := range map[string]Options{"flag": {UI: ui.Options{ReadOnly: true}}, "configuration": {Settings: live.Settings{ReadOnly: true}}} {
		t.Run(name, func(t *testing.T) {
			o.Width, o.Height, o.Seed = 100, 36, 1
			Play(t, o, func(x *Screen) {
				x.Shows("read-only")
				before := x.Text()
				for _, key := range []string{"z", "s", "r", "a", "e", " ", CtrlD, CtrlK} {
					x.Press(key)
					for _, word := range []string{"Yes, ", "Submit a job", "marked"} {
						if strings.Contains(x.Text(), word) {
							t.Fatalf("%q does something:\n%s", key, x.Text())
						}
					}
				}
				if strings.Contains(before, "z suspend") {
					t.Errorf("the footer offers a change:\n%s", before)
				}
				x.Type(":prune 1m")
				x.Press(Enter)
				x.Shows("this is read-only here")
				x.Type(":submit x")
				x.Press(Enter)
				x.Shows("this is read-only here")
			})
		})
	}
}

// Who may not, is told which right is missing, before anything is asked.
func TestMissingRightsAreNamed(t *testing.T) {
	Play(t, Options{Width: 140, Height: 36, Seed: 1, Context: "demo-viewer"}, func(x *Screen) {
		x.Pass(2 * time.Second) // the cursor settles
		x.Press("z")
		x.Shows("you may not patch jobs.batch in namespace ocr")
		x.Press(CtrlD)
		x.Shows("you may not delete jobs.batch in namespace ocr")
		x.Press(Enter)
		x.Shows("› ocr/svtr-kfold")
		x.Press(CtrlK)
		x.Shows("you may not ")
		x.Type(":nodes")
		x.Press(Enter)
		x.Shows("a100-15")
		x.Pass(2 * time.Second)
		x.Press("c")
		x.Shows("you may not patch nodes")
		if log := x.Audit(); log != "" {
			t.Errorf("something was tried: %s", log)
		}
	})
}

// The dialog alone: a port of this machine is none of a synctest bubble's.
func TestTheDialogOfAForward(t *testing.T) {
	atEachSize(t, func(x *Screen) {
		x.at("nlp/ernie-pretrain", "8 alike")
		x.Press("u")
		x.ask("f", "Forward a port to w0 of nlp/ernie-pretrain?", "ports", "6006")
		x.Press(CtrlU)
		x.Type("http")
		x.Press(Enter, "y")
		x.Shows(`"http" is no port`)
		x.Press(Esc)
		x.Shows("nothing was done")
		x.Type(":forwards")
		x.Press(Enter)
		x.Shows("no port is forwarded")
	})
}
