package ui

import (
	"paddock/act"
	"paddock/fleet"
)

// nodeChanges are the keys that change nodes: those that chosen gives when the
// key is pressed.
func nodeChanges(e *env, chosen func() []*fleet.Node) []binding {
	if e.readOnly() {
		return nil
	}
	key := func(k, word string, make func(*fleet.Node) (act.Action, error)) binding {
		return binding{keys: []string{k}, help: word, footer: k == "c", long: map[string]string{
			"c": "cordon the node: no new pods start there; draining is kubectl's", "u": "uncordon the node"}[k],
			disabled: func() string {
				switch nodes := chosen(); len(nodes) {
				case 0:
					return "there is no node"
				case 1:
					return e.cant(make(nodes[0]))
				}
				return ""
			},
			run: func() effect { return askNodes(e, word, chosen(), make) }}
	}
	return []binding{key("c", "cordon", cordon), key("u", "uncordon", uncordon)}
}

// cordon and uncordon make the actions of nodes that can be read.
func cordon(n *fleet.Node) (act.Action, error) {
	if n.Object == nil {
		return act.Action{}, &act.Refusal{Of: n.Name, Why: "it can't be read"}
	}
	return act.NewCordon(n)
}

func uncordon(n *fleet.Node) (act.Action, error) {
	if n.Object == nil {
		return act.Action{}, &act.Refusal{Of: n.Name, Why: "it can't be read"}
	}
	return act.NewUncordon(n)
}

func askNodes(e *env, word string, nodes []*fleet.Node, make func(*fleet.Node) (act.Action, error)) effect {
	var names []string
	for _, n := range nodes {
		names = append(names, n.Name)
	}
	return asking{word: word, names: names, ways: []way{{word, func() act.Plan {
		var p act.Plan
		for _, n := range nodes {
			p.Add(make(n))
		}
		return p
	}}}}.ask(e)
}
