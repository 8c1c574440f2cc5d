package incident

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// crash is a record of a worker that ended n seconds after noon.
func crash(worker string, n int) Record {
	code := 1
	return Record{
		Head: Head{
			Kind: Failure, Context: "prod-a", Namespace: "nlp", Job: "sft", JobKind: "Job", JobUID: "j1j1j1j1-0", Worker: worker, Pod: "sft-" + worker, PodUID: "0f" + worker + "aaaa-1111", Node: "gpu-1",
			Attempt: 2, Restarts: 3, Container: "trainer", ExitCode: &code, Reason: "Error", How: "exit 1", Ended: noon.Add(time.Duration(n) * time.Second), Noticed: noon.Add(time.Duration(n+1) * time.Second),
		},
		By:      By{Version: "v1", At: noon.Add(time.Duration(n+2) * time.Second)},
		Missing: []string{}, Devices: []Device{}, Events: []Event{}, Log: Log{Container: "trainer", Lines: []Line{{noon, "boom <module>"}}},
		Pod: "kind: Pod\n",
	}
}

// on is a store in a new folder, whose clock stands.
func on(t *testing.T, b Bounds) *Store {
	t.Helper()
	s := Open(t.TempDir(), b)
	s.now = func() time.Time { return time.Now() }
	return s
}

