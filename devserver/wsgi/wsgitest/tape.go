package wsgitest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/snifter-dev/snifter/devserver/event"
)

// tape is a sink that keeps the events of exchanges by the connection that they came over.
type tape struct {
	mu       sync.Mutex
	events   map[uint64][]event.Event
	byRemote map[string][]uint64
	more     chan struct{}
}

func newTape() *tape {
	return &tape{events: map[uint64][]event.Event{}, byRemote: map[string][]uint64{}, more: make(chan struct{})}
}

// Emit keeps events.
func (s *tape) Emit(events ...event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ended := false
	for _, e := range events {
		if e.Exchange == 0 {
			continue
		}
		ended = ended || e.Kind == event.Exit
		if r, ok := e.Payload.(*event.Request); ok && e.Kind == event.Enter {
			s.byRemote[r.Remote] = append(s.byRemote[r.Remote], e.Exchange)
		}
		s.events[e.Exchange] = append(s.events[e.Exchange], e)
	}
	if ended {
		close(s.more)
		s.more = make(chan struct{})
	}
}

// of returns the events of the exchanges that came over a connection. more is closed when another one ends.
func (s *tape) of(c *client) (exchanges [][]event.Event, more <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.byRemote[c.remote()] {
		// A port may have been another connection's before.
		if events := s.events[id]; events[0].Payload.(*event.Request).Started.After(c.dialled) {
			exchanges = append(exchanges, slices.Clone(events))
		}
	}
	return exchanges, s.more
}

// await returns them once n of them have ended.
func (s *tape) await(ctx context.Context, c *client, n int) ([][]event.Event, error) {
	for {
		exchanges, more := s.of(c)
		ended := 0
		for _, events := range exchanges {
			if last := events[len(events)-1]; last.Kind == event.Exit && last.Stage == 0 {
				ended++
			}
		}
		if ended >= n {
			return exchanges, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return nil, fmt.Errorf("%d of %d exchanges have ended; their events:\n%s", ended, n, kinds(exchanges))
		}
	}
}

func kinds(exchanges [][]event.Event) string {
	text := ""
	for _, events := range exchanges {
		for _, e := range events {
			text += fmt.Sprintf(" %d:%d kind %d %T;", e.Exchange, e.Seq, e.Kind, e.Payload)
		}
		text += "\n"
	}
	return text
}

// check looks at the sequence of an exchange's events.
func check(events []event.Event) error {
	for i, e := range events {
		first := i == 0
		last := i == len(events)-1
		switch {
		case e.Seq != uint32(i):
			return fmt.Errorf("event %d has the number %d", i, e.Seq)
		case e.At < 0:
			return fmt.Errorf("event %d came %s before the exchange", i, -e.At)
		case (e.Kind == event.Enter && e.Stage == 0) != first, (e.Kind == event.Exit && e.Stage == 0) != last:
			return fmt.Errorf("event %d is of kind %d, at stage %d", i, e.Kind, e.Stage)
		}
	}
	return checkStages(events)
}

// checkStages looks at each stage by itself: it is entered first and but once, inner ones in their order, is left and
// closed at most once, and its time is told last. What is found wrong may be told later still.
func checkStages(events []event.Event) error {
	type stage struct{ entered, left, closed, spent int }
	stages := map[uint16]*stage{0: {entered: 1}, 1: {entered: 1}}
	for i, e := range events {
		s := stages[e.Stage]
		if s == nil {
			if e.Kind != event.Enter || int(e.Stage) != len(stages) {
				return fmt.Errorf("event %d of stage %d, which was not entered, is of kind %d", i, e.Stage, e.Kind)
			}
			s = &stage{}
			stages[e.Stage] = s
		}
		if s.spent > 0 && e.Kind != event.Lint {
			return fmt.Errorf("event %d of stage %d, whose time was told, is of kind %d", i, e.Stage, e.Kind)
		}
		switch e.Kind {
		case event.Enter:
			if e.Stage > 1 { // of stage 1 it may be told, or is with its response
				s.entered++
			}
		case event.Exit:
			s.left++
		case event.Close:
			s.closed++
		case event.Spent:
			s.spent++
			if s.spent > 1 {
				return fmt.Errorf("stage %d tells its time %d times", e.Stage, s.spent)
			}
			if t, ok := e.Payload.(*event.Times); !ok || t.Self < 0 || t.Self > t.Total {
				return fmt.Errorf("event %d: stage %d took %+v", i, e.Stage, e.Payload)
			}
		}
		if s.entered != 1 || s.left > 1 || s.closed > 1 {
			return fmt.Errorf("stage %d is entered, left and closed %d, %d and %d times", e.Stage, s.entered, s.left, s.closed)
		}
	}
	for number, s := range stages {
		if number > 1 && s.left > 0 && s.spent == 0 { // one that was never left has nothing to tell
			return fmt.Errorf("stage %d never told its time", number)
		}
	}
	return nil
}
