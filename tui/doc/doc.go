// Package doc is text that is scrolled: a [Doc] is lines of spans, each span safe text in a role, and a [Pager] shows
// a part of one, wrapping only the lines that show.
package doc

import (
	"unicode/utf8"

	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// Span is text in one role.
type Span struct {
	Ink  theme.Ink
	Text safe.Text
}

// Line is a line before it is wrapped.
type Line struct {
	Spans []Span
	// Hang is how far the second and later rows are indented where the line is wrapped.
	Hang int
}

// Code is a run of lines in a language, highlighted piece by piece when it shows.
type Code struct {
	From, To int // lines [From, To)
	Language string
	done     []bool // by piece
}

// Piece is how many lines are highlighted at once.
const Piece = 100

// Doc is a document. Its lines are changed only by SetPiece.
type Doc struct {
	Lines []Line
	Code  []Code
}

// S is a span of text that is made safe here.
func S(ink theme.Ink, text string) Span { return Span{ink, safe.Of(text)} }

// Width is the number of columns that spans take, one behind another.
func Width(spans []Span) int {
	n := 0
	for _, s := range spans {
		n += s.Text.Width()
	}
	return n
}

// L is a line of spans.
func L(spans ...Span) Line { return Line{Spans: spans} }

// Add appends lines.
func (d *Doc) Add(lines ...Line) { d.Lines = append(d.Lines, lines...) }

// Blank appends an empty line, unless there is one already or nothing is there yet.
func (d *Doc) Blank() {
	if n := len(d.Lines); n > 0 && len(d.Lines[n-1].Spans) > 0 {
		d.Add(Line{})
	}
}

// Title appends a heading, set off by an empty line.
func (d *Doc) Title(text string, beside ...Span) {
	d.Blank()
	d.Add(L(append([]Span{S(theme.Title, text)}, beside...)...))
}

// maxLine is where a line is divided, in bytes: a body may be one line of megabytes, and what is laid out at once has
// to stay small.
const maxLine = 2048

// AddBody appends lines of a body, to be highlighted as the language when they show ("" for never).
func (d *Doc) AddBody(lines []string, language string) {
	from := len(d.Lines)
	for _, s := range lines {
		for len(s) > maxLine {
			n := maxLine
			for n > maxLine-utf8.UTFMax && !utf8.RuneStart(s[n]) {
				n--
			}
			d.Add(L(Span{theme.Plain, safe.Body(s[:n])}))
			s = s[n:]
		}
		d.Add(L(Span{theme.Plain, safe.Body(s)}))
	}
	if language != "" {
		d.Code = append(d.Code, Code{From: from, To: len(d.Lines), Language: language})
	}
}

// Work is a piece of code that shows and is not highlighted yet.
type Work struct {
	Code, Piece int
	Language    string
	// Before leads in: lines above the piece, so that what began there is understood.
	Before, Lines []string
}

const leadIn = 60

// Next finds what to highlight of the lines [from, to), and notes that it is being done.
func (d *Doc) Next(from, to int) (Work, bool) {
	for i := range d.Code {
		c := &d.Code[i]
		lo, hi := max(from, c.From), min(to, c.To)
		if lo >= hi {
			continue
		}
		if c.done == nil {
			c.done = make([]bool, (c.To-c.From+Piece-1)/Piece)
		}
		for p := (lo - c.From) / Piece; p <= (hi-1-c.From)/Piece; p++ {
			if c.done[p] {
				continue
			}
			c.done[p] = true
			start := c.From + p*Piece
			return Work{
				Code: i, Piece: p, Language: c.Language,
				Before: d.plain(max(c.From, start-leadIn), start),
				Lines:  d.plain(start, min(start+Piece, c.To)),
			}, true
		}
	}
	return Work{}, false
}

func (d *Doc) plain(from, to int) []string {
	out := make([]string, 0, to-from)
	for _, l := range d.Lines[from:to] {
		s := ""
		for _, span := range l.Spans {
			s += span.Text.String()
		}
		out = append(out, s)
	}
	return out
}

// SetPiece puts highlighted lines in their place.
func (d *Doc) SetPiece(w Work, lines [][]Span) {
	if w.Code >= len(d.Code) {
		return
	}
	c := d.Code[w.Code]
	for i, spans := range lines {
		at := c.From + w.Piece*Piece + i
		if at >= c.To {
			return
		}
		d.Lines[at].Spans = spans
	}
}
