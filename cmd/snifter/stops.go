package main

import (
	"errors"
	"fmt"

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
