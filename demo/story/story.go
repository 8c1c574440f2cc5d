// Package story is what is on stage in the embedded cluster: its nodes, its
// teams, the jobs that go well and those that go wrong, and what happens as
// time passes. The manifests are written as people write them; who enters when
// stands in cast.
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

// entrance is when somebody enters, after the beginning.
type entrance struct {
	after     time.Duration
	namespace string
	name      string
}

// cast lists the jobs and pods of the manifests. A Service enters with the job
// of its name. The first ones spread over empty nodes and stay: they are what
// leaves no node whole for det-large.
func cast() []entrance {
	return []entrance{
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
	setting, err := read("teams.yaml")
	if err != nil {
		return err
	}
	for _, t := range teams() {
		setting = append(setting, t.props()...)
	}
	for _, n := range nodes(s.Now()) {
		setting = append(setting, prop{typed.Node(n.Name), n})
	}
	for _, p := range setting {
		if _, err := typed.Create(st, p.key, p.object); err != nil {
			return fmt.Errorf("set the stage: %s: %w", p.key, err)
		}
	}
	if err := w.enter(); err != nil {
		return err
	}
	if err := w.flow(); err != nil {
		return err
	}
	w.breakGPU()
	w.stretch()
	return nil
}

// enter plans the entrances.
func (w *world) enter() error {
	waiting := map[string][]prop{}
	for _, t := range teams() {
		props, err := read(t.name + ".yaml")
		if err != nil {
			return err
		}
		for _, p := range props {
			name := p.key.Namespace + "/" + p.key.Name
			if _, isService := p.object.(*core.Service); isService {
				waiting[name] = append(waiting[name], p)
				continue
			}
			waiting[name] = append([]prop{p}, waiting[name]...)
		}
	}
	for _, e := range cast() {
		name := e.namespace + "/" + e.name
		if waiting[name] == nil {
			return fmt.Errorf("nobody is called %s", name)
		}
		props := waiting[name]
		delete(waiting, name)
		w.sim.After(e.after, func() { w.put(props...) })
	}
	for name := range waiting {
		return fmt.Errorf("%s never enters", name)
	}
	return nil
}

// put creates objects. That the cluster refuses one is no accident of the
// story: its user made a namespace disappear, or took the name.
func (w *world) put(props ...prop) {
	for _, p := range props {
		if _, err := typed.Create(w.store, p.key, p.object); err != nil {
			w.sim.Log().Info("an entrance failed", "object", p.key.String(), "error", err)
		}
	}
}
