package kube

import (
	"errors"
	"strings"
	"testing"

	authv1 "k8s.io/api/authorization/v1"

	"paddock/fleet"
)

func TestSourceOfSeveralNamespaces(t *testing.T) {
	h := newHub(nil)
	feedIn := func(namespace string, health fleet.Health) *feed {
		return &feed{watched: watched{source: "pods", shelf: h.store.pods}, namespace: namespace,
			status: status{health: health, since: at, asOf: at, err: map[bool]error{true: errors.New("gone")}[health == fleet.Stale]}}
	}
	for _, c := range []struct {
		feeds []*feed
		want  fleet.Health
		err   string
	}{
		{nil, fleet.Connecting, ""},
		{[]*feed{feedIn("a", fleet.Live), feedIn("b", fleet.Live)}, fleet.Live, ""},
		{[]*feed{feedIn("a", fleet.Live), feedIn("b", fleet.Stale)}, fleet.Stale, "gone"},
		{[]*feed{feedIn("a", fleet.Live), feedIn("b", fleet.Connecting)}, fleet.Connecting, ""},
		{[]*feed{feedIn("a", fleet.Live), feedIn("b", fleet.Forbidden)}, fleet.Live, "no right to watch pods in b"},
		{[]*feed{feedIn("a", fleet.Forbidden), feedIn("b", fleet.Forbidden)}, fleet.Forbidden, ""},
	} {
		got := sourceOf("pods", c.feeds)
		if got.Health != c.want || !strings.Contains(got.Err, c.err) || c.err == "" && got.Err != "" {
			t.Errorf("%d feeds: %+v, want %s %q", len(c.feeds), got, c.want, c.err)
		}
	}
}

func TestRulesAllow(t *testing.T) {
	set := &ruleSet{rules: []authv1.ResourceRule{
		{Verbs: []string{"get", "list", "watch"}, APIGroups: []string{""}, Resources: []string{"pods"}},
		{Verbs: []string{"*"}, APIGroups: []string{"batch"}, Resources: []string{"*"}},
		{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"configmaps"}, ResourceNames: []string{"one"}},
	}}
	for _, c := range []struct {
		q    right
		want bool
	}{
		{right{"watch", "", "pods", "ocr"}, true},
		{right{"delete", "", "pods", "ocr"}, false},
		{right{"patch", "batch", "jobs", "ocr"}, true},
		{right{"watch", "apps", "pods", "ocr"}, false},
		{right{"get", "", "configmaps", "ocr"}, false}, // one name is not all
	} {
		if got := set.allows(c.q); got != c.want {
			t.Errorf("%+v: %v", c.q, got)
		}
	}
}
