package screen

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The logs of a job whose driver is too old tell so, from the first error on;
// new attempts join, and what several workers say alike is folded.
func TestLogs(t *testing.T) {
	atEachSize(t, func(x *Screen) {
		x.Type("/svtr-kfold")
		x.Press(Enter, "l")
		x.Shows("logs of svtr-kfold", "8 workers", "follows", "w0 ")
		x.Press("!")
		x.Shows("> w", "Traceback (most recent call last)", "CUDA driver version is insufficient", "paused")
		x.Press("s")
		x.Shows("follows")
		x.Pass(6 * time.Minute) // it crashes again and again
		x.Shows("ppocr INFO: epoch:")
		x.Type("/restart ")
		x.Press(Enter)
		x.Shows("restart ")
		x.Press("o")
		x.Shows("1 of 8 shown")
		x.Press("o", "u", "g")
		x.Shows("> x2 LAUNCH INFO")
		x.Press("q")
		x.Shows("Jobs", "svtr-kfold")
		x.Press("q")
	})
}

// A worker's log alone, its attempt before, and another container.
func TestLogsOfAWorker(t *testing.T) {
	Play(t, Options{Width: 120, Height: 36, Seed: 1}, func(x *Screen) {
		x.Type(":job slanet-table")
		x.Press(Enter)
		x.Shows("2/2 workers")
		x.Until("w1", func(screen string) bool { return strings.Contains(row(screen, "> "), "w1") })
		x.Press("l")
		x.Shows("logs of w1", "1 worker, 1 live")
		x.Press("p")
		x.Shows("attempt before", " w1 ")
		x.Hides("1 live")
		x.Press("p", "C")
		x.Shows("Read the container", "train ")
		x.Press(Enter)
		x.Shows("container train", "1 worker, 1 live")
		x.Press(":")
		x.Type("container nosuch")
		x.Press(Enter)
		x.Shows("its pod has no container nosuch")
	})
}

// What workers print of their progress stands in the list and in the job.
func TestProgress(t *testing.T) {
	Play(t, Options{Width: 160, Height: 48, Seed: 1}, func(x *Screen) {
		x.Until("progress of the running jobs", func(screen string) bool {
			return strings.Contains(row(screen, "ernie-pretrain"), "<1m") && strings.Contains(row(screen, "qwen-dpo"), " 2h ")
		})
		x.Type(":job ernie-pretrain")
		x.Press(Enter)
		x.Shows("step 1,", "/277,297", "loss 6.", "by w7")
		x.Type(":job svtr-kfold")
		x.Press(Enter)
		x.Shows("epoch 4/300", "samples/s", "eta ", "ckpt ", "by w0")
	})
}

// Of a worker that crashes again and again no run is read twice, and none is
// said to lack lines that were never printed.
func TestLogsOfACrashLoop(t *testing.T) {
	file := filepath.Join(t.TempDir(), "all.log")
	Play(t, Options{Width: 120, Height: 36, Seed: 1}, func(x *Screen) {
		x.Type("/svtr-kfold")
		x.Press(Enter, "l")
		x.Shows("logs of svtr-kfold", "8 workers")
		x.Pass(25 * time.Minute)
		x.Press(CtrlS)
		x.Shows("Save the logs?")
		x.Pass(time.Second)
		x.Press(CtrlU)
		x.Type(file)
		x.Press(Enter, Tab, "y")
		x.Shows("saved to")
	})
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	seen, runs := map[string]int{}, 0
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "lines may be missing") {
			t.Errorf("%s", line)
		}
		if strings.Contains(line, "Run Pod: ") {
			if seen[line]++; seen[line] > 1 {
				t.Errorf("twice: %s", line)
			}
		}
		if strings.Contains(line, "| restart ") {
			runs++
		}
	}
	if len(seen) < 5 || runs < 4 {
		t.Errorf("%d runs, %d restarts in 25 minutes of a crash loop", len(seen), runs)
	}
}
