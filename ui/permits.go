package ui

import (
	"context"
	"maps"
	"time"

	tea "charm.land/bubbletea/v2"

	"paddock/act"
	"paddock/fleet"
)

// permitsKept is how long an answer about rights is believed: they change
// rarely, and the server has the last word anyway.
const permitsKept = 5 * time.Minute

// nearMsg comes when the cursor may have settled in a namespace.
type nearMsg struct{ namespace string }

// permitsMsg is what the user may do in a namespace of a cluster.
type permitsMsg struct {
	cluster fleet.Cluster
	allowed map[act.Right]bool
}

// near is the namespace of what is under the cursor, "" for nodes.
func (m *Model) near() (namespace string, ok bool) {
	of := m.top().screen.selected()
	if of.ref.Kind == "Namespace" {
		return of.ref.Name, true
	}
	return of.ref.Namespace, of.ok()
}

// askPermits asks what may be done where the cursor is, once it has settled in
// a namespace that was not asked about lately.
func (m *Model) askPermits() tea.Cmd {
	namespace, ok := m.near()
	if !ok || m.env.readOnly() || m.env.fleet.At.IsZero() || m.settling[namespace] || m.env.now.Sub(m.asked[namespace]) < permitsKept {
		return nil
	}
	m.settling[namespace] = true
	return tea.Tick(settleTime, func(time.Time) tea.Msg { return nearMsg{namespace} })
}

// settledNear asks, when the cursor is still there.
func (m *Model) settledNear(msg nearMsg) tea.Cmd {
	delete(m.settling, msg.namespace)
	if now, ok := m.near(); !ok || now != msg.namespace {
		return nil
	}
	m.asked[msg.namespace] = m.env.now
	return m.askAllowed(act.Usual(msg.namespace))
}

// askAllowed asks whether the user has some rights.
func (m *Model) askAllowed(rights []act.Right) tea.Cmd {
	parent, dash, cluster := m.env.ctx, m.env.dash, m.env.fleet.Cluster
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, readTimeout)
		defer cancel()
		allowed, _ := dash.Allowed(ctx, rights) // what is not known is tried: the server has the last word
		return permitsMsg{cluster, allowed}
	}
}

// permitted takes an answer about rights.
func (m *Model) permitted(msg permitsMsg) {
	if msg.cluster.Context == m.env.fleet.Cluster.Context {
		maps.Copy(m.env.allowed, msg.allowed)
	}
}

// forgetPermits begins anew, for another cluster.
func (m *Model) forgetPermits() {
	m.asked, m.settling, m.env.allowed = map[string]time.Time{}, map[string]bool{}, map[act.Right]bool{}
	waiting := map[string]doing{}
	for uid, d := range m.env.doing { // what has no answer yet goes on, on the cluster that it was meant for
		if d.until.IsZero() {
			waiting[uid] = d
		}
	}
	m.env.doing = waiting
}

// cant says why an action can't be, before it is asked about: what the object
// itself bars, or a right that is missing. "" when it can.
func (e *env) cant(a act.Action, err error) string {
	if r, ok := err.(*act.Refusal); ok {
		return r.Why
	}
	return e.lacks(a.Needs())
}

// lacks names the right that is missing; "" when none is known to be.
func (e *env) lacks(rights []act.Right) string {
	if r, missing := act.Missing(rights, e.allowed); missing {
		return "you may not " + r.String() + " (" + r.Check() + ")"
	}
	return ""
}
