package devserver

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/worker"
)

// What a worker tells of the stages within its application, and of where a request stands among them.

// within is what an exchange knows of its way through the stages. It is guarded by the exchange's mu.
type within struct {
	stages  []*event.StageInfo // by index, from 1
	pauses  []pause
	before  time.Duration   // what pauses took that are long over
	halted  time.Time       // since when it stands at a boundary; zero while it does not
	overdue bool            // it was told to go on since its time to stand is over
	aborted bool            // somebody has had it end
	block   int             // the size of the block at hand, where it stands
	stood   bool            // it stood at a boundary once
	last    time.Duration   // of the times of inner events
	given   *event.Response // what the outermost stage gave to start_response, where it stands; nil once that is told
	spent   []spent         // what is told once all stages are over
	times   []times         // by index, from 0
	held    bool            // its time to answer stands still, at
	left    time.Duration
}

// pause is a time that an exchange stood at a boundary.
type pause struct {
	end  time.Time
	took time.Duration
}

// spent is how long a stage within the outermost one took: as it was told, or gross.
type spent struct {
	stage uint16
	took  *event.Times
	gross *wire.GrossTimes
}

// times is what is known of the time of a stage, to find out which of it is its own.
type times struct {
	around uint16 // the stage that it is within
	// others is the time of the stages within it, less what of that was not.
	others time.Duration
	// late is what it was at work once its time was told, within stages within it that others had go on.
	late time.Duration
	told bool
}

// of is what is known of the time of a stage.
func (w *within) of(index uint16) *times {
	for len(w.times) <= int(index) {
		w.times = append(w.times, times{})
	}
	return &w.times[index]
}

// net is how long a stage took, all that is within it having been told.
func (w *within) net(stage uint16, t *wire.GrossTimes) event.Times {
	known := w.of(stage)
	total := t.Total + known.late
	self := total - t.Other - known.others
	return event.Times{Total: total, Self: min(max(self, 0), total), Of: t.Of}
}

// paused is how much of the time until t the exchange stood still.
func (w *within) paused(t time.Time) time.Duration {
	total := w.before
	for _, p := range w.pauses {
		total += min(max(t.Sub(p.end)+p.took, 0), p.took)
	}
	if !w.halted.IsZero() {
		total += max(t.Sub(w.halted), 0)
	}
	return total
}

// mostPauses is how many pauses are known by their times. No event comes so late that it was before even more.
const mostPauses = 64

func (w *within) note(p pause) {
	if len(w.pauses) == mostPauses {
		for _, old := range w.pauses[:mostPauses/2] {
			w.before += old.took
		}
		w.pauses = append(w.pauses[:0], w.pauses[mostPauses/2:]...)
	}
	w.pauses = append(w.pauses, p)
}

// stage is the stage of an index.
func (x *exchange) stage(index int) *event.StageInfo {
	if index == 1 && x.build != nil && x.build.root != nil {
		return x.build.root
	}
	if index >= 1 && index <= len(x.within.stages) {
		if info := x.within.stages[index-1]; info != nil {
			return info
		}
	}
	return &event.StageInfo{Name: fmt.Sprintf("stage %d", index), Kind: "wsgi"}
}

// entered notes which stage has an index. x.mu is held.
func (x *exchange) entered(index uint16, info *event.StageInfo) {
	w := &x.within
	if w.stages == nil {
		w.stages = make([]*event.StageInfo, 1, 8) // the first is the build's
	}
	for len(w.stages) < int(index) {
		w.stages = append(w.stages, nil)
	}
	if index > 0 {
		w.stages[index-1] = info
	}
}

// StageEvents records what happened in inner stages.
func (x *exchange) StageEvents(events []worker.StageEvent, follows bool) {
	x.mu.Lock()
	if x.state == ended {
		x.mu.Unlock()
		return
	}
	was := x.gather
	x.gather = true
	wentOn := x.inner(events)
	x.gather = was || follows
	x.flush()
	x.mu.Unlock()
	if wentOn {
		x.s.cfg.Stops.wentOn(x)
	}
}

// tellBefore records what came with the head of a response and happened before. x.mu is held.
func (x *exchange) tellBefore() {
	if before := x.before; before != nil {
		x.before = nil
		x.inner(before())
	}
}

