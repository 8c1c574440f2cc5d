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
var house = map[string]rule{
	"paddock":            {ours: []string{"cli"}},
	"paddock/fleet":      {},
	"paddock/cuda":       {},
	"paddock/submit":     {ours: []string{"cuda", "fleet"}, foreign: []string{"k8s.io/api/", "k8s.io/apimachinery/", "sigs.k8s.io/yaml", "go.yaml.in/yaml/v3"}},
	"paddock/act":        {ours: []string{"fleet"}},
	"paddock/logs":       {ours: []string{"fleet"}},
	"paddock/incident":   {ours: []string{"fleet"}},
	"paddock/progress":   {},
	"paddock/kube":       {ours: []string{"act", "fleet", "kube/kinds", "submit"}, foreign: []string{"k8s.io/", "github.com/gorilla/websocket", "github.com/spf13/pflag", "sigs.k8s.io/yaml", "golang.org/x/sync/", "google.golang.org/protobuf/encoding/protowire"}},
	"paddock/kube/kinds": {ours: []string{"fleet"}, foreign: []string{"k8s.io/"}},
	"paddock/gpu":        {ours: []string{"fleet"}, foreign: []string{"github.com/prometheus/", "github.com/json-iterator/go"}},
	"paddock/live":       {ours: []string{"act", "fleet", "kube", "gpu", "incident", "logs", "progress", "submit"}, foreign: []string{"golang.org/x/sync/"}},
	"paddock/ui":         {ours: []string{"act", "fleet", "logs", "submit"}, foreign: []string{"charm.land/", "github.com/charmbracelet/", "github.com/muesli/cancelreader"}},
	"paddock/cli": {ours: []string{"act", "fleet", "kube", "gpu", "incident", "live", "logs", "progress", "submit", "ui"},
		foreign: []string{"github.com/spf13/", "sigs.k8s.io/yaml", "k8s.io/apimachinery/pkg/api/resource", "k8s.io/klog/v2", "golang.org/x/sync/", "github.com/charmbracelet/x/"}},
	"paddock/screenshots": {foreign: []string{"github.com/charmbracelet/"}},

	// The embedded cluster. Of paddock it knows the command line alone, as any
	// cluster's user does; only its tests' screen looks further in.
	"paddock/demo":        {ours: []string{"cli", "demo/cluster"}, foreign: []string{"github.com/spf13/pflag"}},
	"paddock/demo/screen": {ours: []string{"demo/cluster", "kube", "live", "ui"}, foreign: []string{"charm.land/", "github.com/charmbracelet/", "github.com/spf13/pflag", "k8s.io/"}},
	"paddock/demo/cluster": {ours: []string{"demo/apiserver", "demo/controllers", "demo/controllers/kubelet", "demo/controllers/nodes", "demo/controllers/typed", "demo/metrics",
		"demo/rules", "demo/sim", "demo/store", "demo/story", "demo/training"}, foreign: []string{"golang.org/x/sync/", "k8s.io/"}},
	"paddock/demo/store":            {foreign: []string{"k8s.io/"}},
	"paddock/demo/rules":            {ours: []string{"demo/store"}, foreign: []string{"k8s.io/"}},
	"paddock/demo/apiserver":        {ours: []string{"demo/apiserver/tables", "demo/store", "demo/training"}, foreign: []string{"gopkg.in/evanphx/json-patch.v4", "k8s.io/"}},
	"paddock/demo/apiserver/tables": {foreign: []string{"k8s.io/"}},
	"paddock/demo/sim":              {ours: []string{"demo/store"}, foreign: []string{"k8s.io/"}},
	"paddock/demo/dcgm":             {},
	"paddock/demo/training":         {ours: []string{"demo/dcgm"}, foreign: []string{"k8s.io/"}},
	"paddock/demo/metrics": {ours: []string{"demo/controllers/kubelet", "demo/controllers/typed", "demo/dcgm", "demo/sim", "demo/store"},
		foreign: []string{"github.com/prometheus/", "k8s.io/"}},
	"paddock/demo/story": {ours: []string{"demo/controllers/record", "demo/controllers/typed", "demo/dcgm", "demo/metrics", "demo/sim", "demo/store", "demo/training"},
		foreign: []string{"k8s.io/", "sigs.k8s.io/yaml"}},
	"paddock/demo/controllers": {ours: []string{"demo/controllers/garbage", "demo/controllers/jobs", "demo/controllers/kubelet", "demo/controllers/nodes",
		"demo/controllers/quota", "demo/controllers/record", "demo/controllers/scheduler", "demo/sim", "demo/store"}},
	"paddock/demo/controllers/typed":     {ours: []string{"demo/store"}, foreign: []string{"k8s.io/"}},
	"paddock/demo/controllers/record":    controller(),
	"paddock/demo/controllers/garbage":   controller(),
	"paddock/demo/controllers/jobs":      controller("demo/controllers/record"),
	"paddock/demo/controllers/quota":     controller(),
	"paddock/demo/controllers/scheduler": controller("demo/controllers/record"),
	"paddock/demo/controllers/nodes":     controller("demo/controllers/record", "demo/controllers/kubelet"),
	"paddock/demo/controllers/kubelet":   controller("demo/controllers/record", "demo/dcgm", "demo/training"),
}

type rule = struct{ ours, foreign []string }

// controller is what each controller of the embedded cluster may import, and more.
func controller(ours ...string) rule {
	return rule{ours: append(ours, "demo/controllers/typed", "demo/sim", "demo/store"), foreign: []string{"k8s.io/"}}
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
