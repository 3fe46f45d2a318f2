package wsgi

import (
	"errors"
	"io"
	"net/http"
)

// transport is where a response goes: to snifter over the wire, or to net/http.
type transport interface {
	// started tells what start_response was called with before a block is there, for the record alone.
	started(h *head)
	// head begins the response, with its first block, or with none where the body ended without one.
	head(h *head, block []byte, via via) error
	// data sends one more block.
	data(block []byte, via via) error
	// empty tells that there was a block of nothing, for the record alone.
	empty(via via)
	lint(f finding)
	// exception tells of a failure, or of an error that start_response was called with, which is handled.
	exception(e *exception)
	// end finishes the response; broken where it is not whole.
	end(broken bool)
}

// head is what start_response was called with.
type head struct {
	status  string
	code    int
	headers Headers
	length  int64  // Content-Length, or -1
	at      uint64 // when, by now
	// replaces: start_response was called with an error.
	replaces bool
	// sized: the first block is the whole body.
	sized bool
}

// via says how a block came.
type via uint8

const (
	yielded via = iota
	written
)

type phase uint8

const (
	calling phase = iota
	iterating
	closing // the range is broken off, or failed
	over
)

func (p phase) String() string {
	return [...]string{"call", "iterate", "close", "close"}[p]
}

// response holds one request to the rules of PEP 3333, whatever the transport.
type response struct {
	transport
	method  string
	phase   phase
	set     bool // start_response was called
	current head
	sent    bool // the head is out
	count   int64
	excess  bool // told of
	failed  bool
	gone    bool
	blocks  int
	raised  bool // an error was raised again
	wrote   bool // told that write was called by the body
	carried *failures
	single  bool // the body is one of Bytes
}

// run calls the application and ranges over its body. It returns when the response has ended; runtime.Goexit in the
// application ends the goroutine, after the response.
func (r *response) run(app Application, environ Environ) {
	defer r.finish()
	r.carried = failuresOf(environ)
	var body Body
	r.guard(func() {
		body = app(environ, r.start)
		if body == nil {
			r.fail(breach(ErrNoBody, "nil; an empty body is Blocks()"), nil)
		}
	})
	if body == nil {
		return
	}
	r.phase = iterating
	r.single = isBytes(body)
	r.guard(func() { body(r.yield) })
}

// guard records a panic of the application.
func (r *response) guard(f func()) {
	returned := false
	defer func() {
		if returned {
			return
		}
		v := recover()
		if v == nil {
			v = ErrGoexit // recover gives nil only where the goroutine is ending without a panic
		}
		r.fail(v, callers(panicked))
		if r.phase == iterating {
			r.phase = closing
		}
	}()
	f()
	returned = true
}

// fail records a failure. That the client has gone is none of the application's.
func (r *response) fail(v any, frames []frame) {
	if err, ok := v.(error); ok && errors.Is(err, ErrGone) {
		r.gone = true
		return
	}
	r.failed = true
	r.lintFailure(v)
	if r.set && !r.sent {
		r.started(&r.current)
	}
	r.exception(newException(r.phase.String(), v, r.carried.stack(v, frames)))
}

const (
	pepStart   = "PEP 3333: The start_response() Callable"
	pepDetails = "PEP 3333: Specification Details"
	pepLength  = "PEP 3333: Handling the Content-Length Header"
	pepOther   = "PEP 3333: Other HTTP Features"
)

// lintFailure tells of the rule that the application broke, where that is what it failed with.
func (r *response) lintFailure(v any) {
	err, ok := v.(error)
	if !ok {
		return
	}
	for _, l := range []struct {
		err       error
		rule, pep string
	}{
		{ErrStarted, "start-response-twice", pepStart},
		{ErrNotStarted, "start-response-not-called", pepStart},
		{ErrStatus, "status-invalid", pepStart},
		{ErrHeader, "header-invalid", pepStart},
		{ErrHopByHop, "hop-by-hop-header", pepOther},
		{ErrNoBody, "not-iterable", pepDetails},
		{ErrYield, "yield-after-end", pepDetails},
	} {
		var p *ProtocolError
		if errors.As(err, &p) && p.Err == l.err && !p.told {
			r.lint(finding{l.rule, p.Error(), l.pep, p.header})
			return
		}
	}
}

// breach records a call that breaks the rules, which the application may recover from, and panics.
func (r *response) breach(e *ProtocolError) {
	r.lintFailure(e)
	e.told = true
	panic(e)
}

