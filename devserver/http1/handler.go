package http1

import (
	"errors"
	"time"
)

// Handler is given what comes over the connections. Its methods are called on a connection's goroutine, for many
// connections at once; they must not block, for until they return that connection is not read.
type Handler interface {
	// Request hands over a head that was accepted. The handler answers through s, now or later, from any goroutine.
	// If the request has a body, the handler says within Request who takes it (Stream.Receive) and may grant credit.
	Request(s *Stream)
	// Refused tells of a request that the server refused and answered by itself.
	Refused(r Refusal)
}

// Receiver is given what happens to one stream. BodyData and BodyBroken come from the connection's goroutine, never
// at once. Sent and Gone come from any goroutine, also within a call of Respond, Block, End or Break and before it
// returns, so the handler must hold no lock over those calls that it takes here. After the stream's end no call begins
// but Sent for its last bytes and Gone; one that is under way on another goroutine then is not waited for.
type Receiver interface {
	// BodyData gives bytes of the body, at most what was granted; end says that the body is whole (then p may be
	// empty). p is valid during the call. It is never called for a request without a body (Head.HasBody).
	BodyData(p []byte, end bool)
	// BodyBroken says that no more of the body will come: it ended early (io.ErrUnexpectedEOF), stalled
	// (ErrStalled), or is malformed (ErrChunk). The stream may still be answered; the connection closes after it.
	BodyBroken(err error)
	// Sent says that n more bytes of blocks have left for the kernel, or were not to be sent (HEAD, 204, 304; what
	// is beyond Content-Length).
	Sent(n int)
	// Gone says that the client went, or was cut off, before the response had left. It is called at most once, and
	// the stream has then ended: it need not be ended, and its methods return ErrGone.
	Gone(err error)
}

// HalfClosed may be a Receiver's. It is told, once at most, that the client has ended its side of the connection while, as
// far as it can tell, some of the response is to come: most clients that do have gone, which is found out for certain only
// when something is sent; some wait for the response still. It comes from the connection's goroutine, and may come when the
// stream has just ended.
type HalfClosed interface{ HalfClosed() }

// Outlasted may be a Receiver's. It is told, and again after each Limits.Linger, that the response is open still though the
// client has ended its side and has all of it (to HEAD, the head): that nobody is there will not show by what is sent. It
// comes from the connection's goroutine, and may come when the stream has just ended.
type Outlasted interface{ Outlasted() }

// Refusal is a request that was refused.
type Refusal struct {
	// Raw is what had come of the head, byte for byte.
	Raw []byte
	// Head is the head as far as it was read, where its end had come; else nil.
	Head *Head
	// Status is the status of the answer, 0 where the connection was closed without one (TLS on a plain port).
	Status int
	// Reason says in words what is wrong.
	Reason string
	Remote string
	TLS    bool
	// Started is when the first byte came.
	Started time.Time
	// WireHead and Body are the answer as it went out.
	WireHead, Body []byte
}

// Errors of a stream, each to be tested for with errors.Is.
var (
	// ErrGone says that the client is gone, or the stream was broken off.
	ErrGone = errors.New("the client has gone")
	// ErrOverrun says that the blocks hold more bytes than Content-Length. What is over was cut off; the response on
	// the wire is valid, and the stream goes on (further blocks are cut whole, and say so again).
	ErrOverrun = errors.New("more bytes than Content-Length")
	// ErrShort says that the response ended with fewer bytes than Content-Length. The connection was broken off.
	ErrShort = errors.New("fewer bytes than Content-Length")
	// ErrEnded says that the stream has ended already.
	ErrEnded = errors.New("the response has ended")
	// ErrStarted says that the response has a head already.
	ErrStarted = errors.New("the response has started")
	// ErrNotStarted says that the response has no head yet.
	ErrNotStarted = errors.New("the response has not started")
	// ErrHeader is wrapped where the status or a header may not be sent. Nothing was sent, and Respond may be called
	// again.
	ErrHeader = errors.New("not to be sent")
	// ErrChunk is wrapped where a chunked body is malformed.
	ErrChunk = errors.New("malformed chunked body")
	// ErrStalled says that the client sent nothing of its body, or took nothing of the response, for too long.
	ErrStalled = errors.New("the client stalled")
	// ErrClosed says that the server was closed.
	ErrClosed = errors.New("the server was closed")
)

// Options says more about a response.
type Options struct {
	// Sized says that the body is the given block alone: Content-Length is inferred where it is not given.
	Sized bool
	// End ends the stream with this call.
	End bool
	// More says that a block, or the end, follows at once: what is sent may wait for that; see Stream.Hold.
	More bool
	// Close closes the connection after this response.
	Close bool
}
