package devserver

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/snifter-dev/snifter/devserver/stepping"
)

// halt is a request that its worker has parked at least once, until it ends.
type halt struct {
	x      *exchange
	phase  phase
	nth    int // how often it was parked
	stops  int // and how often that was meant
	state  *stepping.State
	shown  bool // this time it is listed
	timer  *time.Timer
	answer chan<- *stepping.State // of the command that waits for one; it has room
}

// phase is where a halt is.
type phase uint8

const (
	under   phase = iota // under way
	judged               // its worker has parked it, and it is to be found out whether it is meant
	stopped              // it waits for a command
	going                // it was told to go on
)

// parked takes a request that its worker has parked, or that has changed where it stands. It does not block.
func (s *Stops) parked(x *exchange, state *stepping.State) {
	now := time.Now()
	s.mu.Lock()
	h := s.halts[x]
	if h == nil {
		h = &halt{x: x}
		s.halts[x] = h
	}
	if h.shown && (h.phase == stopped || h.phase == going) {
		s.stays(h, state)
		s.mu.Unlock()
		s.changed.notify()
		return
	}
	h.phase, h.state = judged, state
	h.nth++
	state.Since = now
	if s.timeout > 0 {
		state.Until = now.Add(s.timeout)
	}
	places, nth := slices.Clone(s.stops), h.nth
	s.mu.Unlock()
	places = slices.DeleteFunc(places, func(p Stop) bool { return !slices.Contains(state.Stops, p.ID) })
	if slices.ContainsFunc(places, func(p Stop) bool { return p.Condition != nil }) {
		go func() {
			ids, never := met(places, state)
			s.decide(h, nth, ids, never)
		}()
		return
	}
	ids, never := met(places, state)
	s.decide(h, nth, ids, never)
}

// met returns the ids of the places whose conditions hold, and of those whose conditions never will.
func met(places []Stop, state *stepping.State) (ids, never []int) {
	for _, p := range places {
		switch {
		case p.Condition == nil || p.Condition(*state):
			ids = append(ids, p.ID)
		case p.Never != nil && p.Never(*state):
			never = append(never, p.ID)
		}
	}
	return ids, never
}

// stays takes the new state of a request after a command that left it where it is. s.mu is held.
func (s *Stops) stays(h *halt, state *stepping.State) {
	state.Since, state.Until, state.Stops, state.Nth = h.state.Since, h.state.Until, h.state.Stops, h.state.Nth
	state.Version = h.state.Version + 1
	if h.phase == going {
		s.expire(h)
	}
	h.phase, h.state = stopped, state
	h.reply(state)
}

// reply answers the command that waits.
func (h *halt) reply(state *stepping.State) {
	if h.answer != nil {
		h.answer <- state
		h.answer = nil
	}
}

// decide stops a request that was parked for the nth time, or lets it go on, by the ids of the places that it met,
// and of those that it will never meet.
func (s *Stops) decide(h *halt, nth int, ids, never []int) {
	s.mu.Lock()
	if s.halts[h.x] != h || h.phase != judged || h.nth != nth {
		s.mu.Unlock()
		return
	}
	step := len(h.state.Stops) == 0
	if len(ids) == 0 && !step || s.over {
		h.phase = under
		s.mu.Unlock()
		h.x.pass(never)
		return
	}
	state := *h.state
	h.stops++
	state.Stops, state.Nth, state.Version = ids, h.stops, 1
	h.phase, h.state, h.shown = stopped, &state, true
	s.expire(h)
	crowd := s.crowd()
	s.mu.Unlock()
	if !step {
		h.x.stay()
	}
	if crowd > 0 {
		s.server.cfg.Log.Warn(fmt.Sprintf("as many requests are stopped at breakpoints as the application has threads, %d; the others are served all the same", crowd))
	}
	s.changed.notify()
}

// crowd returns how many requests are stopped, where that has just become as many as there are threads; else 0. s.mu is
// held.
func (s *Stops) crowd() int {
	n := 0
	for _, h := range s.halts {
		if h.phase == stopped {
			n++
		}
	}
	full := s.server != nil && n >= s.server.cfg.Threads*s.server.cfg.Workers
	said := s.crowded
	s.crowded = full
	if full && !said {
		return n
	}
	return 0
}

// expire has a request that is stopped go on when its time is over. s.mu is held.
func (s *Stops) expire(h *halt) {
	if h.state.Until.IsZero() {
		return
	}
	nth := h.nth
	h.timer = time.AfterFunc(time.Until(h.state.Until), func() {
		s.mu.Lock()
		is := s.halts[h.x] == h && h.phase == stopped && h.nth == nth
		if is {
			h.phase = going
		}
		s.mu.Unlock()
		if is {
			h.x.resume(stepping.Command{Action: stepping.Continue}, true)
			s.changed.notify()
		}
	})
}

// holds says whether a request is stopped.
func (s *Stops) holds(x *exchange) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.halts[x]
	return h != nil && h.phase == stopped
}

