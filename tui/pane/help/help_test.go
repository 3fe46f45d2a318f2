package help_test

import (
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/keys"
	"github.com/snifter-dev/snifter/tui/pane/help"
)

func textOf(l doc.Line) string {
	var b strings.Builder
	for _, s := range l.Spans {
		b.WriteString(s.Text.String())
	}
	return strings.TrimRight(b.String(), " ")
}

// TestNoLineWraps: each line has room in a dialog at 80 columns; at 120 all of them stand in two columns, none of them cut.
func TestNoLineWraps(t *testing.T) {
	m := keys.Default()
	one, two := help.Doc(m, 76), help.Doc(m, 116)
	if len(two.Lines) > len(one.Lines)*2/3 {
		t.Errorf("%d lines at 120 columns, of %d at 80: they are not side by side", len(two.Lines), len(one.Lines))
	}
	var wide strings.Builder
	for w, d := range map[int]*doc.Doc{76: one, 116: two} {
		for _, l := range d.Lines {
			n := 0
			for _, s := range l.Spans {
				n += s.Text.Width()
			}
			if n > w {
				t.Errorf("%d columns have no room for %q", w, textOf(l))
			}
			if w == 116 {
				wide.WriteString(textOf(l) + "\n")
			}
		}
	}
	for _, l := range one.Lines {
		if !strings.Contains(wide.String(), textOf(l)) {
			t.Errorf("%q is not to be read in two columns", textOf(l))
		}
	}
}
