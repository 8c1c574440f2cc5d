package ui

import tea "charm.land/bubbletea/v2"

type pager struct{}
type costNote struct{}

func (m *Model) costLines(int) []string          { return nil }
func (m *Model) helpKey(tea.KeyPressMsg) tea.Cmd { m.mode = modeNormal; return nil }
func (m *Model) openYAML() effect                { return effect{} }
func (m *Model) openDescription() effect         { return effect{} }
func (m *Model) copy() effect                    { return effect{} }
func (m *Model) openCost() effect                { return effect{} }
func (m *Model) openHelp() effect                { return effect{} }
