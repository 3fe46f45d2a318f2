package http1

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Server serves HTTP/1.1. Its exported fields are not changed once it serves.
type Server struct {
	Handler Handler
	Limits  Limits
	// ServerHeader is the value of the Server field where the response has none; "" sends none.
	ServerHeader string
	// Log is told what an operator should know; nil discards it.
	Log *slog.Logger
	// TLS, where it is set, makes every connection an encrypted one. A listener that gives *tls.Conn is known too.
	TLS *tls.Config

	once   sync.Once
	limits Limits
	log    *slog.Logger
	tls    *tls.Config
	clock  clock

	closing   atomic.Bool // Shutdown was called
	dateCache atomic.Pointer[dateLine]
	mu        sync.Mutex
	serving   map[*serving]struct{}
}

// serving is one call of Serve.
type serving struct {
	srv  *Server
	ln   net.Listener
	done chan struct{} // closed when every connection is

	wg    sync.WaitGroup // the goroutines of its connections
	mu    sync.Mutex
	conns map[*conn]struct{}
	stop  bool // connections that come now are closed at once
}

func (s *Server) setUp() {
	s.once.Do(func() {
		s.limits = s.Limits.withDefaults()
		s.log = s.Log
		if s.log == nil {
			s.log = slog.New(slog.DiscardHandler)
		}
		if s.TLS != nil {
			s.tls = s.TLS.Clone()
			if len(s.tls.NextProtos) == 0 {
				s.tls.NextProtos = []string{"http/1.1"}
			}
		}
		s.clock.base = time.Now()
		s.serving = map[*serving]struct{}{}
	})
}

// Serve accepts and serves connections until Shutdown is called or ctx ends, and returns when the last of them is
// closed. The end of ctx closes everything at once. It returns nil then, and an error if the listener fails. The
// listener is closed. Serve may be called for several listeners. After Shutdown it returns at once.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	s.setUp()
	v := &serving{srv: s, ln: l, done: make(chan struct{}), conns: map[*conn]struct{}{}}
	s.mu.Lock()
	s.serving[v] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.serving, v)
		s.mu.Unlock()
		close(v.done)
	}()
	if s.closing.Load() {
		l.Close() // Shutdown came before, and may not have seen this listener
		return nil
	}
	unwatch := context.AfterFunc(ctx, func() {
		l.Close()
		v.closeAll()
	})
	sweep := startSweep(v)
	err := v.accept(ctx)
	l.Close()
	if err != nil {
		v.closeAll()
	}
	v.wg.Wait()
	sweep.stop()
	unwatch()
	return err
}

// accept returns nil when it was told to stop.
func (v *serving) accept(ctx context.Context) error {
	const longest = time.Second
	wait := 5 * time.Millisecond
	for {
		nc, err := v.ln.Accept()
		switch {
		case v.srv.closing.Load() || ctx.Err() != nil:
			if err == nil {
				nc.Close()
			}
			return nil
		case err == nil:
			wait = 5 * time.Millisecond
			v.start(nc)
		case transient(err):
			// Out of descriptors, most likely: connections that end give some back.
			v.srv.log.Warn("cannot accept a connection, trying again", "error", err, "after", wait)
			select {
			case <-time.After(wait):
			case <-ctx.Done():
			}
			wait = min(2*wait, longest)
		default:
			return fmt.Errorf("accept on %v: %w", v.ln.Addr(), err)
		}
	}
}

func transient(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ECONNABORTED) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EINTR) || errors.Is(err, syscall.ENOMEM) ||
		errors.Is(err, syscall.ENOBUFS)
}

func (v *serving) start(nc net.Conn) {
	c := newConn(v, nc)
	v.mu.Lock()
	if v.stop {
		v.mu.Unlock()
		nc.Close()
		return
	}
	v.conns[c] = struct{}{}
	v.wg.Add(1)
	v.mu.Unlock()
	if v.srv.closing.Load() {
		c.poke() // Shutdown may have looked before the connection was there
	}
	go func() {
		defer v.wg.Done()
		c.serve()
		v.mu.Lock()
		delete(v.conns, c)
		v.mu.Unlock()
	}()
}

// each calls f for every connection, without the lock: f may close one.
func (v *serving) each(f func(*conn)) {
	v.mu.Lock()
	cs := make([]*conn, 0, len(v.conns))
	for c := range v.conns {
		cs = append(cs, c)
	}
	v.mu.Unlock()
	for _, c := range cs {
		f(c)
	}
}

func (v *serving) closeAll() {
	v.mu.Lock()
	v.stop = true
	v.mu.Unlock()
	v.each(func(c *conn) { c.fail(ErrClosed) })
}

// Shutdown stops accepting, closes idle connections, and waits for the open streams to end. When ctx ends it closes
// what is left, and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.setUp()
	s.closing.Store(true)
	s.mu.Lock()
	all := make([]*serving, 0, len(s.serving))
	for v := range s.serving {
		all = append(all, v)
	}
	s.mu.Unlock()
	for _, v := range all {
		v.ln.Close()
		v.each((*conn).poke)
	}
	var err error
	for _, v := range all {
		select {
		case <-v.done:
		case <-ctx.Done():
			err = fmt.Errorf("shutdown: %w", ctx.Err())
			v.closeAll()
			<-v.done
		}
	}
	return err
}
