package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"paddock/fleet"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// small is a Fleet of one running and one waiting job on one node.
func small() *fleet.Fleet {
	s := &fleet.Snapshot{
		Complete: true, Cluster: fleet.Cluster{Context: "prod-a", Server: "https://10.0.0.1"},
		Sources:    []fleet.Source{{Name: "pods", Health: fleet.Live, AsOf: noon}, {Name: "quotas", Health: fleet.Forbidden, Err: "quotas are not allowed", Hint: "ask for them"}},
		Nodes:      []*fleet.NodeObject{{Name: "gpu-1", Ready: true, Capacity: 8, Allocatable: 8, GPUCount: 8, Product: "A100", Driver: "550.54.15", Created: noon.Add(-72 * time.Hour)}},
		Namespaces: []*fleet.Namespace{{Name: "speech", Display: "语音识别"}, {Name: "nlp"}},
	}
	for i, name := range []string{"asr", "llm"} {
		ns := []string{"speech", "nlp"}[i]
		ref := fleet.Ref{Kind: "Job", Namespace: ns, Name: name}
		p := &fleet.Pod{Ref: fleet.Ref{Kind: "Pod", Namespace: ns, Name: name + "-0-x"}, UID: name, Index: 0, Phase: "Pending", GPUs: 8, Created: noon.Add(-time.Hour)}
		if i == 0 {
			p.Node, p.Phase, p.Ready, p.Main.State, p.Main.Started = "gpu-1", "Running", noon.Add(-time.Hour), "running", noon.Add(-time.Hour)
		} else {
			p.Unschedulable, p.Message = true, "0/1 nodes are available: 1 Insufficient nvidia.com/gpu."
		}
		s.Groups = append(s.Groups, &fleet.Group{Owner: fleet.Owner{Ref: ref, APIVersion: "batch/v1", UID: name}, Pods: []*fleet.Pod{p},
			Job: &fleet.JobObject{Ref: ref, Created: noon.Add(-time.Hour), Phase: fleet.PhaseActive, Roles: []fleet.RoleSpec{{Name: "worker", Wanted: 1, GPUs: 8}}}})
	}
	r := &fleet.Readings{Source: fleet.Source{Name: "prometheus", Health: fleet.Live, AsOf: noon}}
	for i := range 8 {
		r.Devices = append(r.Devices, fleet.Reading{Hardware: &fleet.Hardware{UUID: "GPU-" + string(rune('a'+i)), Index: i, Hostname: "gpu-1"}, At: noon,
			Holders: []fleet.Ref{{Kind: "Pod", Namespace: "speech", Name: "asr-0-x"}},
			Util:    0.93, Tensor: fleet.Unknown(), MemUsed: 71 << 30, MemTotal: 80 << 30, Power: 300, Temp: 52, SMClock: fleet.Unknown(), XID: -1})
	}
	return new(fleet.Joiner).Join(s, r, noon)
}

func TestTables(t *testing.T) {
	f := small()
	for _, c := range []struct {
		name string
		of   func(*fleet.Fleet, time.Time) table
		want string
	}{
		{"jobs", jobTable, `
TEAM    JOB  KIND  STATE    WORKERS  GPUS  BUSY  TENS  AGE  WHY
nlp     llm  Job   waiting      0/1     8     -     -   1h  w0: 0/1 nodes are available: 1 Insufficient nvidia.com/gpu.
speech  asr  Job   running      1/1     8   93%     -   1h
`},
		{"workers", workerTable, `
TEAM    JOB  W   STATE    NODE   GPUS  BUSY  TENS       MEM  ATT  RST  AGE  WHY
nlp     llm  w0  waiting  -         8     -     -         -    1    0   1h  0/1 nodes are available: 1 Insufficient nvidia.com/gpu.
speech  asr  w0  running  gpu-1     8   93%     -  568/640G    1    0   1h
`},
		{"nodes", nodeTable, `
NODE   PRODUCT  DRIVER     GPUS  HELD  FREE  BROKEN  MISSING  BUSY  AGE  WHY
gpu-1  A100     550.54.15     8     8     0       0        0   93%   3d
`},
		{"teams", teamTable, `
TEAM    NAME      QUOTA  ASKED  HELD  WAITING  BUSY  IDLE  JOBS
nlp     -             -      8     0        8     -     0     1
speech  语音识别      -      8     8        0   93%     0     1
`},
	} {
		if got := "\n" + c.of(f, noon).render(false); got != c.want {
			t.Errorf("%s:%s\nwant:%s", c.name, got, c.want)
		}
		lines := strings.Split(c.of(f, noon).render(true), "\n")
		if ansi.StringWidth(lines[0]) <= ansi.StringWidth(strings.Split(c.want, "\n")[1]) && c.name != "teams" {
			t.Errorf("%s -o wide is no wider: %q", c.name, lines[0])
		}
	}
}

