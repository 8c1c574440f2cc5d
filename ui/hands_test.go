package ui

import (
	"context"
	"errors"
	"io"
	"maps"
	"strings"
	"sync"

	"paddock/act"
	"paddock/fleet"
	"paddock/submit"
)

// hands is the changing half of a Dashboard for tests: it remembers what it was
// asked to do, and answers as it was told.
type hands struct {
	mu       sync.Mutex
	done     []string                     // titles of what was carried out
	answer   func(act.Action) act.Outcome // nil: the server takes everything
	forbids  map[act.Right]bool
	rights   int // questions about rights
	editable string
	recipe   submit.Recipe
	review   submit.Review
	sends    []act.Outcome
	line     chan string
	forward  chan error
}

func (h *hands) Do(_ context.Context, on fleet.Cluster, actions []act.Action) []act.Outcome {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]act.Outcome, len(actions))
	for i, a := range actions {
		h.done = append(h.done, on.Context+": "+a.Title())
		out[i] = act.Outcome{Action: a, Result: act.Done, Says: "the server took it: " + a.Title()}
		if h.answer != nil {
			out[i] = h.answer(a)
		}
	}
	return out
}

// carriedOut is what was done so far.
func (h *hands) carriedOut() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.done, "; ")
}

func (h *hands) Allowed(_ context.Context, rights []act.Right) (map[act.Right]bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rights++
	out := map[act.Right]bool{}
	for _, r := range rights {
		out[r] = true
	}
	maps.Copy(out, h.forbids)
	return out, nil
}

func (h *hands) Editable(context.Context, act.Target) (string, error) { return h.editable, nil }

func (h *hands) Masked(text string) (string, error) {
	if strings.Contains(text, "\t") {
		return "", errors.New("this is no YAML: line 1: a tab")
	}
	return text, nil
}

func (h *hands) Choices(context.Context, string, string) (submit.Choices, error) {
	return submit.Choices{Claims: []string{"paddle-data"}, PullSecrets: []string{"harbor"}}, nil
}

func (h *hands) RecipeOf(context.Context, act.Target) (submit.Recipe, []string, error) {
	return h.recipe, nil, nil
}

func (h *hands) Review(_ context.Context, objects []submit.Object, _ *submit.Recipe, _ string, _ *fleet.Fleet) (submit.Review, error) {
	text, err := submit.YAML(objects)
	r := h.review
	r.Objects, r.YAML = objects, string(text)
	return r, err
}

func (h *hands) Submit(_ context.Context, on fleet.Cluster, objects []submit.Object, _ bool) []act.Outcome {
	if h.sends != nil {
		return h.sends
	}
	var out []act.Outcome
	for _, o := range objects {
		a := act.Action{Target: act.Target{Ref: o.Ref(), APIVersion: o.APIVersion(), UID: "uid-" + o.Ref().Namespace + o.Ref().Name}, Change: act.Create{}}
		h.mu.Lock()
		h.done = append(h.done, on.Context+": "+a.Title())
		h.mu.Unlock()
		out = append(out, act.Outcome{Action: a, Result: act.Done, Says: "created " + o.Ref().String()})
	}
	return out
}

func (h *hands) FirstLine(ctx context.Context, _ fleet.Ref, _ string) (string, error) {
	select {
	case l := <-h.line:
		return l, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (h *hands) Shell(_ context.Context, _ fleet.Cluster, on act.Target, container string, _ []string, in io.Reader, out io.Writer, size func() (int, int, bool)) (int, error) {
	h.mu.Lock()
	h.done = append(h.done, "shell in "+on.String()+" "+container)
	h.mu.Unlock()
	if w, _, ok := size(); !ok || w == 0 {
		return 0, errors.New("no size")
	}
	_, err := io.WriteString(out, "root@"+on.Ref.Name+":~# ")
	return 3, err
}

func (h *hands) Forward(ctx context.Context, _ fleet.Cluster, to act.Target, local, _ int, ready func(int)) error {
	h.mu.Lock()
	h.done = append(h.done, "forward to "+to.String())
	h.mu.Unlock()
	ready(local)
	select {
	case err := <-h.forward:
		return err
	case <-ctx.Done():
		return nil
	}
}
