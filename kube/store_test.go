package kube

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"paddock/fleet"
	"paddock/kube/kinds"
)

var at = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// podAt is a pod of a batch Job, in one version.
func podAt(namespace, job, name, uid, version string, change func(*podBody)) *object {
	b := &podBody{
		trains: true,
		pod:    &fleet.Pod{Ref: fleet.Ref{Kind: "Pod", Namespace: namespace, Name: name}, UID: uid, Phase: "Running", GPUs: 1},
		owner:  &fleet.Owner{Ref: fleet.Ref{Kind: "Job", Namespace: namespace, Name: job}, APIVersion: "batch/v1", UID: "uid-" + job},
	}
	if change != nil {
		change(b)
	}
	return &object{key: key{namespace, name}, version: version, body: b}
}

func jobAt(namespace, name, version string, owner fleet.Owner) *object {
	return &object{key: key{namespace, name}, version: version, body: newJobBody(&fleet.JobObject{
		Ref: fleet.Ref{Kind: "Job", Namespace: namespace, Name: name}, APIVersion: "batch/v1", UID: "uid-" + name,
		Owner: owner, Phase: fleet.PhaseActive, Shape: fleet.Shape{Parallelism: 2}, Roles: []fleet.RoleSpec{{Name: "worker", Wanted: 2}},
	}, kinds.Member{Block: -1})}
}

// groupNamed finds a published group.
func groupNamed(t *testing.T, s *store, name string) *fleet.Group {
	t.Helper()
	for _, g := range s.groups.flush() {
		if g.Owner.Ref.Name == name {
			return g
		}
	}
	return nil
}

func TestJobBeforeAndAfterItsPods(t *testing.T) {
	for _, jobFirst := range []bool{true, false} {
		s := newStore()
		put := []func(){
			func() { s.jobs.put(jobAt("ocr", "det", "1", fleet.Owner{})) },
			func() { s.pods.put(podAt("ocr", "det", "det-1", "p1", "2", nil)) },
			func() { s.pods.put(podAt("ocr", "det", "det-0", "p0", "3", nil)) },
		}
		if !jobFirst {
			put = append(put[1:], put[0])
		}
		for _, p := range put {
			p()
			s.groups.flush()
		}
		groups := s.groups.flush()
		if len(groups) != 1 || groups[0].Job == nil || len(groups[0].Pods) != 2 || groups[0].Pods[0].Ref.Name != "det-0" {
			t.Errorf("job first %v: %+v", jobFirst, groups)
		}
	}
}

func TestUnchangedGroupsKeepTheirPointers(t *testing.T) {
	s := newStore()
	s.jobs.put(jobAt("ocr", "det", "1", fleet.Owner{}))
	s.jobs.put(jobAt("ocr", "rec", "2", fleet.Owner{}))
	s.pods.put(podAt("ocr", "det", "det-0", "p0", "3", nil))
	det, rec := groupNamed(t, s, "det"), groupNamed(t, s, "rec")

	s.pods.put(podAt("ocr", "det", "det-0", "p0", "4", func(b *podBody) { b.pod.Phase = "Failed" }))
	if groupNamed(t, s, "det") == det {
		t.Error("a group whose pod failed is the old picture")
	}
	if det.Pods[0].Phase != "Running" {
		t.Error("a published group changed")
	}
	if groupNamed(t, s, "rec") != rec {
		t.Error("an untouched group was built anew")
	}
}

func TestSamePodInAnotherVersionChangesNothing(t *testing.T) {
	s := newStore()
	s.pods.put(podAt("ocr", "det", "det-0", "p0", "3", nil))
	before := groupNamed(t, s, "det")
	if s.pods.put(podAt("ocr", "det", "det-0", "p0", "4", nil)) {
		t.Error("a pod that looks the same counts as changed")
	}
	if groupNamed(t, s, "det") != before {
		t.Error("its group was built anew")
	}
	if s.pods.find(key{"ocr", "det-0"}, "4") == nil {
		t.Error("the new version was not remembered")
	}
}

