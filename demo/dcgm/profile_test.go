package dcgm

import (
	"testing"
	"time"
)

// TestProfilesTellThemselvesApart holds each profile to what makes a person
// recognise it on a dashboard.
func TestProfilesTellThemselvesApart(t *testing.T) {
	tests := []struct {
		profile                           Profile
		after                             time.Duration
		util, tensor, memory, power, temp [2]float64 // least and most: %, ratio, MiB, W, C
	}{
		{Busy, time.Hour, [2]float64{85, 100}, [2]float64{0.4, 0.7}, [2]float64{60000, 75000}, [2]float64{260, 400}, [2]float64{55, 80}},
		{Busy, 10 * time.Second, [2]float64{0, 10}, [2]float64{0, 0.01}, [2]float64{4000, 50000}, [2]float64{40, 100}, [2]float64{30, 45}},
		{Idle, time.Hour, [2]float64{0, 0}, [2]float64{0, 0}, [2]float64{20000, 40000}, [2]float64{40, 90}, [2]float64{28, 42}},
		{Empty, time.Hour, [2]float64{0, 0}, [2]float64{0, 0}, [2]float64{0, 100}, [2]float64{40, 90}, [2]float64{28, 42}},
		{Light, time.Hour, [2]float64{1, 15}, [2]float64{0, 0.1}, [2]float64{5000, 20000}, [2]float64{60, 140}, [2]float64{30, 50}},
		{Hung, time.Hour, [2]float64{100, 100}, [2]float64{0, 0.01}, [2]float64{60000, 75000}, [2]float64{80, 140}, [2]float64{38, 60}},
		{Hung, 90 * time.Second, [2]float64{85, 100}, [2]float64{0.4, 0.7}, [2]float64{60000, 75000}, [2]float64{260, 400}, [2]float64{55, 80}},
		{Straggler, time.Hour, [2]float64{95, 100}, [2]float64{0.1, 0.25}, [2]float64{60000, 75000}, [2]float64{150, 250}, [2]float64{82, 98}},
		{Loading, time.Hour, [2]float64{0, 10}, [2]float64{0, 0.01}, [2]float64{30000, 50000}, [2]float64{40, 100}, [2]float64{30, 45}},
	}
	for _, test := range tests {
		t.Run(string(test.profile)+" after "+test.after.String(), func(t *testing.T) {
			n := held(t, a100(), test.profile)
			for moment := range 20 { // the noise must not lead out of it
				lines := scrape(t, n, start.Add(test.after+time.Duration(moment)*time.Second))
				for name, want := range map[string][2]float64{
					"DCGM_FI_DEV_GPU_UTIL": test.util, "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE": test.tensor,
					"DCGM_FI_DEV_FB_USED": test.memory, "DCGM_FI_DEV_POWER_USAGE": test.power, "DCGM_FI_DEV_GPU_TEMP": test.temp,
				} {
					if got := of(lines, name)[0].value; got < want[0] || got > want[1] {
						t.Errorf("%s = %v, want %v to %v", name, got, want[0], want[1])
					}
				}
			}
		})
	}
}

func TestNotStartedHoldsButDoesNothing(t *testing.T) {
	n := NewNode(a100())
	if err := n.Hold(Pod{UID: "1", Name: "pulling", Profile: Busy}, "nvidia.com/gpu", 1); err != nil {
		t.Fatal(err)
	}
	lines := scrape(t, n, start)
	if util := of(lines, "DCGM_FI_DEV_GPU_UTIL")[0]; util.value != 0 || util.labels["pod"] != "pulling" {
		t.Errorf("a pod that pulls its image: %v", util)
	}
}

func TestStarvedSwings(t *testing.T) {
	n, least, most := held(t, a100(), Starved), 100.0, 0.0
	for second := range 90 {
		v := of(scrape(t, n, start.Add(time.Hour+time.Duration(second)*time.Second)), "DCGM_FI_DEV_GPU_UTIL")[0].value
		least, most = min(least, v), max(most, v)
	}
	if least > 15 || most < 55 {
		t.Errorf("utilisation between %v and %v", least, most)
	}
}

func TestParseProfile(t *testing.T) {
	tests := []struct {
		text  string
		index int
		want  Profile
		ok    bool
	}{
		{"", 3, Busy, true},
		{"idle", -1, Idle, true},
		{"busy,2=straggler,4=hung", 2, Straggler, true},
		{"busy,2=straggler,4=hung", 4, Hung, true},
		{"busy,2=straggler,4=hung", 3, Busy, true},
		{"hung, 1=idle", 1, Idle, true},
		{"2=idle", 0, Busy, true},
		{"dancing", 0, Busy, false},
	}
	for _, test := range tests {
		got, err := ParseProfile(test.text, test.index)
		if got != test.want || (err == nil) != test.ok {
			t.Errorf("ParseProfile(%q, %d) = %v, %v", test.text, test.index, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("busy,2=straggler", "renamed,vgpu", 2)
	f.Fuzz(func(t *testing.T, profile, dialect string, index int) {
		if p, err := ParseProfile(profile, index); err != nil && p != Busy {
			t.Errorf("an error and %q", p)
		}
		if d, err := ParseDialect(dialect); err != nil && d != (Dialect{}) {
			t.Errorf("an error and %+v", d)
		}
	})
}
