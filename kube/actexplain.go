package kube

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/act"
)

// nothing is why a change was not even sent, or sent in vain, in a sentence.
type nothing struct{ what, hint string }

func (n nothing) Error() string { return n.what }

// undone ends the sentences after which the cluster is as it was.
const undone = "; nothing was done"

// failed says what became of an Action that did not succeed. Where its object
// or the old value is not the one that is meant, it reads the object again to
// tell which.
func (c *Client) failed(ctx context.Context, a act.Action, err error) act.Outcome {
	out := act.Outcome{Action: a, Result: act.Unchanged}
	var partly half
	var why nothing
	var config *ConfigError
	_, creates := a.Change.(act.Create)
	switch {
	case errors.As(err, &partly):
		out.Result, out.Hint = act.Half, partly.hint
		cause, _ := explainChange(a, partly.err)
		out.Says = partly.what + ": " + cause
	case errors.As(err, &why):
		out.Says, out.Hint = why.what+undone, why.hint
	case errors.As(err, &config):
		out.Says, out.Hint = config.What+undone, config.Hint
	case uncertain(err) && errors.As(err, new(tried)):
		what, _ := Explain(err)
		out.Says = what + ": it could not be tried" + undone
	case uncertain(err):
		out.Result = act.Unknown
		what, _ := Explain(err)
		out.Says = what + ": unknown whether it was done; watching"
	case outdated(err) && !creates: // before it is made, it is nobody's
		out.Says = c.whatNow(ctx, a) + undone
	default:
		what, hint := explainChange(a, err)
		out.Says, out.Hint = what+undone, hint
	}
	return out
}

// uncertain tells whether a change may have been done though no answer says
// so. A connection that was never made carried nothing.
func uncertain(err error) bool {
	if code := statusCode(err); code != 0 {
		return apierrors.IsTimeout(err) || apierrors.IsServerTimeout(err) ||
			code >= http.StatusInternalServerError && code != http.StatusServiceUnavailable && !webhookFailed(err)
	}
	var after sent
	if !errors.As(err, &after) {
		return false
	}
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case errors.As(err, &op) && op.Op == "dial", errors.As(err, &dns), errors.Is(err, syscall.ECONNREFUSED):
		return false
	case strings.Contains(err.Error(), "getting credentials"):
		return false
	}
	what, _ := explainTLS(err)
	return what == ""
}

// outdated tells whether the server found another UID or another old value
// than those that the change was bound to: a conflict for a precondition, 422
// for a test of a JSON patch. A field that is not valid is 422 as well, but
// names its object.
func outdated(err error) bool {
	if apierrors.IsConflict(err) {
		return true
	}
	var s apierrors.APIStatus
	if !errors.As(err, &s) || s.Status().Code != http.StatusUnprocessableEntity {
		return false
	}
	details := s.Status().Details
	return details == nil || details.Kind == "" && details.Name == ""
}

// explainChange puts the API server's refusal of a change into a sentence.
func explainChange(a act.Action, err error) (what, hint string) {
	var s apierrors.APIStatus
	text := ""
	if errors.As(err, &s) {
		text = s.Status().Message
	}
	if _, creates := a.Change.(act.Create); creates {
		if what, hint = explainCreate(a.Target, err, text); what != "" {
			return what, hint
		}
	}
	switch {
	case errors.Is(err, errGone):
		return a.Target.String() + " is gone", ""
	case strings.Contains(text, "admission webhook") && strings.Contains(text, "denied the request"):
		return "a policy of the cluster refuses it: " + clean(text), "ask who runs the webhook that it names"
	case webhookFailed(err):
		return "an admission webhook does not answer: " + clean(text), "it must be repaired before anything can be changed"
	case strings.Contains(text, "exceeded quota"):
		return "it would exceed the team's quota: " + clean(text), ""
	case apierrors.HasStatusCause(err, disruptionBudget):
		return "a disruption budget does not allow another worker to go now: " + clean(text), "wait, or delete it instead of evicting it"
	case apierrors.IsNotFound(err):
		return a.Target.String() + " is gone", ""
	case apierrors.IsInvalid(err) || apierrors.IsBadRequest(err):
		return "the server refuses it: " + invalidWords(s.Status()), ""
	}
	what, hint = Explain(err)
	return what, hint
}

// invalidWords names the fields that are not valid. A value of many lines
// would hide what is wrong with it, which stands behind it.
func invalidWords(s metav1.Status) string {
	const most = 200
	if s.Details == nil || len(s.Details.Causes) == 0 {
		return clean(s.Message)
	}
	var out []string
	for _, c := range s.Details.Causes {
		words := c.Message
		if i := strings.LastIndex(words, "}: "); i >= 0 && len(words) > most {
			words = words[i+len("}: "):]
		}
		out = append(out, c.Field+": "+words)
	}
	return clean(strings.Join(out, "; "))
}

// disruptionBudget is the cause that an eviction names when a budget forbids
// it. Source: policyv1.DisruptionBudgetCause.
const disruptionBudget metav1.CauseType = "DisruptionBudget"

// webhookFailed tells a webhook that can't be asked from other failures of the
// server: the change was not admitted then.
func webhookFailed(err error) bool { return strings.Contains(err.Error(), "failed calling webhook") }

// another is the sentence for a life that has been followed by another one.
func another(t act.Target) error {
	kind := t.Ref.Kind
	if t.Label != "" {
		kind = "pod"
	}
	return nothing{fmt.Sprintf("%s is another %s now", t.Short(), kind), ""}
}

// whatNow reads the object again, to say what it has become.
func (c *Client) whatNow(ctx context.Context, a act.Action) string {
	o, err := c.readLife(ctx, a.Target)
	var why nothing
	switch {
	case errors.As(err, &why):
		return why.what
	case apierrors.IsNotFound(err):
		return a.Target.String() + " is gone"
	case err != nil:
		return a.Target.String() + " is not what was on the screen any more"
	}
	short := a.Target.Short()
	switch change := a.Change.(type) {
	case act.Scale:
		return fmt.Sprintf("%s has %s workers by now, not %d", short, word(o, "spec", "parallelism"), change.From)
	case act.Suspend:
		return short + " is suspended already"
	case act.Resume:
		return short + " is resumed already"
	case act.Cordon:
		return short + " is cordoned already"
	case act.Uncordon:
		return short + " is not cordoned any more"
	}
	return short + " was changed meanwhile"
}
