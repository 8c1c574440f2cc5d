// Package story is what is on stage in the embedded cluster: its nodes, its
// teams, the jobs that go well and those that go wrong, and what happens as
// time passes. The manifests are written as people write them; what comes when
// stands in schedule.
package story

import (
	"fmt"
	"time"

	core "k8s.io/api/core/v1"

	"paddock/demo/controllers/typed"
	"paddock/demo/sim"
	"paddock/demo/store"
)

// Past is how long the story has lasted when it goes live.
const Past = 3 * time.Hour

// arrival is when an object is created, after the beginning.
type arrival struct {
	after     time.Duration
	namespace string
	name      string
}

// schedule lists the jobs and pods of the manifests. A Service comes with the
// job of its name. The first ones spread over empty nodes and stay: they are what
// leaves no node whole for det-large.
func schedule() []arrival {
	return []arrival{
		{30 * time.Second, "nlp", "ernie-pretrain"},
		{time.Minute, "vision", "ppyoloe-coco"},
		{2 * time.Minute, "ocr", "svtr-kfold"},
		{4 * time.Minute, "speech", "asr-debug"},
		{9 * time.Minute, "nlp", "qwen-dpo"},
		{13 * time.Minute, "speech", "vad-train"},
		{17 * time.Minute, "ocr", "slanet-table"},
		{22 * time.Minute, "research", "notebook-xujia"},
		{31 * time.Minute, "ocr", "paddleocr-train"},
		{38 * time.Minute, "nlp", "bert-elastic"},
		{47 * time.Minute, "ocr", "textline-cls"},
		{58 * time.Minute, "vision", "seg-unet"},
		{74 * time.Minute, "nlp", "ernie-sft"},
		{96 * time.Minute, "ocr", "dbnet-finetune"},
		{113 * time.Minute, "speech", "conformer-xl"},
		{128 * time.Minute, "vision", "det-large"},
		{151 * time.Minute, "research", "clip-retro"},
	}
}

// world is what the story needs of the embedded cluster.
type world struct {
	sim   *sim.Sim
	store *store.Store
}

// Stage puts the nodes and teams into the store of a world that has just
// begun, and everything that is to come on the world's agenda.
func Stage(s *sim.Sim, st *store.Store) error {
	w := &world{s, st}
	base, err := read("teams.yaml")
	if err != nil {
		return err
	}
	for _, t := range teams() {
		base = append(base, t.manifests()...)
	}
	for _, n := range nodes(s.Now()) {
		base = append(base, manifest{typed.Node(n.Name), n})
	}
	for _, m := range base {
		if _, err := typed.Create(st, m.key, m.object); err != nil {
			return fmt.Errorf("create %s: %w", m.key, err)
		}
	}
	if err := w.plan(); err != nil {
		return err
	}
	if err := w.flow(); err != nil {
		return err
	}
	w.breakGPU()
	w.autoscale()
	return nil
}

// plan puts the arrivals on the agenda.
func (w *world) plan() error {
	waiting := map[string][]manifest{}
	for _, t := range teams() {
		manifests, err := read(t.name + ".yaml")
		if err != nil {
			return err
		}
		for _, m := range manifests {
			name := m.key.Namespace + "/" + m.key.Name
			if _, isService := m.object.(*core.Service); isService {
				waiting[name] = append(waiting[name], m)
				continue
			}
			waiting[name] = append([]manifest{m}, waiting[name]...)
		}
	}
	for _, e := range schedule() {
		name := e.namespace + "/" + e.name
		if waiting[name] == nil {
			return fmt.Errorf("%s is in the schedule, but has no manifest", name)
		}
		manifests := waiting[name]
		delete(waiting, name)
		w.sim.After(e.after, func() { w.create(manifests...) })
	}
	for name := range waiting {
		return fmt.Errorf("%s is not in the schedule", name)
	}
	return nil
}

// create writes objects. That the cluster refuses one is no mistake of the
// story: its user made a namespace disappear, or took the name.
func (w *world) create(manifests ...manifest) {
	for _, m := range manifests {
		if _, err := typed.Create(w.store, m.key, m.object); err != nil {
			w.sim.Log().Info("an arrival failed", "object", m.key.String(), "error", err)
		}
	}
}
