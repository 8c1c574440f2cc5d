package screenshots

import (
	"bytes"
	"flag"
	"os"
	"testing"

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
}

const width, height = 120, 32

// TestPicturesAreTrue compares the pictures with what paddock draws today, on
// the embedded cluster at a fixed seed and moment.
func TestPicturesAreTrue(t *testing.T) {
	screen.Play(t, screen.Options{Width: width, Height: height, Seed: 1}, func(x *screen.Screen) {
		for _, p := range pictures {
			for _, key := range p.keys {
				if len(key) > 1 && key[0] == ':' {
					x.Type(key)
					continue
				}
				x.Press(key)
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