// start is the start_response of this request.
func (r *response) start(status string, headers Headers, err error) Write {
	switch {
	case r.phase == over:
		panic(breach(ErrYield, "start_response was called after the response had ended"))
	case r.set && err == nil:
		r.breach(breach(ErrStarted, "the second call said %.200q, the first %q", status, r.current.status))
	case r.sent:
		r.raised = true
		panic(err) // PEP 3333: the error is raised again, so that the response breaks off
	}
	code, e := checkStatus(status)
	if e != nil {
		r.breach(e)
	}
	length, e := checkHeaders(headers)
	if e != nil {
		r.breach(e)
	}
	if r.set {
		r.started(&r.current)
	}
	if err != nil && err != errAnswered { //nolint:errorlint // it is given as it is
		e := newException(r.phase.String(), err, r.carried.stack(err, callers(here)))
		e.handled = true
		r.exception(e)
	}
	r.set = true
	r.current = head{status: status, code: code, headers: append(Headers(nil), headers...), length: length, at: now(),
		replaces: err != nil}
	return r.write
}

func (r *response) write(block []byte) (int, error) {
	if r.phase == over {
		return 0, breach(ErrYield, "write was called after the response had ended")
	}
	if r.gone {
		return 0, ErrGone
	}
	if r.phase == iterating && !r.wrote {
		r.wrote = true
		r.lint(finding{"write-in-body", writtenInBody, pepWrite, ""})
	}
	if err := r.send(block, written); err != nil {
		return 0, err
	}
	return len(block), nil
}

// yield is given to the body.
func (r *response) yield(block []byte, err error) bool {
	switch {
	case r.phase != iterating && r.gone:
		return false
	case r.phase != iterating:
		panic(breach(ErrYield, "the body went on after it was told to stop"))
	case err != nil:
		r.fail(err, callers(here))
		r.phase = closing
		return false
	case !r.set:
		r.fail(breach(ErrNotStarted, "and the body yields"), callers(here))
		r.phase = closing
		return false
	case r.gone || r.send(block, yielded) != nil:
		r.phase = closing
		return false
	}
	return true
}

// send gives out a block. PEP 3333, "The start_response() Callable": nothing is sent before the first non-empty block.
func (r *response) send(block []byte, via via) error {
	if len(block) == 0 {
		r.transport.empty(via)
		return nil
	}
	r.count += int64(len(block))
	r.blocks++
	r.goesOn()
	if r.current.length >= 0 && r.count > r.current.length && !r.excess && !r.bodyless() {
		r.excess = true
		r.lint(tooLong(r.current.length))
	}
	var err error
	if r.sent {
		err = r.data(block, via)
	} else {
		r.sent = true
		r.current.sized = r.single && via == yielded
		err = r.transport.head(&r.current, block, via)
	}
	if err != nil {
		r.gone = true
		return ErrGone
	}
	return nil
}

// goesOn: the application does, whatever start_response has raised.
func (r *response) goesOn() {
	if r.raised {
		r.raised = false
		r.lint(finding{"exc-info-swallowed", swallowed, pepErrors, ""})
	}
}

// bodyless says that no body goes out whatever the application yields (RFC 9110, 6.4.1).
func (r *response) bodyless() bool {
	return r.method == http.MethodHead || r.current.code == http.StatusNoContent ||
		r.current.code == http.StatusNotModified
}

// left is how many bytes Content-Length leaves, or -1.
func (r *response) left() int64 {
	if !r.set || r.current.length < 0 {
		return -1
	}
	return max(r.current.length-r.count, 0)
}

func (r *response) finish() {
	if !r.failed && !r.gone && !r.set {
		r.fail(breach(ErrNotStarted, "and the body has ended"), nil)
	}
	if !r.failed && !r.gone && !r.sent {
		r.sent = true
		// An empty body has a length that is known; that of a HEAD's answer is not the body's.
		r.current.sized = r.method != http.MethodHead
		r.gone = r.transport.head(&r.current, nil, yielded) != nil
	}
	if !r.failed && !r.gone {
		r.goesOn()
		if areTiny(r.blocks, r.count) {
			r.lint(finding{"blocks-tiny", tinyBlocks, pepStreaming, ""})
		}
	}
	short := false
	if left := r.left(); left > 0 && !r.failed && !r.gone && !r.bodyless() {
		short = true
		r.lint(tooShort(r.count, r.current.length))
	}
	r.phase = over
	r.end(r.failed || short)
}

// fileWrapper is wsgi.file_wrapper: it reads no more than Content-Length (PEP 3333, "Optional Platform-Specific File
// Handling").
func (r *response) fileWrapper(file io.Reader, blockSize int) Body {
	return fileBody(file, blockSize, r.left)
}
