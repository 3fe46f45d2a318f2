package http1

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// conn is one connection. Its goroutine alone reads; everything that writes, or says who may, is under mu.
type conn struct {
	srv     *Server
	serving *serving
	rwc     net.Conn // what is read and written: sock, or TLS over it
	sock    net.Conn
	remote  string
	secure  bool

	// The goroutine's own: what was read and not consumed is buf[r:w].
	buf     []byte
	r, w    int
	small   []byte  // buf while a large one stands in
	large   *[]byte // where the large one goes back to
	scan    scan
	blanks  int
	arrived time.Time // of the first byte of the head that is being read
	// refusing is the head that is refused, where it was whole.
	refusing *Head

	// What the sweep looks at.
	phase atomic.Uint32
	since atomic.Int64
	idle  atomic.Int64
	open  atomic.Bool

	mu      sync.Mutex
	changed sync.Cond // the goroutine waits here; L is &mu
	cur     *Stream   // the open stream
	ending  bool      // the last response has left: close, orderly
	reset   bool      // or rather by a reset
	closed  error     // nothing is written any more, and why
	shut    bool      // sock was closed
	out     outbox
}

func newConn(v *serving, nc net.Conn) *conn {
	c := &conn{srv: v.srv, serving: v, rwc: nc, sock: nc, remote: "unix"}
	c.changed.L = &c.mu
	if a := nc.RemoteAddr(); a != nil && a.Network() != "unix" {
		c.remote = a.String()
	}
	switch t := nc.(type) {
	case *tls.Conn:
		c.secure, c.sock = true, t.NetConn()
	default:
		if v.srv.tls != nil {
			c.secure, c.rwc = true, tls.Server(nc, v.srv.tls)
		} else {
			c.out.direct = newDirect(nc)
		}
	}
	c.since.Store(v.srv.clock.at(time.Now()))
	return c
}

// What ends a connection from its goroutine's side.
var (
	errOrderly = errors.New("the last response has left")
	errOverdue = errors.New("overdue")
	errUnused  = errors.New("closed while idle")
	// errUndrained: the body was not taken by the handler and is too large to be read away.
	errUndrained = errors.New("the rest of the body is not read")
)

// serve is the connection's goroutine.
func (c *conn) serve() {
	defer c.fail(net.ErrClosed)
	defer c.useSmall()
	if c.secure && !c.handshake() {
		return
	}
	c.buf = make([]byte, smallBuffer)
	for {
		s, err := c.readHead()
		if err == nil {
			err = c.hand(s)
		}
		if err == nil {
			continue
		}
		if !c.settle(err) {
			return
		}
		c.linger()
		return
	}
}

// hand passes a stream to the handler once the one before it has ended, and reads its body. It returns nil where
// another head may follow.
func (c *conn) hand(s *Stream) error {
	c.mu.Lock()
	c.await(func() bool { return c.cur == nil })
	if err := c.over(); err != nil {
		c.mu.Unlock()
		return err
	}
	c.cur = s
	c.open.Store(true)
	c.mu.Unlock()
	c.srv.Handler.Request(s)
	s.handed = true
	if s.head.HasBody() {
		if err := c.readBody(s); err != nil {
			return err
		}
	}
	if !s.head.KeepAlive {
		return c.watch()
	}
	return nil
}

// over says whether, and why, no more requests are taken. The caller holds mu.
func (c *conn) over() error {
	switch {
	case c.closed != nil:
		return c.closed
	case c.ending:
		return errOrderly
	}
	return nil
}

// await waits under mu until cond holds or the connection is closed.
func (c *conn) await(cond func() bool) {
	if c.closed != nil || cond() {
		return
	}
	was := c.phase.Swap(uint32(phaseWaiting))
	for c.closed == nil && !cond() {
		c.changed.Wait()
	}
	c.phase.Store(was)
}

// settle waits for the open stream after the goroutine has read its last, answers what is refused, and says whether the
// connection is to be closed in an orderly way.
func (c *conn) settle(err error) bool {
	var refused *BadHead
	if err == io.EOF {
		c.tellHalfClosed()
	}
	c.mu.Lock()
	var s *Stream
	switch {
	case err == io.EOF:
		c.awaitLast()
	case errors.As(err, &refused) || err == errOverdue || err == errOrderly || err == errUndrained:
		// The client has sent nothing that we take; what is open still gets its response.
		c.await(func() bool { return c.cur == nil })
	default:
		s = c.failLocked(err)
	}
	over := c.over()
	c.unlock(s)
	switch {
	case over != nil:
		return over == errOrderly
	case refused != nil:
		return c.refuse(refused)
	}
	return err != io.EOF
}

// awaitLast waits under mu until the response to a client that has sent its last has left. Where the client has all of it
// already, nothing that is sent would show that nobody is there any more: then its receiver is told, as time goes by.
func (c *conn) awaitLast() {
	c.since.Store(c.srv.clock.at(time.Now()))
	c.phase.Store(uint32(phaseLast))
	for c.closed == nil && c.cur != nil {
		now := c.srv.clock.at(time.Now())
		r, ok := c.cur.receiver.(Outlasted)
		if !ok || !c.overdue(now) || !c.cur.whole() || c.out.flushing || c.out.held != nil {
			c.changed.Wait()
			continue
		}
		c.since.Store(now)
		c.mu.Unlock()
		r.Outlasted()
		c.mu.Lock()
	}
}

