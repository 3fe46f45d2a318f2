package detail

import (
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/keys"
)

// The tabs Stages and Steps are two parts: above, lines to choose from; below, a document about the chosen one.

// chooses says that the tab that shows is such a one.
func (m *Model) chooses() bool { return m.tab == Stages || m.tab == Steps }

// Scope is where keys go while the pane has the focus.
func (m *Model) Scope() keys.Scope {
	switch m.tab {
	case Stages:
		return keys.Stages
	case Steps:
		return keys.Steps
	}
	return keys.Detail
}

// lines counts what there is to choose from.
func (m *Model) lines() int {
	switch {
	case m.x == nil || m.err != nil:
		return 0
	case m.tab == Stages:
		return len(m.x.Stages)
	case m.tab == Steps:
		return m.steps.len()
	}
	return 0
}

// place is where in the upper part the choice is.
func (m *Model) place() *int {
	if m.tab == Steps {
		return &m.steps.at
	}
	return &m.stage
}

// upper is how many lines the upper part takes, the names of its columns and the rule below it among them.
func (m *Model) upper() int {
	n, room := m.lines(), m.h-head
	if !m.chooses() || n == 0 || room < 4 {
		return 0
	}
	if m.full {
		return 2 // the chosen line, and the rule
	}
	names := 0
	if m.tab == Stages {
		names = 1
	}
	most := room / 2
	if m.tab == Steps {
		most = room / 3
	}
	return min(n+names, max(1+names, most)) + 1
}

// window is which of the lines show in the upper part.
func (m *Model) window() (from, to int) {
	n, room := m.lines(), m.upper()-1
	if m.full {
		return *m.place(), *m.place() + 1
	}
	if m.tab == Stages {
		room--
	}
	from = max(0, min(m.first, n-room))
	if at := *m.place(); at < from {
		from = at
	} else if at >= from+room {
		from = at - room + 1
	}
	m.first = from
	return from, min(from+room, n)
}

// fit gives the document the room that the upper part leaves.
func (m *Model) fit() {
	if n := m.lines(); n > 0 && m.chooses() {
		*m.place() = max(0, min(*m.place(), n-1))
	}
	m.pager.SetSize(max(0, m.w-1), max(0, m.h-head-m.upper()))
}

func (m *Model) upperView() []string {
	if m.upper() == 0 {
		return nil
	}
	from, to := m.window()
	var out []string
	if m.tab == Stages {
		if out = m.stageRows(from, to); m.full {
			out = out[1:]
		}
	} else {
		out = m.stepRows(from, to)
	}
	return append(out, m.rule(from, to))
}

// rule stands below the upper part, and says how much of it does not show.
func (m *Model) rule(from, to int) string {
	if m.full {
		return doc.Rule(m.theme, m.w, "")
	}
	return doc.Rule(m.theme, m.w, doc.More(from, m.lines()-to))
}

// pick does what a key asks for in a tab where there is something to choose. It says whether the key was of use.
func (m *Model) pick(a keys.Action) bool {
	n := m.lines()
	if n == 0 {
		return false
	}
	at := m.place()
	switch {
	case a == keys.Open:
		m.full = !m.full
		m.fit()
		return true
	case m.tab == Steps && a == keys.Left:
		*at--
	case m.tab == Steps && a == keys.Right:
		*at++
	case m.full:
		return false
	case a == keys.Up && m.tab == Steps:
		*at = m.steps.otherStage(*at, -1)
	case a == keys.Down && m.tab == Steps:
		*at = m.steps.otherStage(*at, 1)
	case a == keys.Up:
		*at--
	case a == keys.Down:
		*at++
	case a == keys.Top:
		*at = 0
	case a == keys.Bottom:
		*at = n - 1
	default:
		return false
	}
	*at = max(0, min(*at, n-1))
	return true
}

// Leave gives the upper part its room again, where the lower had it. It says whether it did.
func (m *Model) Leave() bool {
	if !m.full || !m.chooses() {
		return false
	}
	m.full = false
	m.fit()
	return true
}
