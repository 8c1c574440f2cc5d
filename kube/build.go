package kube

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"paddock/fleet"
	"paddock/kube/kinds"
)

// eventsKept bounds the events of one job: the newest tell why it hangs now.
const eventsKept = 20

// build makes the published picture of a group; nil when there is nothing to
// show: no job, and no pod that trains.
func (g *groups) build(from *group) *fleet.Group {
	shows := len(from.jobs) > 0
	for _, p := range from.pods {
		shows = shows || p.trains
	}
	if !shows {
		return nil
	}
	out := &fleet.Group{Owner: from.owner, Pods: g.podsOf(from)}
	parts := make([]*fleet.JobObject, 0, len(from.jobs))
	for _, b := range from.jobs {
		parts = append(parts, b.job)
		out.Events = g.appendEvents(out.Events, b.job.UID)
	}
	out.Events = newest(out.Events)
	if len(parts) == 1 && parts[0].UID == from.owner.UID {
		out.Job = parts[0]
		if up := parts[0].Owner; up.Ref.Name != "" {
			out.Parents = []fleet.Owner{up}
		}
		return out
	}
	out.Job = kinds.Merge(from.owner, parts)
	return out
}

// podsOf lists a group's pods by name. Pods below several child jobs are
// numbered as soon as their job tells how many workers each child has.
func (g *groups) podsOf(from *group) []*fleet.Pod {
	pods := make([]*fleet.Pod, 0, len(from.pods))
	for _, p := range from.pods {
		if p.member != nil {
			p.number(g.jobs[p.owner.UID])
		}
		pods = append(pods, p.pod)
	}
	slices.SortFunc(pods, func(a, b *fleet.Pod) int { return strings.Compare(a.Ref.Name, b.Ref.Name) })
	return pods
}

// number gives the pod its index over all child jobs. A published pod never
// changes, so another index is another pod.
func (p *podBody) number(job *jobBody) {
	parallelism := 0
	if job != nil {
		parallelism = job.job.Shape.Parallelism
	}
	if i := p.member.Worker(parallelism); i != p.pod.Index {
		moved := *p.pod
		moved.Index = i
		p.pod = &moved
	}
}

func (g *groups) appendEvents(to []fleet.Event, uid string) []fleet.Event {
	for _, e := range g.events[uid] {
		to = append(to, *e)
	}
	return to
}

// newest sorts events, newest first, and keeps eventsKept of them: warnings
// before the others, because sixteen "Created pod" must not push the one
// "exceeded quota" out.
func newest(events []fleet.Event) []fleet.Event {
	byTime := func(a, b fleet.Event) int { return b.Last.Compare(a.Last) }
	slices.SortFunc(events, byTime)
	if len(events) <= eventsKept {
		return events
	}
	warning := func(e fleet.Event) int {
		if e.Type == corev1.EventTypeWarning {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(events, func(a, b fleet.Event) int { return warning(a) - warning(b) })
	events = events[:eventsKept]
	slices.SortFunc(events, byTime)
	return events
}