func TestEmptyTablesSpeak(t *testing.T) {
	f := &fleet.Fleet{Cluster: fleet.Cluster{Context: "dev", Namespaces: []string{"a", "b"}}}
	if got := jobTable(f, noon).render(false); got != "no training jobs in a, b\n" {
		t.Errorf("%q", got)
	}
}

// The names and units of the JSON are a promise: scripts read them.
func TestJSONIsStable(t *testing.T) {
	var out, errs bytes.Buffer
	a := &app{out: &out, errs: &errs}
	f := small()
	d := newDocument(f)
	d.Jobs = jobDocs(f)
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"asOf":"2026-11-23T12:00:00Z","cluster":"prod-a","server":"https://10.0.0.1","namespaces":null,"sources":[` +
		`{"name":"pods","health":"live","asOf":"2026-11-23T12:00:00Z","error":""},{"name":"quotas","health":"forbidden","error":"quotas are not allowed"},` +
		`{"name":"prometheus","health":"live","asOf":"2026-11-23T12:00:00Z","error":""}],"jobs":[` +
		`{"namespace":"nlp","name":"llm","kind":"Job","apiVersion":"batch/v1","uid":"llm","state":"waiting","reason":"Unschedulable",` +
		`"why":"w0: 0/1 nodes are available: 1 Insufficient nvidia.com/gpu.","workers":{"wanted":1,"ready":0,"waiting":1,"failed":0,"done":0},` +
		`"gpus":{"requested":8,"held":0,"resource":"","product":"","devices":0,"busy":null,"tensor":null,"memoryUsed":null,"memoryTotal":null,"power":null,"maxTemperature":null},` +
		`"image":"","queue":"","priority":"","restarts":0,"createdAt":"2026-11-23T11:00:00Z"},` +
		`{"namespace":"speech","name":"asr","kind":"Job","apiVersion":"batch/v1","uid":"asr","state":"running","reason":"","why":"",` +
		`"workers":{"wanted":1,"ready":1,"waiting":0,"failed":0,"done":0},` +
		`"gpus":{"requested":8,"held":8,"resource":"","product":"A100","devices":8,"busy":0.93,"tensor":null,"memoryUsed":609885356032,"memoryTotal":687194767360,"power":2400,"maxTemperature":52,"metricsAsOf":"2026-11-23T12:00:00Z"},` +
		`"image":"","queue":"","priority":"","restarts":0,"createdAt":"2026-11-23T11:00:00Z","startedAt":"2026-11-23T11:00:00Z"}]}`
	if string(data) != want {
		t.Errorf("got  %s\nwant %s", data, want)
	}
	for _, l := range a.listCommands() {
		if l.Short == "" || l.Flag("output") == nil {
			t.Errorf("%s has no help or no -o", l.Use)
		}
	}
}

func TestWhatIsMissingIsSaidOnTheErrorStream(t *testing.T) {
	var out, errs bytes.Buffer
	a := &app{out: &out, errs: &errs}
	if err := a.warn(small(), jobsListing()); err != nil {
		t.Errorf("one forbidden source fails the command: %v", err)
	}
	if got := errs.String(); got != "paddock: quotas: forbidden: quotas are not allowed (ask for them)\n" {
		t.Errorf("said %q", got)
	}
	dead := &fleet.Fleet{Sources: []fleet.Source{{Name: "pods", Health: fleet.Down, Err: "connection refused"}, {Name: "prometheus", Health: fleet.Live}}}
	if err := a.warn(dead, jobsListing()); err == nil {
		t.Error("a dead API server is a success")
	}
}

// jobsListing is the listing of jobs, as far as these tests need it.
func jobsListing() listing { return listing{needs: []string{"jobs", "pods"}, columns: jobTable} }

// What was asked for and can't be known is a failure, and prints no empty table.
func TestWhatCannotBeKnownFails(t *testing.T) {
	forbidden := small()
	forbidden.Sources = append(forbidden.Sources, fleet.Source{Name: "nodes", Health: fleet.Forbidden, Err: "team-ocr may not watch nodes"})
	forbidden.Nodes = nil
	nosuch := small()
	nosuch.Cluster.Namespaces, nosuch.Absent, nosuch.Jobs = []string{"nosuch"}, []string{"nosuch"}, nil
	one := small()
	one.Cluster.Namespaces, one.Absent = []string{"nlp", "nosuch"}, []string{"nosuch"}
	nodes := listing{needs: []string{"nodes"}, columns: nodeTable}
	for _, c := range []struct {
		name   string
		f      *fleet.Fleet
		of     listing
		prints bool
		says   string
	}{
		{"nodes that may not be read", forbidden, nodes, false, "team-ocr may not watch nodes"},
		{"no such namespace", nosuch, jobsListing(), false, "there is no namespace nosuch on this cluster"},
		{"one of two", one, jobsListing(), true, "there is no namespace nosuch on this cluster"},
	} {
		var out, errs bytes.Buffer
		a := &app{out: &out, errs: &errs}
		if err := a.print(c.f, c.of, "table"); err != nil || (out.Len() > 0) != c.prints {
			t.Errorf("%s: printed %q, %v", c.name, out.String(), err)
		}
		if err := a.warn(c.f, c.of); err == nil || !strings.Contains(errs.String(), c.says) {
			t.Errorf("%s: %v, said %q", c.name, err, errs.String())
		}
	}
}

// The table says of a node what the screen says.
func TestNodeTableSaysWhatIsWrong(t *testing.T) {
	f := small()
	f.Nodes[0].GPUs.Missing, f.Nodes[0].GPUs.Held = 1, -1
	f.Nodes[0].Devices = f.Nodes[0].Devices[1:]
	if got := nodeTable(f, noon).render(false); !strings.Contains(got, "GPU 0 without a reading") || strings.Contains(got, "  -1") {
		t.Errorf("got\n%s", got)
	}
	if got := nodeDocs(f)[0]; got.GPUs.Held != nil || got.Why != "GPU 0 without a reading" {
		t.Errorf("JSON: held %v, why %q", got.GPUs.Held, got.Why)
	}
}

func TestUnknownWorkersReadAsOnTheScreen(t *testing.T) {
	if got := ready(fleet.Counts{Ready: 1, Wanted: -1}); got != "1/-" {
		t.Errorf("%q", got)
	}
}

func TestCompletion(t *testing.T) {
	config := filepath.Join(t.TempDir(), "config")
	text := "apiVersion: v1\nkind: Config\ncurrent-context: prod-a\nclusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]\n" +
		"users: [{name: u, user: {}}]\ncontexts: [{name: prod-a, context: {cluster: c, user: u}}, {name: dev, context: {cluster: c, user: u}}]\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, want string }{
		{"jobs -o", "table wide json yaml"},
		{"--kubeconfig " + config + " --context", "dev prod-a"},
		{"--kubeconfig " + filepath.Join(t.TempDir(), "none") + " jobs --context", ""},
	} {
		var out, errs bytes.Buffer
		Main(append(append([]string{cobra.ShellCompRequestCmd}, strings.Fields(c.args)...), ""), &out, &errs)
		got, _, _ := strings.Cut(out.String(), ":")
		if strings.Join(strings.Fields(got), " ") != c.want {
			t.Errorf("%s: %q, want %q", c.args, got, c.want)
		}
	}
}

func TestADeadAPIServerIsOneSentence(t *testing.T) {
	var out, errs bytes.Buffer
	a := &app{out: &out, errs: &errs}
	f := &fleet.Fleet{}
	for _, name := range []string{"pods", "jobs", "nodes"} {
		f.Sources = append(f.Sources, fleet.Source{Name: name, Health: fleet.Down, Err: "connection refused", Hint: "is it up?"})
	}
	f.Sources = append(f.Sources, fleet.Source{Name: "prometheus", Health: fleet.Down, Err: "could not be looked for"})
	if err := a.print(f, listing{columns: jobTable}, "table"); err != nil || out.Len() > 0 {
		t.Errorf("printed %q, %v", out.String(), err)
	}
	if err := a.warn(f, jobsListing()); err == nil {
		t.Error("it is a success")
	}
	if got := errs.String(); got != "paddock: connection refused\n  is it up?\n" {
		t.Errorf("said %q", got)
	}
}

func TestDoctorPrintsWhatToDo(t *testing.T) {
	got := renderChecks([]fleet.Check{
		{Name: "API server", Status: fleet.CheckOK, Detail: "v1.37.2"},
		{Name: "DCGM", Status: fleet.CheckFail, Detail: "no series", Hint: "install dcgm-exporter"},
	})
	want := `ok    API server  v1.37.2
fail  DCGM        no series
                  -> install dcgm-exporter

1 ok, 0 with a loss, 1 failed, 0 not tried
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestUnknownFormatIsRefusedBeforeAnythingIsAsked(t *testing.T) {
	var out, errs bytes.Buffer
	if code := Main([]string{"jobs", "-o", "xml"}, &out, &errs); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if got := errs.String(); !strings.Contains(got, "-o xml is not known: use table, wide, json or yaml") {
		t.Errorf("said %q", got)
	}
}

func TestTheScreenNeedsATerminal(t *testing.T) {
	var out, errs bytes.Buffer
	if code := Main(nil, &out, &errs); code != 1 || !strings.Contains(errs.String(), "the screen needs a terminal; paddock jobs") {
		t.Errorf("code %d, %q", code, errs.String())
	}
}
