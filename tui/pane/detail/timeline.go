package detail

import (
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/onion"
	"github.com/snifter-dev/snifter/tui/safe"
)

// timeline is the time that an exchange took, in cells.
type timeline struct {
	x     *recorder.Exchange
	total float64
	room  int
	// makers are the stages that were at work on the next chunk, by cell: who gives it first has made it, unless that took longer
	// than it was at work since its call. Then the server was late to take it. It is nil behind the last.
	makers []*recorder.Stage
}

func newTimeline(x *recorder.Exchange, total float64, room int) *timeline {
	t := &timeline{x: x, total: total, room: room, makers: make([]*recorder.Stage, room)}
	at := make([]float64, room)
	for i := range x.Stages {
		s := &x.Stages[i]
		for _, c := range s.Chunks {
			// Of a cell that it ends in it has most only where that is past its middle.
			cell := t.cell(c.AtMS)
			if c.AtMS < t.middle(cell) {
				cell--
			}
			if cell >= 0 && (t.makers[cell] == nil || c.AtMS <= at[cell]) { // who passes it on is before who has made it
				t.makers[cell], at[cell] = s, c.AtMS
			}
		}
	}
	from := 0
	for cell, maker := range t.makers {
		if maker == nil {
			continue
		}
		worked := maker.TotalMS
		if cell > t.cell(maker.ExitMS) {
			worked -= maker.ExitMS - maker.EnterMS
		}
		if t.width(max(from, t.cell(maker.ExitMS))+1, cell) > max(worked, 0) {
			maker = &x.Stages[0]
		}
		for ; from <= cell; from++ {
			t.makers[from] = maker
		}
	}
	return t
}

// width is the time between two cells.
func (t *timeline) width(from, to int) float64 { return float64(to-from) / float64(t.room) * t.total }

func (t *timeline) cell(ms float64) int {
	return max(0, min(int(ms/t.total*float64(t.room)), t.room-1))
}

func (t *timeline) middle(cell int) float64 { return (float64(cell) + 0.5) / float64(t.room) * t.total }

// bar draws a stage: its call from edge to edge, then its chunks as they were asked for; solid where it was at work itself,
// thin where a stage within it was. It reads without colour.
func (t *timeline) bar(s *recorder.Stage) safe.Text {
	x := t.x
	cells := make([]rune, t.room)
	for i := range cells {
		cells[i] = ' '
	}
	from := t.cell(s.EnterMS)
	to := t.cell(max(s.EnterMS, s.ExitMS))
	if s.TotalMS == 0 && s.Exception == nil && x.State == recorder.Open { // it is not over
		to = t.room - 1
	}
	for c := from; c <= to; c++ {
		cells[c] = '█'
		if t.isWithin(s, c) {
			cells[c] = '─'
		}
	}
	if cells[from] == '─' {
		cells[from] = '├'
	}
	if cells[to] == '─' {
		cells[to] = '┤'
	}
	last := to
	for _, c := range s.Chunks {
		if i := t.cell(c.AtMS); i > to {
			cells[i] = '▪'
			last = max(last, i)
		}
	}
	for c := to + 1; c < last; c++ {
		switch {
		case cells[c] != ' ':
		case t.makers[c] == s:
			cells[c] = '█'
		case t.makes(s, c):
			cells[c] = '─'
		default:
			cells[c] = '╌'
		}
	}
	return safe.Of(string(cells))
}

// isWithin says whether a stage within another was at work, whose call had not returned.
func (t *timeline) isWithin(s *recorder.Stage, cell int) bool {
	middle, called := t.middle(cell), false
	for i := range t.x.Stages {
		in := &t.x.Stages[i]
		if in.Within != s.Index || in.Index <= s.Index {
			continue
		}
		if in.EnterMS <= middle && middle < in.ExitMS {
			return true
		}
		called = called || in.ExitMS <= middle
	}
	return called && t.makes(s, cell)
}

// makes says whether a stage within another was at work on the next chunk.
func (t *timeline) makes(s *recorder.Stage, cell int) bool {
	maker := t.makers[cell]
	for maker != nil && maker.Index > s.Index {
		if maker.Within == s.Index {
			return true
		}
		maker = onion.Find(t.x, maker.Within)
	}
	return false
}

// span is the time from the first to the last thing that a stage did.
func span(x *recorder.Exchange) float64 {
	total := x.DurationMS
	for i := range x.Stages {
		total = max(total, x.Stages[i].ExitMS, x.Stages[i].EnterMS)
	}
	if total <= 0 {
		return 1
	}
	return total
}
