package training

import (
	"path"
	"strconv"
	"strings"
	"time"
)

// longest is how long a process lives that ends only when it is stopped.
const longest = 0

// never is longer than any grace period: the process does not hear SIGTERM.
const never = time.Hour

// shell is the life of a small command line: sleep, echo, exit and the like,
// joined by ";", "&&" and newlines. Anything else runs until it is stopped.
func (c *Catalogue) shell(words []string) Life {
	life := Life{CPU: 0.01, Memory: 8 << 20, Grace: never, Exit: completed(), Run: 200 * time.Millisecond}
	var entries []entry
	for _, command := range commands(words) {
		if len(command) == 0 {
			continue
		}
		rest := command[1:]
		switch path.Base(command[0]) {
		case "sleep":
			d := nap(rest)
			if d == longest {
				life.Run = 0
				life.Log = c.log([]track{script(entries)})
				return life
			}
			life.Run += d
		case "echo", "printf":
			text := strings.Join(rest, " ")
			entries = append(entries, entry{life.Run, func(time.Time) []string { return []string{text} }})
			life.Run += time.Millisecond
		case "exit":
			if code, err := strconv.Atoi(strings.Join(rest, "")); err == nil && code != 0 {
				life.Exit = failed(int32(code & 255))
			}
			life.Log = c.log([]track{script(entries)})
			return life
		case "false":
			life.Exit = failed(1)
		case "true", "date", "ls", "cd", "set", "export", "mkdir", "cat", "pwd", "hostname", "env":
		default:
			life.Run = 0
			life.Log = c.log([]track{script(entries)})
			return life
		}
	}
	life.Log = c.log([]track{script(entries)})
	return life
}

// commands takes a command line apart; that of a shell's -c is inside it.
func commands(words []string) [][]string {
	text, isShell := inside(words)
	if !isShell {
		return [][]string{words}
	}
	var all [][]string
	for _, line := range strings.FieldsFunc(strings.ReplaceAll(text, "&&", ";"), func(c rune) bool { return c == ';' || c == '\n' }) {
		fields := strings.Fields(line)
		for i := range fields {
			fields[i] = strings.Trim(fields[i], `"'`)
		}
		all = append(all, fields)
	}
	return all
}

// inside is the text of a shell's -c; a shell without one has no terminal
// here, and ends at once.
func inside(words []string) (string, bool) {
	if len(words) == 0 {
		return "", true
	}
	switch path.Base(words[0]) {
	case "sh", "bash", "ash", "python3", "python":
	default:
		return "", false
	}
	for i, w := range words[:len(words)-1] {
		if strings.HasPrefix(w, "-") && strings.HasSuffix(w, "c") {
			return words[i+1], true
		}
	}
	return "", len(words) == 1
}

// nap reads the arguments of sleep: "30", "1.5h", "infinity".
func nap(args []string) time.Duration {
	if len(args) == 0 {
		return longest
	}
	if n, err := strconv.ParseFloat(args[0], 64); err == nil && n < 1e9 {
		return time.Duration(n * float64(time.Second))
	}
	if days, ok := strings.CutSuffix(args[0], "d"); ok {
		if n, err := strconv.ParseFloat(days, 64); err == nil {
			return time.Duration(n * float64(24*time.Hour))
		}
	}
	d, err := time.ParseDuration(args[0])
	if err != nil {
		return longest
	}
	return d
}
