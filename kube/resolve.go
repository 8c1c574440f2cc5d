package kube

import (
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/fleet"
	"paddock/submit"
)

// needsAtOnce bounds the questions under way: a manifest of a hundred objects
// must not be a hundred connections' worth of them.
const needsAtOnce = 8

// Resolve finds out what the cluster has of what objects lean on. What had no
// answer is left out, and Unknown thereby. Secrets are asked for by name, and
// without their values.
func (c *Client) Resolve(ctx context.Context, needs []submit.Need) submit.Facts {
	answers := make([]submit.Answer, len(needs))
	var group errgroup.Group
	group.SetLimit(needsAtOnce)
	for i, n := range needs {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, c.timeout)
			defer cancel()
			answers[i] = c.answer(ctx, n)
			return nil
		})
	}
	_ = group.Wait() // an error is an answer
	facts := submit.Facts{}
	for i, a := range answers {
		if a.Presence != submit.Unknown {
			facts[needs[i].Ref] = a
		}
	}
	return facts
}

func (c *Client) answer(ctx context.Context, n submit.Need) submit.Answer {
	var a submit.Answer
	var err error
	switch {
	case n.Ref.Kind == submit.NodeSelector:
		if a.Nodes, err = c.names(ctx, "Node", "v1", "", n.Ref.Name); err == nil && len(a.Nodes) == 0 {
			return submit.Answer{Presence: submit.Absent}
		}
	case n.Ref.Kind == submit.Quotas && n.Ref.Name == "":
		a.Quotas, err = c.quotas(ctx, n.Ref.Namespace)
	case n.Ref.Kind == "PersistentVolumeClaim":
		a.Claim, err = c.claim(ctx, n.Ref)
	default:
		err = c.exists(ctx, n.Ref, n.APIVersion)
	}
	a.Presence = presence(err)
	return a
}

// presence reads an answer. Of a kind that the cluster does not serve nothing
// can be there: nobody starts a job that waits in a queue of Kueue's where
// there is no Kueue.
func presence(err error) submit.Presence {
	var unserved *ConfigError
	switch {
	case err == nil:
		return submit.Present
	case apierrors.IsNotFound(err), errors.As(err, &unserved):
		return submit.Absent
	case apierrors.IsForbidden(err):
		return submit.NotAllowed
	}
	return submit.Unknown
}

// claim reads how a claim may be mounted: what its volume can once it is bound,
// until then what was asked for.
func (c *Client) claim(ctx context.Context, ref fleet.Ref) (submit.Claim, error) {
	var claim corev1.PersistentVolumeClaim
	if err := c.get(ctx, ref, "persistentvolumeclaims", &claim); err != nil {
		return submit.Claim{}, err
	}
	modes := claim.Spec.AccessModes
	if claim.Status.Phase == corev1.ClaimBound && len(claim.Status.AccessModes) > 0 {
		modes = claim.Status.AccessModes
	}
	out := submit.Claim{Phase: clean(string(claim.Status.Phase))}
	for _, m := range modes {
		out.Modes = append(out.Modes, clean(string(m)))
	}
	return out, nil
}

// quotas reads what the quotas of a namespace bound, a line a resource.
func (c *Client) quotas(ctx context.Context, namespace string) ([]submit.Quota, error) {
	var list corev1.ResourceQuotaList
	err := c.api.core.Get().Namespace(namespace).Resource("resourcequotas").
		VersionedParams(&metav1.ListOptions{Limit: listPage}, c.api.codec).Do(ctx).Into(&list)
	if err != nil {
		return nil, err
	}
	var out []submit.Quota
	for i := range list.Items {
		if bindsAll(&list.Items[i].Spec) {
			out = append(out, quotaLines(&list.Items[i])...)
		}
	}
	return out, nil
}

// bindsAll tells whether a quota counts all pods. One with a scope counts some
// of them (of one priority class, without any request): whether a job's are
// among them is for the server to say.
func bindsAll(s *corev1.ResourceQuotaSpec) bool { return len(s.Scopes) == 0 && s.ScopeSelector == nil }

// quotaLines are a quota's bounds by resource. The status holds what is in
// force; right after creation only the spec has one.
func quotaLines(q *corev1.ResourceQuota) []submit.Quota {
	hard := q.Status.Hard
	if len(hard) == 0 {
		hard = q.Spec.Hard
	}
	var out []submit.Quota
	for name, limit := range hard {
		used := q.Status.Used[name]
		out = append(out, submit.Quota{Name: clean(q.Name), Resource: clean(string(name)), Hard: limit.String(), Used: used.String()})
	}
	slices.SortFunc(out, func(a, b submit.Quota) int { return strings.Compare(a.Resource, b.Resource) })
	return out
}
