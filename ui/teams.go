package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"paddock/fleet"
)

// teams is the screen of the teams: their quota, what they hold, what waits
// and what is wasted.
type teams struct {
	listing[*fleet.Team, *fleet.Team]
}

func newTeams(*env) screen {
	return &teams{listing[*fleet.Team, *fleet.Team]{
		noun:   "team",
		of:     func(f *fleet.Fleet) []*fleet.Team { return f.Teams },
		row:    func(_ *env, t *fleet.Team) *fleet.Team { return t },
		words:  teamKeys,
		choose: func(t *fleet.Team) selection { return selection{ref: teamRef(t), apiVersion: "v1"} },
		detail: teamDetail, least: 3,
		table: table[*fleet.Team]{
			columns: teamColumns(), normal: largestTeam, word: "most GPUs first",
			id:   func(t *fleet.Team) identity { return identity{ref: teamRef(t)} },
			mark: func(e *env, t *fleet.Team) span { return teamMark(e, t) },
		},
	}}
}

func teamRef(t *fleet.Team) fleet.Ref { return fleet.Ref{Kind: "Namespace", Name: t.Name} }

func (s *teams) name() string  { return "teams" }
func (s *teams) crumb() string { return "Teams" }

func (s *teams) draw(e *env, width, height int) []string {
	if len(s.table.rows) > 0 {
		return s.listing.draw(e, width, height)
	}
	if why, ok := s.filtered(); ok {
		return message(e, width, height, why)
	}
	if waiting(e) {
		return message(e, width, height, connecting(e)...)
	}
	return message(e, width, height, noTeams(e)...)
}

func (s *teams) keys(e *env) []binding {
	own := []binding{{keys: []string{"enter"}, help: "jobs", long: "the jobs of the team under the cursor", footer: true, disabled: s.unselected, run: func() effect {
		t, _ := s.table.current()
		return effect{push: newJobs(e), filter: "team:" + t.Name}
	}}}
	return slices.Concat(own, s.table.moves(), s.table.sorts())
}

// largestTeam puts the teams that hold or want most first.
func largestTeam(a, b *fleet.Team) int {
	return cmp.Or(b.Held-a.Held, b.Requested-a.Requested, strings.Compare(a.Name, b.Name))
}

// teamMark is the sign of the worst that a team's jobs do.
func teamMark(e *env, t *fleet.Team) span {
	for _, s := range fleet.States() {
		if t.States[s] > 0 && !s.Over() {
			return e.state(s)
		}
	}
	return plain(" ")
}

// teamDetail is what is known of a team without opening it, in exactly height lines.
func teamDetail(e *env, t *fleet.Team, width, height int) []string {
	inset := width - 4
	head := []piece{part(0, teamMark(e, t), plain(" "), strong(t.Name))}
	if t.Display != "" {
		head = append(head, part(0, plain(t.Display)))
	}
	head = append(head,
		part(0, figure("holds", plural(t.Held, "GPU"), toneText)...),
		part(1, figure("idle", count(t.Idle), warnAbove(t.Idle))...),
		part(1, figure("waits for", count(t.Waiting), warnAbove(t.Waiting))...))
	lines := []string{e.line(width, append([]span{plain(" ")}, pack(width-2, head...)...)...)}
	lines = append(lines, e.inset(width, pack(inset, loadPieces(e, t.Load)...)...))
	if len(t.Quotas) == 0 {
		lines = append(lines, e.inset(width, dim("no quota on GPUs")))
	}
	for _, q := range t.Quotas {
		lines = append(lines, e.inset(width, dim("quota "), plain(q.Name), dim("  "+q.Resource+"  "), span{fraction(q.Used, q.Hard), quotaTone(q.Used, q.Hard)}))
	}
	return fill(lines, width, height)
}

// quotaTone warns when a quota is used up.
func quotaTone(used, limit int) tone {
	if limit >= 0 && used >= limit {
		return toneWarn
	}
	return toneText
}

