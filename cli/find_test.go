package cli

import (
	"slices"
	"strings"
	"testing"
	"time"

	"paddock/act"
	"paddock/fleet"
)

// crowd is a Fleet with jobs of these names: KIND/TEAM/NAME.
func crowd(names ...string) *fleet.Fleet {
	f := &fleet.Fleet{Cluster: fleet.Cluster{Context: "prod-a"}, Sources: []fleet.Source{{Name: "jobs", Health: fleet.Live}, {Name: "nodes", Health: fleet.Live}}}
	for _, n := range names {
		p := strings.Split(n, "/")
		f.Jobs = append(f.Jobs, &fleet.Job{Ref: fleet.Ref{Kind: p[0], Namespace: p[1], Name: p[2]}, APIVersion: "batch/v1", UID: n, Known: true})
	}
	for _, n := range []string{"gpu-01", "gpu-02"} {
		f.Nodes = append(f.Nodes, &fleet.Node{Name: n, Object: &fleet.NodeObject{Name: n, UID: n, Cordoned: n == "gpu-02"}})
	}
	return f
}

func TestFindJob(t *testing.T) {
	f := crowd("Job/nlp/sft", "Job/vision/sft", "Job/vision/det", "PyTorchJob/vision/det", "Job/ocr/ocr-rec-v4")
	for _, c := range []struct{ named, want string }{
		{"ocr-rec-v4", "Job/ocr/ocr-rec-v4"},
		{"nlp/sft", "Job/nlp/sft"},
		{"PyTorchJob/vision/det", "PyTorchJob/vision/det"},
		{"sft", "there are 2 jobs sft: say which of nlp/sft, vision/sft"},
		{"vision/det", "there are 2 jobs vision/det: say which of Job/vision/det, PyTorchJob/vision/det"},
		{"ocr-rec-v5", "there is no job ocr-rec-v5 on prod-a; there is ocr/ocr-rec-v4"},
		{"ocr/ocr-rc-v4", "there is no job ocr/ocr-rc-v4 on prod-a; there is ocr/ocr-rec-v4"},
		{"rec", "there is no job rec on prod-a; there is ocr/ocr-rec-v4"},
		{"asr", "there is no job asr on prod-a"},
		{"", "there is no job  on prod-a"},
	} {
		j, err := findJob(f, c.named)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = j.UID
		}
		if got != c.want {
			t.Errorf("%q: %s\nwant %s", c.named, got, c.want)
		}
	}
	if jobs, err := findJobs(f, []string{"nlp/sft", "vision/sft", "nlp/sft"}); err != nil || len(jobs) != 2 {
		t.Errorf("%v %v", jobs, err)
	}
	f.Sources = []fleet.Source{{Name: "jobs", Health: fleet.Forbidden, Err: "user ann may not watch jobs.batch"}}
	if _, err := findJob(f, "asr"); err == nil || !strings.Contains(err.Error(), "may not watch jobs.batch") {
		t.Errorf("%v", err)
	}
}

func TestFindNodes(t *testing.T) {
	f := crowd()
	if nodes, err := findNodes(f, []string{"gpu-02", "gpu-01", "gpu-02"}); err != nil || len(nodes) != 2 {
		t.Errorf("%v %v", nodes, err)
	}
	if _, err := findNodes(f, []string{"gpu-03"}); err == nil || err.Error() != "there is no node gpu-03 on prod-a; there is gpu-01, gpu-02" {
		t.Errorf("%v", err)
	}
}

func TestParseWorkers(t *testing.T) {
	for _, c := range []struct {
		list string
		want string // an error begins with !
	}{
		{"3", "3"},
		{"1,3-5", "1 3 4 5"},
		{"3-3", "3"},
		{"1, 2", "1 2"},
		{"2-4,3,4-5", "2 3 4 5"},
		{"w1,master,ps-0", "w1 master ps-0"},
		{"007", "7"},
		{"", "!a list of workers"},
		{"1,,2", "!a list of workers"},
		{"5-3", "!the range 5-3 ends before it begins"},
		{"3-", "!\"3-\" is no worker"},
		{"-3", "!\"-3\" is no worker"},
		{"1-2-3", "!\"1-2-3\" is no worker"},
		{"0-99999", ""},
		{"0-100000", "!\"0-100000\" names more than 100000 workers"},
		{"0-99999,100001,100002", "!\"0-99999,100001,100002\" names more"},
		{"99999999999", "!\"99999999999\" is no worker"},
	} {
		got, err := parseWorkers(c.list)
		text := strings.Join(got, " ")
		if err != nil {
			text = "!" + err.Error()
		}
		if c.want == "" && len(got) == mostWorkers {
			continue
		}
		if text != c.want && !(err != nil && c.want != "" && strings.HasPrefix(text, c.want)) {
			t.Errorf("%q: %s, want %s", c.list, text, c.want)
		}
	}
}

func FuzzParseWorkers(f *testing.F) {
	for _, s := range []string{"1,3-5", "w1,master", "5-3", "0-99999", "-", ",", "18446744073709551615-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, list string) {
		names, err := parseWorkers(list)
		if err != nil {
			return
		}
		if len(names) == 0 || len(names) > mostWorkers {
			t.Fatalf("%q: %d workers", list, len(names))
		}
		seen := map[string]bool{}
		for _, n := range names {
			if n == "" || seen[n] {
				t.Fatalf("%q: %q twice or empty", list, n)
			}
			seen[n] = true
		}
	})
}

