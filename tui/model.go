package tui

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/effect"
	"github.com/snifter-dev/snifter/tui/keys"
	"github.com/snifter-dev/snifter/tui/layout"
	"github.com/snifter-dev/snifter/tui/pane/breakpoints"
	"github.com/snifter-dev/snifter/tui/pane/build"
	"github.com/snifter-dev/snifter/tui/pane/detail"
	"github.com/snifter-dev/snifter/tui/pane/list"
	"github.com/snifter-dev/snifter/tui/pane/output"
	"github.com/snifter-dev/snifter/tui/pane/parked"
	"github.com/snifter-dev/snifter/tui/pane/prompt"
	"github.com/snifter-dev/snifter/tui/pane/status"
	"github.com/snifter-dev/snifter/tui/theme"
)

// Model is the workbench without a terminal: the root, which routes messages to the panes and puts their views
// together. Run gives it a terminal; tests drive it by its messages.
type Model struct {
	theme *theme.Theme
	keys  keys.Map
	fx    *effect.Effects
	now   func() time.Time

	w, h   int
	screen layout.Screen

	list   *list.Model
	detail *detail.Model
	output *output.Model
	prompt *prompt.Model
	parked *parked.Model
	breaks *breakpoints.Model
	status status.Model

	focus      keys.Scope
	inDetail   bool // the detail takes the screen where there is room for one pane
	zoom       bool
	showOutput bool
	// wantMouse has the terminal report the mouse, which it forgets when it is lent or the workbench is suspended.
	wantMouse tea.Cmd
	dialog    dialog
	under     []dialog   // those that the dialog was opened from, the first one first
	asking    bool       // the breakpoints were opened for their form alone
	pager     *doc.Pager // of the dialog
	gotStatus bool       // a status came; an older answer does not replace it

	ticking   bool
	said      int // counts what was said, so that only the newest is taken back
	heard     []saying
	judged    tally // of replays since the last build that were not asked for here
	judging   int   // when they were told of last, by said
	below     int   // lines below a dialog, for what was said
	replaying int

	redactor *recorder.Redactor
	panicked *effect.Panicked
}

type dialog int

const (
	noDialog dialog = iota
	helpDialog
	buildDialog
	parkedDialog
	breaksDialog
	saidDialog
)

type (
	clockTick struct{}
	unsay     struct{ n int }
)

// New makes the workbench on a client. Where the options name no theme it paints nothing: the screen is plain text.
func New(ctx context.Context, client control.Client, opts Options) *Model {
	t, err := theme.New(opts.Theme, profileOf(opts))
	if err != nil {
		t = theme.Plainest()
	}
	return newModel(ctx, client, t, opts)
}

func newModel(ctx context.Context, client control.Client, t *theme.Theme, opts Options) *Model {
	now := opts.Now
	if now == nil {
		now = time.Now
	}
	out := opts.Out
	if out == nil {
		out = io.Discard
	}
	redactor := opts.Redactor
	if redactor == nil {
		redactor = recorder.NewRedactor([]byte(rand.Text()))
	}
	fx := effect.New(ctx, client, out, opts.timer)
	m := &Model{
		theme: t, keys: keys.Default(), fx: fx, now: now,
		list: list.New(t, fx, opts.Filter, now()), output: output.New(t), breaks: breakpoints.New(t, fx),
		redactor: redactor, prompt: prompt.New(t), status: status.Model{Theme: t}, pager: doc.NewPager(),
	}
	clock := func() time.Time { return m.now() }
	m.detail, m.parked = detail.New(t, fx, clock), parked.New(t, fx, clock)
	if !opts.NoMouse {
		m.wantMouse = tea.EnableMouseCellMotion
	}
	return m
}

// Init asks for what shows first.
func (m *Model) Init() tea.Cmd {
	return tea.Batch(m.fx.AskStatus(), m.list.Init())
}

// Update takes a message; what it leads to is done by the commands it returns.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h = msg.Width, msg.Height
	case tea.KeyMsg:
		cmd = m.pressed(msg)
	case tea.MouseMsg:
		cmd = m.mouse(msg)
	case news:
		cmd = m.take(&msg)
	case parted:
		m.part(msg.err)
	case effect.Panicked:
		m.panicked = &msg
		return m, tea.Quit
	default:
		cmd = m.answered(msg)
	}
	return m, tea.Batch(cmd, m.sync())
}

// part says that the server is gone. What was under way then is shown as it stood: it waits and works no longer.
func (m *Model) part(err error) {
	switch {
	case err == nil:
		m.status.Lost = "it was stopped"
	case errors.Is(err, control.ErrClosed):
		m.status.Lost = "it is gone"
	default:
		m.status.Lost = err.Error()
	}
	at := m.now()
	m.now = func() time.Time { return at }
}

