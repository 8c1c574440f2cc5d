package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"paddock/act"
	"paddock/fleet"
	"paddock/kube"
	"paddock/submit"
)

// order is what is to be created.
type order struct {
	recipe  *submit.Recipe // that the objects were made of; nil for manifests
	objects []submit.Object
	team    string // the namespace of objects that name none
}

// readFile reads the file that was named; - is the standard input.
func (a *app) readFile(name string) ([]byte, error) {
	if name == "-" {
		text, err := io.ReadAll(a.in)
		if err != nil {
			return nil, fmt.Errorf("the standard input can't be read: %w", err)
		}
		return text, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("the file can't be read: %w", err)
	}
	return text, nil
}

// readOrder reads a recipe or manifests.
func readOrder(text []byte, sets []string, team string) (order, error) {
	switch manifests := submit.IsManifest(text); {
	case manifests && len(sets) > 0:
		return order{}, misuse{errors.New("--set changes recipes, and this is a manifest")}
	case manifests:
		objects, err := submit.ReadManifests(text)
		return order{objects: objects, team: team}, err
	}
	r, err := submit.Parse(text)
	if err != nil {
		return order{}, err
	}
	for _, s := range sets {
		if r, err = submit.Set(r, s); err != nil {
			return order{}, misuse{fmt.Errorf("--set %w", err)}
		}
	}
	if r.Team == "" {
		r.Team = team
	}
	objects, err := submit.Objects(r)
	return order{recipe: &r, objects: objects, team: r.Team}, err
}

// unfilled is an error when a secret that was hidden was not filled in again:
// the job would train with the word in its place.
func (o order) unfilled() error {
	const do = "fill it in, or refer to a Secret: NAME: {secret: SECRET/KEY}"
	if o.recipe == nil {
		text, err := submit.YAML(o.objects)
		if err == nil && strings.Contains(string(text), kube.Hidden) {
			err = fmt.Errorf("the manifest has %s where a secret was: fill it in", kube.Hidden)
		}
		return err
	}
	for _, v := range o.recipe.Env {
		if strings.Contains(v.Value, kube.Hidden) {
			return fmt.Errorf("%s is still %s: %s", v.Name, kube.Hidden, do)
		}
	}
	for _, w := range slices.Concat(o.recipe.Command, o.recipe.Args) {
		if strings.Contains(w, kube.Hidden) {
			return fmt.Errorf("the command line still has %s where a secret was: fill it in", kube.Hidden)
		}
	}
	return nil
}

// plan is the creation of the objects, as they will be sent. Those of a recipe
// are the job's.
func (o order) plan(objects []submit.Object) act.Plan {
	var job fleet.Ref
	if o.recipe != nil {
		job = fleet.Ref{Kind: "Job", Namespace: o.recipe.Team, Name: o.recipe.Name}
	}
	return each(objects, func(x submit.Object) (act.Action, error) {
		return act.Action{Target: act.Target{Ref: x.Ref(), APIVersion: x.APIVersion(), Job: job}, Change: act.Create{}}, nil
	})
}

// team is the namespace of what names none: that of -n, else the context's.
func (a *app) team() (string, error) {
	switch len(a.namespaces) {
	case 0:
	case 1:
		return a.namespaces[0], nil
	default:
		return "", misuse{errors.New("give one namespace with -n: the team of what is submitted")}
	}
	contexts, err := a.flags.Contexts()
	if err != nil {
		return "", err
	}
	for _, c := range contexts {
		if c.Current && c.Namespace != "" {
			return c.Namespace, nil
		}
	}
	return "default", nil
}
