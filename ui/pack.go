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
	return lay(pieces, choose(width, pieces))
}

// choose tells which pieces fit in width cells: those of the highest ranks go
// first, and come back where the room that one of them left is enough.
func choose(width int, pieces []piece) []bool {
	keep := make([]bool, len(pieces))
	total, worst := -pieceGap, 0
	for i, p := range pieces {
		if keep[i] = len(p.spans) > 0; keep[i] {
			total += widthOf(p.spans) + pieceGap
			worst = max(worst, p.rank)
		}
	}
	for rank := worst; rank > 0 && total > width; rank-- {
		for i := len(pieces) - 1; i >= 0 && total > width; i-- {
			if p := pieces[i]; p.rank == rank && keep[i] {
				keep[i] = false
				total -= widthOf(p.spans) + pieceGap
			}
		}
	}
	for rank := 1; rank <= worst; rank++ {
		for i, p := range pieces {
			if w := widthOf(p.spans) + pieceGap; p.rank == rank && len(p.spans) > 0 && !keep[i] && total+w <= width {
				keep[i] = true
				total += w
			}
		}
	}
	return keep
}

// lay puts the pieces that are kept side by side.
func lay(pieces []piece, keep []bool) []span {
	var spans []span
	for i, p := range pieces {
		if !keep[i] {
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
