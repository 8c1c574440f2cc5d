package ui

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"paddock/fleet"
	"paddock/logs"
)

// printing is a stream of logs as the running program delivers it.
type printing struct {
	buffer  *logs.Buffer
	sources []logs.Source
	strands []logs.Strand
	wishes  []logs.Wish
	asked   []string // the workers of the last ask
	more    int
	left    int // readings that were ended
	out     chan *logs.State
}

// logsOf gives the board logs; every worker that is asked for is a source.
func logsOf(b *board) *printing {
	p := &printing{}
	b.logs = func(ctx context.Context, w logs.Wish, asks <-chan logs.Ask, out chan *logs.State) error {
		p.wishes, p.out = append(p.wishes, w), out
		p.buffer, p.sources, p.strands = logs.NewBuffer(logs.Bounds{Memory: 1 << 20}), nil, nil
		for {
			select {
			case a := <-asks:
				p.more += a.More
				p.asked = nil
				for _, x := range a.Workers {
					p.asked = append(p.asked, x.Label())
					if len(p.sources) < len(p.asked) {
						p.strands = append(p.strands, logs.Strand{Source: int32(len(p.sources))})
						p.sources = append(p.sources, logs.Source{Label: x.Label(), Job: x.Job, Pod: x.Ref, UID: x.Pod.UID, Node: x.Pod.Node, Attempt: x.Attempt, Container: "trainer", State: logs.Live})
					}
				}
			case <-ctx.Done():
				p.left++
				return nil
			}
		}
	}
	return p
}

// says lets a source print lines, a tenth of a second apart.
func (p *printing) says(source int, from time.Time, lines ...string) {
	for i, l := range lines {
		at := from.Add(time.Duration(i) * 100 * time.Millisecond)
		x, _ := p.strands[source].Line(logs.Raw{At: at.UnixNano(), Text: []byte(l)}, nil)
		p.buffer.Insert([]logs.Line{x})
		p.sources[source].Lines++
		p.sources[source].Last = at
	}
}

func (p *printing) publish() {
	select {
	case <-p.out:
	default:
	}
	p.out <- &logs.State{Log: p.buffer.Log(), Sources: append([]logs.Source(nil), p.sources...), Followed: len(p.sources)}
}

// inLogs opens the logs of speech/asr-base in a terminal of 120x20.
func inLogs(t *testing.T, play func(x *terminal, p *printing, w *world)) {
	inTerminal(t, 120, 20, Options{}, func(x *terminal) {
		w := calm()
		p := logsOf(x.board)
		x.board.publish(w.fleet())
		x.settle()
		x.press(":")
		x.typed("logs speech/asr-base")
		x.press(keyEnter)
		x.shows("reading the logs of")
		play(x, p, w)
	})
}

func (x *terminal) typed(text string) {
	for _, r := range text {
		x.press(string(r))
	}
}

func TestLogsFollowPauseAndSearch(t *testing.T) {
	inLogs(t, func(x *terminal, p *printing, w *world) {
		if len(p.asked) != 4 || p.wishes[0].Tail != firstTail || !p.wishes[0].Follow {
			t.Fatalf("asked for %v with %+v", p.asked, p.wishes)
		}
		var lines []string
		for i := range 40 {
			lines = append(lines, fmt.Sprintf("step %d", i))
		}
		p.says(0, noon.Add(-time.Minute), lines...)
		p.says(1, noon.Add(-time.Minute), "ready", "ERROR: no memory left", "again")
		p.publish()
		x.settle()
		x.shows("43 lines  follows", "4 workers, 4 live", "> w0 step 39", "last 500 of each")
		x.hides("ready")
		x.press("k")
		x.shows("paused", "> w0 step 38")
		p.says(0, noon, "step 40")
		p.publish()
		x.settle()
		x.shows("paused, 1 new", "> w0 step 38")
		x.hides("step 40")
		x.press("s")
		x.shows("follows", "> w0 step 40")
		x.press("!")
		x.shows("> w1 ERROR: no memory left", "paused")
		x.press("e")
		x.shows("no further error")
		x.press("/")
		x.typed("STEP 2")
		x.shows("> w1 ERROR") // upper case is meant: nothing found, nothing moves
		x.press("\x15")
		x.typed("step 2")
		x.press(keyEnter)
		x.shows("> w0 step 2\n")
		x.press("n")
		x.shows("> w0 step 20")
		x.press("N")
		x.shows("> w0 step 2\n")
		x.press("/", "\x15")
		x.typed("~step 3[0-9]$")
		x.press(keyEnter)
		x.shows("> w0 step 30")
		x.press("/", "\x15", "~", "(", keyEnter)
		x.shows("is no regular expression", "~(")
		x.press("\x15")
		x.typed("nosuch")
		x.press(keyEnter)
		x.shows("no line has it")
		x.press(keyEsc)
		time.Sleep(time.Second)
		x.shows("~step 3[0-9]$")
	})
}

