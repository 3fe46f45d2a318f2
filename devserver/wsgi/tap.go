package wsgi

import (
	"errors"
	"unsafe"

	"github.com/snifter-dev/snifter/devserver/event"
)

// tap stands between the layers of a stack: it calls its stage for the one around, and tells the request's trace of what
// crosses between the two. It changes nothing.
type tap struct {
	info   *event.StageInfo
	app    Application // the stage
	within *tap        // what the stage was made of, nil for the application
	around *tap        // the stage that was made of this one
}

func newTap(info *event.StageInfo, app Application, within *tap) *tap {
	t := &tap{info: info, app: app, within: within}
	if within != nil {
		within.around = t
	}
	return t
}

var tapCode = codeOf(Application((&tap{}).call))

// call is the application that the tap is.
func (s *tap) call(environ Environ, start StartResponse) Body {
	if tracers.Load() == 0 {
		return s.app(environ, start)
	}
	t := traceOf(environ)
	if t == nil {
		if start == nil {
			if q := asked(environ); q != nil {
				q.answer(origin{name: s.info.Name, file: s.info.File, line: s.info.Line}, s)
				return nil
			}
		}
		return s.app(environ, start)
	}
	if t.skips(s) {
		return s.within.call(environ, start)
	}
	p := t.enter(s, environ, start)
	if p == nil {
		return s.app(environ, start)
	}
	return p.call()
}

// call runs the stage's call.
func (p *pass) call() (body Body) {
	t := p.t
	t.mu.Lock()
	before := t.run(p)
	t.mu.Unlock()
	returned := false
	defer func() {
		if !returned {
			body = p.panicked(event.InCall, recover(), before)
		}
	}()
	if answer := p.boundary(event.Enter, nil); answer != nil {
		body = answer
	} else {
		body = p.application()(p.environ, p.startResponse)
	}
	body = p.left(body, before)
	returned = true
	return body
}

