package training

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	core "k8s.io/api/core/v1"
)

// The annotations of a pod template that say what its image and command don't.
// Each is a list of words separated by commas; a word "2=..." holds for the
// worker of index 2 only.
const (
	annotations = "demo.paddock.dev/"

	GPU   = annotations + "gpu"   // a dcgm.Profile: "busy,5=straggler"
	XID   = annotations + "xid"   // an XID of its devices: "3=94"
	Takes = annotations + "takes" // how long its training takes in all: "2h30m"
	Ends  = annotations + "ends"  // how it fails, and when: "oom 20m", "2=nccl 12m", "exit 90s x2" for the first two attempts
)

// ending is a way to fail.
type ending string

// The ways.
const (
	outOfMemory    ending = "oom"     // the kernel kills it: 137
	outOfGPUMemory ending = "gpu-oom" // its framework gives up: 1
	sharedMemory   ending = "shm"     // a loader dies of a bus error: 135
	collective     ending = "nccl"    // the watchdog aborts it: 134
	exits          ending = "exit"    // a file is missing: 1
	stays          ending = "stay"    // its training is over, but the process does not end
)

// end is how, and when in its life, a container fails.
type end struct {
	how   ending
	after time.Duration
	times int // how many attempts; 0: all
}

// parseEnd reads the annotation Ends. The empty text: it does not fail.
func parseEnd(text string) (end, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return end{}, nil
	}
	e := end{how: ending(words[0]), after: time.Minute}
	switch e.how {
	case outOfMemory, outOfGPUMemory, sharedMemory, collective, exits, stays:
	default:
		return end{}, fmt.Errorf("end %q: unknown way %q", text, words[0])
	}
	for _, w := range words[1:] {
		var err error
		if times, ok := strings.CutPrefix(w, "x"); ok {
			e.times, err = strconv.Atoi(times)
		} else {
			e.after, err = time.ParseDuration(w)
		}
		if err != nil {
			return end{}, fmt.Errorf("end %q: %w", text, err)
		}
	}
	return e, nil
}

// annotation is what an annotation says of the worker of an index; -1 is a pod
// without one.
func annotation(pod *core.Pod, name string, index int) string {
	chosen := ""
	for word := range strings.SplitSeq(pod.Annotations[name], ",") {
		word = strings.TrimSpace(word)
		if at, rest, ok := strings.Cut(word, "="); ok {
			if at != strconv.Itoa(index) {
				continue
			}
			word = rest
		}
		if word != "" {
			chosen = word
		}
	}
	return chosen
}
