package devserver

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/http1"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/worker"
)

// exchange is one request under way. It stands between the connection (it is an http1.Receiver) and the worker (it is a
// worker.Receiver), passes each side's bytes to the other, and emits an event for everything that passes.
//
// Its methods are called from three goroutines: the connection's (the body of the request), the one that writes what
// the socket did not take at once (Sent), and the worker's (the response). Only whoever owns the response calls the
// stream: the worker's goroutine, or whoever won it by own.
type exchange struct {
	s       *Server
	stream  *http1.Stream
	id      uint64
	started time.Time
	request *event.Request

	mu      sync.Mutex // guards what follows, and the order of events
	seq     uint32
	untold  []event.Event // stamped, and not emitted yet
	latest  time.Duration // of the times that were stamped
	gather  bool          // more events come at once: what is untold waits for them
	room    [4]event.Event
	scratch *scratch                   // nil while stages have told of nothing
	before  func() []worker.StageEvent // gives what is to be recorded before anything else; nil for nothing
	in      tape
	out     tape
	build   *build
	worker  *worker.Worker
	number  uint32 // the worker's for this request
	state   state
	head    bool          // the head of the response was given to the connection
	closed  bool          // the application's close() was called
	part    *event.Data   // a block that has not come whole
	ahead   *ahead        // a whole response that was passed on ahead of what led to it
	hung    bool          // it took too long, and its worker has not ended it yet
	raised  *event.Raised // the newest exception, for the error page
	gone    error         // the client went; the stream has ended with it
	early   []byte        // bytes of the body that came before a worker took the request
	whole   bool          // and they are all of it
	broken  error         // no more of the body will come, as was found before a worker took the request
	timer   *time.Timer
	due     time.Time // when timer ends it, while running; zero once its response has come whole
	within  within
	// surgery is what a replay asks to be done to its way through the stages.
	surgery *stepping.Surgery
}

type state uint8

const (
	waiting  state = iota // for a build
	running               // a worker has it
	answered              // the server answers in the application's place
	ended
)

// emit stamps and emits an event of the server's boundary. x.mu is held.
func (x *exchange) emit(kind event.Kind, at time.Duration, payload any) {
	x.emitOf(0, kind, at, payload)
}

// emitOf stamps and emits an event. What inner stages did is told together with what came of it at the server's boundary,
// and before it: among what is untold, an event of the boundary goes before those that happened later. x.mu is held.
func (x *exchange) emitOf(stage uint16, kind event.Kind, at time.Duration, payload any) {
	x.tellBefore()
	if x.untold == nil {
		x.untold = x.room[:0]
	}
	x.latest = max(x.latest, at)
	x.untold = append(x.untold, event.Event{Exchange: x.id, Seq: x.seq, Stage: stage, Kind: kind, At: at, Payload: payload})
	x.seq++
	if stage == 0 && kind != event.Exit {
		for i := len(x.untold) - 1; i > 0 && x.untold[i-1].Stage != 0 && x.untold[i-1].At > at; i-- {
			earlier, later := &x.untold[i-1], &x.untold[i]
			earlier.Seq, later.Seq = later.Seq, earlier.Seq
			*earlier, *later = *later, *earlier
		}
	}
	x.flush()
}

// flush emits what is untold, unless more comes at once. x.mu is held.
func (x *exchange) flush() {
	if !x.gather && len(x.untold) > 0 {
		x.s.cfg.Sink.Emit(x.untold...)
		clear(x.untold)
		x.untold = x.untold[:0]
	}
}

// now is how long the exchange has taken, without its pauses.
func (x *exchange) now() time.Duration { return x.since(time.Now()) }

// since is the time of an event. Clocks of two processes are compared, so it may come out as before the beginning.
// Pauses are left out.
func (x *exchange) since(t time.Time) time.Duration {
	return max(t.Sub(x.started)-x.within.paused(t), 0)
}

// begin records the request, as served by a build.
func (x *exchange) begin(bd *build) {
	x.mu.Lock()
	x.enter(bd)
	x.mu.Unlock()
}

func (x *exchange) enter(bd *build) {
	if x.seq > 0 {
		return
	}
	if bd != nil {
		x.build = bd
		x.request.Build = bd.info.ID
		x.request.Objects = bd.objects
		x.request.App = outermost(bd.root, x.surgery)
	}
	x.emit(event.Enter, 0, x.request)
	if x.surgery != nil && x.surgery.Read > 0 && !x.surgery.Instead {
		x.emit(event.Input, 0, &event.Read{Size: x.surgery.Read})
	}
	if len(x.early) > 0 {
		x.emit(event.Input, 0, x.in.record(x.early))
	}
	if x.broken != nil {
		x.bodyBroken(x.broken)
	}
}

