package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"paddock/fleet"
)

func TestFirstLine(t *testing.T) {
	long := strings.Repeat("数", 600)
	for _, c := range []struct{ log, want string }{
		{"\n \t\n\x1b[0m\nstep 1\nstep 2\n", "step 1"},
		{"no end", "no end"},
		{"10%\r20%\n", "10% 20%"},
		{long + "\n", strings.Repeat("数", 497) + "..."},
		{strings.Repeat("x", 1<<20), strings.Repeat("x", 497) + "..."},
	} {
		if got, err := firstLine(strings.NewReader(c.log)); err != nil || got != c.want {
			t.Errorf("%.40q: %q (%v)", c.log, got, err)
		}
	}
	for _, blank := range []string{"", "\n\n", strings.Repeat(" ", firstLineBytes*2)} {
		if got, err := firstLine(strings.NewReader(blank)); !errors.Is(err, io.EOF) {
			t.Errorf("%.20q: %q (%v)", blank, got, err)
		}
	}
}

func TestFirstLineOfAPod(t *testing.T) {
	pod := func(name string) fleet.Ref { return fleet.Ref{Kind: "Pod", Namespace: "nlp", Name: name} }
	client := connect(t, &apiServer{handle: func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/log") {
			return false
		}
		switch q := r.URL.Query(); {
		case strings.Contains(r.URL.Path, "/early/"):
			return refuse(w, 400, "BadRequest", `container "trainer" in pod "early" is waiting to start: ContainerCreating`)
		case strings.Contains(r.URL.Path, "/mute/"):
			return true
		case q.Get("follow") != "true" || q.Get("container") != "trainer":
			return refuse(w, 400, "BadRequest", "asked for "+r.URL.RawQuery)
		}
		fmt.Fprint(w, "\n")
		w.(http.Flusher).Flush()
		if strings.Contains(r.URL.Path, "/talks/") {
			fmt.Fprint(w, "hello\n")
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done() // it goes on
		return true
	}}, "nlp")
	if got, err := client.FirstLine(t.Context(), pod("talks"), "trainer"); got != "hello" || err != nil {
		t.Errorf("%q (%v)", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx        context.Context
		name, want string
	}{
		{t.Context(), "early", "is waiting to start: ContainerCreating"},
		{t.Context(), "mute", "nlp/mute printed nothing"},
		{ctx, "silent", "context canceled"},
	} {
		if got, err := client.FirstLine(c.ctx, pod(c.name), "trainer"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q (%v), want %s", c.name, got, err, c.want)
		}
	}
}

// FuzzFirstLine: whatever is logged, what is shown is one short line that is safe to draw.
func FuzzFirstLine(f *testing.F) {
	f.Add("\n\nstep 1\nstep 2", 3)
	f.Add("\x1b]0;x\a\n\xff\xfe\n", 1)
	f.Fuzz(func(t *testing.T, log string, times int) {
		log = strings.Repeat(log, min(max(times, 1), 2000))
		got, err := firstLine(strings.NewReader(log))
		if err != nil {
			return
		}
		if n := utf8.RuneCountInString(got); n == 0 || n > firstLineRunes {
			t.Errorf("%d runes", n)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
			t.Errorf("%q", got)
		}
	})
}
