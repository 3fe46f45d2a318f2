package wsgi

import (
	"errors"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
)

// parking is what a request knows of stopping at boundaries.
type parking struct {
	turn sync.Mutex // one stop at a time, whatever goroutines there are

	// Guarded by trace.mu.
	mode    stepping.Action // Step, Over, Out, or "" to go on to the next place to stop at
	from    *pass           // where that was said
	inside  bool            // from had not been left then: over goes to where it is
	leaving bool            // from may have no further boundaries
	free    bool            // it stops no more
	// never are the ids of places to stop at that it meets no more.
	never map[int]bool

	mu     sync.Mutex
	resume chan stepping.Command // nil while it is not stopped
	stay   chan struct{}         // as resume: that it stops indeed
}

// ErrRaised is wrapped by what is raised by hand in a request that is stopped at a boundary.
var ErrRaised = errors.New("raised by hand")

// raisedByHand is what the person at the breakpoint wanted to be raised.
type raisedByHand struct{ kind, message string }

func (e *raisedByHand) Error() string {
	if e.kind == "" || e.message == "" {
		return e.kind + e.message
	}
	return e.kind + ": " + e.message
}

func (*raisedByHand) Unwrap() error { return ErrRaised }

// handAnswer is a response that was given by hand in the place of a stage's.
type handAnswer struct {
	status  string
	headers Headers
	block   []byte
}

// unwinding ends a stage that was answered for by hand; it gets no further than to the stage's own tap.
type unwinding struct{ p *pass }

func (*unwinding) Error() string { return "the request was answered by hand" }

var errAnswered = errors.New("answered by hand")

// answeredBy is the pass whose stage a panic ends since it was answered for by hand, nil for another panic.
func answeredBy(v any) *pass {
	err, ok := v.(error)
	if !ok {
		return nil
	}
	var u *unwinding
	if errors.As(err, &u) {
		return u.p
	}
	return nil
}

// stops says whether the request is to stop at a boundary of the pass. It costs two looks where there is no place to stop at.
func (p *pass) stops(kind event.Kind) bool {
	if !p.t.watched() {
		return false
	}
	ids, stop := p.meets(kind)
	return stop || len(ids) > 0
}

// watched says whether the request may stop anywhere.
func (t *trace) watched() bool { return t.x.c.watched.Load() || t.stepped.Load() }

// meets lists the places to stop at that are here, and says whether a step ends here.
func (p *pass) meets(kind event.Kind) (ids []int, step bool) {
	t := p.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.parking.free || p.byHand || t.over || t.x.left() {
		return nil, false
	}
	if t.stepEnds(p, kind) {
		return nil, true
	}
	name := stepping.BoundaryName(kind)
	for _, s := range t.x.c.places() {
		if !t.parking.never[s.ID] && (s.Boundary == name || s.Boundary == stepping.Any) && t.x.c.meant(s.Stage, p.tap, int(p.index)) {
			ids = append(ids, s.ID)
		}
	}
	return ids, false
}

// meant says whether a pattern is for a stage, see [stepping.Means].
func (c *child) meant(pattern string, s *tap, index int) bool {
	return stepping.Means(pattern, s.info, index, func(yield func(string) bool) {
		for other := c.root; other != nil && yield(other.info.Name); other = other.within {
		}
	})
}

// stepEnds says whether a boundary of the pass is where the step under way ends. t.mu is held.
func (t *trace) stepEnds(p *pass, kind event.Kind) bool {
	switch t.parking.mode {
	case stepping.Step:
		return true
	case stepping.Over:
		return p == t.parking.from && !(t.parking.inside && inside(kind)) || t.parking.leaving && t.parking.from.isWithin(p)
	case stepping.Out:
		return t.parking.from.isWithin(p)
	}
	return false
}

// inside says that a boundary is one before the stage is left.
func inside(kind event.Kind) bool {
	return kind == event.Enter || kind == event.Input || kind == event.StartResponse || kind == event.Write
}

func (p *pass) isWithin(around *pass) bool {
	for p = p.within; p != nil; p = p.within {
		if p == around {
			return true
		}
	}
	return false
}

// boundary is where a request may stop. It returns the body of an answer by hand, at a boundary whose caller takes one; at
// others that ends the stage.
func (p *pass) boundary(kind event.Kind, raised *any) Body {
	if !p.stops(kind) {
		return nil
	}
	return p.stop(kind, raised, nil)
}

// except is the boundary at which an error leaves the stage, which was told. It may become another one, or an answer.
func (p *pass) except(where event.Where, v any, frames []frame) (raised any, answer Body) {
	if isGone(v) || answeredBy(v) != nil || !p.stops(event.Exception) {
		return v, nil
	}
	p.where, raised = where, v
	answer = p.stop(event.Exception, &raised, newException(where.String(), v, p.t.failures().stack(v, frames)).raised())
	if answer == nil && !sameError(raised, v) {
		p.t.mu.Lock()
		p.t.failed(p, where, raised, frames)
		p.t.mu.Unlock()
	}
	return raised, answer
}