func TestLogsLeaveOutAndFold(t *testing.T) {
	inLogs(t, func(x *terminal, p *printing, w *world) {
		for i := range 4 {
			p.says(i, noon.Add(time.Duration(i)*time.Millisecond), "all together", fmt.Sprintf("loss %d.5", i))
		}
		p.says(2, noon.Add(time.Second), "W0609 12:53:37.366803   670 x.cc:1] slow", `{"level":"error","msg":"it broke","code":7}`)
		p.publish()
		x.settle()
		x.shows("w0 all together", "w3 all together", "w2 ERROR it broke  code=7")
		x.press("u")
		x.shows("x4 all together", "folded")
		x.hides("w1 all together")
		x.press("u")
		x.press("o") // the cursor is on the last line, of w2
		x.shows("1 of 4 shown", "w2 all together")
		x.hides("w0 all together")
		x.press("o")
		x.shows("w0 all together")
		x.press("h")
		x.shows("3 of 4 shown", "w2 is left out")
		x.hides("w2 all together")
		x.press("o", "L")
		x.shows("x.cc:1] slow", "it broke")
		x.hides("all together")
		x.press("L")
		x.hides("slow")
		x.press("L", "&")
		x.typed("loss 2")
		x.press(keyEnter)
		x.shows("w2 loss 2.5")
		x.hides("loss 1.5", "all together")
		x.press("]")
		x.shows("&loss 2 +1", "loss 1.5", "loss 3.5", "esc all lines")
		x.press(keyEsc)
		time.Sleep(time.Second)
		x.press("x")
		x.shows(`{"level":"error"`)
		x.press("t")
		x.shows("03:12:00.000 w0 all together")
		x.press("t")
		x.shows("<1m w0 all together")
		x.press("t", keyEnter)
		x.shows("a line of w2", `"code": 7`, "container trainer")
		x.press("q", "r")
		x.shows("Show the lines of", "w3     attempt 1, 2 lines")
		x.press(keyDown, " ", keyEnter)
		x.shows("1 of 4 shown")
	})
}

// Who is shown is chosen by the worker: its next attempt is shown as well,
// others' are not, and reading anew changes nothing.
func TestLogsChosenByWorker(t *testing.T) {
	inLogs(t, func(x *terminal, p *printing, w *world) {
		p.says(1, noon, "from w1")
		p.says(2, noon, "from w2")
		p.says(3, noon, "from w3")
		p.publish()
		x.settle()
		x.press("k", "o")
		x.shows("w2 alone", "1 of 4 shown", "w2 from w2")
		x.hides("from w1", "from w3")
		for _, i := range []int{3, 2} {
			next := p.sources[i]
			next.Attempt = 2
			p.strands = append(p.strands, logs.Strand{Source: int32(len(p.sources))})
			p.sources = append(p.sources, next)
		}
		p.says(4, noon.Add(time.Second), "again from w3")
		p.says(5, noon.Add(time.Second), "again from w2")
		p.publish()
		x.settle()
		x.press("G")
		x.shows("1 of 4 shown", "w2 again from w2")
		x.hides("from w3")
		x.press("1")
		p.says(1, noon, "from w1")
		p.says(2, noon, "from w2")
		p.publish()
		x.settle()
		x.shows("1 of 4 shown", "w2 from w2")
		x.hides("from w1")
		x.press("h")
		x.shows("0 of 4 shown", "workers are left out (o shows all)")
		x.press("o")
		x.shows("from w1", "from w2")
		p.sources[1].Last = noon.Add(-2 * time.Minute)
		p.publish()
		x.settle()
		x.press("r")
		x.shows("w1     attempt 1, 1 line, silent for 2m")
	})
}

// What is marked is copied whole; without a mark it is the line.
func TestLogsAreCopied(t *testing.T) {
	inLogs(t, func(x *terminal, p *printing, w *world) {
		p.says(0, noon, "one", "two", "three")
		p.publish()
		x.settle()
		x.press("c")
		x.shows("a line of w0 (5 B) sent to the terminal's clipboard")
		x.press("v", "k", "k")
		x.shows("esc unmark")
		x.press("c")
		x.shows("3 lines (", "sent to the terminal's clipboard")
	})
}

