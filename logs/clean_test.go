package logs

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"plain", "plain"},
		{"  two blanks  kept", "  two blanks  kept"},
		{"a\tb", "a       b"},
		{"字\tb", "字       b"},
		{"\x1b[31mred\x1b[0m", "red"},
		{"\x1b]0;title\abell", "bell"},
		{"\x1b]8;;http://x\x1b\\link", "link"},
		{"nul\x00 bell\a back\b", "nul bell back"},
		{"bad \xff\xfe utf", "bad ?? utf"},
		{"\u202eevil\u202c \u200bzero\ufeff", "evil zero"},
		{"a\u2028b", "ab"},
		{"  5%|5    | 1/20\r 10%|#    | 2/20", " 10%|#    | 2/20"},
		{" 10%| 2/20\r", " 10%| 2/20"},
		{" 10%| 2/20\r          \r", " 10%| 2/20"},
		{"windows\r", "windows"},
		{"\r\r", ""},
		{"训练 loss: 2.3", "训练 loss: 2.3"},
	} {
		if got := string(Clean(nil, Raw{Text: []byte(c.text)})); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
	if got := string(Clean([]byte("> "), Raw{Text: []byte("ab\xe5\xad"), More: 10})); got != "> ab ... and 12 bytes more" {
		t.Errorf("%q", got)
	}
}

func FuzzClean(f *testing.F) {
	f.Add([]byte("\x1b[31mred\x1b[0m\r\t\x00\xff"), int64(0))
	f.Add([]byte(strings.Repeat("\t", 100)), int64(7))
	f.Fuzz(func(t *testing.T, text []byte, more int64) {
		got := Clean(nil, Raw{Text: text, More: max(more, 0)})
		if !utf8.Valid(got) || len(got) > tabStop*len(text)+64 {
			t.Fatalf("%q becomes %q", text, got)
		}
		for _, r := range string(got) {
			if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
				t.Fatalf("%q becomes %q", text, got)
			}
		}
	})
}

func TestLevels(t *testing.T) {
	for _, c := range []struct {
		text string
		want Level
	}{
		{"[2022/08/08 16:28:28] ppocr INFO: epoch: [1/200], global_step: 10, loss: 1.87", Info},
		{"[2022-08-31 16:19:16,008] [    INFO] - loss: 3.25", Info},
		{"[2022-08-31 16:19:16,008] [ WARNING] - slow", Warning},
		{"W0609 12:53:37.366803   670 device_context.cc:447] Please NOTE: device: 0", Warning},
		{"I0609 12:53:37.366803   670 x.cc:1] hello", Info},
		{"F0609 12:53:37.366803   670 x.cc:1] hello", Error},
		{"[rank0]:[E321 02:07:08.408271257 ProcessGroupNCCL.cpp:607] [Rank 0] Watchdog caught collective operation timeout", Error},
		{"[rank3]: RuntimeError: CUDA error: an illegal memory access was encountered", Error},
		{"INFO 0 ERROR lines", Info},
		{"nothing of that: INFORMATION, no_ERROR, ERRORS", Unleveled},
		{"ERROR: Unexpected BUS error encountered in DataLoader worker", Error},
		{"ResourceExhaustedError: ", Error},
		{"torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB.", Error},
		{"OSError: (External) CUDA error(35)", Error},
		{"KeyboardInterrupt", Error},
		{"Errors: 0", Unleveled},
		{`{"level":"error","msg":"x"}`, Error},
		{`time=1 level=warn msg=x`, Warning},
		{`{"levelname": "DEBUG"}`, Debug},
		{"Container failed !!!", Error},
		{"node0:12:34 [0] NCCL WARN Call to connect failed", Warning},
		{"loss 2.3", Unleveled},
		{"", Unleveled},
	} {
		if got := levelOf([]byte(c.text)); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

// Tracebacks stay together, the exception of one being the cause of the next
// one's as well, and Paddle's summary.
func TestStrandKeepsTracebacksTogether(t *testing.T) {
	const text = `before
Traceback (most recent call last):
  File "train.py", line 3, in <module>
    main()
ZeroDivisionError: division by zero

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "train.py", line 9
ValueError: no
INFO after
[rank1]: Traceback (most recent call last):
[rank1]:   File "x.py", line 1
[rank1]: RuntimeError: CUDA error
done
--------------------------------------
C++ Traceback (most recent call last):
--------------------------------------
0   paddle::framework::SignalHandle(char const*, int)
1   paddle::platform::GetCurrentTraceBackString()

----------------------
Error Message Summary:
----------------------
FatalError: Segmentation fault is detected by the operating system.
LAUNCH INFO exit`
	var s Strand
	var got []string
	for i, l := range strings.Split(text, "\n") {
		x, _ := s.Line(Raw{At: int64(i) * 1e6, Text: []byte(l)}, nil)
		mark := "."
		if x.Kind == Continued {
			mark = "|"
			if x.Key == x.At {
				t.Errorf("%q is not sorted with the line it goes on with", l)
			}
		}
		if x.Level == Error {
			mark += "E"
		}
		got = append(got, mark)
	}
	if want := ". .E |E |E |E |E |E |E |E |E |E . .E |E |E . . .E |E |E |E |E |E |E |E |E ."; strings.Join(got, " ") != want {
		t.Errorf("%s, want\n%s", strings.Join(got, " "), want)
	}
}

func TestStrandKeepsItsOrder(t *testing.T) {
	s := Strand{Source: 4}
	a, room := s.Line(Raw{At: 2e9, Text: []byte("a")}, nil)
	b, _ := s.Line(Raw{At: 1e9, Text: []byte("b")}, room)
	m := s.Mark(EndMark, 0, "ended")
	if byPlace(a, b) >= 0 || byPlace(b, m) >= 0 || b.At != 1e9 || string(a.Text) != "a" || m.Source != 4 {
		t.Errorf("%+v %+v %+v", a, b, m)
	}
	s.Line(Raw{At: 3e9, Text: []byte("Traceback (most recent call last):")}, nil)
	if x, _ := s.Line(Raw{At: 5e9, Text: []byte("  late")}, nil); x.Kind != Printed {
		t.Error("a traceback goes on after two seconds")
	}
}

func BenchmarkStrand(b *testing.B) {
	var s Strand
	text := []byte("[2022/08/08 16:28:28] ppocr INFO: epoch: [1/200], global_step: 10, lr: 0.000006, loss: 1.871535, ips: 9.71838 samples/s, eta: 0:51:59")
	room := make([]byte, 0, 1<<20)
	b.ReportAllocs()
	for b.Loop() {
		_, room = s.Line(Raw{At: 1, Text: text}, room[:0])
	}
}
