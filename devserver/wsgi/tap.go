package wsgi

import (
	"errors"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/wire"
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
			body = p.panicked(recover(), before)
		}
	}()
	if answer := p.boundary(event.Enter, nil); answer != nil {
		body = answer
	} else {
		p.begin = p.startResponse
		body = p.application()(p.environ, p.begin)
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
	answered := p.answer != nil // the stage has recovered from the panic that was to end it
	t.mu.Unlock()
	if answered {
		p.leaving = body
		body = p.respond()
	}
	t.mu.Lock()
	t.compare(p)
	left := &event.Left{Result: nameOfBody(body)}
	of := t.giver(body)
	if of != nil {
		left.Result, left.Same, left.Of = nameOfBody(of.given), true, of.index
	}
	if !p.quiet || t.told > 0 {
		t.add(event.Exit, p, left, 48)
	} else {
		t.unsaid = wire.StageEvent{Kind: event.Exit, Stage: p.index, At: now(), Payload: left}
	}
	p.leaving, p.result = body, left.Result
	t.mu.Unlock()
	if answer := p.boundary(event.Exit, nil); answer != nil {
		body, of = answer, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rest(p, before)
	p.leaving = nil
	switch {
	case of != nil:
		p.body, p.of = body, of
	case body != nil:
		p.given = body
		body = p.handOn(body)
		p.body = body
	}
	p.lintLeft(of)
	if body == nil || of != nil && of.spent {
		t.end(p)
	}
	return body
}

// panicked tells of a panic, or of the end of the goroutine, that leaves the stage, and lets it go on; or gives the body
// that was put in its place by hand.
func (p *pass) panicked(v any, before *pass) Body {
	frames := callers(panicked)
	t := p.t
	ending := v == nil // no panic, and nothing that could be stopped
	if ending {
		v = ErrGoexit
	}
	if p.answer != nil && answeredBy(v) == p {
		return p.left(p.respond(), before)
	}
	t.mu.Lock()
	t.compare(p)
	t.failed(p, event.InCall, v, frames)
	t.mu.Unlock()
	if !ending {
		var answer Body
		if v, answer = p.except(event.InCall, v, frames); answer != nil {
			return p.left(answer, before)
		}
	}
	p.discard()
	t.mu.Lock()
	t.rest(p, before)
	t.end(p)
	t.mu.Unlock()
	if ending {
		return nil // the goroutine goes on to its end
	}
	panic(v)
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
	t.mu.Lock()
	if !t.direct {
		t.compare(p)
	}
	t.direct = false
	t.status, t.headers = status, wireHeaders(headers)
	if !p.quiet {
		t.add(event.StartResponse, p, &event.Response{Status: status, Headers: t.headers, ExcInfo: err != nil},
			32+len(status)+32*len(headers))
	} else {
		t.begins = givenHead{status: status, headers: t.headers, at: now(), late: err == nil}
	}
	p.lintStart(status, headers, err)
	t.mu.Unlock()
	p.status, p.headers = status, headers
	p.boundary(event.StartResponse, nil)
	status, headers, p.headers = p.status, p.headers, nil

	t.mu.Lock()
	p.started, p.away = true, true
	handles := err != nil && t.handles == 0 // none within has, and passes it on
	if handles {
		t.handles = p.index
	}
	direct := p.within != nil && sameFunc(p.start, p.within.begin)
	t.direct = direct
	before := t.running
	if p.within != nil && before == p {
		t.running = p.within // what the stage around has for start_response is its own code, unless it has none
	}
	t.mu.Unlock()
	returned := false
	defer func() {
		var failure any
		if !returned && !direct && p.within != nil {
			failure = recover()
		}
		t.mu.Lock()
		if p.within != nil && !direct {
			t.compare(p.within)
		}
		if !returned && err != nil {
			p.lintRaised()
		}
		t.direct, p.away = false, false
		if handles {
			t.handles = 0
		}
		t.running = before
		t.mu.Unlock()
		if failure != nil {
			p.rises(failure, err, callers(panicked))
			panic(failure)
		}
	}()
	write := p.start(status, headers, err)
	returned = true
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
	t.mu.Lock()
	if t.isChanged(p) {
		t.compare(p)
	}
	if !p.quiet {
		t.block(event.Write, p, block)
	}
	p.lintBlock(block, true)
	p.away = true
	t.mu.Unlock()
	given := len(block)
	p.block = block
	p.boundary(event.Write, nil)
	block, p.block = p.block, nil
	n, err := p.writes(write, block)
	t.mu.Lock()
	t.passed(p)
	if p.within != nil && t.isChanged(p.within) {
		t.compare(p.within)
	}
	p.away = false
	t.mu.Unlock()
	if err == nil && n == len(block) {
		n = given // what was put in its place by hand may have another length
	}
	return n, err
}

// writes calls what is there to write.
func (p *pass) writes(write Write, block []byte) (int, error) {
	returned := false
	defer func() {
		if returned || p.within == nil {
			return
		}
		if v := recover(); v != nil {
			p.rises(v, nil, callers(panicked))
			panic(v)
		}
	}()
	n, err := write(block)
	returned = true
	return n, err
}
