package ui

import (
	"slices"
	"strings"

	"paddock/fleet"
)

// completeFilter lists whole filters that complete the last word of text: keys
// while a word has no colon, then the values that the Fleet has for the key.
func completeFilter[T any](text string, keys []filterKey[T], f *fleet.Fleet) []string {
	words := filterWords(text)
	if len(words) == 0 || strings.HasSuffix(text, " ") {
		return nil
	}
	word := words[len(words)-1]
	before := text[:len(text)-len(word)]
	if word[0] == '-' || word[0] == '!' {
		before, word = before+word[:1], word[1:]
	}
	name, typed, keyed := strings.Cut(word, ":")
	var found []string
	if !keyed {
		for _, k := range keys {
			if k.name != "" && strings.HasPrefix(k.name, name) {
				found = append(found, before+k.name+":")
			}
		}
		return found
	}
	key := keyNamed(keys, name)
	if key == nil || name == "" {
		return nil
	}
	earlier := typed[:strings.LastIndex(typed, ",")+1]
	typed = typed[len(earlier):]
	for _, v := range keyValues(key, f) {
		if strings.HasPrefix(v, typed) && v != typed {
			found = append(found, before+name+":"+earlier+v)
		}
	}
	return found
}

// keyValues lists the values that a key can have, sorted, as far as they are few.
func keyValues[T any](key *filterKey[T], f *fleet.Fleet) []string {
	if key.flag != nil {
		return []string{"no", "yes"}
	}
	var values []string
	add := func(v string) {
		if v != "" {
			values = append(values, v)
		}
	}
	switch key.name {
	case "state":
		if keyOfNodes(key) {
			return []string{"broken", "cordoned", "notready", "ready"}
		}
		for _, s := range fleet.States() {
			add(string(s))
		}
	case "team":
		for _, t := range f.Teams {
			add(t.Name)
		}
	case "kind", "queue":
		for _, j := range f.Jobs {
			add(map[string]string{"kind": j.Ref.Kind, "queue": j.Queue}[key.name])
		}
	case "product", "pool", "driver", "cuda", "zone":
		for _, n := range f.Nodes {
			if o := n.Object; o != nil {
				add(map[string]string{"product": o.Product, "pool": o.Pool, "driver": o.Driver, "cuda": o.CUDA, "zone": o.Zone}[key.name])
			}
		}
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// keyOfNodes tells whether a key looks at nodes, whose states are their own.
func keyOfNodes[T any](key *filterKey[T]) bool {
	_, ok := any(key).(*filterKey[*fleet.Node])
	return ok
}
