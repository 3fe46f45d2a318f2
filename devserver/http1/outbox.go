package http1

import (
	"errors"
	"os"
	"sync"
	"time"
)

// outbox is what waits for the socket. Where there is a direct way to the socket and nothing waits, nothing is queued.
type outbox struct {
	direct   *direct // nil where the connection cannot be written to without waiting (TLS, in-memory)
	buf      []byte
	marks    []mark
	queued   int64 // bytes that were ever queued
	written  int64 // of those, that have left
	flushing bool  // the goroutine runs that writes buf

	// What waits for a block that is about to come. While anything does, nothing is queued.
	held      *[]byte // of scratches, or nil
	heldMarks []mark  // by the offset in held
}

// mark is where the bytes of a block lie among all that were queued.
type mark struct {
	at int64
	n  int
}

// copyLimit is the size up to which head, framing and block are put together into one buffer; above it they go out by
// writev.
const copyLimit = 16 << 10

var scratches = sync.Pool{New: func() any {
	b := make([]byte, 0, copyLimit+1024)
	return &b
}}

// send writes prefix, block and suffix, or queues what the socket does not take. It may append to prefix. It counts
// what left of block as sent. The caller holds mu.
func (c *conn) send(s *Stream, prefix, block, suffix []byte) error {
	if c.closed != nil {
		return c.closed
	}
	o := &c.out
	total := len(prefix) + len(block) + len(suffix)
	if o.held != nil {
		if len(*o.held)+total <= copyLimit {
			o.keep(prefix, block, suffix)
			return c.sendHeld(s)
		}
		if err := c.sendHeld(s); err != nil {
			return err
		}
	}
	n := 0
	if o.direct != nil && len(o.buf) == 0 && !o.flushing {
		var err error
		if total <= copyLimit {
			n, err = o.direct.write(append(append(prefix, block...), suffix...))
		} else {
			n, err = o.direct.writev(prefix, block, suffix)
		}
		if err != nil {
			return err
		}
		s.sent += max(0, min(n-len(prefix), len(block)))
		if n == total {
			return nil
		}
	}
	c.queue(n, prefix, block, suffix)
	return nil
}

// hold is send for what may wait for the next. It waits only where it could be written now: what a slow client has not
// taken is queued, and there it gathers anyway.
func (c *conn) hold(s *Stream, prefix, block, suffix []byte) error {
	o := &c.out
	size := len(prefix) + len(block) + len(suffix)
	if o.held != nil {
		size += len(*o.held)
	}
	if c.closed != nil || o.direct == nil || len(o.buf) > 0 || o.flushing || size > copyLimit {
		return c.send(s, prefix, block, suffix)
	}
	o.keep(prefix, block, suffix)
	return nil
}

func (o *outbox) keep(prefix, block, suffix []byte) {
	if o.held == nil {
		o.held = scratches.Get().(*[]byte)
		*o.held = (*o.held)[:0]
	}
	b := append(*o.held, prefix...)
	if len(block) > 0 {
		o.heldMarks = append(o.heldMarks, mark{int64(len(b)), len(block)})
	}
	*o.held = append(append(b, block...), suffix...)
}

// sendHeld writes what is held, or queues what the socket does not take. The caller holds mu.
func (c *conn) sendHeld(s *Stream) error {
	o := &c.out
	if o.held == nil {
		return nil
	}
	p := *o.held
	defer o.letGo()
	n, err := o.direct.write(p)
	if err != nil {
		return err
	}
	for _, m := range o.heldMarks {
		left := max(0, min(n-int(m.at), m.n))
		s.sent += left
		if left < m.n {
			o.marks = append(o.marks, mark{o.queued + m.at + int64(left-n), m.n - left})
		}
	}
	if n < len(p) {
		c.queue(0, p[n:], nil, nil)
	}
	return nil
}

// letGo forgets what is held.
func (o *outbox) letGo() {
	if o.held != nil {
		scratches.Put(o.held)
		o.held, o.heldMarks = nil, o.heldMarks[:0]
	}
}

