package list

import (
	"cmp"
	"slices"

	"github.com/snifter-dev/snifter/recorder"
)

// window is a part of the capture, oldest first, without gaps as far as the filter goes. It is bounded: what lies far
// from the cursor is given up and asked for again when it is needed.
type window struct {
	rows         []recorder.Row
	older, newer bool // there are more on that side
}

// maxRows is how many rows are held at once.
const maxRows = 20_000

// index finds an id, or where it would stand.
func (w *window) index(id uint64) (int, bool) {
	if n := len(w.rows); n > 0 && w.rows[n-1].ID < id {
		return n, false
	}
	return slices.BinarySearchFunc(w.rows, id, func(r recorder.Row, id uint64) int { return cmp.Compare(r.ID, id) })
}

// put replaces a row, or adds it where it belongs to the window. Rows are put oldest first, most often at the end.
func (w *window) put(r recorder.Row) {
	i, found := w.index(r.ID)
	switch {
	case found:
		w.rows[i] = r
	case i == len(w.rows) && w.newer, i == 0 && w.older:
		// beyond what the window holds: a page will bring it
	default:
		w.rows = slices.Insert(w.rows, i, r)
	}
}

// remove drops an id.
func (w *window) remove(id uint64) {
	if i, found := w.index(id); found {
		w.rows = slices.Delete(w.rows, i, i+1)
	}
}

// replaceFrom puts a page, newest first, in the place of all rows from an id on.
func (w *window) replaceFrom(id uint64, page []recorder.Row) {
	i, _ := w.index(id)
	w.rows = w.rows[:i]
	for _, r := range slices.Backward(page) {
		if r.ID >= id {
			w.rows = append(w.rows, r)
		}
	}
}

// prepend puts a page of older rows, newest first, before the window.
func (w *window) prepend(page []recorder.Row) {
	rows := make([]recorder.Row, 0, len(page)+len(w.rows))
	for _, r := range slices.Backward(page) {
		if len(w.rows) == 0 || r.ID < w.rows[0].ID {
			rows = append(rows, r)
		}
	}
	w.rows = append(rows, w.rows...)
}

// append puts a page of newer rows, newest first, behind the window.
func (w *window) append(page []recorder.Row) {
	for _, r := range slices.Backward(page) {
		if n := len(w.rows); n == 0 || r.ID > w.rows[n-1].ID {
			w.rows = append(w.rows, r)
		}
	}
}

// trim gives up rows at the end that lies farther from an index.
func (w *window) trim(near int) {
	extra := len(w.rows) - maxRows
	if extra <= 0 {
		return
	}
	extra += maxRows / 8 // not at each row
	if near >= len(w.rows)/2 {
		w.rows = slices.Clone(w.rows[extra:])
		w.older = true
		return
	}
	w.rows = slices.Clone(w.rows[:len(w.rows)-extra])
	w.newer = true
}
