package submit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"paddock/fleet"
)

// needs tells what is not there, or can't be seen.
func (c *checker) needs(all []Need) {
	for _, n := range all {
		c.object = n.Ref
		what := called(n.Ref)
		switch a := c.facts[n.Ref]; {
		case n.Ref.Kind == NodeSelector || n.Ref.Kind == Quotas: // room and quota tell
		case n.Free:
			if a.Presence == Present {
				c.say(Error, "exists", what+" is there already", "take another name, or delete it first")
			}
		case a.Presence == Absent:
			c.say(Error, "missing", fmt.Sprintf("%s is not there (%s)", what, n.Why), "")
		case a.Presence == NotAllowed:
			c.say(Hint, "unseen", fmt.Sprintf("%s can't be seen with your rights (%s)", what, n.Why), "")
		}
	}
	for _, u := range c.claims {
		c.claim(u)
	}
}

// called is how a need is called in a sentence.
func called(r fleet.Ref) string {
	word := map[string]string{"PersistentVolumeClaim": "claim", "ServiceAccount": "service account", "PriorityClass": "priority class",
		"ConfigMap": "config map", "Secret": "secret", "LocalQueue": "queue", "Namespace": "namespace"}[r.Kind]
	if word == "" {
		word = r.Kind
	}
	return word + " " + r.String()
}

// claimUse is a claim in the hands of a workload.
type claimUse struct {
	ref      fleet.Ref // of the claim
	object   fleet.Ref
	workers  int
	readOnly bool
	oneNode  bool // all workers may find room on one node
}

// volumes notes the claims of a workload, and looks at its paths on nodes.
func (c *checker) volumes(w *workload) {
	for _, v := range w.spec.Volumes {
		switch {
		case v.PersistentVolumeClaim != nil:
			name := v.PersistentVolumeClaim.ClaimName
			c.claims = append(c.claims, claimUse{
				ref:    fleet.Ref{Kind: "PersistentVolumeClaim", Namespace: w.ref().Namespace, Name: name},
				object: w.ref(), workers: w.workers, readOnly: v.PersistentVolumeClaim.ReadOnly || w.readsOnly(v.Name), oneNode: c.oneNode(w),
			})
		case v.HostPath != nil && w.workers > 1:
			c.say(Hint, "host-path", v.HostPath.Path+" has to be the same on every node that a worker may land on", "")
		}
	}
}

// readsOnly tells whether no container may write to a volume.
func (w *workload) readsOnly(volume string) bool {
	for _, k := range w.containers() {
		for _, m := range k.VolumeMounts {
			if m.Name == volume && !m.ReadOnly {
				return false
			}
		}
	}
	return true
}

// oneNode tells whether a node is large enough for all workers.
func (c *checker) oneNode(w *workload) bool {
	gpus, resource := w.gpus()
	if c.fleet == nil {
		return true
	}
	return slices.ContainsFunc(c.fleet.Nodes, func(n *fleet.Node) bool {
		return gpus == 0 || n.Object.Resource == resource && n.GPUs.Allocatable >= gpus*w.workers
	})
}

// claim holds a claim's access modes against the number of workers.
func (c *checker) claim(u claimUse) {
	a := c.facts[u.ref]
	if a.Presence != Present {
		return
	}
	c.object = u.object
	name := called(u.ref)
	if a.Claim.Phase == "Lost" {
		c.say(Error, "claim-lost", name+" has lost its volume", "")
	}
	if u.workers < 2 || len(a.Claim.Modes) == 0 {
		return
	}
	has := func(mode string) bool { return slices.Contains(a.Claim.Modes, mode) }
	modes := strings.Join(a.Claim.Modes, ", ")
	switch {
	case has("ReadWriteMany") || has("ReadOnlyMany") && u.readOnly:
	case has("ReadOnlyMany"):
		c.say(Error, "claim-modes", fmt.Sprintf("%s is %s, and workers want to write to it", name, modes), c.do("mount it with :ro behind it", "mount it readOnly"))
	case has("ReadWriteOncePod"):
		c.say(Error, "claim-modes", fmt.Sprintf("%s is %s: one of %d workers gets it, the others wait forever", name, modes, u.workers), "take a claim with ReadWriteMany")
	case u.oneNode:
		c.say(Warning, "claim-modes", fmt.Sprintf("%s is %s: %d workers get it only when all land on one node", name, modes, u.workers), "take a claim with ReadWriteMany")
	default:
		c.say(Error, "claim-modes", fmt.Sprintf("%s is %s, and no node is large enough for all %d workers: those on other nodes wait forever", name, modes, u.workers), "take a claim with ReadWriteMany")
	}
}

func sortedKeys(m map[string]int) []string { return slices.Sorted(maps.Keys(m)) }