// queue keeps copies of what comes after the first skip bytes, and sees to it that they are written.
func (c *conn) queue(skip int, prefix, block, suffix []byte) {
	o := &c.out
	for i, p := range [3][]byte{prefix, block, suffix} {
		cut := min(skip, len(p))
		skip -= cut
		p = p[cut:]
		if i == 1 && len(p) > 0 {
			o.marks = append(o.marks, mark{o.queued, len(p)})
		}
		o.buf = append(o.buf, p...)
		o.queued += int64(len(p))
	}
	if !o.flushing {
		o.flushing = true
		c.serving.wg.Add(1) // the connection's own goroutine is counted still: closed is nil
		go c.flush()
	}
}

// flush is the goroutine that writes what is queued. It lives as long as there is something.
func (c *conn) flush() {
	defer c.serving.wg.Done()
	var spare []byte
	for {
		c.mu.Lock()
		o := &c.out
		if len(o.buf) == 0 || c.closed != nil {
			o.flushing = false
			o.buf = nil
			s := c.cur
			if c.closed == nil {
				_ = c.sock.SetWriteDeadline(time.Time{})
				if s != nil && s.ended {
					c.finish(s)
				}
			}
			c.unlock(s)
			return
		}
		batch := o.buf
		o.buf = spare[:0]
		c.mu.Unlock()
		if err := c.drainTo(batch); err != nil {
			c.fail(err)
		}
		spare = batch
	}
}

// drainTo writes p to the socket, waiting for the client as long as it takes something now and then.
func (c *conn) drainTo(p []byte) error {
	const most = 64 << 10
	for len(p) > 0 {
		if limit := c.srv.limits.WriteStall; limit > 0 {
			if err := c.sock.SetWriteDeadline(time.Now().Add(limit)); err != nil {
				return err
			}
		}
		n, err := c.rwc.Write(p[:min(len(p), most)])
		p = p[n:]
		c.progress(n)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if n > 0 && !c.secure { // a TLS connection does not survive a write that was broken off
				continue
			}
			return ErrStalled
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// progress counts n more bytes of the queue as written.
func (c *conn) progress(n int) {
	c.mu.Lock()
	o := &c.out
	o.written += int64(n)
	s := c.cur
	for len(o.marks) > 0 && o.written > o.marks[0].at {
		m := &o.marks[0]
		left := min(int(o.written-m.at), m.n)
		if s != nil {
			s.sent += left
		}
		if left < m.n {
			m.at, m.n = m.at+int64(left), m.n-left
			break
		}
		o.marks = o.marks[1:]
	}
	c.unlock(s)
}

// finish closes a stream whose response has left. The caller holds mu.
func (c *conn) finish(s *Stream) {
	c.cur = nil
	// Too much of the body is left to be read away, which is known only now where the response came in pieces.
	if c.srv.closing.Load() || s.unread > int64(c.srv.limits.Drain) {
		s.keep = false
	}
	if s.keep {
		c.idle.Store(c.srv.clock.now.Load())
	} else {
		c.ending = true
		c.reset = s.reset
		_ = c.sock.SetReadDeadline(longAgo) // the goroutine reads, or is about to: it closes
	}
	c.open.Store(false)
	c.changed.Signal()
}

// fail cuts the connection off.
func (c *conn) fail(err error) {
	c.mu.Lock()
	c.unlock(c.failLocked(err))
}

// failLocked is fail for a caller that holds mu and passes the result to unlock.
func (c *conn) failLocked(err error) *Stream {
	if c.closed != nil {
		return nil
	}
	c.closed = err
	c.out.buf, c.out.marks = nil, nil
	c.out.letGo()
	s := c.cur
	if s != nil {
		s.gone, s.tellGone = err, true
		c.cur = nil
		c.open.Store(false)
	}
	c.changed.Signal()
	return s
}

// unlock gives up mu and then does what must not be done under it: closes the socket of a connection that failed, and
// tells the receiver of s (which may be nil) what happened.
func (c *conn) unlock(s *Stream) {
	shut := c.closed != nil && !c.shut
	c.shut = c.shut || shut
	var r Receiver
	var sent int
	var gone error
	if s != nil {
		r, sent = s.receiver, s.sent
		s.sent = 0
		if s.tellGone {
			s.tellGone, gone = false, s.gone
		}
	}
	c.mu.Unlock()
	if shut {
		c.sock.Close()
	}
	if r == nil {
		return
	}
	if sent > 0 {
		r.Sent(sent)
	}
	if gone != nil {
		r.Gone(gone)
	}
}
