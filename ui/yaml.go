package ui

import "strings"

// yamlPage makes a page out of YAML: keys and comments are dim, so that the
// values stand out. It looks at single lines only; lines of a block scalar are
// left alone.
func yamlPage(text string) []pageLine {
	lines := textPage(text)
	block := -1 // indentation of the key whose block scalar this is; -1 outside
	for i := range lines {
		s := lines[i].text
		indent := len(s) - len(strings.TrimLeft(s, " "))
		if s == "" || block >= 0 && indent > block {
			continue
		}
		block = -1
		if strings.HasPrefix(s[indent:], "#") {
			lines[i].spans = []span{dim(s)}
			continue
		}
		end := yamlKeyEnd(s)
		lines[i].spans = []span{dim(s[:end]), plain(s[end:])}
		if opensBlock(s[end:]) {
			block = indent
		}
	}
	return lines
}

// yamlKeyEnd is the end of a line's "key:", list dashes included; 0 without a key.
func yamlKeyEnd(s string) int {
	start := len(s) - len(strings.TrimLeft(s, " "))
	for strings.HasPrefix(s[start:], "- ") {
		start += len(s[start:]) - len(strings.TrimLeft(s[start+1:], " "))
	}
	if start < len(s) && (s[start] == '"' || s[start] == '\'') {
		end := strings.IndexByte(s[start+1:], s[start])
		if end >= 0 && strings.HasPrefix(s[start+1+end+1:], ":") {
			return start + 1 + end + 2
		}
		return start
	}
	if i := strings.Index(s[start:], ": "); i >= 0 {
		return start + i + 1
	}
	if strings.HasSuffix(s, ":") {
		return len(s)
	}
	return start
}

// opensBlock tells whether a value says that a block scalar follows: | or >,
// perhaps with an indentation or chomping sign.
func opensBlock(value string) bool {
	value = strings.TrimSpace(value)
	return value != "" && strings.Trim(value, "0123456789+-") != "" && strings.Trim(value, "|>0123456789+-") == ""
}
