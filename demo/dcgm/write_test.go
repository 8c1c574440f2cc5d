package dcgm

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// line is one sample of an exposition.
type line struct {
	name   string
	labels map[string]string
	order  []string // of the labels
	value  float64
	text   string // the value as printed
}

var (
	lineForm  = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)\{(.*)\} (\S+)$`)
	labelForm = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_]*)="([^"]*)"(,|$)`)
)

// scrape reads a node's answer, strictly: every series is announced by HELP
// and TYPE, and no line comes twice.
func scrape(t *testing.T, n *Node, now time.Time) []line {
	t.Helper()
	var lines []line
	announced, seen := "", map[string]bool{}
	s := bufio.NewScanner(bytes.NewReader(n.AppendMetrics(nil, now)))
	for s.Scan() {
		text := s.Text()
		if rest, ok := strings.CutPrefix(text, "# TYPE "); ok {
			announced, _, _ = strings.Cut(rest, " ")
			continue
		}
		if strings.HasPrefix(text, "# HELP ") {
			continue
		}
		m := lineForm.FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("not a sample: %q", text)
		}
		l := line{name: m[1], labels: map[string]string{}, text: m[3]}
		if l.name != announced {
			t.Errorf("%s stands under # TYPE %s", l.name, announced)
		}
		length := 0
		for _, pair := range labelForm.FindAllStringSubmatch(m[2], -1) {
			l.labels[pair[1]], l.order, length = pair[2], append(l.order, pair[1]), length+len(pair[0])
		}
		if length != len(m[2]) || len(l.labels) != len(l.order) {
			t.Errorf("malformed labels: %s", m[2])
		}
		if key := m[1] + m[2]; seen[key] {
			t.Errorf("twice: %s", text)
		} else {
			seen[key] = true
		}
		value, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			t.Errorf("value of %s: %v", l.name, err)
		}
		l.value = value
		lines = append(lines, l)
	}
	return lines
}

// of picks the lines of a series.
func of(lines []line, name string) []line {
	return slices.DeleteFunc(slices.Clone(lines), func(l line) bool { return l.name != name })
}

