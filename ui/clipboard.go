package ui

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
)

const (
	// largestCopy bounds what is sent to a terminal's clipboard, in base64:
	// terminals drop longer sequences without a word, at bounds of their own.
	largestCopy = 100_000
	// tmuxPatience is how long tmux may take: it answers in milliseconds, or hangs.
	tmuxPatience = 3 * time.Second
)

// clipboard is the way to the clipboard of whoever sits before the terminal,
// who may be several hops of ssh away: through the terminal itself, by OSC 52.
type clipboard struct {
	dir string // where a text goes that is too large for a terminal
	// tmux hands a text to tmux, which ignores OSC 52 of the programs in it unless
	// told otherwise; nil outside of tmux.
	tmux func(ctx context.Context, text string) error
}

// newClipboard finds the way from the terminal's environment.
func newClipboard(vars tea.EnvMsg) clipboard {
	cache := vars.Getenv("XDG_CACHE_HOME")
	if home := vars.Getenv("HOME"); cache == "" && home != "" {
		cache = filepath.Join(home, ".cache")
	}
	if cache == "" {
		cache = os.TempDir()
	}
	c := clipboard{dir: filepath.Join(cache, "paddock")}
	if vars.Getenv("TMUX") != "" {
		c.tmux = loadTmux
	}
	return c
}

// loadTmux puts text into a buffer of tmux and, by -w, into the clipboard of the terminal around it.
func loadTmux(ctx context.Context, text string) error {
	cmd := exec.CommandContext(ctx, "tmux", "load-buffer", "-w", "-")
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.CombinedOutput()
	if said := strings.TrimSpace(string(out)); err != nil && said != "" {
		return fmt.Errorf("tmux load-buffer: %s", said)
	}
	return err
}

// copy is a command that copies text and says in the status line what became
// of it; what is the text's name for people.
func (c clipboard) copy(what, text string) tea.Cmd {
	return func() tea.Msg {
		if base64.StdEncoding.EncodedLen(len(text)) > largestCopy {
			return c.save(what, text)
		}
		note := statusMsg{text: what + " sent to the terminal's clipboard"}
		if c.tmux != nil {
			ctx, cancel := context.WithTimeout(context.Background(), tmuxPatience)
			defer cancel()
			err := c.tmux(ctx, text)
			if err == nil {
				return statusMsg{text: what + " copied through tmux"}
			}
			note = statusMsg{text: fmt.Sprintf("%s sent to the terminal, which tmux may not let through (%v)", what, err), bad: true}
		}
		return tea.Sequence(tea.SetClipboard(text), func() tea.Msg { return note })()
	}
}

// save writes a text that is too large to copy to a file that only its owner can read.
func (c clipboard) save(what, text string) statusMsg {
	path, err := writePrivate(c.dir, "copy-*.txt", text)
	if err != nil {
		return statusMsg{text: fmt.Sprintf("%s is too large for a terminal's clipboard, and no file could be written: %v", what, err), bad: true}
	}
	return statusMsg{text: fmt.Sprintf("%s is too large for a terminal's clipboard (%s): it is in %s", what, size(int64(len(text))), path)}
}

// writePrivate writes a new file in dir, mode 0600; its name follows a pattern.
func writePrivate(dir, pattern, text string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(dir, pattern) // 0600
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return f.Name(), err
}
