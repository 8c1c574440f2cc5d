package live

import (
	"cmp"
	"context"
	"net/url"
	"os"
	"strings"

	"paddock/fleet"
	"paddock/logs"
)

// What a screen of logs holds unless it is set otherwise, in bytes.
const (
	LogMemory = 64 << 20
	LogFile   = 1 << 30
)

// LogBounds are what a screen of logs holds, in bytes: in memory, and of older
// lines in a file that is gone with the screen; and where the logs of pods are
// found that are gone.
type LogBounds struct {
	Memory, File int64
	Link         string // a URL with {namespace}, {pod} and {job} in it; "" for none
}

// link is where the log of a pod, or of a job, may be when the server has none.
func (b LogBounds) link(namespace, pod, job string) string {
	if b.Link == "" {
		return ""
	}
	return strings.NewReplacer("{namespace}", url.QueryEscape(namespace), "{pod}", url.QueryEscape(pod), "{job}", url.QueryEscape(job)).Replace(b.Link)
}

// LogLink is where the logs of a job may be when its pods are gone; "" where no
// place is set.
func (l *Live) LogLink(job fleet.Ref) string {
	return l.session().settings.Logs.link(job.Namespace, "", job.Name)
}

// Logs reads the logs of the workers that are asked for, and delivers how the
// stream stands to out, latest wins, until ctx ends.
func (l *Live) Logs(ctx context.Context, w logs.Wish, asks <-chan logs.Ask, out chan *logs.State) error {
	t, err := l.Tail(ctx, w)
	if err != nil {
		return err
	}
	set := t.settings
	bounds := logs.Bounds{Memory: int(cmp.Or(set.Memory, LogMemory))}
	if set.File > 0 {
		if f, err := os.CreateTemp("", "paddock-logs-*"); err == nil { // else older lines are dropped, which is said
			_ = os.Remove(f.Name())
			defer f.Close()
			bounds.Spill, bounds.File = f, set.File
		}
	}
	go func() {
		for {
			select {
			case a := <-asks:
				t.More(a.More)
				t.Follow(a.Workers)
			case <-ctx.Done():
				return
			}
		}
	}()
	t.View(ctx, bounds, out)
	t.Wait()
	return nil
}
