// Package output is the pane of what the worker printed and the server logged: the last lines of it, following.
package output

import (
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/keys"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// maxLines is how many lines are kept.
const maxLines = 5000

// Model is the pane.
type Model struct {
	theme   *theme.Theme
	w, h    int
	focused bool
	pager   *doc.Pager
	doc     doc.Doc
	follow  bool
	unseen  int
	shown   bool
}

// New makes the pane.
func New(t *theme.Theme) *Model {
	m := &Model{theme: t, follow: true, pager: doc.NewPager()}
	m.pager.Set(&m.doc, false)
	return m
}

// SetSize sets the room; no room is a pane that is not shown.
func (m *Model) SetSize(w, h int) {
	m.w, m.h = w, h
	m.shown = w > 0 && h > 0
	if !m.shown {
		return
	}
	m.unseen = 0
	m.pager.SetSize(w-1, h)
	if m.follow {
		m.pager.Bottom()
	}
}

// SetFocus says whether the pane has the focus.
func (m *Model) SetFocus(on bool) { m.focused = on }

// Unseen is how many lines came since the pane was last shown.
func (m *Model) Unseen() int { return m.unseen }

// Append adds lines.
func (m *Model) Append(lines []control.Line) {
	for i := range lines {
		m.doc.Add(lineOf(&lines[i]))
	}
	if extra := len(m.doc.Lines) - maxLines; extra > 0 {
		m.doc.Lines = append([]doc.Line(nil), m.doc.Lines[extra+maxLines/10:]...)
		m.pager.Scroll(-extra - maxLines/10)
	}
	if !m.shown {
		m.unseen += len(lines)
	}
	if m.follow {
		m.pager.Bottom()
	}
}

func lineOf(l *control.Line) doc.Line {
	ink, sign := theme.Plain, "│"
	switch l.Stream {
	case "stderr":
		ink, sign = theme.Warn, "┃"
	case "log":
		ink, sign = theme.Dim, "·"
	}
	return doc.Line{Hang: 11, Spans: []doc.Span{
		doc.S(theme.Dim, l.At.Local().Format(time.TimeOnly)+" "), doc.S(ink, sign+" "), {Ink: ink, Text: safe.Body(l.Text)},
	}}
}

// Act does what a key asks for. It says whether the key was of use.
func (m *Model) Act(a keys.Action) bool {
	switch a {
	case keys.Wrap:
		m.pager.ToggleWrap()
	case keys.Left:
		m.pager.Sideways(-8)
	case keys.Right:
		m.pager.Sideways(8)
	default:
		if !m.pager.Act(a) {
			return false
		}
	}
	m.follow = m.pager.AtBottom()
	return true
}

// Rule is the line above the pane.
func (m *Model) Rule(w int) string {
	lead, ink := "─", theme.Rule
	if m.focused {
		lead, ink = "▸", theme.Focus
	}
	about := " what the worker printed "
	if !m.follow {
		about += "(G follows) "
	}
	spans := []doc.Span{doc.S(ink, lead), doc.S(theme.Title, about)}
	left := w - 1 - safe.Of(about).Width()
	for range left {
		spans = append(spans, doc.S(theme.Rule, "─"))
	}
	return doc.Row(m.theme, w, spans...)
}

// View is the pane.
func (m *Model) View() []string {
	if len(m.doc.Lines) == 0 {
		p := doc.NewPager()
		p.SetSize(m.w, m.h)
		p.Set(&doc.Doc{Lines: []doc.Line{doc.L(doc.S(theme.Dim, " Nothing yet. What an exchange printed stands in its tab Errors."))}}, false)
		return p.View(m.theme)
	}
	out := m.pager.View(m.theme)
	for i := range out {
		out[i] = " " + out[i]
	}
	return out
}
