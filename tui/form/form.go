package form

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// Field is a text under a name.
type Field struct {
	Name string
	// Hint says how the field is written, in brackets while it is empty.
	Hint string
	*Text
}

// Form is several fields, one of which has the cursor.
type Form struct {
	Title  string
	Fields []Field
	// Check says what is wrong with what stands in the fields; it is asked after each key.
	Check func(*Form) error
	at    int
}

// Result is what a key led to.
type Result int

// The results.
const (
	Typing Result = iota
	Accepted
	Cancelled
)

// Value is what stands in the field of a name.
func (f *Form) Value(name string) (string, bool) {
	for _, field := range f.Fields {
		if field.Name == name {
			return field.String(), true
		}
	}
	return "", false
}

// Problem is what is wrong, nil for nothing.
func (f *Form) Problem() error {
	if f.Check == nil {
		return nil
	}
	return f.Check(f)
}

// Key takes a key: tab and the arrows go between the fields, ctrl+s accepts, and so does enter in the last field of one
// line.
func (f *Form) Key(k tea.KeyMsg) Result {
	switch k.Type {
	case tea.KeyEsc, tea.KeyCtrlC:
		return Cancelled
	case tea.KeyCtrlS:
		return f.accept()
	case tea.KeyTab:
		f.at = (f.at + 1) % len(f.Fields)
		return Typing
	case tea.KeyShiftTab:
		f.at = (f.at + len(f.Fields) - 1) % len(f.Fields)
		return Typing
	}
	field := &f.Fields[f.at]
	if field.Text.Key(k) {
		return Typing
	}
	switch k.Type {
	case tea.KeyEnter:
		if f.at == len(f.Fields)-1 {
			return f.accept()
		}
		f.at++
	case tea.KeyUp:
		f.at = max(0, f.at-1)
	case tea.KeyDown:
		f.at = min(f.at+1, len(f.Fields)-1)
	}
	return Typing
}

func (f *Form) accept() Result {
	if f.Problem() != nil {
		return Typing
	}
	return Accepted
}

// Lines is how many lines of a width the form would fill.
func (f *Form) Lines(t *theme.Theme, w int) int {
	n := 1 + len(f.below(t, w)) // the title, and the problem
	for _, field := range f.Fields {
		n += len(field.lines)
	}
	return n
}

// View draws the form in a room: the field with the cursor always shows.
func (f *Form) View(t *theme.Theme, w, h int) []string {
	column := 0
	for _, field := range f.Fields {
		column = max(column, safe.Of(field.Name).Width())
	}
	column = min(column+2, w/2)
	var rows []string
	cursor := 0
	for i, field := range f.Fields {
		for j := range field.lines {
			name := ""
			if j == 0 {
				name = field.Name
			}
			here := i == f.at && j == field.row
			if here {
				cursor = len(rows)
			}
			rows = append(rows, f.line(t, w, column, field, name, j, here))
		}
	}
	below := f.below(t, w)
	below = below[:max(1, min(len(below), h-2))]
	var out []string
	if h-len(below) > 1 { // the field counts before the title
		out = append(out, doc.Row(t, w, doc.S(theme.Title, f.Title)))
	}
	room := max(1, h-len(out)-len(below))
	from := max(0, min(cursor-room/2, len(rows)-room))
	out = append(out, rows[from:min(from+room, len(rows))]...)
	for len(out) < h-len(below) {
		out = append(out, doc.Row(t, w))
	}
	return append(out[:min(len(out), max(0, h-len(below)))], below...)
}

func (f *Form) line(t *theme.Theme, w, column int, field Field, name string, row int, here bool) string {
	ink := theme.Key
	if here {
		ink = theme.Accent
	}
	spans := []doc.Span{{Ink: ink, Text: safe.Of(name).Fit(column)}}
	text := field.lines[row]
	typed, plain := theme.Strong, theme.Plain
	if field.suggested {
		typed, plain = theme.Dim, theme.Dim
	}
	if !here {
		if len(field.lines) == 1 && len(text) == 0 {
			return doc.Row(t, w, append(spans, field.hint())...)
		}
		return doc.Row(t, w, append(spans, doc.S(plain, string(text)), field.note())...)
	}
	before, under, after := safe.Of(string(text[:field.col])), safe.Of(" "), safe.Text{}
	if field.col < len(text) {
		under, after = safe.Of(string(text[field.col])), safe.Of(string(text[field.col+1:]))
	} else if len(field.lines) == 1 && len(text) == 0 {
		after = safe.Join(safe.Of(" "), field.hint().Text)
	}
	if room := w - column - under.Width() - 1; before.Width() > room {
		before = before.FitLeft(max(0, room))
	}
	rest := theme.Strong
	if len(text) == 0 {
		rest = theme.Dim
	}
	return doc.Row(t, w, append(spans, doc.Span{Ink: typed, Text: before}, doc.Span{Ink: theme.Notice, Text: Cursor(t, under)},
		doc.Span{Ink: rest, Text: after}, field.note())...)
}

// hint is what stands in an empty field.
func (f *Field) hint() doc.Span {
	if f.Hint == "" {
		return doc.S(theme.Dim, "")
	}
	return doc.S(theme.Dim, "("+f.Hint+")")
}

// note stands behind what is suggested: nothing tells it from what was typed where there are no colours.
func (f *Field) note() doc.Span {
	if !f.suggested {
		return doc.S(theme.Dim, "")
	}
	return doc.S(theme.Dim, "  (typing replaces it)")
}

// Cursor shows where the next character goes, with a bar where no colour would show it.
func Cursor(t *theme.Theme, under safe.Text) safe.Text {
	if t.Name == "plain" && under.String() == " " {
		return safe.Of("▏")
	}
	return under
}

// below is what is wrong, and which keys matter.
func (f *Form) below(t *theme.Theme, w int) []string {
	var out []string
	if err := f.Problem(); err != nil {
		text := "✗ " + strings.ReplaceAll(err.Error(), "\n", " ")
		out = doc.Rows(t, w, maxProblem, doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Bad, text)}})
	}
	spans := []doc.Span{doc.S(theme.Accent, "ctrl+s"), doc.S(theme.Dim, " does it  ")}
	if len(f.Fields) == 1 && f.Fields[0].single {
		spans = []doc.Span{doc.S(theme.Accent, "enter"), doc.S(theme.Dim, " does it  ")}
		if f.Fields[0].String() != "" {
			spans = append(spans, doc.S(theme.Accent, "ctrl+u"), doc.S(theme.Dim, " clears it  "))
		}
	}
	if len(f.Fields) > 1 {
		spans = append(spans, doc.S(theme.Accent, "tab"), doc.S(theme.Dim, " the next field  "))
	}
	return append(out, doc.Row(t, w, append(spans, doc.S(theme.Accent, "esc"), doc.S(theme.Dim, " leaves"))...))
}

// maxProblem is how many lines what is wrong may fill.
const maxProblem = 3
