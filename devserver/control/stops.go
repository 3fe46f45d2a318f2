package control

import (
	"context"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
)

// Stops is what stops the requests of a server. Its methods may be called from any goroutine. Whoever owns it tells the
// backend by [Live.SteppingChanged] when a request was stopped, has changed, or has gone on.
type Stops interface {
	// Set replaces the places at which requests stop. Those that are stopped stay so.
	Set(places []Place)
	// Parked lists the requests that are stopped, the longest first.
	Parked() []stepping.State
	// Command does something with one and returns its new state, nil where it has gone on.
	Command(exchange uint64, c stepping.Command) (*stepping.State, error)
	// Taken waits until the places that were set last are known wherever requests run: Stages has all by then that are known
	// without a request.
	Taken(ctx context.Context)
	// Stages are the stages that the build has shown so far.
	Stages() []event.StageInfo
}

// Place is a place at which requests stop, where the condition holds for the request as it stands there. The condition
// may take its time; nil is for all.
type Place struct {
	stepping.Stop
	Condition func(stepping.State) bool
	// Never says, where the condition has just been false, that it will be so at each further boundary of the request; nil
	// where that is not known.
	Never func(stepping.State) bool
}
