package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/snifter-dev/snifter/devserver"
	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/stepping"
)

// stops is what stops the requests of a server, as the control plane knows it.
type stops struct{ *devserver.Stops }

var _ control.Stops = stops{}

// Set implements control.Stops.
func (s stops) Set(places []control.Place) {
	set := make([]devserver.Stop, len(places))
	for i, p := range places {
		set[i] = devserver.Stop{Stop: p.Stop, Condition: p.Condition, Never: p.Never}
	}
	s.Stops.Set(set)
}

// Command implements control.Stops.
func (s stops) Command(exchange uint64, c stepping.Command) (*stepping.State, error) {
	state, err := s.Stops.Command(exchange, c)
	switch {
	case errors.Is(err, devserver.ErrNotStopped):
		return nil, fmt.Errorf("%w: exchange %d has gone on meanwhile", control.ErrNotParked, exchange)
	case errors.Is(err, devserver.ErrImpossible):
		return nil, fmt.Errorf("%w: %w", control.ErrImpossible, err)
	}
	return state, err
}

// held says whether an exchange stands at a breakpoint.
func (s *serving) held(id uint64) bool {
	return slices.ContainsFunc(s.stops.Parked(), func(p stepping.State) bool { return p.Exchange == id })
}

// heldReplay says whether a replay of an exchange stands at a breakpoint.
func (s *serving) heldReplay(origin uint64) bool {
	return slices.ContainsFunc(s.stops.Parked(), func(p stepping.State) bool {
		x, err := s.recorder.Exchange(s.ended, p.Exchange)
		return err == nil && x.Origin != nil && *x.Origin == origin
	})
}
