package main

import (
	"github.com/snifter-dev/snifter/devserver"
	"github.com/snifter-dev/snifter/devserver/control"
)

// stops joins what stops the server's requests to the clients that look at them.
type stops struct{ *devserver.Stops }

var _ control.Stops = stops{}

// Set implements control.Stops.
func (s stops) Set(places []control.Place) {
	set := make([]devserver.Stop, len(places))
	for i, p := range places {
		set[i] = devserver.Stop{Stop: p.Stop, Condition: p.Condition}
	}
	s.Stops.Set(set)
}
