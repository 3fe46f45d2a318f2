// Package theme says how things look: an [Ink] is a role (a header's name, a failure), and a [Theme] turns safe text
// in a role into what is written to the terminal. Styles are made by lipgloss once; painting puts strings together.
package theme

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"github.com/snifter-dev/snifter/tui/safe"
)

// Ink is the role of a piece of text.
type Ink uint8

// The roles.
const (
	Plain   Ink = iota
	Dim         // what is beside the point: units, rules, times
	Strong      // what a line is about
	Accent      // what can be acted upon: keys, the selected tab
	Title       // a heading within a pane
	Good        // 2xx, same
	Info        // 3xx, in flight
	Warn        // 4xx, lint, changed
	Bad         // 5xx, exceptions, broken
	Mark        // the star of a marked exchange
	Key         // names: headers, environ keys, JSON keys
	String      // values by type, as code is highlighted
	Number      //
	Keyword     //
	Comment     //
	Tag         //
	Added       // the new side of a difference
	Removed     // the old side
	Hunk        // where in a text
	Bar         // a chunk on the timeline
	Rule        // lines between panes
	Focus       // the line of the pane that has the focus
	Header      // the bar at the top
	HeaderStrong
	Alarm  // a failed build, trouble
	Notice // a message that passes
	inks
)

// Theme paints.
type Theme struct {
	Name string
	ink  [inks][2]pen // plain, and on the selected row
}

type pen struct{ open, shut string }

// Names lists the themes.
func Names() []string { return []string{"dark", "light", "contrast"} }

// Plainest paints nothing: text as it is.
func Plainest() *Theme { return &Theme{Name: "plain"} }

// New makes a theme for an output with a colour profile. With the profile termenv.Ascii (NO_COLOR) it draws with bold,
// faint, underline and reverse alone.
func New(name string, profile termenv.Profile) (*Theme, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("%q is none of %s", name, strings.Join(Names(), ", "))
	}
	if profile == termenv.Ascii {
		return monochrome(name), nil
	}
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(profile)
	t := &Theme{Name: name}
	p := palettes[name]
	for i := range inks {
		style := p.style(r, i)
		t.ink[i][0] = penOf(style)
		if i != Header && i != HeaderStrong && i != Alarm && i != Notice {
			style = style.Background(p.selected)
		}
		t.ink[i][1] = penOf(style)
	}
	return t, nil
}

func penOf(s lipgloss.Style) pen {
	open, shut, _ := strings.Cut(s.Render("x"), "x")
	return pen{open, shut}
}

// monochrome writes attributes itself, since lipgloss drops them together with colours.
func monochrome(name string) *Theme {
	t := &Theme{Name: name}
	for _, i := range []Ink{Strong, Title, Key, HeaderStrong, Bad, Tag, Accent} {
		t.ink[i][0] = pen{"\x1b[1m", "\x1b[0m"}
	}
	for _, i := range []Ink{Dim, Comment, Rule, Hunk} {
		t.ink[i][0] = pen{"\x1b[2m", "\x1b[0m"}
	}
	for _, i := range []Ink{Header, HeaderStrong, Alarm, Notice} {
		t.ink[i][0] = pen{"\x1b[7m", "\x1b[0m"}
	}
	for i := range inks {
		t.ink[i][1] = pen{"\x1b[7m", "\x1b[0m"}
	}
	return t
}

// Paint is the text as it is written.
func (t *Theme) Paint(i Ink, text safe.Text) string { return t.paint(&t.ink[i][0], text) }

// PaintOn is Paint on the selected row.
func (t *Theme) PaintOn(selected bool, i Ink, text safe.Text) string {
	if selected {
		return t.paint(&t.ink[i][1], text)
	}
	return t.paint(&t.ink[i][0], text)
}

func (t *Theme) paint(p *pen, text safe.Text) string {
	if text.Empty() || p.open == "" {
		return text.String()
	}
	return p.open + text.String() + p.shut
}
