package control

import (
	"context"
	"fmt"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// Capture is the backend of a capture that was opened without a server. It replays and builds nothing.
type Capture struct {
	store   *recorder.Store
	compare replay.Options
}

var _ Backend = (*Capture)(nil)

// NewCaptureBackend makes the backend of a capture. The store stays the caller's to close.
func NewCaptureBackend(store *recorder.Store, o replay.Options) *Capture {
	return &Capture{store: store, compare: o}
}

// Status implements Backend.
func (c *Capture) Status(ctx context.Context) (Status, error) {
	total, err := c.store.Count(ctx)
	if err != nil {
		return Status{}, err
	}
	return Status{Capture: c.store.Path(), Total: total, Build: BuildStatus{State: "none"}}, nil
}

// Rows implements Backend.
func (c *Capture) Rows(ctx context.Context, q Query) (Page, error) {
	total, err := c.store.Count(ctx)
	if err != nil {
		return Page{}, err
	}
	return rows(ctx, q, c.store.Rows, total)
}

// Exchange implements Backend.
func (c *Capture) Exchange(ctx context.Context, id uint64) (*recorder.Exchange, error) {
	return c.store.Exchange(ctx, id)
}

// Moments implements Backend.
func (c *Capture) Moments(ctx context.Context, id uint64) (*recorder.Walk, error) {
	return c.store.Moments(ctx, id)
}

// Compare implements Backend.
func (c *Capture) Compare(ctx context.Context, a, b uint64) (*replay.Comparison, error) {
	return compare(ctx, c.store.Exchange, a, b, c.compare)
}

// Replay implements Backend: there is nothing to replay against.
func (c *Capture) Replay(context.Context, ReplayQuery) ([]replay.Outcome, error) {
	return nil, fmt.Errorf("%w; replay with `snifter replay FILTER --app APP --capture %s`", ErrNoServer, c.store.Path())
}

// Mark implements Backend.
func (c *Capture) Mark(ctx context.Context, ids []uint64, marked bool) error {
	return c.store.Mark(ctx, ids, marked)
}

// Rebuild implements Backend: there is nothing to build.
func (c *Capture) Rebuild(context.Context) error {
	return fmt.Errorf("%w; there is nothing to rebuild", ErrNoServer)
}

// Watch implements Backend. Nothing happens in a capture but its opening.
func (c *Capture) Watch(ctx context.Context, f func(Updates)) error {
	status, err := c.Status(ctx)
	if err != nil {
		return err
	}
	f(Updates{Status: &status})
	<-ctx.Done()
	return ctx.Err()
}

// Breakpoints implements Backend: there are none, and there can be none.
func (c *Capture) Breakpoints(context.Context) ([]Breakpoint, error) { return nil, ErrNoServer }

// AddBreakpoint implements Backend: nothing runs that could stop.
func (c *Capture) AddBreakpoint(context.Context, Breakpoint) (Breakpoint, error) {
	return Breakpoint{}, ErrNoServer
}

// RemoveBreakpoints implements Backend.
func (c *Capture) RemoveBreakpoints(context.Context, ...int) error { return ErrNoServer }

// Parked implements Backend.
func (c *Capture) Parked(context.Context) ([]Parked, error) { return nil, ErrNoServer }

// Step implements Backend.
func (c *Capture) Step(context.Context, StepCommand) (*Parked, error) { return nil, ErrNoServer }
