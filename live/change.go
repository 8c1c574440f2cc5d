package live

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"paddock/act"
	"paddock/fleet"
	"paddock/kube"
)

// changesAtOnce bounds the changes under way at a time: enough that fifty
// workers are killed in a second, too few for an API server to notice.
const changesAtOnce = 8

// Do carries changes out on the cluster that they were meant for, and returns
// what came of each, in their order. Each leaves a line in the audit log. It
// returns when all have an answer; a restart takes as long as its workers take
// to end. When ctx ends they are given up where they are, but see Outlast.
func (l *Live) Do(ctx context.Context, on fleet.Cluster, actions []act.Action) []act.Outcome {
	out := make([]act.Outcome, len(actions))
	s, err := l.changeable(on)
	var under *batch
	if err == nil {
		ctx, under, err = l.changes.begin(ctx, actions)
	}
	if err != nil {
		for i, a := range actions {
			out[i] = act.Outcome{Action: a, Result: act.Unchanged, Says: err.Error()}
		}
		return out
	}
	defer under.end()
	var group errgroup.Group
	group.SetLimit(changesAtOnce)
	for i, a := range actions {
		group.Go(func() error {
			out[i] = l.carryOut(ctx, s, a)
			under.answered(a, out[i])
			return nil
		})
	}
	_ = group.Wait() // each outcome has its own words
	return out
}

// carryOut carries one change out, and remembers it.
func (l *Live) carryOut(ctx context.Context, s *session, a act.Action) act.Outcome {
	if ctx.Err() != nil {
		return givenUp(a)
	}
	a, file, err := l.prepare(ctx, s, a)
	if err != nil {
		o := act.Outcome{Action: a, Result: act.Unchanged, Says: sentence(err).Error() + "; nothing was done"}
		return l.audit.write(o, s.kube.Cluster())
	}
	o, err := s.kube.Do(ctx, a)
	if err != nil {
		s.log.Info("change failed", "error", err)
	}
	return l.audit.write(named(o, file), s.kube.Cluster())
}

// prepare reads and saves the manifest of a job that is to be created anew.
func (l *Live) prepare(ctx context.Context, s *session, a act.Action) (act.Action, string, error) {
	r, ok := a.Change.(act.Restart)
	if !ok || !r.Anew {
		return a, "", nil
	}
	if r.Manifest == "" {
		text, err := s.kube.Manifest(ctx, a.Target)
		if err != nil {
			return a, "", err
		}
		r.Manifest = text
		a.Change = r
	}
	file, err := l.save(a.Target, r.Manifest)
	return a, file, err
}

// named puts the file of the saved manifest into what is to be done about an
// outcome: it may be all that is left of a job.
func named(o act.Outcome, file string) act.Outcome {
	switch {
	case file == "" || o.Result != act.Half && o.Result != act.Unknown:
	case strings.Contains(o.Hint, "FILE"):
		o.Hint = strings.Replace(o.Hint, "FILE", file, 1)
	case o.Hint == "":
		o.Hint = "its manifest is saved in " + file
	default:
		o.Hint += "; its manifest is saved in " + file
	}
	return o
}

// changeable is the session that a change is meant for, if it may be changed
// at all. The error is a sentence, and says that nothing was done.
func (l *Live) changeable(on fleet.Cluster) (*session, error) {
	s, err := l.meant(on)
	if err == nil && s.settings.ReadOnly {
		return nil, errors.New("this is read-only here; nothing was done")
	}
	return s, err
}

// meant is the session of the cluster that is meant, if what is done there can
// be remembered.
func (l *Live) meant(on fleet.Cluster) (*session, error) {
	s := l.session()
	if s.failed != nil || !same(s.kube.Cluster(), on) {
		return nil, errors.New("paddock looks at another cluster by now; nothing was done")
	}
	if err := l.audit.ready(); err != nil {
		return nil, fmt.Errorf("%w; nothing was done", err)
	}
	return s, nil
}

// same tells whether two Clusters are one, looked at with the same eyes.
func same(a, b fleet.Cluster) bool {
	return a.Context == b.Context && a.Server == b.Server && a.User == b.User
}

// Allowed answers which of these rights the user has; one that could not be
// asked for is not in the map.
func (l *Live) Allowed(ctx context.Context, rights []act.Right) (map[act.Right]bool, error) {
	return ask(ctx, l.session(), func(ctx context.Context, c *kube.Client) (map[act.Right]bool, error) {
		return c.Allowed(ctx, rights)
	})
}

// Editable is an object's YAML for an editor. It hides nothing.
func (l *Live) Editable(ctx context.Context, t act.Target) (string, error) {
	return ask(ctx, l.session(), func(ctx context.Context, c *kube.Client) (string, error) { return c.Editable(ctx, t) })
}

// Masked is YAML as it may be shown: what looks secret is hidden.
func (l *Live) Masked(text string) (string, error) { return kube.Masked(text) }

// save keeps a manifest in a file that only its owner may read: all that is
// left of a job if it can't be created anew.
func (l *Live) save(t act.Target, text string) (string, error) {
	if l.audit.dir == "" {
		return "", errors.New("there is no state directory to save the manifest in: set XDG_STATE_HOME")
	}
	dir := filepath.Join(l.audit.dir, "manifests")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("the manifest can't be saved: %w", err)
	}
	name := strings.Join([]string{t.Ref.Namespace, t.Ref.Name, time.Now().UTC().Format("20060102T150405.000")}, "_") + ".yaml"
	file := filepath.Join(dir, filepath.Base(name))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("the manifest can't be saved: %w", err)
	}
	return file, nil
}
