package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"paddock/logs"
)

// text is a line as it is shown: JSON in words unless it is wanted raw.
func (s *logScreen) text(l logs.Line) string {
	if !s.raw && len(l.Text) > 1 && l.Text[0] == '{' {
		if words := jsonWords(l.Text); words != "" {
			return words
		}
	}
	return string(l.Text)
}

// messageKeys are the fields of structured logs that a reader wants first.
var messageKeys = []string{"message", "msg", "event"}

// jsonWords writes a JSON object as words: level, message, then what else it
// says; "" when it is none.
func jsonWords(text []byte) string {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return ""
	}
	var level, message string
	var rest []string
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return ""
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return ""
		}
		word := strings.Trim(string(value), `"`)
		if unquoted := ""; json.Unmarshal(value, &unquoted) == nil {
			word = safeLine(strings.ReplaceAll(unquoted, "\n", " "))
		}
		switch k := fmt.Sprint(key); {
		case k == "level" || k == "severity" || k == "levelname":
			level = strings.ToUpper(word) + " "
		case message == "" && slices.Contains(messageKeys, k):
			message = word
		case k == "time" || k == "ts" || k == "timestamp" || k == "asctime": // the line has one
		default:
			rest = append(rest, k+"="+word)
		}
	}
	_, err := d.Token() // the end of the object
	if _, more := d.Token(); err != nil || more != io.EOF || message == "" && level == "" {
		return ""
	}
	return level + message + after("  ", strings.Join(rest, " "))
}

// unfolded writes JSON over several lines; "" when it is none.
func unfolded(text []byte) string {
	var b bytes.Buffer
	if len(text) == 0 || text[0] != '{' || json.Indent(&b, text, "", "  ") != nil {
		return ""
	}
	return b.String()
}

// openLine opens a line, all of it.
func (s *logScreen) openLine() effect {
	l, ok := s.line()
	if !ok {
		return complain("nothing is selected")
	}
	src := s.source(l)
	var page []pageLine
	if l.Source >= 0 {
		page = []pageLine{
			newPageLine(dim("worker  "), strong(s.label(src)), plain(fmt.Sprintf("  attempt %d  %s on %s, container %s", src.Attempt, src.Pod.Name, src.Node, src.Container))),
			newPageLine(dim("printed "), plain(l.Time().UTC().Format("2006-01-02 15:04:05.000000000 UTC"))),
			newPageLine(),
		}
	}
	text := string(l.Text)
	if pretty := unfolded(l.Text); pretty != "" {
		text = pretty
	}
	page = append(page, textPage(text)...)
	p := newPager("a line of "+src.Label, page)
	p.of = selection{ref: src.Pod, apiVersion: "v1", uid: src.UID, text: string(l.Text), what: "a line of " + src.Label}
	return open(p)
}

// writeLine writes a line as it is saved and copied.
func (s *logScreen) writeLine(b *strings.Builder, l logs.Line) {
	b.WriteString(l.Time().UTC().Format("2006-01-02T15:04:05.000Z "))
	b.WriteString(s.label(s.source(l)))
	b.WriteString(" | ")
	b.Write(l.Text)
	b.WriteByte('\n')
}
