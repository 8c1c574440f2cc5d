package incident

import (
	"archive/tar"
	"compress/gzip"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
)

// Archive is what an archive is made of.
type Archive struct {
	Name    string // of its folder
	Context string
	Team    string
	Job     string
	At      time.Time
	Version string // of paddock
	Kept    []Record
	Present []Record // read from the cluster now
	Object  string   // the job as YAML; "" when it is not known
	Events  []Event  // of the job
	Notes   []string // what is missing, a sentence each
}

// Write writes the archive as tar.gz: README.txt, the records that were kept
// while paddock ran below kept/, those of now below now/.
func (a Archive) Write(w io.Writer) error {
	zip := gzip.NewWriter(w)
	t := &packer{out: tar.NewWriter(zip), dir: a.Name, taken: map[string]bool{}}
	var index strings.Builder
	for _, part := range []struct {
		dir, title string
		records    []Record
	}{
		{"kept", "kept/ was recorded while paddock ran, when it noticed the end of a worker", a.Kept},
		{"now", "now/ was read from the cluster when this archive was written, " + a.At.UTC().Format(time.DateTime) + " UTC", a.Present},
	} {
		fmt.Fprintf(&index, "\n%s:\n", part.title)
		if len(part.records) == 0 {
			index.WriteString("  nothing\n")
		}
		for _, r := range part.records {
			t.record(part.dir, r, &index)
		}
	}
	if a.Object != "" {
		t.add("now/job.yaml", a.At, a.Object)
		index.WriteString("  now/job.yaml: the object of the job\n")
	}
	if len(a.Events) > 0 {
		t.add("now/job-events.txt", a.At, eventLines(a.Events))
		index.WriteString("  now/job-events.txt: its events\n")
	}
	t.add("README.txt", a.At, a.readme(index.String()))
	if t.err == nil {
		t.err = t.out.Close()
	}
	if t.err == nil {
		t.err = zip.Close()
	}
	return t.err
}

// packer puts files into an archive until something goes wrong.
type packer struct {
	out   *tar.Writer
	dir   string
	taken map[string]bool
	err   error
}

func (p *packer) add(name string, at time.Time, text string) {
	if p.err != nil {
		return
	}
	p.err = p.out.WriteHeader(&tar.Header{Name: path.Join(p.dir, name), Mode: 0o600, Size: int64(len(text)), ModTime: at, Format: tar.FormatPAX})
	if p.err == nil {
		_, p.err = io.WriteString(p.out, text)
	}
}

// record puts in the files of a record, and tells of them in the index.
func (p *packer) record(dir string, r Record, index *strings.Builder) {
	base := path.Join(dir, baseName(r.Head))
	for n := 2; p.taken[base]; n++ {
		base = path.Join(dir, fmt.Sprintf("%s-%d", baseName(r.Head), n))
	}
	p.taken[base] = true
	h, at := r.Head, r.By.At
	fmt.Fprintf(index, "  %s\n    %s %s on %s, %s, read %s\n", base, h.Worker, orDash(h.Pod), orDash(h.Node), orDash(h.How), clock(at))
	if !h.Ended.IsZero() {
		fmt.Fprintf(index, "    ended %s", clock(h.Ended))
		fmt.Fprintf(index, ", attempt %d, restart %d, job UID %s\n", h.Attempt, h.Restarts, h.JobUID)
	}
	data, err := marshal(r)
	if err != nil {
		p.err = err
		return
	}
	p.add(base+".json", at, string(data))
	var files []string
	if len(r.Log.Lines) > 0 {
		p.add(base+".log", at, logText(r.Log))
		which := "the last lines"
		if r.Log.Previous {
			which += " of the run before"
		}
		files = append(files, fmt.Sprintf(".log (%d, %s)", len(r.Log.Lines), which))
	}
	if r.Pod != "" {
		p.add(base+".yaml", at, r.Pod)
		files = append(files, ".yaml (the pod with its status)")
	}
	if h.Kind == Left {
		p.add(base+".txt", at, leftLines(r.Left))
		files = append(files, ".txt (who they are)")
	} else {
		p.add(base+".txt", at, summary(r))
		files = append(files, ".txt (how it ended, devices, node, events)")
	}
	fmt.Fprintf(index, "    %s\n", strings.Join(append(files, ".json (all of it)"), ", "))
	for _, m := range r.Missing {
		fmt.Fprintf(index, "    missing: %s\n", m)
	}
}

