package devserver

import (
	"sync"

	"github.com/snifter-dev/snifter/devserver/event"
)

// scratch is memory that an exchange needs as long as stages tell of it; the next one uses it again.
type scratch struct {
	untold []event.Event
	times  []times
	spent  []spent
}

var scratches = sync.Pool{New: func() any {
	return &scratch{make([]event.Event, 0, 64), make([]times, 0, 16), make([]spent, 0, 16)}
}}

// mostScratch is how many events leave memory behind that is worth keeping.
const mostScratch = 1024

// borrow gets the exchange memory for what stages tell. x.mu is held.
func (x *exchange) borrow() {
	if x.scratch != nil || x.state == ended {
		return
	}
	s := scratches.Get().(*scratch)
	x.scratch, x.within.times, x.within.spent = s, s.times, s.spent
	x.untold = append(s.untold, x.untold...)
}

// giveBack gives it back, once all is told. x.mu is held.
func (x *exchange) giveBack() {
	s := x.scratch
	if s == nil {
		return
	}
	*s = scratch{x.untold[:0], x.within.times[:0], x.within.spent[:0]}
	x.scratch, x.untold, x.within.times, x.within.spent = nil, nil, nil, nil
	if cap(s.untold) <= mostScratch {
		scratches.Put(s)
	}
}