// crew is a job with workers 0 to 2, of which worker 1 is ending on a lost node
// while its next attempt runs.
func crew() *fleet.Fleet {
	f := crowd("Job/nlp/sft")
	j := f.Jobs[0]
	j.State = fleet.Running
	for _, w := range []struct {
		index  int
		uid    string
		ending bool
	}{{0, "p0", false}, {1, "old", true}, {1, "new", false}, {2, "p2", false}} {
		p := &fleet.Pod{Ref: fleet.Ref{Kind: "Pod", Namespace: "nlp", Name: "sft-" + w.uid}, UID: w.uid, Index: w.index, Node: "gpu-01"}
		if w.ending {
			p.Deleted = noon
		}
		j.Workers = append(j.Workers, &fleet.Worker{Pod: p, Ref: p.Ref, Job: j.Ref, Role: "worker", Index: w.index, State: fleet.Running})
	}
	return f
}

func TestEachWorkerTakesTheLifeThatIsMeant(t *testing.T) {
	kill := func(_ *fleet.Fleet, j *fleet.Job, w *fleet.Worker) (act.Action, error) {
		return act.NewKill(j, w, act.Evict)
	}
	force := func(f *fleet.Fleet, j *fleet.Job, w *fleet.Worker) (act.Action, error) {
		return act.NewForceDelete(j, w, nil)
	}
	for _, c := range []struct {
		list    string
		force   bool
		uids    []string
		refused string
	}{
		{"0-2", false, []string{"p0", "new", "p2"}, ""},
		{"w1,1", false, []string{"new"}, ""},
		{"2,7", false, []string{"p2"}, "w7 of nlp/sft: there is no such worker now"},
		{"master", false, nil, "master of nlp/sft: there is no such worker now"},
		{"1", true, []string{"old"}, ""},
		{"2", true, nil, "w2 of nlp/sft: nobody has deleted it: kill it"},
	} {
		p, err := eachWorker(&c.list, kill, latest)(crew(), []string{"sft"})
		if c.force {
			p, err = eachWorker(&c.list, force, stuck)(crew(), []string{"sft"})
		}
		var uids []string
		for _, a := range p.Actions {
			uids = append(uids, a.Target.UID)
		}
		refused := ""
		for _, r := range p.Refused {
			refused += r.Error()
		}
		if err != nil || !slices.Equal(uids, c.uids) || refused != c.refused {
			t.Errorf("%s: %v %v %q", c.list, err, uids, refused)
		}
	}
}

func TestForceDeleteAsksTheNode(t *testing.T) {
	f := crew()
	f.Nodes[0].Ready = true
	p := each([]*fleet.Worker{f.Jobs[0].Workers[1]}, func(w *fleet.Worker) (act.Action, error) { return forceDelete(f, f.Jobs[0], w) })
	if len(p.Refused) != 1 || !strings.Contains(p.Refused[0].Why, "gpu-01 answers") {
		t.Errorf("%+v", p)
	}
}

func TestPreview(t *testing.T) {
	f := crew()
	list := "0,2,7"
	p, err := eachWorker(&list, func(_ *fleet.Fleet, j *fleet.Job, w *fleet.Worker) (act.Action, error) {
		return act.NewKill(j, w, act.Force)
	}, latest)(f, []string{"sft"})
	if err != nil {
		t.Fatal(err)
	}
	got := preview(p, f, time.Now())
	for _, want := range []string{
		"kill 2 workers, on prod-a\n  nlp/sft: w0, w2\n  - ", "\n  refused: w7 of nlp/sft: there is no such worker now\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	jobs := each(crowd("Job/nlp/a", "Job/nlp/b").Jobs, func(j *fleet.Job) (act.Action, error) { return act.NewDelete(j, false) })
	if got := preview(jobs, f, noon); !strings.HasPrefix(got, "delete 2 jobs, on prod-a\n  nlp/a\n  nlp/b\n") {
		t.Errorf("%s", got)
	}
}

func TestCompletions(t *testing.T) {
	f := crowd("Job/nlp/sft", "Job/vision/sft", "Job/ocr/rec")
	f.Jobs = append(f.Jobs, crew().Jobs[0])
	f.Jobs[3].Ref.Name = "big"
	for _, c := range []struct {
		what      string
		got, want []string
	}{
		{"jobs", jobNames(f, ""), []string{"nlp/sft", "vision/sft", "rec", "big"}},
		{"jobs of a team", jobNames(f, "ocr/"), []string{"nlp/sft", "vision/sft", "ocr/rec", "nlp/big"}},
		{"workers", workerLabels(f, "big", "w0,w"), []string{"w0,w0", "w0,w1", "w0,w2"}},
		{"workers of nothing", workerLabels(f, "none", ""), nil},
		{"nodes to cordon", nodeNames(false)(f, ""), []string{"gpu-01"}},
		{"nodes to uncordon", nodeNames(true)(f, ""), []string{"gpu-02"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
		}
	}
}
