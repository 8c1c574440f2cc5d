package cli

import (
	"context"
	"fmt"
	"os/signal"
	"syscall"

	"paddock/act"
	"paddock/live"
)

// finish waits for the changes that are under way when the screen is gone, and
// tells what came of them. Whatever ended the screen, it takes a further ctrl-c
// or SIGTERM to give them up. The terminal may be gone as well: a job must not
// stay half-way because nobody reads of it.
func (a *app) finish(l *live.Live) {
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	for _, o := range l.Finish(ctx, func(words string) { fmt.Fprintln(a.errs, "paddock: "+words) }) {
		if o.Result == act.Done {
			fmt.Fprintln(a.errs, "paddock: "+o.Says)
			continue
		}
		a.complain(o.Action.Target.String()+": "+o.Says, o.Hint)
	}
}
