package ui

// keys scroll, search and wrap.
func (p *pager) keys(*env) []binding {
	scroll := func(keys []string, show, help string, rows func() int) binding {
		return binding{keys: keys, show: show, help: help, run: func() effect {
			p.scroll(rows())
			return effect{}
		}}
	}
	side := func(key, show, help string, to func() int) binding {
		return binding{keys: []string{key}, show: show, help: help, run: func() effect {
			p.left = max(to(), 0)
			return effect{}
		}, disabled: func() string {
			if !p.unwrapped {
				return "long lines are wrapped; w cuts them"
			}
			return ""
		}}
	}
	return []binding{
		{keys: []string{"w"}, help: "wrap", long: "wrap long lines, or cut them", footer: true, run: p.toggleWrap},
		{keys: []string{"n"}, help: "next match", footer: p.query != "", run: func() effect { return p.jump(1) }},
		{keys: []string{"N"}, help: "match before", run: func() effect { return p.jump(-1) }},
		scroll([]string{"up", "k"}, "↑ k", "up", func() int { return -1 }),
		scroll([]string{"down", "j"}, "↓ j", "down", func() int { return 1 }),
		scroll([]string{"pgup", "ctrl+b"}, "PgUp ctrl-b", "a page up", func() int { return -max(p.height-1, 1) }),
		scroll([]string{"pgdown", "ctrl+f", "space"}, "PgDn ctrl-f space", "a page down", func() int { return max(p.height-1, 1) }),
		scroll([]string{"K", "ctrl+u"}, "K ctrl-u", "half a page up", func() int { return -max(p.height/2, 1) }),
		scroll([]string{"J"}, "J", "half a page down", func() int { return max(p.height/2, 1) }),
		{keys: []string{"g", "home"}, show: "g Home", help: "to the top", run: p.toTop},
		{keys: []string{"G", "end"}, show: "G End", help: "to the end", run: p.toEnd},
		side("left", "←", "to the left", func() int { return p.left - sideStep }),
		side("right", "→", "to the right", func() int { return p.left + sideStep }),
		side("shift+left", "shift-←", "to the line's beginning", func() int { return 0 }),
		side("shift+right", "shift-→", "a screen to the right", func() int { return p.left + p.width }),
	}
}

func (p *pager) toggleWrap() effect {
	p.unwrapped, p.row, p.left = !p.unwrapped, 0, 0
	p.settle()
	if p.unwrapped {
		return say("long lines are cut; arrows scroll sideways")
	}
	return say("long lines are wrapped")
}

func (p *pager) toTop() effect {
	p.top, p.row = 0, 0
	return effect{}
}

func (p *pager) toEnd() effect {
	p.top, p.row = p.last()
	return effect{}
}

// scroll moves by rows, as far as there is text.
func (p *pager) scroll(n int) {
	for ; n > 0; n-- {
		p.top, p.row = p.next(p.top, p.row)
	}
	for ; n < 0; n++ {
		p.top, p.row = p.previous(p.top, p.row)
	}
	p.settle()
}

// settle brings the place back into the text, with no blank screen after its end.
func (p *pager) settle() {
	if p.width <= 0 || len(p.lines) == 0 {
		p.top, p.row = 0, 0
		return
	}
	if p.top < len(p.lines) {
		p.row = min(p.row, p.rowsOf(p.top)-1)
	}
	if top, row := p.last(); p.top > top || p.top == top && p.row > row {
		p.top, p.row = top, row
	}
}

// last is the place from which the rest of the text just fills the screen.
func (p *pager) last() (top, row int) {
	if len(p.lines) == 0 {
		return 0, 0
	}
	top = len(p.lines) - 1
	row = p.rowsOf(top) - 1
	for range p.height - 1 {
		top, row = p.previous(top, row)
	}
	return top, row
}

// rowsOf is how many rows a line takes on the screen.
func (p *pager) rowsOf(line int) int {
	if p.unwrapped || p.width <= 0 {
		return 1
	}
	return p.lines[line].rows(p.width)
}

func (p *pager) next(line, row int) (int, int) {
	switch {
	case line < len(p.lines) && row+1 < p.rowsOf(line):
		return line, row + 1
	case line+1 < len(p.lines):
		return line + 1, 0
	}
	return line, row
}

func (p *pager) previous(line, row int) (int, int) {
	switch {
	case row > 0:
		return line, row - 1
	case line > 0:
		return line - 1, p.rowsOf(line-1) - 1
	}
	return 0, 0
}
