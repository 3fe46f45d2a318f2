// Package parked is the dialog of the requests that stand at a boundary of a stage: which they are, how they stand, and
// what can be done with the one that is chosen.
package parked

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/effect"
	"github.com/snifter-dev/snifter/tui/form"
	"github.com/snifter-dev/snifter/tui/keys"
	"github.com/snifter-dev/snifter/tui/pane/detail"
	"github.com/snifter-dev/snifter/tui/theme"
)

// Title names the dialog.
const Title = "Parked requests"

// Model is the dialog.
type Model struct {
	theme *theme.Theme
	fx    *effect.Effects
	clock func() time.Time
	w, h  int

	all     []control.Parked
	threads int
	chosen  uint64
	gone    *control.Parked // the chosen one, after it has gone on: it may park again at once
	at      int             // where it stood in the list
	done    recorder.Row    // of the chosen one, when it had ended
	ended   string          // how
	told    string          // of one that was chosen before
	busy    bool            // a command is on its way
	problem string          // of the last command

	form  *form.Form
	sent  *form.Form        // while its command is on its way
	what  stepping.Action   // of the form
	shown map[string]string // by the fields of the form, before anything is typed
	pager *doc.Pager
}

// New makes the dialog.
func New(t *theme.Theme, fx *effect.Effects, clock func() time.Time) *Model {
	return &Model{theme: t, fx: fx, clock: clock, pager: doc.NewPager()}
}

// SetSize sets the room.
func (m *Model) SetSize(w, h int) {
	m.w, m.h = w, h
	m.fit()
}

// SetThreads says how many requests the application serves at once.
func (m *Model) SetThreads(n int) { m.threads = n }

// Count is how many are parked.
func (m *Model) Count() int { return len(m.all) }

// Of is where an exchange is parked, nil for nowhere.
func (m *Model) Of(id uint64) *control.Parked {
	for i := range m.all {
		if m.all[i].ID == id {
			return &m.all[i]
		}
	}
	return nil
}

// All is what is parked, in the order in which the requests came: one that is stepped through stays where it is.
func (m *Model) All() []control.Parked { return m.all }

// goneOn is said where a form was left open for a request that stands there no more.
const goneOn = "the request has gone on meanwhile: the form was not sent"

// Set takes what is parked now.
func (m *Model) Set(all []control.Parked) {
	before := m.Of(m.chosen)
	if before != nil {
		m.ended = ""
	}
	if before != nil {
		m.at = slices.IndexFunc(m.all, func(p control.Parked) bool { return p.ID == m.chosen })
	}
	m.all = slices.Clone(all)
	slices.SortFunc(m.all, func(a, b control.Parked) int { return cmp.Compare(a.ID, b.ID) })
	now := m.Of(m.chosen)
	elsewhere := before == nil || now == nil || before.Stop != now.Stop
	if m.form != nil && before != nil && elsewhere { // what was being changed is no more, be it that another sent it on
		m.form = nil
		m.problem = goneOn
	}
	if m.form != nil && now != nil {
		m.refill(now)
	}
	switch {
	case now != nil:
		m.gone = nil
		m.lay(elsewhere)
	case m.gone == nil && before != nil:
		m.gone = before
		m.lay(true)
	case m.gone == nil:
		m.choose(0)
	}
	m.settle()
}

// See takes what has become of an exchange: the one that has gone on may have ended.
func (m *Model) See(r *recorder.Row) {
	if r.ID == m.chosen && r.State != recorder.Open {
		m.done = *r
		m.settle()
	}
}

// settle sees to the chosen request once it has ended: the one that stood behind it is chosen, where there is one.
func (m *Model) settle() {
	if m.gone == nil || m.done.ID != m.gone.ID {
		return
	}
	known := m.ended != ""
	if m.ended = m.done.Status; m.ended == "" {
		m.ended = string(m.done.State)
	}
	if len(m.all) > 0 {
		m.choose(m.at)
		if !known { // where it stood alone, that was said then
			m.told = fmt.Sprintf("%d has ended: %s", m.done.ID, m.ended)
		}
	}
}

// Choose chooses an exchange, where it is parked.
func (m *Model) Choose(id uint64) {
	if i := slices.IndexFunc(m.all, func(p control.Parked) bool { return p.ID == id }); i >= 0 {
		m.choose(i)
	} else if m.gone != nil || m.Of(m.chosen) == nil {
		m.choose(0)
	}
}

func (m *Model) choose(i int) {
	m.gone, m.problem, m.told = nil, "", ""
	m.chosen = 0
	if len(m.all) > 0 {
		m.chosen = m.all[max(0, min(i, len(m.all)-1))].ID
	}
	m.lay(true)
}

