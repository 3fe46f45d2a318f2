package wsgi

import (
	"bytes"
	"encoding/binary"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
)

// exchange is one request from the wire. As a transport, its methods are called from the goroutine that runs the
// application; the child's reading goroutine calls credit, leave and the methods of its body.
type exchange struct {
	c       *child
	id      uint32
	environ Environ
	method  string // of the environ, which is the application's to change by now
	body    childBody
	ctx     requestContext
	entered uint64
	errs    Errors
	last    mark                  // the newest frame, where it is one of the response; guarded by the sender's lock
	trace   *trace                // nil where stages are not told of
	tracing atomic.Pointer[trace] // the same, for other goroutines
	surgery *stepping.Surgery
	held    *heldHead
	wrote   bool        // write was called, and that was told
	placed  atomic.Bool // it was told when the application was called

	mu     sync.Mutex
	room   sync.Cond
	window int // how many bytes of blocks the server has room for; below 0 after a large sized block
	gone   bool
	over   bool
}

// maxSized is the largest block that is sent with a head in one frame, since the length of a body of one block is its
// head's concern. The window does not hold it up.
const maxSized = 4 << 20

// maxText bounds the text of one frame.
const maxText = 1 << 20

func (x *exchange) started(h *head) {
	x.placed.Store(true)
	x.tell(wire.Started, h.flags(), func(b []byte) []byte { return wire.AppendHead(b, x.wireHead(h), nil) })
}

// tellEntered tells when the application was called, where no head has.
func (x *exchange) tellEntered() {
	if x.c.blind || x.entered == 0 || x.placed.Swap(true) {
		return
	}
	e := wire.StageEvent{Kind: event.Enter, Stage: 1, At: x.entered, Payload: &event.Entered{Stage: x.c.root.info}}
	x.tell(wire.StageEvents, 0, func(b []byte) []byte { return wire.AppendStageEvents(b, []wire.StageEvent{e}, x.c.stageID) })
}

// tell sends a frame that is not part of the response. What ends the response comes after it.
func (x *exchange) tell(kind wire.Kind, flags wire.Flags, fill func(b []byte) []byte) {
	x.tellOf(0, kind, flags, fill)
}

func (x *exchange) tellOf(stage uint16, kind wire.Kind, flags wire.Flags, fill func(b []byte) []byte) {
	x.lock()
	x.c.out.frame(wire.Frame{Kind: kind, Flags: flags, Stage: stage, Request: x.id}, fill)
	x.last = mark{}
	x.c.out.flushSoon()
}

// lock takes the sender's lock, and puts what is to be told of stages before the frame that follows.
func (x *exchange) lock() {
	if x.trace == nil {
		x.c.out.mu.Lock()
		return
	}
	x.trace.mu.Lock()
	x.c.out.mu.Lock()
	x.trace.flush()
	x.trace.mu.Unlock()
}

func (h *head) flags() wire.Flags {
	if h.replaces {
		return wire.FlagExcInfo
	}
	return 0
}

func (x *exchange) wireHead(h *head) wire.ResponseHead {
	return wire.ResponseHead{Status: h.status, Headers: h.headers, Entered: x.entered, Started: h.at}
}

