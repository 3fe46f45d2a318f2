package worker

import (
	"fmt"
	"slices"
	"sync"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
)

// stages are the stages that a worker has named. The reading goroutine alone adds to them, while no lane runs; the lanes
// read them without the lock.
type stages struct {
	mu    sync.Mutex
	byID  map[uint32]*event.StageInfo
	order []*event.StageInfo
	told  func()
	lost  bool
	// awaited are told, one after the other, that the worker has taken the places to stop at.
	awaited []chan struct{}
}

func (w *Worker) nameStage(f wire.Frame) {
	id, info, err := wire.DecodeStageNamed(f.Payload)
	if err != nil {
		w.lose(err)
		return
	}
	s := &w.stages
	s.mu.Lock()
	if s.byID == nil {
		s.byID = map[uint32]*event.StageInfo{}
	}
	s.byID[id] = info
	s.order = append(s.order, info)
	told := s.told
	s.mu.Unlock()
	if told != nil {
		told()
	}
}

// lose says, once, that something about stages could not be read. That is no reason to end the worker: its answers are
// whole without it.
func (w *Worker) lose(err error) {
	w.stages.mu.Lock()
	said := w.stages.lost
	w.stages.lost = true
	w.stages.mu.Unlock()
	if !said && w.output != nil {
		w.output("stderr", "snifter: some of what happened in stages is not recorded: "+err.Error()+"\n")
	}
}

// Root is the outermost stage of the application, nil where the worker tells of no stages.
func (w *Worker) Root() *event.StageInfo {
	w.stages.mu.Lock()
	defer w.stages.mu.Unlock()
	return w.stages.byID[uint32(w.ready.Root)]
}

// Stages lists the stages that the worker has named so far, in that order.
func (w *Worker) Stages() []*event.StageInfo {
	w.stages.mu.Lock()
	defer w.stages.mu.Unlock()
	return slices.Clone(w.stages.order)
}

// OnStage has f called for each stage that the worker names from now on, from the worker's reading goroutine: it must not
// block.
func (w *Worker) OnStage(f func()) {
	w.stages.mu.Lock()
	w.stages.told = f
	w.stages.mu.Unlock()
}

// eventsBefore gives the StageEvents frame right before a Head, nil if there is none.
func (l *lane) eventsBefore(o *open) func() []StageEvent {
	p := l.before
	if p == nil {
		return nil
	}
	l.before = nil
	return func() []StageEvent { return l.stageEvents(o, p) }
}

// stageEvents reads a StageEvents frame. What it returns is valid until the next call; nil for what can't be read.
func (l *lane) stageEvents(o *open, p []byte) []StageEvent {
	events, err := l.readStageEvents(o, p)
	if err != nil {
		l.w.lose(err)
	}
	return events
}

func (l *lane) readStageEvents(o *open, p []byte) (_ []StageEvent, err error) {
	known := l.w.stages.byID
	l.decoded, err = l.reader.Decode(l.decoded[:0], p, func(id uint32) *event.StageInfo { return known[id] })
	if err != nil {
		return nil, err
	}
	l.events = l.events[:0]
	for i := range l.decoded {
		e := &l.decoded[i]
		if !o.blocks.tell(e) || !o.heads.tell(e) {
			return nil, errNothingBefore
		}
		l.events = append(l.events, StageEvent{Kind: e.Kind, Stage: e.Stage, At: o.clock.at(&l.w.clock, e.At), Payload: e.Payload})
	}
	clear(l.decoded)
	return l.events, nil
}

// errNothingBefore is what is wrong with a block or headers that are told by the ones before, where there are none.
var errNothingBefore = fmt.Errorf("%w: what stages did, told by what was not told before", wire.ErrFrame)

// toldBlocks are the blocks of inner stages that a request has told of.
type toldBlocks struct {
	count  []uint32    // by stage
	newest event.Block // one that is the same as that which was told last
}

// tell takes note of an event that tells of a block. One that tells of the newest again is made a Chunk. It returns false
// where there is none.
func (t *toldBlocks) tell(e *wire.StageEvent) bool {
	b, ok := e.Payload.(*event.Block)
	if !ok && e.Kind != wire.BlockAgain {
		return true
	}
	if more := int(e.Stage) + 1 - len(t.count); more > 0 {
		t.count = append(t.count, make([]uint32, more)...)
	}
	nth := t.count[e.Stage]
	t.count[e.Stage]++
	if ok {
		t.newest = event.Block{Size: b.Size, Same: true, Of: e.Stage, Nth: nth}
		if b.Same {
			t.newest.Of, t.newest.Nth = b.Of, b.Nth
		}
		return true
	}
	again := t.newest
	e.Kind, e.Payload = event.Chunk, &again
	return again.Same
}