func TestLogsInThePager(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	p := &printing{buffer: logs.NewBuffer(logs.Bounds{Memory: 1 << 20}), sources: []logs.Source{{Label: "w0"}}, strands: make([]logs.Strand, 1)}
	p.says(0, noon, "one", "two")
	s := newLogs("logs", func(*fleet.Fleet) []*fleet.Worker { return nil })
	if do := s.openPager(); do.cmd != nil || !strings.Contains(do.status, "nothing was read") {
		t.Errorf("%+v", do)
	}
	s.take(&logs.State{Log: p.buffer.Log(), Sources: p.sources})
	m := modelOf(calm().fleet(), 120, 20, Options{})
	msg := s.openPager().cmd().(dumpedMsg)
	if text, err := os.ReadFile(msg.file); err != nil || strings.Count(string(text), "\n") != 2 || !strings.Contains(string(text), " w0 | two\n") {
		t.Errorf("%q, %v", text, err)
	}
	gone := func(what string) {
		if _, err := os.Stat(msg.file); !os.IsNotExist(err) {
			t.Errorf("%s, and its file stays: %v", what, err)
		}
	}
	if m.page(msg) != nil {
		t.Error("the pager opens for a screen that was left")
	}
	gone("it was left")
	m.show(s, "")
	msg = s.openPager().cmd().(dumpedMsg)
	if m.page(msg) == nil {
		t.Error("the pager does not open")
	}
	m.paged(pagedMsg{"less", msg.file, nil})
	gone("the pager ended")
	t.Setenv("TMPDIR", "/nonexistent")
	msg = s.openPager().cmd().(dumpedMsg)
	if m.page(msg); !m.statusBad || !strings.Contains(m.status, "no such file") {
		t.Errorf("%q", m.status)
	}
}

