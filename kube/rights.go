package kube

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	authv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// rightsKept is how long an answer about rights is believed: rights change
// rarely, and the server has the last word anyway.
const rightsKept = 5 * time.Minute

// right is a question of rights. A subresource stands behind its resource, as
// in RBAC's rules: "pods/eviction".
type right struct{ verb, group, resource, namespace string }

// rights answers what the user may do: from one rules review a namespace, and
// where that is incomplete (webhook authorizers can't list their rules) from
// single access reviews. Answers are kept for a while.
type rights struct {
	api *api

	mu      sync.Mutex
	rules   map[string]*ruleSet // by namespace
	reviews map[right]review
}

type ruleSet struct {
	at         time.Time
	rules      []authv1.ResourceRule
	incomplete bool
}

type review struct {
	at      time.Time
	allowed bool
}

func newRights(a *api) *rights {
	return &rights{api: a, rules: map[string]*ruleSet{}, reviews: map[right]review{}}
}

// may tells whether a request would be allowed. Without a namespace, for
// things that have none or for all namespaces at once, an access review is asked.
func (r *rights) may(ctx context.Context, q right) (bool, error) {
	if q.namespace == "" {
		return r.review(ctx, q)
	}
	set, err := r.rulesOf(ctx, q.namespace)
	if err != nil {
		return false, err
	}
	if set.allows(q) {
		return true, nil
	}
	if set.incomplete {
		return r.review(ctx, q)
	}
	return false, nil
}

// allows tells whether a rule covers the question for every name.
func (s *ruleSet) allows(q right) bool {
	covers := func(list []string, want string) bool {
		return slices.Contains(list, want) || slices.Contains(list, "*")
	}
	return slices.ContainsFunc(s.rules, func(rule authv1.ResourceRule) bool {
		return len(rule.ResourceNames) == 0 && covers(rule.Verbs, q.verb) &&
			covers(rule.APIGroups, q.group) && covers(rule.Resources, q.resource)
	})
}

func (r *rights) rulesOf(ctx context.Context, namespace string) (*ruleSet, error) {
	r.mu.Lock()
	set := r.rules[namespace]
	r.mu.Unlock()
	if set != nil && time.Since(set.at) < rightsKept {
		return set, nil
	}
	ask := &authv1.SelfSubjectRulesReview{Spec: authv1.SelfSubjectRulesReviewSpec{Namespace: namespace}}
	var got authv1.SelfSubjectRulesReview
	err := r.api.auth.Post().Resource("selfsubjectrulesreviews").Body(ask).Do(ctx).Into(&got)
	switch {
	case err == nil:
		set = &ruleSet{time.Now(), got.Status.ResourceRules, got.Status.Incomplete || got.Status.EvaluationError != ""}
	case apierrors.IsForbidden(err) || apierrors.IsNotFound(err):
		set = &ruleSet{at: time.Now(), incomplete: true}
	default:
		return nil, err
	}
	r.mu.Lock()
	r.rules[namespace] = set
	r.mu.Unlock()
	return set, nil
}

func (r *rights) review(ctx context.Context, q right) (bool, error) {
	r.mu.Lock()
	known, ok := r.reviews[q]
	r.mu.Unlock()
	if ok && time.Since(known.at) < rightsKept {
		return known.allowed, nil
	}
	resource, sub, _ := strings.Cut(q.resource, "/")
	ask := &authv1.SelfSubjectAccessReview{Spec: authv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authv1.ResourceAttributes{
			Namespace: q.namespace, Verb: q.verb, Group: q.group, Resource: resource, Subresource: sub,
		},
	}}
	var got authv1.SelfSubjectAccessReview
	if err := r.api.auth.Post().Resource("selfsubjectaccessreviews").Body(ask).Do(ctx).Into(&got); err != nil {
		return false, err
	}
	r.mu.Lock()
	r.reviews[q] = review{time.Now(), got.Status.Allowed}
	r.mu.Unlock()
	return got.Status.Allowed, nil
}
