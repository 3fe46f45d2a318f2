package wsgi

import (
	"slices"
	"unsafe"

	"github.com/snifter-dev/snifter/devserver/event"
)

// giver finds the pass that a body comes from. t.mu is held.
func (t *trace) giver(body Body) *pass {
	if body == nil {
		return nil
	}
	for i := len(t.passes) - 1; i >= 0; i-- {
		if p := t.passes[i]; p.given != nil && sameFunc(p.body, body) {
			return p
		}
	}
	return nil
}

// sameFunc says whether two functions are one: the same closure, not only the same code.
func sameFunc[F Body | StartResponse](a, b F) bool {
	return *(*unsafe.Pointer)(unsafe.Pointer(&a)) == *(*unsafe.Pointer)(unsafe.Pointer(&b))
}

// handOn makes the body that the stage around gets. What is known of one of Bytes, or of a handler's, stays known.
func (p *pass) handOn(body Body) Body {
	switch {
	case isBytes(body):
		return tracedBytes(p, body)
	case isHandlers(body):
		return tracedHandlers(p, body)
	}
	return func(yield func([]byte, error) bool) { p.iterate(body, yield) }
}

type iterator interface {
	iterate(body Body, yield func([]byte, error) bool)
}

// tracedBytes is of a code of its own, so that isBytes knows it.
//
//go:noinline
func tracedBytes(p iterator, body Body) Body {
	return func(yield func([]byte, error) bool) { p.iterate(body, yield) }
}

// tracedHandlers is that for isHandlers.
//
//go:noinline
func tracedHandlers(p iterator, body Body) Body {
	return func(yield func([]byte, error) bool) { p.iterate(body, yield) }
}

// handing lists the passes whose stages hand on the body of this one as it is, the innermost first.
func (t *trace) handing(p *pass) []*pass {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []*pass
	for i := int(p.index) - 2; i >= 0; i-- {
		if t.passes[i].of == p {
			list = append(list, t.passes[i])
		}
	}
	return list
}

// iterate runs the stage's body for the stage around.
func (p *pass) iterate(body Body, yield func([]byte, error) bool) {
	t := p.t
	t.mu.Lock()
	again := p.ranged
	p.ranged = true
	if again {
		p.lintAgain()
	}
	t.compareAround(p, t.running)
	around := t.run(p)
	t.mu.Unlock()
	if again {
		body(yield)
		return
	}
	out, ended := false, false // control is with the stages around; the body has returned
	defer func() {
		defer p.closed(around)
		switch {
		case ended:
		case out: // it is a stage around that has failed
			p.closes(around)
		default:
			p.broken(recover(), around, yield)
		}
	}()
	body(func(block []byte, err error) bool {
		if out {
			return yield(block, err) // from another goroutine, or by a body that recovers: the stage around will say so
		}
		failed := err != nil
		block, err = p.yields(block, err, around)
		out = true
		if t.watched() {
			block, err = t.handedOn(p, block, err)
		}
		answered := failed && err == nil // by hand
		more := yield(block, err) && !answered
		out = false
		t.mu.Lock()
		t.passed(p)
		if around != nil && !p.isGivenUp() && t.isChanged(around) {
			t.compare(around)
		}
		t.run(p)
		t.mu.Unlock()
		p.stopped = p.stopped || !more || failed
		return more
	})
	ended = true
	p.closes(around)
}

// yields tells of a block, or of an error, on its way to the stage around.
func (p *pass) yields(block []byte, err error, around *pass) ([]byte, error) {
	t := p.t
	t.mu.Lock()
	if t.isChanged(p) {
		t.compare(p)
	}
	t.rest(p, around)
	if err != nil {
		frames := callers(here)
		t.failed(p, event.InIterate, err, frames)
		t.mu.Unlock()
		return p.saved(block, err, frames)
	}
	if !p.quiet {
		t.block(event.Chunk, p, block)
	}
	p.lintBlock(block, false)
	t.mu.Unlock()
	p.block = block
	p.boundary(event.Chunk, nil)
	block, p.block = p.block, nil
	return block, nil
}

// saved is the boundary at which an error that a body has yielded leaves a stage. It becomes a block where the stage is
// answered for by hand.
func (p *pass) saved(block []byte, err error, frames []frame) ([]byte, error) {
	raised, answer := p.except(event.InIterate, err, frames)
	if answer != nil {
		return p.give(answer), nil
	}
	return block, raised.(error)
}

