package detail

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/effect"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/onion"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// steps is an exchange taken apart into its moments, and the one that is looked at.
type steps struct {
	walk    *recorder.Walk
	err     error
	id      uint64 // the exchange it is of
	version int    // the version of the exchange it was asked for
	asking  bool
	at      int
}

func (s *steps) len() int {
	if s.walk == nil {
		return 0
	}
	return len(s.walk.Moments)
}

// otherStage is the nearest moment of another stage, going by one direction: the last of it backward, the first forward.
func (s *steps) otherStage(at, by int) int {
	if at < 0 || at >= s.len() {
		return at
	}
	here := s.walk.Moments[at].Stage
	for i := at + by; i >= 0 && i < s.len(); i += by {
		if s.walk.Moments[i].Stage != here {
			return i
		}
	}
	return at
}

// askSteps asks for the moments of the exchange that shows, unless they are there.
func (m *Model) askSteps() tea.Cmd {
	s := &m.steps
	if m.tab != Steps || m.x == nil || s.asking || s.id == m.x.ID && s.version == m.version {
		return nil
	}
	if s.id != m.x.ID {
		*s = steps{id: m.x.ID}
	}
	s.version, s.asking = m.version, true
	return m.fx.AskMoments(m.x.ID)
}

// walked takes the moments.
func (m *Model) walked(msg effect.Moments) tea.Cmd {
	s := &m.steps
	s.asking = false
	if msg.ID == s.id {
		s.walk, s.err = msg.Walk, msg.Err
		m.walks++
	}
	return m.refresh()
}

// stepRows are the moments, one a line, numbered as by `snifter show --moments`.
func (m *Model) stepRows(from, to int) []string {
	n := len(strconv.Itoa(max(0, m.steps.len()-1)))
	at := 7
	boundary := 14
	what := min(m.w/3, 40)
	if m.w < 70 {
		at, what = 0, m.w/4
	}
	if m.w < 50 {
		what = 0
	}
	name := m.w - 2 - (n + 1) - (boundary + 1) - 1
	for _, w := range []int{at, what} {
		if w > 0 {
			name -= w + 1
		}
	}
	out := make([]string, 0, to-from)
	for i := from; i < to; i++ {
		mo := &m.steps.walk.Moments[i]
		p := cells{theme: m.theme, selected: i == m.steps.at}
		p.cursor(m.focused)
		if m.breaksAt(mo) {
			p.add(theme.Bad, safe.Of("●"))
		} else {
			p.add(theme.Plain, safe.Spaces(1))
		}
		p.cell(theme.Dim, safe.Of(strconv.Itoa(i)), n, true)
		p.cell(theme.Dim, safe.Of(human.Millis(mo.AtMS)), at, true)
		p.cell(theme.Plain, indented(m.x, mo, name), max(name, 1), false)
		ink := theme.Accent
		if mo.Boundary == "exception" {
			ink = theme.Bad
		}
		p.cell(ink, safe.Of(mo.Boundary), boundary, false)
		p.cell(theme.Dim, momentWithin(mo, what), what, false)
		out = append(out, p.row(m.w))
	}
	return out
}

// indented is the label of a moment's stage, as deep as it was called. Where there is no room for both, the name counts.
func indented(x *recorder.Exchange, mo *recorder.Moment, room int) safe.Text {
	lead := 2 * min(max(mo.Depth-1, 0), 8)
	label := labelIn(x, mo.Stage, room-lead)
	return safe.Join(safe.Spaces(max(0, min(lead, room-label.Width()))), label)
}

// labelIn is a stage's label; where there is no room for it, a method of the class around it is told by its own name alone.
func labelIn(x *recorder.Exchange, stage, room int) safe.Text {
	label := safe.Of(onion.Label(x, stage))
	if s := onion.Find(x, stage); s != nil && label.Width() > room {
		return safe.Of(strconv.Itoa(stage) + " " + nameWithin(x, s))
	}
	return label
}

// breaksAt says that an exchange would stop where a moment was.
func (m *Model) breaksAt(mo *recorder.Moment) bool {
	s := onion.Find(m.x, mo.Stage)
	if s == nil {
		return false
	}
	for i := range m.breakpoints {
		b := &m.breakpoints[i]
		if (b.Boundary == mo.Boundary || b.Boundary == "*") && m.x.Means(b.Stage, s) {
			return true
		}
	}
	return false
}

// momentWithin says what happened at a moment, with the names of what has changed where there is room for them.
func momentWithin(m *recorder.Moment, room int) safe.Text {
	if named := safe.Of(momentIn(m, true)); named.Width() <= room {
		return named
	}
	return safe.Of(momentIn(m, false))
}

// momentIn says in few words what happened at a moment: what has changed by its names, or how much has.
func momentIn(m *recorder.Moment, named bool) string {
	var parts []string
	if m.Pause != nil {
		parts = append(parts, "⏸")
	}
	if m.Exception != nil {
		parts = append(parts, m.Exception.Type)
	}
	if s := m.Changes.Status; s != nil {
		parts = append(parts, s[1])
	}
	headers, c := &m.Changes.Headers, &m.Changes.Environ
	switch n := len(headers.Added) + len(headers.Removed); {
	case n > 0 && named:
		parts = append(parts, headerNames(headers)...)
	case n > 0:
		parts = append(parts, "h"+strconv.Itoa(n))
	case headers.Moved:
		parts = append(parts, "h↕")
	}
	switch n := len(c.Added) + len(c.Changed) + len(c.Removed); {
	case n > 0 && named:
		parts = append(parts, keyNames(c)...)
	case n > 0:
		sign := "~"
		if n == len(c.Added) {
			sign = "+"
		} else if n == len(c.Removed) {
			sign = "-"
		}
		parts = append(parts, sign+strconv.Itoa(n))
	}
	switch m.Boundary {
	case "chunk", "write", "input":
		if m.Boundary == "input" || m.Size > 0 || m.Block > 0 { // of a block that has gone nowhere it is not known
			parts = append(parts, human.Size(m.Size))
		}
	}
	if m.Result != "" {
		parts = append(parts, m.Result)
	}
	return strings.Join(parts, " ")
}

// headerNames are the names of the headers that have changed: + added, ~ changed, - removed.
func headerNames(d *recorder.HeaderDelta) (names []string) {
	changed, added, removed := d.Pairs()
	for _, h := range added {
		names = append(names, "+"+h[0])
	}
	for _, pair := range changed {
		names = append(names, "~"+pair[1][0])
	}
	for _, h := range removed {
		names = append(names, "-"+h[0])
	}
	return names
}

// keyNames are the keys of the environ that have changed.
func keyNames(c *recorder.EnvironChanges) (names []string) {
	for _, key := range slices.Sorted(maps.Keys(c.Added)) {
		names = append(names, "+"+key)
	}
	for _, key := range slices.Sorted(maps.Keys(c.Changed)) {
		names = append(names, "~"+key)
	}
	for _, key := range c.Removed {
		names = append(names, "-"+key)
	}
	return names
}