// inner records what happened in inner stages, while events gather, and says whether the request has gone on from where it
// stood. x.mu is held.
func (x *exchange) inner(events []worker.StageEvent) (wentOn bool) {
	x.borrow()
	x.untold = slices.Grow(x.untold, len(events)+len(x.room)) // with room for what comes of them
	for i := range events {
		e := &events[i]
		switch p := e.Payload.(type) {
		case *event.Entered:
			x.entered(e.Stage, p.Stage)
			x.within.of(e.Stage).around = p.Within
		case *event.Pause:
			wentOn = true
			x.goneOn(e.At, p)
		case *event.Times:
			if e.Stage > 1 {
				x.within.keep(spent{stage: e.Stage, took: p})
				continue
			}
			x.tellSpent(x.since(e.At))
		case *wire.GrossTimes:
			if e.Stage > 1 {
				x.within.keep(spent{stage: e.Stage, gross: p})
				continue
			}
			x.tellSpent(x.since(e.At))
			took := x.within.net(e.Stage, p)
			e.Payload = &took
		case *wire.Elsewhere:
			if e.Stage > 1 {
				x.within.of(e.Stage).late += p.Took
			} else {
				x.within.of(x.within.of(p.Stage).around).others -= p.Took
			}
			continue
		}
		at := x.since(e.At)
		if e.Kind == event.Edited {
			// It is told before the pause is, whose beginning is not known exactly until then.
			at = min(at, x.within.last)
			x.tellGiven(e.Payload)
		}
		x.within.last = max(x.within.last, at) // when stage 1 was entered is told behind what it has led to
		x.emitOf(e.Stage, e.Kind, at, e.Payload)
	}
	return wentOn
}

// tellGiven records what the outermost stage gave to start_response, where that is edited by hand, or lost by an exception:
// the server gets what has become of it. x.mu is held.
func (x *exchange) tellGiven(payload any) {
	w := &x.within
	if p, ok := payload.(*event.Edit); ok && w.given != nil && !p.Respond && p.Boundary == event.StartResponse {
		x.emitOf(1, event.StartResponse, w.last, w.given)
		w.given = nil
	}
}

// keep keeps how long a stage took until all is over: a worker tells it when the stage returns what another makes, before
// what that does is passed on. One that answers by hand in the place of its exception tells it a second time, and so does
// a view whose response is rendered once it has returned.
func (w *within) keep(s spent) {
	known := w.of(s.stage)
	if known.told {
		for i := range w.spent {
			if w.spent[i].stage == s.stage {
				w.spent[i] = s
				return
			}
		}
	}
	known.told = true
	w.spent = append(w.spent, s)
}

// tellSpent records how long the stages took. x.mu is held.
func (x *exchange) tellSpent(at time.Duration) {
	w := &x.within
	for _, s := range w.spent {
		if s.gross != nil {
			w.of(w.of(s.stage).around).others += s.gross.Total
		}
	}
	var took []event.Times // together, as they are kept together
	for _, s := range w.spent {
		if s.gross != nil {
			if len(took) == 0 {
				took = make([]event.Times, len(w.spent))
			}
			s.took, took = &took[0], took[1:]
			*s.took = w.net(s.stage, s.gross)
		}
		x.emitOf(s.stage, event.Spent, at, s.took)
	}
	clear(w.spent)
	w.spent = w.spent[:0]
}

// goneOn notes a pause that is over. x.mu is held.
func (x *exchange) goneOn(at time.Time, p *event.Pause) {
	w := &x.within
	w.halted = time.Time{}
	w.note(pause{at, p.Took})
	switch {
	case w.overdue:
		p.Then = "timeout"
	case p.Then == string(stepping.Abort) && !w.aborted:
		p.Then = "gone"
	}
	w.overdue = false
	if p.Boundary == event.Chunk || p.Boundary == event.Write {
		p.Size = w.block
	}
	x.unhold()
}

// diedStanding records the pause of a request whose worker has gone and can't tell of it. x.mu is held.
func (x *exchange) diedStanding(state *stepping.State) {
	if x.within.halted.IsZero() {
		return
	}
	now := time.Now()
	p := &event.Pause{Boundary: stepping.Boundaries[state.Boundary], Took: now.Sub(x.within.halted), Then: "died"}
	if len(state.Stops) > 0 {
		p.Breakpoint = state.Stops[0]
	}
	x.goneOn(now, p)
	x.emitOf(uint16(state.Index), event.Paused, x.since(now), p)
}

