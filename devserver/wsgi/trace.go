package wsgi

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/wire"
)

// tracers is how many servers there are that want to be told of stages. While there is none, a tap is a call and nothing more.
var tracers atomic.Int32

// trace is what one request did at the stages that it passed, as package event has it: what is gathered goes out right
// before the next frame of the request.
//
// A middleware may hand the request to another goroutine, so what is here is guarded; whose goroutine runs is mostly clear
// from the order of calls, and where it isn't, the latest stage that runs is taken.
type trace struct {
	x *exchange

	mu      sync.Mutex
	passes  []*pass
	running *pass // the innermost that runs now
	views   []*environView
	copied  bool // a stage was given a copy
	looks   int  // how often they were looked at as a whole at blocks
	events  []wire.StageEvent
	weight  int             // of what the events hold
	hand    []heldBlock     // the block that is under way from stage to stage, as each gave it
	sent    uint32          // blocks that were given to the server
	begun   bool            // the head has been given to the server
	told    int             // events, those that have gone out too
	unsaid  wire.StageEvent // that the outermost has returned, which is told where something comes after it
	untold  event.Surplus
	errs    []any // the errors that were told of
	begins  givenHead
	status  string // of the last call of start_response
	direct  bool   // which the stage around has passed on as it was
	headers []event.Header
	handles uint16 // the stage that has called start_response with an error, until that returns; 0 for none
	over    bool
	resized *pass // where a block of another length was put in the place of one by hand, nil for nowhere

	paused   atomic.Int64 // nanoseconds
	stepped  atomic.Bool  // it goes to where a step ends
	parking  parking
	findings findings

	// What is to go otherwise than it was built; not changed while the request runs.
	entered *tap
	skipped map[*tap]*omission
}

// givenHead is what the outermost stage gave to start_response, which the server tells of with the first block.
type givenHead struct {
	status  string
	headers []event.Header
	at      uint64
	late    bool // it may be told by itself, where none comes for long
	told    bool // which it was
}

// pass is one pass of the request through a stage.
type pass struct {
	t      *trace
	tap    *tap
	index  uint16
	within *pass
	// quiet: the stage is what the server calls, whose boundaries the server tells of itself.
	quiet   bool
	environ Environ
	start   StartResponse
	begin   StartResponse // as the stage is given it
	stopped bool          // its body was told to stop, or has failed
	given   Body          // as the stage returned it
	of      *pass         // whose body it handed on as it was, nil for its own

	// What is at hand at a boundary, and can be changed there.
	status  string
	headers Headers
	block   []byte
	result  string
	leaving Body        // what the call is about to return
	where   event.Where // the exception rose
	// discarding: what is left of the stage is being closed, since it was answered for by hand.
	discarding bool

	// Guarded by t.mu.
	total, inner time.Duration
	since        int64 // when the clock began, 0 while it stands
	kept         int   // bytes of blocks
	blocks       uint32
	body         Body // as it was given out
	ranged       bool
	shut         bool // its body has returned
	away         bool // it waits for start_response or write of the stage around
	byHand       bool // it gives an answer by hand, and stops nowhere meanwhile
	spent        bool
	started      bool
	answer       *handAnswer
	lint         passLint
}

const (
	maxPasses = 1000   // of one request
	maxEvents = 20_000 // of one request
	maxKept   = 64 << 10
	maxWeight = 1 << 20 // of what waits for the next frame
)

// traceKey is the key under which the request's context has the trace.
type traceKey struct{}

// traceOf finds the trace of the request that an environ belongs to, nil for none.
func traceOf(e Environ) *trace {
	switch c := e[ContextKey].(type) {
	case *requestContext:
		return c.trace
	case *question, nil:
		return nil
	case interface{ Value(key any) any }:
		t, _ := c.Value(traceKey{}).(*trace)
		return t
	}
	return nil
}

// clock is the time in nanoseconds, without the time for which the request was stopped.
func (t *trace) clock() int64 { return int64(now()) - t.paused.Load() }

// add puts an event behind the others. t.mu is held.
func (t *trace) add(kind event.Kind, p *pass, payload any, weight int) {
	if t.over {
		return
	}
	if t.told++; t.told > maxEvents {
		switch kind {
		case event.Spent, event.Paused, event.Edited, event.Untold:
		default:
			t.untold.Events++
			return
		}
	}
	if t.unsaid.Payload != nil {
		t.events = append(t.events, t.unsaid)
		t.unsaid.Payload = nil
	}
	t.events = append(t.events, wire.StageEvent{Kind: kind, Stage: p.index, At: now(), Payload: payload})
	if t.weight += weight; t.weight > maxWeight {
		t.x.c.out.mu.Lock()
		t.flush()
		t.x.c.out.flushSoon()
	}
}

// tellGiven tells what the outermost stage gave to start_response, from which no block has come yet. One that was stopped, or
// given with an error, is told otherwise. t.mu is held.
func (t *trace) tellGiven() {
	g := &t.begins
	if !g.late || g.told || t.begun || t.over || t.paused.Load() > 0 || now()-g.at < uint64(lateAfter) {
		return
	}
	g.told = true
	t.events = append(t.events, wire.StageEvent{
		Kind: event.StartResponse, Stage: 1, At: g.at, Payload: &event.Response{Status: g.status, Headers: g.headers},
	})
}

