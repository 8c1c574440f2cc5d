package screenshots

import (
	"bytes"
	"flag"
	"os"
	"testing"
	"time"

	"paddock/demo/screen"
)

var update = flag.Bool("update", false, "take the pictures anew")

// The pictures: the keys that lead there from the one before, and what stands
// on the screen once it is drawn.
var pictures = []struct {
	name  string
	keys  []string
	shows string
}{
	{"jobs", nil, "det-large"},
	{"job", []string{":job nlp/qwen-dpo", screen.Enter}, "4 workers"},
	{"worker", []string{":job ocr/dbnet-finetune", screen.Enter, screen.Enter}, "ImagePullBackOff"},
	{"nodes", []string{":nodes", screen.Enter}, "worst first"},
	{"heatmap", []string{"m"}, "busy 0 to 100%"},
	{"teams", []string{":teams", screen.Enter}, "QUOTA"},
	{"kill", []string{":job nlp/ernie-pretrain", screen.Enter, "u", " ", " ", screen.CtrlK}, "Kill 2 workers?"},
	{"logs", []string{screen.Esc, ":logs svtr-kfold", screen.Enter, "t", "!"}, "Traceback"},
	{"submit", []string{":jobs", screen.Enter, "a", screen.Enter, "ocr-rec", screen.Tab, screen.CtrlU, "ocr", screen.Tab, "\x1b[D", "\x1b[D", screen.Tab,
		"harbor.example.com/ocr/paddleocr:2.8-cuda11.8", screen.Tab, "python -m paddle.distributed.launch train.py", screen.Tab, "\x7f", "4", screen.CtrlS}, "What is sent"},
}

const width, height = 120, 32

// TestPicturesAreTrue compares the pictures with what paddock draws today, on
// the embedded cluster at a fixed seed and moment.
func TestPicturesAreTrue(t *testing.T) {
	screen.Play(t, screen.Options{Width: width, Height: height, Seed: 1}, func(x *screen.Screen) {
		for _, p := range pictures {
			for _, key := range p.keys {
				if len(key) > 1 && key[0] != '\x1b' {
					x.Type(key)
					continue
				}
				x.Press(key)
				x.Pass(time.Second) // an escape may begin a sequence
			}
			x.Shows(p.shows)
			x.Pass(3e9) // descriptions and readings of a screen come in
			is, file := SVG(x.Styled(), width, height), p.name+".svg"
			if *update {
				if err := os.WriteFile(file, is, 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if was, err := os.ReadFile(file); err != nil || !bytes.Equal(was, is) {
				t.Errorf("%s is stale (%v): make screenshots", file, err)
			}
		}
	})
}
