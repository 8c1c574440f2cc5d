package live

import (
	"context"
	"fmt"
	"time"

	"paddock/act"
	"paddock/fleet"
	"paddock/kube"
	"paddock/submit"
)

// reviewTimeout bounds all questions of a review together: each is short, and
// a manifest has many.
const reviewTimeout = 30 * time.Second

// Choices are what the fields of a recipe complete from.
func (l *Live) Choices(ctx context.Context, team, serviceAccount string) (submit.Choices, error) {
	return ask(ctx, l.session(), func(ctx context.Context, c *kube.Client) (submit.Choices, error) {
		return c.Choices(ctx, team, serviceAccount), nil
	})
}

// RecipeOf is the recipe of a job, and what a recipe can't say of it.
func (l *Live) RecipeOf(ctx context.Context, t act.Target) (r submit.Recipe, lost []string, err error) {
	r, err = ask(ctx, l.session(), func(ctx context.Context, c *kube.Client) (submit.Recipe, error) {
		got, missing, err := c.RecipeOf(ctx, t)
		lost = missing
		return got, err
	})
	return r, lost, err
}

// Review finds out what would become of objects: it puts those without a
// namespace into team, asks for what they lean on, checks them, and lets the
// server try them without effect. recipe is what they were made of, nil for a
// manifest; f is the Fleet to hold them against. Nothing is changed.
func (l *Live) Review(ctx context.Context, objects []submit.Object, recipe *submit.Recipe, team string, f *fleet.Fleet) (submit.Review, error) {
	s := l.session()
	ctx, cancel := context.WithTimeout(ctx, reviewTimeout)
	defer cancel()
	placed, err := ask(ctx, s, func(ctx context.Context, c *kube.Client) ([]submit.Object, error) { return c.Place(ctx, objects, team) })
	if err != nil {
		return submit.Review{}, err
	}
	text, err := submit.YAML(placed)
	if err != nil {
		return submit.Review{}, err
	}
	masked, err := kube.Masked(string(text))
	if err != nil {
		return submit.Review{}, err
	}
	facts := s.kube.Resolve(ctx, submit.Needs(placed))
	problems := submit.Check(placed, recipe, f, facts)
	return submit.Review{Objects: placed, YAML: masked, Problems: submit.Sorted(append(problems, s.tried(ctx, placed, facts)...))}, nil
}

// tried lets the server try objects, with all its admission checks. What is
// put into a namespace that is made together with it can't be tried, and of
// what is there already it would say no more.
func (s *session) tried(ctx context.Context, objects []submit.Object, facts submit.Facts) []submit.Problem {
	made := map[string]bool{}
	for _, o := range objects {
		if r := o.Ref(); r.Kind == "Namespace" {
			made[r.Name] = true
		}
	}
	var out []submit.Problem
	for _, o := range objects {
		if made[o.Ref().Namespace] || facts[o.Ref()].Presence == submit.Present {
			continue
		}
		if outcome, err := s.kube.Create(ctx, o, true); err != nil {
			out = append(out, submit.Problem{Severity: submit.Error, ID: "server", Object: o.Ref(), Says: outcome.Says, Do: outcome.Hint})
		}
	}
	return out
}

// Submit creates objects in their order, and stops at the first that fails:
// what was created is in the outcomes before it, for act.TakeBack. The Service
// of a recipe becomes the Job's, so that it goes with it. When ctx ends it is
// given up where it is, but see Outlast.
func (l *Live) Submit(ctx context.Context, on fleet.Cluster, objects []submit.Object, recipe bool) []act.Outcome {
	actions := make([]act.Action, len(objects))
	for i, o := range objects {
		actions[i] = creation(o)
	}
	s, err := l.changeable(on)
	var under *batch
	if err == nil {
		ctx, under, err = l.changes.begin(ctx, actions)
	}
	if err != nil {
		return []act.Outcome{{Action: actions[0], Result: act.Unchanged, Says: err.Error()}}
	}
	defer under.end()
	out := l.create(ctx, s, objects)
	if last := len(out) - 1; recipe && last == 1 && out[last].Result == act.Done {
		if err := s.kube.Adopt(ctx, out[1].Action.Target, out[0].Action.Target); err != nil {
			out[0].Says += fmt.Sprintf("; it stays when the Job goes: %v", sentence(err))
		}
	}
	for i, o := range out {
		under.answered(actions[i], o)
	}
	return out
}

// create creates objects until one fails.
func (l *Live) create(ctx context.Context, s *session, objects []submit.Object) []act.Outcome {
	var out []act.Outcome
	for _, o := range objects {
		if ctx.Err() != nil {
			return append(out, givenUp(creation(o)))
		}
		outcome, err := s.kube.Create(ctx, o, false)
		out = append(out, l.audit.write(outcome, s.kube.Cluster()))
		if err != nil {
			s.log.Info("submit failed", "error", err)
			return out
		}
	}
	return out
}

func creation(o submit.Object) act.Action {
	return act.Action{Target: act.Target{Ref: o.Ref(), APIVersion: o.APIVersion()}, Change: act.Create{}}
}

// FirstLine waits for the first line that a pod logs.
func (l *Live) FirstLine(ctx context.Context, pod fleet.Ref, container string) (string, error) {
	s := l.session()
	if s.failed != nil {
		return "", fmt.Errorf("the log of %s: %s", pod, s.failed.Sources[0].Err)
	}
	line, err := s.kube.FirstLine(ctx, pod, container)
	if err != nil {
		return "", sentence(err)
	}
	return line, nil
}
