package tui

import (
	"strconv"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/keys"
	"github.com/snifter-dev/snifter/tui/onion"
)

// typing says that keys are text.
func (m *Model) typing() bool {
	return m.prompt.IsOpen() || m.dialog == parkedDialog && m.parked.Typing() || m.dialog == breaksDialog && m.breaks.Typing()
}

// showParked opens the dialog of what is parked, on the selected exchange if it is.
func (m *Model) showParked() {
	if row, ok := m.list.Selected(); ok {
		m.parked.Choose(row.ID)
	}
	m.openDialog(parkedDialog)
}

// stepKey takes a key in the dialogs of what is parked and where.
func (m *Model) stepKey(k tea.KeyMsg) tea.Cmd {
	switch {
	case m.dialog == parkedDialog && m.parked.Typing():
		return m.parked.Key(k)
	case m.dialog == breaksDialog && m.breaks.Typing():
		return m.breakpointKey(k)
	}
	scope := keys.Parked
	if m.dialog == breaksDialog {
		scope = keys.Breakpoints
	}
	switch a := m.keys.Action(scope, k.String()); a {
	case keys.Quit:
		return tea.Quit
	case keys.Back:
		m.closeDialog()
	case keys.Help:
		m.openDialog(helpDialog)
	case keys.Said:
		m.openDialog(saidDialog)
	case keys.ShowParked:
		m.showParked()
	case keys.ShowBreakpoints:
		m.openDialog(breaksDialog)
	default:
		if m.dialog == parkedDialog {
			return m.parked.Act(a)
		}
		return m.breaks.Act(a)
	}
	return nil
}

// askBreakpoint opens the form of a breakpoint, with a beginning.
func (m *Model) askBreakpoint(text string) {
	m.openDialog(breaksDialog)
	m.breaks.Ask(text)
	m.asking = true
}

// breakpointKey takes a key for the form of a breakpoint. Where the dialog was opened for it, to leave it is to leave both.
func (m *Model) breakpointKey(k tea.KeyMsg) tea.Cmd {
	cmd := m.breaks.Key(k)
	if m.asking && !m.breaks.Typing() {
		m.asking = false
		if cmd == nil {
			m.closeDialog()
		}
	}
	return cmd
}

// onStage does something with the selected stage, or at the boundary that is looked at. Where there is none, a breakpoint
// is asked for.
func (m *Model) onStage(a keys.Action) tea.Cmd {
	s, boundary := m.detail.Place()
	switch {
	case a == keys.BreakAsk && (s == nil || s.Index == 0):
		m.askBreakpoint("")
		return nil
	case s == nil:
		return nil
	case a == keys.CopyPlace:
		place := onion.Place(s.File, s.Line)
		if place == "" {
			return m.say("where this stage's source is, is not known")
		}
		return m.fx.CopyText(place, place)
	case a == keys.ReplayWithout || a == keys.ReplayFrom:
		return m.operate(a, s)
	case s.Index == 0:
		return m.say("no request parks at the server itself: choose a stage within it")
	case a == keys.BreakAsk:
		m.askBreakpoint(s.Name + ":" + boundary + " ")
		return nil
	}
	return m.breaks.Toggle(m.detail.Exchange(), s, boundary)
}

// operate replays the selected exchange without a stage, or from there on.
func (m *Model) operate(a keys.Action, s *recorder.Stage) tea.Cmd {
	row, ok := m.list.Selected()
	switch {
	case !ok:
		return nil
	case s.Index == 0:
		return m.say("every replay goes through the server itself: choose a stage within it")
	}
	pattern := m.patternOf(&row, s)
	if a == keys.ReplayFrom {
		return m.replay(row, control.Surgery{Enter: pattern})
	}
	return m.replay(row, control.Surgery{Skip: []string{pattern}})
}

// patternOf names a stage of the selected exchange for a replay.
func (m *Model) patternOf(row *recorder.Row, s *recorder.Stage) string {
	if row.Origin == nil && !onlyOfItsName(m.detail.Exchange(), s) { // the numbers are those of the origin
		return strconv.Itoa(s.Index)
	}
	return s.Name
}

func onlyOfItsName(x *recorder.Exchange, s *recorder.Stage) bool {
	for i := range x.Stages {
		if other := &x.Stages[i]; other.Index != s.Index && other.Name == s.Name {
			return false
		}
	}
	return true
}
