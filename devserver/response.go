package devserver

import (
	"errors"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/http1"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/worker"
)

// The worker's side of an exchange. The worker's goroutine calls these one after the other.

var _ worker.Receiver = (*exchange)(nil)

// Started records start_response; nothing goes out before the first block (PEP 3333, "The start_response() Callable").
func (x *exchange) Started(at, entered time.Time, h wire.ResponseHead) {
	_, recorded := headers(h.Headers)
	x.mu.Lock()
	if x.state == running {
		x.emit(event.StartResponse, x.since(at),
			&event.Response{Status: h.Status, Headers: recorded, ExcInfo: h.ExcInfo, Entered: x.since(entered)})
	}
	x.mu.Unlock()
}

// Head begins the response, with its first block if there is one yet. A whole one is passed on first, and recorded then.
func (x *exchange) Head(h worker.Head) {
	raw, recorded := headers(h.Headers)
	x.mu.Lock()
	if h.Before != nil && (x.state != running || x.within.stood) {
		x.mu.Unlock()
		x.StageEvents(h.Before(), true)
		h.Before = nil
		x.mu.Lock()
	}
	if x.state != running {
		x.mu.Unlock()
		x.late(h.End && !h.Ahead)
		return
	}
	x.head = true
	x.gather = h.Follows || h.End // the next block's, or the last event of all
	x.before = h.Before
	switch {
	case !h.End:
		x.recordHead(&h, recorded, x.firstBlock(&h))
	case !h.Ahead:
		x.due = time.Time{}
	}
	gone := x.gone
	x.mu.Unlock()
	var err error
	if gone == nil {
		opt := http1.Options{Sized: h.Sized, End: h.End && !h.Broken, More: h.Follows}
		err = x.stream.Respond(wireText(h.Status), x.withID(raw), opt, h.Block)
	}
	switch {
	case h.End:
		x.ends(ahead{head: h, headers: recorded, err: err})
	case errors.Is(err, http1.ErrHeader):
		x.refuse(err)
	}
}

// ahead is a whole response that was passed on, of which not all is recorded yet.
type ahead struct {
	told    bool // its head is recorded, and every block
	head    worker.Head
	headers []event.Header
	block   *event.Data
	err     error // what the connection said to it
}

// ends takes a whole response that was passed on: what led to it is known, or is told next.
func (x *exchange) ends(a ahead) {
	x.mu.Lock()
	a.block = x.firstBlock(&a.head)
	if a.head.Ahead && x.state != ended {
		x.ahead = new(ahead)
		*x.ahead = a
		x.mu.Unlock()
		return
	}
	x.mu.Unlock()
	x.settle(&a)
}

// settleAhead settles a response that was passed on ahead of what led to it. It returns false where there is none.
func (x *exchange) settleAhead() bool {
	x.mu.Lock()
	a := x.ahead
	x.ahead = nil
	x.mu.Unlock()
	if a != nil {
		x.settle(a)
	}
	return a != nil
}

// settle records a response that was passed on, and ends the exchange.
func (x *exchange) settle(a *ahead) {
	x.mu.Lock()
	if !a.told && x.state != ended {
		x.recordHead(&a.head, a.headers, a.block)
	}
	x.mu.Unlock()
	if errors.Is(a.err, http1.ErrHeader) {
		x.refuse(a.err)
	} else {
		x.done(a.err, a.head.Broken)
	}
}

// firstBlock is the block that comes with a head, nil if none does. x.mu is held.
func (x *exchange) firstBlock(h *worker.Head) *event.Data {
	if !h.HasBlock {
		return nil
	}
	return x.out.record(h.Block)
}

// recordHead records a head, its block, and what happened before. x.mu is held.
func (x *exchange) recordHead(h *worker.Head, recorded []event.Header, block *event.Data) {
	if !h.Announced {
		x.emit(event.StartResponse, x.since(h.Started),
			&event.Response{Status: h.Status, Headers: recorded, ExcInfo: h.ExcInfo, Entered: x.since(h.Entered)})
	}
	if block != nil {
		x.block(block, h.Write, h.More, h.At)
	}
	if h.End {
		x.close(h.At)
	}
}

