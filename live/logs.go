package live

import (
	"context"
	"os"

	"paddock/logs"
)

// Bounds of what a screen keeps of logs: this much in memory, this much more in
// a file that is gone with the program.
const (
	logMemory = 64 << 20
	logFile   = 1 << 30
)

// Logs reads the logs of the workers that are asked for, and delivers how the
// stream stands to out, latest wins, until ctx ends.
func (l *Live) Logs(ctx context.Context, w logs.Wish, asks <-chan logs.Ask, out chan *logs.State) error {
	t, err := l.Tail(ctx, w)
	if err != nil {
		return err
	}
	bounds := logs.Bounds{Memory: logMemory}
	if f, err := os.CreateTemp("", "paddock-logs-*"); err == nil { // else older lines are dropped, which is said
		_ = os.Remove(f.Name())
		defer f.Close()
		bounds.Spill, bounds.File = f, logFile
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
