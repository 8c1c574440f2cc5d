// Package controllers puts the control loops of the embedded cluster together:
// what kube-controller-manager, kube-scheduler and the kubelets do for training
// jobs, in miniature. Each is a package of its own.
package controllers

import (
	"paddock/demo/controllers/garbage"
	"paddock/demo/controllers/jobs"
	"paddock/demo/controllers/kubelet"
	"paddock/demo/controllers/nodes"
	"paddock/demo/controllers/quota"
	"paddock/demo/controllers/record"
	"paddock/demo/controllers/scheduler"
	"paddock/demo/sim"
	"paddock/demo/store"
)

// Set is what others ask about the running controllers, within sim.Do or from
// what the world calls.
type Set struct {
	Kubelets *kubelet.Kubelets // logs, usage, who holds devices
	Nodes    *nodes.Controller // losing nodes, and getting them back
}

// Add adds all controllers to a world and its store. live says how containers
// live.
func Add(s *sim.Sim, st *store.Store, live kubelet.Live) Set {
	k := kubelet.New(s, st, live)
	n := nodes.New(s, st, k)
	for _, c := range []sim.Controller{
		n, scheduler.New(s, st), k, jobs.New(s, st), quota.New(s, st),
		garbage.NewCollector(s, st), garbage.NewNamespaces(s, st), garbage.NewTTL(s, st), record.NewExpiry(s, st),
	} {
		s.Add(c)
	}
	return Set{Kubelets: k, Nodes: n}
}
