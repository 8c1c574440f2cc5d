package ui

import (
	"slices"
	"strings"

	"paddock/fleet"
)

// logsKey opens the logs of the workers that a place is about.
func logsKey(e *env, word string, disabled func() string, open func() *logScreen) binding {
	return binding{keys: []string{"l"}, help: "logs", long: word, footer: true, disabled: disabled, run: func() effect { return open().opened(e) }}
}

// jobLogs are the logs of all workers of a job, also of those that come.
func jobLogs(j *fleet.Job) *logScreen {
	uid, ref := j.UID, j.Ref
	s := newLogs("logs of "+ref.Name, func(f *fleet.Fleet) []*fleet.Worker {
		for _, j := range f.Jobs {
			if j.UID == uid && j.Ref == ref {
				return j.Workers
			}
		}
		return nil
	})
	s.job, s.uid = ref, uid
	return s
}

// squadLogs are the logs of some workers of a job, and of their next attempts.
func squadLogs(c squad) *logScreen {
	type place struct {
		role  string
		index int
		uid   string // where there is no index
	}
	of := func(w *fleet.Worker) place {
		if w.Index < 0 {
			return place{w.Role, w.Index, w.Pod.UID}
		}
		return place{w.Role, w.Index, ""}
	}
	here := map[place]bool{}
	for _, w := range c.workers {
		here[of(w)] = true
	}
	title := plural(len(c.workers), "worker")
	if len(c.workers) == 1 {
		title = c.workers[0].Label()
	}
	all := jobLogs(c.job)
	s := newLogs("logs of "+title, func(f *fleet.Fleet) []*fleet.Worker {
		var out []*fleet.Worker
		for _, w := range all.find(f) {
			if here[of(w)] {
				out = append(out, w)
			}
		}
		return out
	})
	s.job, s.uid = all.job, all.uid
	return s
}

// nodeLogs are the logs of all workers on a node.
func nodeLogs(name string) *logScreen {
	return newLogs("logs on "+name, func(f *fleet.Fleet) []*fleet.Worker {
		var out []*fleet.Worker
		for _, j := range f.Jobs {
			for _, w := range j.Workers {
				if w.Pod.Node == name {
					out = append(out, w)
				}
			}
		}
		return out
	})
}

// onLogs does something with the logs that are shown.
func onLogs(do func(s *logScreen, e *env, argument string) effect) func(*Model, string) effect {
	return func(m *Model, argument string) effect {
		if s, ok := m.top().screen.(*logScreen); ok {
			return do(s, &m.env, argument)
		}
		return complain("that is for logs: l opens them")
	}
}

// homeLogs begins the way at the jobs.
func (m *Model) homeLogs(s *logScreen) effect {
	return effect{home: newJobs(&m.env), push: s, cmd: s.begin(&m.env)}
}

// goLogs opens the logs of a job by its name, of one role or of some workers
// where they are named.
func (m *Model) goLogs(argument string) effect {
	words := strings.Fields(argument)
	if len(words) == 0 {
		return complain(":logs needs the name of a job")
	}
	for _, j := range m.env.fleet.Jobs {
		if j.Ref.String() != words[0] && j.Ref.Name != words[0] {
			continue
		}
		if len(words) == 1 {
			return m.homeLogs(jobLogs(j))
		}
		c := squad{job: j}
		for _, w := range j.Workers {
			if w.Role == words[1] || slices.Contains(strings.Split(words[1], ","), w.Label()) {
				c.workers = append(c.workers, w)
			}
		}
		if len(c.workers) == 0 {
			return complain(j.Ref.String() + " has no worker " + words[1])
		}
		return m.homeLogs(squadLogs(c))
	}
	return complain("there is no job " + words[0])
}
