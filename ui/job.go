package ui

import (
	"cmp"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"paddock/fleet"
)

// job is one training run: what it is, its workers, and beside or below them
// all that is known of the worker under the cursor.
type job struct {
	ref   fleet.Ref
	job   *fleet.Job // nil before it was seen; the last seen when it is gone
	gone  bool
	table table[workerRow]
	only  filter[*fleet.Worker]
	open  bool       // alike workers are drawn one by one
	drawn *fleet.Job // what the rows were made of: a job that did not change is the same pointer
	row   jobRow     // of the job
	pane  dossier
}

func newJob(_ *env, ref fleet.Ref) screen {
	return &job{ref: ref, pane: newDossier(true), table: table[workerRow]{
		columns: workerColumns(), normal: worstWorker, word: "worst first",
		id:   func(r workerRow) identity { return identity{r.Ref, r.Pod.UID} },
		uids: workerRow.uids,
		mark: func(e *env, r workerRow) span { return e.state(r.State) },
	}}
}

func (s *job) name() string  { return "job" }
func (s *job) crumb() string { return s.ref.String() }

func (s *job) note(*env) string {
	if s.job == nil {
		return ""
	}
	if s.gone {
		return "gone, as last seen"
	}
	return s.table.marking() + s.table.place() + s.shown() + ", " + s.table.sorted()
}

// shown is how many workers are shown, of how many when that is not all; rows
// may be fewer, as alike ones share one.
func (s *job) shown() string {
	n := 0
	for _, r := range s.table.rows {
		n += max(len(r.alike), 1)
	}
	all := plural(len(s.job.Workers), "worker")
	switch {
	case n != len(s.job.Workers):
		return count(n) + " of " + all
	case len(s.table.rows) != n && s.table.place() != "":
		return plural(len(s.table.rows), "row") + ", " + all
	}
	return all
}

func (s *job) refresh(e *env) {
	i := slices.IndexFunc(e.fleet.Jobs, func(j *fleet.Job) bool { return j.Ref == s.ref })
	s.gone = i < 0 && s.job != nil && e.fleet.Complete
	if i >= 0 {
		s.job = e.fleet.Jobs[i]
	}
	if s.job == nil {
		return
	}
	if s.row.Job != s.job {
		s.row = newJobRow(e, s.job)
	}
	if s.drawn != s.job || !s.only.empty() { // what a filter asks may be the clock
		s.drawn = s.job
		s.table.set(s.rows(e))
	}
	s.pane.about(e, s.worker())
}

// rows are the workers that the filter lets through, alike ones folded.
func (s *job) rows(e *env) []workerRow {
	rows := slices.DeleteFunc(workerRows(s.job.Workers), func(r workerRow) bool { return !s.only.match(r.Worker, e.now) })
	if !s.open {
		rows = fold(rows, len(rows) <= foldFrom)
	}
	for i := range rows {
		rows[i].wide = cells(workerWhy(e, rows[i]).text)
	}
	return rows
}

// worker is the worker under the cursor; nil when there is none.
func (s *job) worker() *fleet.Worker {
	r, ok := s.table.current()
	if !ok {
		return nil
	}
	return r.Worker
}

// parts are where the facts, the workers and the pane stand.
func (s *job) parts(e *env, width, height int) (facts, list, pane rect) {
	facts = rect{0, 0, width, len(s.facts(e, width))}
	if height >= airyHeight {
		facts.h++ // a blank line
	}
	left := height - facts.h
	rows := len(s.table.rows) + 1
	if width >= sideWidth {
		w := width * 3 / 5
		return facts, rect{0, facts.h, w, left}, rect{w + 3, facts.h, width - w - 3, left}
	}
	high := min(rows, max(left/2, leastTable))
	if left-high-1 < 3 {
		return facts, rect{0, facts.h, width, left}, rect{}
	}
	return facts, rect{0, facts.h, width, high}, rect{0, facts.h + high + 1, width, left - high - 1}
}

// airyHeight is the height from which there is room for a blank line.
const airyHeight = 24

// sideWidth is the width from which a pane stands beside the table.
const sideWidth = 180

func (s *job) arrange(e *env, width, height int) {
	_, list, pane := s.parts(e, width, height)
	s.table.arrange(list.h)
	s.pane.about(e, s.worker())
	s.pane.arrange(e, pane.w, pane.h)
}

func (s *job) draw(e *env, width, height int) []string {
	if s.job == nil {
		return fill([]string{spaces(width), e.line(width, plain("   "+s.missing(e)))}, width, height)
	}
	facts, list, pane := s.parts(e, width, height)
	lines := fill(s.facts(e, width), width, facts.h)
	table := s.table.draw(e, list.w, list.h, !s.pane.focus)
	switch {
	case pane.h == 0:
		return append(lines, table...)
	case pane.x > 0:
		return append(lines, beside(table, s.pane.draw(e, pane.w, pane.h), spaces(pane.x-list.w))...)
	}
	lines = append(append(lines, table...), spaces(width))
	return append(lines, s.pane.draw(e, pane.w, pane.h)...)
}

// missing says why there is nothing to show.
func (s *job) missing(e *env) string {
	if waiting(e) {
		return "waiting for " + s.ref.String() + " ..."
	}
	return "There is no job " + s.ref.String() + ".  esc goes back."
}

