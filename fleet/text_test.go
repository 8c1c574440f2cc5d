package fleet

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                              "plain",
		"two\nlines\twith\r\ntabs":           "two lines with tabs",
		"\x1b[31mred\x1b[0m":                 "red",
		"\x1b]0;title\aafter":                "after",
		"\x1b]8;;http://x\x1b\\link\x1b]8;;": "link",
		"\u202eevil\u202c":                   "evil",
		"zero\u200bwidth":                    "zerowidth",
		"bad\xffutf":                         "bad?utf",
		"nul\x00":                            "nul",
		"训练 ok":                              "训练 ok",
		"\u009b31mc1":                        "31mc1",
		"\x1b":                               "",
	} {
		if got := Clean(in, 100); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Clean(strings.Repeat("训", 100), 20); got != "训训训训训..." {
		t.Errorf("cut to %q", got)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b[3", 10)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = 4 + limit&0xff
		got := Clean(s, limit)
		if len(got) > limit || !utf8.ValidString(got) {
			t.Errorf("Clean(%q, %d) = %q", s, limit, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || unicode.In(r, unicode.Cf) {
				t.Errorf("Clean(%q) keeps %U", s, r)
			}
		}
		if again := Clean(got, limit); again != got {
			t.Errorf("not stable: %q then %q", got, again)
		}
	})
}

func TestAge(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 8 * time.Second: "8s", 72 * time.Second: "1m12s", 41*time.Minute + 5*time.Second: "41m",
		3 * time.Hour: "3h", 3*time.Hour + 12*time.Minute: "3h12m", 50 * time.Hour: "2d",
	} {
		if got := Age(d); got != want {
			t.Errorf("Age(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestHistoryMovesOnAbsoluteMinutes(t *testing.T) {
	h := NewHistory(noon).With(noon, 0.5).With(noon.Add(30*time.Second), 0.7)
	if got := h.At(HistoryBuckets - 1); got != 0.7 {
		t.Errorf("the minute's last value is %v, want 0.7", got)
	}
	h = h.With(noon.Add(2*time.Minute), 1)
	if h.At(HistoryBuckets-3) != 0.7 || Known(h.At(HistoryBuckets-2)) || h.At(HistoryBuckets-1) != 1 {
		t.Errorf("after two minutes: %v", h)
	}
	if h.With(noon.Add(-time.Hour), 1) != h || h.With(noon, Unknown()) != h {
		t.Error("a value outside the window, or none, changed the history")
	}
	if !h.Until(noon.Add(time.Hour)).Empty() {
		t.Error("an hour later something is left")
	}
}
