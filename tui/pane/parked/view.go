package parked

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/onion"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// Banner is what is parked, in one line; "" for nothing.
func (m *Model) Banner() string {
	if len(m.all) == 0 {
		return ""
	}
	p := &m.all[0]
	text := fmt.Sprintf("⏸ %d parked at %s:%s", len(m.all), onion.Short(p.Stage.Name), p.Boundary)
	for i := range m.all {
		if q := &m.all[i]; q.Stage.Name != p.Stage.Name || q.Boundary != p.Boundary {
			text += " and elsewhere"
			break
		}
	}
	if m.Full() {
		text += " ! " + m.crowd()
	}
	return text
}

// Full says that as many requests are parked as the application serves at once.
func (m *Model) Full() bool { return m.threads > 0 && len(m.all) >= m.threads }

// crowd says how many are parked beside the threads that there are.
func (m *Model) crowd() string {
	if len(m.all) > m.threads {
		return "more than there are threads"
	}
	return "as many as there are threads"
}

// above is how many lines stand above the state: the requests, what is wrong, and a rule.
func (m *Model) above() int {
	return min(m.rows(), max(1, m.h/4)) + len(m.note()) + 1
}

func (m *Model) rows() int {
	if m.gone != nil {
		return len(m.all) + 1
	}
	return len(m.all)
}

// note is what is wrong, in as many lines as it takes.
func (m *Model) note() []string {
	text, ink := "", theme.Warn
	switch {
	case m.problem != "":
		text, ink = "✗ "+m.problem, theme.Bad
	case m.told != "":
		text, ink = m.told, theme.Info
	case m.Full():
		text = fmt.Sprintf("! %d parked, %s; others are served. C has all go on", len(m.all), m.crowd())
	default:
		return nil
	}
	return doc.Rows(m.theme, m.w, max(1, m.h/4), doc.Line{Hang: 2, Spans: []doc.Span{doc.S(ink, text)}})
}

// below is how many lines the form takes.
func (m *Model) below() int {
	if m.form == nil {
		return 0
	}
	return min(max(m.form.Lines(m.theme, m.w)+1, 5), max(4, m.h*2/3), max(3, m.h-m.above()))
}

func (m *Model) fit() { m.pager.SetSize(m.w, max(0, m.h-m.above()-m.below())) }

// View is the dialog, exactly as many lines as there is room.
func (m *Model) View() []string {
	if m.rows() == 0 {
		return m.empty()
	}
	m.fit()
	room := min(m.rows(), max(1, m.h/4))
	out := m.list(room)
	out = append(append(out, m.note()...), doc.Rule(m.theme, m.w, m.hidden(room)))
	if m.gone != nil {
		p := doc.NewPager()
		p.SetSize(m.w, max(0, m.h-len(out)))
		text := "It has gone on. Where it parks again it shows here again."
		if m.ended != "" {
			text = "It has gone on, and ended: " + m.ended
		}
		p.Set(&doc.Doc{Lines: []doc.Line{doc.L(doc.S(theme.Info, text))}}, false)
		return append(out, p.View(m.theme)...)[:m.h]
	}
	out = append(out, m.pager.View(m.theme)...)
	if m.form != nil {
		out = append(out, doc.Rule(m.theme, m.w, ""))
		out = append(out, m.form.View(m.theme, m.w, m.below()-1)...)
	}
	return out[:min(len(out), m.h)]
}

// hidden says which of the requests is chosen, where not all of them show, and where in its state the window is, likewise.
func (m *Model) hidden(room int) string {
	var parts []string
	i := slices.IndexFunc(m.all, func(p control.Parked) bool { return p.ID == m.chosen })
	if m.rows() > room && i >= 0 {
		parts = append(parts, fmt.Sprintf("%d of %d", i+1, len(m.all)))
	}
	if p := m.pager.Percent(); p >= 0 && m.gone == nil {
		parts = append(parts, strconv.Itoa(p)+"%")
	}
	return strings.Join(parts, " · ")
}

// list is the requests, as many as there is room for, around the chosen one.
func (m *Model) list(room int) []string {
	all := m.all
	if m.gone != nil {
		all = append([]control.Parked{*m.gone}, all...)
	}
	at := 0
	for i := range all {
		if all[i].ID == m.chosen {
			at = i
			break
		}
	}
	from := max(0, min(at-room/2, len(all)-room))
	out := make([]string, 0, room)
	for i := from; i < from+room && i < len(all); i++ {
		out = append(out, m.row(&all[i], i == at, m.gone != nil && i == 0))
	}
	return out
}

func (m *Model) row(p *control.Parked, chosen, gone bool) string {
	cursor := doc.S(theme.Plain, "  ")
	if chosen {
		cursor = doc.S(theme.Focus, "▌ ")
	}
	of := ""
	if p.Origin != nil {
		of = "↻" + strconv.FormatUint(*p.Origin, 10) + " "
	}
	id := doc.S(theme.Dim, "#"+strconv.FormatUint(p.ID, 10)+" "+of)
	if gone {
		went := "goes on"
		if m.ended != "" {
			went = "ended"
		}
		return doc.Row(m.theme, m.w, cursor, id, doc.S(theme.Plain, p.Method+" "+p.Target+"  "), doc.S(theme.Info, went))
	}
	where := doc.S(theme.Warn, "  ⏸ "+onion.LabelOf(p.Stage.Index, p.Stage.Name)+":"+p.Boundary)
	why := ""
	for _, b := range p.Breakpoints {
		why += " ●" + strconv.Itoa(b)
	}
	now := m.clock()
	waited := "  " + seconds(now.Sub(p.Since))
	if p.Until != nil {
		waited += ", " + seconds(p.Until.Sub(now)) + " left"
	}
	right := []doc.Span{where, doc.S(theme.Bad, why), doc.S(theme.Dim, waited)}
	used := cursor.Text.Width() + id.Text.Width()
	for _, s := range right {
		used += s.Text.Width()
	}
	if m.w-used < 12 { // the wait is the first to go
		used -= right[2].Text.Width()
		right = right[:2]
	}
	what := safe.Of(p.Method + " " + p.Target)
	return doc.Row(m.theme, m.w, append([]doc.Span{cursor, id, {Ink: theme.Strong, Text: what.Fit(min(what.Width(), max(6, m.w-used)))}}, right...)...)
}

// seconds writes a time of waiting.
func seconds(d time.Duration) string {
	if d < 0 {
		d = 0
	}
	if d < time.Minute {
		return strconv.Itoa(int(d/time.Second)) + "s"
	}
	return human.Duration(d)
}

// empty says what to do where nothing is parked.
func (m *Model) empty() []string {
	var d doc.Doc
	d.Add(doc.Line{}, doc.L(doc.S(theme.Strong, "No request is parked.")), doc.Line{},
		doc.Line{Spans: []doc.Span{doc.S(theme.Accent, "p"), doc.S(theme.Plain, " lists the breakpoints and adds one: STAGE:BOUNDARY and a filter.")}},
		doc.Line{Spans: []doc.Span{doc.S(theme.Accent, "b"), doc.S(theme.Plain, " on a stage in the tab Stages makes requests park where it is entered, in Steps at the boundary.")}})
	p := doc.NewPager()
	p.SetSize(m.w, m.h)
	p.Set(&d, false)
	return p.View(m.theme)
}