func TestRelistReplays(t *testing.T) {
	s := newStore()
	for i := range 3 {
		s.pods.put(podAt("ocr", "det", "det-"+strconv.Itoa(i), "p"+strconv.Itoa(i), "1", nil))
	}
	s.pods.put(podAt("nlp", "llm", "llm-0", "q", "1", nil))
	before := groupNamed(t, s, "det")
	same := []*object{podAt("ocr", "det", "det-0", "p0", "1", nil), podAt("ocr", "det", "det-1", "p1", "1", nil), podAt("ocr", "det", "det-2", "p2", "1", nil)}
	if s.pods.keep("ocr", same) || groupNamed(t, s, "det") != before {
		t.Error("a replay of the same versions changed something")
	}
	if !s.pods.keep("ocr", same[:2]) {
		t.Error("a pod that vanished while nobody watched was not noticed")
	}
	if g := groupNamed(t, s, "det"); len(g.Pods) != 2 {
		t.Errorf("%d pods, want 2", len(g.Pods))
	}
	if groupNamed(t, s, "llm") == nil {
		t.Error("another namespace's pods went with the list")
	}
}

func TestPodReplacedUnderItsName(t *testing.T) {
	s := newStore()
	s.pods.put(podAt("ocr", "old", "worker-0", "p-old", "1", nil))
	s.groups.flush()
	s.pods.put(podAt("ocr", "new", "worker-0", "p-new", "9", nil))
	if g := groupNamed(t, s, "old"); g != nil {
		t.Errorf("the old life still shows: %+v", g)
	}
	if g := groupNamed(t, s, "new"); g == nil || g.Pods[0].UID != "p-new" {
		t.Errorf("the new life: %+v", g)
	}
}

func TestTwoLivesOfAJobAreTwoGroups(t *testing.T) {
	s := newStore()
	s.pods.put(podAt("ocr", "det", "det-0-aaaaa", "p0", "1", nil))
	s.pods.put(podAt("ocr", "det", "det-0-bbbbb", "p1", "2", func(b *podBody) { b.owner.UID = "uid-second-life" }))
	if n := len(s.groups.flush()); n != 2 {
		t.Errorf("%d groups, want 2", n)
	}
}

func TestPodWithoutGPUShowsWithItsJobOnly(t *testing.T) {
	s := newStore()
	s.pods.put(podAt("ocr", "prep", "prep-0", "p", "1", func(b *podBody) { b.trains, b.pod.GPUs = false, 0 }))
	if g := groupNamed(t, s, "prep"); g != nil {
		t.Errorf("shown before anybody said that it trains: %+v", g)
	}
	s.jobs.put(jobAt("ocr", "prep", "2", fleet.Owner{}))
	if g := groupNamed(t, s, "prep"); g == nil || len(g.Pods) != 1 {
		t.Errorf("not shown with its job: %+v", g)
	}
	s.jobs.drop(key{"ocr", "prep"})
	if g := groupNamed(t, s, "prep"); g != nil {
		t.Errorf("still shown after its job went: %+v", g)
	}
}

func TestJobSetGathersItsJobs(t *testing.T) {
	set := fleet.Owner{Ref: fleet.Ref{Kind: "JobSet", Namespace: "nlp", Name: "run"}, APIVersion: "jobset.x-k8s.io/v1alpha2", UID: "set"}
	labelled := set
	labelled.UID = "" // a label names it, without a UID
	s := newStore()
	for block := range 2 {
		for i := range 2 {
			name := fmt.Sprintf("run-node-%d-%d", block, i)
			s.pods.put(podAt("nlp", "run-node-"+strconv.Itoa(block), name, name, "1", func(b *podBody) {
				b.above, b.pod.Index = &labelled, -1
				b.member = &kinds.Member{Index: i, Block: block, Blocks: 2}
			}))
		}
	}
	if g := groupNamed(t, s, "run"); g == nil || len(g.Pods) != 4 || g.Job != nil || g.Pods[3].Index != -1 {
		t.Fatalf("by labels alone: %+v", g)
	}
	s.jobs.put(jobAt("nlp", "run-node-0", "2", set))
	s.jobs.put(jobAt("nlp", "run-node-1", "3", set))
	groups := s.groups.flush()
	if len(groups) != 1 {
		t.Fatalf("%d groups, want the JobSet alone", len(groups))
	}
	g := groups[0]
	if g.Owner.UID != "set" || len(g.Pods) != 4 || g.Job == nil || g.Job.Roles[0].Wanted != 4 {
		t.Errorf("with its jobs: %+v %+v", g, g.Job)
	}
	for i, p := range g.Pods {
		if p.Index != i {
			t.Errorf("%s has index %d, want %d", p.Ref.Name, p.Index, i)
		}
	}
}

