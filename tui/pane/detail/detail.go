// Package detail is the pane of one exchange: its request, environ, response, chunks, errors, traceback and, for a
// replay, what differs from its origin; its stages, and each boundary that it crossed. Documents are made and highlighted by effects; the pane shows the last one that
// is ready, so that a key never waits for a large body.
package detail

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/effect"
	"github.com/snifter-dev/snifter/tui/keys"
	"github.com/snifter-dev/snifter/tui/pane/list"
	"github.com/snifter-dev/snifter/tui/theme"
)

// Model is the pane.
type Model struct {
	theme   *theme.Theme
	fx      *effect.Effects
	clock   func() time.Time
	w, h    int
	focused bool

	row    recorder.Row // what is wanted
	replay uint64       // its newest replay
	spin   int

	x       *recorder.Exchange // what is there, perhaps still of the row before
	err     error
	version int
	asking  uint64 // the exchange that is asked for; 0 for none
	again   bool   // it changed meanwhile

	tab    Tab
	chosen bool // the tab was chosen by the user
	raw    bool

	comparison *control.Comparison
	compareErr error
	compared   twins
	comparing  twins
	diffs      int
	verdict    string
	leftOut    string // the stages that the replay has left out
	beside     string // what the replay was made for, where it has no verdict
	capture    bool

	stage int // what is chosen in the tab Stages
	steps steps
	walks int
	first int  // line of the upper part that shows first
	full  bool // the lower part has nearly all of the room
	blame bool // of the body

	breakpoints []control.Breakpoint
	parked      *control.Parked
	stale       bool // it was parked elsewhere when the exchange was asked for

	pager   *doc.Pager
	shown   content
	shownID uint64
	making  bool
	inking  bool
}

// New makes the pane.
func New(t *theme.Theme, fx *effect.Effects, clock func() time.Time) *Model {
	return &Model{theme: t, fx: fx, clock: clock, tab: Response, pager: doc.NewPager()}
}

// head is how many lines stand above the document.
const head = 2

// SetSize sets the room.
func (m *Model) SetSize(w, h int) tea.Cmd {
	m.w, m.h = w, h
	m.fit()
	return m.refresh()
}

// SetFocus says whether the pane has the focus.
func (m *Model) SetFocus(on bool) { m.focused = on }

// Spin turns the spinner.
func (m *Model) Spin() { m.spin++ }

// SetCapture says whether the exchanges are of a capture that was opened without a server.
func (m *Model) SetCapture(capture bool) { m.capture = capture }

// SetBeside says what the replay that is to be shown next was made for beside one that has a verdict.
func (m *Model) SetBeside(what string) { m.beside = what }

// Exchange is the exchange that is wanted, if it is there.
func (m *Model) Exchange() *recorder.Exchange {
	if m.x != nil && m.x.ID == m.row.ID {
		return m.x
	}
	return nil
}

// Show wants an exchange as of its row, with its newest replay (0 for none), and the outcome of that, or of itself. It is called
// after whatever may have changed them, and does nothing where nothing did.
func (m *Model) Show(row recorder.Row, replay uint64, outcome control.Outcome) tea.Cmd {
	verdict := ""
	if outcome.ID != 0 {
		verdict, _ = list.VerdictSymbol(outcome.Verdict)
	}
	m.leftOut = strings.Join(list.LeftOut(outcome), ", ")
	same := !m.stale && row.ID == m.row.ID && row.State == m.row.State && row.Chunks == m.row.Chunks && row.Status == m.row.Status &&
		row.ResponseBytes == m.row.ResponseBytes && row.RequestBytes == m.row.RequestBytes &&
		row.Events == m.row.Events
	if same && replay == m.replay && verdict == m.verdict && (m.x != nil || m.err != nil || m.asking != 0) {
		m.row = row
		return nil
	}
	if row.ID != m.row.ID {
		m.err = nil
	}
	m.row, m.replay, m.verdict = row, replay, verdict
	if same && m.x != nil {
		return m.refresh()
	}
	return m.ask()
}

// Clear shows nothing.
func (m *Model) Clear() {
	m.row, m.x, m.err = recorder.Row{}, nil, nil
	m.pager.Set(&doc.Doc{}, false)
	m.shown, m.shownID = content{}, 0
}

func (m *Model) ask() tea.Cmd {
	if m.row.ID == 0 {
		return nil
	}
	m.stale = false
	if m.asking != 0 { // one question at a time: the next is about the newest
		m.again = true
		return nil
	}
	m.asking, m.again = m.row.ID, false
	return m.fx.AskExchange(m.row.ID)
}

// Update takes a message.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case effect.Exchange:
		return m.came(msg)
	case effect.Moments:
		return m.walked(msg)
	case effect.Compared:
		pair := twins{msg.A, msg.B}
		if pair == m.comparing {
			m.comparing = twins{}
		}
		m.comparison, m.compareErr, m.compared = msg.Comparison, msg.Err, pair
		m.diffs++
		return m.refresh()
	case built:
		if msg.owner != m {
			return nil
		}
		return m.made(msg)
	case inked:
		m.inking = false
		if msg.lines != nil {
			msg.doc.SetPiece(msg.work, msg.lines)
		}
		return m.highlight()
	}
	return nil
}

func (m *Model) came(msg effect.Exchange) tea.Cmd {
	if msg.ID != m.asking {
		return nil
	}
	m.asking = 0
	if msg.ID == m.row.ID {
		m.x, m.err = msg.Exchange, msg.Err
		m.version++
		if !m.chosen {
			m.tab = m.suggest()
		}
	}
	var cmd tea.Cmd
	if m.again || msg.ID != m.row.ID {
		cmd = m.ask()
	}
	return tea.Batch(cmd, m.refresh())
}

