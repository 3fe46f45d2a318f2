package wsgi

import "github.com/snifter-dev/snifter/devserver/event"

// rises tells of a panic in what the stage around has put in the place of start_response, or of what that returns, before it
// leaves the stage that has called it: it rose in the stage around, whose code that is. The error that start_response was
// given is raised again by it, and rose where it was caught.
func (p *pass) rises(v any, given error, frames []frame) {
	t := p.t
	t.mu.Lock()
	defer t.mu.Unlock()
	around := p.within
	if v == nil || around == nil || isGone(v) || answeredBy(v) != nil || given != nil && sameError(v, given) {
		return
	}
	if t.number(v) > 0 {
		return // it rose further out
	}
	where := event.InCall
	if around.given != nil || around.of != nil { // its call is over
		where = event.InIterate
	}
	told, weight := t.raised(where, v, frames)
	t.add(event.Exception, around, told, weight)
}

// number is that of an error that was told of, or 0. t.mu is held.
func (t *trace) number(v any) int {
	for i, e := range t.errs {
		if sameError(e, v) {
			return i + 1
		}
	}
	return 0
}

// raised tells of an error that leaves a stage, and how much there is of it. t.mu is held.
func (t *trace) raised(where event.Where, v any, frames []frame) (told *event.Passed, weight int) {
	number := t.number(v)
	e := newException(where.String(), v, nil)
	told = &event.Passed{Where: where, Type: e.kind, Message: e.message, Number: uint32(number)}
	weight = 64 + len(e.message)
	if number == 0 {
		t.errs = append(t.errs, v)
		told.Number = uint32(len(t.errs))
		told.Frames = t.framesOf(v, frames)
		weight += 100 * len(told.Frames)
	}
	return told, weight
}
