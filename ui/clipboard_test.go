package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// messages runs a command and lists what it and the commands in it say. Bubble
// Tea's own messages are unexported: they are told by their type's name.
func messages(cmd tea.Cmd) []string {
	msg := cmd()
	if v := reflect.ValueOf(msg); v.Kind() == reflect.Slice {
		var out []string
		for i := range v.Len() {
			out = append(out, messages(v.Index(i).Interface().(tea.Cmd))...)
		}
		return out
	}
	if note, ok := msg.(statusMsg); ok {
		return []string{fmt.Sprintf("%s (bad: %v)", note.text, note.bad)}
	}
	return []string{fmt.Sprintf("%T %s", msg, msg)}
}

func TestCopy(t *testing.T) {
	var loaded string
	tests := []struct {
		name string
		tmux func(context.Context, string) error
		want []string
	}{
		{"terminal", nil, []string{"tea.setClipboardMsg nlp/llm", "nlp/llm sent to the terminal's clipboard (bad: false)"}},
		{"tmux", func(_ context.Context, s string) error { loaded = s; return nil }, []string{"nlp/llm copied through tmux (bad: false)"}},
		{"tmux that is too old", func(context.Context, string) error { return errors.New("unknown flag -w") }, []string{
			"tea.setClipboardMsg nlp/llm", "nlp/llm sent to the terminal, which tmux may not let through (unknown flag -w) (bad: true)"}},
	}
	for _, tt := range tests {
		got := messages(clipboard{dir: t.TempDir(), tmux: tt.tmux}.copy("nlp/llm", "nlp/llm"))
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if loaded != "nlp/llm" {
		t.Errorf("tmux got %q", loaded)
	}
}

func TestCopyTooLarge(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "paddock")
	text := strings.Repeat("x", largestCopy)
	got := messages(clipboard{dir: dir}.copy("YAML", text))
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(files) != 1 || len(got) != 1 {
		t.Fatalf("files %q, messages %q", files, got)
	}
	want := "YAML is too large for a terminal's clipboard (98 KiB): it is in " + files[0] + " (bad: false)"
	if got[0] != want {
		t.Errorf("%q, want %q", got[0], want)
	}
	info, err := os.Stat(files[0])
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != largestCopy {
		t.Errorf("file: %v, %v", info, err)
	}
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := messages(clipboard{dir: blocked}.copy("YAML", text)); !strings.Contains(got[0], "no file could be written") {
		t.Errorf("%q", got)
	}
}

func TestNewClipboard(t *testing.T) {
	tests := []struct {
		vars tea.EnvMsg
		dir  string
		tmux bool
	}{
		{tea.EnvMsg{"HOME=/home/a"}, "/home/a/.cache/paddock", false},
		{tea.EnvMsg{"HOME=/home/a", "XDG_CACHE_HOME=/c", "TMUX=/tmp/tmux-0/default,1,0"}, "/c/paddock", true},
		{nil, filepath.Join(os.TempDir(), "paddock"), false},
	}
	for _, tt := range tests {
		if c := newClipboard(tt.vars); c.dir != tt.dir || (c.tmux != nil) != tt.tmux {
			t.Errorf("%v: dir %q, tmux %v", tt.vars, c.dir, c.tmux != nil)
		}
	}
}