// block records one block, once it is whole. x.mu is held.
func (x *exchange) block(d *event.Data, write, more bool, at time.Time) {
	if x.part != nil {
		x.part.Bytes = append(x.part.Bytes, d.Bytes...)
		x.part.Size += d.Size
		d = x.part
	}
	if more {
		x.part = d
		return
	}
	x.part = nil
	kind := event.Chunk
	if write {
		kind = event.Write
	}
	x.emit(kind, x.since(at), d)
}

// close records that close() was called. x.mu is held.
func (x *exchange) close(at time.Time) {
	if !x.closed {
		x.closed = true
		x.emit(event.Close, x.since(at), nil)
	}
}

// Block passes one block on.
func (x *exchange) Block(b worker.Block) {
	x.mu.Lock()
	if x.state != running {
		x.mu.Unlock()
		x.late(b.End)
		return
	}
	x.gather = b.Follows || b.End
	x.block(x.out.record(b.Bytes), b.Write, b.More, b.At)
	if b.End {
		x.close(b.At)
		x.due = time.Time{}
	}
	gone := x.gone
	x.mu.Unlock()
	var err error
	if gone == nil {
		if b.Follows {
			err = x.stream.Hold(b.Bytes)
		} else {
			err = x.stream.Block(b.Bytes, b.End && !b.Broken)
		}
	}
	if b.End {
		x.done(err, b.Broken)
	}
}

// Whole ends the response, ahead of what led to it.
func (x *exchange) Whole() {
	x.mu.Lock()
	if x.state != running || x.gone != nil || !x.head {
		x.mu.Unlock()
		return
	}
	x.gather = true
	x.mu.Unlock()
	a := &ahead{told: true, err: x.stream.End()}
	x.mu.Lock()
	x.ahead, x.closed = a, true
	x.mu.Unlock()
}

// End ends the response.
func (x *exchange) End(broken bool) {
	if x.settleAhead() {
		return
	}
	x.mu.Lock()
	if x.state != running {
		x.mu.Unlock()
		x.late(true)
		return
	}
	x.closed = true
	x.due = time.Time{}
	head, gone, raised := x.head, x.gone, x.raised
	x.mu.Unlock()
	switch {
	case gone != nil:
		x.done(nil, broken)
	case !head:
		x.fail(raised)
	case broken:
		x.done(nil, true)
	default:
		x.done(x.stream.End(), false)
	}
}

// late takes note of what a worker sends of a request that was answered without it.
func (x *exchange) late(end bool) {
	x.mu.Lock()
	w, over := x.worker, end && x.hung
	if over {
		x.hung = false
	}
	x.mu.Unlock()
	if over {
		x.s.builds.hangs(w, -1)
	}
}

// done finishes an exchange whose response was given to the connection; err is what the connection said to it.
func (x *exchange) done(err error, broken bool) {
	x.mu.Lock()
	gone := x.gone
	x.mu.Unlock()
	switch {
	case gone != nil:
		// Whatever the application made of it: a read that fails, a block that nobody takes.
		x.finish(event.ClientGone, gone.Error())
	case broken:
		x.stream.Break()
		x.finish(event.Broken, "the application failed after the response had begun")
	case errors.Is(err, http1.ErrShort):
		x.finish(event.Broken, err.Error())
	case err != nil && !errors.Is(err, http1.ErrOverrun):
		x.finish(event.ClientGone, err.Error())
	default:
		x.finish(event.Done, "")
	}
}

// fail answers with the error page: the application failed before its first block.
func (x *exchange) fail(raised *event.Raised) {
	p := &page{Status: "500 Internal Server Error", Title: "The application failed", Raised: raised}
	x.mu.Lock()
	if x.build != nil {
		p.Build, p.Language = x.build.info.ID, x.build.info.Language
	}
	x.state = answered
	x.mu.Unlock()
	if raised == nil {
		p.Title = "The application ended without a response"
	}
	x.respond(p, event.Done, "")
}

