package recorder

import (
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
)

// shift is who is at work, as the boundaries that are crossed tell: that is what is known of the times of an exchange that is
// under way, or whose worker has gone.
type shift struct {
	since time.Duration // until then it is reckoned, and
	at    int           // who is at work since
	maker int           // whose block is on its way to the server, 0 for none
}

// worked reckons that a stage was at work until then, and another is from there on.
func (o *onion) worked(by, at int, until time.Duration) {
	s := &o.shift
	o.layers[by].work += max(until-s.since, 0)
	s.since, s.at = max(until, s.since), at
}

// crossed takes an event of an inner stage for what it tells of who is at work.
func (o *onion) crossed(l *layer, e *event.Event) {
	switch p := e.Payload.(type) {
	case *event.Entered:
		o.worked(l.Within, l.Index, e.At)
	case *event.Left:
		o.worked(l.Index, l.Within, e.At)
		if l.Index == 1 && !l.atOnce() {
			o.shift.at = o.bodyOf(l)
		}
	case *event.Passed:
		o.worked(l.Index, l.Within, e.At)
	case *event.Read:
		o.worked(l.Index, l.Index, e.At)
	case *event.Response:
		o.worked(l.Index, o.caller(l), e.At)
	case *event.Block:
		switch {
		case p.Given:
		case e.Kind == event.Write:
			o.worked(l.Index, o.caller(l), e.At)
		default:
			o.worked(l.Index, l.Within, e.At)
			if o.shift.maker == 0 {
				o.shift.maker = l.Index
			}
		}
	case nil:
		if e.Kind == event.Close && l.Index > 1 {
			o.worked(l.Within, l.Index, e.At)
		}
	}
}

// caller is who goes on where a stage has called start_response or write: the stage within it that has called what it had
// given as such.
func (o *onion) caller(l *layer) int {
	for within := o.layers[o.shift.at]; within.Index > 0; within = o.around(within) {
		if within == l {
			return o.shift.at
		}
	}
	return l.Index
}

// bodyOf is the stage whose body it is that a stage gives.
func (o *onion) bodyOf(l *layer) int { return max(l.Index, l.sameAs) }

// tookBlock has the server have a block: whoever has made it is asked for the next.
func (o *onion) tookBlock(e *event.Event) {
	root := o.layers[1]
	switch next := o.shift.maker; {
	case e.Kind == event.Write:
		o.worked(1, o.caller(root), e.At)
	case next > 0:
		o.worked(1, next, e.At)
	default:
		o.worked(1, o.bodyOf(root), e.At)
	}
	o.shift.maker = 0
}

// spent gives each stage its times. What was not told is made of who was at work when, where the exchange is not over or has
// broken off; else of when its call began and ended, and of stage 1, of which nothing is told where there is none within it,
// also of what it gave since.
func (o *onion) spent(duration time.Duration, over bool) {
	within := make([]time.Duration, len(o.layers))
	var work time.Duration // of all stages; one that hands on a body that another makes is not at work meanwhile
	for i := len(o.layers) - 1; i > 0; i-- {
		l := o.layers[i]
		switch {
		case l.spent:
		case !over:
			l.self = l.work
			if l.entered && !l.exited {
				l.left = duration
			}
		default:
			took := l.left - l.at
			if i == 1 {
				took = max(took, o.atWork-l.at)
			}
			l.self = took - within[i]
		}
		l.self = max(l.self, 0)
		work += l.self
		// Not as it was told: the body of a stage within may have run when the call was over, and what a stage around did in its
		// start_response is that one's own. Threads may run side by side, and take no longer than the exchange.
		l.total = min(l.self+within[i], duration)
		within[l.Within] += l.total
	}
	server := o.layers[0]
	server.at, server.left, server.total = 0, duration, duration
	server.self = max(duration-work, 0)
	for _, l := range o.layers {
		l.EnterMS, l.ExitMS, l.TotalMS, l.SelfMS = ms(l.at), ms(max(l.left, l.at)), ms(l.total), ms(l.self)
	}
}
