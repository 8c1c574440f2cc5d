package apiserver

import (
	"net/http"

	authentication "k8s.io/api/authentication/v1"
	authorization "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// review decodes a review and answers with it.
func answerReview[T runtime.Object](c *call, answer func(T) error) error {
	decoded, err := c.decode(c.kind.gvk())
	if err != nil {
		return err
	}
	r := decoded.(T)
	if err := answer(r); err != nil {
		return err
	}
	c.respond(http.StatusCreated, r)
	return nil
}

func (c *call) reviewSelf() error {
	return answerReview(c, func(r *authentication.SelfSubjectReview) error {
		r.CreationTimestamp = metav1.NewTime(c.options.Now())
		r.Status.UserInfo = authentication.UserInfo{Username: c.user.Name, UID: c.user.UID, Groups: c.user.Groups}
		return nil
	})
}

func (c *call) reviewAccess() error {
	return answerReview(c, func(r *authorization.SelfSubjectAccessReview) error {
		allowed, err := c.reviewed(c.user, r.Spec.ResourceAttributes, r.Spec.NonResourceAttributes)
		r.Status = authorization.SubjectAccessReviewStatus{Allowed: allowed}
		return err
	})
}

func (c *call) reviewSubject() error {
	return answerReview(c, func(r *authorization.SubjectAccessReview) error {
		who := User{Name: r.Spec.User, UID: r.Spec.UID, Groups: r.Spec.Groups}
		allowed, err := c.reviewed(who, r.Spec.ResourceAttributes, r.Spec.NonResourceAttributes)
		r.Status = authorization.SubjectAccessReviewStatus{Allowed: allowed}
		return err
	})
}

// reviewed asks the table of grants, as every request does.
func (c *call) reviewed(u User, on *authorization.ResourceAttributes, path *authorization.NonResourceAttributes) (bool, error) {
	switch {
	case (on == nil) == (path == nil):
		return false, errors.NewInvalid(schema.GroupKind{Group: c.group}, "", field.ErrorList{field.Invalid(
			field.NewPath("spec"), nil, "exactly one of nonResourceAttributes or resourceAttributes must be specified")})
	case path != nil:
		return c.allows(u, attributes{verb: path.Verb, path: path.Path}), nil
	}
	return c.allows(u, attributes{
		verb: on.Verb, group: on.Group, resource: on.Resource, subresource: on.Subresource, namespace: on.Namespace, name: on.Name,
	}), nil
}

func (c *call) reviewRules() error {
	return answerReview(c, func(r *authorization.SelfSubjectRulesReview) error {
		if r.Spec.Namespace == "" {
			return errors.NewBadRequest("no namespace on request")
		}
		r.Status = authorization.SubjectRulesReviewStatus{ResourceRules: []authorization.ResourceRule{}, NonResourceRules: []authorization.NonResourceRule{}}
		for _, rule := range c.rulesFor(c.user, r.Spec.Namespace) {
			if len(rule.Resources) > 0 {
				r.Status.ResourceRules = append(r.Status.ResourceRules, authorization.ResourceRule{
					Verbs: rule.Verbs, APIGroups: rule.APIGroups, Resources: rule.Resources, ResourceNames: rule.ResourceNames,
				})
			}
			if len(rule.NonResourceURLs) > 0 {
				r.Status.NonResourceRules = append(r.Status.NonResourceRules, authorization.NonResourceRule{
					Verbs: rule.Verbs, NonResourceURLs: rule.NonResourceURLs,
				})
			}
		}
		return nil
	})
}