// sendTo hands the request to a worker, and says whether the worker took it.
func (x *exchange) sendTo(bd *build, w *worker.Worker) bool {
	r := worker.Request{Environ: x.request.Environ, Receiver: x, Surgery: x.surgery}
	r.Numbered = func(number uint32) bool { return x.run(bd, w, number, &r) }
	number, ok := w.Send(&r)
	if !ok || number == 0 {
		return ok // number 0: it was answered or the client went while it waited
	}
	if !r.End {
		x.stream.Grant(wire.BodyWindow - len(r.Body))
	}
	x.mu.Lock()
	broken := x.broken
	x.mu.Unlock()
	if broken != nil {
		w.BodyError(number, broken.Error())
	}
	return true
}

// run notes who runs the request, before the worker can say anything of it, and gives out what there is of its body. It
// returns false where nobody waits for it any more.
func (x *exchange) run(bd *build, w *worker.Worker, number uint32, r *worker.Request) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.state != waiting {
		return false
	}
	if x.timer != nil {
		x.timer.Stop()
	}
	x.enter(bd)
	x.state, x.worker, x.number = running, w, number
	r.Body, r.End = x.early, x.whole
	x.early = nil
	if limit := x.s.cfg.RequestTimeout; limit > 0 {
		x.due = time.Now().Add(limit)
		x.timer = time.AfterFunc(limit, x.timeOut)
	}
	return true
}

// waitAtMost answers the request with 503 if no build took it in time.
func (x *exchange) waitAtMost(limit time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.state == waiting {
		x.timer = time.AfterFunc(limit, func() {
			x.answer(&page{Status: "503 Service Unavailable",
				Title: "the application was not rebuilt within " + limit.String()})
		})
	}
}

// over says that the request waits for a build no more.
func (x *exchange) over() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.state != waiting
}

// timeOut ends a request that its worker does not finish.
func (x *exchange) timeOut() {
	x.mu.Lock()
	if x.state != running || x.within.held || x.due.IsZero() {
		x.mu.Unlock()
		return
	}
	w, number, head := x.worker, x.number, x.head
	if !head {
		x.state = answered
	}
	x.hung = true
	x.mu.Unlock()
	w.Gone(number)
	x.s.builds.hangs(w, 1)
	if x.settleAhead() {
		return
	}
	limit := x.s.cfg.RequestTimeout.String()
	if head {
		x.stream.Break()
		x.finish(event.TimedOut, "the application did not finish within "+limit)
		return
	}
	x.respond(&page{Status: "504 Gateway Timeout", Title: "the application did not answer within " + limit},
		event.TimedOut, "the application did not answer within "+limit)
}

// answer responds in the application's place, unless a response is under way.
func (x *exchange) answer(p *page) {
	x.mu.Lock()
	if x.state != waiting {
		x.mu.Unlock()
		return
	}
	x.state = answered
	if x.timer != nil {
		x.timer.Stop()
	}
	x.enter(nil)
	x.mu.Unlock()
	x.respond(p, event.Done, "")
}

// respond sends a page as the whole response and ends the exchange. The caller owns the response.
func (x *exchange) respond(p *page, outcome event.Outcome, reason string) {
	h := x.stream.Head()
	p.Request = h.Method + " " + h.Target
	accept := ""
	for _, f := range h.Fields {
		if fold(f.Name, "accept") {
			accept = string(f.Value)
		}
	}
	body, contentType := p.render(accept)
	headers := [][2]string{{"Content-Type", contentType}, {"Cache-Control", "no-store"}}
	x.mu.Lock()
	recorded := &event.Response{Status: p.Status, Server: true}
	for _, f := range headers {
		recorded.Headers = append(recorded.Headers, event.Header{Name: f[0], Value: f[1]})
	}
	at := max(x.now(), x.latest) // it comes of all that was told, whatever the worker's clock says
	x.emit(event.StartResponse, at, recorded)
	x.emit(event.Chunk, at, x.out.record(body))
	x.mu.Unlock()
	if err := x.stream.Respond(p.Status, x.withID(headers), http1.Options{Sized: true, End: true}, body); err != nil {
		outcome, reason = event.ClientGone, err.Error()
	}
	x.finish(outcome, reason)
}

