package apiserver

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/demo/training"
)

// counting prints its age every second.
func counting(started, ended time.Time) Output {
	return Output{Started: started, Ended: ended, Lines: func(from, to time.Time) []training.Line {
		var lines []training.Line
		for n := 0; ; n++ {
			at := started.Add(time.Duration(n) * time.Second)
			if !at.Before(to) || !ended.IsZero() && at.After(ended) {
				return lines
			}
			if !at.Before(from) {
				lines = append(lines, training.Line{Time: at, Text: fmt.Sprint("line ", n)})
			}
		}
	}}
}

// moment is a time that one goroutine sets and another reads.
type moment struct{ value atomic.Pointer[time.Time] }

func (m *moment) set(t time.Time) { m.value.Store(&t) }

func (m *moment) get() time.Time {
	if t := m.value.Load(); t != nil {
		return *t
	}
	return time.Time{}
}

// withLogs is a bench whose pod has run for so many seconds.
func withLogs(t *testing.T, ran int, ended *moment) bench {
	started := time.Now().Add(-time.Duration(ran) * time.Second)
	b := newBench(t, Options{Logs: func(*core.Pod, string, bool) (Output, bool) { return counting(started, ended.get()), true }})
	b.state(t, core.ContainerState{Running: &core.ContainerStateRunning{}})
	return b
}

func (b bench) state(t *testing.T, state core.ContainerState) {
	b.put(t, "", "pods", &core.Pod{
		ObjectMeta: meta.ObjectMeta{Namespace: "ns", Name: "pod"},
		Spec:       core.PodSpec{NodeName: "node", Containers: []core.Container{{Name: "main", Image: "x"}}},
		Status:     core.PodStatus{ContainerStatuses: []core.ContainerStatus{{Name: "main", State: state}}},
	})
}

func TestLogOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended moment
		b := withLogs(t, 300, &ended)
		now := time.Now()
		all := strings.Fields(strings.ReplaceAll(b.ask("root", "GET", "/api/v1/namespaces/ns/pods/pod/log", "").Body.String(), "line ", ""))
		if len(all) != 300 || all[0] != "0" || all[299] != "299" {
			t.Errorf("%d lines: %q", len(all), all)
		}
		for query, want := range map[string]string{
			"tailLines=2":                             "line 298\nline 299\n",
			"tailLines=0":                             "",
			"sinceSeconds=2":                          "line 298\nline 299\n",
			"tailLines=1&sinceSeconds=9":              "line 299\n",
			"limitBytes=9":                            "line 0\nli",
			"tailLines=1&timestamps=true":             now.Add(-time.Second).UTC().Format("2006-01-02T15:04:05.000000000Z") + " line 299\n",
			"tailLines=1&container=main":              "line 299\n",
			"sinceTime=" + rfc(now.Add(-time.Second)): "line 299\n",
		} {
			if w := b.ask("root", "GET", "/api/v1/namespaces/ns/pods/pod/log?"+query, ""); w.Code != 200 || w.Body.String() != want {
				t.Errorf("%s: %d %q, want %q", query, w.Code, w.Body, want)
			}
		}
	})
}

func rfc(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// TestFollow: the follower gets what is printed, and ends with the container.
func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended moment
		b := withLogs(t, 2, &ended)
		w := httptest.NewRecorder()
		done := make(chan struct{})
		go func() {
			defer close(done)
			r := httptest.NewRequest("GET", "/api/v1/namespaces/ns/pods/pod/log?follow=true&tailLines=1", nil)
			r.Header.Set("Authorization", "Bearer root")
			b.ServeHTTP(w, r)
		}()
		time.Sleep(3500 * time.Millisecond) // of the bubble's time
		synctest.Wait()
		if got := w.Body.String(); got != "line 1\nline 2\nline 3\nline 4\nline 5\n" {
			t.Errorf("after 3.5 s: %q", got)
		}
		ended.set(time.Now())
		<-done
		if !strings.HasSuffix(w.Body.String(), "line 5\n") {
			t.Errorf("at the end: %q", w.Body)
		}
	})
}

func TestLogsThatAreNotThere(t *testing.T) {
	var ended moment
	b := withLogs(t, 1, &ended)
	waiting := func(reason string) core.ContainerState {
		return core.ContainerState{Waiting: &core.ContainerStateWaiting{Reason: reason}}
	}
	for _, test := range []struct {
		state core.ContainerState
		query string
		want  string
	}{
		{waiting("ContainerCreating"), "", `container \"main\" in pod \"pod\" is waiting to start: ContainerCreating`},
		{waiting("ImagePullBackOff"), "", `is waiting to start: trying and failing to pull image`},
		{waiting("ErrImagePull"), "", `is waiting to start: image can't be pulled`},
		{core.ContainerState{}, "", `is waiting to start - no logs yet`},
		{core.ContainerState{Terminated: &core.ContainerStateTerminated{}}, "", `container \"main\" in pod \"pod\" is terminated`},
		{core.ContainerState{Running: &core.ContainerStateRunning{}}, "?previous=true", `previous terminated container \"main\" in pod \"pod\" not found`},
	} {
		b.state(t, test.state)
		if w := b.ask("root", "GET", "/api/v1/namespaces/ns/pods/pod/log"+test.query, ""); w.Code != 400 || !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("%d %s, want %s", w.Code, w.Body, test.want)
		}
	}
}