// hold has the time to answer stand still. x.mu is held.
func (x *exchange) hold() {
	w := &x.within
	if x.due.IsZero() || w.held {
		return
	}
	w.held = true
	x.timer.Stop()
	w.left = max(time.Until(x.due), 0)
}

// unhold has it run on. x.mu is held.
func (x *exchange) unhold() {
	w := &x.within
	if w.held && x.state == running {
		x.due = time.Now().Add(w.left)
		x.timer.Reset(w.left)
	}
	w.held = false
}

// Parked has a request wait at a boundary for a word of whoever watches.
func (x *exchange) Parked(at time.Time, state *stepping.State) {
	x.mu.Lock()
	if x.state != running || x.gone != nil {
		x.mu.Unlock()
		return // the worker was told that nobody waits any more
	}
	if w := &x.within; w.halted.IsZero() {
		w.halted, w.given = at, nil
		if state.Index == 1 && state.Boundary == "start_response" && state.Status != "" {
			w.given = &event.Response{Status: state.Status, Headers: state.Headers}
		}
	}
	x.hold()
	x.gather = false
	x.flush()
	state.Exchange, state.Stage = x.id, x.stage(state.Index)
	x.within.stood, x.within.block = true, len(state.Block)
	if x.within.block == stepping.MostBlock {
		x.within.block = 0 // there may be more
	}
	x.mu.Unlock()
	x.s.cfg.Stops.parked(x, state)
}

// HalfClosed takes a client that ends its side of the connection while its request is stopped for one that has gone. Who
// asks and half-closes at once, as nc does, has done so before the request stops.
func (x *exchange) HalfClosed() {
	if x.s.cfg.Stops.holds(x) && x.leave("the client closed the connection while its request was stopped") {
		x.s.cfg.Stops.ended(x)
	}
}

// Outlasted stops an application that goes on for nobody. A request that is stopped goes on as whoever looks at it likes.
func (x *exchange) Outlasted() {
	if !x.s.cfg.Stops.holds(x) {
		x.leave("the client has all of the response, and closed the connection")
	}
}

// leave ends a request whose client has gone, and says whether it was under way still.
func (x *exchange) leave(reason string) bool {
	x.mu.Lock()
	if x.state != running || x.gone != nil || x.ahead != nil {
		x.mu.Unlock()
		return false
	}
	x.gone = errors.New(reason)
	w, number := x.worker, x.number
	x.mu.Unlock()
	x.stream.Break()
	w.Gone(number)
	return true
}

// pass has a request go on that is parked and is not meant. Nobody is told of that pause.
func (x *exchange) pass(never []int) {
	x.mu.Lock()
	w, number, open := x.worker, x.number, x.state == running
	if at := x.within.halted; !at.IsZero() {
		now := time.Now()
		x.within.halted = time.Time{}
		x.within.note(pause{now, max(now.Sub(at), 0)})
	}
	x.unhold()
	x.mu.Unlock()
	if open {
		w.Resume(number, stepping.Command{Action: stepping.Pass, Never: never})
	}
}

// stay tells the worker that a request is stopped indeed. One that has gone on by then does not mind.
func (x *exchange) stay() {
	x.mu.Lock()
	w, number, open := x.worker, x.number, x.state == running
	x.mu.Unlock()
	if open {
		w.Stay(number)
	}
}

// resume tells the worker what to do with a request that is parked, and says whether it is under way still. overdue says
// that its time to stand is over.
func (x *exchange) resume(c stepping.Command, overdue bool) bool {
	x.mu.Lock()
	if x.state != running || x.gone != nil && c.Action != stepping.Abort {
		x.mu.Unlock()
		return false
	}
	x.within.overdue = overdue
	w, number := x.worker, x.number
	if c.Action != stepping.Modify {
		x.unhold() // a worker that does not go on hangs
	}
	x.mu.Unlock()
	return w.Resume(number, c)
}

// abort breaks the connection of a request that is parked, as if the client had gone, which byHand says somebody asked for.
// Whoever has sent a replay is told which exchange that was, though no answer comes.
func (x *exchange) abort(reason string, byHand bool) bool {
	x.mu.Lock()
	if x.state != running || x.gone != nil {
		x.mu.Unlock()
		return false
	}
	x.gone, x.within.aborted = errors.New(reason), byHand
	x.mu.Unlock()
	if x.request.Origin != 0 {
		x.stream.Inform(exchangeHeader, formatID(x.id))
	}
	x.stream.Break()
	return x.resume(stepping.Command{Action: stepping.Abort}, false)
}
