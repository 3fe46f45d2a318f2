package http1

import (
	"errors"
	"io"
)

// readBody feeds the body to the receiver as it gives credit, and reads away what is left when the response ends
// before it. It returns nil where the body is whole, so that another head may follow.
func (c *conn) readBody(s *Stream) error {
	for s.unread != 0 {
		credit, err := c.credit(s)
		if err != nil {
			return err
		}
		if credit < 0 {
			return c.drain(s)
		}
		data, end, err := c.takeBody(s, credit)
		if len(data) > 0 || end {
			if r := c.charge(s, len(data)); r != nil {
				r.BodyData(data, end)
			}
		}
		if err == nil && c.r == c.w && !end {
			err = c.fillBody(s)
		}
		if err != nil {
			return c.breakBody(s, err)
		}
	}
	c.phase.Store(uint32(phaseIdle))
	return nil
}

// credit waits until the receiver takes more, and returns how much; -1 says that the stream has ended.
func (c *conn) credit(s *Stream) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.await(func() bool {
		return s.ended || s.credit > 0 || s.chunks != nil && !s.chunks.needsCredit()
	})
	switch {
	case c.closed != nil:
		return 0, c.closed
	case s.ended:
		return -1, nil
	}
	return s.credit, nil
}

// charge takes n bytes off the credit, and returns who is to be given them: nobody once the stream has ended.
func (c *conn) charge(s *Stream, n int) Receiver {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.credit -= n
	if s.ended || s.gone != nil {
		return nil
	}
	return s.receiver
}

// takeBody takes up to most bytes of the body out of the buffer, and says whether they are its last. The data lie in
// the buffer. With an error, data are what was in order before it.
func (c *conn) takeBody(s *Stream, most int) (data []byte, end bool, err error) {
	p := c.buf[c.r:c.w]
	if len(p) == 0 {
		return nil, false, nil
	}
	left := int64(-1)
	if s.chunks != nil {
		var n int
		data, n, err = s.chunks.decode(p, most)
		c.r += n
		if end = s.chunks.done(); end {
			left = 0
		}
	} else {
		data = p[:min(int64(len(p)), int64(most), s.unread)]
		c.r += len(data)
		left = s.unread - int64(len(data))
		end = left == 0
	}
	c.mu.Lock()
	s.unread = left
	s.came = true
	c.mu.Unlock()
	return data, end, err
}

// fillBody reads more of the body, within its time.
func (c *conn) fillBody(s *Stream) error {
	c.r, c.w = 0, 0 // the buffer is empty
	if s.chunks != nil || s.unread > smallBuffer {
		c.useLarge()
	}
	c.since.Store(c.srv.clock.now.Load())
	c.phase.Store(uint32(phaseBody))
	err := c.read()
	c.phase.Store(uint32(phaseIdle))
	return err
}

// breakBody ends a body that is not whole.
func (c *conn) breakBody(s *Stream, err error) error {
	told := err
	switch err {
	case io.EOF:
		told = io.ErrUnexpectedEOF
	case errOverdue:
		told = ErrStalled
	case errOrderly:
		return err
	}
	c.mu.Lock()
	s.broken, s.keep = true, false
	r := s.receiver
	if s.ended || s.gone != nil {
		r = nil
	}
	// The stream may have ended, and promised that the connection stays, while this was found.
	if c.cur != s && c.closed == nil {
		c.ending = true
	}
	c.mu.Unlock()
	if r != nil {
		r.BodyBroken(told)
	}
	if errors.Is(err, ErrChunk) {
		return errUndrained
	}
	return err
}

// drain reads away what is left of a body that nobody wants, up to the limit.
func (c *conn) drain(s *Stream) error {
	limit := int64(c.srv.limits.Drain)
	if s.unread > limit || !c.mayDrain(s) {
		return errUndrained
	}
	for limit > 0 {
		data, end, err := c.takeBody(s, largeBuffer)
		limit -= int64(len(data))
		if end {
			c.phase.Store(uint32(phaseIdle))
			return nil
		}
		if err == nil && c.r == c.w {
			err = c.fillBody(s)
		}
		if err != nil {
			return c.breakBody(s, err)
		}
	}
	return errUndrained
}

// mayDrain says whether the connection is to be kept at all.
func (c *conn) mayDrain(s *Stream) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return s.keep && c.closed == nil && !c.ending
}
