package kube

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"paddock/fleet"
)

// How much of a log's line is looked at, and how much of it is shown. A line
// without an end must not be waited for.
const (
	firstLineBytes = 16 << 10
	firstLineRunes = 500
)

// FirstLine waits for the first line of a pod's log that is not blank, made
// safe and at most firstLineRunes long: the sign that its program runs. A
// container that has not started has no log yet, which is an error, as is one
// that ended without a word.
func (c *Client) FirstLine(ctx context.Context, pod fleet.Ref, container string) (string, error) {
	at, err := c.places.path(ctx, pod, "v1")
	if err != nil {
		return "", err
	}
	r := c.api.core.Get().AbsPath(at, "log").Param("follow", "true")
	if container != "" {
		r = r.Param("container", container)
	}
	stream, err := r.Stream(ctx)
	if err != nil {
		return "", fmt.Errorf("read the log of %s: %w", pod, err)
	}
	defer stream.Close()
	line, err := firstLine(stream)
	switch {
	case errors.Is(err, io.EOF):
		err = nothing{pod.String() + " printed nothing", ""}
	case ctx.Err() != nil:
		err = ctx.Err()
	}
	if err != nil {
		return "", fmt.Errorf("read the log of %s: %w", pod, err)
	}
	return line, nil
}

// firstLine reads up to the end of the first line that is not blank.
func firstLine(r io.Reader) (string, error) {
	lines := bufio.NewReaderSize(r, firstLineBytes)
	for {
		raw, err := lines.ReadSlice('\n') // of a longer line, what fits
		if line := cut(strings.TrimSpace(fleet.Clean(string(raw), firstLineBytes)), firstLineRunes); line != "" {
			return line, nil
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return "", err
		}
	}
}

// cut shortens a text to so many runes, with "..." in the place of the rest.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-3]) + "..."
}
