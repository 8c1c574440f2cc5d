package screen

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"paddock/incident"
)

// kept are the records of one job that are on disk, oldest first.
func (x *Screen) kept(team, job string) []incident.Record {
	x.t.Helper()
	files, err := filepath.Glob(filepath.Join(x.state, "incidents", "demo", team, job, "*.json"))
	if err != nil {
		x.t.Fatal(err)
	}
	slices.Sort(files)
	var out []incident.Record
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			x.t.Fatal(err)
		}
		var r incident.Record
		if err := json.Unmarshal(text, &r); err != nil {
			x.t.Fatalf("%s: %v", file, err)
		}
		out = append(out, r)
	}
	return out
}

// untilKept lets time pass until a job has so many records.
func (x *Screen) untilKept(team, job string, most time.Duration, n int) []incident.Record {
	x.t.Helper()
	for end := time.Now().Add(most); ; x.Pass(time.Second) {
		if list := x.kept(team, job); len(list) >= n {
			return list
		}
		if time.Now().After(end) {
			x.t.Fatalf("%d records of %s/%s after %s, want %d", len(x.kept(team, job)), team, job, most, n)
		}
	}
}

// A worker that crashes while paddock runs leaves its last lines, its pod, its
// events, its node and its devices on disk.
func TestBlackBox(t *testing.T) {
	Play(t, Options{Width: 120, Height: 36, Seed: 1}, func(x *Screen) {
		began := time.Now()
		if list, _ := filepath.Glob(filepath.Join(x.state, "incidents", "*")); len(list) > 0 {
			t.Errorf("what failed before paddock began is kept: %v", list)
		}
		for _, c := range []struct{ team, job, how, line, driver string }{
			{"ocr", "svtr-kfold", "exit 1", "CUDA error(35), CUDA driver version is insufficient for CUDA runtime version", "418"},
			{"ocr", "slanet-table", "exit 137 OOMKilled", "", ""},
		} {
			r := x.untilKept(c.team, c.job, 15*time.Minute, 1)[0]
			h := r.Head
			if h.Ended.Before(began.Add(-time.Second)) || h.How != c.how || h.Worker == "" || h.PodUID == "" || h.JobUID == "" || h.Context != "demo" {
				t.Errorf("%s: %+v", c.job, h)
			}
			var lines []string
			for _, l := range r.Log.Lines {
				lines = append(lines, l.Text)
				if l.At.After(h.Ended.Add(time.Second)) {
					t.Errorf("%s: a line of the next run: %+v, ended %s", c.job, l, h.Ended)
				}
			}
			if text := strings.Join(lines, "\n"); len(lines) == 0 || len(lines) > incident.LinesKept || !strings.Contains(text, c.line) {
				t.Errorf("%s: %d lines\n%s", c.job, len(lines), text)
			}
			if !strings.Contains(r.Pod, "uid: "+h.PodUID) || !strings.Contains(r.Pod, "containerStatuses:") {
				t.Errorf("%s: its pod is\n%s", c.job, r.Pod)
			}
			if len(r.Events) == 0 || r.Node == nil || r.Node.Name != h.Node || !strings.HasPrefix(r.Node.Driver, c.driver) {
				t.Errorf("%s: events %+v, node %+v", c.job, r.Events, r.Node)
			}
			for _, m := range r.Missing {
				if !strings.Contains(m, "readings of its devices from before") { // it ran for a second
					t.Errorf("%s lacks: %s", c.job, m)
				}
			}
		}
		after := func(r incident.Record) bool {
			return slices.ContainsFunc(r.Devices, func(d incident.Device) bool {
				return d.After && d.UUID != "" && d.At.After(r.Head.Ended) && d.Busy != nil
			})
		}
		x.Pass(2 * time.Minute)
		for _, job := range []string{"svtr-kfold", "slanet-table"} {
			if r := x.kept("ocr", job)[0]; !after(r) {
				t.Errorf("%s: no reading of after the end: %+v", job, r.Devices)
			}
		}
		err := filepath.WalkDir(filepath.Join(x.state, "incidents"), func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if want := map[bool]fs.FileMode{true: 0o700, false: 0o600}[d.IsDir()]; err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, want %v (%v)", name, info.Mode(), want, err)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// Who deletes a worker ends it: it did not fail.
func TestADeletedWorkerIsNoIncident(t *testing.T) {
	Play(t, Options{Width: 120, Height: 36, Seed: 1}, func(x *Screen) {
		pods := slices.DeleteFunc(x.Pods("nlp"), func(name string) bool { return !strings.HasPrefix(name, "ernie-pretrain-3-") })
		if len(pods) != 1 {
			t.Fatalf("pods %v", pods)
		}
		x.DeletePod("nlp", pods[0])
		x.Pass(5 * time.Minute)
		if slices.Contains(x.Pods("nlp"), pods[0]) {
			t.Fatal("it is still there")
		}
		if list := x.kept("nlp", "ernie-pretrain"); len(list) > 0 {
			t.Errorf("%+v", list[0].Head)
		}
	})
}
