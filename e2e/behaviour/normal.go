package behaviour

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// normal is an answer without what differs from run to run and from server to
// server by design: times, versions, UIDs, generated names, who wrote which
// field, and the descriptions of columns.
func (k *Talk) normal(a Answer) string {
	warnings := strings.Join(a.Header.Values("Warning"), " ")
	text, err := json.Marshal(k.clean("", a.Content))
	if err != nil {
		return err.Error()
	}
	return k.blur(strings.TrimSpace(warnings + " " + string(text)))
}

// blur replaces what was given a name in this conversation.
func (k *Talk) blur(text string) string {
	var known []string
	for value := range k.names {
		known = append(known, value)
	}
	slices.Sort(known)
	for _, value := range known {
		text = strings.ReplaceAll(text, value, k.names[value])
	}
	text = regexp.MustCompile(`patch: Invalid value: \\"\{.*?\}\\": |"message":"Invalid value: \\"\{.*?\}\\": `).ReplaceAllString(text, "<document>")
	text = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`).ReplaceAllString(text, "<uid>")
	return versions().ReplaceAllString(text, "$1<version>")
}

// versions finds resource versions in messages and paths.
func versions() *regexp.Regexp {
	return regexp.MustCompile(`(resourceVersion=|resource version: |ResourceVersion in (?:precondition|object meta): |current: |ResourceVersion in the precondition \(|ResourceVersion in record \()\d+( \(\d+\))?`)
}

func (k *Talk) clean(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		if v["kind"] == "Job" {
			delete(v, "status") // controllers are quick or slow
		}
		for name, value := range v {
			if list, ok := value.([]any); ok && name == "finalizers" && len(list) == 1 && list[0] == "kubernetes.io/pvc-protection" {
				continue // a controller's, which the embedded cluster has not
			}
			if dropped(key, name) {
				continue
			}
			out[name] = k.clean(name, value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = k.clean(key, v[i])
		}
		return out
	case string:
		return k.scalar(key, v)
	}
	return v
}

// dropped are the fields that say nothing about behaviour.
func dropped(parent, name string) bool {
	switch name {
	case "managedFields", "storageVersionHash", "description":
		return true
	case "remainingItemCount":
		return parent != "metadata"
	}
	return false
}

func (k *Talk) scalar(key, v string) string {
	switch key {
	case "resourceVersion", "creationTimestamp", "deletionTimestamp", "continue", "lastTransitionTime", "lastUpdateTime", "startTime":
		if v != "" {
			return "<" + key + ">"
		}
	case "uid", "controller-uid", "batch.kubernetes.io/controller-uid":
		if v != "" && k.names[v] == "" {
			k.names[v] = fmt.Sprintf("<uid %d>", len(k.names))
		}
	case "cells":
		if slices.Contains([]string{"0s", "1s", "2s", "3s", "4s"}, v) {
			return "<age>"
		}
	}
	return v
}
