package gpu

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"paddock/fleet"
)

// Check tells what of the GPU metrics works and what does not, for `paddock
// doctor`. It asks by itself, beside a running refresh loop.
func (c *Client) Check(ctx context.Context) []fleet.Check {
	if c.find == nil {
		return skipRest(fleet.Check{Name: checkServer, Status: fleet.CheckSkip, Detail: "no Prometheus is set"})
	}
	s, p, err := c.connect(ctx)
	if err != nil {
		return skipRest(failed(checkServer, err))
	}
	checks := []fleet.Check{{Name: checkServer, Status: fleet.CheckOK, Detail: s.name + flavour(ctx, s)}}
	source := newSource(s, c.matchers)
	source.plan = p
	requests, bytes := c.Cost()
	start := time.Now()
	if err := source.refresh(ctx, start, nil); err != nil {
		return skipRest(append(checks, failed(checkSeries, nameValues(ctx, s, err)))...)
	}
	took := time.Since(start)
	r, b := c.Cost()
	devices := source.readings()
	return append(checks,
		source.checkMatchers(),
		source.checkSeries(len(devices)),
		source.checkNames(),
		source.checkPods(devices),
		source.checkNodes(devices),
		source.checkScrape(ctx, time.Now()),
		fleet.Check{Name: checkCost, Status: fleet.CheckOK, Detail: fmt.Sprintf("the first refresh took %s, %d requests and %d kB",
			took.Round(10*time.Millisecond), r-requests, (b-bytes)/1000)},
	)
}

// The checks, in their order.
const (
	checkServer   = "Prometheus"
	checkMatchers = "label matchers"
	checkSeries   = "DCGM series"
	checkNames    = "DCGM names"
	checkPods     = "pod labels"
	checkNodes    = "node labels"
	checkScrape   = "scrape"
	checkCost     = "refresh"
)

func failed(name string, err error) fleet.Check {
	what, hint := Explain(err)
	check := fleet.Check{Name: name, Status: fleet.CheckFail, Detail: what, Hint: hint}
	var find *FindError
	if errors.As(err, &find) && find.Forbidden { // a missing right is a loss, as it is for the watches
		check.Status = fleet.CheckWarn
	}
	return check
}

// skipRest adds the checks that were not tried because the last one failed.
func skipRest(done ...fleet.Check) []fleet.Check {
	all := []string{checkServer, checkMatchers, checkSeries, checkNames, checkPods, checkNodes, checkScrape, checkCost}
	have := map[string]bool{}
	for _, c := range done {
		have[c.Name] = true
	}
	for _, name := range all {
		if !have[name] {
			done = append(done, fleet.Check{Name: name, Status: fleet.CheckSkip})
		}
	}
	return done
}

// flavour tells version and kind of the server where it says so; Thanos has no such endpoint.
func flavour(ctx context.Context, s *server) string {
	info, err := s.buildInfo(ctx)
	if err != nil || info.Version == "" {
		return ""
	}
	name := "version"
	if info.Application != "" {
		name = info.Application
	}
	return fleet.Clean(fmt.Sprintf(" (%s %s)", name, info.Version), maxText)
}

func (s *source) checkMatchers() fleet.Check {
	check := fleet.Check{Name: checkMatchers, Status: fleet.CheckOK, Detail: "none"}
	if len(s.matchers) > 0 {
		check.Detail = "{" + strings.Join(s.matchers, ",") + "}"
	}
	if s.table.form == keyUUID {
		check.Status = fleet.CheckWarn
		check.Detail += "; some devices share target and index"
		check.Hint = `if this Prometheus holds several clusters, set a label matcher: cluster="prod-a"`
	}
	return check
}

func (s *source) checkSeries(devices int) fleet.Check {
	check := fleet.Check{Name: checkSeries, Status: fleet.CheckOK}
	check.Detail = fmt.Sprintf("%d devices of %d exporters", devices, len(s.table.targets))
	var missing, hints []string
	for _, want := range []struct {
		measure measure
		add     string
	}{
		{util, "DCGM_FI_DEV_GPU_UTIL"},
		{tensor, "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE (data-center GPUs; needs CAP_SYS_ADMIN)"},
		{memUsed, "DCGM_FI_DEV_FB_USED"},
		{memTotal, "DCGM_FI_DEV_FB_FREE"},
		{power, "DCGM_FI_DEV_POWER_USAGE"},
		{temp, "DCGM_FI_DEV_GPU_TEMP"},
		{clock, "DCGM_FI_DEV_SM_CLOCK"},
		{xid, "DCGM_FI_DEV_XID_ERRORS"},
	} {
		if !s.plan.answerable(want.measure) && (want.measure != util || !s.plan.busyKnown()) {
			missing = append(missing, want.measure.scale().label)
			hints = append(hints, want.add)
		}
	}
	if len(missing) > 0 {
		check.Status = fleet.CheckWarn
		check.Detail += "; unknown: " + strings.Join(missing, ", ")
		check.Hint = "add to the exporter's metrics file (DCGM_EXPORTER_COLLECTORS): " + strings.Join(hints, ", ")
	}
	return check
}