// suggest is the tab that tells most of an exchange, for as long as the user has chosen none.
func (m *Model) suggest() Tab {
	switch {
	case m.x != nil && m.x.Exception != nil:
		return Traceback
	case m.x != nil && m.x.Origin != nil && (m.verdict == "≠" || m.verdict == "✗"):
		return Diff
	}
	return Response
}

// pairOf is what the tab Diff compares: a replay with its origin, or an exchange with its newest replay.
func (m *Model) pairOf() twins {
	switch {
	case m.row.Origin != nil:
		return twins{*m.row.Origin, m.row.ID}
	case m.replay != 0:
		return twins{m.row.ID, m.replay}
	}
	return twins{}
}

// refresh sees to it that what is wanted is shown.
func (m *Model) refresh() tea.Cmd {
	if m.x == nil || m.x.ID != m.row.ID {
		return nil
	}
	cmd := m.askSteps()
	m.fit()
	if m.making {
		return cmd
	}
	want := content{version: m.version, tab: m.tab, raw: m.raw}
	switch m.tab {
	case Stages:
		want.at = m.stage
	case Steps:
		want.at, want.walks = m.steps.at, m.walks
	case Environ:
		want.w = m.w - 1
	case Chunks:
		want.w = m.w - 1
	case Response:
		want.w, want.blame = m.w-1, m.blame
	case Request:
		if m.w-1 < 77 {
			want.w = 1 // a narrow dump
		} else {
			want.w = 80
		}
	case Diff:
		want.pair, want.diffs, want.capture = m.pairOf(), m.diffs, m.capture
		if want.pair != (twins{}) && m.compared != want.pair {
			m.comparison, m.compareErr = nil, nil
			if m.comparing != want.pair && m.x.State != recorder.Open {
				m.comparing = want.pair
				cmd = m.fx.Compare(want.pair.origin, want.pair.replay)
			}
		}
	}
	if want == m.shown {
		return tea.Batch(cmd, m.highlight())
	}
	m.making = true
	return tea.Batch(cmd, m.make(want))
}

func (m *Model) made(msg built) tea.Cmd {
	m.making = false
	if m.x == nil || m.x.ID != m.row.ID || msg.content.version != m.version || msg.content.tab != m.tab {
		return m.refresh()
	}
	was, is := m.shown, msg.content
	keep := m.shownID == m.x.ID && was.tab == is.tab && was.raw == is.raw && was.blame == is.blame && (was.at == is.at || m.tab == Steps)
	m.pager.Set(msg.doc, keep)
	m.shown, m.shownID = msg.content, m.x.ID
	return tea.Batch(m.refresh(), m.highlight())
}

// Act does what a key asks for. It says whether the key was of use.
func (m *Model) Act(a keys.Action) (tea.Cmd, bool) {
	if m.chooses() && m.pick(a) {
		return m.refresh(), true
	}
	switch a {
	case keys.NextTab:
		return m.choose((m.tab + 1) % tabs), true
	case keys.PrevTab:
		return m.choose((m.tab + tabs - 1) % tabs), true
	case keys.Raw:
		m.raw = !m.raw
		return m.refresh(), true
	case keys.Blame:
		m.blame = !m.blame
		if m.tab != Response {
			m.blame = true
			return m.choose(Response), true
		}
		return m.refresh(), true
	case keys.Wrap:
		m.pager.ToggleWrap()
	case keys.Right:
		m.pager.Sideways(8)
	case keys.Left:
		return nil, m.pager.Sideways(-8)
	default:
		if !m.pager.Act(a) {
			return nil, false
		}
	}
	return m.highlight(), true
}

// Open shows a tab, as if the user had chosen it.
func (m *Model) Open(t Tab) tea.Cmd { return m.choose(t) }

func (m *Model) choose(t Tab) tea.Cmd {
	m.tab, m.chosen = t, true
	return m.refresh()
}

// Click chooses the tab, or the line of the upper part, at a cell of the pane.
func (m *Model) Click(x, y int) tea.Cmd {
	if t, ok := m.tabAt(x); ok && y == 1 {
		return m.choose(t)
	}
	if line := y - head; m.upper() > 0 && !m.full && line < m.upper()-1 {
		if m.tab == Stages {
			line--
		}
		if from, to := m.window(); line >= 0 && from+line < to {
			*m.place() = from + line
			return m.refresh()
		}
	}
	return nil
}

func (m *Model) symbol() (string, theme.Ink) { return list.Symbol(m.row.Status, m.row.State, m.spin) }

// View is the pane, exactly as many lines as there is room.
func (m *Model) View() []string {
	if m.w <= 0 || m.h <= 0 {
		return nil
	}
	if m.row.ID == 0 {
		p := doc.NewPager()
		p.SetSize(m.w, m.h)
		p.Set(&doc.Doc{Lines: []doc.Line{{}, doc.L(doc.S(theme.Dim, "  What you choose in the list shows here."))}}, false)
		return p.View(m.theme)
	}
	m.fit()
	out := append(make([]string, 0, m.h), m.title(), m.bar())
	out = out[:min(len(out), m.h)]
	if m.err != nil {
		p := doc.NewPager()
		p.SetSize(m.w, m.h-head)
		p.Set(&doc.Doc{Lines: []doc.Line{{}, {Hang: 2, Spans: []doc.Span{doc.S(theme.Bad, "  ✗ "+m.err.Error())}}}}, false)
		return append(out, p.View(m.theme)...)
	}
	out = append(out, m.upperView()...)
	margin := m.theme.Paint(theme.Plain, doc.S(theme.Plain, " ").Text)
	for _, l := range m.pager.View(m.theme) {
		out = append(out, margin+l)
	}
	return out
}
