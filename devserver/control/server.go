package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// What one client may take.
const (
	maxClients = 64
	maxCalls   = 64
	// writeTime is how long a client may leave a message unread.
	writeTime = 20 * time.Second
)

// Serve answers the clients that connect to l until the context ends. It closes l and every connection, and returns
// when all of its goroutines have ended. A client that misbehaves loses its connection, and harms no other.
func Serve(ctx context.Context, l net.Listener, b Backend) error {
	ctx, cancel := context.WithCancel(ctx)
	var clients sync.WaitGroup
	defer clients.Wait()
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	places := make(chan struct{}, maxClients)
	var pause time.Duration
	for {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			_ = l.Close()
			return nil
		}
		conn, err := l.Accept()
		if err != nil {
			<-places
			if !errors.Is(err, net.ErrClosed) && wait(ctx, &pause) {
				continue // out of descriptors, most likely: connections that end give some back
			}
			_ = l.Close()
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("the control socket: %w", err)
		}
		pause = 0
		clients.Go(func() {
			defer func() { <-places }()
			serveConn(ctx, conn, b, l.Addr().String())
		})
	}
}

// wait waits longer each time, and is false once it has for so long that there is no more hope, or ctx has ended.
func wait(ctx context.Context, pause *time.Duration) bool {
	const first, last = 5 * time.Millisecond, 5 * time.Second
	*pause = max(first, 2**pause)
	select {
	case <-time.After(*pause):
		return *pause < last
	case <-ctx.Done():
		return false
	}
}

// session is one client's connection on the server's side.
type session struct {
	ctx     context.Context // ends with the connection
	conn    net.Conn
	backend Backend

	writing sync.Mutex

	mu    sync.Mutex
	calls map[uint64]*call
	done  sync.WaitGroup
}

// call is a call under way.
type call struct {
	cancel context.CancelFunc
	more   chan struct{}
}

func serveConn(ctx context.Context, conn net.Conn, b Backend, socket string) {
	ctx, cancel := context.WithCancel(ctx)
	s := &session{ctx: ctx, conn: conn, backend: b, calls: map[uint64]*call{}}
	defer s.done.Wait()
	defer func() { _ = conn.Close() }()
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := s.greet(socket); err != nil {
		return
	}
	in := bufio.NewReaderSize(conn, 16<<10)
	for {
		line, err := readLine(in, MaxRequest)
		if err != nil {
			return
		}
		q, err := decodeRequest(line)
		if err != nil {
			_ = s.send(reply{ID: q.ID, Snifter: Version, Error: toWire(err)})
			return
		}
		if !s.take(q) {
			return
		}
	}
}

func (s *session) greet(socket string) error {
	server := &Server{Socket: socket, PID: os.Getpid()}
	if status, err := s.backend.Status(s.ctx); err == nil {
		server.App, server.URL, server.Capture, server.Dir = status.App, status.URL, status.Capture, status.Dir
	}
	return s.send(reply{Snifter: Version, Server: server})
}

// take starts a call, or acts on one under way. It is false where the client keeps to no protocol.
func (s *session) take(q request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.calls[q.ID]
	switch q.Method {
	case "cancel", "more": // of a call that is over they are late, and mean nothing
		if known == nil {
			return true
		}
		if q.Method == "cancel" {
			known.cancel()
			return true
		}
		select {
		case known.more <- struct{}{}:
		default:
		}
		return true
	}
	if known != nil || len(s.calls) >= maxCalls {
		return false
	}
	callCtx, cancel := context.WithCancel(s.ctx)
	c := &call{cancel: cancel, more: make(chan struct{}, 1)}
	s.calls[q.ID] = c
	s.done.Go(func() {
		defer cancel()
		s.answer(callCtx, q, c)
	})
	return true
}

func (s *session) answer(ctx context.Context, q request, c *call) {
	result, err := s.run(ctx, q, c)
	r := reply{ID: q.ID}
	if err == nil {
		if r.Result, err = json.Marshal(result); err == nil && len(r.Result) > MaxReply-1024 {
			err = fmt.Errorf("the answer is larger than %d MiB", MaxReply>>20)
		}
	}
	if s.ctx.Err() != nil { // the call was cut short by that, and not by its caller
		err = ErrClosed
	}
	if err != nil {
		r.Result, r.Error = nil, toWire(err)
	}
	s.mu.Lock()
	delete(s.calls, q.ID)
	s.mu.Unlock()
	_ = s.send(r) // what fails here has ended the connection
}

func (s *session) run(ctx context.Context, q request, c *call) (any, error) {
	switch q.Method {
	case "status":
		return s.backend.Status(ctx)
	case "rows":
		return with(q, func(p Query) (any, error) { return s.backend.Rows(ctx, p) })
	case "exchange":
		return with(q, func(p exchangeParams) (any, error) { return s.backend.Exchange(ctx, p.ID) })
	case "moments":
		return with(q, func(p exchangeParams) (any, error) { return s.backend.Moments(ctx, p.ID) })
	case "compare":
		return with(q, func(p compareParams) (any, error) { return s.backend.Compare(ctx, p.A, p.B) })
	case "replay":
		return with(q, func(p ReplayQuery) (any, error) { return s.backend.Replay(ctx, p) })
	case "mark":
		return with(q, func(p markParams) (any, error) { return nil, s.backend.Mark(ctx, p.IDs, p.Marked) })
	case "rebuild":
		return nil, s.backend.Rebuild(ctx)
	case "breakpoints":
		return s.backend.Breakpoints(ctx)
	case "add-breakpoint":
		return with(q, func(p Breakpoint) (any, error) { return s.backend.AddBreakpoint(ctx, p) })
	case "remove-breakpoints":
		return with(q, func(p removeParams) (any, error) { return nil, s.backend.RemoveBreakpoints(ctx, p.IDs...) })
	case "parked":
		return s.backend.Parked(ctx)
	case "step":
		return with(q, func(p StepCommand) (any, error) { return s.backend.Step(ctx, p) })
	case "watch":
		return nil, s.watch(ctx, q.ID, c)
	}
	return nil, fmt.Errorf("there is no method %q", q.Method)
}

type exchangeParams struct {
	ID uint64 `json:"id"`
}

type compareParams struct {
	A uint64 `json:"a"`
	B uint64 `json:"b"`
}

type markParams struct {
	IDs    []uint64 `json:"ids"`
	Marked bool     `json:"marked"`
}

type removeParams struct {
	IDs []int `json:"ids"`
}

// with decodes the params of a call for f.
func with[P any](q request, f func(P) (any, error)) (any, error) {
	var p P
	if len(q.Params) > 0 {
		if err := json.Unmarshal(q.Params, &p); err != nil {
			return nil, fmt.Errorf("the parameters of %s: %w", q.Method, err)
		}
	}
	return f(p)
}

// watch sends updates one by one, each when the client has asked for it.
func (s *session) watch(ctx context.Context, id uint64, c *call) error {
	return s.backend.Watch(ctx, func(u Updates) {
		update, err := json.Marshal(u)
		if err == nil {
			err = s.send(reply{ID: id, Update: update})
		}
		if err != nil {
			c.cancel()
			return
		}
		select {
		case <-c.more:
		case <-ctx.Done():
		}
	})
}

// send writes one message. A client that does not take it in time loses its connection.
func (s *session) send(r reply) error {
	line, err := encode(r)
	if err != nil {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	if _, err := s.conn.Write(line); err != nil {
		_ = s.conn.Close()
		return errors.Join(ErrClosed, err)
	}
	return nil
}
