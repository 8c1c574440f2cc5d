package logs

import "hash/maphash"

// Lines of one second that say the same thing are folded into the first: each
// source once. The second is that of the clock, so that the same lines are
// folded whichever way one comes to them.
const foldWithin = int64(1e9)

// fold is what is folded of a second.
type fold struct {
	times map[Place]int  // how many sources say it, of the lines that are shown
	gone  map[Place]bool // lines that are folded into another
}

// Alike is how many sources say what the line at p says, itself included.
func (v *View) Alike(p Pos) int {
	if !v.Fold {
		return 1
	}
	return max(v.second(p).times[v.head(p).place()], 1)
}

func (v *View) folded(p Pos) bool {
	return v.Fold && v.second(p).gone[v.head(p).place()]
}

// mostFolds bounds what is remembered of what was folded.
const mostFolds = 64

// second folds the second that a line stands in.
func (v *View) second(p Pos) *fold {
	key := v.head(p).key / foldWithin
	if f := v.folds[key]; f != nil {
		return f
	}
	if v.folds == nil || len(v.folds) >= mostFolds {
		v.folds = map[int64]*fold{}
	}
	f := &fold{map[Place]int{}, map[Place]bool{}}
	v.folds[key] = f
	type saying struct {
		hash uint64
		nth  int // time that a source says it
	}
	type spoken struct {
		hash   uint64
		source int32
	}
	said := map[spoken]int{}
	first := map[saying]Place{}
	seed := maphash.MakeSeed()
	at, ok := v.Find(Place{Key: key * foldWithin, Source: -1})
	for ok && v.head(at).key/foldWithin == key {
		h := v.head(at)
		hash := sayingOf(seed, v.block(at.block).textOf(at.line))
		all := []Place{h.place()} // with the lines that go on with it
		counts := h.kind == Printed && v.bare(h) && v.near(at)
		for at, ok = v.Log.Next(at); ok; at, ok = v.Log.Next(at) {
			on := v.head(at)
			if on.kind != Continued || on.source != h.source || on.key != h.key {
				break
			}
			hash = hash*31 + sayingOf(seed, v.block(at.block).textOf(at.line))
			all = append(all, on.place())
		}
		if !counts {
			continue
		}
		nth := said[spoken{hash, h.source}]
		said[spoken{hash, h.source}]++
		leader, told := first[saying{hash, nth}]
		if !told {
			leader = h.place()
			first[saying{hash, nth}] = leader
		} else {
			for _, p := range all {
				f.gone[p] = true
			}
		}
		f.times[leader]++
	}
	return f
}

// sayingOf is the same for lines that say the same: it is blind to what differs
// between sources that do, which is times, ranks, process numbers and addresses.
// Other numbers differ because what was measured does.
func sayingOf(seed maphash.Seed, text []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	text = unranked(text)
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c >= '0' && c <= '9' && (i == 0 || !wordy(text[i-1])):
			end := i
			for end < len(text) && (wordy(text[end]) || text[end] == ':' || text[end] == '-' || text[end] == '.' || text[end] == '/' || text[end] == ',') {
				end++
			}
			if clockish(text[i:end]) || ranked(text[:i]) {
				h.WriteByte('#')
			} else {
				h.Write(text[i:end])
			}
			i = end
		default:
			end := i + 1
			for end < len(text) && !(text[end] >= '0' && text[end] <= '9' && !wordy(text[end-1])) {
				end++
			}
			h.Write(text[i:end])
			i = end
		}
	}
	return h.Sum64()
}

// clockish tells a time of day, a date or an address from a number: it has two
// colons, dashes or slashes, or three points, or is a hexadecimal pointer.
func clockish(word []byte) bool {
	colons, dashes, points := 0, 0, 0
	for _, c := range word {
		switch c {
		case ':':
			colons++
		case '-', '/':
			dashes++
		case '.':
			points++
		}
	}
	return colons >= 2 || dashes >= 2 || points >= 3 || len(word) > 6 && word[0] == '0' && word[1] == 'x'
}

// ranked tells whether what stands before a number makes it a rank or a process.
func ranked(before []byte) bool {
	end := len(before)
	for end > 0 && (before[end-1] == ' ' || before[end-1] == '=' || before[end-1] == ':' || before[end-1] == '[' || before[end-1] == '#') {
		end--
	}
	begin := end
	for begin > 0 && (wordy(before[begin-1])) {
		begin--
	}
	switch string(before[begin:end]) {
	case "rank", "Rank", "RANK", "local_rank", "global_rank", "LOCAL_RANK", "pid", "PID", "worker", "trainer", "device", "gpu", "GPU", "cuda":
		return true
	}
	return false
}
