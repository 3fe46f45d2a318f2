package http1

import (
	"fmt"
	"strconv"
	"time"
)

// Stream is one request and its response. Its methods may be called from any goroutine, those that write one after
// the other. None of them waits for the client.
type Stream struct {
	c       *conn
	head    Head
	started time.Time

	// The connection's goroutine's own.
	chunks *chunked // nil where the body is not chunked
	handed bool     // Request has returned

	// Under c.mu.
	receiver  Receiver
	credit    int
	unread    int64 // bytes of the body that were not taken out of the connection; -1 where that is not known
	came      bool  // bytes of the body have come
	continued bool
	broken    bool // the body broke off
	responded bool
	framing   bodyFraming
	left      int64 // of Content-Length
	keep      bool  // the connection is kept after this
	reset     bool  // it is to be reset
	ended     bool
	gone      error
	tellGone  bool
	sent      int // bytes of blocks that left and that the receiver was not told of
	wireHead  []byte
}

// bodyFraming is how the end of the response's body is told.
type bodyFraming uint8

const (
	framedByNothing bodyFraming = iota // no body goes out: HEAD, 1xx, 204, 304
	framedByLength
	framedByChunks
	framedByClose // HTTP/1.0 without Content-Length
)

// Head is the request's head.
func (s *Stream) Head() *Head { return &s.head }

// Started is when the first byte of the head came.
func (s *Stream) Started() time.Time { return s.started }

// Remote is the client's address, "127.0.0.1:51324", or "unix".
func (s *Stream) Remote() string { return s.c.remote }

// TLS says whether the connection is encrypted.
func (s *Stream) TLS() bool { return s.c.secure }

// Receive names who is given the body and what else happens. It is called once, within Handler.Request.
func (s *Stream) Receive(r Receiver) {
	s.c.mu.Lock()
	s.receiver = r
	s.c.mu.Unlock()
}

// Early takes up to max bytes of the body that have come together with the head, without credit, and says whether the
// body is whole with them. It may be called within Handler.Request alone; p is valid until Request returns. What it
// gave, BodyData does not give again (nor calls it at all where the body is whole).
func (s *Stream) Early(max int) (p []byte, end bool) {
	if s.handed || !s.head.HasBody() {
		return nil, !s.head.HasBody()
	}
	// What is malformed here was refused before the stream was handed over.
	p, end, _ = s.c.takeBody(s, max)
	return p, end
}

// Grant lets the receiver be given n more bytes of the body.
func (s *Stream) Grant(n int) {
	s.c.mu.Lock()
	s.credit += n
	s.c.changed.Signal()
	s.c.mu.Unlock()
}

const continueHead = "HTTP/1.1 100 Continue\r\n\r\n"

// Continue sends "100 Continue" if the client waits for it: once, before the response, never for HTTP/1.0, and not
// when bytes of the body have come already.
func (s *Stream) Continue() {
	c := s.c
	c.mu.Lock()
	var failed *Stream
	if s.awaited() && !s.responded && !s.ended && s.gone == nil {
		s.continued = true
		if err := c.send(s, []byte(continueHead), nil, nil); err != nil {
			failed = c.failLocked(err)
		}
	}
	c.unlock(failed)
}

// Inform sends an interim response (RFC 9110, section 15.2), "102 Processing", with a field before the response. It is for a
// client that is known to take one, whatever version it speaks. The name and the value are bytes as they go on the wire.
func (s *Stream) Inform(name, value string) {
	c := s.c
	c.mu.Lock()
	var failed *Stream
	if !s.responded && !s.ended && s.gone == nil {
		if err := c.send(s, []byte("HTTP/1.1 102 Processing\r\n"+name+": "+value+"\r\n\r\n"), nil, nil); err != nil {
			failed = c.failLocked(err)
		}
	}
	c.unlock(failed)
}

// whole says whether the client can tell that it has all of the response, which may not have ended yet. The caller holds
// mu.
func (s *Stream) whole() bool {
	return s.responded && (s.framing == framedByNothing || s.framing == framedByLength && s.left == 0)
}

// awaited says whether the client may be waiting for 100 Continue (RFC 9110, section 10.1.1).
func (s *Stream) awaited() bool {
	return s.head.Expect100 && s.head.HasBody() && !s.continued && !s.came
}

