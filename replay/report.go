package replay

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ReportOptions say how a report is written.
type ReportOptions struct {
	Color bool
	// Width is the terminal's width; 0 is 100.
	Width int
	// Noise shows masked differences too; without it they are counted.
	Noise bool
	// BodyLines is how many lines of what differs in bodies are shown; 0 is all.
	BodyLines int
	// Columns says how many columns a text takes on the terminal; nil counts its characters.
	Columns func(string) int
}

// WriteReport writes a verdict and the differences behind it for people. c is nil where nothing came back. What it
// shows of bodies and headers is made safe for a terminal.
func WriteReport(w io.Writer, outcome Outcome, c *Comparison, o ReportOptions) error {
	if o.Width <= 0 {
		o.Width = 100
	}
	r := &reporter{o: o}
	r.printf(verdictColor[outcome.Verdict], "%s", outcome.Verdict)
	r.printf("", "  %d -> %s\n", outcome.Origin, number(outcome.ID))
	limit := o.Width - 2
	if c == nil {
		c = &Comparison{}
	}
	if len(c.Parts) == 0 {
		limit = 0 // it says why there is nothing to compare, and at its end what to try
	}
	for _, reason := range outcome.Reasons {
		r.printf("", "  %s\n", r.safe(reason, limit))
	}
	for _, found := range c.Found {
		r.printf("", "  made by: %s\n", r.safe(found, limit))
	}
	hidden := 0
	for i := range c.Parts {
		if c.Parts[i].Noise && !o.Noise {
			hidden++
			continue
		}
		r.difference(&c.Parts[i])
	}
	if hidden > 0 {
		r.printf(faint, "  %d masked as noise\n", hidden)
	}
	if r.left > 0 {
		r.printf(faint, "\n  the body has more that differs, lines: %d; snifter diff %d %s shows all\n", r.left, outcome.Origin, number(outcome.ID))
	}
	r.worth(outcome.Worth)
	_, err := io.WriteString(w, r.b.String())
	return err
}

// WriteTable writes verdicts as a table: one line each, and the sums.
func WriteTable(w io.Writer, results []Result, s Summary, o ReportOptions) error {
	if o.Width <= 0 {
		o.Width = 100
	}
	r := &reporter{o: o}
	for _, res := range results {
		r.row(res)
	}
	r.printf("", "%d same, %d noise, %d changed, %d broken\n", s.Same, s.Noise, s.Changed, s.Broken)
	_, err := io.WriteString(w, r.b.String())
	return err
}

const (
	faint = "2"
	red   = "31"
	green = "32"
)

var verdictColor = map[Verdict]string{Same: green, Noise: faint, Changed: "33", Broken: red}

type reporter struct {
	o     ReportOptions
	b     strings.Builder
	shown int // lines of what differs in bodies
	left  int // and those that are not shown
}

func (r *reporter) printf(color, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !r.o.Color || color == "" {
		r.b.WriteString(text)
		return
	}
	body, end, _ := strings.Cut(text, "\n")
	r.b.WriteString("\x1b[" + color + "m" + body + "\x1b[0m")
	if end != "" || strings.HasSuffix(text, "\n") {
		r.b.WriteString("\n" + end)
	}
}

func (r *reporter) row(res Result) {
	o := res.Outcome
	r.printf(verdictColor[o.Verdict], "%-8s", o.Verdict)
	line := fmt.Sprintf("%6d -> %-6s ", o.Origin, number(o.ID))
	if x := res.Origin; x != nil {
		line += r.safe(x.Request.Method+" "+x.Request.Target, max(20, r.o.Width/3))
	}
	if len(o.Reasons) > 0 {
		line += "  " + r.safe(strings.Join(o.Reasons, "; "), max(20, r.o.Width-len(line)-10))
	}
	r.printf("", "%s\n", line)
}

func number(id uint64) string {
	if id == 0 {
		return "-"
	}
	return fmt.Sprint(id)
}

func (r *reporter) difference(d *Difference) {
	lines := d.Lines
	if r.o.BodyLines > 0 && d.Part == "body" {
		all := max(1, len(lines)) // of JSON a value
		room := min(all, r.o.BodyLines-r.shown)
		r.shown, r.left = r.shown+room, r.left+all-room
		if room == 0 {
			return
		}
		lines = lines[:min(len(lines), room)]
	}
	head := place(d)
	if d.Noise {
		r.printf(faint, "\n  ~ %s (noise: %s)\n", r.safe(head, r.o.Width), r.safe(d.NoiseWhy, r.o.Width))
	} else {
		r.printf("", "\n  %s %s\n", r.safe(head, r.o.Width), d.Kind)
	}
	if len(d.Lines) > 0 {
		for _, l := range lines {
			r.line(l, d.Noise)
		}
		return
	}
	if d.Kind != "added" {
		r.values("-", d.Old, d.Noise)
	}
	if d.Kind != "removed" {
		r.values("+", d.New, d.Noise)
	}
}