// tellHalfClosed tells the receiver of the open stream that the client has sent its last.
func (c *conn) tellHalfClosed() {
	c.mu.Lock()
	var r HalfClosed
	if c.cur != nil && !c.cur.ended && !c.cur.whole() {
		r, _ = c.cur.receiver.(HalfClosed)
	}
	c.mu.Unlock()
	if r != nil {
		r.HalfClosed()
	}
}

// readHead reads the next head. A *BadHead is to be answered.
func (c *conn) readHead() (*Stream, error) {
	c.scan = scan{}
	c.blanks = 0
	if c.w > c.r {
		c.arrived = time.Now()
	}
	for {
		begun, err := c.skipBlanks()
		if err != nil {
			return nil, err
		}
		if begun {
			n, err := c.scan.find(c.buf[c.r:c.w], &c.srv.limits)
			if err != nil {
				return nil, err
			}
			if n > 0 {
				c.phase.Store(uint32(phaseIdle))
				return c.newStream(n)
			}
			if phase(c.phase.Load()) != phaseHead {
				c.since.Store(c.srv.clock.at(c.arrived))
				c.phase.Store(uint32(phaseHead))
			}
		}
		if err := c.fill(); err != nil {
			return nil, c.headCut(err)
		}
		if !begun {
			c.arrived = time.Now()
		}
	}
}

// headCut says what the end of reading within a head, or before it, amounts to.
func (c *conn) headCut(err error) error {
	if c.w == c.r {
		if err == errOverdue {
			return errUnused
		}
		return err
	}
	switch err {
	case io.EOF:
		return bad("the head ends early")
	case errOverdue:
		return &BadHead{408, "the head did not come within " + c.srv.limits.HeadTime.String()}
	}
	return err
}

// skipBlanks passes over empty lines before a request line, and says whether a head has begun.
func (c *conn) skipBlanks() (bool, error) {
	for c.scan.seen == 0 && c.w > c.r && c.buf[c.r] == '\r' {
		if c.w-c.r == 1 {
			return false, nil
		}
		if c.buf[c.r+1] != '\n' {
			return false, bad("a bare CR before the request line (RFC 9112, section 2.2)")
		}
		if c.blanks++; c.blanks > emptyLines {
			return false, bad("more than %d empty lines before the request line", emptyLines)
		}
		c.r += 2
	}
	return c.w > c.r, nil
}

// newStream makes the stream of the head in the next n bytes.
func (c *conn) newStream(n int) (*Stream, error) {
	raw := make([]byte, n)
	copy(raw, c.buf[c.r:])
	s := &Stream{c: c, started: c.arrived}
	if err := s.head.fill(raw, &c.scan); err != nil {
		c.refusing = &s.head
		return nil, err
	}
	c.r += n
	s.unread = s.head.ContentLength
	if s.head.Chunked {
		s.chunks = &chunked{limits: &c.srv.limits}
		// A body whose begin came with the head, and is malformed, never becomes a call of the application.
		if err := s.chunks.check(c.buf[c.r:c.w]); err != nil {
			c.refusing = &s.head
			return nil, bad("%v (RFC 9112, section 7.1)", err)
		}
	}
	return s, nil
}

// watch waits for the end of a stream after which no request may come: it only looks out for a client that goes.
func (c *conn) watch() error {
	if c.w == c.r {
		if err := c.fill(); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.await(func() bool { return c.cur == nil })
	if err := c.over(); err != nil {
		return err
	}
	return errUnused
}

// fill makes room in the buffer and reads more into it.
func (c *conn) fill() error {
	c.makeRoom()
	return c.read()
}

// read reads into the free end of the buffer, which is not empty. It returns errOrderly where the last response has left, errUnused where the server
// shuts down and no request has begun, and errOverdue where a time limit passed.
func (c *conn) read() error {
	for {
		n, err := c.rwc.Read(c.buf[c.w:])
		if c.w += n; n > 0 {
			return nil
		}
		if err == nil {
			continue
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		if err := c.poked(); err != nil {
			return err
		}
	}
}

// poked finds out why a read was broken off, and clears the deadline that did it.
func (c *conn) poked() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.srv.clock.at(time.Now())
	switch {
	case c.ending || c.closed != nil:
		return c.over()
	case c.srv.closing.Load() && c.cur == nil && c.w == c.r && phase(c.phase.Load()) == phaseIdle:
		return errUnused
	case c.overdue(now):
		return errOverdue
	}
	_ = c.sock.SetReadDeadline(time.Time{})
	return nil
}

// linger ends the connection so that the client sees the answer: a socket that is closed while bytes lie unread in it
// is reset, and the reset overtakes the answer (RFC 9112, section 9.6). So our side is closed first, and what still
// comes is thrown away for a while.
func (c *conn) linger() {
	c.mu.Lock()
	reset := c.reset
	c.mu.Unlock()
	if reset {
		if t, ok := c.sock.(interface{ SetLinger(int) error }); ok {
			_ = t.SetLinger(0)
		}
		return
	}
	half, ok := c.rwc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	c.phase.Store(uint32(phaseLinger))
	c.since.Store(c.srv.clock.at(time.Now()))
	_ = c.sock.SetReadDeadline(time.Time{})
	if c.large == nil {
		c.useLarge()
	}
	for {
		_, err := c.rwc.Read(c.buf)
		if errors.Is(err, os.ErrDeadlineExceeded) && !c.overdue(c.srv.clock.at(time.Now())) {
			_ = c.sock.SetReadDeadline(time.Time{})
			continue
		}
		if err != nil {
			return
		}
	}
}