// lay lays the chosen one out.
func (m *Model) lay(anew bool) {
	d := &doc.Doc{}
	if p := m.Of(m.chosen); p != nil {
		d = detail.ParkedDoc(p)
	}
	m.pager.Set(d, !anew)
	m.fit()
}

// Typing says that a form is open, which takes all keys.
func (m *Model) Typing() bool { return m.form != nil }

// Key takes a key for the open form.
func (m *Model) Key(k tea.KeyMsg) tea.Cmd {
	switch m.form.Key(k) {
	case form.Typing:
		m.suggest()
	case form.Cancelled:
		m.form = nil
	case form.Accepted:
		c, err := m.command(m.what, m.form)
		file, _ := m.form.Value(fileField)
		accepted := m.form
		m.form = nil
		m.fit()
		if err == nil {
			m.sent = accepted
			return m.send(c, file)
		}
	}
	m.fit()
	return nil
}

// Offers says whether a key that is of this dialog does something where the chosen request stands.
func (m *Model) Offers(a keys.Action) bool {
	_, goes := going[a]
	p := m.Of(m.chosen)
	switch {
	case goes:
		return p != nil
	case a == keys.ContinueAll:
		return len(m.all) > 0
	case a == keys.Edit:
		return p != nil && len(editFields(p)) > 0
	case a == keys.Respond:
		return p != nil && can(p, string(stepping.Respond))
	case a == keys.Raise:
		return p != nil && can(p, string(stepping.Raise))
	}
	return true
}

// Act does what a key asks for.
func (m *Model) Act(a keys.Action) tea.Cmd {
	if c, ok := going[a]; ok {
		return m.send(control.StepCommand{ID: m.chosen, Action: string(c)}, "")
	}
	switch a {
	case keys.ContinueAll:
		return m.continueAll()
	case keys.Up, keys.Down:
		m.move(a)
	case keys.Top:
		m.choose(0)
	case keys.Bottom:
		m.choose(len(m.all) - 1)
	case keys.Edit, keys.Respond, keys.Raise:
		m.open(a)
	default:
		m.pager.Act(a)
	}
	return nil
}

var going = map[keys.Action]stepping.Action{
	keys.Continue: stepping.Continue, keys.StepInto: stepping.Step, keys.StepOver: stepping.Over, keys.StepOut: stepping.Out,
	keys.Abort: stepping.Abort,
}

// move goes to another request, or scrolls where there is but one.
func (m *Model) move(a keys.Action) {
	if len(m.all) == 1 && m.gone == nil {
		m.pager.Act(a)
		return
	}
	i := slices.IndexFunc(m.all, func(p control.Parked) bool { return p.ID == m.chosen })
	if a == keys.Up {
		m.choose(max(0, i-1))
	} else {
		m.choose(i + 1)
	}
}

// send has a command done, with the bytes of a file as its block, unless that is "".
func (m *Model) send(c control.StepCommand, file string) tea.Cmd {
	p := m.Of(c.ID)
	if p == nil || m.busy {
		return nil
	}
	c.Stop = p.Stop
	m.busy, m.problem, m.told = true, "", ""
	return m.fx.Step(c, file)
}

// continueAll has all that is parked go on.
func (m *Model) continueAll() tea.Cmd {
	if m.busy || len(m.all) == 0 {
		return nil
	}
	m.busy, m.problem, m.told = true, "", ""
	cmds := make([]tea.Cmd, len(m.all))
	for i := range m.all {
		p := &m.all[i]
		cmds[i] = m.fx.Step(control.StepCommand{ID: p.ID, Action: string(stepping.Continue), Stop: p.Stop}, "")
	}
	return tea.Batch(cmds...)
}

// Stepped takes what became of a command. The form of one that could not be done is open again.
func (m *Model) Stepped(msg effect.Stepped) {
	m.busy = false
	sent := m.sent
	m.sent = nil
	if p := m.Of(msg.Command.ID); p != nil && p.ID == m.chosen && p.Stop == msg.Command.Stop && failed(msg) {
		m.form = sent
	}
	if msg.Err != nil {
		m.problem = msg.Err.Error()
		return
	}
	i := slices.IndexFunc(m.all, func(p control.Parked) bool { return p.ID == msg.Command.ID })
	all := slices.Clone(m.all)
	switch {
	case msg.Parked != nil && i >= 0:
		all[i] = *msg.Parked
	case i >= 0:
		all = slices.Delete(all, i, i+1)
	default:
		return
	}
	m.Set(all)
}

func failed(msg effect.Stepped) bool {
	return msg.Err != nil || msg.Parked != nil && msg.Parked.Trouble != ""
}