func (x *exchange) head(h *head, block []byte, via via) error {
	x.placed.Store(true)
	if x.trace != nil && x.trace.resized != nil {
		// The client is to get what was put in the place of a block as a whole.
		kept := h.headers.Without("Content-Length")
		if len(kept) < len(h.headers) {
			x.trace.resized.edited(&event.Edit{Boundary: event.Chunk, Headers: wireHeaders(h.headers)})
		}
		h.headers, h.length = kept, -1
	}
	flags := h.flags()
	if via == written {
		flags |= wire.FlagWrite
	}
	if len(block) > 0 {
		flags |= wire.FlagBlock
	}
	n := len(block)
	if h.sized && n <= maxSized {
		flags |= wire.FlagSized
		if !x.take(n) {
			return x.unsent(h)
		}
	} else if n > 0 {
		if n = x.reserve(n); n == 0 {
			return x.unsent(h)
		}
		if n < len(block) {
			flags |= wire.FlagMore
		}
	}
	x.lintHead(h, len(block) > 0, via)
	if x.trace != nil {
		x.trace.sending(block)
		if flags&wire.FlagSized != 0 {
			// Nothing of the application's runs between a body of Bytes and the end, which comes with this frame, and after
			// what is to be told of stages.
			x.held = &heldHead{head: h, block: block, flags: flags}
			return x.c.out.failed()
		}
	}
	x.lock()
	x.last = x.c.out.frame(wire.Frame{Kind: wire.Head, Flags: flags, Request: x.id}, func(b []byte) []byte {
		return wire.AppendHead(b, x.wireHead(h), block[:n])
	})
	if flags&wire.FlagSized != 0 {
		x.c.out.mu.Unlock() // the end follows at once
		return x.c.out.failed()
	}
	x.c.out.flushSoon()
	if n < len(block) {
		if err := x.more(block[n:], via); err != nil {
			return err
		}
	}
	if x.surgery != nil && x.surgery.Leave && n > 0 && x.hasBody(h) {
		return x.awaitGone()
	}
	return nil
}

// hasBody says whether the client gets bytes of the body that follow a head.
func (x *exchange) hasBody(h *head) bool {
	bodiless := x.method == http.MethodHead || h.code == http.StatusNoContent || h.code == http.StatusNotModified
	return !bodiless && h.length != 0
}

// awaitGone waits until the client has gone.
func (x *exchange) awaitGone() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	for !x.gone {
		x.room.Wait()
	}
	return ErrGone
}

// unsent tells of a head that nobody waits for: there is no response, but the outermost stage has begun one.
func (x *exchange) unsent(h *head) error {
	if !x.c.blind && (x.trace == nil || !x.trace.hasToldGiven()) {
		given := event.Response{Status: h.status, Headers: wireHeaders(h.headers), ExcInfo: h.replaces}
		e := wire.StageEvent{Kind: event.StartResponse, Stage: 1, At: h.at, Payload: &given}
		x.tell(wire.StageEvents, 0, func(b []byte) []byte { return wire.AppendStageEvents(b, []wire.StageEvent{e}, x.c.stageID) })
	}
	return ErrGone
}

// heldHead is a head with the whole body, which the end is sent with.
type heldHead struct {
	head  *head
	block []byte
	flags wire.Flags
}

func (x *exchange) data(block []byte, via via) error {
	x.lintWrite(via)
	if x.trace != nil {
		x.trace.sending(block)
	}
	return x.more(block, via)
}

func (x *exchange) empty(via via) {
	if x.trace != nil {
		x.trace.empty(via)
	}
}

func (x *exchange) more(block []byte, via via) error {
	flags := wire.Flags(0)
	if via == written {
		flags |= wire.FlagWrite
	}
	for {
		n := x.reserve(len(block))
		if n == 0 {
			return ErrGone
		}
		part := flags
		if n < len(block) {
			part |= wire.FlagMore
		}
		x.lock()
		x.last = x.c.out.frame(wire.Frame{Kind: wire.Data, Flags: part, Request: x.id}, func(b []byte) []byte {
			return append(b, block[:n]...)
		})
		x.c.out.flushSoon()
		if block = block[n:]; len(block) == 0 {
			return nil
		}
	}
}

// reserve waits until the server has room, and takes at most n bytes of it. It returns 0 when the client has gone.
func (x *exchange) reserve(n int) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	for x.window <= 0 && !x.gone {
		x.room.Wait()
	}
	if x.gone {
		return 0
	}
	n = min(n, x.window)
	x.window -= n
	return n
}

// take takes n bytes of room, whether they are there or not.
func (x *exchange) take(n int) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.window -= n
	return !x.gone
}

func (x *exchange) credit(n int) {
	x.mu.Lock()
	x.window += n
	x.mu.Unlock()
	x.room.Signal()
}

// left says whether the client has gone.
func (x *exchange) left() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.gone
}

