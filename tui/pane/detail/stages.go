package detail

import (
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/onion"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// stageColumns are the widths of the columns of the onion; 0 is one that does not show.
type stageColumns struct {
	index, name, kind, self, total, bar, signs int
}

// stageColumnsFor divides a width: a pure function of it, of the number of stages and of what their names take.
func stageColumnsFor(w, stages, longest int) stageColumns {
	c := stageColumns{index: max(2, len(strconv.Itoa(stages))), self: 6, signs: len(signNames)}
	if w >= 46 {
		c.total = 6
	}
	if w >= 110 {
		c.kind = 20
	}
	c.name = w - 2 - c.fixed()
	if bar := min(c.name-min(max(longest, 12), c.name*3/4)-1, 60); w >= 56 && bar >= 8 {
		c.bar = bar
		c.name -= bar + 1
	}
	c.name = max(c.name, 1)
	return c
}

func (c stageColumns) fixed() int {
	n := 0
	for _, w := range []int{c.index, c.kind, c.self, c.total, c.signs} {
		if w > 0 {
			n += w + 1
		}
	}
	return n
}

// signNames are what stands in the columns of the signs: exception, lint, pause, environ, status, headers, body.
const signNames = "✗!⏸~shb"

// stageRows is the onion: a line of names, then a stage a line.
func (m *Model) stageRows(from, to int) []string {
	x := m.x
	lead := indent{step: 2}
	if m.w < 70 {
		lead.step = 1
	}
	longest := 0
	for i := range x.Stages {
		s := &x.Stages[i]
		longest = max(longest, lead.of(x, s)+safe.Of(nameWithin(x, s)).Width())
	}
	cols := stageColumnsFor(m.w, len(x.Stages), longest)
	lead = lead.within(x, cols.name)
	total := span(x)
	time := newTimeline(x, total, cols.bar)
	out := []string{m.stageNames(cols, total)}
	for i := from; i < to; i++ {
		out = append(out, m.stageRow(&x.Stages[i], cols, lead, time, i == m.stage))
	}
	return out
}

// indent is how far in stages stand: a step for each that is around, up to so many columns; 0 is for any.
type indent struct{ step, most int }

func (l indent) of(x *recorder.Exchange, s *recorder.Stage) int {
	n := l.step * min(onion.Depth(x, s), 12)
	if l.most > 0 {
		n = min(n, l.most)
	}
	return n
}

// leastIndent is what tells an outer stage from those within it, however long their names are.
const leastIndent = 3

// within is the indent where there is so much room for it and a name: the name counts.
func (l indent) within(x *recorder.Exchange, room int) indent {
	widest := 0
	for {
		fits := true
		for i := range x.Stages {
			s := &x.Stages[i]
			n := safe.Of(nameWithin(x, s)).Width()
			widest, fits = max(widest, n), fits && l.of(x, s)+n <= room
		}
		switch {
		case fits:
			return l
		case l.step == 1:
			return indent{step: 1, most: max(leastIndent, room-widest)}
		}
		l.step--
	}
}

// nameWithin is the short name of a stage as it stands below the one around it: of a method of that one's class the
// method alone.
func nameWithin(x *recorder.Exchange, s *recorder.Stage) string {
	name := orElse(onion.Short(s.Name), s.Name)
	if around := onion.Find(x, s.Within); around != nil && s.Index > 0 {
		if method, found := strings.CutPrefix(s.Name, around.Name+"."); found {
			return "." + method
		}
	}
	return name
}

func (m *Model) stageNames(c stageColumns, total float64) string {
	p := cells{theme: m.theme}
	p.add(theme.Dim, safe.Of("  "))
	p.cell(theme.Dim, safe.Of("#"), c.index, true)
	p.cell(theme.Dim, safe.Of("stage"), c.name, false)
	p.cell(theme.Dim, safe.Of("kind"), c.kind, false)
	p.cell(theme.Dim, safe.Of("self"), c.self, true)
	p.cell(theme.Dim, safe.Of("total"), c.total, true)
	if c.bar > 0 {
		end := human.Millis(total)
		rule := max(0, c.bar-1-len([]rune(end)))
		p.cell(theme.Rule, safe.Of("0"+strings.Repeat("─", rule)+end), c.bar, false)
	}
	p.add(theme.Dim, safe.Of("did").Fit(c.signs))
	return p.row(m.w)
}

func (m *Model) stageRow(s *recorder.Stage, c stageColumns, in indent, time *timeline, selected bool) string {
	p := cells{theme: m.theme, selected: selected}
	p.cursor(m.focused)
	switch {
	case m.parked != nil && m.parked.Stage.Index == s.Index:
		p.add(theme.Warn, safe.Of("⏸"))
	case m.breaks(s) != nil:
		p.add(theme.Bad, safe.Of("●"))
	default:
		p.add(theme.Plain, safe.Spaces(1))
	}
	p.cell(theme.Dim, safe.Of(strconv.Itoa(s.Index)), c.index, true)
	ink := theme.Plain
	if s.Index == 0 {
		ink = theme.Dim
	}
	p.cell(ink, safe.Join(safe.Spaces(in.of(m.x, s)), safe.Of(nameWithin(m.x, s))), c.name, false)
	p.cell(theme.Dim, safe.Of(onion.What(s.Kind, s.Role)), c.kind, false)
	p.cell(theme.Plain, safe.Of(timeOf(m.x, s.SelfMS)), c.self, true)
	p.cell(theme.Dim, safe.Of(timeOf(m.x, s.TotalMS)), c.total, true)
	if c.bar > 0 {
		p.cell(theme.Bar, time.bar(s), c.bar, false)
	}
	for _, sign := range signs(onion.Did(m.x, s)) {
		p.add(sign.ink, safe.Of(sign.text))
	}
	return p.row(m.w)
}

// timeOf is a stage's time, which is told once it is over.
func timeOf(x *recorder.Exchange, ms float64) string {
	if ms == 0 && x.State == recorder.Open {
		return "···"
	}
	return human.Millis(ms)
}

type sign struct {
	ink  theme.Ink
	text string
}

// signs are a stage's deeds, each in its own column.
func signs(d onion.Deeds) []sign {
	none := sign{theme.Rule, "·"}
	out := make([]sign, 0, len(signNames))
	put := func(on bool, ink theme.Ink, text string) {
		if on {
			out = append(out, sign{ink, text})
		} else {
			out = append(out, none)
		}
	}
	if d.Passed {
		put(true, theme.Warn, "↑")
	} else {
		put(d.Raised, theme.Bad, "✗")
	}
	put(d.Lint > 0, theme.Warn, "!")
	if d.Edited {
		put(true, theme.Warn, "✎")
	} else {
		put(d.Paused, theme.Info, "⏸")
	}
	put(d.Environ, theme.Accent, "~")
	put(d.Status, theme.Accent, "s")
	put(d.Headers, theme.Accent, "h")
	put(d.Body, theme.Accent, "b")
	return out
}

// breaks is a breakpoint at which an exchange would stop at a stage, or nil.
func (m *Model) breaks(s *recorder.Stage) *control.Breakpoint {
	for i := range m.breakpoints {
		if b := &m.breakpoints[i]; m.x.Means(b.Stage, s) {
			return b
		}
	}
	return nil
}

// SetBreakpoints says where requests park.
func (m *Model) SetBreakpoints(all []control.Breakpoint) { m.breakpoints = all }

// SetParked says where the exchange that is to be shown next is parked; nil for nowhere. Where that has changed, more of
// the exchange is known than was.
func (m *Model) SetParked(p *control.Parked) {
	was, is := m.parked, p
	m.parked = p
	if was == nil && is == nil {
		return
	}
	m.stale = m.stale || was == nil || is == nil || was.ID != is.ID || was.Stop != is.Stop
}

// Place is where a request could be stopped: the stage that is selected in the tab of stages, which is entered, or the
// boundary that is looked at in that of steps. It is nil in the others.
func (m *Model) Place() (s *recorder.Stage, boundary string) {
	x := m.Exchange()
	stage := -1
	switch {
	case x == nil:
	case m.tab == Stages:
		stage, boundary = m.stage, "enter"
	case m.tab == Steps && m.steps.id == x.ID && m.steps.at < m.steps.len():
		at := &m.steps.walk.Moments[m.steps.at]
		stage, boundary = at.Stage, at.Boundary
	}
	if stage < 0 || stage >= len(x.Stages) {
		return nil, ""
	}
	return &x.Stages[stage], boundary
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
