package gpu

import (
	"context"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// TestMeasure tells what refreshes of a real Prometheus cost:
//
//	PADDOCK_TEST_PROMETHEUS=http://127.0.0.1:9090 go test ./gpu -run Measure -v
func TestMeasure(t *testing.T) {
	url := os.Getenv("PADDOCK_TEST_PROMETHEUS")
	if url == "" {
		t.Skip("PADDOCK_TEST_PROMETHEUS is not set")
	}
	client, err := New(Config{URL: url}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	server, _, err := client.connect(ctx)
	if err != nil {
		t.Fatal(Explain(err))
	}
	source := newSource(server, nil)
	step := func(name string, do func() error) {
		start, before := time.Now(), cpu()
		requests, bytes := client.Cost()
		if err := do(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r, b := client.Cost()
		t.Logf("%-10s %4d ms, %3d ms CPU, %2d requests, %7d bytes", name,
			time.Since(start).Milliseconds(), (cpu() - before).Milliseconds(), r-requests, b-bytes)
	}
	step("first", func() error { return source.refresh(ctx, time.Now(), nil) })
	step("past", func() error { return source.readPast(ctx) })
	step("pace", func() error { _, _, err := source.scrapePace(ctx); return err })
	for range 8 {
		step("refresh", func() error { return source.refresh(ctx, time.Now(), nil) })
	}
	step("readings", func() error { source.readings(); return nil })
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	t.Logf("%d devices, heap %d KiB", len(source.readings()), m.HeapAlloc>>10)
	t.Logf("%+v", source.readings()[0])
	for _, c := range client.Check(ctx) {
		t.Logf("%-4s %s: %s | %s", c.Status, c.Name, c.Detail, c.Hint)
	}
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