// hasToldGiven says whether it did.
func (t *trace) hasToldGiven() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.begins.told
}

// flush puts the events into a frame. t.mu and the sender's lock are held.
func (t *trace) flush() {
	if len(t.events) == 0 {
		return
	}
	c := t.x.c
	for i := range t.events {
		if e, ok := t.events[i].Payload.(*event.Entered); ok {
			c.name(e.Stage)
		}
	}
	c.out.frame(wire.Frame{Kind: wire.StageEvents, Request: t.x.id}, func(b []byte) []byte {
		return wire.AppendStageEvents(b, t.events, c.stageID)
	})
	t.x.last = mark{}
	clear(t.events)
	t.events, t.weight = t.events[:0], 0
	for i := range t.hand {
		t.hand[i].pending = -1
	}
}

// enter begins a pass, or returns nil where there were too many.
func (t *trace) enter(s *tap, environ Environ, start StartResponse) *pass {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return nil
	}
	if len(t.passes) >= maxPasses {
		t.untold.Passes++
		return nil
	}
	p := &pass{t: t, tap: s, index: uint16(len(t.passes) + 1), environ: environ, start: start}
	p.within = t.around(s)
	p.quiet = p.within == nil
	t.passes = append(t.passes, p)
	copied := t.look(p)
	if !p.quiet {
		within := p.within.index
		t.add(event.Enter, p, &event.Entered{Stage: s.info, Within: within, Copied: copied}, 64)
	}
	p.since = t.clock()
	return p
}

// around finds the pass that a stage is entered from: one of the stage that wraps it, the latest of those, where it is
// known; else the one that runs. t.mu is held.
func (t *trace) around(s *tap) *pass {
	if s.around == nil || t.running != nil && t.running.tap == s.around {
		return t.running
	}
	for i := len(t.passes) - 1; i >= 0; i-- {
		if t.passes[i].tap == s.around {
			return t.passes[i]
		}
	}
	if t.running == nil && len(t.passes) > 0 {
		return t.passes[0]
	}
	return t.running
}

// run says that the stage is at work from here on, and returns what was before. t.mu is held.
func (t *trace) run(p *pass) (before *pass) {
	before, t.running = t.running, p
	if p.since == 0 {
		p.since = t.clock()
	}
	return before
}

// rest says that it is not, and who is. t.mu is held.
func (t *trace) rest(p *pass, then *pass) {
	t.running = then
	if p.since == 0 {
		return
	}
	took := max(time.Duration(t.clock()-p.since), 0)
	p.since = 0
	p.total += took
	for around := p.within; around != nil; around = around.within {
		if around.since != 0 { // one that has handed on the body as it was is not at work
			around.inner += took
			return
		}
	}
}

// end tells how long the stage took: of the outermost at the end of the request, if there is anything to tell. t.mu is
// held.
func (t *trace) end(p *pass) {
	if p.spent {
		return
	}
	p.spent = true
	if !p.quiet {
		t.tellSpent(p)
	}
	for _, around := range t.passes[:p.index-1] {
		if around.of == p { // its start_response could be called until now
			t.end(around)
		}
	}
}

func (t *trace) tellSpent(p *pass) {
	took := &event.Times{Total: p.total, Self: max(p.total-p.inner, 0)}
	if p.quiet && p.of != nil {
		took.Of = p.of.index
	}
	t.add(event.Spent, p, took, 32)
}

// handler is the stage that calls start_response with an error, 0 for none.
func (t *trace) handler() uint16 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.handles
}

// failed tells that an error left the stage. t.mu is held.
func (t *trace) failed(p *pass, where event.Where, v any, frames []frame) {
	p.lint.failed = true
	if isGone(v) || answeredBy(v) != nil {
		return // that the client has gone is nobody's failure, nor is an answer by hand
	}
	told, weight := t.raised(where, v, frames)
	if !p.quiet {
		t.add(event.Exception, p, told, weight)
	}
}

// sameError compares by identity: an error that wraps another is another one.
func sameError(a, b any) bool {
	return sameValue(a, b)
}

// failures are those that have come from other goroutines.
func (t *trace) failures() *failures { return &t.x.ctx.failures }

func (t *trace) framesOf(v any, frames []frame) []event.Frame {
	if c := t.failures().of(v); c != nil {
		frames = c.frames
	}
	files := sources{}
	told := make([]event.Frame, 0, len(frames))
	for _, f := range frames {
		source, _, _ := files.around(f.file, f.line)
		told = append(told, event.Frame{File: f.file, Line: f.line, Function: f.function, Source: source})
	}
	return told
}

// finish tells what is to be known at the end of the request. No more is told of it then.
func (t *trace) finish() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := len(t.passes) - 1; i >= 0; i-- {
		p := t.passes[i]
		t.lintUnclosed(p)
		t.rest(p, nil)
	}
	t.tellLate()
	for i := len(t.passes) - 1; i >= 0; i-- {
		p := t.passes[i]
		if i == 0 && t.untold != (event.Surplus{}) {
			t.add(event.Untold, p, &t.untold, 32)
		}
		t.end(p)
		if p.quiet && t.told > 0 {
			t.tellSpent(p)
		}
	}
	t.over = true
	t.views, t.hand, t.errs = nil, nil, nil
}