// stop parks the request until it is told to go on.
func (p *pass) stop(kind event.Kind, raised *any, exception *wire.Raised) Body {
	t := p.t
	t.parking.turn.Lock()
	ids, step := p.meets(kind) // anew: what was met may be gone
	if len(ids) == 0 && !step {
		t.parking.turn.Unlock()
		return nil
	}
	began := now()
	at := &place{c: t.x.c}
	if step || !t.x.c.judged(ids) {
		at.lend()
	}
	command := p.parked(kind, ids, exception, at)
	at.takeBack()
	took := now() - began
	t.paused.Add(int64(took))
	if command.Action == stepping.Pass {
		t.mu.Lock()
		for _, id := range command.Never {
			if t.parking.never == nil {
				t.parking.never = map[int]bool{}
			}
			t.parking.never[id] = true
		}
		t.mu.Unlock()
		t.parking.turn.Unlock()
		return nil
	}
	p.tellByHand(kind, command)
	t.mu.Lock()
	breakpoint := 0
	if len(ids) > 0 {
		breakpoint = ids[0]
	}
	then := string(command.Action)
	if command.Action == stepping.Into {
		then = string(stepping.Step)
	}
	t.add(event.Paused, p, &event.Pause{
		Boundary: kind, Took: time.Duration(took), Breakpoint: breakpoint, Then: then,
	}, 32)
	t.parking.mode, t.parking.from = "", nil
	switch command.Action {
	case stepping.Step, stepping.Into:
		t.parking.mode, t.parking.from = stepping.Step, p
	case stepping.Over, stepping.Out:
		t.parking.mode, t.parking.from = command.Action, p
		t.parking.inside = inside(kind)
		t.parking.leaving = kind == event.Exit || kind == event.Exception || kind == event.Close
	case stepping.Abort:
		t.parking.free = true
	}
	t.stepped.Store(t.parking.mode != "")
	t.mu.Unlock()
	t.parking.turn.Unlock()
	return p.obey(kind, command, raised)
}

// tellByHand tells of what is raised or answered by hand.
func (p *pass) tellByHand(kind event.Kind, c stepping.Command) {
	switch c.Action {
	case stepping.Raise:
		p.edited(&event.Edit{Boundary: kind, Raise: (&raisedByHand{c.Type, c.Message}).Error()})
	case stepping.Respond:
		p.edited(&event.Edit{
			Boundary: kind, Respond: true, Status: c.Status, Headers: c.Headers,
			Block: &event.Data{Bytes: c.Block, Size: len(c.Block)},
		})
	}
}

// obey does what the request was resumed with.
func (p *pass) obey(kind event.Kind, c stepping.Command, raised *any) Body {
	switch c.Action {
	case stepping.Abort:
		p.t.x.leave()
	case stepping.Raise:
		err := &raisedByHand{c.Type, c.Message}
		if raised == nil {
			panic(err)
		}
		*raised = err
	case stepping.Respond:
		answer := &handAnswer{status: c.Status, headers: headersOf(c.Headers), block: c.Block}
		p.t.mu.Lock()
		p.answer = answer
		p.t.findings.byHand(answer.status, answer.headers)
		p.t.mu.Unlock()
		switch kind {
		case event.Enter, event.Exit, event.Exception:
			return p.respond()
		}
		panic(&unwinding{p})
	}
	return nil
}

// respond gives the answer that was made by hand: to the stage around it looks like this stage's.
func (p *pass) respond() Body {
	p.discard()
	p.t.mu.Lock()
	answer := p.answer
	p.answer = nil
	started := p.started
	p.t.mu.Unlock()
	var err error
	if started {
		err = errAnswered // as exc_info: it replaces what was said before
	}
	p.freed(&p.byHand, true) // of this start_response there is nothing to stop at but in the stages around
	defer p.freed(&p.byHand, false)
	p.startResponse(answer.status, answer.headers, err)
	return Bytes(answer.block)
}

func (p *pass) freed(which *bool, free bool) {
	p.t.mu.Lock()
	defer p.t.mu.Unlock()
	*which = free
}

func headersOf(list []event.Header) Headers {
	headers := make(Headers, len(list))
	for i, f := range list {
		headers[i] = [2]string{f.Name, f.Value}
	}
	return headers
}

// parked tells where the request stands, and waits; it makes the edits that are asked for meanwhile.
func (p *pass) parked(kind event.Kind, ids []int, exception *wire.Raised, at *place) stepping.Command {
	t := p.t
	trouble := ""
	for {
		resume, stay := make(chan stepping.Command, 1), make(chan struct{}, 1)
		t.parking.mu.Lock()
		t.parking.resume, t.parking.stay = resume, stay
		t.parking.mu.Unlock()
		t.x.tellParked(p, p.state(kind, ids, exception, trouble))
		c := p.told(resume, stay, at)
		t.parking.mu.Lock()
		t.parking.resume, t.parking.stay = nil, nil
		t.parking.mu.Unlock()
		if trouble = p.cannot(kind, c); trouble != "" {
			continue
		}
		if c.Action != stepping.Modify {
			return c
		}
		p.edit(kind, c)
	}
}

// told waits for a command, and lends the place once the request is to stay until there is one.
func (p *pass) told(resume <-chan stepping.Command, stay <-chan struct{}, at *place) stepping.Command {
	for {
		select {
		case c := <-resume:
			return c
		case <-stay:
			at.lend()
		case <-p.t.x.ctx.Done():
			return stepping.Command{Action: stepping.Abort}
		}
	}
}
