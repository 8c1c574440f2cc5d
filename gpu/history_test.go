package gpu

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"paddock/fleet"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func TestReadPast(t *testing.T) {
	now := time.Unix(1764000030, 0) // half a minute into a minute
	f := dgx(t)
	f.routes[1].body = vector(`{instance="a"} ` + itoa(now.Unix()))
	s := f.source()
	if err := s.refresh(t.Context(), now, nil); err != nil {
		t.Fatal(err)
	}
	minute := func(ago int64) int64 { return now.Unix() - 30 - 60*ago - 1 } // second 59 of a past minute
	busy := matrix(`{instance="a",gpu="0"}`, fmt.Sprintf(`[[%d,"0.2"],[%d,"NaN"],[%d,"0.4"]]`, minute(2), minute(1), minute(0)))
	faults := matrix(`{instance="a",gpu="1"}`, fmt.Sprintf(`[[%d,"43"],[%d,"79"],[%d,"79"]]`, minute(2), minute(1), minute(0)))
	f.past = []route{{"XID", faults}, {"DCGM_FI_DEV_GPU_UTIL", busy}}
	if err := s.readPast(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := s.readings()
	last := fleet.HistoryBuckets - 1
	for i, want := range map[int]float64{last: 0.9, last - 1: 0.4, last - 3: 0.2} {
		if got := d[0].History.At(i); got != want {
			t.Errorf("bucket %d is %v, want %v", i, got, want)
		}
	}
	if got := d[0].History.At(last - 2); fleet.Known(got) {
		t.Errorf("a minute without a number is %v, want a gap", got)
	}
	if want := time.Unix(minute(1), 0); !d[1].XIDAt.Equal(want) {
		t.Errorf("XID since %s, want %s", d[1].XIDAt, want)
	}
}

func TestPastFaults(t *testing.T) {
	now := time.Unix(1764000030, 0)
	at := func(ago int64) int64 { return now.Unix() - 31 - 60*ago }
	row := func(ago ...int64) string {
		text := ""
		for _, m := range ago {
			text += fmt.Sprintf(`,[%d,"79"]`, at(m))
		}
		return "[" + text[1:] + "]"
	}
	tests := []struct {
		name    string
		history []int64 // minutes ago with a reading
		faults  string
		want    time.Time
	}{
		{"came up while the device was there", []int64{3, 2, 1, 0}, row(1, 0), time.Unix(at(1), 0)},
		{"as old as the series", []int64{1, 0}, row(1, 0), time.Time{}},
		{"as old as the window", nil, row(12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), time.Time{}},
		{"another one before", nil, fmt.Sprintf(`[[%d,"43"],[%d,"79"]]`, at(1), at(0)), time.Unix(at(0), 0)},
		{"over again", []int64{3, 2, 1, 0}, fmt.Sprintf(`[[%d,"79"],[%d,"43"]]`, at(1), at(0)), time.Time{}},
	}
	for _, test := range tests {
		f := dgx(t)
		f.routes[1].body = vector(`{instance="a"} ` + itoa(now.Unix()))
		s := f.source()
		if err := s.refresh(t.Context(), now, nil); err != nil {
			t.Fatal(err)
		}
		d := &s.table.devices[1]
		d.history = fleet.NewHistory(now)
		for _, ago := range test.history {
			d.history = d.history.With(time.Unix(at(ago), 0), 0.5)
		}
		f.past = []route{{"XID", matrix(`{instance="a",gpu="1"}`, test.faults)}}
		if err := s.pastFaults(t.Context(), now.Add(-15*time.Minute), now); err != nil {
			t.Fatal(err)
		}
		if !d.xidAt.Equal(test.want) {
			t.Errorf("%s: since %s, want %s", test.name, d.xidAt, test.want)
		}
	}
}

func TestUnits(t *testing.T) {
	tests := []struct {
		name   string
		values []float64
		want   unit
		last   float64 // the last value as a utilisation
	}{
		{"idle says nothing", []float64{0, 0}, undecided, 0},
		{"one is either", []float64{0, 1}, undecided, 1},
		{"percent", []float64{0, 97}, percent, 0.97},
		{"percent, then one", []float64{97, 1}, percent, 0.01},
		{"ratio", []float64{0.97, 1}, ratio, 1},
		{"a fraction first, but then too large", []float64{0.5, 60}, percent, 0.6},
	}
	for _, test := range tests {
		var u unit
		for _, v := range test.values {
			u = u.learn(v)
		}
		if got := u.utilisation(test.values[len(test.values)-1]); u != test.want || got != test.last {
			t.Errorf("%s: unit %d and %v, want %d and %v", test.name, u, got, test.want, test.last)
		}
	}
	if u := majority([]target{{unit: percent}, {unit: undecided}}); u != percent {
		t.Errorf("an undecided target follows its neighbours: %d", u)
	}
}

// One name, two meanings: each exporter is taken by its own values.
func TestRatioUnderBothMeanings(t *testing.T) {
	f := &fake{t: t, routes: []route{counts("DCGM_FI_DEV_GPU_UTIL_RATIO"), {askTimes, vector()}, {askLabels, vector(
		`{instance="a",gpu="0"} 97`, `{instance="a",gpu="1"} 1`, `{instance="b",gpu="0"} 0.5`, `{instance="b",gpu="1"} 1`)}}}
	s := f.source()
	if err := s.refresh(t.Context(), time.Now(), nil); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.97, 0.01, 0.5, 1} {
		if got := s.readings()[i].Util; got != want {
			t.Errorf("device %d: %v, want %v", i, got, want)
		}
	}
}

func TestInterval(t *testing.T) {
	tests := []struct {
		at   []float64
		want time.Duration
		ok   bool
	}{
		{nil, 0, false},
		{[]float64{1}, 0, false},
		{[]float64{0.1, 15.1, 30.1}, 15 * time.Second, true},
		{[]float64{0, 30, 60, 120}, 30 * time.Second, true}, // one scrape missed
		{[]float64{0, 1, 2}, fastestPace, true},
		{[]float64{0, 600}, slowestPace, true},
	}
	for _, test := range tests {
		var samples []sample
		for _, at := range test.at {
			samples = append(samples, sample{at: at})
		}
		if got, ok := interval(samples); got != test.want || ok != test.ok {
			t.Errorf("%v: %s, %v; want %s", test.at, got, ok, test.want)
		}
	}
}

func TestNextFollowsTheScrape(t *testing.T) {
	now := time.Unix(1764000000, 0)
	tests := []struct {
		name string
		ages []time.Duration
		want time.Duration
	}{
		{"unknown", nil, 15 * time.Second},
		{"just after a scrape", []time.Duration{time.Second}, 15 * time.Second},
		{"long after one", []time.Duration{10 * time.Second}, 21 * time.Second},
		{"spread over the interval", []time.Duration{time.Second, 14 * time.Second}, 15 * time.Second},
		{"one is down", []time.Duration{2 * time.Second, time.Hour}, 14 * time.Second},
	}
	for _, test := range tests {
		s := &source{table: newTable()}
		for _, age := range test.ages {
			s.table.targets = append(s.table.targets, target{at: now.Add(-age)})
		}
		if got := s.next(now, 15*time.Second); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}
