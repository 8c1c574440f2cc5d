package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"paddock/fleet"
)

// item is a row of the tables under test.
type item struct {
	name string
	busy int
}

func itemTable(rows ...item) *table[item] {
	t := &table[item]{
		columns: []column[item]{
			{title: "NAME", letter: "N", least: 6, cell: func(_ *env, r item) span { return plain(r.name) },
				order: func(a, b item) int { return strings.Compare(a.name, b.name) }},
			{title: "FIXED", least: 5, cell: func(*env, item) span { return plain("x") }},
			{title: "BUSY", letter: "B", least: 4, right: true, falling: true, volatile: true, source: "prometheus",
				cell: func(_ *env, r item) span { return plain(fmt.Sprint(r.busy)) }, value: func(r item) float64 { return knownCount(r.busy) }},
		},
		normal: func(a, b item) int { return 0 }, word: "as they came",
		id: func(r item) identity { return identity{ref: fleet.Ref{Name: r.name}} },
	}
	t.arrange(4)
	t.set(rows)
	return t
}

func names(rows []item) string {
	var out []string
	for _, r := range rows {
		out = append(out, r.name)
	}
	return strings.Join(out, " ")
}

func testEnv() *env { return &env{theme: newTheme(false), fleet: &fleet.Fleet{}, now: noon} }

// hit presses a key of a table.
func hitKey(t *testing.T, bindings []binding, key string) {
	t.Helper()
	if _, ok := press(bindings, key); !ok {
		t.Fatalf("no binding for %q", key)
	}
}

func TestTableSorts(t *testing.T) {
	for _, c := range []struct {
		name, keys, want, note string
	}{
		{"as they came", "", "c a b", "as they came"},
		{"by a letter", "N", "a b c", "by name"},
		{"again turns round", "N N", "c b a", "by name"},
		{"numbers fall first", "B", "b c a", "by busy"},
		{"arrows skip what can't be sorted", "shift+right shift+right", "b c a", "by busy"},
		{"arrows come back to the normal order", "shift+right shift+left", "c a b", "as they came"},
		{"arrows go round", "shift+left", "b c a", "by busy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := itemTable(item{"c", 2}, item{"a", 1}, item{"b", 3})
			for _, k := range strings.Fields(c.keys) {
				hitKey(t, table.sorts(), k)
			}
			if c.want == "c a b" {
				table.set([]item{{"c", 2}, {"a", 1}, {"b", 3}}) // the normal order keeps the order that it is given
			}
			if got := names(table.rows); got != c.want || table.sorted() != c.note {
				t.Errorf("rows %q %q, want %q %q", got, table.sorted(), c.want, c.note)
			}
		})
	}
}

// What nobody knows comes last, whichever way the rest is turned.
func TestUnknownSortsLast(t *testing.T) {
	table := itemTable(item{"a", 1}, item{"b", -1}, item{"c", 2})
	for _, want := range []string{"c a b", "a c b"} {
		hitKey(t, table.sorts(), "B")
		if got := names(table.rows); got != want {
			t.Errorf("rows %q, want %q", got, want)
		}
	}
}

// The mark of the sort column stands beside its title, which stays whole.
func TestSortMarkLeavesTheTitle(t *testing.T) {
	for _, c := range []struct{ key, want string }{{"B", "  NAME   FIXED BUSYv"}, {"N", "  NAME^  FIXED BUSY"}} {
		table := itemTable(item{"a", 1}, item{"b", 2})
		hitKey(t, table.sorts(), c.key)
		head := ansi.Strip(table.draw(testEnv(), 22, 3, true)[0])
		if strings.TrimRight(head, " ") != c.want || ansi.StringWidth(head) != 22 {
			t.Errorf("%s: head %q, want %q", c.key, head, c.want)
		}
	}
}

// Until a key moves the cursor it stays on the first row, which is the worst;
// what is worked with keeps it.
func TestCursorStaysOnTheWorst(t *testing.T) {
	table := itemTable(item{"a", 0}, item{"b", 0})
	table.set([]item{{"x", 0}, {"a", 0}, {"b", 0}})
	if r, _ := table.current(); r.name != "x" {
		t.Errorf("the cursor is on %q, want the first row", r.name)
	}
	table.hold()
	table.set([]item{{"y", 0}, {"x", 0}})
	if r, _ := table.current(); r.name != "x" {
		t.Errorf("held, the cursor is on %q", r.name)
	}
}

// A filter that ends leaves the cursor and the rows on screen where they were.
func TestFilterGivesThePlaceBack(t *testing.T) {
	var rows []item
	for i := range 20 {
		rows = append(rows, item{fmt.Sprintf("r%02d", i), i})
	}
	table := itemTable(rows...)
	table.arrange(6)
	for range 9 {
		hitKey(t, table.moves(), "j")
		table.arrange(6)
	}
	hitKey(t, table.moves(), "k")
	table.arrange(6)
	if place := table.place(); place != "6-10 of " {
		t.Errorf("place %q", place)
	}
	table.narrow(true)
	table.set([]item{rows[2], rows[3]})
	table.arrange(6)
	if place := table.place(); place != "" {
		t.Errorf("all rows are visible, and the place is %q", place)
	}
	table.narrow(true)
	table.set([]item{rows[3], rows[8], rows[9]})
	if r, _ := table.current(); r.name != "r08" {
		t.Errorf("the row is there again, and the cursor on %s", r.name)
	}
	table.narrow(false)
	table.set(slices.Clone(rows))
	table.arrange(6)
	if r, _ := table.current(); r.name != "r08" || table.visible()[0].name != "r05" {
		t.Errorf("cursor on %s, first row %s; want r08, r05", r.name, table.visible()[0].name)
	}
}

