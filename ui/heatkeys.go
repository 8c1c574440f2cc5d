package ui

// moves are the keys that move the cursor over the map.
func (h *heat) moves() []binding {
	rows := func(keys []string, show, help string, n func() int) binding {
		return binding{keys: keys, show: show, help: help, run: func() effect {
			h.step(n())
			return effect{}
		}}
	}
	to := func(keys []string, show, help string, at func() int) binding {
		return binding{keys: keys, show: show, help: help, run: func() effect {
			h.move(at())
			return effect{}
		}}
	}
	return []binding{
		rows([]string{"up", "k"}, "↑ k", "up", func() int { return -1 }),
		rows([]string{"down", "j"}, "↓ j", "down", func() int { return 1 }),
		to([]string{"left", "h"}, "← h", "to the left", func() int { return h.at - 1 }),
		to([]string{"right", "l"}, "→ l", "to the right", func() int { return h.at + 1 }),
		rows([]string{"pgup", "ctrl+b"}, "PgUp ctrl-b", "a page up", func() int { return -max(h.height-1, 1) }),
		rows([]string{"pgdown", "ctrl+f"}, "PgDn ctrl-f", "a page down", func() int { return max(h.height-1, 1) }),
		{keys: []string{"n"}, help: "next trouble", long: "to the next node that something is wrong with", footer: true, run: func() effect { return h.trouble(1) }},
		{keys: []string{"N"}, help: "trouble before", run: func() effect { return h.trouble(-1) }},
		to([]string{"g", "home"}, "g Home", "to the top", func() int { return 0 }),
		to([]string{"G", "end"}, "G End", "to the end", func() int { return len(h.nodes) - 1 }),
	}
}

// trouble moves the cursor to the next node that something is wrong with, round the end.
func (h *heat) trouble(step int) effect {
	for i := range h.nodes {
		at := (h.at + step*(i+1) + 2*len(h.nodes)) % len(h.nodes)
		if n := h.nodes[at]; nodeState(n) != "ready" || nodeWhy(n) != "" {
			h.move(at)
			return effect{}
		}
	}
	return say("nothing is wrong with these nodes")
}
