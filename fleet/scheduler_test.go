package fleet

import "testing"

func TestUsefulFirst(t *testing.T) {
	tests := []struct{ name, message, want string }{
		{"cordoned nodes last",
			"0/17 nodes are available: 1 node(s) were unschedulable, 2 node(s) had untolerated taint {pool: a100}, 14 Insufficient nvidia.com/gpu.",
			"0/17 nodes are available: 14 Insufficient nvidia.com/gpu, 2 node(s) had untolerated taint {pool: a100}, 1 node(s) were unschedulable."},
		{"GPUs before memory",
			"0/4 nodes are available: 1 Insufficient memory, 3 Insufficient nvidia.com/gpu",
			"0/4 nodes are available: 3 Insufficient nvidia.com/gpu, 1 Insufficient memory"},
		{"equals keep their order",
			"0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 2 node(s) had untolerated taint {a: b, c: d}.",
			"0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 2 node(s) had untolerated taint {a: b, c: d}."},
		{"other words stay", "waits for its volume, 3 of them", "waits for its volume, 3 of them"},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		if got := usefulFirst(tt.message); got != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
}

func FuzzUsefulFirst(f *testing.F) {
	f.Add("0/17 nodes are available: 1 node(s) were unschedulable, 14 Insufficient nvidia.com/gpu.")
	f.Fuzz(func(t *testing.T, s string) {
		if got := usefulFirst(s); len(got) != len(s) {
			t.Errorf("%q became %q", s, got)
		}
	})
}
