package fleet

import (
	"slices"
	"testing"
	"time"
)

// reporting is a ready node of eight GPUs of which these indices report.
func reporting(g NodeGPUs, indices ...int) *Node {
	g.Capacity = 8
	n := &Node{Name: "n", Ready: true, Object: &NodeObject{Name: "n", Ready: true}, GPUs: g}
	for _, i := range indices {
		n.Devices = append(n.Devices, &Device{Reading: &Reading{Hardware: &Hardware{Index: i}}})
	}
	return n
}

func TestNodeTrouble(t *testing.T) {
	all := []int{0, 1, 2, 3, 4, 5, 6, 7}
	xid := reporting(NodeGPUs{}, all...)
	xid.Devices[5].Reading.XID, xid.Devices[5].Reading.XIDAt = 79, time.Unix(1, 0)
	old := reporting(NodeGPUs{}, all...)
	old.Devices[5].Reading.XID = 79
	cordoned := reporting(NodeGPUs{Broken: 1}, all...)
	cordoned.Why = "cordoned"
	down := reporting(NodeGPUs{Broken: 8, Missing: 8})
	down.Ready, down.Why = false, "NotReady: Kubelet stopped posting node status."
	tests := []struct {
		name string
		node *Node
		want string
	}{
		{"well", reporting(NodeGPUs{}, all...), ""},
		{"unknown is no fault", reporting(NodeGPUs{Missing: -1}), ""},
		{"broken, and reports", reporting(NodeGPUs{Broken: 1}, all...), "1 of 8 GPUs broken"},
		{"broken and silent is one fault", reporting(NodeGPUs{Broken: 1, Missing: 1}, 0, 1, 2, 4, 5, 6, 7), "GPU 3 broken (no reading)"},
		{"two of them", reporting(NodeGPUs{Broken: 2, Missing: 2}, 0, 2, 4, 5, 6, 7), "GPU 1, 3 broken (no reading)"},
		{"which one nobody knows", reporting(NodeGPUs{Broken: 1, Missing: 1}, 0, 1, 2, 3, 4, 5, 6), "1 of 8 GPUs broken (no reading)"},
		{"one silent", reporting(NodeGPUs{Missing: 1}, 0, 1, 2, 4, 5, 6, 7), "GPU 3 without a reading"},
		{"more silent than broken", reporting(NodeGPUs{Broken: 1, Missing: 2}, 0, 1, 2, 3, 4, 5), "1 of 8 GPUs broken; 2 GPUs without a reading"},
		{"an XID that was seen", xid, "XID 79 on GPU 5"},
		{"one from before", old, ""},
		{"cordoned", cordoned, "cordoned; 1 of 8 GPUs broken"},
		{"not ready", down, "NotReady: Kubelet stopped posting node status; 8 GPUs without a reading"},
	}
	for _, tt := range tests {
		if got := tt.node.Trouble(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestSilentWithSlices(t *testing.T) {
	n := reporting(NodeGPUs{Missing: 2}, 0, 0, 2, 2)
	if got := n.Silent(); !slices.Equal(got, []int{1}) {
		t.Errorf("silent %v, want [1]: what is behind the last is not known", got)
	}
	n.Object.MIG = "single"
	if got := n.Silent(); got != nil {
		t.Errorf("silent %v where slices are counted", got)
	}
}
