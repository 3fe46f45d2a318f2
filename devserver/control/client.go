package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// greetTime is how long a server may take to say who it is.
const greetTime = 10 * time.Second

// Dial connects to the running snifter that listens on a socket.
func Dial(ctx context.Context, socket string) (Client, error) {
	conn, _, err := dial(ctx, socket)
	if err != nil {
		return nil, err
	}
	return conn, nil
}

func dial(ctx context.Context, socket string) (*client, Server, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, Server{}, fmt.Errorf("no snifter answers at %s: %w", socket, err)
	}
	c := newClient(conn)
	server, err := c.greeted(ctx)
	if err != nil {
		_ = c.Close()
		return nil, Server{}, fmt.Errorf("what listens at %s is no snifter that this one understands: %w", socket, err)
	}
	return c, server, nil
}

// InProcess returns a Client of a backend of this process. It goes through the same protocol, over a pipe in memory.
// Close ends it.
func InProcess(b Backend) Client {
	near, far := net.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	c := newClient(near)
	var serving sync.WaitGroup
	serving.Go(func() { serveConn(ctx, far, b, "") })
	c.onClose = func() {
		cancel()
		serving.Wait()
	}
	return c
}

// client is the Client of a connection. One goroutine reads it and hands each message to its call.
type client struct {
	conn    net.Conn
	onClose func()
	hello   chan reply

	writing sync.Mutex

	mu      sync.Mutex
	next    uint64
	calls   map[uint64]chan reply
	ended   error // set once the connection has
	reading sync.WaitGroup
}

func newClient(conn net.Conn) *client {
	c := &client{conn: conn, hello: make(chan reply, 1), calls: map[uint64]chan reply{}, onClose: func() {}}
	c.reading.Go(c.read)
	return c
}

// Close ends the connection and waits for what belongs to it.
func (c *client) Close() error {
	err := c.conn.Close()
	c.reading.Wait()
	c.onClose()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (c *client) greeted(ctx context.Context) (Server, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, greetTime, errors.New("it says nothing"))
	defer cancel()
	select {
	case r, ok := <-c.hello:
		switch {
		case !ok:
			return Server{}, c.end()
		case r.Snifter != Version:
			return Server{}, fmt.Errorf("it speaks version %d of the protocol, this one %d", r.Snifter, Version)
		case r.Server == nil:
			return Server{}, errMessage
		}
		return *r.Server, nil
	case <-ctx.Done():
		return Server{}, context.Cause(ctx)
	}
}

func (c *client) end() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

func (c *client) read() {
	err := c.messages(bufio.NewReaderSize(c.conn, 64<<10))
	_ = c.conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = ErrClosed
	if errors.Is(err, errMessage) {
		c.ended = fmt.Errorf("%w: %w", ErrClosed, err)
	}
	close(c.hello)
	for id, call := range c.calls {
		close(call)
		delete(c.calls, id)
	}
}

func (c *client) messages(in *bufio.Reader) error {
	greeted := false
	for {
		line, err := readLine(in, MaxReply)
		if err != nil {
			return err
		}
		r, err := decodeReply(line)
		if err != nil {
			return err
		}
		if !greeted {
			greeted = true
			c.hello <- r
			continue
		}
		if !c.deliver(r) {
			return fmt.Errorf("%w: an update that was not asked for", errMessage)
		}
	}
}

// deliver never waits: a call takes one reply, or updates one after another, each asked for.
func (c *client) deliver(r reply) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	call, ok := c.calls[r.ID]
	if !ok { // given up meanwhile
		return true
	}
	select {
	case call <- r:
	default:
		return false
	}
	if r.Update == nil {
		delete(c.calls, r.ID)
	}
	return true
}

// start sends a call. Its replies come on the channel, which is closed when the connection ends.
func (c *client) start(method string, params any) (uint64, chan reply, error) {
	c.mu.Lock()
	if c.ended != nil {
		defer c.mu.Unlock()
		return 0, nil, c.ended
	}
	c.next++
	id, replies := c.next, make(chan reply, 2) // an update, and the result behind it
	c.calls[id] = replies
	c.mu.Unlock()
	if err := c.send(id, method, params); err != nil {
		c.forget(id)
		return 0, nil, err
	}
	return id, replies, nil
}

func (c *client) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.calls, id)
}