// refuse answers a head that may not go over the wire, and has the worker stop.
func (x *exchange) refuse(why error) {
	x.mu.Lock()
	w, number := x.worker, x.number
	x.head = false
	x.emit(event.Lint, x.now(), &event.Finding{
		Rule: "response-head", Message: why.Error(), PEP: "PEP 3333: The start_response() Callable",
	})
	x.mu.Unlock()
	w.Gone(number)
	x.fail(&event.Raised{Where: event.InCall, Type: "snifter", Message: why.Error()})
}

// Read gives the client room for what the application has read, and the word to go on that it may wait for.
func (x *exchange) Read(n int, goOn bool) {
	if goOn {
		x.stream.Continue()
	}
	if n > 0 {
		x.stream.Grant(n)
	}
}

// Errors records what was written to wsgi.errors.
func (x *exchange) Errors(at time.Time, text string) {
	x.note(event.Errors, at, &event.Text{Stream: "wsgi.errors", Text: text})
}

// Output records what the application printed.
func (x *exchange) Output(at time.Time, stream, text string) {
	x.note(event.Output, at, &event.Text{Stream: stream, Text: text})
}

// Exception records an exception. One that the application handled is not why it failed, if it did.
func (x *exchange) Exception(at time.Time, stage uint16, raised *event.Raised) {
	x.mu.Lock()
	if !raised.Handled || x.raised == nil {
		x.raised = raised
	}
	x.mu.Unlock()
	x.noteOf(stage, event.Exception, at, raised)
}

// Lint records a breach of the rules.
func (x *exchange) Lint(at time.Time, stage uint16, found *event.Finding) {
	x.mu.Lock()
	nobodys := stage == 1 && x.request.App == bypass
	x.mu.Unlock()
	if !nobodys { // else it is of the environ that a surgery has given
		x.noteOf(stage, event.Lint, at, found)
	}
}

// Closed records that close() was called.
func (x *exchange) Closed(at time.Time) {
	x.mu.Lock()
	if x.state != ended {
		x.close(at)
	}
	x.mu.Unlock()
}

func (x *exchange) note(kind event.Kind, at time.Time, payload any) { x.noteOf(0, kind, at, payload) }

func (x *exchange) noteOf(stage uint16, kind event.Kind, at time.Time, payload any) {
	x.mu.Lock()
	if x.state != ended {
		x.emitOf(stage, kind, x.since(at), payload)
	}
	x.mu.Unlock()
}

// Died ends a request whose worker went.
func (x *exchange) Died(how string) {
	if x.settleAhead() {
		return
	}
	x.mu.Lock()
	if x.state != running {
		x.mu.Unlock()
		x.late(true)
		return
	}
	head, gone := x.head, x.gone
	if !head && gone == nil {
		x.state = answered
	}
	x.mu.Unlock()
	reason := "the worker " + how
	switch {
	case gone != nil:
		x.finish(event.ClientGone, gone.Error())
	case head:
		x.stream.Break()
		x.finish(event.WorkerGone, reason)
	default:
		x.respond(&page{
			Status: "500 Internal Server Error", Title: "The worker process " + how,
			Hint: "It was running this request. A new worker has taken its place.",
		}, event.WorkerGone, reason)
	}
}

// headers turns native text into the bytes that go over the wire, and into what is recorded.
func headers(native [][2]string) (raw [][2]string, recorded []event.Header) {
	recorded = make([]event.Header, len(native))
	raw = native
	copied := false
	for i, f := range native {
		recorded[i] = event.Header{Name: f[0], Value: f[1]}
		name, value := wireText(f[0]), wireText(f[1])
		if len(name) == len(f[0]) && len(value) == len(f[1]) {
			continue
		}
		if !copied {
			raw, copied = append([][2]string(nil), native...), true
		}
		raw[i] = [2]string{name, value}
	}
	return raw, recorded
}

// wireText is native text as it goes over the wire, a byte for each code point.
func wireText(native string) string {
	for i := 0; i < len(native); i++ {
		if native[i] >= 0x80 {
			p, _ := marshal.Bytes(native)
			return string(p)
		}
	}
	return native
}