// give tells of the block of an answer by hand.
func (p *pass) give(answer Body) (block []byte) {
	for block = range answer {
		p.t.mu.Lock()
		if !p.quiet {
			p.t.block(event.Chunk, p, block)
		}
		p.t.mu.Unlock()
	}
	return block
}

// handedOn has a block, or an error, cross the boundaries of the stages that hand on the body of another as it is.
func (t *trace) handedOn(p *pass, block []byte, err error) ([]byte, error) {
	for _, q := range t.handing(p) {
		if err != nil {
			block, err = q.saved(block, err, callers(here))
			continue
		}
		q.block = block
		answer := q.crosses(event.Chunk, event.InIterate)
		block, q.block = q.block, nil
		if answer != nil {
			block = q.give(answer)
		}
	}
	return block, err
}

// crosses is a boundary beyond which the stage runs no code of its own: what is raised there by hand leaves it at once.
func (p *pass) crosses(kind event.Kind, where event.Where) (answer Body) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		frames := callers(panicked)
		p.t.mu.Lock()
		p.t.failed(p, where, v, frames)
		p.t.mu.Unlock()
		if v, answer = p.except(where, v, frames); answer == nil {
			panic(v)
		}
	}()
	return p.boundary(kind, nil)
}

// closes is the boundary at which the body has returned: its deferred calls are what close() is in Python.
func (p *pass) closes(around *pass) {
	t := p.t
	if !t.watched() {
		return // closed tells of it
	}
	t.mu.Lock()
	t.tellClosed(p, around)
	t.mu.Unlock()
	p.crosses(event.Close, event.InClose)
	for _, q := range t.handing(p) {
		q.crosses(event.Close, event.InClose)
	}
}

// tellClosed tells that the body has returned. t.mu is held.
func (t *trace) tellClosed(p *pass, around *pass) {
	t.rest(p, around)
	t.compare(p)
	p.shut = true
	if !p.quiet {
		t.add(event.Close, p, nil, 32)
	}
}

// closed ends the pass, whose body has returned.
func (p *pass) closed(around *pass) {
	t := p.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if !p.shut {
		t.tellClosed(p, around)
	}
	p.lintClosed()
	t.end(p)
}

// broken tells of a panic of the body, or of the end of the goroutine, and lets it go on; or gives the block that was put
// in its place by hand.
func (p *pass) broken(v any, around *pass, yield func([]byte, error) bool) {
	frames := callers(panicked)
	t := p.t
	ending := v == nil // no panic, and nothing that could be stopped
	if ending {
		v = ErrGoexit
	}
	where := event.InIterate
	if p.stopped {
		where = event.InClose
	}
	by, answer := answeredBy(v), Body(nil)
	if by != nil && by.answer != nil && (by == p || slices.Contains(t.handing(p), by)) {
		answer = by.respond()
	} else {
		t.mu.Lock()
		t.rest(p, around)
		t.failed(p, where, v, frames)
		t.mu.Unlock()
		if !ending {
			by, v, answer = p.rescued(where, v, frames)
		}
	}
	if answer != nil {
		yield(by.give(answer), nil)
	}
	p.closes(around)
	if answer == nil && !ending {
		panic(v)
	}
}

// rescued has a panic of the body cross the boundaries of the stage, and of those that hand on its body as it is. It says
// which of them answers in its place.
func (p *pass) rescued(where event.Where, v any, frames []frame) (by *pass, raised any, answer Body) {
	if v, answer = p.except(where, v, frames); answer != nil || !p.t.watched() {
		return p, v, answer
	}
	for _, by = range p.t.handing(p) {
		if v, answer = by.except(where, v, frames); answer != nil {
			break
		}
	}
	return by, v, answer
}

// discard closes the body that was about to be returned, and that nobody will range over, as if the client had gone. What it
// says or raises meanwhile is not heard.
func (p *pass) discard() {
	body := p.leaving
	if body == nil {
		return
	}
	p.leaving, p.discarding = nil, true
	p.freed(&p.t.parking.free, true) // nobody asked for stops there
	defer func() {
		p.freed(&p.t.parking.free, false)
		p.discarding = false
		_ = recover()
	}()
	body(func([]byte, error) bool { return false })
}
