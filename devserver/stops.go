package devserver

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/worker"
)

// Stop is a place at which requests stop, with a condition of its own.
type Stop struct {
	stepping.Stop
	// Condition says whether a request is meant, as it stands at the boundary; nil means all. It may take its time: it is
	// called in a goroutine of its own, while the request waits.
	Condition func(stepping.State) bool
	// Never says, where Condition has just been false, that it will be so at each further boundary of the request; nil where
	// that is not known. It is called as Condition is.
	Never func(stepping.State) bool
}

// Stops keeps the places at which requests stop, over all builds and workers of a server, and the requests that are
// stopped. Make one with NewStops, give it to Config, and use it before and while the server runs, from any goroutine.
type Stops struct {
	timeout time.Duration
	changed teller

	mu      sync.Mutex
	stops   []Stop
	workers map[*worker.Worker]<-chan struct{} // closed once the worker has taken the places
	halts   map[*exchange]*halt
	server  *Server // nil until it is made
	over    bool    // the server is stopping: nothing is stopped any more
	crowded bool    // as many are stopped as there are threads, and that was said
}

// StopOptions are what Stops is made of.
type StopOptions struct {
	// Timeout is how long a request stays stopped before it goes on by itself; 0 is forever.
	Timeout time.Duration
	// Changed is called, without a lock held and never at the same time twice, when a request was stopped, has changed, or has
	// gone on, and while there are places to stop at also when a stage was seen for the first time (see Stages).
	Changed func()
}

// NewStops makes a Stops without a place to stop at.
func NewStops(o StopOptions) *Stops {
	return &Stops{
		timeout: o.Timeout, changed: teller{tell: o.Changed},
		workers: map[*worker.Worker]<-chan struct{}{}, halts: map[*exchange]*halt{},
	}
}

// ErrNotStopped is returned by Command for a request that is not stopped.
var ErrNotStopped = errors.New("the request is not stopped")

// ErrImpossible is wrapped by what Command returns for what can't be done where the request stands.
var ErrImpossible = errors.New("that can't be done here")

// teller calls a function in a goroutine of its own, never twice at once. Several calls that are wanted meanwhile are one.
type teller struct {
	tell func()

	mu             sync.Mutex
	running, again bool
}

func (t *teller) notify() {
	if t.tell == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.again = true
	if !t.running {
		t.running = true
		go t.run()
	}
}

func (t *teller) run() {
	for {
		t.mu.Lock()
		if !t.again {
			t.running = false
			t.mu.Unlock()
			return
		}
		t.again = false
		t.mu.Unlock()
		t.tell()
	}
}

// Set replaces the places. Requests that are stopped stay so.
func (s *Stops) Set(stops []Stop) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	s.stops = slices.Clone(stops)
	places := s.places()
	for w := range s.workers {
		s.workers[w] = w.SetStops(places)
	}
}

// Taken waits until the workers have taken the places that were set last: by then Stages has all that are known without a
// request.
func (s *Stops) Taken(ctx context.Context) {
	s.mu.Lock()
	workers := maps.Clone(s.workers)
	s.mu.Unlock()
	for w, taken := range workers {
		if taken == nil {
			continue // there were no places yet
		}
		select {
		case <-taken:
		case <-w.Done():
		case <-ctx.Done():
			return
		}
	}
}

// places are the stops as workers know them. s.mu is held.
func (s *Stops) places() []stepping.Stop {
	places := make([]stepping.Stop, len(s.stops))
	for i, stop := range s.stops {
		places[i] = stop.Stop
		places[i].Judged = stop.Condition != nil
	}
	return places
}

// Parked lists the requests that are stopped, the longest first.
func (s *Stops) Parked() []stepping.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	var states []stepping.State
	for _, h := range s.halts {
		if h.phase == stopped {
			states = append(states, *h.state)
		}
	}
	slices.SortFunc(states, func(a, b stepping.State) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Exchange, b.Exchange))
	})
	return states
}

// Stages lists the stages that the current build has shown so far, each once.
func (s *Stops) Stages() []event.StageInfo {
	s.mu.Lock()
	server := s.server
	s.mu.Unlock()
	if server == nil {
		return nil
	}
	var all []event.StageInfo
	seen := map[event.StageInfo]bool{}
	for _, w := range server.builds.workers() {
		for _, info := range w.Stages() {
			if !seen[*info] {
				seen[*info] = true
				all = append(all, *info)
			}
		}
	}
	return all
}

// add takes a worker that has been given no request yet.
func (s *Stops) add(w *worker.Worker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.workers[w] = nil
	if len(s.stops) > 0 {
		s.workers[w] = w.SetStops(s.places())
	}
	w.OnStage(func() {
		s.mu.Lock()
		tell := len(s.stops) > 0
		s.mu.Unlock()
		if tell {
			s.changed.notify()
		}
	})
	go func() {
		<-w.Done()
		s.mu.Lock()
		delete(s.workers, w)
		s.mu.Unlock()
	}()
}
