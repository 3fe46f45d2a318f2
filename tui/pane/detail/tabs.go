package detail

import (
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// Tab is one view of an exchange.
type Tab int

// The tabs, in their order.
const (
	Request Tab = iota
	Environ
	Response
	Chunks
	Errors
	Traceback
	Diff
	Stages
	Steps
	tabs
)

var tabNames = [tabs]struct{ long, short string }{
	{"Request", "Req"}, {"Environ", "Env"}, {"Response", "Resp"}, {"Chunks", "Chnk"}, {"Errors", "Err"},
	{"Traceback", "Trace"}, {"Diff", "Diff"}, {"Stages", "Stages"}, {"Steps", "Steps"},
}

// marks says of each tab whether there is something worth a look, by a symbol.
func marks(x *recorder.Exchange) (out [tabs]string) {
	if x == nil {
		return out
	}
	if len(x.Lint) > 0 {
		out[Errors] = "!"
	} else if x.Errors != "" || len(x.Output) > 0 {
		out[Errors] = "•"
	}
	if x.Exception != nil {
		out[Traceback] = "✗"
	}
	return out
}

// bar is the line of tabs.
func (m *Model) bar() string { return doc.Row(m.theme, m.w, m.barSpans()...) }

// barSpans is the line of tabs in the longest form that fits: a span for the margin, then one a tab.
func (m *Model) barSpans() []doc.Span {
	signs := marks(m.x)
	if m.pairOf() != (twins{}) {
		signs[Diff] = "↻"
		if m.verdict != "" {
			signs[Diff] = m.verdict
		}
	}
	for form := 0; ; form++ {
		spans := m.barIn(form, signs)
		if form == 3 || doc.Width(spans) <= m.w {
			return spans
		}
	}
}

func (m *Model) barIn(form int, signs [tabs]string) []doc.Span {
	margin, end := " ", " "
	if form == 1 {
		margin, end = "", ""
	}
	spans := []doc.Span{doc.S(theme.Plain, margin)}
	for i := range tabs {
		name := tabNames[i].long
		switch {
		case form == 2:
			name = tabNames[i].short
		case form == 3 && i != m.tab:
			name = strconv.Itoa(int(i) + 1)
		}
		sign := signs[i]
		if i == m.tab {
			lead := "["
			if form == 1 {
				lead = " ["
			}
			spans = append(spans, doc.S(theme.Accent, lead+name+sign+"]"))
			continue
		}
		ink := theme.Dim
		if sign == "✗" {
			ink = theme.Bad
		} else if sign == "!" || sign == "≠" {
			ink = theme.Warn
		}
		spans = append(spans, doc.S(ink, " "+name+sign+end))
	}
	return spans
}

// tabAt finds the tab at a column of the bar.
func (m *Model) tabAt(x int) (Tab, bool) {
	at := 0
	for i, s := range m.barSpans() {
		n := s.Text.Width()
		if i > 0 && x >= at && x < at+n {
			return Tab(i - 1), true
		}
		at += n
	}
	return 0, false
}

// title is the line above the tabs: which exchange, and how it went.
func (m *Model) title() string {
	lead := "  "
	if m.focused {
		lead = "▸ "
	}
	id := "#" + strconv.FormatUint(m.row.ID, 10) + " "
	symbol, ink := m.symbol()
	code, _, _ := strings.Cut(m.row.Status, " ")
	end := ""
	if p := m.pager.Percent(); p >= 0 {
		end = "  " + padLeft(strconv.Itoa(p)+"%", 4)
	}
	left := []doc.Span{doc.S(theme.Focus, lead), doc.S(theme.Dim, id)}
	right := []doc.Span{doc.S(ink, "  "+symbol+" "+code), doc.S(theme.Dim, end+" ")}
	room := m.w - doc.Width(left) - doc.Width(right)
	if room < 4 {
		return doc.Row(m.theme, m.w, left...)
	}
	what, origin := safe.Of(m.row.Method+" "+m.row.Target), safe.Of(m.origin())
	of := min(origin.Width(), max(room/2, room-what.Width()))
	all := append(left, doc.Span{Ink: theme.Strong, Text: what.Fit(room - of)}, doc.Span{Ink: theme.Dim, Text: origin.Fit(of)})
	return doc.Row(m.theme, m.w, append(all, right...)...)
}

// origin says what the exchange is a replay of, and which stages it has left out.
func (m *Model) origin() string {
	if m.row.Origin == nil {
		return ""
	}
	text := "  ↻" + strconv.FormatUint(*m.row.Origin, 10)
	switch {
	case m.leftOut != "":
		text += " without " + m.leftOut
	case m.beside != "":
		text += " " + m.beside
	}
	return text
}
