package cli

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"paddock/incident"
)

// recordOn keeps a record of a worker that ended.
func recordOn(t *testing.T, state, context, team, job, worker string, at time.Time) {
	t.Helper()
	code := 137
	_, err := incident.Open(filepath.Join(state, "paddock"), incident.Bounds{}).Keep(incident.Record{
		Head: incident.Head{Kind: incident.Failure, Context: context, Namespace: team, Job: job, JobKind: "Job", JobUID: "j1", Worker: worker, Pod: job + "-" + worker, PodUID: "0a1b2c3d-4", Node: "gpu-1",
			Attempt: 1, Container: "trainer", ExitCode: &code, Reason: "OOMKilled", How: "exit 137 OOMKilled", Ended: at, Noticed: at},
		Log: incident.Log{Lines: []incident.Line{{At: at, Text: "the last line"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// aside runs paddock without a cluster, in a folder of its own, with what was kept in state.
func aside(t *testing.T, state string, line string) (out, errs string, code int) {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", state)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(state, "config"))
	t.Setenv("KUBECONFIG", filepath.Join(state, "no-kubeconfig"))
	var o, e bytes.Buffer
	code = Main(strings.Fields(line), &o, &e)
	return o.String(), e.String(), code
}

// packed are the names in an archive.
func packed(t *testing.T, data []byte) []string {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for in := tar.NewReader(zip); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, h.Name)
	}
}

func TestIncidentsAreListed(t *testing.T) {
	state := t.TempDir()
	out, errs, code := aside(t, state, "incident")
	if code != 0 || out != "nothing was kept: no worker failed while paddock ran\n" || errs != "" {
		t.Errorf("none: exit code %d\n%s%s", code, out, errs)
	}
	recordOn(t, state, "prod-a", "nlp", "sft", "w1", noon)
	recordOn(t, state, "prod-a", "ocr", "rec", "w0", noon.Add(time.Minute))
	out, errs, code = aside(t, state, "incident")
	const want = `WHEN (UTC)           TEAM  JOB  W   SIZE  HOW IT ENDED
2026-11-23 12:01:00  ocr   rec  w0    1K  exit 137 OOMKilled
2026-11-23 12:00:00  nlp   sft  w1    1K  exit 137 OOMKilled
`
	if code != 0 || out != want || !strings.HasPrefix(errs, "# 2 records, 0.0 MiB of at most 64.0 MiB, in "+state) {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if out, _, _ = aside(t, state, "incident -n nlp -o wide"); strings.Contains(out, "rec") || !strings.Contains(out, "sft-w1") || !strings.Contains(out, "gpu-1") {
		t.Errorf("-n nlp -o wide:\n%s", out)
	}
	if out, _, _ = aside(t, state, "incident --context dev"); !strings.Contains(out, "nothing was kept") {
		t.Errorf("--context dev:\n%s", out)
	}
	recordOn(t, state, "dev", "ocr", "rec", "w0", noon)
	if out, _, _ = aside(t, state, "incident"); !strings.Contains(out, "CONTEXT") {
		t.Errorf("two clusters:\n%s", out)
	}
	out, _, code = aside(t, state, "incident -o json")
	var d incidentList
	if err := json.Unmarshal([]byte(out), &d); err != nil || code != 0 || len(d.Incidents) != 3 || d.Incidents[0].Worker != "w0" || d.Incidents[0].File == "" || d.Bound != 64<<20 || d.Size == 0 {
		t.Errorf("%v, exit code %d\n%s", err, code, out)
	}
	for _, field := range []string{`"context": "prod-a"`, `"namespace": "nlp"`, `"exitCode": 137`, `"endedAt": "2026-11-23T12:00:00Z"`, `"jobUID": "j1"`, `"how": "exit 137 OOMKilled"`} {
		if !strings.Contains(out, field) {
			t.Errorf("the JSON lacks %s:\n%s", field, out)
		}
	}
}

// Records alone make an archive: the cluster need not answer, and the job need
// not be there any more.
func TestAnIncidentWithoutACluster(t *testing.T) {
	state, dir := t.TempDir(), t.TempDir()
	t.Chdir(dir)
	recordOn(t, state, "prod-a", "nlp", "sft", "w1", noon)
	recordOn(t, state, "prod-a", "nlp", "sft", "w2", noon)
	recordOn(t, state, "prod-a", "nlp", "sft-7b", "w0", noon)
	out, errs, code := aside(t, state, "incident sft")
	files, err := filepath.Glob("incident-nlp-sft-*Z.tar.gz")
	if err != nil || len(files) != 1 || code != 0 || !strings.HasPrefix(out, files[0]+": 2 kept while paddock ran, 0 as they are now, ") {
		t.Fatalf("%v, exit code %d\n%s%s", files, code, out, errs)
	}
	if !strings.Contains(errs, "the archive holds what was kept alone") {
		t.Errorf("it does not say what it lacks: %s", errs)
	}
	info, err := os.Stat(files[0])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	names := packed(t, data)
	folder := strings.TrimSuffix(files[0], ".tar.gz")
	for _, want := range []string{"README.txt", "kept/20261123T120000Z-w1-0a1b2c3d.log", "kept/20261123T120000Z-w2-0a1b2c3d.json"} {
		if !slices.Contains(names, folder+"/"+want) {
			t.Errorf("no %s in %v", want, names)
		}
	}
	if slices.ContainsFunc(names, func(n string) bool { return strings.Contains(n, "-w0-") }) {
		t.Errorf("another job's is in it: %v", names)
	}
	out, _, code = aside(t, state, "incident nlp/sft -o -")
	if names := packed(t, []byte(out)); code != 0 || len(names) < 3 {
		t.Errorf("-o -: exit code %d, %v", code, names)
	}
	if out, _, code = aside(t, state, "incident Job/nlp/sft -o mine.tgz"); code != 0 || !strings.HasPrefix(out, "mine.tgz: 2 kept") {
		t.Errorf("-o mine.tgz: exit code %d, %s", code, out)
	}
	before, err := os.ReadFile("mine.tgz")
	if err != nil {
		t.Fatal(err)
	}
	_, errs, code = aside(t, state, "incident nlp/sft -o mine.tgz")
	if again, _ := os.ReadFile("mine.tgz"); code != exitFailed || !strings.Contains(errs, "mine.tgz exists already") || !bytes.Equal(before, again) {
		t.Errorf("over a file: exit code %d, %s", code, errs)
	}
	if err := os.Mkdir("out", 0o700); err != nil {
		t.Fatal(err)
	}
	if out, errs, code = aside(t, state, "incident nlp/sft -o out"); code != 0 || !strings.HasPrefix(out, "out/incident-nlp-sft-") {
		t.Errorf("into a folder: exit code %d, %s%s", code, out, errs)
	}
	_, errs, code = aside(t, state, "incident nlp/sft -o none/such/file")
	if code != exitFailed || !strings.Contains(errs, "the archive can't be written") {
		t.Errorf("into no folder: exit code %d, %s", code, errs)
	}
}

// A file that comes between is not written over either.
func TestAnArchiveIsNotWrittenOver(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.tgz")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := createArchive(file, &incident.Archive{Name: "x"})
	if text, _ := os.ReadFile(file); err == nil || !strings.Contains(err.Error(), "exists already") || string(text) != "mine" {
		t.Errorf("%v: %q", err, text)
	}
}

func TestWhichIncident(t *testing.T) {
	state := t.TempDir()
	t.Chdir(t.TempDir())
	recordOn(t, state, "prod-a", "nlp", "sft", "w1", noon)
	recordOn(t, state, "prod-a", "ocr", "sft", "w1", noon)
	recordOn(t, state, "prod-b", "vision", "det", "w1", noon)
	recordOn(t, state, "prod-a", "vision", "det", "w1", noon)
	for _, c := range []struct {
		line, says string
		code       int
	}{
		{"incident sft", "there are 2 jobs sft: say which of ", exitFailed},
		{"incident det", "on several clusters: say which with --context", exitFailed},
		{"incident nope", "nothing was kept of nope", exitFailed},
		{"incident nlp/sft --context prod-b", "records of it were kept on another cluster: --context prod-a", exitFailed},
		{"incident nlp/sft -o json", "-o names the file", exitUsage},
		{"incident -o yaml", "use table, wide or json", exitUsage},
		{"incident a b", "paddock incident [JOB]", exitUsage},
		{"incident --colour", "unknown flag", exitUsage},
	} {
		out, errs, code := aside(t, state, c.line)
		if code != c.code || !strings.Contains(errs, c.says) || out != "" {
			t.Errorf("%s: exit code %d\n%s%s", c.line, code, out, errs)
		}
	}
	if files, _ := os.ReadDir("."); len(files) > 0 {
		t.Errorf("something was written: %v", files)
	}
	if out, errs, code := aside(t, state, "incident vision/det --context prod-b -o b.tgz"); code != 0 || !strings.Contains(out, "1 kept") {
		t.Errorf("--context: exit code %d\n%s%s", code, out, errs)
	}
}

func TestIncidentsInTheConfiguration(t *testing.T) {
	day := 24 * time.Hour
	for text, want := range map[string]incident.Bounds{
		"":                                      {},
		"incidents:":                            {},
		"incidents: off":                        {Off: true},
		"incidents: 'off'":                      {Off: true},
		"incidents: false":                      {Off: true},
		"incidents: on":                         {},
		"incidents: {}":                         {},
		"incidents: {size: 128Mi}":              {Size: 128 << 20},
		"incidents: {size: 1Gi, days: 7}":       {Size: 1 << 30, Age: 7 * day},
		"incidents: {days: 1}":                  {Age: day},
		"incidents: {size: 4194304, days: '2'}": {Size: 4 << 20, Age: 2 * day},
	} {
		c, err := loadConfig(write(t, text), true)
		if err != nil || c.incidents() != want {
			t.Errorf("%s: %+v, %v", text, c, err)
		}
	}
	for text, want := range map[string]string{
		"incidents: never":               "neither off nor",
		"incidents: 3":                   "neither off nor",
		"incidents: [off]":               "neither off nor",
		"incidents: {sise: 64Mi}":        `unknown field "sise"`,
		"incidents: {size: large}":       "size large is none: write it like 64Mi or 1Gi",
		"incidents: {size: 64MB}":        "size 64MB is none",
		"incidents: {size: -1}":          "size -1 is none",
		"incidents: {size: 1Mi}":         "size 1Mi is too small: 2Mi is the least",
		"incidents: {days: 0}":           "days 0 is no number of days from 1 to 3650",
		"incidents: {days: 1.5}":         "days 1.5 is no number",
		"incidents: {days: all}":         "is no number",
		"incidents: {size: [], days: 1}": "is none",
	} {
		file := write(t, text)
		_, err := loadConfig(file, true)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if b := (incident.Bounds{}).Filled(); b.Size != 64<<20 || b.Age != 30*day {
		t.Errorf("the usual bounds are %+v", b)
	}
}
