// Package list is the pane of the exchanges: a log that grows downward and follows. It holds a window of the capture,
// pages through the rest as the cursor comes near, and renders only the rows that show.
package list

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/effect"
	"github.com/snifter-dev/snifter/tui/keys"
	"github.com/snifter-dev/snifter/tui/onion"
	"github.com/snifter-dev/snifter/tui/theme"
)

// Model is the pane.
type Model struct {
	theme   *theme.Theme
	fx      *effect.Effects
	w, h    int
	focused bool
	spin    int
	now     time.Time

	win    window
	cursor uint64 // the selected id; 0 for none
	wants  wants
	top    int // index of the first row that shows
	follow bool
	filter string
	loaded bool  // the first page came
	err    error // of the last question

	gen      int // questions from before the last jump are stale
	asking   bool
	dirty    uint64 // with a filter: rows from this id on have changed; 0 for none
	checking bool   // with a filter: a question about them is under way

	verdicts map[uint64]control.Outcome // by the replay's id
	beside   map[uint64]string          // what replays are that were made beside one with a verdict
	replays  map[uint64]uint64          // the newest replay of an origin
	parked   map[uint64]string          // where exchanges are parked
	status   control.Status
}

// page is how many rows are asked for at once.
const page = 500

// near is how close to the end of the window the cursor comes before more rows are asked for.
const near = 120

// recheck is how often, with a filter, the server is asked which of the new rows match.
const recheck = 150 * time.Millisecond

type purpose int

const (
	jumpNewest purpose = iota
	jumpOldest
	more
	changed
)

type tag struct {
	gen     int
	purpose purpose
}

type checkDue struct{ gen int }

// New makes the pane.
func New(t *theme.Theme, fx *effect.Effects, filter string, now time.Time) *Model {
	return &Model{
		theme: t, fx: fx, filter: filter, follow: true, now: now, focused: true,
		verdicts: map[uint64]control.Outcome{}, beside: map[uint64]string{}, replays: map[uint64]uint64{}, parked: map[uint64]string{},
	}
}

// Init asks for the first page.
func (m *Model) Init() tea.Cmd { return m.jump(jumpNewest) }

// SetSize sets the room, the line of column names included.
func (m *Model) SetSize(w, h int) {
	m.w, m.h = w, h
	m.settle()
}

// SetFocus says whether the pane has the focus.
func (m *Model) SetFocus(on bool) { m.focused = on }

// SetTime moves the clock, by which what is under way is timed.
func (m *Model) SetTime(now time.Time) { m.now = now }

// Spin turns the spinner.
func (m *Model) Spin() { m.spin++ }

// Busy says that something under way shows, so that the clock has to run.
func (m *Model) Busy() bool {
	for i := m.top; i < min(m.top+m.room(), len(m.win.rows)); i++ {
		if m.win.rows[i].State == recorder.Open {
			return true
		}
	}
	return false
}

// Selected is the row under the cursor.
func (m *Model) Selected() (recorder.Row, bool) {
	if i, ok := m.win.index(m.cursor); ok {
		return m.win.rows[i], true
	}
	return recorder.Row{}, false
}

// Select puts the cursor on an exchange, if it is in the window.
func (m *Model) Select(id uint64) bool {
	if _, ok := m.win.index(id); !ok {
		return false
	}
	m.cursor, m.follow = id, false
	m.settle()
	return true
}

// OriginOf is the exchange that one replays, 0 for none.
func (m *Model) OriginOf(id uint64) uint64 {
	if i, ok := m.win.index(id); ok && m.win.rows[i].Origin != nil {
		return *m.win.rows[i].Origin
	}
	return 0
}

// SetMarked shows a mark before the server has confirmed it.
func (m *Model) SetMarked(id uint64, marked bool) {
	if i, ok := m.win.index(id); ok {
		m.win.rows[i].Marked = marked
	}
}

// SetParked says which exchanges are parked.
func (m *Model) SetParked(all []control.Parked) {
	clear(m.parked)
	for i := range all {
		m.parked[all[i].ID] = onion.Short(all[i].Stage.Name) + ":" + all[i].Boundary
	}
	m.widen()
}

// Learn takes what a replay found.
func (m *Model) Learn(outcomes []control.Outcome) {
	for _, o := range outcomes {
		m.learn(o)
	}
	m.widen()
}

// Following says that the cursor stays on the newest exchange.
func (m *Model) Following() bool { return m.follow }

// Hold stops following.
func (m *Model) Hold() { m.follow = false }

// Filter is the filter in force.
func (m *Model) Filter() string { return m.filter }

// SetFilter lists what matches a filter.
func (m *Model) SetFilter(f string) tea.Cmd {
	m.filter = f
	m.win, m.cursor, m.loaded, m.wants = window{}, 0, false, wants{}
	m.follow = true
	return m.jump(jumpNewest)
}

