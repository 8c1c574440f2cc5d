package incident

import (
	"fmt"
	"hash/fnv"
	"path"
	"strings"
	"time"
)

// longestName bounds one name of a path; file systems take 255 bytes.
const longestName = 80

// SafeName is a name as a part of a path: letters, digits, "-", "_" and dots
// that don't begin it; any other byte is %XX. What is too long ends with a hash.
func SafeName(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	name := b.String()
	if name == "" {
		return "%"
	}
	if len(name) > longestName {
		h := fnv.New64a()
		h.Write([]byte(s))
		name = fmt.Sprintf("%s%%%016x", name[:longestName-17], h.Sum64())
	}
	return name
}

// compact is a time as names have it.
func compact(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// baseName is what a record's files are called, without their endings. Two
// paddocks call the same end the same.
func baseName(h Head) string {
	uid := h.PodUID
	if h.Kind == Left {
		uid = h.JobUID
	}
	uid = uid[:min(len(uid), 8)]
	return compact(h.At()) + "-" + SafeName(strings.ReplaceAll(h.Worker, " ", "-")) + "-" + SafeName(uid)
}

// workerIn is the part of a record's name that tells which worker it is of.
func workerIn(base string) string {
	_, rest, _ := strings.Cut(base, "-")
	return rest[:max(strings.LastIndexByte(rest, '-'), 0)]
}

// recordName is where a record is kept: CONTEXT/TEAM/JOB/TIME-WORKER-UID.json.
func recordName(h Head) string {
	return path.Join(SafeName(h.Context), SafeName(h.Namespace), SafeName(h.Job), baseName(h)+suffix)
}

// ArchiveName is what an archive of a job is called, without its ending.
func ArchiveName(team, job string, at time.Time) string {
	parts := []string{"incident", SafeName(team), SafeName(job), compact(at)}
	return strings.Join(parts, "-")
}
