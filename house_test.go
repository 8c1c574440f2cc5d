package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// house says which of our packages each package may import, and which foreign
// ones it needs beyond the standard library. A folder has one job; this table
// keeps it that way.
var house = map[string]struct{ ours, foreign []string }{
	"paddock":            {ours: []string{"cli"}},
	"paddock/fleet":      {},
	"paddock/kube":       {ours: []string{"fleet", "kube/kinds"}, foreign: []string{"k8s.io/", "github.com/spf13/pflag", "sigs.k8s.io/yaml", "golang.org/x/sync/", "google.golang.org/protobuf/encoding/protowire"}},
	"paddock/kube/kinds": {ours: []string{"fleet"}, foreign: []string{"k8s.io/"}},
	"paddock/gpu":        {ours: []string{"fleet"}, foreign: []string{"github.com/prometheus/", "github.com/json-iterator/go"}},
	"paddock/live":       {ours: []string{"fleet", "kube", "gpu"}, foreign: []string{"golang.org/x/sync/"}},
	"paddock/ui":         {ours: []string{"fleet"}, foreign: []string{"charm.land/", "github.com/charmbracelet/"}},
	"paddock/cli": {ours: []string{"fleet", "kube", "gpu", "live", "ui"},
		foreign: []string{"github.com/spf13/", "sigs.k8s.io/yaml", "k8s.io/klog/v2", "golang.org/x/sync/", "github.com/charmbracelet/x/"}},
	"paddock/demo/dcgm":   {},
	"paddock/screenshots": {foreign: []string{"github.com/charmbracelet/"}},
}

func TestImportsKeepToTheHouse(t *testing.T) {
	seen := 0
	for _, line := range goList(t, "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...") {
		words := strings.Fields(line)
		pkg, imports := words[0], words[1:]
		rule, ok := house[pkg]
		if !ok {
			t.Errorf("%s has no place in the house: say in house_test.go what it may import", pkg)
			continue
		}
		seen++
		for _, i := range imports {
			if !strings.Contains(strings.SplitN(i, "/", 2)[0], ".") && !strings.HasPrefix(i, "paddock") {
				continue // standard library
			}
			if ours, ok := strings.CutPrefix(i, "paddock/"); ok {
				if !slices.Contains(rule.ours, ours) {
					t.Errorf("%s imports %s", pkg, i)
				}
				continue
			}
			if !slices.ContainsFunc(rule.foreign, func(f string) bool { return strings.HasPrefix(i, f) }) {
				t.Errorf("%s imports %s", pkg, i)
			}
		}
	}
	if seen != len(house) {
		t.Errorf("%d packages of %d in the table were found", seen, len(house))
	}
}

// The binary that people run links no simulator, no test code, and no full clientset.
func TestBinaryLinksOnlyWhatItNeeds(t *testing.T) {
	deps := goList(t, "-deps", ".")
	if !slices.Contains(deps, "paddock/ui") {
		t.Fatal("the list of dependencies lacks paddock/ui: it is not the binary's")
	}
	for _, d := range deps {
		for _, banned := range []string{"paddock/demo", "paddock/screenshots", "paddock/e2e", "testing", "github.com/charmbracelet/x/vt", "k8s.io/client-go/kubernetes",
			"k8s.io/cli-runtime", "github.com/prometheus/prometheus", "net/http/httptest"} {
			if d == banned || strings.HasPrefix(d, banned+"/") && banned != "k8s.io/client-go/kubernetes" {
				t.Errorf("the paddock binary links %s", d)
			}
		}
	}
}

func goList(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
