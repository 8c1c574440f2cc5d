package dcgm

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// DCGM's blanks "not supported" (go-dcgm pkg/dcgm/const.go), as they are printed.
const (
	blankInt64 = "9223372036854775794"
	blankFP64  = "140737488355330.000000"
)

// row is a device's line in every series: one a unit, or one a pod when a
// shared GPU is copied.
type row struct {
	unit   int
	labels []byte // without braces
}

// AppendMetrics appends what the node's exporter answers to a scrape.
//
// Labels are built when holders change, not a scrape: at a thousand nodes
// they are nine tenths of the bytes.
func (n *Node) AppendMetrics(b []byte, now time.Time) []byte {
	if n.rows == nil {
		n.rows = n.buildRows()
	}
	seconds := 0.0
	if !n.last.IsZero() && now.After(n.last) {
		seconds = now.Sub(n.last).Seconds()
	}
	n.last = now
	samples := make([]sample, len(n.units))
	for i, u := range n.units {
		samples[i] = n.sample(u, now, seconds)
	}
	for _, f := range fields() {
		if name := f.name(n.spec.Dialect.Names); name != "" && !(f.profiling && n.spec.Dialect.NoProfiling) {
			b = n.appendField(b, f, name, samples)
		}
	}
	return b
}

func (n *Node) appendField(b []byte, f field, name string, samples []sample) []byte {
	head := false
	for _, r := range n.rows {
		value, ok := n.value(f, r.unit, &samples[r.unit])
		if !ok {
			continue
		}
		if !head {
			head = true
			kind := " gauge\n"
			if f.counter {
				kind = " counter\n"
			}
			b = append(append(append(append(append(b, "# HELP "...), name...), ' '), f.help...), '\n')
			b = append(append(append(b, "# TYPE "...), name...), kind...)
		}
		b = append(append(append(b, name...), '{'), r.labels...)
		if name == xidClassic || name == xidRenamed {
			b = appendLabel(b, "err_code", strconv.Itoa(samples[r.unit].xid))
			b = appendLabel(b, "err_msg", xidName(samples[r.unit].xid))
		}
		b = append(append(b, '}', ' '), value...)
		b = append(b, '\n')
	}
	return b
}

// value prints a field of a unit; false: the exporter has no such series.
func (n *Node) value(f field, unit int, s *sample) ([]byte, bool) {
	u, d := n.units[unit], n.spec.Dialect
	supported := !(f.wholeOnly && u.slice != "") && !(f.hbmOnly && !n.spec.Model.HBM)
	if !supported && !d.Blanks {
		return nil, false
	}
	double, v := f.double, f.get(s)
	if d.Names == Renamed {
		double = f.renamedDouble
		if f.scale != 0 {
			v *= f.scale
		}
	}
	var text [32]byte
	switch {
	case !supported && double:
		return []byte(blankFP64), true
	case !supported:
		return []byte(blankInt64), true
	case d.Blanks && f.profiling && u.gpu == n.spec.GPUs-1:
		return []byte("NaN"), true
	case double:
		return strconv.AppendFloat(text[:0], v, 'f', 6, 64), true
	default:
		return strconv.AppendInt(text[:0], int64(math.Round(v)), 10), true
	}
}

func (n *Node) buildRows() []row {
	rows := make([]row, 0, len(n.units))
	for i, u := range n.units {
		if slices.Contains(n.spec.Missing, u.gpu) {
			continue
		}
		switch {
		case len(u.pods) == 0:
			rows = append(rows, row{i, n.labels(u, nil, -1)})
		case n.spec.Dialect.Virtual && n.spec.Replicas > 1:
			for replica, p := range u.pods {
				rows = append(rows, row{i, n.labels(u, p, replica)})
			}
		default: // without virtual GPUs only the last pod of a shared GPU is known
			rows = append(rows, row{i, n.labels(u, u.pods[len(u.pods)-1], -1)})
		}
	}
	return rows
}

// labels writes them in the exporter's order; replica is -1 on unshared GPUs.
func (n *Node) labels(u *unit, pod *Pod, replica int) []byte {
	d := n.spec.Dialect
	gpu := strconv.Itoa(u.gpu)
	var b []byte
	b = appendLabel(b, "gpu", gpu)
	if d.Names == Legacy || d.PodLabels == OldNamespace {
		b = appendLabel(b, "uuid", u.uuid)
	} else {
		b = appendLabel(b, "UUID", u.uuid)
	}
	if d.Names != Legacy {
		b = appendLabel(b, "pci_bus_id", "00000000:"+string("0123456789ABCDEF"[u.gpu%16])+"B:00.0")
		b = appendLabel(b, "device", "nvidia"+gpu)
		b = appendLabel(b, "modelName", n.spec.Model.Name)
		if u.slice != "" {
			b = appendLabel(b, "GPU_I_PROFILE", u.slice)
			b = appendLabel(b, "GPU_I_ID", strconv.Itoa(u.sliceID))
		}
		b = n.appendHost(b)
	}
	return n.appendPod(b, pod, replica)
}

func (n *Node) appendHost(b []byte) []byte {
	d := n.spec.Dialect
	key, host, driver := "Hostname", n.spec.Name, "DCGM_FI_DRIVER_VERSION"
	if d.LowerHostname || d.Names == Renamed {
		key = "hostname"
	}
	if d.PodHostname {
		host = n.spec.ExporterPod
	}
	if d.Names == Renamed {
		driver = "DCGM_FI_SYSTEM_DRIVER_VERSION"
	}
	return appendLabel(appendLabel(b, key, host), driver, n.spec.Driver)
}

func (n *Node) appendPod(b []byte, pod *Pod, replica int) []byte {
	d := n.spec.Dialect
	if d.PodLabels == NoPodLabels || pod == nil && d.PodLabels != AlwaysThere {
		return b
	}
	if pod == nil {
		pod = &Pod{}
	}
	container, namespace, name := "container", "namespace", "pod"
	if d.PodLabels == OldNamespace || d.Names == Legacy {
		container, namespace, name = "container_name", "pod_namespace", "pod_name"
	}
	b = appendLabel(b, container, pod.Container)
	b = appendLabel(b, namespace, pod.Namespace)
	b = appendLabel(b, name, pod.Name)
	if replica >= 0 {
		b = appendLabel(b, "vgpu", strconv.Itoa(replica))
	}
	return b
}

// appendLabel appends name="value". Values here are Kubernetes names and
// product names: nothing in them needs escaping.
func appendLabel(b []byte, name, value string) []byte {
	if len(b) > 0 && b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(append(append(append(b, name...), '=', '"'), value...), '"')
}
