package screenshots

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

func TestSVGDrawsStylesAndWideText(t *testing.T) {
	got := string(SVG("\x1b[1;31mbad <&>\x1b[0m 语音\n\x1b[7mcursor\x1b[0m", 20, 2))
	for _, want := range []string{
		`fill="#e06c75"`, `font-weight="bold"`, "bad &lt;&amp;&gt;",
		// a wide character takes two cells and stands alone
		`textLength="16.8" lengthAdjust="spacingAndGlyphs" xml:space="preserve">语</text>`,
		// reverse: the foreground fills the cells
		`fill="#c9d1d9"/>`, `fill="#16181d" textLength="50.4"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	d := xml.NewDecoder(strings.NewReader(got))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("not XML: %v", err)
		}
	}
}
