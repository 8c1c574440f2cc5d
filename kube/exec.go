package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/util/exec"

	"paddock/act"
)

// Terminal is the screen and the keys of a command in a container.
type Terminal struct {
	In  io.Reader // keys; nil for none. It may be read once more after the command has ended
	Out io.Writer // what the command prints, raw: the terminal's owner shows it
	// Sizes returns the terminal's size in cells, at first at once and then each
	// time when it has changed; ok is false when it changes no more. nil for a
	// terminal without a size.
	Sizes func() (width, height int, ok bool)
}

// sizes are a terminal's sizes as remotecommand asks for them.
type sizes func() (width, height int, ok bool)

// Next waits for the next size; nil when it changes no more.
func (s sizes) Next() *remotecommand.TerminalSize {
	width, height, ok := s()
	if !ok {
		return nil
	}
	return &remotecommand.TerminalSize{Width: uint16(width), Height: uint16(height)}
}

// ExitError is the exit code of a command that ran, and did not end with 0.
type ExitError struct{ Code int }

func (e ExitError) Error() string { return "the command ended with exit code " + strconv.Itoa(e.Code) }

// Exec runs a command in a container of the life of a pod that is meant, on a
// terminal, until it ends or ctx does. container may be "" where a pod has one
// alone. A command that fails is an ExitError; any other error is in a
// sentence, see Explain.
func (c *Client) Exec(ctx context.Context, t act.Target, container string, command []string, tty Terminal) error {
	if len(command) == 0 {
		return nothing{"there is no command to run", ""}
	}
	err := c.exec(ctx, t, container, command, tty)
	var ended exec.CodeExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ended):
		return ExitError{ended.Code}
	}
	return fmt.Errorf("run %s in %s: %w", clean(command[0]), t, err)
}

func (c *Client) exec(ctx context.Context, t act.Target, container string, command []string, tty Terminal) error {
	if err := c.standing(ctx, t, container); err != nil {
		return err
	}
	at, err := c.places.path(ctx, t.Ref, t.APIVersion)
	if err != nil {
		return err
	}
	r := c.api.core.Get().AbsPath(at, "exec").Param("stdout", "true").Param("tty", "true")
	if tty.In != nil {
		r = r.Param("stdin", "true")
	}
	if container != "" {
		r = r.Param("container", container)
	}
	for _, word := range command {
		r = r.Param("command", word)
	}
	url := r.URL()
	web, err := remotecommand.NewWebSocketExecutor(c.config, http.MethodGet, url.String())
	if err != nil {
		return err
	}
	tripper, upgrader, err := c.spdyFor(url)
	if err != nil {
		return err
	}
	old, err := remotecommand.NewSPDYExecutorForTransports(tripper, upgrader, http.MethodPost, url)
	if err != nil {
		return err
	}
	executor, err := remotecommand.NewFallbackExecutor(web, old, fallsBack)
	if err != nil {
		return err
	}
	o := remotecommand.StreamOptions{Stdin: tty.In, Stdout: tty.Out, Tty: true}
	if tty.Sizes != nil {
		o.TerminalSizeQueue = sizes(tty.Sizes)
	}
	return explainUpgrade(t, container, command[0], executor.StreamWithContext(ctx, o))
}
