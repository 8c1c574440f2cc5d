package fleet

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Faults says what is wrong with the node's GPUs, one thing each: those that
// are broken, those that had an XID, those that are silent. A GPU that is
// broken and silent is told once.
func (n *Node) Faults() []string {
	var out []string
	broken, missing := n.GPUs.Broken, n.GPUs.Missing
	switch {
	case broken <= 0 || !n.Ready: // all of a node that is not ready count as broken: its own reason says it
	case broken == missing:
		out = append(out, brokenAndSilent(n))
		missing = 0
	default:
		out = append(out, fmt.Sprintf("%d of %s broken", broken, gpus(n.GPUs.Capacity)))
	}
	for _, d := range n.Devices {
		if d.Faulty() {
			out = append(out, fmt.Sprintf("XID %d on GPU %s", d.Reading.XID, d.Label()))
		}
	}
	if missing > 0 {
		out = append(out, silentWords(n, missing))
	}
	return out
}

// Trouble is the one line of all that is wrong with the node; "" when nothing is.
func (n *Node) Trouble() string {
	out := n.Faults()
	if n.Why != "" {
		out = append([]string{strings.TrimSuffix(n.Why, ".")}, out...)
	}
	return strings.Join(out, "; ")
}

// Silent are the indices of the GPUs without a reading, as far as they are
// known: one number is missing among those of the devices that report. What is
// missing behind the last that reports may as well have been renumbered.
func (n *Node) Silent() []int {
	if n.GPUs.Missing <= 0 || n.Object != nil && n.Object.MIG == "single" { // there slices are counted
		return nil
	}
	last := -1
	for _, d := range n.Devices {
		last = max(last, d.Reading.Index)
	}
	var out []int
	for i := 0; i < last && len(out) < n.GPUs.Missing; i++ {
		if !slices.ContainsFunc(n.Devices, func(d *Device) bool { return d.Reading.Index == i }) {
			out = append(out, i)
		}
	}
	return out
}

func brokenAndSilent(n *Node) string {
	silent := n.Silent()
	if len(silent) != n.GPUs.Broken {
		return fmt.Sprintf("%d of %s broken (no reading)", n.GPUs.Broken, gpus(n.GPUs.Capacity))
	}
	return "GPU " + numbers(silent) + " broken (no reading)"
}

func silentWords(n *Node, missing int) string {
	if silent := n.Silent(); len(silent) == missing {
		return "GPU " + numbers(silent) + " without a reading"
	}
	return gpus(missing) + " without a reading"
}

func numbers(all []int) string {
	words := make([]string, len(all))
	for i, n := range all {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ", ")
}

func gpus(n int) string {
	if n == 1 {
		return "1 GPU"
	}
	return strconv.Itoa(n) + " GPUs"
}
