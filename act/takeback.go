package act

import "slices"

// TakeBack plans the deletion of what was created, the last first: for a submit
// of which a part failed. When it is unknown whether a part was created,
// nothing is taken back: what may be there leans on the rest.
func TakeBack(outcomes []Outcome) Plan {
	var p Plan
	if slices.ContainsFunc(outcomes, func(o Outcome) bool { return o.Result == Unknown }) {
		return p
	}
	for _, o := range slices.Backward(outcomes) {
		if _, created := o.Action.Change.(Create); created && o.Result == Done {
			p.Add(Action{o.Action.Target, Delete{}}, bound(o.Action.Target))
		}
	}
	return p
}
