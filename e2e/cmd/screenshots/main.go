// Command screenshots takes the pictures of the README from a paddock on the
// running cluster: make cluster, then make screenshots.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"paddock/e2e/terminal"
	"paddock/screenshots"
)

// picture is one screen: the keys that lead there from Jobs, and a word that
// stands on it once it is drawn.
type picture struct {
	name, keys, shows string
}

const (
	width, height = 120, 32
	// patience bounds the wait for one screen.
	patience = time.Minute
	// settle lets descriptions and readings of a screen come in.
	settle = 3 * time.Second
)

var pictures = []picture{
	{"jobs", "", "kubernetes live  prometheus live"},
	{"job", "/ocr-cls-old-driver" + terminal.Enter + terminal.Enter, "devices bound"},
	{"nodes", ":nodes" + terminal.Enter, "worst first"},
	{"heatmap", ":nodes" + terminal.Enter + "m", "busy 0 to 100%"},
	{"teams", ":teams" + terminal.Enter, "QUOTA"},
}

func main() {
	out := flag.String("out", "../screenshots", "folder to write to")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *out); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string) error {
	dir, err := os.MkdirTemp("", "paddock-screenshots-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "paddock")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, ".")
	build.Dir, build.Stderr = "..", os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build paddock: %w", err)
	}
	for _, p := range pictures {
		if err := p.take(ctx, binary, filepath.Join(out, p.name+".svg")); err != nil {
			return fmt.Errorf("picture %s: %w", p.name, err)
		}
	}
	return nil
}

func (p picture) take(ctx context.Context, binary, file string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	t, err := terminal.Start(binary, nil, terminal.Options{Width: width, Height: height})
	if err != nil {
		return err
	}
	defer t.Close()
	if _, err := t.Until(ctx, "the first picture", shows("prometheus live")); err != nil {
		return err
	}
	for _, key := range split(p.keys) {
		if err := t.Press(key); err != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond) // a person's pace: keys in one burst are a paste
	}
	if _, err := t.Until(ctx, p.name, shows(p.shows)); err != nil {
		return err
	}
	time.Sleep(settle)
	return os.WriteFile(file, screenshots.SVG(t.Styled(), width, height), 0o644)
}

func shows(text string) func(string) bool {
	return func(screen string) bool { return strings.Contains(screen, text) }
}

// split parts keys at enter, so that a command line is typed before it is sent.
func split(keys string) []string {
	var out []string
	for _, part := range strings.SplitAfter(keys, terminal.Enter) {
		if text, sent := strings.CutSuffix(part, terminal.Enter); sent {
			out = append(out, text, terminal.Enter)
		} else {
			out = append(out, part)
		}
	}
	return out
}
