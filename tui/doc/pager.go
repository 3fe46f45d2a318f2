package doc

import (
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// Pager shows a part of a document. Its position is a line and a row within the line as it is wrapped, so nothing but
// what shows is ever laid out.
type Pager struct {
	doc  *Doc
	w, h int
	wrap bool
	top  int // line
	sub  int // row of the line
	left int // columns scrolled to the right, without wrap
}

// NewPager makes a pager that wraps.
func NewPager() *Pager { return &Pager{doc: &Doc{}, wrap: true} }

// Doc is what is shown.
func (p *Pager) Doc() *Doc { return p.doc }

// Set shows a document. Keep stays at the same place.
func (p *Pager) Set(d *Doc, keep bool) {
	p.doc = d
	if !keep {
		p.top, p.sub, p.left = 0, 0, 0
	}
	p.clamp()
}

// SetSize sets the room.
func (p *Pager) SetSize(w, h int) {
	if p.w == w && p.h == h {
		return
	}
	p.w, p.h = w, h
	p.clamp()
}

// ToggleWrap turns wrapping on or off.
func (p *Pager) ToggleWrap() {
	p.wrap = !p.wrap
	p.sub, p.left = 0, 0
	p.clamp()
}

// Window is the range of lines that show.
func (p *Pager) Window() (from, to int) {
	return p.top, min(p.top+p.h, len(p.doc.Lines))
}

// Scroll moves by rows.
func (p *Pager) Scroll(rows int) {
	for ; rows > 0; rows-- {
		p.down()
	}
	for ; rows < 0; rows++ {
		if !p.up() {
			return
		}
	}
	p.clamp()
}

// Page moves by a part of the room.
func (p *Pager) Page(rooms float64) {
	n := int(rooms * float64(p.h-1))
	if n == 0 {
		n = 1
	}
	p.Scroll(n)
}

// Sideways moves by columns, where lines are not wrapped. It says whether it did.
func (p *Pager) Sideways(columns int) bool {
	if p.wrap || p.left+columns < 0 {
		return false
	}
	p.left += columns
	return true
}

// Top goes to the first line.
func (p *Pager) Top() { p.top, p.sub = 0, 0 }

// Bottom goes to where the last line is the last that shows.
func (p *Pager) Bottom() { p.top, p.sub = p.last() }

// AtBottom says that the last line shows.
func (p *Pager) AtBottom() bool {
	top, sub := p.last()
	return p.top > top || p.top == top && p.sub >= sub
}

// Percent is how far through the document the window is, or -1 where all of it shows.
func (p *Pager) Percent() int {
	top, sub := p.last()
	if top == 0 && sub == 0 {
		return -1
	}
	if p.AtBottom() {
		return 100
	}
	return min(99, p.top*100/max(1, top))
}

func (p *Pager) down() {
	if p.top >= len(p.doc.Lines) {
		return
	}
	if p.sub+1 < p.rowsOf(p.top) {
		p.sub++
	} else if p.top+1 < len(p.doc.Lines) {
		p.top, p.sub = p.top+1, 0
	}
}

func (p *Pager) up() bool {
	switch {
	case p.sub > 0:
		p.sub--
	case p.top > 0:
		p.top--
		p.sub = p.rowsOf(p.top) - 1
	default:
		return false
	}
	return true
}

// last is the position at which the document ends at the bottom of the room.
func (p *Pager) last() (top, sub int) {
	left := p.h
	for i := len(p.doc.Lines) - 1; i >= 0; i-- {
		n := p.rowsOf(i)
		if n >= left {
			return i, n - max(left, 0)
		}
		left -= n
	}
	return 0, 0
}

func (p *Pager) clamp() {
	if p.top >= len(p.doc.Lines) {
		p.top, p.sub = max(0, len(p.doc.Lines)-1), 0
	}
	if p.top < len(p.doc.Lines) {
		p.sub = min(p.sub, p.rowsOf(p.top)-1)
	}
	top, sub := p.last()
	if p.top > top || p.top == top && p.sub > sub {
		p.top, p.sub = top, sub
	}
}

// rowsOf counts the rows of a line. Lines are short (see maxLine) and few are asked for, so nothing is kept.
func (p *Pager) rowsOf(i int) int {
	if !p.wrap || p.w <= 0 {
		return 1
	}
	width := 0
	for _, s := range p.doc.Lines[i].Spans {
		width += s.Text.Width()
	}
	if width <= p.w {
		return 1
	}
	return len(wrapLine(p.doc.Lines[i], p.w))
}

// View is the rows, exactly as many and as wide as there is room.
func (p *Pager) View(t *theme.Theme) []string {
	out := make([]string, 0, p.h)
	for i := p.top; i < len(p.doc.Lines) && len(out) < p.h; i++ {
		if !p.wrap {
			out = append(out, paintRow(t, slide(p.doc.Lines[i].Spans, p.left), p.w))
			continue
		}
		rows := wrapLine(p.doc.Lines[i], p.w)
		if i == p.top {
			rows = rows[min(p.sub, len(rows)-1):]
		}
		for _, r := range rows {
			if len(out) < p.h {
				out = append(out, paintRow(t, r, p.w))
			}
		}
	}
	for len(out) < p.h {
		out = append(out, strings.Repeat(" ", max(0, p.w)))
	}
	return out
}

// Row paints spans as one row of exactly w columns.
func Row(t *theme.Theme, w int, spans ...Span) string { return paintRow(t, spans, w) }

// Rule paints a line between two parts, with a text in it.
func Rule(t *theme.Theme, w int, text string) string {
	if text != "" {
		text = "── " + text + " "
	}
	line, _ := safe.Of(text + strings.Repeat("─", max(0, w))).Cut(w)
	return t.Paint(theme.Rule, line)
}

// More says how many lines there are above and below those that show, "" for none.
func More(above, below int) string {
	text := ""
	if above > 0 {
		text += "↑ " + strconv.Itoa(above) + " "
	}
	if below > 0 {
		text += "↓ " + strconv.Itoa(below) + " "
	}
	if text == "" {
		return ""
	}
	return text + "more"
}

// Rows paints a line as rows of exactly w columns, wrapped, but as no more than so many: what is over is cut off the last.
func Rows(t *theme.Theme, w, most int, l Line) []string {
	rows := Wrap(w, most, l)
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = paintRow(t, r, w)
	}
	return out
}