// teamColumns are the columns of the Teams screen.
func teamColumns() []column[*fleet.Team] {
	type row = *fleet.Team
	counted := func(title, letter string, priority int, get func(row) int, look func(int) tone) column[row] {
		return column[row]{title: title, letter: letter, least: 5, priority: priority, right: true, falling: true, source: "pods",
			cell:  func(_ *env, t row) span { return span{count(get(t)), look(get(t))} },
			value: func(t row) float64 { return knownCount(get(t)) }}
	}
	waste := func(n int) tone {
		if n > 0 {
			return toneWarn
		}
		return toneDim
	}
	return []column[row]{
		{title: "TEAM", letter: "T", least: 6, most: 32, width: func(t row) int { return cells(t.Name) },
			cell:  func(_ *env, t row) span { return plain(t.Name) },
			order: func(a, b row) int { return strings.Compare(a.Name, b.Name) }},
		{title: "NAME", least: 4, most: 28, priority: 4, width: func(t row) int { return cells(t.Display) },
			cell:  func(_ *env, t row) span { return dim(orDash(t.Display)) },
			order: func(a, b row) int { return strings.Compare(a.Display, b.Display) }},
		{title: "QUOTA", letter: "Q", least: 9, priority: 1, right: true, falling: true, source: "quotas",
			cell:  func(_ *env, t row) span { return quotaCell(t) },
			value: func(t row) float64 { return knownCount(t.Limit) }},
		counted("WANT", "W", 2, func(t row) int { return t.Requested }, quietZero),
		counted("HELD", "H", 0, func(t row) int { return t.Held }, quietZero),
		counted("WAIT", "A", 1, func(t row) int { return t.Waiting }, waste),
		{title: "BUSY", letter: "B", least: 4, priority: 1, right: true, falling: true, volatile: true, source: "prometheus",
			cell:  func(_ *env, t row) span { return busyCell(t.Load, t.Idle) },
			value: func(r row) float64 { return r.Load.Busy }},
		{title: "TENS", letter: "X", least: 4, priority: 3, right: true, falling: true, volatile: true, source: "prometheus",
			cell:  func(_ *env, t row) span { return number(percent(t.Load.Tensor)) },
			value: func(r row) float64 { return r.Load.Tensor }},
		{title: "LAST 15 MIN", least: fleet.HistoryBuckets, priority: 5, source: "prometheus",
			cell: func(e *env, t row) span { return e.spark(t.Load.History) }},
		{title: "IDLE", letter: "I", least: 4, priority: 1, right: true, falling: true, volatile: true, source: "prometheus",
			cell:  func(_ *env, t row) span { return idleCell(t) },
			value: func(t row) float64 { return knownCount(t.Idle) }},
		counted("JOBS", "J", 1, func(t row) int { return t.Jobs }, quietZero),
		{title: "STATES", least: 22, priority: 2, grow: true, source: "pods", cell: func(_ *env, t row) span { return stateWords(t) }},
	}
}

// quotaCell is used of limit of the tightest quota.
func quotaCell(t *fleet.Team) span {
	if t.Limit < 0 {
		return dim(unknown)
	}
	return span{fraction(t.Used, t.Limit), quotaTone(t.Used, t.Limit)}
}

// idleCell counts idle GPUs; without readings nobody knows.
func idleCell(t *fleet.Team) span {
	switch {
	case t.Load.Devices == 0 || t.Idle < 0:
		return dim(unknown)
	case t.Idle == 0:
		return dim("0")
	}
	return span{count(t.Idle), toneWarn}
}

// stateWords counts a team's jobs by state, worst first.
func stateWords(t *fleet.Team) span {
	var words []string
	worst := toneText
	for _, s := range fleet.States() {
		n := t.States[s]
		if n == 0 {
			continue
		}
		if len(words) == 0 && s != fleet.Running {
			worst = stateTone(s)
		}
		words = append(words, fmt.Sprintf("%d %s", n, s))
	}
	return span{strings.Join(words, ", "), worst}
}
