package devserver

import (
	"errors"
	"time"

	"github.com/snifter-dev/snifter/devserver/stepping"
)

// Stop is a place at which requests stop, with a condition of its own.
type Stop struct {
	stepping.Stop
	// Condition says whether a request is meant, as it stands at the boundary; nil means all. It may take its time: it is
	// called in a goroutine of its own, while the request waits.
	Condition func(stepping.State) bool
}

// Stops keeps the places at which requests stop, over all builds and workers of a server, and the requests that are
// stopped. Make one with NewStops, give it to Config, and use it before and while the server runs, from any goroutine.
type Stops struct{}

// StopOptions are what Stops is made of.
type StopOptions struct {
	// Timeout is how long a request stays stopped before it goes on by itself; 0 is forever.
	Timeout time.Duration
	// Changed is called, without a lock held and never at the same time twice, when a request was stopped, has changed, or has
	// gone on.
	Changed func()
}

// NewStops makes a Stops without a place to stop at.
func NewStops(o StopOptions) *Stops { return &Stops{} }

// ErrNotStopped is returned by Command for a request that is not stopped.
var ErrNotStopped = errors.New("the request is not stopped")

// Set replaces the places. Requests that are stopped stay so.
func (s *Stops) Set(stops []Stop) {}

// Parked lists the requests that are stopped, the longest first.
func (s *Stops) Parked() []stepping.State { return nil }

// Command does something with a request that is stopped. It waits until that is done: after an edit, and where it could not
// be done, the request is still stopped, and its new state is returned; nil where it has gone on. An error is for a request
// that is not stopped, or a command that is impossible at its boundary.
func (s *Stops) Command(exchange uint64, c stepping.Command) (*stepping.State, error) {
	return nil, ErrNotStopped
}