// left tells that the call has returned, and gives the body that is handed on: it tells of its blocks. One that a stage
// within has given, as it is, does so already.
func (p *pass) left(body Body, before *pass) Body {
	t := p.t
	t.mu.Lock()
	if p.answer != nil { // the stage has recovered from the panic that was to end it
		t.mu.Unlock()
		p.leaving = body
		body = p.respond()
		t.mu.Lock()
	}
	t.mu.Unlock()
	if p.stops(event.Exit) {
		t.mu.Lock()
		p.result = t.nameOfBody(body)
		p.leaving = body
		t.mu.Unlock()
		if answer := p.boundary(event.Exit, nil); answer != nil {
			body = answer
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rest(p, before)
	p.inCall, p.leaving = false, nil
	t.compare(p)
	left := &event.Left{Result: nameOfBody(body)}
	var of *pass
	if body != nil {
		of = t.giver(body)
	}
	if of != nil {
		left.Result, left.Same, left.Of = nameOfBody(of.given), true, of.index
		p.body, p.of = body, of
	} else if body != nil {
		p.given = body
		body = p.handOn(body)
		p.body = body
	}
	if !p.quiet {
		t.add(event.Exit, p, left, 48)
	}
	p.lintLeft(of)
	if body == nil || of != nil && of.spent {
		t.end(p)
	}
	return body
}

// nameOfBody names a body, also one that a stage within has given. t.mu is held.
func (t *trace) nameOfBody(body Body) string {
	if body != nil {
		if of := t.giver(body); of != nil {
			body = of.given
		}
	}
	return nameOfBody(body)
}

// giver finds the pass that a body comes from. t.mu is held.
func (t *trace) giver(body Body) *pass {
	for i := len(t.passes) - 1; i >= 0; i-- {
		if p := t.passes[i]; p.given != nil && sameFunc(p.body, body) {
			return p
		}
	}
	return nil
}

// sameFunc says whether two bodies are one: the same closure, not only the same code.
func sameFunc(a, b Body) bool {
	return *(*unsafe.Pointer)(unsafe.Pointer(&a)) == *(*unsafe.Pointer)(unsafe.Pointer(&b))
}

// handOn makes the body that the stage around gets. What is known of the length of one of Bytes stays known.
func (p *pass) handOn(body Body) Body {
	if isBytes(body) {
		return tracedBytes(p, body)
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

// panicked tells of a panic, or of the end of the goroutine, that leaves the stage, and lets it go on; or gives the body
// that was put in its place by hand.
func (p *pass) panicked(where event.Where, v any, before *pass) Body {
	frames := callers(panicked)
	t := p.t
	if v == nil {
		v = ErrGoexit
	}
	if p.answer == nil || !isUnwinding(v, p) {
		raised := v
		if answer := p.except(where, &raised, frames); answer != nil {
			return p.left(answer, before)
		}
		t.mu.Lock()
		t.rest(p, before)
		p.inCall = false
		t.compare(p)
		t.failed(p, where, raised, frames)
		t.end(p)
		t.mu.Unlock()
		if raised == error(ErrGoexit) {
			return nil // the goroutine goes on to its end
		}
		panic(raised)
	}
	return p.left(p.respond(), before)
}

func isGone(v any) bool {
	err, ok := v.(error)
	return ok && errors.Is(err, ErrGone)
}

// startResponse is the start_response that the stage is given.
func (p *pass) startResponse(status string, headers Headers, err error) Write {
	t := p.t
	if p.discarding {
		return func(block []byte) (int, error) { return 0, ErrGone }
	}
	p.status, p.headers = status, headers
	p.boundary(event.StartResponse, nil)
	status, headers = p.status, p.headers
	p.headers = nil

	t.mu.Lock()
	t.status, t.headers = status, wireHeaders(headers)
	if !p.quiet {
		t.add(event.StartResponse, p, &event.Response{Status: status, Headers: t.headers, ExcInfo: err != nil},
			32+len(status)+32*len(headers))
	}
	p.lintStart(status, headers, err)
	p.started = true
	before := t.running
	if p.within != nil && before == p {
		t.running = p.within // what the stage around has for start_response is its own code
	}
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		t.running = before
		t.mu.Unlock()
	}()
	write := p.start(status, headers, err)
	if write == nil {
		return nil
	}
	return func(block []byte) (int, error) { return p.write(write, block) }
}

func wireHeaders(headers Headers) []event.Header {
	list := make([]event.Header, len(headers))
	for i, f := range headers {
		list[i] = event.Header{Name: f[0], Value: f[1]}
	}
	return list
}

func (p *pass) write(write Write, block []byte) (int, error) {
	t := p.t
	p.block = block
	p.boundary(event.Write, nil)
	given := len(block)
	block, p.block = p.block, nil
	t.mu.Lock()
	if !p.quiet {
		t.block(event.Write, p, block)
	}
	p.lintBlock(block, true)
	t.mu.Unlock()
	n, err := write(block)
	t.mu.Lock()
	t.passed(p)
	t.mu.Unlock()
	if err == nil && n == len(block) {
		n = given // what was put in its place by hand may have another length
	}
	return n, err
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
	around := t.run(p)
	t.mu.Unlock()
	if again {
		body(yield)
		return
	}
	out, ended := false, false // control is with the stage around; the body has returned
	defer func() {
		if !ended && !out {
			p.broken(recover(), around, yield)
			return
		}
		p.closed(around)
	}()
	body(func(block []byte, err error) bool {
		if out {
			return yield(block, err) // from another goroutine, or by a body that recovers: the stage around will say so
		}
		block, err = p.yields(block, err, around)
		out = true
		more := yield(block, err)
		out = false
		t.mu.Lock()
		t.passed(p)
		t.run(p)
		t.mu.Unlock()
		p.stopped = p.stopped || !more || err != nil
		return more
	})
	p.boundary(event.Close, nil)
	ended = true
}

// yields tells of a block, or of an error, on its way to the stage around.
func (p *pass) yields(block []byte, err error, around *pass) ([]byte, error) {
	t := p.t
	if err != nil {
		raised := any(err)
		frames := callers(here)
		t.mu.Lock()
		t.rest(p, around)
		t.failed(p, event.InIterate, raised, frames)
		t.mu.Unlock()
		return block, err
	}
	p.block = block
	p.boundary(event.Chunk, nil)
	block, p.block = p.block, nil
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rest(p, around)
	if !p.quiet {
		t.block(event.Chunk, p, block)
	}
	p.lintBlock(block, false)
	return block, nil
}

// closed tells that the body has returned: its deferred calls are what close() is in Python.
func (p *pass) closed(around *pass) {
	t := p.t
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rest(p, around)
	t.compare(p)
	if !p.quiet {
		t.add(event.Close, p, nil, 32)
	}
	p.lintClosed()
	t.end(p)
}

// broken is closed after a panic of the body.
func (p *pass) broken(v any, around *pass, yield func([]byte, error) bool) {
	frames := callers(panicked)
	t := p.t
	if v == nil {
		v = ErrGoexit
	}
	where := event.InIterate
	if p.stopped {
		where = event.InClose
	}
	raised := v
	answer := Body(nil)
	if p.answer != nil && isUnwinding(v, p) {
		answer = p.respond()
	} else {
		answer = p.except(where, &raised, frames)
	}
	if answer == nil {
		t.mu.Lock()
		t.failed(p, where, raised, frames)
		t.mu.Unlock()
	}
	p.closed(around)
	switch {
	case answer != nil:
		answer(yield)
	case raised != error(ErrGoexit):
		panic(raised)
	}
}

// discard closes a body that nobody will range over, as if the client had gone. What it says or raises meanwhile is not heard.
func (p *pass) discard(body Body) {
	if body == nil {
		return
	}
	p.discarding = true
	defer func() {
		p.discarding = false
		_ = recover()
	}()
	body(func([]byte, error) bool { return false })
}
