package ui

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"paddock/fleet"
	"paddock/submit"
)

// keyedScreens are the screens that have keys of their own.
func keyedScreens(e *env) []screen {
	heat := newNodes(e)
	heat.(*nodes).mapped = true
	return []screen{newJobs(e), newJob(e, fleet.Ref{}), newNodes(e), heat, newNode(""), newTeams(e), newLogs("", nil), newForm(e, newDraft(submit.Default())), newPager("", nil)}
}

// The README's table of keys is made of the bindings themselves.
func TestReadmeKeys(t *testing.T) {
	const path, begin, end = "../README.md", "<!-- keys -->\n", "<!-- /keys -->"
	file, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("there is no README yet")
	}
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(file), begin)
	got, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no %s ... %s", path, strings.TrimSpace(begin), end)
	}
	m := modelOf(nil, 100, 30, Options{})
	e := &m.env
	want := keyTable(sectionsOf(e, m.keys(), keyedScreens(e)...))
	if got == want {
		return
	}
	if !*update {
		t.Fatalf("the keys in %s are stale: go test ./ui -run TestReadmeKeys -update writes\n%s", path, want)
	}
	if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// No key means two things on one screen.
func TestKeysMeanOneThing(t *testing.T) {
	m := modelOf(sample().fleet(), 100, 30, Options{})
	e := &m.env
	for _, s := range keyedScreens(e) {
		seen := map[string]string{}
		m.stack = []place{{screen: s}}
		for _, b := range m.bindings() {
			for _, k := range b.keys {
				if other, twice := seen[k]; twice {
					t.Errorf("%s: %q is %q and %q", s.name(), k, other, b.told())
				}
				seen[k] = b.told()
			}
		}
	}
}