// readme tells what each file is, from when, and what was left out.
func (a Archive) readme(index string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "What paddock knows of the failures of %s/%s on %s\n", a.Team, a.Job, orDash(a.Context))
	fmt.Fprintf(&b, "written %s by paddock %s\n", clock(a.At), orDash(a.Version))
	b.WriteString(index)
	b.WriteString(`
Times are UTC. Lines of logs begin with when the container runtime took them.
Of each worker the last ` + fmt.Sprint(LinesKept) + ` lines of the container that failed are kept, of a long line its beginning.
Readings are Prometheus's, each with the time of its sample; "after" marks those of after the end.

What was left out:
- The values of secrets, and of environment variables, arguments and lines of logs that look like secrets: they read
  (hidden). In logs that is NAME=value and --flag value where the name says so, passwords in URLs, and tokens of well-known
  forms. A program may print others: look through the logs before you hand them on.
- Of one worker that failed again and again the first record and the last ` + fmt.Sprint(ofOneWorker-1) + ` are kept.
- In JSON an unknown number is null, never 0.
`)
	for _, n := range a.Notes {
		fmt.Fprintf(&b, "- %s\n", n)
	}
	return b.String()
}

// logText is a log as text: a time and a line.
func logText(l Log) string {
	var b strings.Builder
	for _, line := range l.Lines {
		if !line.At.IsZero() {
			b.WriteString(line.At.UTC().Format("2006-01-02T15:04:05.000000000Z "))
		}
		b.WriteString(line.Text)
		b.WriteByte('\n')
	}
	return b.String()
}

// summary is what is in a record beside its log and its pod, for people.
func summary(r Record) string {
	var b strings.Builder
	h, w, j := r.Head, r.Worker, r.Job
	fmt.Fprintf(&b, "%s of %s %s/%s (%s)\n", h.Worker, h.JobKind, h.Namespace, h.Job, h.JobUID)
	for _, l := range [][2]string{
		{"ended", orDash(clockOrNone(h.Ended))}, {"how", h.How}, {"container", h.Container}, {"its last words", w.Message},
		{"worker", joined(w.State, w.Why)}, {"pod", h.Pod + " (" + h.PodUID + ")"}, {"image", w.Image},
		{"attempt", fmt.Sprintf("%d, restart %d", h.Attempt, h.Restarts)}, {"created", clockOrNone(w.Created)}, {"started", clockOrNone(w.Started)},
		{"job", joined(j.State, j.Why)}, {"workers", fmt.Sprintf("%d ready, %d failed, of %s", j.Ready, j.Failed, counted(j.Wanted))}, {"queue", j.Queue},
	} {
		if l[1] != "" {
			fmt.Fprintf(&b, "%-15s %s\n", l[0], l[1])
		}
	}
	if n := r.Node; n != nil {
		fmt.Fprintf(&b, "%-15s %s %s, driver %s (CUDA %s), %d GPUs, %d usable, kubelet %s\n", "node", n.Name, orDash(n.Product), orDash(n.Driver), orDash(n.CUDA), n.GPUs, n.Usable, orDash(n.Kubelet))
		if words := joined(n.Why, strings.Join(n.Trouble, ", ")); words != "" {
			fmt.Fprintf(&b, "%-15s %s\n", "", words)
		}
	}
	for _, d := range r.Devices {
		when := "at " + clock(d.At)
		if d.After {
			when += ", after the end"
		}
		fmt.Fprintf(&b, "%-15s %s %s: busy %s, tensor %s, memory %s of %s GiB, %s W, %s C, %s; %s\n", "device "+d.Label, d.UUID, d.Product, percent(d.Busy), percent(d.Tensor),
			number(d.MemUsed, 1<<30), number(d.MemAll, 1<<30), number(d.Power, 1), number(d.Temp, 1), xid(d), when)
	}
	if len(r.Events) > 0 {
		b.WriteString("\nevents, newest first\n" + eventLines(r.Events))
	}
	for _, m := range r.Missing {
		fmt.Fprintf(&b, "missing: %s\n", m)
	}
	return b.String()
}

// leftLines are the ends of which nothing was read, a line each.
func leftLines(list []Ending) string {
	var b strings.Builder
	for _, e := range list {
		fmt.Fprintf(&b, "%s  %s %s on %s: %s; %s\n", orDash(clockOrNone(e.Ended)), e.Worker, e.Pod, orDash(e.Node), e.How, e.Why)
	}
	return b.String()
}

func eventLines(events []Event) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "%s  x%d  %s %s: %s\n", orDash(clockOrNone(e.Last)), max(e.Count, 1), e.Type, e.Reason, e.Message)
	}
	return b.String()
}

func clock(t time.Time) string { return t.UTC().Format(time.DateTime) }

func clockOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return clock(t)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func joined(words, more string) string {
	if words != "" && more != "" {
		return words + ": " + more
	}
	return words + more
}

func counted(n int) string {
	if n < 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

func percent(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.0f%%", *v*100)
}

func number(v *float64, unit float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.0f", *v/unit)
}

func xid(d Device) string {
	switch {
	case d.XID == nil:
		return "XID unknown"
	case *d.XID == 0:
		return "no XID"
	case d.XIDAt.IsZero():
		return fmt.Sprintf("XID %d, from before paddock looked", *d.XID)
	}
	return fmt.Sprintf("XID %d at %s", *d.XID, clock(d.XIDAt))
}
