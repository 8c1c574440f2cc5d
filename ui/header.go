package ui

// header is the lines above every screen: the cluster and what its GPUs do,
// then the health of every source.
func (m *Model) header(width, height int) []string {
	e := &m.env
	lines := []string{
		e.line(width, plain(" "), strong(e.fleet.Cluster.Context)),
		e.line(width, dim(" sources")),
	}
	return fill(lines, width, height)
}
