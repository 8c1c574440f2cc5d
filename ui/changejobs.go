package ui

import (
	"strconv"
	"strings"

	"paddock/act"
	"paddock/fleet"
)

// jobChanges are the keys that change jobs: those that chosen gives when the
// key is pressed. Where nothing may be changed there are none.
func jobChanges(e *env, chosen func() []*fleet.Job) []binding {
	if e.readOnly() {
		return nil
	}
	return []binding{
		{keys: []string{"z"}, help: suspendWord(chosen()), long: "suspend the job, or resume it", footer: true,
			disabled: oneCant(e, chosen, suspendOrResume), run: func() effect { return askSuspend(e, chosen()) }},
		{keys: []string{"r"}, help: "restart", long: "restart the job: suspend and resume it, or delete it and create it anew",
			disabled: oneCant(e, chosen, func(j *fleet.Job) (act.Action, error) { return restartSomehow(j) }), run: func() effect { return askRestart(e, chosen()) }},
	}
}

// oneCant says why a single job can't be changed; of several the dialog tells.
func oneCant(e *env, chosen func() []*fleet.Job, make func(*fleet.Job) (act.Action, error)) func() string {
	return func() string {
		switch jobs := chosen(); len(jobs) {
		case 0:
			return "there is no job"
		case 1:
			return e.cant(make(jobs[0]))
		}
		return ""
	}
}

func namesOf(jobs []*fleet.Job) []string {
	out := make([]string, len(jobs))
	for i, j := range jobs {
		out[i] = j.Ref.String()
	}
	return out
}

// planOf plans one change for each job.
func planOf(jobs []*fleet.Job, make func(*fleet.Job) (act.Action, error)) func() act.Plan {
	return func() act.Plan {
		var p act.Plan
		for _, j := range jobs {
			p.Add(make(j))
		}
		return p
	}
}

// suspendWord is what z does to these jobs.
func suspendWord(jobs []*fleet.Job) string {
	if resumes(jobs) {
		return "resume"
	}
	return "suspend"
}

// resumes tells whether all these jobs can be resumed.
func resumes(jobs []*fleet.Job) bool {
	for _, j := range jobs {
		if _, err := act.NewResume(j); err != nil {
			return false
		}
	}
	return len(jobs) > 0
}

func suspendOrResume(j *fleet.Job) (act.Action, error) {
	if resumes([]*fleet.Job{j}) {
		return act.NewResume(j)
	}
	return act.NewSuspend(j)
}

func askSuspend(e *env, jobs []*fleet.Job) effect {
	if resumes(jobs) {
		return asking{word: "resume", names: namesOf(jobs), ways: []way{{"resume", planOf(jobs, act.NewResume)}}}.ask(e)
	}
	return asking{word: "suspend", names: namesOf(jobs), ways: []way{{"suspend", planOf(jobs, act.NewSuspend)}}}.ask(e)
}

// restartSomehow is the gentlest restart that a job allows.
func restartSomehow(j *fleet.Job) (act.Action, error) {
	if a, err := act.NewRestart(j); err == nil {
		return a, nil
	}
	return restartAnew(j)
}

func restartAnew(j *fleet.Job) (act.Action, error) { return act.NewRestartAnew(j, "") }

func askRestart(e *env, jobs []*fleet.Job) effect {
	gentle, anew := way{"suspend and resume", planOf(jobs, act.NewRestart)}, way{"delete and create anew", planOf(jobs, restartAnew)}
	a := asking{word: "restart", names: namesOf(jobs), ways: []way{gentle, anew}}
	if len(gentle.plan().Actions) == 0 {
		a.ways = []way{anew}
	}
	return a.ask(e)
}

func askDelete(e *env, jobs []*fleet.Job) effect {
	in := func(foreground bool) func() act.Plan {
		return planOf(jobs, func(j *fleet.Job) (act.Action, error) { return act.NewDelete(j, foreground) })
	}
	return asking{word: "delete", names: namesOf(jobs), ways: []way{{"in the background", in(false)}, {"in the foreground", in(true)}}}.ask(e)
}

func deleteOne(j *fleet.Job) (act.Action, error) { return act.NewDelete(j, false) }

// askScale asks how many workers jobs shall have.
func askScale(e *env, jobs []*fleet.Job, workers string) effect {
	line := &dialogLine{label: "workers"}
	line.input.start(" ", workers)
	if workers == "" && len(jobs) == 1 {
		line.input.set(strconv.Itoa(jobs[0].Shape.Parallelism))
	}
	plan := func() act.Plan {
		var p act.Plan
		text := strings.TrimSpace(line.input.value())
		if text == "" {
			return p
		}
		n, err := strconv.Atoi(text)
		for _, j := range jobs {
			if err != nil {
				p.Add(act.Action{}, &act.Refusal{Of: j.Ref.String(), Why: "how many workers? " + strconv.Quote(line.input.value()) + " is no number"})
				continue
			}
			p.Add(act.NewScale(j, n))
		}
		return p
	}
	return asking{word: "scale", names: namesOf(jobs), lines: []*dialogLine{line}, ways: []way{{"scale", plan}}, guard: planOf(jobs, canScale)}.ask(e)
}

// canScale is for the key alone: whether a job can be scaled at all.
func canScale(j *fleet.Job) (act.Action, error) {
	if err := act.CanScale(j); err != nil {
		return act.Action{}, err
	}
	return act.NewScale(j, j.Shape.Parallelism+1)
}

// askPrune asks whether jobs that ended long ago shall go.
func (m *Model) askPrune(olderThan string) effect {
	e := &m.env
	if e.readOnly() {
		return complain("this is read-only here")
	}
	if olderThan == "" {
		return complain(":prune needs an age: :prune 7d deletes the jobs that ended longer ago")
	}
	limit, err := parseAge(olderThan)
	if err != nil || limit < 0 {
		return complain(olderThan + " is no age: write 90m, 36h or 7d")
	}
	p := act.Prune(m.prunable(), limit, e.now)
	if len(p.Actions)+len(p.Refused) == 0 {
		return say("none of the jobs that are shown ended longer than " + olderThan + " ago")
	}
	names := make([]string, len(p.Actions))
	for i, a := range p.Actions {
		names[i] = a.Target.Ref.String()
	}
	return asking{word: "delete", names: names, ways: []way{{"prune", func() act.Plan { return p }}}}.ask(e)
}

// prunable is the jobs that are shown: on another screen than that of the jobs all of them.
func (m *Model) prunable() []*fleet.Job {
	s, ok := m.top().screen.(*jobs)
	if !ok {
		return m.env.fleet.Jobs
	}
	var out []*fleet.Job
	for _, r := range s.table.rows {
		out = append(out, r.Job)
	}
	return out
}

// scaleTo scales the job that is shown, or selected.
func (m *Model) scaleTo(workers string) effect {
	if m.env.readOnly() {
		return complain("this is read-only here")
	}
	jobs := m.jobsHere()
	if len(jobs) == 0 {
		return complain(":scale needs a job: open or select one")
	}
	return askScale(&m.env, jobs, workers)
}

// jobsHere is the jobs that the screen is about.
func (m *Model) jobsHere() []*fleet.Job {
	switch s := m.top().screen.(type) {
	case *jobs:
		return s.chosen()
	case *job:
		return s.itself()
	case *worker:
		if c := s.itself(&m.env); c.job != nil {
			return []*fleet.Job{c.job}
		}
	}
	return nil
}