func TestCronJobsRunsStayApart(t *testing.T) {
	cron := fleet.Owner{Ref: fleet.Ref{Kind: "CronJob", Namespace: "ocr", Name: "nightly"}, APIVersion: "batch/v1", UID: "cron"}
	s := newStore()
	s.jobs.put(jobAt("ocr", "nightly-1", "1", cron))
	s.jobs.put(jobAt("ocr", "nightly-2", "2", cron))
	groups := s.groups.flush()
	if len(groups) != 2 || len(groups[0].Parents) != 1 || groups[0].Parents[0] != cron {
		t.Errorf("%+v", groups)
	}
}

func TestEventsOfAJobAreBounded(t *testing.T) {
	s := newStore()
	put := func(i int) {
		s.events.put(&object{key: key{"ocr", "e" + strconv.Itoa(i)}, version: "1", body: &fleet.Event{
			UID: "uid-det", Reason: strconv.Itoa(i), Last: at.Add(time.Duration(i) * time.Minute),
		}})
	}
	for i := range eventsKept + 5 {
		put(i) // before the job is known
	}
	s.jobs.put(jobAt("ocr", "det", "1", fleet.Owner{}))
	g := groupNamed(t, s, "det")
	if len(g.Events) != eventsKept || g.Events[0].Reason != strconv.Itoa(eventsKept+4) {
		t.Fatalf("%d events, newest %+v", len(g.Events), g.Events[0])
	}
	s.events.put(&object{key: key{"ocr", "quota"}, version: "1", body: &fleet.Event{UID: "uid-det", Type: "Warning", Reason: "FailedCreate", Last: at.Add(-time.Hour)}})
	if g = groupNamed(t, s, "det"); len(g.Events) != eventsKept || g.Events[eventsKept-1].Reason != "FailedCreate" {
		t.Errorf("an old warning gave way to newer chatter: %+v", g.Events[eventsKept-1])
	}
	put(99)
	if g = groupNamed(t, s, "det"); g.Events[0].Reason != "99" {
		t.Errorf("the newest is %+v", g.Events[0])
	}
	s.events.keep("", nil)
	if g = groupNamed(t, s, "det"); len(g.Events) != 0 {
		t.Errorf("%d events left", len(g.Events))
	}
}

func TestNothingStaysBehind(t *testing.T) {
	s := newStore()
	for i := range 50 {
		job := "job-" + strconv.Itoa(i)
		s.jobs.put(jobAt("ocr", job, "1", fleet.Owner{}))
		s.pods.put(podAt("ocr", job, job+"-0", job, "1", nil))
		s.groups.flush()
		s.pods.drop(key{"ocr", job + "-0"})
		s.jobs.drop(key{"ocr", job})
	}
	s.groups.flush()
	g := s.groups
	if n := len(g.all) + len(g.jobs) + len(g.below) + len(g.list.out) + len(g.dirty); n != 0 {
		t.Errorf("%d groups, %d jobs, %d indexes are left", len(g.all), len(g.jobs), len(g.below))
	}
}

// BenchmarkPublish is one Snapshot after 25 pods changed, of 10,000 in 625 jobs.
func BenchmarkPublish(b *testing.B) {
	h := newHub(func() time.Time { return at })
	const jobs, workers = 625, 16
	put := func(j, w int, version string, restarts int) {
		job := fmt.Sprintf("job-%03d", j)
		h.store.pods.put(podAt("ocr", job, fmt.Sprintf("%s-%02d", job, w), fmt.Sprintf("%s-%02d", job, w), version, func(p *podBody) { p.pod.Restarts = restarts }))
	}
	for j := range jobs {
		h.store.jobs.put(jobAt("ocr", fmt.Sprintf("job-%03d", j), "1", fleet.Owner{}))
		for w := range workers {
			put(j, w, "1", 0)
		}
	}
	h.snapshot(1, fleet.Cluster{}, nil)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		for c := range 25 {
			put((i*31+c*17)%jobs, c%workers, strconv.Itoa(i+2), i+1)
		}
		if s := h.snapshot(uint64(i), fleet.Cluster{}, nil); len(s.Groups) != jobs {
			b.Fatal(len(s.Groups))
		}
	}
}