// Wrap divides a line into rows of w columns, but into no more than so many: what is over makes the last one too wide.
func Wrap(w, most int, l Line) [][]Span {
	rows := wrapLine(l, w)
	if len(rows) > most {
		for _, rest := range rows[most:] {
			if len(rest) > 0 && strings.TrimSpace(rest[0].Text.String()) == "" {
				rest = rest[1:] // what it hangs by
			}
			rows[most-1] = append(rows[most-1], rest...)
		}
		rows = rows[:most]
	}
	return rows
}

func paintRow(t *theme.Theme, spans []Span, w int) string {
	var b strings.Builder
	left := w
	for i, s := range spans {
		n := s.Text.Width()
		if n > left || n == left && i+1 < len(spans) && anyLeft(spans[i+1:]) {
			b.WriteString(t.Paint(s.Ink, safe.Join(s.Text, safe.Of("  ")).Fit(left)))
			left = 0
			break
		}
		b.WriteString(t.Paint(s.Ink, s.Text))
		left -= n
	}
	if left > 0 {
		b.WriteString(strings.Repeat(" ", left))
	}
	return b.String()
}

func anyLeft(spans []Span) bool {
	for _, s := range spans {
		if s.Text.Width() > 0 {
			return true
		}
	}
	return false
}

// wrapLine divides a line into rows of at most w columns; there is at least one.
func wrapLine(l Line, w int) [][]Span {
	if w <= 0 {
		return [][]Span{nil}
	}
	hang := l.Hang
	if hang > w/2 {
		hang = 2
	}
	if hang >= w {
		hang = 0
	}
	var rows [][]Span
	var row []Span
	left := w
	for _, s := range l.Spans {
		for text := s.Text; !text.Empty(); {
			front, rest := text.CutAtSpace(left)
			if front.Empty() && len(row) == 0 { // wider than a whole row
				front, rest = safe.Of("…"), safe.Text{}
			}
			if !front.Empty() {
				row = append(row, Span{s.Ink, front})
				left -= front.Width()
			}
			text = rest
			if !text.Empty() {
				rows = append(rows, row)
				row, left = nil, w
				if hang > 0 {
					row, left = []Span{{theme.Plain, safe.Spaces(hang)}}, w-hang
				}
				if left < 2 {
					hang = 0
				}
			}
		}
	}
	return append(rows, row)
}

// slide drops columns at the left.
func slide(spans []Span, columns int) []Span {
	if columns == 0 {
		return spans
	}
	var out []Span
	for _, s := range spans {
		if columns > 0 {
			n := s.Text.Width()
			if n <= columns {
				columns -= n
				continue
			}
			front, rest := s.Text.Cut(columns)
			if d := columns - front.Width(); d > 0 { // through the middle of a wide character
				_, rest = rest.Cut(2)
				rest = safe.Join(safe.Of("…"), rest)
			}
			s.Text, columns = rest, 0
		}
		out = append(out, s)
	}
	return out
}
