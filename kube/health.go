package kube

import (
	"fmt"
	"strings"

	"paddock/fleet"
)

// sourceOf sums the feeds of one source up: it is worth what its worst feed is
// worth. Feeds that are refused don't pull it down while others work, but it
// says where it is blind.
func sourceOf(name string, feeds []*feed) fleet.Source {
	out := fleet.Source{Name: name, Health: fleet.Connecting}
	var worst *feed
	var refused []string
	asked := 0
	for _, f := range feeds {
		if f.source != name {
			continue
		}
		asked++
		if f.status.health == fleet.Forbidden {
			refused = append(refused, f.namespace)
		}
		if worst == nil || badness(f.status.health) > badness(worst.status.health) {
			worst = f
		}
		if !f.status.asOf.IsZero() && (out.AsOf.IsZero() || f.status.asOf.Before(out.AsOf)) {
			out.AsOf = f.status.asOf
		}
		if f.status.health != fleet.Forbidden {
			out.Objects += f.shelf.size(f.namespace)
		}
	}
	if worst == nil {
		return out
	}
	out.Health, out.Since = worst.status.health, worst.status.since
	if worst.status.err != nil {
		out.Err, out.Hint = Explain(worst.status.err)
	}
	if n := len(refused); n > 0 && n < asked {
		out.Err = fmt.Sprintf("no right to watch %s in %s", name, strings.Join(refused[:min(n, 5)], ", "))
	}
	return out
}

// badness ranks healths for summing up. Forbidden is the least: it will not
// pass by itself and other namespaces still tell something.
func badness(h fleet.Health) int {
	switch h {
	case fleet.Forbidden:
		return 0
	case fleet.Live:
		return 1
	case fleet.Connecting:
		return 2
	case fleet.Stale:
		return 3
	}
	return 4
}