// leave tells the application that the client has gone.
func (x *exchange) leave() {
	x.mu.Lock()
	x.gone = true
	x.mu.Unlock()
	x.room.Broadcast()
	x.body.fail(ErrGone)
	x.ctx.cancel()
}

func (x *exchange) lint(f finding) {
	switch {
	case x.trace != nil:
		x.trace.server(f)
	case x.c.blind:
		x.tell(wire.Lint, 0, func(b []byte) []byte { return appendLint(b, f) })
	default: // the only stage there is is to blame
		x.lock()
		x.c.out.frame(wire.Frame{Kind: wire.Lint, Stage: 1, Request: x.id}, func(b []byte) []byte {
			return appendLint(b, f)
		})
		x.last = mark{}
		x.c.out.flushSoon()
	}
}

// lintHead tells of what is odd about a head and the first block, where no stage's boundary has told of it.
func (x *exchange) lintHead(h *head, content bool, via via) {
	if x.trace != nil {
		return
	}
	untyped := headFindings(h.status, h.code, h.headers, x.lint)
	x.lintWrite(via)
	switch {
	case !content || x.method == http.MethodHead:
	case h.code == http.StatusNoContent, h.code == http.StatusNotModified:
		x.lint(finding{"body-not-allowed", noContent(h.code), rfcContent, ""})
	case untyped:
		x.lint(untypedContent(h.code))
	}
}

func (x *exchange) lintWrite(via via) {
	if via == written && !x.wrote && x.trace == nil {
		x.wrote = true
		x.lint(finding{"write-used", writeUsed, pepWrite, ""})
	}
}

func (x *exchange) exception(e *exception) {
	payload := wire.AppendRaised(nil, e.raised()) // reads source files, so not under the lock
	stage := uint16(0)
	if x.trace != nil && e.handled {
		stage = x.trace.handler()
	}
	x.tellOf(stage, wire.Exception, 0, func(b []byte) []byte { return append(b, payload...) })
}

func (x *exchange) end(broken bool) {
	_ = x.errs.Flush()
	flags := wire.FlagEnd
	if broken {
		flags |= wire.FlagBroken
	}
	x.mu.Lock()
	x.over = true
	x.mu.Unlock()
	x.ctx.cancel()
	out := &x.c.out
	x.tellEntered()
	if x.trace != nil {
		x.trace.finish()
	}
	x.lock()
	if h := x.held; h != nil {
		x.held = nil
		out.frame(wire.Frame{Kind: wire.Head, Flags: h.flags | flags, Request: x.id}, func(b []byte) []byte {
			return wire.AppendHead(b, x.wireHead(h.head), h.block)
		})
	} else if !out.flag(x.last, flags) {
		out.frame(wire.Frame{Kind: wire.End, Flags: flags, Request: x.id}, nil)
	}
	out.flush()
	x.c.forget(x)
}

// Write sends text of wsgi.errors. What comes after the end belongs to no exchange, and goes to stderr.
func (x *exchange) Write(p []byte) (int, error) {
	x.mu.Lock()
	over := x.over
	x.mu.Unlock()
	if over {
		return os.Stderr.Write(p)
	}
	valid := bytes.ToValidUTF8(p, []byte("\uFFFD"))
	for len(valid) > 0 {
		n := min(len(valid), maxText) // a frame is bounded, and a log is not
		for n < len(valid) && !utf8.RuneStart(valid[n]) {
			n--
		}
		part := valid[:n]
		x.tell(wire.Errors, 0, func(b []byte) []byte { return append(b, part...) })
		valid = valid[n:]
	}
	return len(p), nil
}

func (c *child) sendRead(id uint32, n int, flags wire.Flags) {
	c.out.mu.Lock()
	c.out.frame(wire.Frame{Kind: wire.Read, Flags: flags, Request: id}, func(b []byte) []byte {
		return binary.LittleEndian.AppendUint32(b, uint32(n))
	})
	c.out.flush()
}

var (
	_ transport = (*exchange)(nil)
	_ io.Writer = (*exchange)(nil)
)