// facts are the lines above the workers: what it is, why it is so, its
// numbers, its roles when there are several, its image, and what the server
// last warned of.
func (s *job) facts(e *env, width int) []string {
	if s.job == nil {
		return nil
	}
	in := func(spans ...span) string { return e.inset(width, spans...) }
	lines := []string{e.line(width, append([]span{plain(" ")}, pack(width-2, jobFacts(e, s.job)...)...)...)}
	if why := jobWhy(e, s.row); why.text != "" {
		lines = append(lines, in(why))
	}
	if far := progressPieces(e, s.job); far != nil {
		lines = append(lines, in(pack(width-4, far...)...))
	}
	load := jobNumbers(e, s.job)
	if len(s.job.Roles) > 1 {
		load = append(load, rolesPiece(s.job.Roles))
	}
	lines = append(lines, in(pack(width-4, load...)...), in(dim("image "), plain(orDash(s.job.Image))))
	if f := e.follow; f.uid == s.job.UID {
		lines = append(lines, in(dim("log "), plain(cmp.Or(f.said, "awaited: no worker runs yet"))))
	}
	return append(lines, warning(e, s.job.Events, width)...)
}

// rolesPiece counts the workers of each role.
func rolesPiece(roles []fleet.Role) piece {
	var spans []span
	for _, r := range roles {
		spans = append(spans, dim(" "+r.Name+" "), plain(workersWord(r.Counts)))
	}
	return part(1, spans...)
}

func (s *job) keys(e *env) []binding {
	tab := binding{keys: []string{"tab"}, help: "pane", long: "to the other pane and back", footer: true, run: func() effect {
		s.pane.focus = !s.pane.focus
		s.hold()
		return effect{}
	}}
	if s.pane.focus {
		return append([]binding{tab}, s.pane.keys(e)...)
	}
	own := []binding{
		{keys: []string{"enter"}, help: "open", long: "open the worker under the cursor; unfold alike ones", footer: true, disabled: s.unselected, run: func() effect { return s.enter(e) }},
		{keys: []string{"u"}, help: "unfold", long: "draw alike workers one by one, or as one", footer: true, run: func() effect { return s.unfold(e) }},
		tab,
		logsKey(e, "the logs of the marked workers, else of those under the cursor", s.unselected, func() *logScreen { return squadLogs(s.chosen()) }),
		{keys: []string{"ctrl+l"}, show: "ctrl-l", help: "all logs", long: "the logs of all workers of the job", disabled: s.absent, run: func() effect { return jobLogs(s.job).opened(e) }},
	}
	if !e.readOnly() {
		own = append(own, s.table.markKey(s.unselected))
	}
	return slices.Concat(own, workerChanges(e, s.chosen), jobChanges(e, s.itself), s.table.moves(), s.table.sorts())
}

// absent says why nothing can be done with the job.
func (s *job) absent() string {
	if s.itself() == nil {
		return "the job is gone"
	}
	return ""
}

// itself is the job that is shown, while it is there.
func (s *job) itself() []*fleet.Job {
	if s.job == nil || s.gone {
		return nil
	}
	return []*fleet.Job{s.job}
}

// chosen is the marked workers, else those of the row under the cursor.
func (s *job) chosen() squad {
	c := squad{job: s.job}
	if s.gone {
		return c
	}
	for _, r := range s.table.chosen() {
		c.workers = append(c.workers, r.all()...)
	}
	return c
}

func (s *job) unmark() bool { return s.table.unmark() }

func (s *job) holds() string { return s.table.holds() }

func (s *job) unselected() string {
	if s.worker() == nil {
		return "there is no worker"
	}
	return ""
}

func (s *job) enter(e *env) effect {
	r, _ := s.table.current()
	if r.alike != nil {
		return s.unfold(e)
	}
	return open(newWorker(e, s.ref, r.Ref))
}

func (s *job) unfold(e *env) effect {
	s.open, s.drawn = !s.open, nil
	s.refresh(e)
	return effect{}
}

func (s *job) hold() { s.table.hold() }

func (s *job) resort() { s.table.resort() }

// filter narrows the workers; in the pane it searches. No text ends both.
func (s *job) filter(e *env, text string) error {
	if s.pane.focus && text != "" {
		return s.pane.filter(e, text)
	}
	only, err := parseFilter(text, workerKeys())
	if err != nil {
		return err
	}
	s.only, s.drawn = only, nil
	s.pane.search("")
	s.table.narrow(!only.empty())
	s.refresh(e)
	return nil
}

func (s *job) searches() bool { return s.pane.focus }

func (s *job) complete(e *env, text string) []string {
	if s.pane.focus {
		return nil
	}
	return completeFilter(text, workerKeys(), e.fleet)
}

func (s *job) receive(e *env, msg tea.Msg) effect {
	s.pane.receive(e, msg)
	return effect{}
}

// selected is the worker under the cursor; without one the job itself.
func (s *job) selected() selection {
	if s.pane.focus {
		return s.pane.selected()
	}
	return s.reading()
}

func (s *job) reading() selection {
	if w := s.worker(); w != nil {
		return podSelection(w.Pod)
	}
	if s.job == nil {
		return selection{}
	}
	return selection{ref: s.job.Ref, apiVersion: s.job.APIVersion, uid: s.job.UID}
}

// podSelection selects a pod.
func podSelection(p *fleet.Pod) selection {
	return selection{ref: p.Ref, apiVersion: "v1", uid: p.UID}
}

func (s *job) interest() fleet.Interest {
	var refs []fleet.Ref
	var uids []string
	if s.job != nil && !s.gone && !s.job.State.Over() {
		uids = []string{s.job.UID}
	}
	for _, r := range s.table.visible() {
		if r.alike == nil {
			refs = append(refs, r.Ref)
		}
	}
	return fleet.Interest{Pods: refs, Jobs: uids}
}

// attemptWord names a worker's attempt where there were several.
func attemptWord(w *fleet.Worker) string {
	if w.Attempt < 2 {
		return ""
	}
	return fmt.Sprintf("attempt %d", w.Attempt)
}