// A line that only begins with an object is shown as it is.
func TestJSONInWords(t *testing.T) {
	for text, want := range map[string]string{
		`{"level":"info","msg":"a","n":1}`:         "INFO a  n=1",
		`{"msg":"a"}  `:                            "a",
		`{"msg":"a"} and more`:                     "",
		`{"msg":"a"`:                               "",
		`{"msg":"a"}{"msg":"b"}`:                   "",
		`{"n":1}`:                                  "",
		`{"event":"x","ts":7,"why":"line\nbreak"}`: "x  why=line break",
	} {
		if got := jsonWords([]byte(text)); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestLogsAreReadAnew(t *testing.T) {
	inLogs(t, func(x *terminal, p *printing, w *world) {
		x.press("3")
		x.press("1")
		x.press(":")
		x.typed("since 90s")
		x.press(keyEnter, "p")
		x.press("p", ":")
		x.typed("container sidecar")
		x.press(keyEnter)
		if len(p.wishes) != 7 || p.left != 6 {
			t.Fatalf("%d readings, %d ended", len(p.wishes), p.left)
		}
		now := p.wishes[1].Since.Add(5 * time.Minute)
		switch {
		case p.wishes[1].Tail != 0 || now.Sub(noon).Abs() > time.Minute:
			t.Errorf("3: %+v", p.wishes[1])
		case !p.wishes[2].Since.IsZero() || p.wishes[2].Tail != 0:
			t.Errorf("1: %+v", p.wishes[2])
		case p.wishes[3].Since.IsZero():
			t.Errorf(":since: %+v", p.wishes[3])
		case !p.wishes[4].Previous || p.wishes[4].Follow || p.wishes[5].Previous || !p.wishes[5].Follow:
			t.Errorf("p: %+v %+v", p.wishes[4], p.wishes[5])
		case p.wishes[6].Container != "sidecar":
			t.Errorf(":container: %+v", p.wishes[6])
		}
		x.press(":")
		x.typed("since yesterday")
		x.press(keyEnter)
		x.shows(":since wants an age")
		x.press(keyEsc)
		time.Sleep(time.Second)
		x.press("q")
		if p.left != 7 {
			t.Errorf("%d of 7 readings ended", p.left)
		}
		x.press(":")
		x.typed("only x")
		x.press(keyEnter)
		x.shows("that is for logs: l opens them")
	})
}

func TestLogsSayWhatIsWrong(t *testing.T) {
	inLogs(t, func(x *terminal, p *printing, w *world) {
		p.says(0, noon.Add(-time.Hour), "long ago")
		p.sources[1].State, p.sources[1].Says = logs.Broken, "the API server does not answer"
		p.sources[2].State, p.sources[2].Says = logs.Waiting, "ContainerCreating"
		p.sources[3].State = logs.Unread
		mark := p.strands[0].Mark(logs.EndMark, noon.UnixNano(), "ended with exit code 137 (OOMKilled)")
		p.buffer.Insert([]logs.Line{mark})
		p.out <- &logs.State{Log: p.buffer.Log(), Sources: p.sources, Followed: 3, Failure: "older lines are dropped: no space left on device"}
		x.settle()
		x.shows("3 of 4 workers followed, m: more", "w1 the API server does not answer", "ended with exit code 137", "no space left")
		x.press("m")
		if p.more != moreLogs {
			t.Errorf("%d more", p.more)
		}
	})
	inTerminal(t, 100, 20, Options{}, func(x *terminal) {
		x.board.logs = func(context.Context, logs.Wish, <-chan logs.Ask, chan *logs.State) error {
			return fmt.Errorf("you may not get pods/log")
		}
		x.board.publish(calm().fleet())
		x.settle()
		x.press("l")
		x.shows("you may not get pods/log")
	})
}

func TestLogsAreSaved(t *testing.T) {
	dir := t.TempDir()
	inLogs(t, func(x *terminal, p *printing, w *world) {
		p.says(0, noon, "one", "two", "three")
		p.publish()
		x.settle()
		file := filepath.Join(dir, "a.log")
		save := func() {
			x.ask("\x13")
			x.shows("Save the logs?", "only you may read the file")
			x.press("\x15")
			x.typed(file)
			x.press(keyEnter, "y")
		}
		save()
		x.shows("saved to ")
		text, err := os.ReadFile(file)
		if err != nil || strings.Count(string(text), "\n") != 3 || !strings.Contains(string(text), " w0 | two\n") {
			t.Fatalf("%q, %v", text, err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("others may read it: %v, %v", info, err)
		}
		if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		save()
		x.shows("Write over ")
		time.Sleep(2 * graceTime)
		x.press("n")
		if text, _ := os.ReadFile(file); string(text) != "mine" {
			t.Errorf("written over: %q", text)
		}
		x.press("k", "v", "k")
		x.shows("v marks a range")
		save()
		time.Sleep(2 * graceTime)
		x.press("y")
		x.shows("saved to ")
		if text, _ := os.ReadFile(file); strings.Count(string(text), "\n") != 2 || !strings.Contains(string(text), "two") || strings.Contains(string(text), "three") {
			t.Errorf("the range that was saved: %q", text)
		}
	})
}

func TestLogsOfANodeAndOfRoles(t *testing.T) {
	f := calm().fleet()
	j := f.Jobs[0]
	all := jobLogs(j).find(f)
	if len(all) != len(j.Workers) {
		t.Errorf("%d of %d workers", len(all), len(j.Workers))
	}
	one := squadLogs(squad{j, j.Workers[:1]})
	if got := one.find(f); len(got) != 1 || got[0] != j.Workers[0] || one.title != "logs of "+j.Workers[0].Label() {
		t.Errorf("%v, %s", got, one.title)
	}
	node := j.Workers[0].Pod.Node
	for _, w := range nodeLogs(node).find(f) {
		if w.Pod.Node != node {
			t.Errorf("%s is on %s", w.Ref, w.Pod.Node)
		}
	}
	if jobLogs(j).find(&fleet.Fleet{}) != nil {
		t.Error("a job that is gone has workers")
	}
}

// What was dropped is said where it would stand.
func TestLogsSayWhatWasDropped(t *testing.T) {
	inLogs(t, func(x *terminal, p *printing, w *world) {
		var lines []string
		for i := range 30_000 {
			lines = append(lines, fmt.Sprintf("line %d %s", i, strings.Repeat("x", 60)))
		}
		p.says(0, noon.Add(-2*time.Hour), lines...)
		p.publish()
		x.settle()
		x.shows("older dropped)")
		x.press("g")
		x.shows("older lines were dropped, up to 0", "UTC: there was no room for them")
		x.press("j", "j", "j")
		x.shows("older lines were dropped")
		x.press("k", "k", "k", "k", "h")
		x.shows("no worker printed this line")
		x.press("o")
		x.shows("no worker printed this line")
		x.press("G", "k")
		x.hides("were dropped, up to")
	})
}
