package metrics

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"paddock/demo/controllers/kubelet"
	"paddock/demo/dcgm"
	"paddock/fleet"
	"paddock/gpu"
)

// paddock's own client reads this Prometheus as any other.
func TestPaddockReadsIt(t *testing.T) {
	now := time.Now().Add(-30 * time.Minute).Truncate(time.Second)
	s, e := start(t, &now), NewExporters(1)
	s.clock = time.Now
	all := nodes(3)
	all[2].Annotations[XIDs] = "7=79"
	held := []kubelet.Holding{holding("gpu-001", "rec-0-abcde", 8, dcgm.Busy), holding("gpu-002", "idle-0-abcde", 4, dcgm.Idle)}
	for end := time.Now(); now.Before(end); now = now.Add(Interval) {
		if err := s.Scrape(now, e.Targets(all, held)); err != nil {
			t.Fatal(err)
		}
	}
	web := httptest.NewServer(s)
	defer web.Close()
	client, err := gpu.New(gpu.Config{URL: web.URL}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range client.Check(t.Context()) {
		if c.Status != fleet.CheckOK {
			t.Errorf("%s: %s %s (%s)", c.Name, c.Status, c.Detail, c.Hint)
		}
		t.Logf("%s: %s", c.Name, c.Detail)
	}
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	ran := make(chan error, 1)
	go func() { ran <- client.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	}()
	for {
		select {
		case <-ctx.Done():
			t.Fatal("no live readings came")
		case r := <-client.Readings():
			if r.Source.Health == fleet.Live {
				checkReadings(t, r)
				return
			}
		}
	}
}

func checkReadings(t *testing.T, r *fleet.Readings) {
	t.Helper()
	pods, dead, known := map[string]int{}, 0, 0
	for _, d := range r.Devices {
		for _, h := range d.Holders {
			pods[h.Namespace+"/"+h.Name]++
		}
		if d.XID == 79 && d.Hostname == "gpu-003" && d.Index == 7 {
			dead++
		}
		if d.Util < 0 || d.MemTotal < 80e9 || d.Driver != "535.161.08" {
			t.Errorf("%s %d: %+v", d.Hostname, d.Index, d)
		}
		for i := range fleet.HistoryBuckets {
			if fleet.Known(d.History.At(i)) {
				known++
			}
		}
	}
	if len(r.Devices) != 24 || pods["ocr/rec-0-abcde"] != 8 || pods["ocr/idle-0-abcde"] != 4 || len(pods) != 2 || dead != 1 {
		t.Errorf("%d devices, held %v, %d with XID 79", len(r.Devices), pods, dead)
	}
	if want := 24 * (fleet.HistoryBuckets - 2); known < want {
		t.Errorf("the histories have %d minutes, want %d", known, want)
	}
}
