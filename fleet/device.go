package fleet

import "strconv"

// Label is the device's index on its node, "3"; of a MIG slice also which one
// it is: "3.7 1g.10gb". "-" when the index is not known.
func (d *Device) Label() string {
	name := "-"
	if d.Reading.Index >= 0 {
		name = strconv.Itoa(d.Reading.Index)
	}
	if d.Reading.Slice != "" {
		name += "." + d.Reading.Slice
		if d.Reading.Profile != "" {
			name += " " + d.Reading.Profile
		}
	}
	return name
}

// Faulty tells whether the device had an XID while it was watched: the gauge
// keeps the last one for ever, so one that was there from the start says little.
func (d *Device) Faulty() bool { return d.Reading.XID > 0 && !d.Reading.XIDAt.IsZero() }
