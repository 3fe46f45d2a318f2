package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/tui/keys"
)

// mouse is for those who like it: the wheel scrolls, a click chooses.
func (m *Model) mouse(e tea.MouseMsg) tea.Cmd {
	if m.screen.TooSmall || m.prompt.IsOpen() {
		return nil
	}
	a := keys.None
	switch {
	case e.Button == tea.MouseButtonWheelUp:
		a = keys.Up
	case e.Button == tea.MouseButtonWheelDown:
		a = keys.Down
	case e.Button == tea.MouseButtonLeft && e.Action == tea.MouseActionPress:
		return m.click(e.X, e.Y)
	default:
		return nil
	}
	var cmds []tea.Cmd
	for range 3 {
		switch {
		case m.dialog == parkedDialog && !m.parked.Typing():
			cmds = append(cmds, m.parked.Act(a))
		case m.dialog == breaksDialog && !m.breaks.Typing():
			cmds = append(cmds, m.breaks.Act(a))
		case m.dialog == helpDialog || m.dialog == buildDialog:
			m.dialogKey(a)
		case m.dialog != noDialog:
		case m.screen.List.Holds(e.X, e.Y):
			cmds = append(cmds, m.list.Act(a))
		case m.screen.Detail.Holds(e.X, e.Y):
			cmd, _ := m.detail.Act(a)
			cmds = append(cmds, cmd)
		case m.screen.Output.Holds(e.X, e.Y):
			m.output.Act(a)
		}
	}
	return tea.Batch(cmds...)
}

func (m *Model) click(x, y int) tea.Cmd {
	switch {
	case m.dialog == parkedDialog || m.dialog == breaksDialog:
	case m.dialog != noDialog:
		m.closeDialog()
	case m.screen.Banner.Holds(x, y) && m.status.Alarm() == "":
		m.showParked()
	case m.screen.Banner.Holds(x, y):
		m.openDialog(buildDialog)
	case m.screen.List.Holds(x, y):
		m.setFocus(keys.List)
		return m.list.Click(y - m.screen.List.Y)
	case m.screen.Detail.Holds(x, y):
		m.setFocus(keys.Detail)
		return m.detail.Click(x-m.screen.Detail.X, y-m.screen.Detail.Y)
	case m.screen.Output.Holds(x, y):
		m.setFocus(keys.OutputPane)
	}
	return nil
}
