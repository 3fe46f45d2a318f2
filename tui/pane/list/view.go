package list

import (
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// View is the pane, exactly as many lines as there is room, each exactly as wide.
func (m *Model) View() []string {
	if m.h <= 0 || m.w <= 0 {
		return nil
	}
	if len(m.win.rows) == 0 {
		return m.empty()
	}
	digits := len(strconv.FormatUint(m.win.rows[len(m.win.rows)-1].ID, 10))
	cols := columnsFor(m.w, digits).fit(m.wants)
	out := make([]string, 0, m.h)
	out = append(out, m.names(cols))
	for i := m.top; i < len(m.win.rows) && len(out) < m.h; i++ {
		r := &m.win.rows[i]
		out = append(out, m.row(r, cols, r.ID == m.cursor))
	}
	for len(out) < m.h {
		out = append(out, strings.Repeat(" ", m.w))
	}
	return out
}

// names is the line of the columns' names.
func (m *Model) names(cols columns) string {
	p := painter{theme: m.theme, cols: cols}
	lead := "  "
	if m.focused {
		lead = "▸ "
	}
	p.b.WriteString(m.theme.Paint(theme.Focus, safe.Of(lead)))
	p.cell(theme.Dim, safe.Of("id"), cols.id, true)
	p.cell(theme.Dim, safe.Of("time"), cols.at, false)
	method := "method"
	if cols.method < 6 {
		method = "meth"
	}
	p.cell(theme.Dim, safe.Of(method), cols.method, false)
	p.cell(theme.Dim, safe.Of("path"), cols.path, false)
	p.cell(theme.Dim, safe.Of("stat"), cols.status, false)
	p.cell(theme.Dim, safe.Of("took"), cols.took, true)
	p.cell(theme.Dim, safe.Of("size"), cols.size, true)
	p.cell(theme.Dim, safe.Of("chnk"), cols.chunks, true)
	p.gap(cols.badges)
	return p.b.String()
}

// empty says what to do where there is nothing to show.
func (m *Model) empty() []string {
	var d doc.Doc
	say := func(spans ...doc.Span) { d.Add(doc.L(append([]doc.Span{doc.S(theme.Plain, "  ")}, spans...)...)) }
	s := doc.S
	switch {
	case m.err != nil:
		say(s(theme.Bad, "The exchanges cannot be listed"))
		say(s(theme.Plain, m.err.Error()))
	case !m.loaded:
		say(s(theme.Dim, "Reading ..."))
	case m.filter != "":
		say(s(theme.Strong, "No exchange matches "), s(theme.Accent, m.filter))
		d.Add(doc.Line{})
		say(s(theme.Accent, "esc"), s(theme.Plain, " drops the filter, "), s(theme.Accent, "/"), s(theme.Plain, " changes it"))
	case m.status.URL == "":
		say(s(theme.Strong, "There is no exchange in this capture"))
	default:
		url := m.status.URL
		say(s(theme.Strong, "Waiting for the first request"))
		d.Add(doc.Line{})
		say(s(theme.Dim, "open  "), s(theme.Accent, url))
		say(s(theme.Dim, "or    "), s(theme.Accent, "curl "+strings.TrimSuffix(url, "/")+"/"))
		d.Add(doc.Line{})
		say(s(theme.Plain, "Requests show here as they come."))
		say(s(theme.Accent, "?"), s(theme.Plain, " shows the keys"))
	}
	pager := doc.NewPager()
	above := max(0, min((m.h-len(d.Lines))/3, 8))
	pager.SetSize(m.w, m.h-above)
	pager.Set(&d, false)
	var out []string
	for range above {
		out = append(out, strings.Repeat(" ", m.w))
	}
	return append(out, pager.View(m.theme)...)
}
