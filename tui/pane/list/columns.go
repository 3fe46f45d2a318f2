package list

import (
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/safe"
)

// columns are the widths of a row's columns; 0 is a column that does not show. The columns stand in the order of the
// fields, one space apart, after a gutter of two.
type columns struct {
	id, at, method, path, status, took, size, chunks, badges int
}

const gutter = 2

// columnsFor divides a width: a pure function of the width and the number of digits of the ids.
func columnsFor(w, digits int) columns {
	c := columns{id: max(3, min(digits, 9)), method: 4, status: 5, took: 6, badges: 3}
	if w >= 48 {
		c.size = 5
	}
	if w >= 54 {
		c.badges = 5
	}
	if w >= 58 {
		c.method = 6
	}
	if w >= 76 {
		c.method, c.badges = 7, 14
	}
	if w >= 90 {
		c.chunks = 5
	}
	if w >= 104 {
		c.at = 8
	}
	if w >= 116 {
		c.badges = 26
	}
	c.path = w - gutter - c.fixed()
	if c.path < 8 { // a narrow pane with long ids
		c.path += c.id + 1
		c.id = 0
	}
	c.path = max(c.path, 1)
	return c
}

// leastPath is what the badges leave to the paths, however short those are.
const leastPath = 12

// fit gives to the badges what the paths leave free, as far as they need it.
func (c columns) fit(w wants) columns {
	give := max(0, min(c.path-max(w.path, leastPath), w.badges-c.badges))
	c.path -= give
	c.badges += give
	return c
}

// wants are the widths that rows would fill.
type wants struct{ path, badges int }

func (m *Model) wanted(r *recorder.Row) wants {
	w := wants{path: safe.Of(r.Target).Width()}
	for _, b := range m.badgesOf(r) {
		w.badges += safe.Of(b.long).Width() + 1
	}
	return w
}

// widen notes what the rows that show would fill. It is not less again, so that the columns do not go to and fro.
func (m *Model) widen() {
	for i := m.top; i < min(m.top+m.room(), len(m.win.rows)); i++ {
		w := m.wanted(&m.win.rows[i])
		m.wants.path, m.wants.badges = max(m.wants.path, w.path), max(m.wants.badges, w.badges)
	}
}

// fixed is what all columns but the path take, with the spaces between.
func (c columns) fixed() int {
	n := 0
	for _, w := range []int{c.id, c.at, c.method, c.status, c.took, c.size, c.chunks, c.badges} {
		if w > 0 {
			n += w + 1
		}
	}
	return n
}
