package ui

import (
	tea "charm.land/bubbletea/v2"

	"paddock/fleet"
)

// dossier is the pane that tells all of one worker: its way, what its
// containers do, its devices, and what is read of it once one stays there.
type dossier struct {
	*pager
	focus  bool // keys go to the pane
	brief  bool // beside a table that sums up what is left out
	worker *fleet.Worker
	wide   int // cells that the page was made for

	of    selection // what description is about
	told  fleet.Description
	found bool
	err   string
}

func newDossier(brief bool) dossier { return dossier{pager: newPager("", nil), brief: brief} }

// about turns the pane to a worker; its page is made anew when it, its events
// or the time changed.
func (d *dossier) about(e *env, w *fleet.Worker) {
	if w == nil {
		d.worker = nil
		d.set(nil)
		return
	}
	of := podSelection(w.Pod)
	if d.of != of {
		d.of, d.found, d.err = of, false, ""
		d.toTop()
	}
	d.worker = w
	d.write(e)
}

// receive takes the description when it is of this worker.
func (d *dossier) receive(e *env, msg tea.Msg) {
	m, ok := msg.(describedMsg)
	if !ok || m.of != d.of {
		return
	}
	d.err = ""
	if m.err != nil {
		d.err = m.err.Error()
	} else {
		d.told, d.found = m.description, true
	}
	d.write(e)
}

// arrange fits the pane; its page is wrapped anew for another width.
func (d *dossier) arrange(e *env, width, height int) {
	if width != d.wide {
		d.wide = width
		d.write(e)
	}
	d.pager.arrange(e, width, max(height-1, 0))
}

// write makes the page.
func (d *dossier) write(e *env) {
	if d.worker == nil || d.wide <= 0 {
		return
	}
	var events []fleet.Event
	if d.found {
		events = d.told.Events
	}
	page := workerPage(e, d.worker, events, d.wide, d.brief)
	page = append(page, newPageLine())
	switch {
	case d.found:
		page = append(page, describePage(d.told, e.now, d.wide)...)
	case d.err == "":
		page = append(page, newPageLine(dim(" reading conditions, events, volumes ...")))
	}
	if d.err != "" {
		for _, l := range wrap(d.err, d.wide-2) {
			page = append(page, newPageLine(span{" " + l, toneBad}))
		}
	}
	d.pager.of = d.of
	d.pager.of.what = "what is known of " + d.of.ref.String()
	d.set(page) // which keeps its text for the clipboard
}

// draw draws the pane under a title that shows whether it has the focus.
func (d *dossier) draw(e *env, width, height int) []string {
	if d.worker == nil || height < 1 {
		return fill(nil, width, height)
	}
	t := toneStrong
	if d.focus {
		t = toneTitle
	}
	left := []span{{" " + d.worker.Label(), t}, dim("  " + d.worker.Ref.Name)}
	note := d.note(e)
	if !d.focus {
		note = "tab"
	}
	lines := []string{e.split(width, left, []span{dim(note + " ")})}
	return append(lines, d.pager.draw(e, width, height-1)...)
}