func TestVolatileOrderHolds(t *testing.T) {
	table := itemTable(item{"a", 1}, item{"b", 3}, item{"c", 2})
	hitKey(t, table.sorts(), "B")
	table.set([]item{{"a", 90}, {"b", 3}, {"d", 99}, {"c", 50}})
	if got := names(table.rows); got != "b c a d" {
		t.Errorf("new readings moved the rows: %q, want those that were there in their places, the new one behind", got)
	}
	table.resort()
	if got := names(table.rows); got != "d a c b" {
		t.Errorf("sorted anew: %q", got)
	}
}

func TestCursorFollowsIdentity(t *testing.T) {
	table := itemTable(item{"a", 0}, item{"b", 0}, item{"c", 0}, item{"d", 0}, item{"e", 0})
	hitKey(t, table.moves(), "j")
	hitKey(t, table.moves(), "down")
	for _, c := range []struct {
		name string
		rows []item
		want string
	}{
		{"rows come before it", []item{{"0", 0}, {"1", 0}, {"2", 0}, {"a", 0}, {"b", 0}, {"c", 0}, {"d", 0}}, "c"},
		{"rows go before it", []item{{"c", 0}, {"d", 0}}, "c"},
		{"its row goes: the one in its place", []item{{"x", 0}, {"d", 0}}, "x"},
		{"all go", nil, ""},
		{"rows come back", []item{{"p", 0}, {"q", 0}}, "p"},
	} {
		table.set(slices.Clone(c.rows))
		if r, _ := table.current(); r.name != c.want {
			t.Errorf("%s: the cursor is on %q, want %q", c.name, r.name, c.want)
		}
		if n := len(table.visible()); n > table.height {
			t.Errorf("%s: %d rows are visible in %d lines", c.name, n, table.height)
		}
	}
}

func TestTableScrolls(t *testing.T) {
	var rows []item
	for i := range 10 {
		rows = append(rows, item{fmt.Sprint("r", i), i})
	}
	table := itemTable(rows...)
	for _, c := range []struct{ key, at, first string }{
		{"G", "r9", "r7"}, {"up", "r8", "r7"}, {"pgup", "r6", "r6"}, {"g", "r0", "r0"}, {"k", "r0", "r0"}, {"pgdown", "r2", "r0"}, {"pgdown", "r4", "r2"},
	} {
		hitKey(t, table.moves(), c.key)
		table.arrange(4)
		r, _ := table.current()
		if first := table.visible()[0].name; r.name != c.at || first != c.first {
			t.Errorf("%s: cursor on %s, first row %s; want %s, %s", c.key, r.name, first, c.at, c.first)
		}
	}
}

func TestOnlyVisibleRowsAreRendered(t *testing.T) {
	rendered := 0
	var rows []item
	for i := range 10_000 {
		rows = append(rows, item{fmt.Sprint("r", i), i})
	}
	table := itemTable(rows...)
	table.columns[0].cell = func(_ *env, r item) span { rendered++; return plain(r.name) }
	table.arrange(48)
	if lines := table.draw(testEnv(), 80, 48, true); len(lines) != 48 || rendered != 47 {
		t.Errorf("%d lines, %d rows rendered", len(lines), rendered)
	}
}

func TestOldNumbersLookOld(t *testing.T) {
	table := itemTable(item{"a", 7}, item{"b", 8})
	e := testEnv()
	fresh := table.draw(e, 40, 4, true)[2]
	e.fleet = &fleet.Fleet{Sources: []fleet.Source{{Name: "prometheus", Health: fleet.Stale}}}
	stale := table.draw(e, 40, 4, true)[2]
	if fresh == stale || ansi.Strip(fresh) != ansi.Strip(stale) {
		t.Errorf("stale numbers must look different and say the same:\n%q\n%q", fresh, stale)
	}
}

// A filter that is cleared makes the table higher again: what fitted above the
// cursor before must be there again.
func TestTableGrowsBackUnderItsCursor(t *testing.T) {
	var rows []item
	for i := range 12 {
		rows = append(rows, item{name: fmt.Sprintf("r%02d", i)})
	}
	table := itemTable(rows...)
	table.arrange(10)
	table.find(identity{ref: fleet.Ref{Name: "r07"}})
	table.set([]item{rows[7]})
	table.arrange(2)
	table.set(slices.Clone(rows))
	table.arrange(10)
	if got := table.visible(); got[0].name != "r00" || len(got) != 9 {
		t.Errorf("visible %q, want the first nine", names(got))
	}
	if r, _ := table.current(); r.name != "r07" {
		t.Errorf("the cursor is on %s", r.name)
	}
}
