package incident

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"math"
	"path"
	"strings"
	"testing"
	"time"

	"paddock/fleet"
)

// unpack reads an archive: its files without its folder.
func unpack(t *testing.T, data []byte) map[string]string {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for in := tar.NewReader(zip); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		dir, name, _ := strings.Cut(h.Name, "/")
		if h.Mode != 0o600 || path.Clean(h.Name) != h.Name || dir != "incident-nlp-sft-20261123T120000Z" || h.ModTime.IsZero() {
			t.Errorf("%+v", h)
		}
		if _, twice := out[name]; twice {
			t.Errorf("%s is there twice", name)
		}
		out[name] = string(text)
	}
}

func TestArchive(t *testing.T) {
	kept, now := crash("w1", 0), crash("w2", 30)
	kept.Head.Kind, now.Head.Kind = Failure, Present
	now.Pod, now.Log.Lines, now.Missing = "", nil, []string{"the log can't be read: user ann may not get pods/log in namespace nlp"}
	busy, xid := 0.5, 79
	kept.Devices = []Device{{UUID: "GPU-1", Label: "3", Product: "A100", At: noon, Busy: &busy, XID: &xid, After: true}}
	kept.Node = &Node{Name: "gpu-1", Driver: "418.87.01", CUDA: "10.1"}
	kept.Events = []Event{{"Warning", "BackOff", "Back-off restarting", "kubelet", 4, noon, noon}}
	left := crash("", 1)
	left.Head.Kind, left.Head.Worker, left.Head.PodUID = Left, "448 workers", ""
	left.Left = []Ending{{"w9", "sft-9", "gpu-9", "exit 1", noon, "more than 64 of the job failed within a minute"}}
	a := Archive{
		Name: ArchiveName("nlp", "sft", noon), Context: "prod-a", Team: "nlp", Job: "sft", At: noon, Version: "v1.2",
		Kept: []Record{kept, kept, left}, Present: []Record{now}, Object: "kind: Job\n", Events: kept.Events, Notes: []string{"2 files are no records"},
	}
	var out bytes.Buffer
	if err := a.Write(&out); err != nil {
		t.Fatal(err)
	}
	files := unpack(t, out.Bytes())
	for name, wants := range map[string][]string{
		"kept/20261123T120000Z-w1-0fw1aaaa.log":           {"2026-11-23T12:00:00.000000000Z boom <module>\n"},
		"kept/20261123T120000Z-w1-0fw1aaaa.yaml":          {"kind: Pod\n"},
		"kept/20261123T120000Z-w1-0fw1aaaa-2.log":         {"boom"},
		"kept/20261123T120000Z-w1-0fw1aaaa.txt":           {"exit 1", "driver 418.87.01 (CUDA 10.1)", "busy 50%", "memory - of - GiB", "XID 79", "2026-11-23 12:00:00, after the end", "x4  Warning BackOff: Back-off restarting"},
		"kept/20261123T120000Z-w1-0fw1aaaa.json":          {`"busy": 0.5`, `"power": null`, `"text": "boom <module>"`},
		"kept/20261123T120001Z-448-workers-j1j1j1j1.txt":  {"w9 sft-9 on gpu-9: exit 1; more than 64"},
		"kept/20261123T120001Z-448-workers-j1j1j1j1.json": {`"left"`},
		"now/20261123T120030Z-w2-0fw2aaaa.txt":            {"w2 of Job nlp/sft", "missing: the log can't be read"},
		"now/job.yaml":                                    {"kind: Job"},
		"now/job-events.txt":                              {"BackOff"},
		"README.txt": {
			"failures of nlp/sft on prod-a", "2026-11-23 12:00:00 by paddock v1.2", "kept/20261123T120000Z-w1-0fw1aaaa\n", "now/20261123T120030Z-w2-0fw2aaaa\n", "w1 sft-w1 on gpu-1, exit 1, read 2026-11-23 12:00:02",
			"was recorded while paddock ran", "was read from the cluster when this archive was written", "missing: the log can't be read: user ann may not get pods/log", "(hidden)", "- 2 files are no records\n",
		},
	} {
		text, ok := files[name]
		if !ok {
			t.Errorf("%s is not there", name)
		}
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q:\n%s", name, want, text)
			}
		}
	}
	for _, name := range []string{"now/20261123T120030Z-w2-0fw2aaaa.log", "now/20261123T120030Z-w2-0fw2aaaa.yaml"} {
		if _, ok := files[name]; ok {
			t.Errorf("there is an empty %s", name)
		}
	}
	var r Record
	if err := json.Unmarshal([]byte(files["kept/20261123T120000Z-w1-0fw1aaaa.json"]), &r); err != nil || r.Head.Worker != "w1" {
		t.Errorf("%+v, %v", r.Head, err)
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestAFullDiskIsAnError(t *testing.T) {
	a := Archive{Name: "x", Kept: []Record{crash("w1", 0)}}
	if err := a.Write(full{}); err == nil || !strings.Contains(err.Error(), "no space") {
		t.Errorf("%v", err)
	}
}

// An unknown number is null, and neither 0 nor an error of JSON.
func TestUnknownNumbers(t *testing.T) {
	r := fleet.Reading{Hardware: &fleet.Hardware{UUID: "GPU-1", Index: 3}, At: noon, Util: 0, Tensor: math.NaN(), MemUsed: math.Inf(1), MemTotal: 1 << 30, Power: math.NaN(), Temp: 41, SMClock: math.NaN(), XID: -1}
	d := NewDevice(&fleet.Device{Reading: &r}, noon.Add(-time.Second))
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"uuid":"GPU-1","device":"3","product":"","driver":"","at":"2026-11-23T12:00:00Z","after":true,"busy":0,"tensor":null,"memoryUsed":null,"memoryTotal":1073741824,"power":null,"temperature":41,"smClock":null,"xid":null}`
	if string(text) != want {
		t.Errorf("%s\nwant\n%s", text, want)
	}
}
