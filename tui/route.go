package tui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/curl"
	"github.com/snifter-dev/snifter/tui/effect"
	"github.com/snifter-dev/snifter/tui/keys"
	"github.com/snifter-dev/snifter/tui/layout"
	"github.com/snifter-dev/snifter/tui/pane/detail"
	"github.com/snifter-dev/snifter/tui/pane/prompt"
)

// pressed takes keys. Characters that came at once (a key held down, a slow link) are one message: outside of the prompt
// each is a key of its own, and what was pasted is none.
func (m *Model) pressed(k tea.KeyMsg) tea.Cmd {
	if k.Type != tea.KeyRunes || len(k.Runes) < 2 && !k.Paste || m.typing() {
		return m.key(k)
	}
	if k.Paste {
		return nil
	}
	var cmds []tea.Cmd
	for i, r := range k.Runes {
		if m.typing() { // the one before opened it: the rest was typed into it
			k.Runes = k.Runes[i:]
			return tea.Batch(append(cmds, m.key(k))...)
		}
		cmds = append(cmds, m.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: k.Alt}), m.arrange())
	}
	return tea.Batch(cmds...)
}

// key routes a key: an open prompt or dialog first, then what holds everywhere, then the pane with the focus.
func (m *Model) key(k tea.KeyMsg) tea.Cmd {
	if m.screen.TooSmall {
		if s := k.String(); s == "q" || s == "ctrl+c" {
			return tea.Quit
		}
		return nil
	}
	if m.prompt.IsOpen() {
		if m.prompt.Key(k) == prompt.Accepted && m.prompt.Value() != m.list.Filter() {
			return m.list.SetFilter(m.prompt.Value())
		}
		return nil
	}
	switch m.dialog {
	case noDialog:
	case parkedDialog, breaksDialog:
		return m.stepKey(k)
	default:
		return m.dialogKey(m.keys.Action(keys.Dialog, k.String()))
	}
	a := m.keys.Action(m.scope(), k.String())
	if why := m.needsServer(a); why != "" {
		return m.say(why)
	}
	if cmd, ok := m.global(a); ok {
		return cmd
	}
	switch m.focus {
	case keys.Detail:
		return m.detailKey(a)
	case keys.OutputPane:
		if a == keys.Back {
			m.leaveOutput()
		} else {
			m.output.Act(a)
		}
		return nil
	}
	return m.listKey(a)
}

// scope is where a key is pressed: the pane that has the focus, and of the detail the tab.
func (m *Model) scope() keys.Scope {
	if m.focus == keys.Detail {
		return m.detail.Scope()
	}
	return m.focus
}

// global does what holds in every pane.
func (m *Model) global(a keys.Action) (tea.Cmd, bool) {
	switch a {
	case keys.Quit:
		return tea.Quit, true
	case keys.Suspend:
		return tea.Suspend, true
	case keys.Help:
		m.openDialog(helpDialog)
	case keys.BuildError:
		m.openDialog(buildDialog)
	case keys.Said:
		m.openDialog(saidDialog)
	case keys.ShowParked:
		m.showParked()
	case keys.ShowBreakpoints:
		m.openDialog(breaksDialog)
	case keys.Blame:
		if !m.screen.Detail.Empty() || m.focus == keys.Detail {
			cmd, _ := m.detail.Act(a)
			return cmd, true
		}
		cmd := m.openDetail(detail.Response, true)
		blame, _ := m.detail.Act(a)
		return tea.Batch(cmd, blame), true
	case keys.BreakHere, keys.BreakAsk, keys.CopyPlace, keys.ReplayWithout, keys.ReplayFrom:
		return m.onStage(a), true
	case keys.Filter:
		m.prompt.Open(m.list.Filter())
	case keys.Zoom:
		m.zoom = !m.zoom
		m.inDetail = m.focus == keys.Detail
	case keys.Focus:
		m.nextPane()
	case keys.Output:
		m.showOutput = !m.showOutput
	case keys.Rebuild:
		return tea.Batch(m.say("rebuilding"), m.fx.Rebuild()), true
	case keys.ReplayMarked:
		m.replaying++
		return tea.Batch(m.say("replaying what is marked"), m.fx.Replay(learning(control.ReplayQuery{Filter: "~marked"}))), true
	case keys.NextChanged:
		switch {
		case m.list.HasChanged():
		case m.list.HasUnjudged():
			return m.say("no replay has changed since the workbench opened; 7 compares earlier ones"), true
		default:
			return m.say("no replay that shows has changed"), true
		}
		return m.list.Act(a), true
	case keys.Follow:
		return m.list.Act(a), true
	case keys.MarkToggle, keys.Replay, keys.CopyRequest, keys.CopyBody, keys.Origin:
		row, ok := m.list.Selected()
		if !ok {
			return nil, true
		}
		return m.onRow(a, row), true
	case keys.Tab1, keys.Tab2, keys.Tab3, keys.Tab4, keys.Tab5, keys.Tab6, keys.Tab7,
		keys.Tab8, keys.Tab9:
		return m.openDetail(detail.Tab(a-keys.Tab1), true), true
	default:
		return nil, false
	}
	return nil, true
}

func (m *Model) listKey(a keys.Action) tea.Cmd {
	switch a {
	case keys.Open, keys.Right:
		return m.openDetail(0, false)
	case keys.NextTab, keys.PrevTab, keys.Raw, keys.Wrap:
		if m.screen.Detail.Empty() {
			return m.openDetail(0, false)
		}
		cmd, _ := m.detail.Act(a)
		return cmd
	case keys.ClearFilter:
		if m.zoom && m.screenBeside() {
			m.zoom = false
			return nil
		}
		if m.list.Filter() != "" {
			return m.list.SetFilter("")
		}
		return nil
	}
	return m.list.Act(a)
}

