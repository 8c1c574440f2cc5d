package ui

// piece is a part of a line that may be left out when room is short.
type piece struct {
	rank  int // 0 stays; the highest goes first
	spans []span
}

// pieceGap is the blank cells between pieces.
const pieceGap = 2

// pack lays pieces side by side in their order, and leaves out those of the
// highest ranks until the rest fits in width cells.
func pack(width int, pieces ...piece) []span {
	total := -pieceGap
	worst := 0
	for _, p := range pieces {
		if len(p.spans) > 0 {
			total += widthOf(p.spans) + pieceGap
			worst = max(worst, p.rank)
		}
	}
	out := make([]bool, len(pieces))
	for rank := worst; rank > 0 && total > width; rank-- {
		for i := len(pieces) - 1; i >= 0 && total > width; i-- {
			if p := pieces[i]; p.rank == rank && len(p.spans) > 0 {
				out[i] = true
				total -= widthOf(p.spans) + pieceGap
			}
		}
	}
	var spans []span
	for i, p := range pieces {
		if out[i] || len(p.spans) == 0 {
			continue
		}
		if len(spans) > 0 {
			spans = append(spans, plain(spaces(pieceGap)))
		}
		spans = append(spans, p.spans...)
	}
	return spans
}

// part makes a piece.
func part(rank int, spans ...span) piece { return piece{rank, spans} }
