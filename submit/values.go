package submit

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Workers is how many workers a job has. It is elastic when it can go on with
// fewer than it asks for.
type Workers struct{ Min, Max int }

// Elastic tells whether the number of workers may change while it trains.
func (w Workers) Elastic() bool { return w.Min != w.Max }

// String is "4", or "2:8" when elastic.
func (w Workers) String() string {
	if !w.Elastic() {
		return strconv.Itoa(w.Max)
	}
	return fmt.Sprintf("%d:%d", w.Min, w.Max)
}

// ParseWorkers reads what String writes.
func ParseWorkers(s string) (Workers, error) {
	low, high, elastic := strings.Cut(s, ":")
	if !elastic {
		high = low
	}
	a, errA := strconv.Atoi(low)
	b, errB := strconv.Atoi(high)
	if errA != nil || errB != nil || a < 1 || b < a {
		return Workers{}, fmt.Errorf("%q is neither a number of workers nor least:most", s)
	}
	return Workers{a, b}, nil
}

// EnvVar is one variable of a worker's environment: a value, or where it comes from.
type EnvVar struct {
	Name  string
	Value string
	From  EnvSource // zero for a value
	Key   string    // in From
}

// EnvSource is a secret or a config map.
type EnvSource struct {
	Kind string // "Secret", "ConfigMap"
	Name string
}

// word is what a recipe calls a kind of source.
func (s EnvSource) word() string {
	if s.Kind == "Secret" {
		return "secret"
	}
	return "configMap"
}

// sourceKind is the kind that a recipe's word means; "" when none.
func sourceKind(word string) string {
	switch word {
	case "secret":
		return "Secret"
	case "configMap":
		return "ConfigMap"
	}
	return ""
}

// Volume is a claim, or a path of the node, and where workers see it.
type Volume struct {
	Claim    string
	HostPath string // instead of Claim
	Mount    string
	ReadOnly bool
}

// String is "train-data:/data" or "/mnt/nfs:/data:ro".
func (v Volume) String() string {
	s := v.Claim + v.HostPath + ":" + v.Mount
	if v.ReadOnly {
		s += ":ro"
	}
	return s
}

// ParseVolume reads what String writes.
func ParseVolume(s string) (Volume, error) {
	parts := strings.Split(s, ":")
	v := Volume{ReadOnly: len(parts) == 3 && parts[2] == "ro"}
	if len(parts) != 2 && !v.ReadOnly || parts[0] == "" || !strings.HasPrefix(parts[1], "/") {
		return Volume{}, fmt.Errorf("%q is not CLAIM:/PATH nor /HOSTPATH:/PATH, with :ro behind it for read-only", s)
	}
	v.Mount = parts[1]
	if strings.HasPrefix(parts[0], "/") {
		v.HostPath = parts[0]
	} else {
		v.Claim = parts[0]
	}
	return v, nil
}

// Toleration is a taint that workers bear, written as kubectl writes taints:
// "key=value:Effect", "key:Effect" for any value, "key" for any effect, "*" for all taints.
type Toleration string

// api is the toleration as the API writes it.
func (t Toleration) api() corev1.Toleration {
	taint, effect, _ := strings.Cut(string(t), ":")
	key, value, has := strings.Cut(taint, "=")
	out := corev1.Toleration{Key: key, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffect(effect)}
	if key == "*" {
		out.Key = ""
	}
	if has {
		out.Operator, out.Value = corev1.TolerationOpEqual, value
	}
	return out
}

// tolerationOf writes a toleration of the API; false when it has a part that can't be written.
func tolerationOf(t corev1.Toleration) (Toleration, bool) {
	s := t.Key
	if t.Key == "" {
		s = "*"
	}
	if t.Operator == corev1.TolerationOpEqual || t.Operator == "" {
		s += "=" + t.Value
	}
	if t.Effect != "" {
		s += ":" + string(t.Effect)
	}
	return Toleration(s), Toleration(s).api() == withOperator(t)
}

func withOperator(t corev1.Toleration) corev1.Toleration {
	if t.Operator == "" {
		t.Operator = corev1.TolerationOpEqual
	}
	return t
}

// Span is a duration that may be written in days: "7d", "36h", "90m".
type Span time.Duration

const day = 24 * time.Hour

// String is the shortest way to write it.
func (s Span) String() string {
	d := time.Duration(s)
	switch {
	case d == 0:
		return "0"
	case d%day == 0:
		return fmt.Sprintf("%dd", d/day)
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}

// ParseSpan reads what String writes, and Go's durations; parts of a second are refused.
func ParseSpan(s string) (Span, error) {
	if n, ok := strings.CutSuffix(s, "d"); ok {
		days, err := strconv.Atoi(n)
		if err == nil && days >= 0 && days <= math.MaxInt32/86400 {
			return Span(time.Duration(days) * day), nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d%time.Second != 0 || d/time.Second > math.MaxInt32 {
		return 0, fmt.Errorf("%q is not a time like 90m, 36h or 7d", s)
	}
	return Span(d), nil
}

func (s Span) seconds() int64 { return int64(time.Duration(s) / time.Second) }
