package training

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	core "k8s.io/api/core/v1"
)

// programs are commands of each framework, with an expression that paddock's
// users take their lines apart with: its groups are a step or epoch, then the loss.
func programs() map[string]struct{ image, command, line string } {
	return map[string]struct{ image, command, line string }{
		"paddleocr": {paddleImage, "python -m paddle.distributed.launch tools/train.py",
			`epoch: \[\d+/\d+\], (?:global_step|iter): (\d+),.*?lr: [\d.eE+-]+,.*?\bloss: ([\d.eE+-]+).*?ips: [\d.]+(?: samples/s)?.*?eta: (?:\d+ days?, )?\d+:\d\d:\d\d`},
		"paddledetection": {paddleImage, "python tools/train.py -c configs/ppyoloe/ppyoloe_crn_l_300e_coco.yml",
			`Epoch: \[\d+\] \[ *(\d+)/\d+\].*?learning_rate: [\d.eE+-]+.*?\bloss: ([\d.eE+-]+).*?eta: (?:\d+ days?, )?\d+:\d\d:\d\d.*?ips: [\d.]+`},
		"paddlenlp": {paddleImage, "python run_finetune.py",
			`loss: ([\d.eE+-]+), learning_rate: [\d.eE+-]+, global_step: (\d+).*?(?:progress_or_)?epoch: [\d.]+`},
		"pytorch":     {torchImage, "torchrun train.py", `^iter (\d+): loss ([\d.]+), time [\d.]+ms, mfu [\d.]+%`},
		"huggingface": {torchImage, "accelerate launch run_clm.py", `\{'loss': ([\d.eE+-]+),.*?'learning_rate': [\d.eE+-]+,.*?'epoch': ([\d.]+)`},
		"lightning":   {torchImage, "torchrun lightning_asr.py", `(\d{1,3})%\|[^|]*\| *\d+/\d+ \[\d+:\d\d<\d+:\d\d, +[\d.]+it/s, v_num=10, train_loss_step=([\d.]+)\]`},
		"megatron":    {"nvcr.io/nvidia/pytorch:24.05-py3", "torchrun pretrain_gpt.py", `iteration +(\d+)/ *\d+ \|.*?elapsed time per iteration \(ms\): [\d.]+ \|.*?lm loss: ([\d.eE+-]+)`},
	}
}

func logOf(t testing.TB, image, command string) Log {
	t.Helper()
	p := worker(image, 8, strings.Fields(command)...)
	p.Annotations[Takes] = "9h"
	life := live(&Catalogue{}, p, node("550.90.07", "12.4"), 0, 3)
	if life.Log == nil {
		t.Fatalf("%s prints nothing: %+v", command, life)
	}
	return life.Log
}

var began = time.Date(2026, 11, 23, 8, 0, 0, 987_654_321, time.UTC)

