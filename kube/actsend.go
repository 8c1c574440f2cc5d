package kube

import (
	"context"
	"encoding/json"
	"path"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"paddock/act"
	"paddock/kube/kinds"
)

// sender sends changes, each once: a change that may have arrived is not repeated.
type sender struct {
	client *Client
	dry    bool
}

// deleteOptions are metav1.DeleteOptions, as far as they are used.
type deleteOptions struct {
	Propagation string // "" is the kind's own default
	Grace       *int64 // seconds; nil is the object's own
}

func (s sender) patch(ctx context.Context, t act.Target, p kinds.Patch) error {
	at, err := s.path(ctx, t)
	if err != nil {
		return err
	}
	return s.patchAt(ctx, at, p)
}

func (s sender) patchAt(ctx context.Context, at string, p kinds.Patch) error {
	return s.send(ctx, s.client.api.core.Patch(types.JSONPatchType).AbsPath(at).Param("fieldManager", manager), p)
}

func (s sender) remove(ctx context.Context, t act.Target, o deleteOptions) error {
	at, err := s.path(ctx, t)
	if err != nil {
		return err
	}
	return s.send(ctx, s.client.api.core.Delete().AbsPath(at).SetHeader("Content-Type", runtime.ContentTypeJSON), s.options(t, o))
}

// evict asks for the eviction of a pod, which disruption budgets may refuse.
func (s sender) evict(ctx context.Context, t act.Target) error {
	at, err := s.path(ctx, t)
	if err != nil {
		return err
	}
	return s.create(ctx, path.Join(at, "eviction"), map[string]any{
		"apiVersion": "policy/v1", "kind": "Eviction",
		"metadata":      map[string]any{"namespace": t.Ref.Namespace, "name": t.Ref.Name},
		"deleteOptions": s.options(t, deleteOptions{}),
	})
}

func (s sender) create(ctx context.Context, at string, o map[string]any) error {
	return s.send(ctx, s.posting(at), o)
}

// posting is the request that creates an object.
func (s sender) posting(at string) *rest.Request {
	return s.client.api.core.Post().AbsPath(at).Param("fieldManager", manager).SetHeader("Content-Type", runtime.ContentTypeJSON)
}

// options bind a deletion to the life of the object that is meant.
func (s sender) options(t act.Target, o deleteOptions) *metav1.DeleteOptions {
	uid := types.UID(t.UID)
	out := &metav1.DeleteOptions{
		TypeMeta:           metav1.TypeMeta{APIVersion: "v1", Kind: "DeleteOptions"},
		Preconditions:      &metav1.Preconditions{UID: &uid},
		GracePeriodSeconds: o.Grace,
	}
	if o.Propagation != "" {
		policy := metav1.DeletionPropagation(o.Propagation)
		out.PropagationPolicy = &policy
	}
	if s.dry { // a body hides the parameter of the same name
		out.DryRun = []string{metav1.DryRunAll}
	}
	return out
}

// send sends one request.
func (s sender) send(ctx context.Context, r *rest.Request, body any) error {
	_, err := s.ask(ctx, r, body)
	return err
}

// ask sends one request and returns the answer.
func (s sender) ask(ctx context.Context, r *rest.Request, body any) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, s.client.timeout)
	defer cancel()
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	if s.dry {
		r = r.Param("dryRun", metav1.DryRunAll)
	}
	answer, err := r.SetHeader("Accept", runtime.ContentTypeJSON).MaxRetries(0).Body(text).Do(ctx).Raw()
	return answer, s.after(inItsWords(answer, err))
}

// after marks the error of a request that was sent.
func (s sender) after(err error) error {
	if err != nil && !answered(err) {
		err = sent{err}
	}
	if err != nil && s.dry {
		err = tried{err}
	}
	return err
}

// inItsWords is the error in the API server's own words: client-go leaves them
// in the body when it does not decode the answer.
func inItsWords(answer []byte, err error) error {
	var status metav1.Status
	if err != nil && json.Unmarshal(answer, &status) == nil && status.Kind == "Status" && status.Message != "" {
		return &apierrors.StatusError{ErrStatus: status}
	}
	return err
}

// answered tells whether an error is an answer of the API server.
func answered(err error) bool { return statusCode(err) != 0 }

// sent is an error that came without an answer of the API server, after a
// change was given to the connection.
type sent struct{ err error }

func (s sent) Error() string { return s.err.Error() }

// Unwrap is the cause.
func (s sent) Unwrap() error { return s.err }

// tried is an error of a dry run: whatever it is, nothing was changed.
type tried struct{ err error }

func (t tried) Error() string { return t.err.Error() }

// Unwrap is the cause.
func (t tried) Unwrap() error { return t.err }

// path is where the target's object is kept.
func (s sender) path(ctx context.Context, t act.Target) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.client.timeout)
	defer cancel()
	return s.client.places.path(ctx, t.Ref, t.APIVersion)
}
