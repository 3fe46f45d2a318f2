package detail

import (
	"strings"

	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// cells paints a row of a table, on which the selection shows.
type cells struct {
	theme    *theme.Theme
	selected bool
	b        strings.Builder
	used     int
}

func (p *cells) add(ink theme.Ink, text safe.Text) {
	p.b.WriteString(p.theme.PaintOn(p.selected, ink, text))
	p.used += text.Width()
}

// cell adds a column with a space after it; a width of 0 is none.
func (p *cells) cell(ink theme.Ink, text safe.Text, w int, right bool) {
	if w <= 0 {
		return
	}
	if right {
		text = safe.Join(safe.Spaces(w-text.Width()), text)
	}
	p.add(ink, text.Fit(w))
	p.add(theme.Plain, safe.Spaces(1))
}

// cursor is the first column: where the selection is, and whether keys go there.
func (p *cells) cursor(focused bool) {
	switch {
	case !p.selected:
		p.add(theme.Plain, safe.Spaces(1))
	case focused:
		p.add(theme.Focus, safe.Of("▌"))
	default:
		p.add(theme.Dim, safe.Of("│"))
	}
}

// row is the row, as wide as it has to be.
func (p *cells) row(w int) string {
	p.add(theme.Plain, safe.Spaces(w-p.used))
	return p.b.String()
}
