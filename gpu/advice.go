package gpu

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"paddock/fleet"
)

// oldSample is the age from which a target is behind: dcgm-exporter measures
// every 30 s, a scrape follows within 15 to 30 s.
const oldSample = 90 * time.Second

// advice tells what of the readings can't be trusted, and why.
func (s *source) advice(devices []fleet.Reading, now time.Time) []string {
	if len(devices) == 0 {
		return nil
	}
	var notes []string
	if !s.plan.busyKnown() {
		notes = append(notes, "utilisation is unknown: the exporter collects neither DCGM_FI_DEV_GPU_UTIL nor DCGM_FI_PROF_GR_ENGINE_ACTIVE")
	}
	if !slices.ContainsFunc(devices, func(r fleet.Reading) bool { return len(r.Holders) > 0 }) {
		notes = append(notes, "no series names a pod: either all GPUs are free, or the exporter runs without DCGM_EXPORTER_KUBERNETES=true")
	}
	if s.table.form == keyUUID {
		notes = append(notes, "some devices share target and index: if this Prometheus holds several clusters, set a label matcher")
	}
	if behind := s.behind(); behind > 0 {
		notes = append(notes, fmt.Sprintf("the samples of %d of %d exporters are more than %s older than the newest", behind, len(s.table.targets), oldSample))
	}
	if ahead := s.newest().Sub(now); ahead > 30*time.Second {
		notes = append(notes, fmt.Sprintf("the clock of this machine is %s behind Prometheus': ages are wrong by that", ahead.Round(time.Second)))
	}
	return notes
}

// behind counts the targets whose samples lag behind the newest one.
func (s *source) behind() int {
	newest, n := s.newest(), 0
	for _, t := range s.table.targets {
		if !t.at.IsZero() && newest.Sub(t.at) > oldSample {
			n++
		}
	}
	return n
}

// enumerate lists the first texts and counts the rest.
func enumerate(texts []string, most int) string {
	slices.Sort(texts)
	texts = slices.Compact(texts)
	if more := len(texts) - most; more > 0 {
		return strings.Join(texts[:most], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(texts, ", ")
}
