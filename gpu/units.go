package gpu

// unit is how a target writes DCGM_FI_DEV_GPU_UTIL_RATIO: DCGM 4.6 writes an
// integer percent under this name, from 4.7 on it is a ratio. One sample can't
// tell (1 is both), a target's samples over time can.
type unit byte

const (
	undecided unit = iota
	ratio
	percent
)

// learn takes one value of a target: above 1 it can't be a ratio, a fraction
// below 1 can't be an integer percent.
func (u unit) learn(v float64) unit {
	switch {
	case v > 1.001:
		return percent
	case u == undecided && v > 0 && v < 0.999:
		return ratio
	}
	return u
}

// majority stands in for targets that have not shown their unit: their
// neighbours were most likely installed together.
func majority(targets []target) unit {
	counts := [3]int{}
	for _, t := range targets {
		counts[t.unit]++
	}
	if counts[percent] > counts[ratio] {
		return percent
	}
	return ratio
}

// utilisation is v as 0 to 1.
func (u unit) utilisation(v float64) float64 {
	if u == percent {
		v /= 100
	}
	return min(v, 1)
}

// unitOf is the unit of a device's utilisation.
func (s *source) unitOf(d *device) unit {
	switch u := s.table.targets[d.target].unit; {
	case d.key.slice != "" || !s.plan.ambiguous():
		return ratio
	case u == undecided:
		return majority(s.table.targets)
	default:
		return u
	}
}

// settleUnits learns from this refresh's values in which unit a target writes them.
func (s *source) settleUnits() {
	t := s.table
	ambiguous := s.plan.ambiguous()
	for i, v := range t.values[util] {
		if d := &t.devices[i]; ambiguous && d.key.slice == "" {
			t.targets[d.target].unit = t.targets[d.target].unit.learn(v)
		}
	}
	for i := range t.values[util] {
		t.values[util][i] = s.unitOf(&t.devices[i]).utilisation(t.values[util][i])
	}
	for _, target := range t.targets {
		s.units[target.name] = target.unit
	}
}
