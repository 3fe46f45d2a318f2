package http1

import "time"

// Stream is one request and its response. Its methods may be called from any goroutine, those that write one after
// the other. None of them waits for the client.
type Stream struct {
	head    Head
	started time.Time
}

// Head is the request's head.
func (s *Stream) Head() *Head { return &s.head }

// Started is when the first byte of the head came.
func (s *Stream) Started() time.Time { return s.started }

// Remote is the client's address, "127.0.0.1:51324", or "unix".
func (s *Stream) Remote() string { return "" }

// TLS says whether the connection is encrypted.
func (s *Stream) TLS() bool { return false }

// Receive names who is given the body and what else happens. It is called once, within Handler.Request.
func (s *Stream) Receive(r Receiver) {}

// Early takes up to max bytes of the body that have come together with the head, without credit, and says whether the
// body is whole with them. It may be called within Handler.Request alone; p is valid until Request returns. What it
// gave, BodyData does not give again (nor calls it at all where the body is whole).
func (s *Stream) Early(max int) (p []byte, end bool) { return nil, false }

// Grant lets the receiver be given n more bytes of the body.
func (s *Stream) Grant(n int) {}

// Continue sends "100 Continue" if the client waits for it: once, before the response, never for HTTP/1.0, and not
// when bytes of the body have come already.
func (s *Stream) Continue() {}

// Respond sends the head of the response and its first block in one write. The status ("200 OK") and the headers are
// bytes as they go on the wire, one byte a char. block may be empty. After Respond has returned the caller may reuse
// block. On ErrHeader nothing was sent; on ErrOverrun and ErrShort see there.
func (s *Stream) Respond(status string, headers [][2]string, opt Options, block []byte) error {
	return nil
}

// Block sends a block of the body, as an HTTP chunk of its own where the body is chunked; an empty one sends nothing.
// end ends the response with it. After Block has returned the caller may reuse p.
func (s *Stream) Block(p []byte, end bool) error { return nil }

// End ends the response.
func (s *Stream) End() error { return s.Block(nil, true) }

// Break closes the connection after what was sent so far, without ending the response, so that the client can tell
// that it is not whole. It does nothing where the stream has ended.
func (s *Stream) Break() {}

// WireHead is the head of the response as it went on the wire, byte for byte; nil before Respond. It is never changed.
func (s *Stream) WireHead() []byte { return nil }
