package tui

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/tui/keys"
	"github.com/snifter-dev/snifter/tui/pane/build"
	"github.com/snifter-dev/snifter/tui/pane/help"
)

// openDialog opens a dialog over the one that is open. One that lies under that is gone back to.
func (m *Model) openDialog(d dialog) {
	if i := slices.Index(m.under, d); i >= 0 {
		m.under = m.under[:i]
	} else if m.dialog != noDialog && m.dialog != d {
		m.under = append(m.under, m.dialog)
	}
	m.turnTo(d)
}

// closeDialog goes back to what the dialog was opened from.
func (m *Model) closeDialog() {
	back := noDialog
	if n := len(m.under); n > 0 {
		back, m.under = m.under[n-1], m.under[:n-1]
	}
	m.turnTo(back)
}

func (m *Model) turnTo(d dialog) {
	m.dialog, m.asking = d, false
	if d == noDialog {
		return
	}
	if !m.status.Bad {
		m.status.Said = "" // it was said of something else, and would stand where the dialog's keys do
	}
	m.sizeDialog()
	m.pager.Top()
	if n := len(m.under); d == helpDialog && n > 0 && m.under[n-1] == parkedDialog {
		m.pager.Scroll(help.RowOf(m.pager.Doc(), keys.ParkedGroup))
	}
}

// sizeDialog lays the open dialog out in the room that there is.
func (m *Model) sizeDialog() {
	w, h := m.dialogRoom()
	m.pager.SetSize(w, h)
	m.parked.SetSize(w, h)
	m.breaks.SetSize(w, h)
	switch m.dialog {
	case helpDialog:
		m.pager.Set(help.Doc(m.shownKeys(), w), true)
	case buildDialog:
		m.pager.Set(build.Doc(&m.status.Status), true)
	case saidDialog:
		m.pager.Set(m.saidDoc(), true)
	}
}

func (m *Model) dialogKey(a keys.Action) tea.Cmd {
	switch a {
	case keys.Quit:
		return tea.Quit
	case keys.Back:
		m.closeDialog()
	default:
		m.pager.Act(a)
	}
	return nil
}
