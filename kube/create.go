package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/act"
	"paddock/fleet"
	"paddock/kube/kinds"
	"paddock/submit"
)

// Place puts objects into a namespace, unless they name one themselves or are
// of a kind that has none.
func (c *Client) Place(ctx context.Context, objects []submit.Object, namespace string) ([]submit.Object, error) {
	out := make([]submit.Object, len(objects))
	for i, o := range objects {
		at, err := c.placeOf(ctx, o)
		if err != nil {
			return nil, err
		}
		if at.namespaced {
			o = o.InNamespace(namespace)
		}
		out[i] = o
	}
	return out, nil
}

// placeOf is where an object's kind is kept. An error names the object.
func (c *Client) placeOf(ctx context.Context, o submit.Object) (place, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	at, err := c.places.find(ctx, o.APIVersion(), o.Ref().Kind)
	var unserved *ConfigError
	switch t := targetOf(o.Body); {
	case errors.As(err, &unserved):
		return at, &ConfigError{What: t.String() + ": " + unserved.What, Hint: "install what serves it first, or check apiVersion and kind", Err: err}
	case err != nil:
		return at, fmt.Errorf("find where %s belongs: %w", t, err)
	}
	return at, nil
}

// Create makes an object; with dry the server only says whether it would, with
// all its admission checks. The Outcome's Target is the object that was made,
// bound to its UID and under the name that the server gave it; after a dry run
// there is none. Fields that the server does not know are an error.
func (c *Client) Create(ctx context.Context, o submit.Object, dry bool) (act.Outcome, error) {
	a := act.Action{Target: targetOf(o.Body), Change: act.Create{}}
	s := sender{c, dry}
	made, err := s.createObject(ctx, o)
	if err != nil {
		return c.failed(ctx, a, err), fmt.Errorf("%s: %w", a.Title(), err)
	}
	if made.UID != "" && !dry {
		a.Target = made
	}
	return act.Outcome{Action: a, Result: act.Done, Says: s.took(a)}, nil
}

// createObject sends an object and reads what the server made of it.
func (s sender) createObject(ctx context.Context, o submit.Object) (act.Target, error) {
	at, err := s.client.placeOf(ctx, o)
	if err != nil {
		return act.Target{}, err
	}
	if at.namespaced && o.Ref().Namespace == "" {
		return act.Target{}, nothing{targetOf(o.Body).String() + " names no namespace", ""}
	}
	where, err := s.path(ctx, act.Target{Ref: fleet.Ref{Kind: o.Ref().Kind, Namespace: o.Ref().Namespace, Name: "x"}, APIVersion: o.APIVersion()})
	if err != nil {
		return act.Target{}, err
	}
	answer, err := s.ask(ctx, s.posting(path.Dir(where)).Param("fieldValidation", metav1.FieldValidationStrict), o.Body)
	if err != nil {
		return act.Target{}, err
	}
	var made map[string]any
	if err := json.Unmarshal(answer, &made); err != nil {
		return act.Target{}, s.after(errNotKubernetes)
	}
	return targetOf(made), nil
}

// targetOf is an object as a target. One that the server is to name is called
// by the beginning of its name.
func targetOf(o map[string]any) act.Target {
	ref := fleet.Ref{Kind: word(o, "kind"), Namespace: word(o, "metadata", "namespace"), Name: word(o, "metadata", "name")}
	if ref.Name == "" {
		ref.Name = word(o, "metadata", "generateName") + "*"
	}
	t := act.Target{Ref: ref, APIVersion: word(o, "apiVersion"), UID: word(o, "metadata", "uid")}
	if ref.Kind == "Job" {
		t.Job, t.JobUID = ref, t.UID
	}
	return t
}

// Adopt makes part a part of owner: it goes when owner goes. Nothing is done to
// another life of part, or to one that has an owner.
func (c *Client) Adopt(ctx context.Context, owner, part act.Target) error {
	p := kinds.PatchOf(part.UID).Set("/metadata/ownerReferences", nil, []any{map[string]any{
		"apiVersion": owner.APIVersion, "kind": owner.Ref.Kind, "name": owner.Ref.Name, "uid": owner.UID,
	}})
	err := (sender{client: c}).patch(ctx, part, p)
	switch {
	case err == nil:
		return nil
	case outdated(err):
		err = nothing{part.String() + " is another one now, or has an owner already", ""}
	}
	return fmt.Errorf("make %s a part of %s: %w", part, owner, err)
}

// explainCreate puts the refusal to create an object into a sentence; "" when
// it is none of those that only a creation meets.
func explainCreate(t act.Target, err error, text string) (what, hint string) {
	switch {
	case apierrors.IsAlreadyExists(err):
		return t.String() + " is there already", "take another name, or delete it first"
	case apierrors.IsNotFound(err) && strings.HasPrefix(text, "namespaces "):
		return "there is no namespace " + t.Ref.Namespace, "kubectl create namespace " + t.Ref.Namespace
	case apierrors.IsNotFound(err):
		return "the server has no place for it: " + clean(text), ""
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return "namespace " + t.Ref.Namespace + " is being deleted", "take another one, or wait until it is gone and create it anew"
	case apierrors.IsConflict(err):
		return "the server was changing what it counts with: " + clean(text), "try it again"
	}
	return "", ""
}
