// Package prompt is the line at the foot in which a filter is typed. What is wrong with it shows above it while it is
// being typed, at its place.
package prompt

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// Lines is the room that the prompt takes.
const Lines = 2

// Model is the prompt.
type Model struct {
	theme *theme.Theme
	input textinput.Model
	open  bool
	past  []string // filters that were used, oldest first
	at    int      // place in past while going through it
}

// Result is what a key led to.
type Result int

// The results.
const (
	Typing Result = iota
	Accepted
	Cancelled
)

// maxLen bounds a filter that is pasted.
const maxLen = 2000

// New makes the prompt.
func New(t *theme.Theme) *Model {
	in := textinput.New()
	in.Prompt = ""
	in.CharLimit = maxLen
	return &Model{theme: t, input: in}
}

// Open begins with a filter.
func (m *Model) Open(filter string) {
	m.input.SetValue(filter)
	m.input.CursorEnd()
	m.input.Focus()
	m.open, m.at = true, len(m.past)
}

// IsOpen says whether it is open.
func (m *Model) IsOpen() bool { return m.open }

// Value is what was typed.
func (m *Model) Value() string { return strings.TrimSpace(m.input.Value()) }

// Key takes a key.
func (m *Model) Key(k tea.KeyMsg) Result {
	switch k.String() {
	case "esc", "ctrl+c":
		m.open = false
		return Cancelled
	case "enter":
		if m.problem() != nil {
			return Typing
		}
		m.open = false
		if v := m.Value(); v != "" && (len(m.past) == 0 || m.past[len(m.past)-1] != v) {
			m.past = append(m.past, v)
		}
		return Accepted
	case "up":
		m.recall(-1)
	case "down":
		m.recall(1)
	default:
		m.input, _ = m.input.Update(k)
	}
	return Typing
}

func (m *Model) recall(by int) {
	if m.at+by < 0 || m.at+by > len(m.past) {
		return
	}
	m.at += by
	value := ""
	if m.at < len(m.past) {
		value = m.past[m.at]
	}
	m.input.SetValue(value)
	m.input.CursorEnd()
}

// problem is what is wrong with what was typed.
func (m *Model) problem() error {
	if m.Value() == "" {
		return nil
	}
	_, err := recorder.ParseFilter(m.Value())
	return err
}

// View is the prompt's lines.
func (m *Model) View(w int) []string {
	value := m.input.Value()
	before := string([]rune(value)[:min(m.input.Position(), utf8.RuneCountInString(value))])
	after := strings.TrimPrefix(value, before)
	left, under := safe.Of(before), safe.Of(" ")
	rest := safe.Text{}
	if after != "" {
		_, n := utf8.DecodeRuneInString(after)
		under, rest = safe.Of(after[:n]), safe.Of(after[n:])
	}
	room := w - 3 - under.Width()
	if left.Width() > room {
		left = left.FitLeft(max(0, room))
	}
	line := doc.Row(m.theme, w, doc.S(theme.Accent, " /"), doc.Span{Ink: theme.Strong, Text: left},
		doc.Span{Ink: theme.Notice, Text: cursor(m.theme, under)}, doc.Span{Ink: theme.Strong, Text: rest})
	return []string{m.above(w), line}
}

// cursor shows where the next character goes, with a bar where no colour would show it.
func cursor(t *theme.Theme, under safe.Text) safe.Text {
	if t.Name == "plain" && under.String() == " " {
		return safe.Of("▏")
	}
	return under
}

// above is what stands over the prompt: what is wrong, pointed at, or how filters are written.
func (m *Model) above(w int) string {
	err := m.problem()
	if err == nil {
		return doc.Row(m.theme, w, doc.S(theme.Dim, "  ~m POST  ~u /path  ~c 5xx  ~e  ~marked  ~d >100  ! & | ( )   "),
			doc.S(theme.Accent, "enter"), doc.S(theme.Dim, " filters  "), doc.S(theme.Accent, "esc"), doc.S(theme.Dim, " leaves"))
	}
	text, at := err.Error(), 0
	var f *recorder.FilterError
	if errors.As(err, &f) {
		at = safe.Of(f.Input[:max(0, min(f.Pos, len(f.Input)))]).Width()
		if text = f.Msg; f.Hint != "" {
			text += "; " + f.Hint
		}
	}
	problem := safe.Of(text)
	at += 2
	switch n := problem.Width(); {
	case at+2+n <= w:
		return doc.Row(m.theme, w, doc.Span{Ink: theme.Plain, Text: safe.Spaces(at)}, doc.S(theme.Bad, "^ "), doc.Span{Ink: theme.Bad, Text: problem})
	case at < w && at-n-1 >= 0:
		return doc.Row(m.theme, w, doc.Span{Ink: theme.Plain, Text: safe.Spaces(at - n - 1)}, doc.Span{Ink: theme.Bad, Text: problem}, doc.S(theme.Bad, " ^"))
	case at < w*2/3: // the end of a long hint is lost, not its place
		return doc.Row(m.theme, w, doc.Span{Ink: theme.Plain, Text: safe.Spaces(at)}, doc.S(theme.Bad, "^ "), doc.Span{Ink: theme.Bad, Text: problem})
	default:
		return doc.Row(m.theme, w, doc.S(theme.Bad, "✗ "), doc.Span{Ink: theme.Bad, Text: problem})
	}
}