func (c *client) send(id uint64, method string, params any) error {
	q := request{ID: id, Method: method}
	if params != nil {
		var err error
		if q.Params, err = json.Marshal(params); err != nil {
			return err
		}
	}
	line, err := encode(q)
	if err != nil {
		return err
	}
	if len(line) > MaxRequest {
		hint := ""
		switch method {
		case "replay", "mark":
			hint = "; use a filter instead"
		case "step":
			hint = fmt.Sprintf("; a body or a chunk by hand has at most %d MiB", MaxRequest*3/4>>20) // it is sent as base64
		}
		return fmt.Errorf("%s: the request is larger than %d MiB%s", method, MaxRequest>>20, hint)
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return ErrClosed
	}
	if _, err := c.conn.Write(line); err != nil {
		_ = c.conn.Close() // half a line may be out
		return ErrClosed
	}
	return nil
}

// ask makes a call and decodes its result.
func ask[R any](ctx context.Context, c *client, method string, params any) (R, error) {
	var result R
	if err := ctx.Err(); err != nil {
		return result, err
	}
	id, replies, err := c.start(method, params)
	if err != nil {
		return result, err
	}
	select {
	case r, ok := <-replies:
		if !ok {
			return result, c.end()
		}
		return result, r.into(&result)
	case <-ctx.Done():
		c.forget(id)
		_ = c.send(id, "cancel", nil) // what fails here has ended the call too
		return result, ctx.Err()
	}
}

func (r reply) into(result any) error {
	if r.Error != nil {
		return fromWire(r.Error)
	}
	if len(r.Result) == 0 {
		return nil
	}
	return json.Unmarshal(r.Result, result)
}

func (c *client) Status(ctx context.Context) (Status, error) {
	return ask[Status](ctx, c, "status", nil)
}

func (c *client) Rows(ctx context.Context, q Query) (Page, error) {
	return ask[Page](ctx, c, "rows", q)
}

func (c *client) Exchange(ctx context.Context, id uint64) (*recorder.Exchange, error) {
	return ask[*recorder.Exchange](ctx, c, "exchange", exchangeParams{id})
}

func (c *client) Moments(ctx context.Context, id uint64) (*recorder.Walk, error) {
	return ask[*recorder.Walk](ctx, c, "moments", exchangeParams{id})
}

func (c *client) Compare(ctx context.Context, a, b uint64) (*replay.Comparison, error) {
	return ask[*replay.Comparison](ctx, c, "compare", compareParams{a, b})
}

func (c *client) Replay(ctx context.Context, q ReplayQuery) ([]replay.Outcome, error) {
	return ask[[]replay.Outcome](ctx, c, "replay", q)
}

func (c *client) Mark(ctx context.Context, ids []uint64, marked bool) error {
	_, err := ask[any](ctx, c, "mark", markParams{ids, marked})
	return err
}

func (c *client) Rebuild(ctx context.Context) error {
	_, err := ask[any](ctx, c, "rebuild", nil)
	return err
}

func (c *client) Breakpoints(ctx context.Context) ([]Breakpoint, error) {
	return ask[[]Breakpoint](ctx, c, "breakpoints", nil)
}

func (c *client) AddBreakpoint(ctx context.Context, b Breakpoint) (Breakpoint, error) {
	return ask[Breakpoint](ctx, c, "add-breakpoint", b)
}

func (c *client) RemoveBreakpoints(ctx context.Context, ids ...int) error {
	_, err := ask[any](ctx, c, "remove-breakpoints", removeParams{ids})
	return err
}

func (c *client) Parked(ctx context.Context) ([]Parked, error) {
	return ask[[]Parked](ctx, c, "parked", nil)
}

func (c *client) Step(ctx context.Context, q StepCommand) (*Parked, error) {
	return ask[*Parked](ctx, c, "step", q)
}

// Watch calls f on the goroutine of the caller.
func (c *client) Watch(ctx context.Context, f func(Updates)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	id, replies, err := c.start("watch", nil)
	if err != nil {
		return err
	}
	for {
		select {
		case r, ok := <-replies:
			switch {
			case !ok:
				return c.end()
			case r.Update == nil:
				return r.into(new(any))
			}
			var u Updates
			if err := json.Unmarshal(r.Update, &u); err != nil {
				return err
			}
			f(u)
			if err := c.send(id, "more", nil); err != nil {
				return err
			}
		case <-ctx.Done():
			c.forget(id)
			_ = c.send(id, "cancel", nil) // what fails here has ended the call too
			return ctx.Err()
		}
	}
}
