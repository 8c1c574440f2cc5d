package live

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"paddock/fleet"
	"paddock/gpu"
	"paddock/kube"
)

// deadCluster is a live dashboard whose kubeconfig has two contexts, both of
// servers that nobody listens at: what live does without a cluster needs none.
func deadCluster(t *testing.T, settings func(string) Settings) *Live {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := "https://" + free.Addr().String()
	free.Close()
	file := filepath.Join(t.TempDir(), "kubeconfig")
	config := `{apiVersion: v1, kind: Config, current-context: a, clusters: [{name: c, cluster: {server: "` + server + `"}}],
users: [{name: u, user: {token: t}}], contexts: [{name: a, context: {cluster: c, user: u}}, {name: b, context: {cluster: c, user: u}}]}`
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var flags kube.Flags
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags.Bind(fs)
	if err := fs.Parse([]string{"--kubeconfig", file}); err != nil {
		t.Fatal(err)
	}
	l, err := New(Options{Flags: &flags, Settings: settings, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func plainSettings(string) Settings { return Settings{} }

// until takes Fleets until one is as wanted.
func until(t *testing.T, l *Live, what string, is func(*fleet.Fleet) bool) *fleet.Fleet {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case f := <-l.Updates():
			if is(f) {
				return f
			}
		case <-deadline:
			t.Fatalf("%s: no such Fleet", what)
		}
	}
}

func TestSwitchAwayFromADeadCluster(t *testing.T) {
	l := deadCluster(t, func(name string) Settings { return Settings{Protected: name == "b"} })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()

	f := until(t, l, "the first context", func(f *fleet.Fleet) bool { return f.Source("pods").Err != "" })
	if f.Cluster.Context != "a" || f.Cluster.Protected || f.Complete {
		t.Errorf("context a: %+v, complete %v", f.Cluster, f.Complete)
	}
	if !strings.Contains(f.Source("pods").Err, "refused") || f.Source("pods").Hint == "" {
		t.Errorf("the dead server is explained as %+v", f.Source("pods"))
	}
	l.Switch("b", []string{"nlp"})
	f = until(t, l, "the second context", func(f *fleet.Fleet) bool { return f.Cluster.Context == "b" })
	if !f.Cluster.Protected {
		t.Error("the second context's settings are not in force")
	}
	l.Switch("gone", nil)
	f = until(t, l, "a context that is not there", func(f *fleet.Fleet) bool { return f.Cluster.Context == "gone" })
	if s := f.Source("kubernetes"); s.Health != fleet.Down || !strings.Contains(s.Err, `"gone"`) || !strings.Contains(s.Hint, "a, b") {
		t.Errorf("source %+v", s)
	}
	if _, err := l.YAML(ctx, fleet.Ref{Kind: "Pod", Name: "x"}, "v1"); err == nil {
		t.Error("a question to a context that is not there has an answer")
	}
	l.Switch("a", nil)
	until(t, l, "back again", func(f *fleet.Fleet) bool { return f.Cluster.Context == "a" })

	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Run: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("Run does not end with its context")
	}
}

// A wish for other namespaces does not forget the context that was wished
// before it, though the old one still runs.
func TestNamespacesAreOfTheWishedContext(t *testing.T) {
	l := deadCluster(t, plainSettings)
	l.Switch("b", []string{"nlp"})
	l.Switch("", nil)
	if got := <-l.wanted; got.Context != "b" || got.Namespaces != nil {
		t.Errorf("%+v", got)
	}
	l.Switch("", []string{"ocr"}) // b was taken, and does not run yet
	if got := <-l.wanted; got.Context != "b" || len(got.Namespaces) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestTheLastWishWins(t *testing.T) {
	l := deadCluster(t, plainSettings)
	for _, ns := range []string{"one", "two", "three"} { // nobody runs yet: none may block
		l.Switch("", []string{ns})
	}
	go l.Run(t.Context())
	f := until(t, l, "the last wish", func(f *fleet.Fleet) bool { return f.Cluster.Namespaces != nil })
	if f.Cluster.Namespaces[0] != "three" {
		t.Errorf("looks at %v", f.Cluster.Namespaces)
	}
}

func TestOnceDoesNotWaitForeverForADeadCluster(t *testing.T) {
	l := deadCluster(t, plainSettings)
	go l.Run(t.Context())
	f, err := l.Once(t.Context(), 500*time.Millisecond)
	if err != nil || f == nil || f.Source("pods").Err == "" {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestContextsCarryTheirSettings(t *testing.T) {
	l := deadCluster(t, func(name string) Settings { return Settings{Protected: name == "a", ReadOnly: name == "b"} })
	list, err := l.Contexts()
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	if a, b := list[0], list[1]; !a.Current || !a.Protected || a.ReadOnly || b.Current || b.Protected || !b.ReadOnly {
		t.Errorf("%+v", list)
	}
}

func TestPrometheusSettingsAreCheckedAtTheStart(t *testing.T) {
	l := deadCluster(t, plainSettings)
	l.options.Settings = func(string) Settings { return Settings{Prometheus: gpu.Config{URL: "no url"}} }
	if _, err := New(l.options); err == nil || !strings.Contains(err.Error(), `context "a"`) {
		t.Errorf("%v", err)
	}
}

func TestUsageIsAskedOnlyForWhatIsNotKnown(t *testing.T) {
	u := newUsage()
	pod := fleet.Ref{Kind: "Pod", Namespace: "nlp", Name: "w0"}
	u.want(fleet.Interest{Pods: []fleet.Ref{pod}, Nodes: []string{"n1"}})
	if u.answered() {
		t.Error("nothing was asked, and all is known")
	}
	u.values = map[fleet.Ref]fleet.Usage{pod: {}, {Kind: "Node", Name: "n1"}: {}}
	if !u.answered() {
		t.Error("all is known, and it is asked again")
	}
	u.want(fleet.Interest{Pods: []fleet.Ref{pod, {Kind: "Pod", Namespace: "nlp", Name: "w1"}}})
	if u.answered() {
		t.Error("a pod came on screen, and it is not asked for")
	}
	u.source.Health = fleet.NotInstalled
	if !u.answered() {
		t.Error("an API that is not installed is asked at every move of the cursor")
	}
}
