package recorder

import (
	"slices"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
)

// stop is one time that a request was stopped at a boundary before that was told of. It waits for its moment, and what was
// changed in an environ by hand does with it.
type stop struct {
	of       *layer
	boundary event.Kind
	pause    *Pause // nil as long as it is edited
	size     int    // of the block at hand
	environs []EnvironVersion
}

// order is in which order stage 1 comes to its boundaries, of those that are told of after a request has stopped there.
var order = map[event.Kind]int{
	event.Input: 1, event.StartResponse: 2, event.Write: 3, event.Exit: 4, event.Chunk: 5, event.Exception: 6, event.Close: 7,
}

// isHeld says whether what is changed by hand in an environ at a stop ahead of its moment waits for that. A call of
// start_response that was stopped is told as it was before any change, and a read at once.
func isHeld(boundary event.Kind) bool { return order[boundary] > order[event.StartResponse] }

// editing is the stop at which a stage is edited, ahead of its moment.
func (w *walker) editing(l *layer, boundary event.Kind) *stop {
	if n := len(w.stops); n > 0 && w.stops[n-1].pause == nil && w.stops[n-1].of == l && w.stops[n-1].boundary == boundary {
		return w.stops[n-1]
	}
	s := &stop{of: l, boundary: boundary}
	w.stops = append(w.stops, s)
	return s
}

// pause notes a stop with the moment of that boundary: the newest, or the next where a request stops before the boundary is
// told of, as it does before a stage reads, and at what stage 1 gives to the server. One that is told of nowhere, as a block that
// a stage passes on, or the server reads from a file, is a moment of its own.
func (w *walker) pause(l *layer, boundary event.Kind, p *Pause, size int) {
	if w == nil {
		return
	}
	if w.ahead(l, boundary) {
		if boundary != event.Close {
			w.leave(l)
		}
		s := w.editing(l, boundary)
		s.pause, s.size = p, size
	} else if m := w.newest(l, boundary); m != nil && m.Pause == nil {
		m.Pause = p
	} else {
		w.stand(&stop{of: l, boundary: boundary, pause: p, size: size}, w.last)
	}
}

// ahead says whether a request stops there before the boundary is told of.
func (w *walker) ahead(l *layer, boundary event.Kind) bool {
	switch {
	case w == nil || boundary == event.Input:
		return w != nil
	case l.Index != 1 || boundary == event.Enter:
		return false
	case boundary == event.StartResponse:
		return l.told == nil
	}
	// Its exit and its close may be told of by themselves.
	return boundary != event.Close && boundary != event.Exit || w.newest(l, boundary) == nil
}

// reach gives a moment that is about to be noted its stop, the oldest that waits for it. The stops that wait for one which
// will not come any more, as a stage was left otherwise, get one of their own before it.
func (w *walker) reach(l *layer, boundary event.Kind, at time.Duration) *stop {
	for i := 0; i < len(w.stops); {
		s := w.stops[i]
		switch {
		case s.of == l && s.boundary == boundary:
			w.stops = slices.Delete(w.stops, i, i+1)
			return s
		case s.isOver(l, boundary):
			w.stops = slices.Delete(w.stops, i, i+1)
			w.stand(s, at)
		default:
			i++
		}
	}
	return nil
}

// isOver says whether a stop is to have its moment before that of a boundary that has been reached.
func (s *stop) isOver(l *layer, boundary event.Kind) bool {
	if s.of != l {
		return l.Index == 0 && boundary != event.Input
	}
	return order[s.boundary] < order[boundary] || s.pause != nil && s.pause.Then == "respond"
}

// leave notes the stops of a stage up to the last close of a body, if it goes on after that: another has come in its place.
func (w *walker) leave(l *layer) {
	for i := len(w.stops) - 1; i >= 0; i-- {
		if s := w.stops[i]; s.of == l && s.boundary == event.Close && s.pause != nil {
			over := w.stops[:i+1]
			w.stops = slices.Clone(w.stops[i+1:])
			for _, s := range over {
				w.stand(s, w.last)
			}
			return
		}
	}
}

// stand notes a stop as a moment by itself, at which no later response is known yet.
func (w *walker) stand(s *stop, at time.Duration) {
	defer func(newest *answer) { w.current = newest }(w.current)
	w.current = w.told
	if s.boundary == event.Exit {
		w.rootLeft = true
	}
	if s.pause != nil {
		at = min(at, time.Duration(s.pause.AtMS*float64(time.Millisecond)))
	}
	w.note(s.of, s.boundary, max(at, w.last), s).Size = int64(s.size)
	if n := len(w.keys) - 1; n > 0 && s.passesOn(&w.walk.Moments[n-1]) {
		w.keys[n] = w.keys[n-1]
	}
}

// passesOn says that the block at hand is the one of the moment before, which the stage passes on as it is.
func (s *stop) passesOn(before *Moment) bool {
	return s.size > 0 && s.of.sameAs > 0 && !s.of.atOnce() && before.Stage > s.of.Index && before.Boundary == "chunk" &&
		before.Size == int64(s.size) && (s.pause == nil || len(s.pause.Edited) == 0)
}

// settle notes the stops that still wait.
func (w *walker) settle() {
	for _, s := range w.stops {
		w.stand(s, w.last)
	}
	w.stops = nil
}

// release has what was changed by hand at a stop hold from the moment on that is about to be noted.
func (w *walker) release(s *stop) {
	for _, v := range s.environs {
		v.At = len(w.walk.Moments)
		w.walk.Environs = append(w.walk.Environs, v)
		w.pending.add(v.Changes)
	}
	s.environs = nil
}