func keep(t *testing.T, s *Store, r Record) string {
	t.Helper()
	name, err := s.Keep(r)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// names are the files below the store's folder.
func names(t *testing.T, s *Store) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(s.Dir(), func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(s.Dir(), name)
			out = append(out, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestKeepAndRead(t *testing.T) {
	s := on(t, Bounds{})
	want := crash("w1", 0)
	name := keep(t, s, want)
	if name != "prod-a/nlp/sft/20261123T120000Z-w1-0fw1aaaa.json" {
		t.Errorf("it is called %s", name)
	}
	got, err := s.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(want)
	b, _ := json.Marshal(got)
	if string(a) != string(b) {
		t.Errorf("read\n%s\nwant\n%s", b, a)
	}
	for path, mode := range map[string]fs.FileMode{"": 0o700, "prod-a": 0o700, "prod-a/nlp/sft": 0o700, name: 0o600} {
		info, err := os.Stat(filepath.Join(s.Dir(), path))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%q: %v, want %v (%v)", path, info.Mode(), mode, err)
		}
	}
	keep(t, s, crash("w0", 5))
	list, unreadable, err := s.List()
	if err != nil || unreadable != 0 || len(list) != 2 || list[0].Worker != "w0" || list[1].How != "exit 1" || list[1].Size == 0 || list[1].Name != name {
		t.Errorf("%+v, %d unreadable, %v", list, unreadable, err)
	}
}

// Two paddocks that see the same end leave one record, the first.
func TestTheFirstRecordOfAnEndStays(t *testing.T) {
	s := on(t, Bounds{})
	name := keep(t, s, crash("w1", 0))
	again := crash("w1", 0)
	again.Log.Lines = nil
	if other := keep(t, s, again); other != name {
		t.Fatalf("two names: %s, %s", name, other)
	}
	if r, err := s.Read(name); err != nil || len(r.Log.Lines) != 1 {
		t.Errorf("the first is gone: %+v, %v", r.Log, err)
	}
	if err := s.Amend(name, func(r *Record) { r.Devices = append(r.Devices, Device{UUID: "GPU-1", After: true}) }); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Read(name); err != nil || len(r.Devices) != 1 || len(r.Log.Lines) != 1 {
		t.Errorf("amended to %+v, %v", r, err)
	}
	if got := names(t, s); len(got) != 1 {
		t.Errorf("files %v", got)
	}
}

func TestOldestGoFirst(t *testing.T) {
	s := on(t, Bounds{Size: LeastSize, Age: 24 * time.Hour})
	big := func(i int) Record {
		r := crash(fmt.Sprint("w", i), i)
		r.Pod = strings.Repeat("x", LeastSize/5)
		return r
	}
	for i := range 4 {
		name := keep(t, s, big(i))
		at := time.Now().Add(time.Duration(i-10) * time.Minute)
		if err := os.Chtimes(filepath.Join(s.Dir(), name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	size := func() (sum int64) {
		for _, n := range names(t, s) {
			info, err := os.Stat(filepath.Join(s.Dir(), n))
			if err != nil {
				t.Fatal(err)
			}
			sum += info.Size()
		}
		return sum
	}
	keep(t, s, big(4))
	list, _, err := s.List()
	if err != nil || size() > LeastSize {
		t.Errorf("%d bytes are kept, bound %d (%v)", size(), LeastSize, err)
	}
	if len(list) != 4 || slices.ContainsFunc(list, func(e Entry) bool { return e.Worker == "w0" }) {
		t.Errorf("%d are left; the oldest is to go: %+v", len(list), list)
	}
	yesterday := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(filepath.Join(s.Dir(), list[0].Name), yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	if err := s.Prune(); err != nil {
		t.Fatal(err)
	}
	if after, _, _ := s.List(); len(after) != 3 || after[0].Name == list[0].Name {
		t.Errorf("what is too old stays: %+v", after)
	}
}

// What another paddock wrote counts.
func TestBoundsHoldForAllThatWrite(t *testing.T) {
	a := on(t, Bounds{Size: LeastSize})
	b := Open(filepath.Dir(a.Dir()), Bounds{Size: LeastSize})
	for i := range 12 {
		r := crash(fmt.Sprint("w", i), i)
		r.Pod = strings.Repeat("x", LeastSize/5)
		s := []*Store{a, b}[i%2]
		s.checked = time.Time{} // as after checkEvery
		keep(t, s, r)
	}
	if got := len(names(t, a)); got != 4 {
		t.Errorf("%d records of a fifth are kept", got)
	}
}

// A crash loop does not push out what else was kept.
func TestOneWorkerIsBounded(t *testing.T) {
	s := on(t, Bounds{})
	for i := range 25 {
		keep(t, s, crash("w1", i*60))
	}
	keep(t, s, crash("w10", 0))
	list, _, err := s.List()
	if err != nil || len(list) != ofOneWorker+1 {
		t.Fatalf("%d are kept, %v", len(list), err)
	}
	var w1 []int
	for _, e := range list {
		if e.Worker == "w1" {
			w1 = append(w1, int(e.Ended.Sub(noon)/time.Minute))
		}
	}
	slices.Sort(w1)
	if want := []int{0, 16, 17, 18, 19, 20, 21, 22, 23, 24}; !slices.Equal(w1, want) {
		t.Errorf("kept are %v, want %v", w1, want)
	}
}

func TestHostileNamesStayInside(t *testing.T) {
	for _, hostile := range []string{"", ".", "..", "../../etc", "/etc/passwd", "a/b", `a\b`, "a\x00b", "生产/集群", strings.Repeat("x", 300), strings.Repeat("/", 300), "arn:aws:eks:eu-1:12:cluster/p", "%2e%2e"} {
		dir := t.TempDir()
		s := Open(filepath.Join(dir, "state"), Bounds{})
		r := crash("w1", 0)
		r.Head.Context, r.Head.Namespace, r.Head.Job, r.Head.Worker, r.Head.PodUID = hostile, hostile, hostile, hostile, hostile
		name, err := s.Keep(r)
		if err != nil {
			t.Errorf("%q: %v", hostile, err)
			continue
		}
		if strings.Count(name, "/") != 3 {
			t.Errorf("%q is kept as %s", hostile, name)
		}
		all := 0
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				all++
			}
			return err
		})
		list, unreadable, err := s.List()
		if all != 1 || len(list) != 1 || unreadable != 0 || err != nil || list[0].Context != strings.ToValidUTF8(hostile, "�") {
			t.Errorf("%q: %d files, listed %+v, %v", hostile, all, list, err)
		}
	}
	if SafeName("prod-a") == SafeName("prod/a") || SafeName(strings.Repeat("x", 299)) == SafeName(strings.Repeat("x", 300)) {
		t.Error("two names are one")
	}
}

// A link in the folder that leads out of it is not followed.
func TestALinkDoesNotLeadOut(t *testing.T) {
	s := on(t, Bounds{})
	outside := t.TempDir()
	if err := os.MkdirAll(s.Dir(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(s.Dir(), "prod-a")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Keep(crash("w1", 0)); err == nil {
		t.Error("it was written")
	}
	if list, err := os.ReadDir(outside); err != nil || len(list) > 0 {
		t.Errorf("outside there is %v, %v", list, err)
	}
}

func TestWhatIsNoRecordIsCounted(t *testing.T) {
	s := on(t, Bounds{})
	name := keep(t, s, crash("w1", 0))
	dir := filepath.Dir(filepath.Join(s.Dir(), name))
	for file, text := range map[string]string{"a.json": "", "b.json": "{}", "c.json": `{"head": 3}`, "note.txt": "mine", underWay + "1-1": "half"} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, unreadable, err := s.List()
	if err != nil || len(list) != 1 || unreadable != 3 {
		t.Errorf("%d records, %d unreadable, %v", len(list), unreadable, err)
	}
	if _, err := s.Read(filepath.Join(filepath.Dir(name), "a.json")); err == nil {
		t.Error("an empty file is a record")
	}
	old := time.Now().Add(-2 * strayAfter)
	if err := os.Chtimes(filepath.Join(dir, underWay+"1-1"), old, old); err != nil {
		t.Fatal(err)
	}
	if err := s.Prune(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, s); slices.ContainsFunc(got, func(n string) bool { return strings.Contains(n, underWay) }) || len(got) != 5 {
		t.Errorf("a dead writer's file stays, or another went: %v", got)
	}
}

func TestNothingIsWrittenHalf(t *testing.T) {
	s := on(t, Bounds{})
	r := crash("w1", 0)
	dir := filepath.Join(s.Dir(), filepath.Dir(recordName(r.Head)))
	if err := os.MkdirAll(filepath.Join(s.Dir(), recordName(r.Head)), 0o700); err != nil { // in the way of the rename
		t.Fatal(err)
	}
	if err := s.write(recordName(r.Head), r, true); err == nil {
		t.Error("it was written")
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("left behind: %v, %v", list, err)
	}
	r.Pod = strings.Repeat("x", largest)
	if _, err := s.Keep(r); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("a huge record: %v", err)
	}
}

func TestWithoutAFolder(t *testing.T) {
	s := Open("", Bounds{})
	if _, err := s.Keep(crash("w1", 0)); err == nil || !strings.Contains(err.Error(), "XDG_STATE_HOME") {
		t.Errorf("%v", err)
	}
	if list, _, err := s.List(); err != nil || len(list) > 0 || s.Prune() != nil {
		t.Errorf("%v, %v", list, err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s = Open(file, Bounds{})
	if _, err := s.Keep(crash("w1", 0)); err == nil {
		t.Error("it was kept in a file")
	}
	if s.Ready() == nil {
		t.Error("it is ready")
	}
	if err := on(t, Bounds{}).Ready(); err != nil {
		t.Error(err)
	}
}

func FuzzSafeName(f *testing.F) {
	f.Add("../x")
	f.Fuzz(func(t *testing.T, s string) {
		got := SafeName(s)
		if got == "" || got[0] == '.' || len(got) > longestName || strings.ContainsAny(got, "/\\\x00") {
			t.Errorf("%q is %q", s, got)
		}
	})
}
