// Package fake is a server for the tests of the workbench: it holds exchanges in memory, and answers as a running
// snifter would.
package fake

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
)

// Client is the server. Its fields are set before it is used.
type Client struct {
	mu        sync.Mutex
	state     control.Status
	rows      []recorder.Row // oldest first
	exchanges map[uint64]*recorder.Exchange
	compared  map[[2]uint64]*control.Comparison
	watchers  map[int]func(control.Updates)
	watching  int
	calls     []string
	walks     map[uint64]*recorder.Walk
	stepping  control.Stepping

	// Many, if not 0, makes the server one of so many exchanges, made up as they are asked for.
	Many int
	// Fail is returned by every question.
	Fail error
	// OnReplay answers Replay.
	OnReplay func(control.ReplayQuery) ([]control.Outcome, error)
	// OnStep answers Step.
	OnStep func(control.StepCommand) (*control.Parked, error)
	// Seen, if not nil, are the names of the stages that breakpoints can be met at.
	Seen []string
	// Panics makes Exchange panic.
	Panics bool
}

var _ control.Client = (*Client)(nil)

// New makes a server.
func New(s control.Status) *Client {
	return &Client{
		state: s, exchanges: map[uint64]*recorder.Exchange{}, compared: map[[2]uint64]*control.Comparison{},
		watchers: map[int]func(control.Updates){}, walks: map[uint64]*recorder.Walk{},
	}
}

// Put adds or replaces an exchange, and tells who watches.
func (c *Client) Put(x *recorder.Exchange) {
	c.mu.Lock()
	c.exchanges[x.ID] = x
	row := RowOf(x)
	c.putRow(row)
	c.state.Total = len(c.rows)
	c.mu.Unlock()
	c.Tell(control.Updates{Rows: []recorder.Row{row}})
}

func (c *Client) putRow(row recorder.Row) {
	i, found := slices.BinarySearchFunc(c.rows, row.ID, func(r recorder.Row, id uint64) int { return int(r.ID) - int(id) })
	if found {
		c.rows[i] = row
	} else {
		c.rows = slices.Insert(c.rows, i, row)
	}
}

// SetStatus changes how the server is, and tells who watches.
func (c *Client) SetStatus(f func(*control.Status)) {
	c.mu.Lock()
	f(&c.state)
	s := c.state
	c.mu.Unlock()
	c.Tell(control.Updates{Status: &s})
}

// SetComparison sets what Compare answers.
func (c *Client) SetComparison(x *control.Comparison) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.compared[[2]uint64{x.A, x.B}] = x
}

// Tell sends updates to who watches, and keeps their rows.
func (c *Client) Tell(u control.Updates) {
	c.mu.Lock()
	if c.Many == 0 {
		for _, r := range u.Rows {
			c.putRow(r)
		}
		c.state.Total = len(c.rows)
	}
	all := make([]func(control.Updates), 0, len(c.watchers))
	for _, f := range c.watchers {
		all = append(all, f)
	}
	c.mu.Unlock()
	for _, f := range all {
		f(u)
	}
}

// Calls are the calls that change something, in their order.
func (c *Client) Calls() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

func (c *Client) note(format string, args ...any) {
	c.calls = append(c.calls, fmt.Sprintf(format, args...))
}

// RowOf is an exchange in one line.
func RowOf(x *recorder.Exchange) recorder.Row {
	r := recorder.Row{
		ID: x.ID, Method: x.Request.Method, Target: x.Request.Target, Status: x.Response.Status, DurationMS: x.DurationMS,
		RequestBytes: x.Request.Body.Size, ResponseBytes: x.Response.Body.Size, Started: x.Started, Build: x.Build,
		Origin: x.Origin, Marked: x.Marked, State: x.State, Lint: len(x.Lint), Chunks: len(x.Response.Chunks),
	}
	if x.Exception != nil {
		r.Exception = &x.Exception.Type
	}
	return r
}

// Status implements control.Client.
func (c *Client) Status(context.Context) (control.Status, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.state
	s.Total = max(s.Total, c.Many) // as a server's, it counts what the list holds
	return s, c.Fail
}