func TestLossFallsAndStepsRise(t *testing.T) {
	for name, program := range programs() {
		form := regexp.MustCompile(program.line)
		lossFirst := name == "paddlenlp" || name == "huggingface"
		var steps, losses []float64
		for _, l := range logOf(t, program.image, program.command).Lines(began, began, began.Add(3*time.Hour)) {
			if m := form.FindStringSubmatch(l.Text); m != nil {
				a, b := number(t, m[1]), number(t, m[2])
				if lossFirst {
					a, b = b, a
				}
				steps, losses = append(steps, a), append(losses, b)
			}
		}
		if len(losses) < 100 {
			t.Errorf("%s: %d progress lines in three hours", name, len(losses))
			continue
		}
		early, late := slices.Max(losses[:10]), slices.Max(losses[len(losses)-10:])
		if late > early*0.6 {
			t.Errorf("%s: loss %.3f, after three hours %.3f", name, early, late)
		}
		if name != "paddledetection" && name != "lightning" && !slices.IsSorted(steps) { // these count within the epoch
			t.Errorf("%s: steps fall", name)
		}
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A log is asked for in pieces; the pieces must be the whole.
func TestPiecesMakeTheWhole(t *testing.T) {
	for _, pace := range []Pace{even{}, faster{began.Add(20 * time.Minute), 30}} {
		for name, program := range programs() {
			log := logOf(t, program.image, program.command)
			log.(*transcript).pace = pace
			end := began.Add(40 * time.Minute)
			whole := log.Lines(began, began, end)
			var pieces []Line
			for from := began; from.Before(end); {
				to := from.Add(time.Duration(1+mix(uint64(from.UnixNano()))%90_000) * time.Millisecond)
				if to.After(end) {
					to = end
				}
				pieces = append(pieces, log.Lines(began, from, to)...)
				from = to
			}
			if len(whole) < 40 || !slices.Equal(whole, pieces) {
				t.Errorf("%s at pace %v: %d lines at once, %d in pieces", name, pace, len(whole), len(pieces))
			}
			for i, l := range whole {
				if i > 0 && l.Time.Sub(whole[i-1].Time) < time.Microsecond {
					t.Errorf("%s: %q at %s, the line before at %s", name, l.Text, l.Time, whole[i-1].Time)
					break
				}
				if strings.Contains(l.Text, "\n") || !utf8.ValidString(l.Text) || l.Time.Before(began) {
					t.Errorf("%s: bad line %q", name, l.Text)
				}
			}
		}
	}
}

// faster is a story that is live from a moment on.
type faster struct {
	live  time.Time
	speed float64
}

func (f faster) Story(wall time.Time) time.Time {
	return f.live.Add(time.Duration(float64(wall.Sub(f.live)) * max(1, f.speed*sign(wall.Sub(f.live)))))
}

func (f faster) Wall(story time.Time) time.Time {
	return f.live.Add(time.Duration(float64(story.Sub(f.live)) / max(1, f.speed*sign(story.Sub(f.live)))))
}

func sign(d time.Duration) float64 {
	if d < 0 {
		return -1
	}
	return 1
}

func TestFasterStoryPrintsSooner(t *testing.T) {
	log := logOf(t, torchImage, "torchrun train.py").(*transcript)
	plain := len(log.Lines(began, began.Add(10*time.Minute), began.Add(20*time.Minute)))
	log.pace = faster{began, 10}
	if fast := len(log.Lines(began, began.Add(time.Minute), began.Add(2*time.Minute))); fast != plain {
		t.Errorf("%d lines in ten minutes, %d in one at ten times the speed", plain, fast)
	}
}

func BenchmarkOneSecondOfADay(b *testing.B) {
	log := logOf(b, torchImage, "torchrun train.py")
	for i := 0; b.Loop(); i++ {
		from := began.Add(8*time.Hour + time.Duration(i)*time.Second)
		log.Lines(began, from, from.Add(time.Second))
	}
}

func BenchmarkLive(b *testing.B) {
	p := worker(paddleImage, 8, "python", "-m", "paddle.distributed.launch", "tools/train.py")
	for b.Loop() {
		live(&Catalogue{}, p, modern(), 0, 1)
	}
}

func FuzzReference(f *testing.F) {
	for _, s := range []string{"busybox", "a/b:c", "localhost:5000/x", "h.io/a/b@sha256:0", ":", "@", "/", "a:b/c"} {
		f.Add(s)
	}
	valid := regexp.MustCompile(`^([a-z0-9.-]+(:\d+)?/)?[a-z0-9]+([._/-][a-z0-9]+)*(:\w[\w.-]*)?$`)
	f.Fuzz(func(t *testing.T, s string) {
		r := parseReference(s)
		if cuda := cudaOf(r); cuda != "" && !strings.Contains(cuda, ".") {
			t.Errorf("%q has CUDA %q", s, cuda)
		}
		if again := parseReference(r.String()); valid.MatchString(s) && again != r {
			t.Errorf("%q is %+v, and written in full %+v", s, r, again)
		}
	})
}

func FuzzCommand(f *testing.F) {
	for _, s := range []string{"sleep 5", "sh -c|echo a; sleep 1 && exit 2", "bash -c", "python -c|import torch", "sleep 1e300", ""} {
		f.Add(s, "oom 5m x2")
	}
	f.Fuzz(func(t *testing.T, command, ends string) {
		p := worker(paddleImage, 1, strings.Split(command, "|")...)
		p.Annotations[Ends] = ends
		for _, n := range []*core.Node{modern(), node("", "")} {
			life := live(&Catalogue{}, p, n, 1, 1)
			if life.Run < 0 || life.Grace < 0 {
				t.Errorf("%q: %+v", command, life)
			}
			text(life)
		}
	})
}