// checkNames tells which generation of names is in use.
func (s *source) checkNames() fleet.Check {
	var old, renamed, compat []string
	for _, known := range catalogue() {
		for _, name := range []string{known.name, strings.ToLower(known.name)} {
			switch {
			case s.plan.counts[name] == 0:
			case strings.HasPrefix(known.name, "dcgm_"):
				compat = append(compat, name)
			case isRenamed(known.name):
				renamed = append(renamed, name)
			default:
				old = append(old, name)
			}
		}
	}
	var parts []string
	for _, generation := range []struct {
		what  string
		names []string
	}{{"exporter 4.8 or older", old}, {"exporter 4.9 or newer", renamed}, {"exporter 1.x", compat}} {
		if len(generation.names) > 0 {
			parts = append(parts, fmt.Sprintf("as %s: %s", generation.what, enumerate(generation.names, 3)))
		}
	}
	return fleet.Check{Name: checkNames, Status: fleet.CheckOK, Detail: strings.Join(parts, "; ")}
}

// isRenamed tells a name of exporter 4.9 by the unit at its end.
func isRenamed(name string) bool {
	for _, suffix := range []string{"_RATIO", "_BYTES", "_WATTS", "_CELSIUS", "_HERTZ", "_XID_ERROR"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

func (s *source) checkPods(devices []fleet.Reading) fleet.Check {
	held := 0
	for _, d := range devices {
		if len(d.Holders) > 0 {
			held++
		}
	}
	t := s.table
	check := fleet.Check{Name: checkPods, Status: fleet.CheckOK}
	var forms []string
	for _, form := range []struct {
		form podForm
		what string
	}{
		{formExported, "exported_pod, exported_namespace (honor_labels is off)"},
		{formPlain, "pod, namespace (honor_labels is on)"},
		{formOld, "pod_name, pod_namespace (old namespace)"},
	} {
		if t.forms[form.form] > 0 {
			forms = append(forms, form.what)
		}
	}
	if held > 0 {
		check.Detail = fmt.Sprintf("%d of %d devices name their pod, in %s", held, len(devices), strings.Join(forms, "; others in "))
		return check
	}
	check.Status = fleet.CheckWarn
	check.Detail = "no device names a pod"
	check.Hint = "unless all GPUs are free: set DCGM_EXPORTER_KUBERNETES=true and mount /var/lib/kubelet/pod-resources into the exporter; " +
		"resources other than nvidia.com/gpu and nvidia.com/mig-* go into NVIDIA_RESOURCE_NAMES. Until then only pods that hold a whole node get numbers"
	return check
}

func (s *source) checkNodes(devices []fleet.Reading) fleet.Check {
	var named, exporter, labelled int
	for _, d := range devices {
		switch {
		case namesExporter(d.Hostname):
			exporter++
		case d.Hostname != "":
			named++
		}
		if d.NodeLabel != "" {
			labelled++
		}
	}
	host := "Hostname"
	if s.table.labels["hostname"] > s.table.labels["Hostname"] {
		host = "hostname"
	}
	check := fleet.Check{Name: checkNodes, Status: fleet.CheckOK, Detail: fmt.Sprintf("%d of %d devices name their node in %s", named, len(devices), host)}
	if labelled > 0 {
		check.Detail += fmt.Sprintf(", %d in a label from relabelling", labelled)
	}
	switch {
	case exporter > 0 && labelled < len(devices):
		check.Status = fleet.CheckWarn
		check.Detail += fmt.Sprintf("; %d name the exporter's pod there", exporter)
		check.Hint = "give the exporter NODE_NAME from spec.nodeName, or relabel __meta_kubernetes_pod_node_name to node"
	case named+labelled < len(devices):
		check.Status = fleet.CheckWarn
		check.Hint = "the others are found by the address of their target only; relabel __meta_kubernetes_pod_node_name to node"
	}
	return check
}

func (s *source) checkScrape(ctx context.Context, now time.Time) fleet.Check {
	check := fleet.Check{Name: checkScrape, Status: fleet.CheckOK, Detail: "interval not known yet"}
	if pace, ok, err := s.scrapePace(ctx); err == nil && ok {
		check.Detail = "every " + pace.String() + ", by the samples of one exporter"
	}
	newest := s.newest()
	if newest.IsZero() {
		check.Status = fleet.CheckWarn
		check.Detail += "; the age of the samples is not known"
		return check
	}
	age := now.Sub(newest)
	check.Detail += fmt.Sprintf("; the newest sample is %s old", age.Round(time.Second))
	switch behind := s.behind(); {
	case age < -30*time.Second || age > oldSample:
		check.Status = fleet.CheckWarn
		check.Hint = "compare the clocks of this machine and of Prometheus; look at the exporters' targets in Prometheus"
	case behind > 0:
		check.Status = fleet.CheckWarn
		check.Detail += fmt.Sprintf("; %d of %d exporters are more than %s behind", behind, len(s.table.targets), oldSample)
		check.Hint = "look at the targets of dcgm-exporter in Prometheus"
	}
	return check
}