// Rows implements control.Client. Of filters it knows ~e, ~marked and a word of the URL.
func (c *Client) Rows(_ context.Context, q control.Query) (control.Page, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Fail != nil {
		return control.Page{}, c.Fail
	}
	limit := q.Limit
	if limit == 0 {
		limit = 500
	}
	if c.Many > 0 {
		return c.made(q, limit), nil
	}
	var match []recorder.Row
	for _, r := range c.rows {
		if (q.Before == 0 || r.ID < q.Before) && r.ID > q.After && matches(q.Filter, &r) {
			match = append(match, r)
		}
	}
	p := control.Page{Total: len(c.rows), More: len(match) > limit}
	if p.More && q.Oldest {
		match = match[:limit]
	} else if p.More {
		match = match[len(match)-limit:]
	}
	slices.Reverse(match)
	p.Rows = match
	return p, nil
}

func matches(filter string, r *recorder.Row) bool {
	switch filter {
	case "":
		return true
	case "~e":
		return r.Exception != nil
	case "~marked":
		return r.Marked
	}
	return strings.Contains(r.Target, filter)
}

// made makes up a page of a large capture.
func (c *Client) made(q control.Query, limit int) control.Page {
	lo, hi := q.After+1, uint64(c.Many)
	if q.Before > 0 {
		hi = q.Before - 1
	}
	p := control.Page{Total: c.Many}
	if hi < lo {
		return p
	}
	p.More = hi-lo+1 > uint64(limit)
	if p.More && q.Oldest {
		hi = lo + uint64(limit) - 1
	} else if p.More {
		lo = hi - uint64(limit) + 1
	}
	for id := hi; id >= lo; id-- {
		p.Rows = append(p.Rows, Row(id))
	}
	return p
}

// Row makes up a row.
func Row(id uint64) recorder.Row {
	return recorder.Row{
		ID: id, Method: "GET", Target: fmt.Sprintf("/item/%d", id), Status: "200 OK", DurationMS: 1.5, ResponseBytes: 2048,
		Started: Noon.Add(time.Duration(id) * time.Millisecond), Build: 1, State: recorder.Done, Chunks: 1,
	}
}

// Exchange implements control.Client.
func (c *Client) Exchange(_ context.Context, id uint64) (*recorder.Exchange, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Panics {
		panic("exchange")
	}
	if c.Fail != nil {
		return nil, c.Fail
	}
	if x := c.exchanges[id]; x != nil {
		return x, nil
	}
	if c.Many > 0 {
		return Plain(id), nil
	}
	return nil, fmt.Errorf("exchange %d is not in the capture", id)
}

// Compare implements control.Client.
func (c *Client) Compare(_ context.Context, a, b uint64) (*control.Comparison, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if x := c.compared[[2]uint64{a, b}]; x != nil {
		return x, nil
	}
	return &control.Comparison{A: a, B: b, Verdict: "same"}, nil
}

// Replay implements control.Client.
func (c *Client) Replay(_ context.Context, q control.ReplayQuery) ([]control.Outcome, error) {
	c.mu.Lock()
	c.note("replay %v %s", q.IDs, cmp.Or(q.Filter, operated(q.Surgery)))
	f := c.OnReplay
	c.mu.Unlock()
	if f == nil {
		return nil, nil
	}
	return f(q)
}

func operated(s control.Surgery) string {
	switch {
	case s.Enter != "":
		return "at " + s.Enter
	case len(s.Skip) > 0:
		return "without " + strings.Join(s.Skip, " ")
	}
	return ""
}

// Mark implements control.Client.
func (c *Client) Mark(_ context.Context, ids []uint64, marked bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note("mark %v %v", ids, marked)
	return c.Fail
}

// Rebuild implements control.Client.
func (c *Client) Rebuild(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note("rebuild")
	return c.Fail
}

// Watch implements control.Client.
func (c *Client) Watch(ctx context.Context, f func(control.Updates)) error {
	c.mu.Lock()
	c.watching++
	n := c.watching
	c.watchers[n] = f
	c.mu.Unlock()
	<-ctx.Done()
	c.mu.Lock()
	delete(c.watchers, n)
	c.mu.Unlock()
	return ctx.Err()
}

// Watched says whether somebody watches.
func (c *Client) Watched() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.watchers) > 0
}

// Close implements control.Client.
func (c *Client) Close() error { return nil }
