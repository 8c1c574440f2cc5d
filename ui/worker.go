package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"paddock/fleet"
)

// worker is one worker of a job: its way, devices, containers, usage, earlier
// attempts, and what is read of its pod. It follows the worker from attempt to
// attempt: the pod that it began with may be replaced.
type worker struct {
	quiet
	job   fleet.Ref
	ref   fleet.Ref
	last  *fleet.Worker // as last seen; nil before
	gone  bool
	pages dossier
}

func newWorker(e *env, job, ref fleet.Ref) screen {
	s := &worker{job: job, ref: ref, pages: newDossier(false)}
	s.pages.focus = true
	return s
}

func (s *worker) name() string { return "worker" }

func (s *worker) crumb() string {
	if s.last == nil {
		return s.ref.Name
	}
	return s.last.Label() + "  " + s.ref.Name
}

func (s *worker) note(e *env) string {
	if s.gone {
		return "gone, as last seen"
	}
	return s.pages.note(e)
}

func (s *worker) refresh(e *env) {
	found := s.find(e.fleet)
	s.gone = found == nil && s.last != nil && e.fleet.Complete
	if found != nil {
		s.last, s.ref = found, found.Ref
	}
	s.pages.about(e, s.last)
}

// find finds the worker's pod, else its next attempt: the same index of the
// same role in the same job.
func (s *worker) find(f *fleet.Fleet) *fleet.Worker {
	i := slices.IndexFunc(f.Jobs, func(j *fleet.Job) bool { return j.Ref == s.job })
	if i < 0 {
		return nil
	}
	var next *fleet.Worker
	for _, w := range f.Jobs[i].Workers {
		if w.Ref == s.ref {
			return w
		}
		if s.last != nil && w.Index >= 0 && w.Index == s.last.Index && w.Role == s.last.Role {
			next = w
		}
	}
	return next
}

// arrange gives the pages the line of the pane's title too: the crumb is the title.
func (s *worker) arrange(e *env, width, height int) { s.pages.arrange(e, width, height+1) }

func (s *worker) draw(e *env, width, height int) []string {
	if s.last == nil {
		said := "There is no worker " + s.ref.String() + ".  esc goes back."
		if waiting(e) {
			said = "waiting for " + s.ref.String() + " ..."
		}
		return fill([]string{spaces(width), e.line(width, plain("   "+said))}, width, height)
	}
	return s.pages.pager.draw(e, width, height)
}

func (s *worker) keys(e *env) []binding {
	own := []binding{logsKey(e, "the worker's logs", func() string {
		if s.itself(e).job == nil {
			return "it is gone"
		}
		return ""
	}, func() *logScreen { return squadLogs(s.itself(e)) })}
	return slices.Concat(own, workerChanges(e, func() squad { return s.itself(e) }), s.pages.keys(e))
}

// itself is the worker that is shown, while it is there.
func (s *worker) itself(e *env) squad {
	i := slices.IndexFunc(e.fleet.Jobs, func(j *fleet.Job) bool { return j.Ref == s.job })
	if i < 0 || s.gone || s.last == nil {
		return squad{}
	}
	return squad{e.fleet.Jobs[i], []*fleet.Worker{s.last}}
}

func (s *worker) filter(e *env, text string) error { return s.pages.filter(e, text) }

func (s *worker) searches() bool { return true }

func (s *worker) receive(e *env, msg tea.Msg) effect {
	s.pages.receive(e, msg)
	return effect{}
}

func (s *worker) selected() selection { return s.pages.selected() }

func (s *worker) reading() selection {
	if s.last == nil {
		return selection{}
	}
	return podSelection(s.last.Pod)
}

func (s *worker) interest() fleet.Interest { return fleet.Interest{Pods: []fleet.Ref{s.ref}} }