func (m *Model) detailKey(a keys.Action) tea.Cmd {
	switch a {
	case keys.Back:
		if m.detail.Leave() {
			return nil
		}
		if m.zoom {
			m.zoom = false
			m.inDetail = true
			if m.screenBeside() {
				return nil
			}
		}
		m.setFocus(keys.List)
		return nil
	case keys.NextExchange:
		return m.list.Act(keys.Down)
	case keys.PrevExchange:
		return m.list.Act(keys.Up)
	}
	cmd, used := m.detail.Act(a)
	if a == keys.Left && !used {
		m.zoom = false
		m.setFocus(keys.List)
	}
	return cmd
}

// screenBeside says that list and detail both show where nothing is zoomed.
func (m *Model) screenBeside() bool {
	return layout.Divide(m.w, m.h, layout.State{Output: m.showOutput}).Arrangement != layout.One
}

// openDetail goes to the detail of the selected exchange, and stays on it.
func (m *Model) openDetail(t detail.Tab, choose bool) tea.Cmd {
	if _, ok := m.list.Selected(); !ok {
		return nil
	}
	m.list.Hold()
	m.setFocus(keys.Detail)
	if choose {
		return m.detail.Open(t)
	}
	return nil
}

// leaveOutput goes back to the pane that had the focus before.
func (m *Model) leaveOutput() {
	m.showOutput = false
	if m.inDetail {
		m.setFocus(keys.Detail)
	} else {
		m.setFocus(keys.List)
	}
}

// nextPane gives the focus to the next pane that shows.
func (m *Model) nextPane() {
	order := []keys.Scope{keys.List, keys.Detail}
	if m.showOutput {
		order = append(order, keys.OutputPane)
	}
	for i, s := range order {
		if s == m.focus {
			m.setFocus(order[(i+1)%len(order)])
			return
		}
	}
	m.setFocus(keys.List)
}

// onRow does something with the selected exchange.
func (m *Model) onRow(a keys.Action, row recorder.Row) tea.Cmd {
	redactor := m.redactor
	switch a {
	case keys.MarkToggle:
		m.list.SetMarked(row.ID, !row.Marked)
		return m.fx.Mark(row.ID, !row.Marked)
	case keys.Replay:
		return m.replay(row, control.Surgery{})
	case keys.CopyRequest:
		base := m.status.Status.URL
		return m.fx.Copy(row.ID, "the request as curl, its secrets left out", func(x *recorder.Exchange) (string, error) {
			return curl.Command(redactor.Exchange(x), base), nil
		})
	case keys.CopyBody:
		return m.fx.Copy(row.ID, "the response's body, its secrets left out", func(x *recorder.Exchange) (string, error) {
			return detail.CopyBody(redactor.Exchange(x))
		})
	case keys.Origin:
		if row.Origin == nil {
			return m.say("this exchange is no replay")
		}
		if !m.list.Select(*row.Origin) {
			return m.say(fmt.Sprintf("exchange %d is not among those listed", *row.Origin))
		}
	}
	return nil
}

// replay replays an exchange, with all its stages or not.
func (m *Model) replay(row recorder.Row, s control.Surgery) tea.Cmd {
	q := control.ReplayQuery{IDs: []uint64{row.ID}}
	if row.Origin != nil { // a replay is made again from its origin, so that it can be compared with that
		q.IDs[0] = *row.Origin
	}
	q.Surgery = s
	m.replaying++
	m.list.Hold()
	return tea.Batch(m.say(fmt.Sprintf("replaying %d%s", q.IDs[0], manner(s))), m.fx.Replay(learning(q)))
}

// learning is a query for replays as the workbench makes them: who looks on waits for what differs each time to be told from
// what has changed.
func learning(q control.ReplayQuery) control.ReplayQuery {
	q.Learn = true
	return q
}

// manner says how a replay goes through the stages otherwise than its origin.
func manner(s control.Surgery) string {
	switch {
	case s.Enter != "":
		return ", entering at " + s.Enter
	case len(s.Skip) > 0:
		return " without " + strings.Join(s.Skip, ", ")
	}
	return ""
}

// replayed tells what a replay found, and shows it where something changed.
func (m *Model) replayed(msg effect.Replayed) tea.Cmd {
	m.replaying--
	if msg.Err != nil {
		return m.fail(msg.Err)
	}
	m.list.Learn(msg.Outcomes)
	if len(msg.Outcomes) == 0 {
		return m.say("nothing to replay: m marks an exchange; one that is a replay itself is left out")
	}
	if len(msg.Outcomes) > 1 || len(msg.Query.IDs) == 0 {
		return m.say(count(msg.Outcomes...).String())
	}
	o := msg.Outcomes[0]
	text := fmt.Sprintf("%d%s: %s", o.Origin, manner(msg.Query.Surgery), o.Verdict)
	if len(o.Reasons) > 0 {
		text += ", " + o.Reasons[0]
	}
	cmd := m.say(text)
	row, ok := m.list.Selected()
	if ok && (row.ID == o.Origin || row.ID == o.ID || row.Origin != nil && *row.Origin == o.Origin) && m.dialog == noDialog {
		if o.Verdict == "changed" || o.Verdict == "broken" {
			if row.ID != o.Origin && row.ID != o.ID {
				m.list.Select(o.Origin)
			}
			return tea.Batch(cmd, m.openDetail(detail.Diff, true))
		}
	}
	return cmd
}
