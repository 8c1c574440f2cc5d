package ui

import (
	"fmt"
	"slices"
	"strings"
)

// binding is one key with what it does. A screen declares each of its keys
// once; the footer, the help and the README's table are made from that.
type binding struct {
	keys     []string      // as Bubble Tea names them, "ctrl+r"; any of them
	show     string        // as the help writes them; "" is the first of keys
	help     string        // what it does, a word or two for the footer
	long     string        // what it does in the help; "" is help
	sorts    string        // the title of the column that it sorts by; the help gathers these
	footer   bool          // among the keys that matter most here
	stays    bool          // in the footer whatever else is there
	disabled func() string // why it can't be used now; "" or nil when it can
	run      func() effect
}

// shown is how the help writes the binding's keys.
func (b binding) shown() string {
	if b.show != "" {
		return b.show
	}
	return b.keys[0]
}

// told is what the help says of the binding.
func (b binding) told() string {
	if b.long != "" {
		return b.long
	}
	return b.help
}

// reason is why the binding can't be used now; "" when it can.
func (b binding) reason() string {
	if b.disabled == nil {
		return ""
	}
	return b.disabled()
}

// press runs the binding of a key; a disabled one says why. It reports whether
// there was one.
func press(bindings []binding, key string) (effect, bool) {
	for _, b := range bindings {
		if !slices.Contains(b.keys, key) {
			continue
		}
		if why := b.reason(); why != "" {
			return complain(b.help + ": " + why), true
		}
		return b.run(), true
	}
	return effect{}, false
}

// footerKeys is how many keys the footer shows beside `?`.
const footerKeys = 7

// hints are the footer's keys: those that matter here and can be used, as far
// as there is room, the way back, and more.
func hints(bindings []binding, width int, more ...piece) []span {
	var pieces, stay []piece
	for _, b := range bindings {
		switch {
		case b.stays:
			stay = append(stay, part(0, span{b.shown(), toneAccent}, plain(" "+b.help)))
		case b.footer && len(pieces) < footerKeys && b.reason() == "":
			pieces = append(pieces, part(len(pieces)+1, span{b.shown(), toneAccent}, plain(" "+b.help)))
		}
	}
	pieces = append(append(pieces, stay...), more...)
	return append([]span{plain(" ")}, pack(width-2, pieces...)...)
}

// section is the keys of one place, for the help and the README.
type section struct {
	name     string
	bindings []binding
}

// keyTable writes sections as a Markdown table.
func keyTable(sections []section) string {
	var b strings.Builder
	b.WriteString("| where | key | what it does |\n|---|---|---|\n")
	for _, s := range sections {
		for i, k := range s.bindings {
			where := s.name
			if i > 0 {
				where = ""
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", where, code(k.shown()), strings.ReplaceAll(k.told(), "|", "\\|"))
		}
	}
	return b.String()
}

// code writes keys as Markdown code: each of several, a command as a whole.
func code(keys string) string {
	words := strings.Fields(keys)
	if strings.HasPrefix(keys, ":") {
		words = []string{keys}
	}
	for i, w := range words {
		words[i] = "`" + strings.ReplaceAll(w, "|", "\\|") + "`"
	}
	return strings.Join(words, " ")
}