func (r *reporter) values(op, text string, noise bool) {
	for line := range strings.SplitSeq(text, "\n") {
		r.line(DiffLine{Op: op, Text: line}, noise)
	}
}

// maxLine is how much of a line is shown, in bytes: a body without line breaks is one, whatever its size.
const maxLine = 1000

// shortened cuts a long line, from a little before the first word that differs.
func shortened(l DiffLine) DiffLine {
	if len(l.Text) <= maxLine {
		return l
	}
	from := 0
	if len(l.Marks) > 0 {
		from = max(0, min(l.Marks[0][0]-maxLine/4, len(l.Text)-maxLine))
	}
	for from > 0 && !utf8.RuneStart(l.Text[from]) {
		from--
	}
	end := from + maxLine
	for end < len(l.Text) && !utf8.RuneStart(l.Text[end]) {
		end++
	}
	end = min(end, len(l.Text))
	out := DiffLine{Op: l.Op, Text: l.Text[from:end]}
	lead := ""
	if from > 0 {
		lead = fmt.Sprintf("(%d bytes) … ", from)
	}
	for _, m := range l.Marks {
		if m[0] < end {
			m[1] = min(m[1], end)
			out.Marks = append(out.Marks, [2]int{m[0] - from + len(lead), m[1] - from + len(lead)})
		}
	}
	out.Text = lead + out.Text
	if end < len(l.Text) {
		out.Text += fmt.Sprintf(" … (%d bytes more)", len(l.Text)-end)
	}
	return out
}

func (r *reporter) line(l DiffLine, noise bool) {
	l = shortened(l)
	color := map[string]string{"-": red, "+": green, "@": "36"}[l.Op]
	if noise {
		color = faint
	}
	text := r.marked(l, color)
	if r.o.Color && color != "" {
		r.b.WriteString("    \x1b[" + color + "m" + l.Op + " " + text + "\x1b[0m\n")
		return
	}
	r.b.WriteString("    " + l.Op + " " + text + "\n")
	if !r.o.Color && len(l.Marks) > 0 {
		r.b.WriteString("      " + r.underline(l) + "\n")
	}
}

// marked is the text with the words that differ in reverse.
func (r *reporter) marked(l DiffLine, color string) string {
	if !r.o.Color || len(l.Marks) == 0 {
		return r.safe(l.Text, 0)
	}
	var b strings.Builder
	at := 0
	for _, m := range l.Marks {
		b.WriteString(r.safe(l.Text[at:m[0]], 0))
		b.WriteString("\x1b[7m" + r.safe(l.Text[m[0]:m[1]], 0) + "\x1b[0;" + color + "m")
		at = m[1]
	}
	b.WriteString(r.safe(l.Text[at:], 0))
	return b.String()
}

// underline puts a caret under each character that differs, where there are no colours to mark them.
func (r *reporter) underline(l DiffLine) string {
	columns := r.o.Columns
	if columns == nil {
		columns = utf8.RuneCountInString
	}
	var b strings.Builder
	at := 0
	for _, m := range l.Marks {
		b.WriteString(strings.Repeat(" ", columns(r.safe(l.Text[at:m[0]], 0))))
		b.WriteString(strings.Repeat("^", columns(r.safe(l.Text[m[0]:m[1]], 0))))
		at = m[1]
	}
	return b.String()
}

// safe makes text of the application fit for a terminal: control characters, format characters (bidi and others) and
// bytes that are no text are shown as what they are. limit cuts it; 0 does not.
func (r *reporter) safe(s string, limit int) string {
	var b strings.Builder
	n := 0
	for _, c := range s {
		if limit > 0 && n >= limit-1 {
			b.WriteString("…")
			break
		}
		n++
		switch {
		case c == '\t':
			b.WriteByte(' ')
		case c < 0x20 || c >= 0x7f && c < 0xa0 || unicode.Is(unicode.Cf, c) || c == '\u2028' || c == '\u2029':
			fmt.Fprintf(&b, "\\u%04x", c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
