package http1_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/http1"
)

// chaos answers every request in its own way on its own goroutine, and counts how the streams end.
type chaos struct {
	wg                    sync.WaitGroup
	opened, ended, goners atomic.Int64
	refused               atomic.Int64
	twice                 atomic.Bool
}

type chaosStream struct {
	*http1.Stream
	c    *chaos
	gone atomic.Int32
	data chan struct{} // closed when the body is whole or broken
	once sync.Once
}

func (c *chaos) Refused(http1.Refusal) { c.refused.Add(1) }

func (c *chaos) Request(s *http1.Stream) {
	c.opened.Add(1)
	x := &chaosStream{Stream: s, c: c, data: make(chan struct{})}
	s.Receive(x)
	s.Early(rand.IntN(50))
	c.wg.Go(x.answer)
}

func (x *chaosStream) BodyData(p []byte, end bool) {
	if end {
		x.once.Do(func() { close(x.data) })
		return
	}
	x.Grant(len(p))
}
func (x *chaosStream) BodyBroken(error) { x.once.Do(func() { close(x.data) }) }
func (x *chaosStream) Sent(int)         {}
func (x *chaosStream) Gone(error) {
	if x.gone.Add(1) > 1 {
		x.c.twice.Store(true)
	}
	x.c.goners.Add(1)
	x.once.Do(func() { close(x.data) })
}

func (x *chaosStream) answer() {
	x.Grant(rand.IntN(3) * 1000)
	if rand.IntN(2) == 0 {
		x.Continue()
	}
	block := []byte(strings.Repeat("x", rand.IntN(60_000)))
	opt := http1.Options{Sized: rand.IntN(2) == 0, End: rand.IntN(2) == 0, Close: rand.IntN(8) == 0}
	err := x.Respond("200 OK", nil, opt, block)
	for i := 0; err == nil && !opt.End && i < 3; i++ {
		err = x.Block(block, false)
	}
	switch {
	case opt.End && err == nil:
	case rand.IntN(4) == 0:
		x.Break()
	default:
		err = x.End()
	}
	if err == nil || !errors.Is(err, http1.ErrGone) {
		x.c.ended.Add(1)
	}
}

// TestChaos: clients that do anything at any time, and a handler that does likewise, leave no connection, stream or
// goroutine behind, and no stream is told twice that its client went.
func TestChaos(t *testing.T) {
	const clients, rounds = 24, 25
	c := &chaos{}
	srv := &http1.Server{Handler: c, Limits: http1.Limits{
		HeadTime: 30 * time.Millisecond, IdleTime: 30 * time.Millisecond, BodyStall: 30 * time.Millisecond,
		WriteStall: 30 * time.Millisecond, Linger: 30 * time.Millisecond,
	}}
	l := loopback(t)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(context.Background(), l) }()
	requests := []string{
		"GET / HTTP/1.1\r\n" + host + "\r\n",
		"GET / HTTP/1.0\r\n\r\n",
		"HEAD / HTTP/1.1\r\n" + host + "\r\n",
		"POST / HTTP/1.1\r\n" + host + "Content-Length: 4000\r\n\r\n" + strings.Repeat("b", 4000),
		"POST / HTTP/1.1\r\n" + host + "Expect: 100-continue\r\nContent-Length: 10\r\n\r\n0123456789",
		chunkedHead + "5\r\nhello\r\n400\r\n" + strings.Repeat("c", 1024) + "\r\n0\r\n\r\n",
		chunkedHead + "5\r\nhelloX",
		"GET / HTTP/1.1\n\n",
	}
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			for range rounds {
				if err := misbehave(r, l.Addr().String(), requests); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	c.wg.Wait()
	if c.twice.Load() {
		t.Error("a stream was told twice that its client went")
	}
	if n := c.opened.Load(); n == 0 || c.ended.Load()+c.goners.Load() < n {
		t.Errorf("%d streams, %d ended, %d gone", n, c.ended.Load(), c.goners.Load())
	}
	if c.refused.Load() == 0 {
		t.Error("nothing was refused")
	}
}

// misbehave is a client that sends some requests, reads some of the answers, and leaves in one way or another.
func misbehave(r *rand.Rand, addr string, requests []string) error {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return fmt.Errorf("dial: %w", err)
	}
	c := nc.(*net.TCPConn)
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	var raw string
	for range 1 + r.IntN(4) {
		raw += requests[r.IntN(len(requests))]
	}
	raw = raw[:len(raw)-r.IntN(2)*r.IntN(len(raw))]
	cut := r.IntN(len(raw) + 1)
	_, _ = io.WriteString(c, raw[:cut])
	_, _ = io.WriteString(c, raw[cut:])
	switch r.IntN(5) {
	case 0:
		_ = c.SetLinger(0)
	case 1:
		_, _ = io.CopyN(io.Discard, c, int64(r.IntN(100_000)))
	case 2:
		_ = c.CloseWrite()
		_, _ = io.Copy(io.Discard, c)
	case 3:
		_, _ = io.Copy(io.Discard, c)
	}
	return nil
}
