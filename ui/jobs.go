package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"paddock/fleet"
)

// jobs is the home screen: every training job, worst first, and below the
// table what is known of the one under the cursor.
type jobs struct {
	quiet
	table  table[*fleet.Job]
	only   filter[*fleet.Job]
	all    int // jobs before the filter
	detail rect
}

func newJobs(*env) screen {
	return &jobs{table: table[*fleet.Job]{
		columns: jobColumns(), id: jobIdentity, normal: worstJob(), word: "worst first",
		mark:  func(e *env, j *fleet.Job) span { return e.state(j.State) },
		empty: func(*env) []string { return []string{"no training jobs"} },
	}}
}

func (s *jobs) name() string  { return "jobs" }
func (s *jobs) crumb() string { return "Jobs" }

func (s *jobs) note(*env) string {
	if s.only.empty() {
		return fmt.Sprintf("%s, %s", count(s.all), s.table.sorted())
	}
	return fmt.Sprintf("%s of %s, %s", count(len(s.table.rows)), count(s.all), s.table.sorted())
}

func (s *jobs) refresh(e *env) {
	rows := make([]*fleet.Job, 0, len(e.fleet.Jobs))
	for _, j := range e.fleet.Jobs {
		if s.only.match(j) {
			rows = append(rows, j)
		}
	}
	s.all = len(e.fleet.Jobs)
	s.table.set(rows)
}

func (s *jobs) arrange(_ *env, width, height int) {
	var list rect
	list, s.detail = under(width, height, 3, 9)
	s.table.arrange(list.h)
}

func (s *jobs) draw(e *env, width, height int) []string {
	list, _ := under(width, height, 3, 9)
	lines := s.table.draw(e, width, list.h, true)
	return fill(lines, width, height)
}

func (s *jobs) keys(e *env) []binding {
	return slices.Concat(s.table.moves(), s.table.sorts())
}

func (s *jobs) filter(e *env, text string) error {
	only, err := parseFilter(text, jobKeys())
	if err != nil {
		return err
	}
	s.only = only
	s.refresh(e)
	return nil
}

func (s *jobs) complete(e *env, text string) []string {
	return completeFilter(text, jobKeys(), e.fleet)
}

func (s *jobs) receive(*env, tea.Msg) effect { return effect{} }

func (s *jobs) selected() selection {
	j, ok := s.table.current()
	if !ok {
		return selection{}
	}
	return selection{ref: j.Ref, apiVersion: j.APIVersion, uid: j.UID}
}

func jobIdentity(j *fleet.Job) identity { return identity{j.Ref, j.UID} }

// worstJob orders jobs by their state, worst first; then the larger first.
func worstJob() func(a, b *fleet.Job) int {
	rank := map[fleet.State]int{}
	for i, s := range fleet.States() {
		rank[s] = i
	}
	return func(a, b *fleet.Job) int {
		return cmp.Or(
			rank[a.State]-rank[b.State],
			b.GPUs.Requested-a.GPUs.Requested,
			strings.Compare(a.Ref.Namespace, b.Ref.Namespace),
			strings.Compare(a.Ref.Name, b.Ref.Name),
		)
	}
}

func jobColumns() []column[*fleet.Job] {
	type job = *fleet.Job
	return []column[job]{
		{title: "JOB", letter: "J", least: 8, most: 40,
			width: func(j job) int { return cells(j.Ref.Name) },
			cell:  func(_ *env, j job) span { return plain(j.Ref.Name) },
			order: func(a, b job) int { return strings.Compare(a.Ref.Name, b.Ref.Name) }},
		{title: "STATE", letter: "S", least: 10,
			cell:  func(_ *env, j job) span { return span{string(j.State), stateTone(j.State)} },
			order: worstJob()},
	}
}
