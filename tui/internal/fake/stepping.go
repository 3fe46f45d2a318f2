package fake

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
)

// SetStepping sets the breakpoints and what is parked, and tells who watches.
func (c *Client) SetStepping(s control.Stepping) {
	c.mu.Lock()
	c.stepping = s
	c.state.Parked = len(s.Parked)
	status := c.state
	c.mu.Unlock()
	c.Tell(control.Updates{Stepping: &s, Status: &status})
}

// Stepping is what is to be known of stopping.
func (c *Client) Stepping() control.Stepping {
	c.mu.Lock()
	defer c.mu.Unlock()
	return control.Stepping{Breakpoints: slices.Clone(c.stepping.Breakpoints), Parked: slices.Clone(c.stepping.Parked)}
}

// Breakpoints implements control.Stepper.
func (c *Client) Breakpoints(context.Context) ([]control.Breakpoint, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.stepping.Breakpoints), c.Fail
}

// AddBreakpoint implements control.Stepper.
func (c *Client) AddBreakpoint(_ context.Context, b control.Breakpoint) (control.Breakpoint, error) {
	c.mu.Lock()
	c.note("break %s:%s %s", b.Stage, b.Boundary, b.Filter)
	if c.Fail != nil {
		defer c.mu.Unlock()
		return control.Breakpoint{}, c.Fail
	}
	for _, known := range c.stepping.Breakpoints {
		b.ID = max(b.ID, known.ID)
	}
	b.ID++
	if c.Seen != nil && !slices.ContainsFunc(c.Seen, func(name string) bool { return stepping.Matches(b.Stage, &event.StageInfo{Name: name}, -1) }) {
		b.Unknown, b.Seen = true, c.Seen
	}
	s := c.stepping
	s.Breakpoints = append(slices.Clone(s.Breakpoints), b)
	c.mu.Unlock()
	c.SetStepping(s)
	return b, nil
}

// RemoveBreakpoints implements control.Stepper.
func (c *Client) RemoveBreakpoints(_ context.Context, ids ...int) error {
	c.mu.Lock()
	c.note("remove breakpoints %v", ids)
	if c.Fail != nil {
		defer c.mu.Unlock()
		return c.Fail
	}
	s := c.stepping
	s.Breakpoints = slices.DeleteFunc(slices.Clone(s.Breakpoints), func(b control.Breakpoint) bool {
		return len(ids) == 0 || slices.Contains(ids, b.ID)
	})
	c.mu.Unlock()
	c.SetStepping(s)
	return nil
}

// Parked implements control.Stepper.
func (c *Client) Parked(context.Context) ([]control.Parked, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.stepping.Parked), c.Fail
}

// Step implements control.Stepper. A command is for the stop at which the request stands, and may be for one state of it. Without OnStep a request goes on, and edits change nothing.
func (c *Client) Step(_ context.Context, q control.StepCommand) (*control.Parked, error) {
	c.mu.Lock()
	i := slices.IndexFunc(c.stepping.Parked, func(p control.Parked) bool { return p.ID == q.ID })
	if i >= 0 && c.stepping.Parked[i].Stop != q.Stop {
		defer c.mu.Unlock()
		return nil, control.ErrPast
	}
	if i >= 0 && q.Version != 0 && c.stepping.Parked[i].Version != q.Version {
		defer c.mu.Unlock()
		return nil, control.ErrChanged
	}
	c.note("%s %d%s", q.Action, q.ID, with(q))
	switch {
	case c.Fail != nil:
		defer c.mu.Unlock()
		return nil, c.Fail
	case i < 0:
		defer c.mu.Unlock()
		return nil, control.ErrNotParked
	case c.OnStep != nil:
		c.mu.Unlock()
		return c.OnStep(q)
	case q.Action == "edit":
		defer c.mu.Unlock()
		p := c.stepping.Parked[i]
		return &p, nil
	}
	s := c.stepping
	s.Parked = slices.Delete(slices.Clone(s.Parked), i, i+1)
	c.mu.Unlock()
	c.SetStepping(s)
	return nil, nil
}

// with is what a command carries.
func with(c control.StepCommand) string {
	out := ""
	for _, k := range slices.Sorted(maps.Keys(c.Environ)) {
		out += fmt.Sprintf(" %s=%s", k, c.Environ[k])
	}
	for _, k := range c.Unset {
		out += " -" + k
	}
	if c.Status != "" {
		out += " " + c.Status
	}
	if c.Headers != nil {
		out += fmt.Sprintf(" %v", c.Headers)
	}
	if c.Chunk != nil {
		out += fmt.Sprintf(" %q", c.Chunk)
	}
	if c.Type != "" {
		out += " " + c.Type + ": " + c.Message
	}
	return out
}

// SetMoments sets what Moments answers.
func (c *Client) SetMoments(w *recorder.Walk) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.walks[w.ID] = w
}

// Moments implements control.Client.
func (c *Client) Moments(_ context.Context, id uint64) (*recorder.Walk, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Fail != nil {
		return nil, c.Fail
	}
	if w := c.walks[id]; w != nil {
		return w, nil
	}
	return &recorder.Walk{ID: id}, nil
}
