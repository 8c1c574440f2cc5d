package terminal

// Keys as a terminal sends them.
const (
	Enter = "\r"
	Esc   = "\x1b"
	Tab   = "\t"
	Down  = "\x1b[B"
	CtrlC = "\x03"
	CtrlU = "\x15"
)