// Respond sends the head of the response and its first block in one write. The status ("200 OK") and the headers are
// bytes as they go on the wire, one byte a char. block may be empty. After Respond has returned the caller may reuse
// block. On ErrHeader nothing was sent; on ErrOverrun and ErrShort see there.
func (s *Stream) Respond(status string, headers [][2]string, opt Options, block []byte) error {
	c := s.c
	c.mu.Lock()
	if err := s.may(false); err != nil {
		c.mu.Unlock()
		return err
	}
	scratch := scratches.Get().(*[]byte)
	b, err := s.appendHead((*scratch)[:0], status, headers, opt, block)
	if err != nil {
		c.mu.Unlock()
		scratches.Put(scratch)
		return err
	}
	s.responded = true
	s.wireHead = append(make([]byte, 0, len(b)), b...)
	return s.sendBlock(scratch, b, block, opt.End, opt.More)
}

// Block sends a block of the body, as an HTTP chunk of its own where the body is chunked; an empty one sends nothing.
// end ends the response with it. After Block has returned the caller may reuse p.
func (s *Stream) Block(p []byte, end bool) error {
	return s.block(p, end, false)
}

// Hold is Block for one after which Block, End or Break is called at once: the two may go out in one write. Each is a
// chunk of its own all the same.
func (s *Stream) Hold(p []byte) error { return s.block(p, false, true) }

func (s *Stream) block(p []byte, end, more bool) error {
	s.c.mu.Lock()
	if err := s.may(true); err != nil {
		s.c.mu.Unlock()
		return err
	}
	scratch := scratches.Get().(*[]byte)
	return s.sendBlock(scratch, (*scratch)[:0], p, end, more)
}

// End ends the response.
func (s *Stream) End() error { return s.Block(nil, true) }

// may says whether the response may go on. The caller holds mu.
func (s *Stream) may(responded bool) error {
	switch {
	case s.gone != nil:
		return fmt.Errorf("%w: %w", ErrGone, s.gone)
	case s.ended:
		return ErrEnded
	case responded && !s.responded:
		return ErrNotStarted
	case !responded && s.responded:
		return ErrStarted
	}
	return nil
}

// sendBlock frames a block, sends it after what is in b, and gives up mu and scratch. more says that it may wait for the
// next.
func (s *Stream) sendBlock(scratch *[]byte, b, block []byte, end, more bool) error {
	c := s.c
	var result error
	all := len(block)
	var suffix []byte
	switch s.framing {
	case framedByNothing:
		block = nil
	case framedByLength:
		if int64(len(block)) > s.left {
			block = block[:s.left]
			result = ErrOverrun
		}
		if s.left -= int64(len(block)); end && s.left > 0 {
			result = ErrShort
			s.keep = false
		}
	case framedByChunks:
		if len(block) > 0 {
			b = strconv.AppendUint(b, uint64(len(block)), 16)
			b = append(b, "\r\n"...)
		}
		suffix = chunkSuffix(len(block) > 0, end)
	}
	s.sent += all - len(block)
	s.ended = end
	failed := s
	if len(b)+len(block)+len(suffix) > 0 || c.out.held != nil && !more {
		var err error
		if more {
			err = c.hold(s, b, block, suffix)
		} else {
			err = c.send(s, b, block, suffix)
		}
		if err != nil {
			failed = c.failLocked(err)
			result = fmt.Errorf("%w: %w", ErrGone, err)
		}
	}
	s.settled()
	c.unlock(failed)
	if cap(*scratch) <= copyLimit+1024 {
		scratches.Put(scratch)
	}
	return result
}

// settled finishes the stream if it has ended and all has left. The caller holds mu.
func (s *Stream) settled() {
	c := s.c
	if !s.ended || c.cur != s {
		return
	}
	if !c.out.flushing {
		c.finish(s)
	} else {
		c.changed.Signal() // what is left of the request's body is not wanted any more
	}
}

// chunkSuffix is what follows the data of a chunk: its CRLF, and the last chunk (RFC 9112, section 7.1).
func chunkSuffix(data, last bool) []byte {
	switch {
	case data && last:
		return dataAndLast
	case data:
		return dataAndLast[:2]
	case last:
		return dataAndLast[2:]
	}
	return nil
}

var dataAndLast = []byte("\r\n0\r\n\r\n")

// Break closes the connection after what was sent so far, without ending the response, so that the client can tell
// that it is not whole. It does nothing where the stream has ended.
func (s *Stream) Break() {
	c := s.c
	c.mu.Lock()
	if s.ended || s.gone != nil {
		c.mu.Unlock()
		return
	}
	if err := c.sendHeld(s); err != nil {
		c.unlock(c.failLocked(err))
		return
	}
	s.ended, s.keep = true, false
	// Where the end of the connection is the end of the body, an orderly end would look like a whole response.
	s.reset = s.framing == framedByClose && s.responded
	s.settled()
	c.unlock(s)
}

// WireHead is the head of the response as it went on the wire, byte for byte; nil before Respond. It is never changed.
func (s *Stream) WireHead() []byte {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	return s.wireHead
}
