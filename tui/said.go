package tui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// saying is something that was said at the foot of the screen.
type saying struct {
	n    int
	at   time.Time
	text string
	bad  bool
}

// mostHeard is how many of them are kept.
const mostHeard = 100

// linger is how long something said stays, for each line of it.
const linger = 4 * time.Second

func (m *Model) say(text string) tea.Cmd { return m.tell(text, false) }

func (m *Model) fail(err error) tea.Cmd { return m.tell("✗ "+err.Error(), true) }

func (m *Model) tell(text string, bad bool) tea.Cmd {
	m.said++
	m.status.Said, m.status.Bad = text, bad
	if text == "" {
		return nil
	}
	m.heard = append(m.heard, saying{m.said, m.now(), text, bad})
	m.heard = m.heard[max(0, len(m.heard)-mostHeard):]
	if m.dialog == saidDialog {
		m.pager.Set(m.saidDoc(), true)
	}
	lines := max(1, len(m.status.SaidLines(m.w, m.mostSaid())))
	return m.fx.After(time.Duration(lines)*linger, unsay{m.said})
}

// forget drops what was said last, if it is the nth: it is said anew, as there is more of it.
func (m *Model) forget(nth int) {
	if i := len(m.heard) - 1; i >= 0 && m.heard[i].n == nth {
		m.heard = m.heard[:i]
	}
}

// mostSaid is how many lines something said may take from the panes.
func (m *Model) mostSaid() int { return min(max(1, m.h/4), 5) }

// saidBelow is what was said, below the dialog whose own foot has no room for it.
func (m *Model) saidBelow() []string {
	if w, _ := m.dialogRoom(); m.status.Said == "" || !m.dialog.tells() || safe.Of(m.status.Said).Width() < w {
		return nil
	}
	return m.status.SaidLines(m.w, m.mostSaid())
}

// tells says that something may be said while a dialog is open.
func (d dialog) tells() bool { return d == parkedDialog || d == breaksDialog }

const saidTitle = "What was said"

// saidDoc lays out what was said, the newest first.
func (m *Model) saidDoc() *doc.Doc {
	var d doc.Doc
	for i := len(m.heard) - 1; i >= 0; i-- {
		s := &m.heard[i]
		ink := theme.Plain
		if s.bad {
			ink = theme.Bad
		}
		at := s.at.Local().Format(time.TimeOnly) + "  "
		d.Add(doc.Line{Hang: len(at), Spans: []doc.Span{doc.S(theme.Dim, at), doc.S(ink, s.text)}})
	}
	if len(m.heard) == 0 {
		d.Add(doc.L(doc.S(theme.Dim, "Nothing was said yet.")))
	}
	return &d
}