func held(t *testing.T, spec Spec, profile Profile) *Node {
	t.Helper()
	n := NewNode(spec)
	resource := "nvidia.com/gpu"
	if len(spec.MIG) > 0 {
		resource = "nvidia.com/mig-" + spec.MIG[0]
	}
	err := n.Hold(Pod{UID: "1", Namespace: "ocr", Name: "rec-0", Container: "trainer", Profile: profile, Started: start}, resource, 1)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDialects(t *testing.T) {
	pod := []string{"container", "namespace", "pod"}
	base := []string{"gpu", "UUID", "pci_bus_id", "device", "modelName"}
	host := []string{"Hostname", "DCGM_FI_DRIVER_VERSION"}
	tests := []struct {
		words  string
		series string
		held   []string // the labels of GPU 0, which is held
		free   []string // the labels of GPU 1, which is not
	}{
		{"", "DCGM_FI_DEV_GPU_UTIL", slices.Concat(base, host, pod), slices.Concat(base, host)},
		{"emptypods", "DCGM_FI_DEV_GPU_UTIL", slices.Concat(base, host, pod), slices.Concat(base, host, pod)},
		{"nopods", "DCGM_FI_DEV_GPU_UTIL", slices.Concat(base, host), slices.Concat(base, host)},
		{"renamed", "DCGM_FI_DEV_GPU_UTIL_RATIO", slices.Concat(base, []string{"hostname", "DCGM_FI_SYSTEM_DRIVER_VERSION"}, pod), slices.Concat(base, []string{"hostname", "DCGM_FI_SYSTEM_DRIVER_VERSION"})},
		{"hostname", "DCGM_FI_DEV_GPU_UTIL", slices.Concat(base, []string{"hostname", "DCGM_FI_DRIVER_VERSION"}, pod), slices.Concat(base, []string{"hostname", "DCGM_FI_DRIVER_VERSION"})},
		{"oldnamespace", "DCGM_FI_DEV_GPU_UTIL",
			slices.Concat([]string{"gpu", "uuid"}, base[2:], host, []string{"container_name", "pod_namespace", "pod_name"}), slices.Concat([]string{"gpu", "uuid"}, base[2:], host)},
		{"legacy", "dcgm_gpu_utilization", []string{"gpu", "uuid", "container_name", "pod_namespace", "pod_name"}, []string{"gpu", "uuid"}},
	}
	for _, test := range tests {
		t.Run(test.words, func(t *testing.T) {
			spec := a100()
			var err error
			if spec.Dialect, err = ParseDialect(test.words); err != nil {
				t.Fatal(err)
			}
			lines := of(scrape(t, held(t, spec, Busy), start.Add(time.Hour)), test.series)
			if len(lines) != 8 {
				t.Fatalf("%d lines of %s, want one a GPU", len(lines), test.series)
			}
			if !slices.Equal(lines[0].order, test.held) {
				t.Errorf("held:\n got %v\nwant %v", lines[0].order, test.held)
			}
			if !slices.Equal(lines[1].order, test.free) {
				t.Errorf("free:\n got %v\nwant %v", lines[1].order, test.free)
			}
		})
	}
}

func TestPodHostname(t *testing.T) {
	spec := a100()
	spec.Dialect, spec.ExporterPod = Dialect{PodHostname: true}, "nvidia-dcgm-exporter-abcde"
	for _, l := range scrape(t, NewNode(spec), start) {
		if l.labels["Hostname"] != spec.ExporterPod {
			t.Fatalf("%s: Hostname %q", l.name, l.labels["Hostname"])
		}
	}
}

// TestRenamedUnits compares the two generations of one moment.
func TestRenamedUnits(t *testing.T) {
	now := start.Add(time.Hour)
	classic := scrape(t, held(t, a100(), Busy), now)
	spec := a100()
	spec.Dialect.Names = Renamed
	renamed := scrape(t, held(t, spec, Busy), now)
	for _, test := range []struct {
		classic, renamed string
		scale            float64
	}{
		{"DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_GPU_UTIL_RATIO", 0.01},
		{"DCGM_FI_DEV_SM_CLOCK", "DCGM_FI_DEV_SM_CLOCK_HERTZ", 1e6},
		{"DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_USED_BYTES", 1 << 20},
		{"DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_DEV_BOARD_POWER_WATTS", 1},
		{"DCGM_FI_DEV_GPU_TEMP", "DCGM_FI_DEV_GPU_TEMP_CELSIUS", 1},
		{"DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "DCGM_FI_DEV_GPU_ENERGY_JOULES_TOTAL", 1e-3},
		{"DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "DCGM_FI_PROF_TENSOR_UTIL_RATIO", 1},
	} {
		old, new := of(classic, test.classic), of(renamed, test.renamed)
		if len(old) != 8 || len(new) != 8 {
			t.Errorf("%s: %d lines, %s: %d", test.classic, len(old), test.renamed, len(new))
			continue
		}
		for i := range old {
			if want := old[i].value * test.scale; math.Abs(new[i].value-want) > 1e-5*math.Abs(want)+1e-6 {
				t.Errorf("%s = %s, %s = %s", test.classic, old[i].text, test.renamed, new[i].text)
			}
		}
	}
	capacity := of(renamed, "DCGM_FI_DEV_FB_CAPACITY_BYTES")[0].value
	if want := 81920.0 * (1 << 20); capacity != want {
		t.Errorf("capacity %v, want %v", capacity, want)
	}
}

func TestMIGSlices(t *testing.T) {
	spec := a100()
	spec.GPUs, spec.MIG = 1, []string{"3g.40gb", "1g.10gb"}
	lines := scrape(t, held(t, spec, Busy), start.Add(time.Hour))
	if util := of(lines, "DCGM_FI_DEV_GPU_UTIL"); len(util) != 0 {
		t.Errorf("DEV_GPU_UTIL of a slice: %v", util)
	}
	engine := of(lines, "DCGM_FI_PROF_GR_ENGINE_ACTIVE")
	if len(engine) != 2 || engine[0].labels["GPU_I_PROFILE"] != "3g.40gb" || engine[1].labels["GPU_I_PROFILE"] != "1g.10gb" {
		t.Fatalf("slices: %v", engine)
	}
	if engine[0].labels["GPU_I_ID"] == engine[1].labels["GPU_I_ID"] || engine[0].labels["UUID"] != engine[1].labels["UUID"] {
		t.Errorf("slices of one GPU share its UUID and differ in GPU_I_ID: %v", engine)
	}
	if engine[0].labels["pod"] != "rec-0" || engine[1].labels["pod"] != "" {
		t.Errorf("pods: %v", engine)
	}
	if engine[0].value < 0.8 || engine[1].value != 0 {
		t.Errorf("the held slice is busy, the other not: %v", engine)
	}
}

func TestSharedGPU(t *testing.T) {
	for _, test := range []struct {
		words string
		want  []string // pod:vgpu of each line of GPU 0
	}{
		{"vgpu", []string{"a:0", "b:1"}},
		{"", []string{"b:"}}, // only the last is known
	} {
		t.Run(test.words, func(t *testing.T) {
			spec := a100()
			spec.GPUs, spec.Replicas = 1, 4
			spec.Dialect, _ = ParseDialect(test.words)
			n := NewNode(spec)
			for _, name := range []string{"a", "b"} {
				if err := n.Hold(Pod{UID: name, Name: name, Profile: Light, Started: start}, "nvidia.com/gpu", 1); err != nil {
					t.Fatal(err)
				}
			}
			var got []string
			values := map[string]bool{}
			for _, l := range of(scrape(t, n, start.Add(time.Hour)), "DCGM_FI_DEV_GPU_UTIL") {
				got = append(got, l.labels["pod"]+":"+l.labels["vgpu"])
				values[l.text] = true
			}
			if !slices.Equal(got, test.want) || len(values) != 1 {
				t.Errorf("lines %v with values %v, want %v of one value", got, slices.Collect(maps.Keys(values)), test.want)
			}
		})
	}
}

func TestBlanks(t *testing.T) {
	t4, _ := FindModel("Tesla-T4")
	spec := Spec{Name: "t4", Model: t4, GPUs: 2, Seed: 1}
	if lines := of(scrape(t, NewNode(spec), start), "DCGM_FI_DEV_MEMORY_TEMP"); len(lines) != 0 {
		t.Errorf("a T4 has no memory temperature: %v", lines)
	}
	spec.Dialect.Blanks = true
	lines := scrape(t, NewNode(spec), start)
	if temps := of(lines, "DCGM_FI_DEV_MEMORY_TEMP"); len(temps) != 2 || temps[0].value < 9.2e18 {
		t.Errorf("blanks of INT64: %v", temps)
	}
	if tensor := of(lines, "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE"); math.IsNaN(tensor[0].value) || !math.IsNaN(tensor[1].value) {
		t.Errorf("the last GPU's profiling is NaN: %v", tensor)
	}
}

func TestFaults(t *testing.T) {
	spec := a100()
	spec.XIDs, spec.Missing = map[int]int{5: 48}, []int{3}
	n := held(t, spec, Busy)
	lines := scrape(t, n, start.Add(time.Hour))
	for _, l := range lines {
		if l.labels["gpu"] == "3" {
			t.Fatalf("a missing GPU has %s", l.name)
		}
	}
	for _, l := range of(lines, "DCGM_FI_DEV_XID_ERRORS") {
		want, message := 0.0, "No Error"
		if l.labels["gpu"] == "5" {
			want, message = 48, "Double Bit ECC Error"
		}
		if l.value != want || l.labels["err_msg"] != message || l.labels["err_code"] != fmt.Sprint(want) {
			t.Errorf("XID of GPU %s: %v", l.labels["gpu"], l)
		}
	}
}

func TestPodXIDComesAfterAWhile(t *testing.T) {
	n := NewNode(a100())
	if err := n.Hold(Pod{UID: "1", XID: 31, Started: start}, "nvidia.com/gpu", 1); err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]float64{xidAfter / 2: 0, 2 * xidAfter: 31} {
		if got := of(scrape(t, n, start.Add(after)), "DCGM_FI_DEV_XID_ERRORS")[0].value; got != want {
			t.Errorf("%s after the start: XID %v, want %v", after, got, want)
		}
	}
}

func TestNoProfiling(t *testing.T) {
	spec := a100()
	spec.Dialect.NoProfiling = true
	for _, l := range scrape(t, NewNode(spec), start) {
		if strings.HasPrefix(l.name, "DCGM_FI_PROF_") {
			t.Fatalf("%s without profiling", l.name)
		}
	}
}

func TestEqualCallsGiveEqualText(t *testing.T) {
	now := start.Add(time.Hour)
	one := held(t, a100(), Busy).AppendMetrics(nil, now)
	if two := held(t, a100(), Busy).AppendMetrics(nil, now); !bytes.Equal(one, two) {
		t.Error("two nodes of one description differ")
	}
	other := a100()
	other.Seed++
	if two := held(t, other, Busy).AppendMetrics(nil, now); bytes.Equal(one, two) {
		t.Error("the seed does not matter")
	}
}

func TestEnergyGrowsByPower(t *testing.T) {
	n := held(t, a100(), Busy)
	energy := func(after time.Duration) float64 {
		return of(scrape(t, n, start.Add(after)), "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION")[0].value
	}
	before := energy(time.Hour)
	watts := (energy(time.Hour+15*time.Second) - before) / 1000 / 15
	if watts < 200 || watts > 400 {
		t.Errorf("%v W between two scrapes of a busy A100", watts)
	}
	if again := energy(time.Hour); again < before {
		t.Error("the counter fell when time went backwards")
	}
}
