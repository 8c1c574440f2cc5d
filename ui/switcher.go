package ui

import tea "charm.land/bubbletea/v2"

// switcher is the list of contexts or namespaces to switch to.
type switcher struct{ line prompt }

func (s *switcher) draw(e *env, width, height int) []string { return fill(nil, width, height) }

// switchKey gives a key to the switcher.
func (m *Model) switchKey(k tea.KeyPressMsg) tea.Cmd {
	if k.String() == "esc" {
		m.mode = modeNormal
	}
	return nil
}