// toldHeads are the heads of responses that the inner stages of a request have told of.
type toldHeads struct {
	newest *event.Response
	// What newest was told as; nil if that was itself.
	more *wire.MoreHeaders
	// What a framework's layer gave, as the last LayerLeft has told it.
	layer *event.Response
	// The headers that were put together last, with room for more behind them: what has more of them has them in common.
	headers []event.Header
}

// behind gives the newest headers with more behind them.
func (t *toldHeads) behind(more []event.Header) []event.Header {
	newest := t.newest.Headers
	if len(newest) == 0 || len(newest) != len(t.headers) || &newest[0] != &t.headers[0] {
		t.headers = append(make([]event.Header, 0, len(newest)+len(more)+4), newest...)
	}
	t.headers = append(t.headers, more...)
	return slices.Clip(t.headers)
}

// tell takes note of an event that tells of a head. One that tells of more headers is made a StartResponse, or an Exit. It
// returns false where there were none before.
func (t *toldHeads) tell(e *wire.StageEvent) bool {
	switch p := e.Payload.(type) {
	case *event.Response:
		t.newest, t.more = p, nil
	case *wire.MoreHeaders:
		if p != t.more { // else another stage has passed the same call on
			if t.newest == nil {
				return false
			}
			if p.Again {
				p.Status = t.newest.Status
			}
			p.Headers = t.behind(p.Headers)
			t.newest, t.more = &p.Response, p
		}
		e.Kind, e.Payload = event.StartResponse, t.newest
	case *wire.LayerExit:
		last := t.layer
		if p.GivenAgain {
			p.Given = behind(last, p.Given)
		}
		if p.Given != nil {
			last = p.Given
		}
		if p.Again {
			p.Response = behind(last, p.Response)
		}
		if p.Response != nil {
			t.layer = p.Response
		}
		e.Kind, e.Payload = event.Exit, &p.Left
		return (p.Given != nil || !p.GivenAgain) && (p.Response != nil || !p.Again)
	}
	return true
}

// behind is a response with more headers, nil where there is none.
func behind(response, more *event.Response) *event.Response {
	if response == nil || len(more.Headers) == 0 {
		return response
	}
	return &event.Response{Status: response.Status, Headers: append(slices.Clip(response.Headers), more.Headers...)}
}

// asState turns the wire's state of a request that is stopped into that of package stepping.
func asState(index uint16, p *wire.ParkedState) *stepping.State {
	return &stepping.State{
		Index: int(index), Boundary: p.Boundary, Stops: p.Stops, Environ: p.Environ, Objects: p.Objects, Status: p.Status,
		Headers: p.Headers, Block: p.Block, Result: p.Result, Raised: asRaised(p.Exception), Edits: p.Edits, Trouble: p.Trouble,
	}
}

// park notes whether a request stands at a boundary. w.mu is held.
func (w *Worker) park(o *open, parked bool) {
	switch {
	case parked && !o.parked:
		w.parked++
	case !parked && o.parked:
		w.parked--
	}
	o.parked = parked
}

// Resume tells a request that is parked what to do, and says whether it is under way still.
func (w *Worker) Resume(number uint32, c stepping.Command) bool {
	return w.frame(wire.Frame{Kind: wire.Resume, Request: number, Payload: wire.AppendResume(nil, c)})
}

// Stay tells a request that is parked at places which are judged that it stops there indeed.
func (w *Worker) Stay(number uint32) { w.frame(wire.Frame{Kind: wire.Stay, Request: number}) }

// SetStops replaces the places at which the worker's requests stop. taken is closed once it has taken them, and has named the
// stages that it knows without a request; never if it ends before.
func (w *Worker) SetStops(stops []stepping.Stop) (taken <-chan struct{}) {
	done := make(chan struct{})
	w.out.lock()
	w.stages.mu.Lock()
	w.stages.awaited = append(w.stages.awaited, done)
	w.stages.mu.Unlock()
	w.out.buf = wire.AppendFrame(w.out.buf, wire.Frame{Kind: wire.Stops, Payload: wire.AppendStops(nil, stops)})
	w.out.unlockAndFlush()
	w.nudge.insist() // requests under way are meant too
	return done
}

// taken notes that the worker has taken the places that it was told of first.
func (w *Worker) taken() {
	w.stages.mu.Lock()
	defer w.stages.mu.Unlock()
	if waiting := w.stages.awaited; len(waiting) > 0 {
		close(waiting[0])
		w.stages.awaited = waiting[1:]
	}
}
