package submit

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"paddock/fleet"
)

// Severity says what a Problem does to a submit.
type Severity string

// The severities. An error stops until somebody overrules it, a warning is
// read, a hint is read by who wants to.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Hint    Severity = "hint"
)

// Problem is something that would go wrong, or is dearer than it has to be.
type Problem struct {
	Severity Severity
	ID       string // stable, for scripts: "driver-too-old"
	Object   fleet.Ref
	Says     string // what is the matter, with its numbers
	Do       string // what to do about it; "" when that is plain
}

// Check finds out what is wrong with objects before they are sent. recipe is
// what they were made of, nil for plain manifests; it only decides in which
// words help is given. f is nil when nobody looked at the cluster. Without
// facts what they would answer is left out, never guessed.
//
// Errors come first.
func Check(objects []Object, recipe *Recipe, f *fleet.Fleet, facts Facts) []Problem {
	c := &checker{recipe: recipe, fleet: f, facts: facts, asked: asked{}, names: map[string]bool{}}
	for _, o := range objects {
		c.names[o.Ref().Name] = true
	}
	for _, o := range objects {
		c.object = o.Ref()
		c.shape(o)
		found, err := workloads(o)
		if err != nil {
			c.say(Error, "pod-template", err.Error(), "")
		}
		for i := range found {
			c.workload(&found[i])
		}
		c.asked.object(o)
	}
	c.needs(Needs(objects))
	c.quota()
	return Sorted(c.problems)
}

// Worst is the worst severity among problems; "" when there is none.
func Worst(problems []Problem) Severity {
	worst := Severity("")
	for _, p := range problems {
		if worst == "" || rank(p.Severity) < rank(worst) {
			worst = p.Severity
		}
	}
	return worst
}

func rank(s Severity) int { return slices.Index([]Severity{Error, Warning, Hint}, s) }

type checker struct {
	recipe   *Recipe
	fleet    *fleet.Fleet
	facts    Facts
	object   fleet.Ref       // that is looked at
	names    map[string]bool // of all objects
	claims   []claimUse
	asked    asked
	problems []Problem
}

// say notes a problem, once however many workloads have it.
func (c *checker) say(s Severity, id, says, do string) {
	p := Problem{Severity: s, ID: id, Object: c.object, Says: says, Do: do}
	if !slices.Contains(c.problems, p) {
		c.problems = append(c.problems, p)
	}
}

// do words help for who wrote a recipe, or for who wrote YAML.
func (c *checker) do(recipe, manifest string) string {
	if c.recipe != nil {
		return recipe
	}
	return manifest
}

// workload checks what stands in one pod template, and whether the cluster has
// nodes for it.
func (c *checker) workload(w *workload) {
	c.asked.pods(w)
	c.images(w)
	c.addresses(w)
	c.meeting(w)
	c.paddle(w)
	c.memory(w)
	c.volumes(w)
	gpus, resource := w.gpus()
	if gpus == 0 {
		c.noGPU(w)
		return
	}
	if _, limited := w.trainer().Resources.Limits[corev1.ResourceName(resource)]; !limited {
		c.say(Error, "gpu-request", resource+" is requested without a limit; the server refuses that", "name it in limits; requests follow by themselves")
	}
	nodes := c.nodesFor(w, resource)
	c.drivers(w, nodes)
	c.room(w, nodes, gpus, resource)
}

// noGPU tells of workers that train without a GPU, unless a recipe says that it
// wants none.
func (c *checker) noGPU(w *workload) {
	t := w.trainer()
	if at := trainer(&w.spec); at < 0 || c.recipe != nil && c.recipe.GPUs == 0 && c.recipe.Framework == Plain {
		return
	}
	severity := Hint
	if trains(w) {
		severity = Warning
	}
	c.say(severity, "no-gpu", fmt.Sprintf("container %s asks for no GPU: it trains on the CPU, if at all", t.Name), c.do("set gpus", "limit "+GPU+" in its resources"))
}

// nodeList names some nodes and counts the rest.
func nodeList(nodes []*fleet.Node) string {
	const most = 3
	s := ""
	for i, n := range nodes {
		if i == most {
			return s + fmt.Sprintf(" and %d more", len(nodes)-most)
		}
		if i > 0 {
			s += ", "
		}
		s += n.Name
	}
	return s
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func have(n int) string {
	if n == 1 {
		return "has"
	}
	return "have"
}
