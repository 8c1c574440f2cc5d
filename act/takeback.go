package act

import "slices"

// TakeBack plans the deletion of what was created, the last first: for a submit
// of which a part failed.
func TakeBack(outcomes []Outcome) Plan {
	var p Plan
	for _, o := range slices.Backward(outcomes) {
		if _, created := o.Action.Change.(Create); created && o.Result == Done {
			p.Add(Action{o.Action.Target, Delete{}}, bound(o.Action.Target))
		}
	}
	return p
}