// standing is how a request stands that is stopped, or was told to go on and has not; nil for another.
func (s *Stops) standing(x *exchange) *stepping.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.halts[x]; h != nil && h.shown {
		return h.state
	}
	return nil
}

// wentOn notes that a request goes on.
func (s *Stops) wentOn(x *exchange) { s.leave(x, false) }

// ended notes that a request is over.
func (s *Stops) ended(x *exchange) { s.leave(x, true) }

func (s *Stops) leave(x *exchange, ended bool) {
	s.mu.Lock()
	h := s.halts[x]
	if h == nil {
		s.mu.Unlock()
		return
	}
	was := h.shown
	h.phase, h.shown = under, false
	if h.timer != nil {
		h.timer.Stop()
	}
	h.reply(nil)
	if ended {
		delete(s.halts, x)
	}
	s.crowd()
	s.mu.Unlock()
	if was {
		s.changed.notify()
	}
}

// Command does something with a request that is stopped. It waits until that is done: after an edit, and where it could not
// be done, the request is still stopped, and its new state is returned; nil where it has gone on. An error is ErrNotStopped,
// or wraps stepping.ErrPast, stepping.ErrChanged or ErrImpossible.
func (s *Stops) Command(exchange uint64, c stepping.Command) (*stepping.State, error) {
	return s.command(exchange, c, true)
}

// command is Command, where byHand is true.
func (s *Stops) command(exchange uint64, c stepping.Command, byHand bool) (*stepping.State, error) {
	answer := make(chan *stepping.State, 1)
	x, at, err := s.begin(exchange, c, answer)
	if err != nil {
		return nil, err
	}
	s.changed.notify()
	did := false
	if c.Action == stepping.Abort {
		why := "aborted by hand at "
		if !byHand {
			why = "snifter ended while it was stopped at "
		}
		did = x.abort(why+at, byHand)
	} else {
		did = x.resume(c, false)
	}
	if !did {
		s.wentOn(x) // it ends already
	}
	return <-answer, nil
}

// begin has a request that is stopped be about to do what it was told, and returns it, and where it stands in words.
func (s *Stops) begin(
	id uint64, c stepping.Command, answer chan<- *stepping.State,
) (x *exchange, at string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.halts {
		if h.x.id != id || h.phase != stopped {
			continue
		}
		if err := h.state.Takes(c); err != nil {
			return nil, "", err
		}
		if h.answer != nil {
			return nil, "", fmt.Errorf("%w: another command is being done", ErrImpossible)
		}
		if err := possible(h.state, c); err != nil {
			return nil, "", err
		}
		h.answer = answer
		if c.Action != stepping.Modify {
			h.phase = going
			if h.timer != nil {
				h.timer.Stop()
			}
		}
		return h.x, h.state.Place(), nil
	}
	return nil, "", ErrNotStopped
}

// possible says why a command can't be done in a state.
func possible(state *stepping.State, c stepping.Command) error {
	can := func(edit, what string) error {
		if slices.Contains(state.Edits, edit) {
			return nil
		}
		return fmt.Errorf("%w, at %s of %s: %s", ErrImpossible, state.Boundary, state.Stage.Name, what)
	}
	switch c.Action {
	case stepping.Continue, stepping.Step, stepping.Into, stepping.Over, stepping.Out, stepping.Abort:
		return nil
	case stepping.Respond:
		if c.Status == "" {
			return fmt.Errorf("%w: an answer needs a status", ErrImpossible)
		}
		return can("respond", "there is nothing to answer")
	case stepping.Raise:
		return can("raise", "no exception can be raised")
	case stepping.Modify:
		if len(c.Environ)+len(c.Unset) == 0 && c.Status == "" && c.Headers == nil && c.Block == nil {
			return fmt.Errorf("%w: nothing is to be changed", ErrImpossible)
		}
		var errs []error
		if len(c.Environ)+len(c.Unset) > 0 {
			errs = append(errs, can("environ", "the environ is not to be changed"))
		}
		if c.Status != "" {
			errs = append(errs, can("status", "there is no status"))
		}
		if c.Headers != nil {
			errs = append(errs, can("headers", "there are no headers"))
		}
		if c.Block != nil {
			errs = append(errs, can("chunk", "there is no chunk"))
		}
		return errors.Join(errs...)
	}
	return fmt.Errorf("%w: %q is no action", ErrImpossible, c.Action)
}

// serve takes the server whose requests are stopped.
func (s *Stops) serve(server *Server) {
	s.mu.Lock()
	s.server = server
	s.mu.Unlock()
}

// release aborts all that is stopped, and has nothing stop any more: the server ends.
func (s *Stops) release() {
	s.mu.Lock()
	s.over, s.stops = true, nil
	for w := range s.workers {
		w.SetStops(nil)
	}
	var ids []uint64
	for _, h := range s.halts {
		if h.phase == stopped {
			ids = append(ids, h.x.id)
		}
	}
	s.mu.Unlock()
	for _, id := range ids {
		// Each waits for its worker, and one that hangs must not keep the others.
		go func() { _, _ = s.command(id, stepping.Command{Action: stepping.Abort}, false) }()
	}
}
