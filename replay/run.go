package replay

import (
	"context"
	"errors"
	"iter"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

// Runner replays exchanges and compares what becomes of them with their origins.
type Runner struct {
	Sender *Sender
	// Await returns an exchange of the target's snifter when it is done. Not used for a foreign server.
	Await func(ctx context.Context, id uint64) (*recorder.Exchange, error)
	// Foreign records what a server without snifter answered.
	Foreign *Foreign
	Compare Options
	// Learn replays each exchange twice; what differs between the two runs is noise.
	Learn bool
	// Timing keeps the gaps between the starts of the origins.
	Timing bool
	// CarrySession replaces recorded cookies and CSRF tokens by those that the new run hands out.
	CarrySession bool
	// Concurrency is how many are under way at once; 0 is 1. With 1 the order is kept, with more only the order of
	// the outcomes is. CarrySession and Timing imply 1.
	Concurrency int
	// Outcome is called for each exchange in order, from one goroutine at a time; nil for none.
	Outcome func(Result)
}

// Foreign takes the exchanges with a server that does not record them itself.
type Foreign struct {
	NextID func() uint64
	Sink   event.Sink
}

// Result is one replayed exchange.
type Result struct {
	Outcome    Outcome
	Comparison *Comparison // nil where nothing came back
	Origin     *recorder.Exchange
	Replayed   *recorder.Exchange // nil where nothing came back
}

// Summary counts verdicts.
type Summary struct {
	Same    int `json:"same"`
	Noise   int `json:"noise"`
	Changed int `json:"changed"`
	Broken  int `json:"broken"`
}

// Failed is true where anything changed or broke.
func (s Summary) Failed() bool { return s.Changed+s.Broken > 0 }

// Run replays exchanges, given oldest first. An exchange that can't be replayed is broken and does not end the run;
// an error of the sequence and the end of the context do.
func (r *Runner) Run(ctx context.Context, exchanges iter.Seq2[*recorder.Exchange, error]) (Summary, error) {
	return Summary{}, errors.ErrUnsupported
}
