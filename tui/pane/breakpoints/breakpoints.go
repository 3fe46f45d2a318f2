// Package breakpoints is the dialog of the places where requests park: a list, to which one is added as STAGE:BOUNDARY with a
// filter.
package breakpoints

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/effect"
	"github.com/snifter-dev/snifter/tui/form"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/keys"
	"github.com/snifter-dev/snifter/tui/near"
	"github.com/snifter-dev/snifter/tui/theme"
)

// Title names the dialog.
const Title = "Breakpoints"

// Model is the dialog.
type Model struct {
	theme *theme.Theme
	fx    *effect.Effects
	w, h  int
	all   []control.Breakpoint
	at    int
	form  *form.Form
	added bool // the one that was written last is still to come
}

// New makes the dialog.
func New(t *theme.Theme, fx *effect.Effects) *Model { return &Model{theme: t, fx: fx} }

// SetSize sets the room.
func (m *Model) SetSize(w, h int) { m.w, m.h = w, h }

// Set takes the breakpoints as they are now. One that was written here is chosen.
func (m *Model) Set(all []control.Breakpoint) {
	for i := range all {
		known := slices.ContainsFunc(m.all, func(b control.Breakpoint) bool { return b.ID == all[i].ID })
		if !known && m.added {
			m.at, m.added = i, false
		}
	}
	m.all = all
	m.at = max(0, min(m.at, len(all)-1))
}

// All is the breakpoints.
func (m *Model) All() []control.Breakpoint { return m.all }

// Toggle removes what makes requests park at a boundary of a stage of an exchange, or adds a breakpoint there. One that was
// written as a pattern for several stages is left alone: the dialog removes it.
func (m *Model) Toggle(x *recorder.Exchange, s *recorder.Stage, boundary string) tea.Cmd {
	for _, b := range m.all {
		if b.Boundary == boundary && !strings.ContainsAny(b.Stage, "*?") && x.Means(b.Stage, s) {
			return m.fx.RemoveBreakpoint(b)
		}
	}
	return m.fx.AddBreakpoint(control.Breakpoint{Stage: s.Name, Boundary: boundary})
}

// Ask opens the line in which a breakpoint is typed, with a beginning.
func (m *Model) Ask(text string) {
	m.form = &form.Form{
		Title:  "Park requests at STAGE[:BOUNDARY] [FILTER]",
		Fields: []form.Field{{Name: "●", Hint: "such as Auth:start_response ~m POST", Text: form.NewText(text, true)}},
		Check: func(f *form.Form) error {
			text := f.Fields[0].String()
			if strings.TrimSpace(text) == "" {
				return nil
			}
			_, err := parse(text)
			return err
		},
	}
}

// Parse reads "STAGE[:BOUNDARY] [FILTER]".
func parse(text string) (control.Breakpoint, error) {
	b, err := control.ParseBreakpoint(text)
	if errors.Is(err, stepping.ErrStop) {
		err = errors.New(strings.TrimPrefix(err.Error(), stepping.ErrStop.Error()+": "))
	}
	return b, err
}

// Typing says that the line is open, which takes all keys.
func (m *Model) Typing() bool { return m.form != nil }

// Key takes a key for the open line.
func (m *Model) Key(k tea.KeyMsg) tea.Cmd {
	switch m.form.Key(k) {
	case form.Cancelled:
		m.form = nil
	case form.Accepted:
		text := m.form.Fields[0].String()
		m.form = nil
		if b, err := parse(text); err == nil {
			m.added = true
			return m.fx.AddBreakpoint(b)
		}
	}
	return nil
}

// Act does what a key asks for.
func (m *Model) Act(a keys.Action) tea.Cmd {
	page := max(1, m.h-2)
	switch a {
	case keys.Up:
		m.at--
	case keys.Down:
		m.at++
	case keys.PageUp, keys.HalfUp:
		m.at -= page
	case keys.PageDown, keys.HalfDown:
		m.at += page
	case keys.Top:
		m.at = 0
	case keys.Bottom:
		m.at = len(m.all) - 1
	case keys.Add:
		m.Ask("")
	case keys.Remove:
		if m.at < len(m.all) {
			return m.fx.RemoveBreakpoint(m.all[m.at])
		}
	}
	m.at = max(0, min(m.at, len(m.all)-1))
	return nil
}

// View is the dialog, exactly as many lines as there is room. What is to be said of the chosen breakpoint takes as many as it
// needs.
func (m *Model) View() []string {
	room, below := m.h, 0
	if m.form != nil {
		below = min(m.form.Lines(m.theme, m.w), max(3, m.h-1))
		room = max(0, m.h-1-below)
	}
	out := make([]string, 0, m.h)
	switch {
	case len(m.all) == 0:
		for _, l := range []string{"", "There is no breakpoint: no request parks.", "", "a adds one: STAGE, STAGE:BOUNDARY or STAGE:* and a filter;",
			"boundaries: enter input start_response write chunk close exit exception"} {
			out = append(out, doc.Rows(m.theme, m.w, max(1, m.h), doc.Line{Spans: []doc.Span{doc.S(theme.Plain, l)}, Hang: 2})...)
		}
	default:
		out = append(out, m.list(room)...)
	}
	out = out[:min(len(out), room)]
	for len(out) < room {
		out = append(out, doc.Row(m.theme, m.w))
	}
	if m.form != nil {
		out = append(out, doc.Rule(m.theme, m.w, ""))
		out = append(out, m.form.View(m.theme, m.w, below)...)
	}
	return out[:min(len(out), m.h)]
}

// list is the breakpoints around the chosen one, and how many there are besides where not all have room.
func (m *Model) list(room int) []string {
	chosen := doc.Rows(m.theme, m.w, max(1, room/2), doc.Line{Hang: 4, Spans: spansOf(&m.all[m.at], true)})
	n := room - len(chosen) + 1
	if len(m.all) > n {
		n--
	}
	n = max(1, n)
	from := max(0, min(m.at-n/2, len(m.all)-n))
	to := min(from+n, len(m.all))
	var out []string
	for i := from; i < to; i++ {
		if i == m.at {
			out = append(out, chosen...)
		} else {
			out = append(out, doc.Row(m.theme, m.w, spansOf(&m.all[i], false)...))
		}
	}
	if more := doc.More(from, len(m.all)-to); more != "" {
		out = append(out, doc.Rule(m.theme, m.w, more))
	}
	return out
}

func spansOf(b *control.Breakpoint, chosen bool) []doc.Span {
	cursor := doc.S(theme.Plain, "  ")
	if chosen {
		cursor = doc.S(theme.Focus, "▌ ")
	}
	filter := ""
	if b.Filter != "" {
		filter = "  " + b.Filter
	}
	spans := []doc.Span{
		cursor, doc.S(theme.Bad, "● "), doc.S(theme.Dim, strconv.Itoa(b.ID)+" "), doc.S(theme.Strong, b.Stage), doc.S(theme.Accent, ":"+b.Boundary),
		doc.S(theme.Plain, filter), doc.S(theme.Dim, "  "+human.Of(b.Hits, "hit")),
	}
	if b.Unknown {
		text := "  ! no such stage was seen in this build"
		if hint := near.Hint(b.Stage, b.Seen); hint != "" {
			text = "  ! no such stage was seen" + hint
		}
		spans = append(spans, doc.S(theme.Warn, text))
	}
	if b.Never {
		spans = append(spans, doc.S(theme.Warn, "  ! a framework's layer has no "+b.Boundary))
	}
	if b.TooEarly {
		spans = append(spans, doc.S(theme.Warn, "  ! there is no response yet at "+b.Boundary))
	}
	return spans
}
