package gpu

import (
	"cmp"
	"slices"

	"paddock/fleet"
)

// claims collects which pods hold which devices during one refresh.
type claims struct {
	rows []claim
}

// apply marks the devices that were seen and gives them their holders. A
// device that is held by the same pods as before keeps its slice: Readings
// that were published share it.
func (c *claims) apply(t *table, seq uint64) {
	slices.SortStableFunc(c.rows, func(a, b claim) int { return cmp.Compare(a.device, b.device) })
	var buffer []fleet.Ref
	for i := 0; i < len(c.rows); {
		d := &t.devices[c.rows[i].device]
		d.seen = seq
		buffer = buffer[:0]
		for device := c.rows[i].device; i < len(c.rows) && c.rows[i].device == device; i++ {
			if pod, ok := t.workload(c.rows[i]); ok {
				buffer = append(buffer, pod)
			}
		}
		d.hold(buffer)
	}
}

// hold replaces the holders when they are others.
func (d *device) hold(pods []fleet.Ref) {
	if len(pods) > 1 {
		slices.SortFunc(pods, compareRefs)
		pods = slices.Compact(pods)
	}
	if slices.Equal(d.holders, pods) {
		return
	}
	d.holders = nil
	if len(pods) > 0 {
		d.holders = slices.Clone(pods)
	}
}

func compareRefs(a, b fleet.Ref) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}