// ReplayOf is the newest replay of an exchange that has a verdict, or 0.
func (m *Model) ReplayOf(origin uint64) uint64 { return m.replays[origin] }

// Beside says of a replay without a verdict what it was made for beside one that has, "" where that is not known.
func (m *Model) Beside(id uint64) string { return m.beside[id] }

// Verdict is what is known of a replay.
func (m *Model) Verdict(id uint64) (control.Outcome, bool) {
	o, ok := m.verdicts[id]
	return o, ok
}

// Update takes a message.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case effect.Rows:
		if t, ok := msg.Tag.(tag); ok && t.gen == m.gen {
			return m.paged(t, msg)
		}
	case effect.Status:
		if msg.Err == nil {
			m.status = msg.Status
		}
	case effect.Tick:
		if t, ok := msg.Tag.(checkDue); ok && t.gen == m.gen {
			return m.check()
		}
	}
	return nil
}

// Act does what a key asks for.
func (m *Model) Act(a keys.Action) tea.Cmd {
	switch a {
	case keys.Up:
		m.move(-1)
	case keys.Down:
		m.move(1)
	case keys.PageUp:
		m.move(-max(1, m.room()-1))
	case keys.PageDown:
		m.move(max(1, m.room()-1))
	case keys.HalfUp:
		m.move(-max(1, m.room()/2))
	case keys.HalfDown:
		m.move(max(1, m.room()/2))
	case keys.Top:
		return m.first()
	case keys.Bottom:
		return m.last()
	case keys.Follow:
		if m.follow = !m.follow; m.follow {
			return m.last()
		}
	case keys.NextChanged:
		m.nextChanged()
	}
	return m.fill()
}

// Click puts the cursor on the row at a line of the pane.
func (m *Model) Click(line int) tea.Cmd {
	i := m.top + line - 1
	if line >= 1 && i >= 0 && i < len(m.win.rows) {
		m.cursor, m.follow = m.win.rows[i].ID, false
	}
	return m.fill()
}

func (m *Model) move(by int) {
	if len(m.win.rows) == 0 {
		return
	}
	i, _ := m.win.index(m.cursor)
	to := max(0, min(i+by, len(m.win.rows)-1))
	if to != i {
		m.follow = false
	}
	m.cursor = m.win.rows[to].ID
	m.settle()
}

func (m *Model) first() tea.Cmd {
	m.follow = false
	if m.win.older {
		return m.jump(jumpOldest)
	}
	if len(m.win.rows) > 0 {
		m.cursor = m.win.rows[0].ID
	}
	m.settle()
	return nil
}

func (m *Model) last() tea.Cmd {
	m.follow = true
	if m.win.newer {
		return m.jump(jumpNewest)
	}
	m.settle()
	return nil
}

// nextChanged goes to the next replay below the cursor whose verdict is changed or broken, from the top again at the
// end.
func (m *Model) nextChanged() {
	n := len(m.win.rows)
	start, _ := m.win.index(m.cursor)
	for k := 1; k <= n; k++ {
		r := m.win.rows[(start+k)%n]
		if m.changed(r.ID) {
			m.cursor, m.follow = r.ID, false
			m.settle()
			return
		}
	}
}

func (m *Model) changed(id uint64) bool {
	verdict := m.verdicts[id].Verdict
	return verdict == "changed" || verdict == "broken"
}

// HasChanged says whether there is a row for nextChanged to go to.
func (m *Model) HasChanged() bool {
	return slices.ContainsFunc(m.win.rows, func(r recorder.Row) bool { return m.changed(r.ID) })
}

// HasUnjudged says whether there are replays whose verdicts are not known, which another run of snifter has made.
func (m *Model) HasUnjudged() bool {
	return slices.ContainsFunc(m.win.rows, func(r recorder.Row) bool {
		_, known := m.verdicts[r.ID]
		return r.Origin != nil && !known && m.beside[r.ID] == "" && r.State != recorder.Open
	})
}

// room is how many rows show.
func (m *Model) room() int { return max(0, m.h-1) }

// settle keeps the cursor on a row and the row on the screen.
func (m *Model) settle() {
	n := len(m.win.rows)
	if n == 0 {
		m.top = 0
		return
	}
	i, found := m.win.index(m.cursor)
	if m.follow && !m.win.newer {
		i, found = n-1, false
	}
	i = min(i, n-1)
	if !found {
		m.cursor = m.win.rows[i].ID
	}
	room := max(1, m.room())
	if i < m.top {
		m.top = i
	}
	if i >= m.top+room {
		m.top = i - room + 1
	}
	m.top = max(0, min(m.top, n-room))
	m.widen()
}
