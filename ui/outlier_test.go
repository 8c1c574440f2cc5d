package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"paddock/fleet"
)

// crew is a job of running workers with these utilisations and tensor
// activities, which started so long ago.
func crew(age time.Duration, each ...[2]float64) *fleet.Job {
	w := newWorld(len(each))
	w.job("nlp", "llm", len(each), 8, func(p *fleet.Pod) {
		w.run(p)
		p.Main.Started, p.Ready = noon.Add(-age), noon.Add(-age)
		w.busy(p, each[p.Index][0], each[p.Index][1])
	})
	for i := range w.readings.Devices { // a history from the start on
		h := fleet.NewHistory(noon)
		for m := range min(fleet.HistoryBuckets, int(age/time.Minute)) {
			h = h.With(noon.Add(-time.Duration(m)*time.Minute), w.readings.Devices[i].Util)
		}
		w.readings.Devices[i].History = h
	}
	return w.fleet().Jobs[0]
}

func TestJobHints(t *testing.T) {
	no := fleet.Unknown()
	steady := [2]float64{0.97, 0.5}
	mixed := crew(time.Hour, [2]float64{0.9, 0}, [2]float64{0.9, 0})
	mixed.Workers[1].Devices[3].Reading.Tensor = 0.4
	tests := []struct {
		name string
		job  *fleet.Job
		want string
	}{
		{"all do the same", crew(time.Hour, steady, steady, steady, steady), ""},
		{"one works less", crew(time.Hour, steady, steady, [2]float64{0.3, 0.4}, steady), "w2: busy 30% over 15m, the others 97%"},
		{"over no longer than it is known", crew(5*time.Minute, steady, steady, [2]float64{0, 0.4}, steady), "w2: busy 0% over 5m, the others 97%"},
		{"one spins in a collective", crew(time.Hour, steady, steady, steady, [2]float64{1, 0.03}), "w3: tensor 3%, the others 50%"},
		{"one is slow, and all wait for it", crew(time.Hour, steady, steady, steady, [2]float64{0.99, 0.16}), "w3: tensor 16%, the others 50%"},
		{"a little less is no outlier", crew(time.Hour, steady, steady, steady, [2]float64{0.97, 0.3}), ""},
		{"two do", crew(time.Hour, steady, steady, steady, [2]float64{1, 0}, [2]float64{1, 0}), "w3: tensor 0%, the others 50% (and 1 more)"},
		{"two workers are no crowd", crew(time.Hour, steady, [2]float64{0.3, 0.4}), ""},
		{"low everywhere is no outlier", crew(time.Hour, [2]float64{0.9, 0.05}, [2]float64{0.9, 0.05}, [2]float64{0.9, 0.03}), ""},
		{"all spin", crew(time.Hour, [2]float64{0.75, 0}, [2]float64{0.75, 0.01}), "busy 75%, tensor 0%: it may hang, or works without tensor cores"},
		{"all spin, but it is young", crew(14*time.Minute, [2]float64{0.75, 0}), ""},
		{"nobody knows the tensor cores", crew(time.Hour, [2]float64{0.75, no}, [2]float64{0.75, no}), ""},
		{"of one nobody knows", crew(time.Hour, [2]float64{0.75, 0}, [2]float64{0.75, no}), ""},
		{"one device works", mixed, ""},
		{"neither busy nor tensor", crew(time.Hour, [2]float64{0.2, 0}), ""},
	}
	for _, tt := range tests {
		got := jobHint(tt.job, noon)
		if strings.ReplaceAll(got, "tensor 1%", "tensor 0%") != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// What stands out is above the jobs that are well, with a sign.
func TestSuspectJobsComeFirst(t *testing.T) {
	m := modelOf(sample().fleet(), 160, 48, Options{ASCII: true})
	lines := m.body(160, 30)
	shows(t, stripped(lines), "! llm-sft-7b", "w4: busy 29% over 15m, the others 92%")
	suspect, well := lineWith(lines, "llm-sft-7b"), lineWith(lines, "ocr-rec-v4")
	if suspect > well {
		t.Errorf("the straggler's job is in line %d, below one that is well in line %d", suspect, well)
	}
}

func TestHotAndSlowDevicesWarn(t *testing.T) {
	for _, c := range []struct {
		temp float64
		want tone
	}{{84.9, toneText}, {85, toneWarn}, {fleet.Unknown(), toneDim}} {
		if got := temperature(c.temp, "C").tone; got != c.want {
			t.Errorf("%v degrees: tone %d, want %d", c.temp, got, c.want)
		}
	}
	j := crew(time.Hour, [2]float64{0.9, 0.5})
	devices := j.Workers[0].Devices
	devices[2].Reading.SMClock = 1.2e9                             // slow
	devices[3].Reading.SMClock, devices[3].Reading.Util = 345e6, 0 // at rest
	devices[4].Reading.SMClock = fleet.Unknown()                   // silent
	for i, want := range []tone{toneText, toneText, toneWarn, toneText, toneDim} {
		if got := clock(devices[i], usualClock(devices)).tone; got != want {
			t.Errorf("device %d: tone %d, want %d", i, got, want)
		}
	}
}

// A failure of the night is news, one of last week is not.
func TestFailedJobsAge(t *testing.T) {
	e := onStage(&fleet.Fleet{At: noon})
	for _, c := range []struct {
		ago  time.Duration
		want tone
	}{{time.Minute, toneBad}, {25 * time.Hour, toneDim}} {
		r := newJobRow(e, &fleet.Job{State: fleet.Failed, Finished: noon.Add(-c.ago), Why: "exit 1"})
		if r.tone() != c.want || jobMark(e, r).tone != c.want {
			t.Errorf("failed %v ago: tone %d, want %d", c.ago, r.tone(), c.want)
		}
	}
}

func TestStartingSaysForHowLong(t *testing.T) {
	e := onStage(sample().fleet())
	for _, j := range e.fleet.Jobs {
		if j.State != fleet.Starting {
			continue
		}
		if got := jobWhy(e, newJobRow(e, j)).text; got != "w0: its image is being pulled, 179m so far" && got != "w0: its image is being pulled, 2h so far" {
			t.Errorf("%s: %q", j.Ref, got)
		}
		return
	}
	t.Error("no job starts")
}

// stripped is lines without styles and trailing blanks.
func stripped(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.TrimRight(ansi.Strip(l), " ")
	}
	return out
}

// lineWith is the first line with a text; -1 when there is none.
func lineWith(lines []string, text string) int {
	return slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, text) })
}
