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
	closes := 0
	for i, e := range events {
		switch {
		case e.Seq != uint32(i):
			return fmt.Errorf("event %d has the number %d", i, e.Seq)
		case e.At < 0:
			return fmt.Errorf("event %d came %s before the exchange", i, -e.At)
		case (e.Kind == event.Enter) != (i == 0), (e.Kind == event.Exit) != (i == len(events)-1):
			return fmt.Errorf("event %d is of kind %d", i, e.Kind)
		case e.Kind == event.Close:
			closes++
		}
	}
	if closes > 1 {
		return fmt.Errorf("%d times closed", closes)
	}
	return nil
}
