package list

import (
	"strconv"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/onion"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// Symbol is what a status is shown by beside its colour.
func Symbol(status string, state recorder.State, spin int) (symbol string, ink theme.Ink) {
	if state == recorder.Open {
		return Spinner[spin%len(Spinner)], theme.Info
	}
	if state == recorder.Aborted {
		return "⊘", theme.Bad
	}
	switch {
	case strings.HasPrefix(status, "2"):
		return "✓", theme.Good
	case strings.HasPrefix(status, "3"):
		return "→", theme.Info
	case strings.HasPrefix(status, "4"):
		return "▲", theme.Warn
	case strings.HasPrefix(status, "5"):
		return "✗", theme.Bad
	}
	return "·", theme.Dim
}

// Spinner turns while an exchange is under way.
var Spinner = [...]string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// VerdictSymbol is what a verdict is shown by.
func VerdictSymbol(v control.Verdict) (symbol string, ink theme.Ink) {
	switch v {
	case "same":
		return "=", theme.Good
	case "noise":
		return "≈", theme.Good
	case "changed":
		return "≠", theme.Warn
	case "broken":
		return "✗", theme.Bad
	}
	return "↻", theme.Info
}

// LeftOut is which stages a replay has left out, by their short names.
func LeftOut(o control.Outcome) []string {
	if o.Worth == nil {
		return nil
	}
	out := make([]string, len(o.Worth.Stages))
	for i, name := range o.Worth.Stages {
		out[i] = onion.Short(name)
	}
	return out
}

// less is LeftOut as it stands in a row.
func less(o control.Outcome) string {
	text := ""
	for _, name := range LeftOut(o) {
		text += " -" + name
	}
	return strings.TrimSpace(text)
}

// What replays are that were made beside one with a verdict: one through all stages, and the same again.
const whole = "all stages"

func again(o control.Outcome) string { return strings.TrimSpace(less(o) + " again") }

type painter struct {
	theme    *theme.Theme
	cols     columns
	b        strings.Builder
	selected bool
}

func (p *painter) cell(ink theme.Ink, text safe.Text, w int, right bool) {
	if w <= 0 {
		return
	}
	if right {
		if n := text.Width(); n < w {
			text = safe.Join(safe.Spaces(w-n), text)
		}
	}
	p.b.WriteString(p.theme.PaintOn(p.selected, ink, text.Fit(w)))
	p.gap(1)
}

func (p *painter) gap(n int) {
	p.b.WriteString(p.theme.PaintOn(p.selected, theme.Plain, safe.Spaces(n)))
}

// row paints a row as exactly w columns.
func (m *Model) row(r *recorder.Row, cols columns, selected bool) string {
	p := painter{theme: m.theme, cols: cols, selected: selected}
	cursor, ink := " ", theme.Plain
	if selected {
		cursor, ink = "▌", theme.Focus
		if !m.focused {
			cursor, ink = "│", theme.Dim
		}
	}
	p.b.WriteString(m.theme.PaintOn(selected, ink, safe.Of(cursor)))
	if r.Marked {
		p.b.WriteString(m.theme.PaintOn(selected, theme.Mark, safe.Of("★")))
	} else {
		p.gap(1)
	}
	p.cell(theme.Dim, safe.Of(strconv.FormatUint(r.ID, 10)), cols.id, true)
	p.cell(theme.Dim, safe.Of(r.Started.Local().Format(time.TimeOnly)), cols.at, false)
	p.cell(theme.Strong, safe.Of(shortMethod(r.Method, cols.method)), cols.method, false)
	p.path(r.Target)
	p.status(r, m.spin, m.parked[r.ID] != "")
	took := r.DurationMS
	if r.State == recorder.Open {
		took = max(took, float64(m.now.Sub(r.Started))/float64(time.Millisecond))
	}
	p.cell(tookInk(took), safe.Of(human.Millis(took)), cols.took, true)
	p.cell(theme.Plain, safe.Of(human.Bytes(r.ResponseBytes)), cols.size, true)
	chunks := ""
	if r.Chunks > 1 || r.Chunks > 0 && r.State == recorder.Open {
		chunks = human.Bytes(int64(r.Chunks)) + "▪"
	}
	p.cell(theme.Bar, safe.Of(chunks), cols.chunks, true)
	p.badges(m.badgesOf(r))
	return p.b.String()
}

func (p *painter) path(target string) {
	path, query, found := strings.Cut(target, "?")
	text := safe.Of(path)
	n := text.Width()
	if !found || n >= p.cols.path {
		p.cell(theme.Plain, safe.Of(target), p.cols.path, false)
		return
	}
	p.b.WriteString(p.theme.PaintOn(p.selected, theme.Plain, text))
	p.cell(theme.Dim, safe.Of("?"+query), p.cols.path-n, false)
}

func (p *painter) status(r *recorder.Row, spin int, parked bool) {
	symbol, ink := Symbol(r.Status, r.State, spin)
	if parked {
		symbol, ink = "⏸", theme.Warn
	}
	code, _, _ := strings.Cut(r.Status, " ")
	switch {
	case code == "" && r.State == recorder.Aborted:
		code = "gone" // which fills the column
	case code == "":
		code = " ···"
	default:
		code = " " + code
	}
	p.cell(ink, safe.Of(symbol+code), p.cols.status, false)
}

func tookInk(ms float64) theme.Ink {
	switch {
	case ms >= 1000:
		return theme.Bad
	case ms >= 200:
		return theme.Warn
	}
	return theme.Plain
}

func shortMethod(m string, w int) string {
	if len(m) <= w {
		return m
	}
	switch m {
	case "DELETE":
		return "DEL"
	case "OPTIONS":
		return "OPT"
	case "CONNECT":
		return "CON"
	}
	return m
}

// badge is a mark at the end of a row, in a long and a short form.
type badge struct {
	ink         theme.Ink
	long, short string
}

func (m *Model) badgesOf(r *recorder.Row) []badge {
	var out []badge
	if at := m.parked[r.ID]; at != "" {
		out = append(out, badge{theme.Warn, "⏸ " + at, "⏸"})
	}
	if r.Exception != nil {
		name := *r.Exception
		if i := strings.LastIndexByte(name, '.'); i >= 0 {
			name = name[i+1:]
		}
		out = append(out, badge{theme.Bad, "✗ " + name, "✗"})
	}
	if r.Origin != nil {
		origin := strconv.FormatUint(*r.Origin, 10)
		if o, ok := m.verdicts[r.ID]; ok {
			symbol, ink := VerdictSymbol(o.Verdict)
			what := string(o.Verdict)
			if less := less(o); less != "" {
				what = less
			}
			out = append(out, badge{ink, "↻" + origin + " " + symbol + " " + what, "↻" + symbol})
		} else {
			out = append(out, badge{theme.Info, strings.TrimSpace("↻" + origin + " " + m.beside[r.ID]), "↻"})
		}
	}
	if r.Lint > 0 {
		n := strconv.Itoa(r.Lint)
		out = append(out, badge{theme.Warn, "!" + n + " lint", "!"})
	}
	return out
}

// badges paints as many badges in their long form as fit, the others in their short one.
func (p *painter) badges(all []badge) {
	left := p.cols.badges
	later := 0 // what the short forms of the later ones take, each with a space before it
	for _, b := range all {
		later += safe.Of(b.short).Width() + 1
	}
	for i, b := range all {
		text, short := safe.Of(b.long), safe.Of(b.short)
		later -= short.Width() + 1
		if i > 0 && left > 0 {
			p.gap(1)
			left--
		}
		if room := left - later; text.Width() > room {
			if text = text.Fit(room); room < 8 { // too little of it to be understood
				text = short
			}
		}
		if text.Width() > left {
			break
		}
		p.b.WriteString(p.theme.PaintOn(p.selected, b.ink, text))
		left -= text.Width()
	}
	p.gap(left)
}
