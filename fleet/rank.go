package fleet

// assignRanks gives workers the process ranks that a launcher with static
// rendezvous gives them: one process a GPU, in the order of the node ranks.
// torchrun's c10d rendezvous may move them, so they are where to look first,
// not a proof. Nothing is claimed where an index is not known, where workers
// differ in GPUs, or for roles that run no training process.
func assignRanks(j *Job) {
	gpus, masters := 0, 0
	for _, r := range j.Roles {
		switch {
		case isMaster(r.Name):
			masters = max(masters, r.Wanted, r.present(j.Workers))
		case r.Name != "worker" && len(j.Roles) > 1:
			continue
		}
		if r.GPUs == 0 || gpus != 0 && r.GPUs != gpus {
			return
		}
		gpus = r.GPUs
	}
	for _, w := range j.Workers {
		if w.Index < 0 || w.Pod.GPUs != gpus {
			continue
		}
		node := w.Index
		switch {
		case isMaster(w.Role):
		case w.Role == "worker":
			node += masters
		case len(j.Roles) > 1:
			continue
		}
		w.FirstRank, w.Ranks = node*gpus, gpus
	}
}

func isMaster(role string) bool { return role == "master" || role == "chief" }

func (r Role) present(ws []*Worker) int {
	n := 0
	for _, w := range ws {
		if w.Role == r.Name {
			n = max(n, w.Index+1)
		}
	}
	return n
}