// answered takes what an effect brought.
func (m *Model) answered(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case effect.Tick:
		switch tag := msg.Tag.(type) {
		case clockTick:
			m.ticking = false
			m.list.Spin()
			m.detail.Spin()
			m.status.Spin++
		case unsay:
			if tag.n == m.said {
				m.status.Said = ""
			}
		}
	case effect.Status:
		switch {
		case msg.Err != nil:
			cmd = m.fail(msg.Err)
		case m.gotStatus:
			return nil
		default:
			m.status.Status, m.gotStatus = msg.Status, true
		}
	case effect.Rows:
		switch {
		case msg.Err != nil:
			cmd = m.fail(msg.Err)
		case !m.gotStatus:
			m.status.Status.Total = msg.Page.Total
		}
	case effect.Done:
		if msg.Err != nil {
			cmd = m.fail(msg.Err)
		} else if msg.Said != "" {
			cmd = m.say(msg.Said)
		}
	case effect.Marked:
		if msg.Err != nil {
			m.list.SetMarked(msg.ID, !msg.Marked)
			cmd = m.fail(msg.Err)
			break
		}
		// The list with its star may not be on the screen.
		switch {
		case msg.Marked && m.recorded():
			cmd = m.say(fmt.Sprintf("★ %d is marked: the filter ~marked is for it", msg.ID))
		case msg.Marked && m.list.OriginOf(msg.ID) != 0:
			cmd = m.say(fmt.Sprintf("★ %d is marked: it is a replay, and is not replayed itself; O goes to %d, which can be",
				msg.ID, m.list.OriginOf(msg.ID)))
		case msg.Marked:
			cmd = m.say(fmt.Sprintf("★ %d is marked: it is replayed after each build", msg.ID))
		default:
			cmd = m.say(fmt.Sprintf("%d is not marked any more", msg.ID))
		}
	case effect.Replayed:
		cmd = m.replayed(msg)
	case *lending:
		cmd = msg.command()
	case givenBack:
		cmd = m.wantMouse
		if msg.err != nil {
			cmd = tea.Batch(cmd, m.fail(msg.err))
		}
	case tea.ResumeMsg:
		cmd = m.wantMouse
	case effect.Stepped:
		m.parked.Stepped(msg)
		m.tellParked()
	case effect.Breakpoints:
		if msg.Err != nil {
			return m.fail(msg.Err)
		}
		m.breaks.Set(msg.All)
		m.detail.SetBreakpoints(msg.All)
		cmd = m.say(msg.Said)
	}
	return tea.Batch(cmd, m.list.Update(msg), m.detail.Update(msg))
}

// take takes what happened on the server.
func (m *Model) take(n *news) tea.Cmd {
	judged := m.judge(n)
	if n.Status != nil {
		m.status.Status, m.gotStatus = *n.Status, true
		if m.dialog == buildDialog {
			m.pager.Set(build.Doc(&m.status.Status), true)
		}
	}
	m.output.Append(n.Output)
	if s := n.Stepping; s != nil {
		m.breaks.Set(s.Breakpoints)
		m.detail.SetBreakpoints(s.Breakpoints)
		m.parked.Set(s.Parked)
	}
	m.tellParked()
	for i := range n.Rows {
		m.parked.See(&n.Rows[i])
	}
	cmd := tea.Batch(judged, m.list.Apply(&n.Updates))
	for _, l := range n.Output {
		if l.Urgent {
			cmd = tea.Batch(cmd, m.say(l.Text))
		}
	}
	if n.Gap {
		cmd = tea.Batch(cmd, m.list.Reload())
	}
	return cmd
}

// tellParked tells the panes what is parked.
func (m *Model) tellParked() {
	m.parked.SetThreads(m.status.Status.Threads)
	m.status.Parked = m.parked.Banner()
	m.status.ParkedCount, m.status.ParkedFull = m.parked.Count(), m.parked.Full()
	m.list.SetParked(m.parked.All())
}

// tick is how often what is under way moves.
const tick = 120 * time.Millisecond

// sync brings the panes into line after a message: rooms, the exchange in the detail, the clock.
func (m *Model) sync() tea.Cmd {
	cmds := []tea.Cmd{m.arrange()}
	if !m.screen.Detail.Empty() {
		if row, ok := m.list.Selected(); ok {
			replay := m.list.ReplayOf(row.ID)
			if row.Origin != nil {
				replay = row.ID
			}
			outcome, _ := m.list.Verdict(replay)
			if row.Origin != nil {
				replay = 0
			}
			m.detail.SetParked(m.parked.Of(row.ID))
			m.detail.SetCapture(m.recorded())
			m.detail.SetBeside(m.list.Beside(row.ID))
			cmds = append(cmds, m.detail.Show(row, replay, outcome))
		} else {
			m.detail.Clear()
		}
	}
	m.list.SetTime(m.now())
	if !m.ticking && m.status.Lost == "" && (m.list.Busy() || m.status.Status.Build.State == "building" || m.dialog == parkedDialog && m.parked.Count() > 0) {
		m.ticking = true
		cmds = append(cmds, m.fx.After(tick, clockTick{}))
	}
	return tea.Batch(cmds...)
}

// arrange divides the screen, and tells the panes where that changed.
func (m *Model) arrange() tea.Cmd {
	if below := len(m.saidBelow()); below != m.below {
		m.below = below
		m.sizeDialog()
	}
	screen := layout.Divide(m.w, m.h, layout.State{
		Detail: m.inDetail, Zoom: m.zoom, Banner: m.status.HasBanner(), Output: m.showOutput, Foot: len(m.foot()),
	})
	if screen.List.Empty() && m.focus == keys.List && !screen.TooSmall {
		m.focus = keys.Detail
	}
	if screen.Output.Empty() && m.focus == keys.OutputPane {
		m.setFocus(keys.List)
	}
	m.list.SetFocus(m.focus == keys.List)
	m.detail.SetFocus(m.focus == keys.Detail)
	m.output.SetFocus(m.focus == keys.OutputPane)
	if screen == m.screen {
		return nil
	}
	m.screen = screen
	if !screen.List.Empty() {
		m.list.SetSize(screen.List.W, screen.List.H)
	}
	m.output.SetSize(screen.Output.W, screen.Output.H)
	m.sizeDialog()
	if screen.Detail.Empty() {
		return nil
	}
	return m.detail.SetSize(screen.Detail.W, screen.Detail.H)
}

func (m *Model) setFocus(s keys.Scope) {
	m.focus = s
	m.inDetail = s == keys.Detail || m.inDetail && s == keys.OutputPane
}
