package logs

import "bytes"

// Level is how grave a line says it is.
type Level uint8

// The levels, in the words of Paddle, PyTorch, glog and Python's logging.
const (
	Unleveled Level = iota // the line does not say
	Debug
	Info
	Warning
	Error
)

func (l Level) String() string {
	return [...]string{"", "DEBUG", "INFO", "WARNING", "ERROR"}[l]
}

// levelWithin is how far into a line its level is looked for.
const levelWithin = 120

// levelWords are what loggers write, in capitals; a longer word stands before
// one that it begins with.
var levelWords = []struct {
	word  string
	level Level
}{
	{"INFO", Info}, {"WARNING", Warning}, {"WARN", Warning}, {"ERROR", Error},
	{"CRITICAL", Error}, {"FATAL", Error}, {"DEBUG", Debug}, {"TRACE", Debug},
}

// signs are what a failure looks like that no logger wrote. Sources: the
// frameworks' messages in the failure signatures that paddock knows (Paddle's
// launcher, PyTorch's data loader, CUDA), bash, glibc.
var signs = []string{
	"CUDA error", "Cuda error", "out of memory", "Segmentation fault", "Bus error", "core dumped",
	"ERROR LOG DETAIL", "Container failed !!!", "NCCL WARN", "command not found",
}

// levelOf reads the level of a line that is clean.
func levelOf(text []byte) Level {
	if l := glog(text); l != Unleveled {
		return l
	}
	head := text[:min(len(text), levelWithin)]
	best, at := Unleveled, len(head)
	for i := 0; i+4 <= len(head); i++ {
		c := head[i]
		if c < 'A' || c > 'Z' || i > 0 && wordy(head[i-1]) {
			continue
		}
		for _, w := range levelWords {
			if bytes.HasPrefix(head[i:], []byte(w.word)) && !(i+len(w.word) < len(head) && wordy(head[i+len(w.word)])) {
				best, at = w.level, i
			}
		}
		if at < len(head) {
			return best
		}
		for i+1 < len(head) && wordy(head[i+1]) {
			i++
		}
	}
	if l := written(head); l != Unleveled {
		return l
	}
	if exception(text) {
		return Error
	}
	for _, s := range signs {
		if bytes.Contains(text, []byte(s)) {
			return Error
		}
	}
	return Unleveled
}

func wordy(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// glog reads glog's prefix, "W0609 12:53:37.366803   670 gpu_resources.cc:447]",
// and PyTorch's, "[rank0]:[E321 02:07:08.408271257 ProcessGroupNCCL.cpp:607]".
func glog(text []byte) Level {
	text = unranked(text)
	text = bytes.TrimPrefix(text, []byte("["))
	digits := 0
	for digits < 4 && 1+digits < len(text) && text[1+digits] >= '0' && text[1+digits] <= '9' {
		digits++
	}
	if digits < 3 || len(text) < digits+5 || text[1+digits] != ' ' || text[1+digits+3] != ':' {
		return Unleveled
	}
	switch text[0] {
	case 'I':
		return Info
	case 'W':
		return Warning
	case 'E', 'F':
		return Error
	case 'D', 'V':
		return Debug
	}
	return Unleveled
}

// unranked takes torchrun's "[rank3]:" or "[default3]:" off a line.
func unranked(text []byte) []byte {
	for _, prefix := range []string{"[rank", "[default"} {
		if rest, ok := bytes.CutPrefix(text, []byte(prefix)); ok {
			i := 0
			for i < len(rest) && rest[i] >= '0' && rest[i] <= '9' {
				i++
			}
			if i > 0 && i+1 < len(rest) && rest[i] == ']' && rest[i+1] == ':' {
				return bytes.TrimPrefix(rest[i+2:], []byte(" "))
			}
		}
	}
	return text
}

// written reads the level of JSON and of logfmt: "level":"error", level=warn.
func written(text []byte) Level {
	for _, key := range []string{`"level"`, `"severity"`, `"levelname"`, "level="} {
		i := bytes.Index(text, []byte(key))
		if i < 0 {
			continue
		}
		value := bytes.TrimLeft(text[i+len(key):], `: "`)
		for _, w := range levelWords {
			if len(value) >= len(w.word) && bytes.EqualFold(value[:len(w.word)], []byte(w.word)) {
				return w.level
			}
		}
	}
	return Unleveled
}

// exception tells the last line of a Python traceback: "RuntimeError: ...",
// "torch.OutOfMemoryError: CUDA ...", "OSError: (External) ...", "KeyboardInterrupt".
func exception(text []byte) bool {
	text = unranked(text)
	i := 0
	for i < len(text) && (wordy(text[i]) || text[i] == '.') {
		i++
	}
	if i == 0 || i < len(text) && text[i] != ':' {
		return false
	}
	name := text[:i]
	for _, end := range []string{"Error", "Exception", "KeyboardInterrupt", "SystemExit"} {
		if bytes.HasSuffix(name, []byte(end)) && (name[0] >= 'A' && name[0] <= 'Z' || bytes.ContainsRune(name, '.')) {
			return true
		}
	}
	return false
}

// trace keeps the lines of a traceback together: it says of each line of one
// container whether it belongs to the line before it.
type trace struct {
	in   bool // a traceback has begun
	over bool // and its exception has been told
	more bool // lines were Paddle's summary
}

// continues tells whether a line goes on with the traceback that began before.
func (t *trace) continues(text []byte) bool {
	line := unranked(text)
	begins := bytes.Contains(line, []byte("Traceback (most recent call last)"))
	if !t.in {
		t.in, t.over, t.more = begins, false, false
		return false
	}
	blank := len(bytes.TrimSpace(line)) == 0
	indented := len(line) > 0 && line[0] == ' '
	chained := bytes.HasPrefix(line, []byte("During handling of the above exception")) || bytes.HasPrefix(line, []byte("The above exception was the direct cause"))
	paddle := bytes.HasPrefix(line, []byte("-----")) || bytes.HasPrefix(line, []byte("Error Message Summary:")) || numbered(line)
	switch {
	case begins && !t.over, chained, paddle, indented, blank:
		if begins || chained || paddle {
			t.over = false
		}
		return true
	case begins: // the next one
		t.over = false
		return false
	case !t.over: // the exception, in words of any kind
		t.over = true
		return true
	}
	t.in = false
	return false
}

// numbered tells a line of Paddle's C++ stack: "0   paddle::framework::...".
func numbered(line []byte) bool {
	i := 0
	for i < len(line) && line[i] >= '0' && line[i] <= '9' {
		i++
	}
	return i > 0 && i <= 3 && bytes.HasPrefix(line[i:], []byte("  "))
}