// withID adds the exchange's id to the answer to a replay, whose sender looks it up by that.
func (x *exchange) withID(headers [][2]string) [][2]string {
	if x.request.Origin == 0 {
		return headers
	}
	return append(headers[:len(headers):len(headers)], [2]string{exchangeHeader, formatID(x.id)})
}

// finish emits the last event. It is called once, by whoever owns the response.
func (x *exchange) finish(outcome event.Outcome, reason string) {
	wire := x.stream.WireHead()
	x.mu.Lock()
	stood := x.within.stood
	if stood {
		x.mu.Unlock()
		standing := x.s.cfg.Stops.standing(x)
		x.mu.Lock()
		if standing != nil && x.state != ended {
			x.diedStanding(standing)
		}
	}
	if x.state != ended {
		x.end(outcome, reason, wire)
	}
	x.mu.Unlock()
	if stood {
		x.s.cfg.Stops.ended(x)
	}
}

// end emits the last event. x.mu is held.
func (x *exchange) end(outcome event.Outcome, reason string, wire []byte) {
	x.tellBefore()
	x.state = ended
	if x.timer != nil {
		x.timer.Stop()
	}
	x.tellSpent(max(x.within.last, x.latest)) // of a worker that went before it could tell that all is over
	x.gather = false
	if x.gone != nil && outcome == event.Done {
		outcome, reason = event.ClientGone, x.gone.Error()
	}
	// The worker's times may be some microseconds late: see worker.Worker.
	x.emit(event.Exit, max(x.now(), x.latest), &event.Ending{
		Outcome: outcome, Reason: reason, RequestBody: x.in.end(), ResponseBody: x.out.end(),
		Closed: x.closed, WireHead: wire,
	})
	x.giveBack()
}

// The connection's side.

var _ http1.Receiver = (*exchange)(nil)

// BodyData passes a piece of the request's body on, or keeps it for the worker that will run the request: the end of a
// body in chunks needs no credit, so it may come while the request waits for a build.
func (x *exchange) BodyData(p []byte, end bool) {
	x.mu.Lock()
	switch x.state {
	case ended:
		x.mu.Unlock()
		return
	case waiting:
		x.early, x.whole = append(x.early, p...), x.whole || end
		x.mu.Unlock()
		return
	}
	if len(p) > 0 {
		x.emit(event.Input, x.now(), x.in.record(p))
	}
	w, number := x.worker, x.number
	x.mu.Unlock()
	if w != nil {
		w.Body(number, p, end)
	}
}

// BodyBroken tells the application that the body will not come whole.
func (x *exchange) BodyBroken(err error) {
	x.mu.Lock()
	w, number := x.worker, x.number
	if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, http1.ErrChunk) && !errors.Is(err, http1.ErrStalled) {
		x.gone = err // the connection failed: Gone follows, though the application may fail first
	}
	switch x.state {
	case ended:
	case waiting:
		x.broken = err // to be told when a worker has the request
	default:
		x.bodyBroken(err)
	}
	x.mu.Unlock()
	if w != nil {
		w.BodyError(number, err.Error())
	}
}

// bodyBroken records that the body will not come whole. x.mu is held.
func (x *exchange) bodyBroken(err error) {
	x.emit(event.Lint, x.now(), &event.Finding{
		Rule: "request-body-broken", Message: err.Error(), PEP: "RFC 9112: 8. Handling Incomplete Messages",
	})
}

// Sent gives the worker room for what has left.
func (x *exchange) Sent(n int) {
	x.mu.Lock()
	w, number, over := x.worker, x.number, x.state == ended
	x.mu.Unlock()
	if w != nil && !over {
		w.Credit(number, n)
	}
}

// Gone stops the application at its next block.
func (x *exchange) Gone(err error) {
	x.mu.Lock()
	if x.ahead != nil {
		x.mu.Unlock()
		return
	}
	if x.gone == nil {
		x.gone = err
	}
	w, number, s, stood := x.worker, x.number, x.state, x.within.stood
	if s == waiting {
		x.state = answered
		if x.timer != nil {
			x.timer.Stop()
		}
		x.enter(nil)
	}
	x.mu.Unlock()
	switch {
	case s == waiting:
		x.finish(event.ClientGone, err.Error())
	case s == running && w != nil:
		w.Gone(number)
		if stood {
			x.s.cfg.Stops.ended(x)
		}
	}
}
