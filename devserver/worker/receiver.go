package worker

import (
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/wire"
)

// Request is a request for a worker.
type Request struct {
	// Environ is the plain part of the environ, a dict in marshal format. It is not changed, and may be shared.
	Environ []byte
	// Body is the first bytes of the body, at most wire.BodyWindow; End says that they are all of it. Body may be
	// reused once Send has returned.
	Body     []byte
	End      bool
	Receiver Receiver
}

// Receiver is given what the application does with one request. Its methods are called from the worker's reading
// goroutine, one after the other and in the order in which things happened; they must not block. Slices are valid during
// the call. After the call that ends the request (End true, or Died) nothing more is called. All times are of this
// process's clock, with its monotonic reading.
type Receiver interface {
	// Started: start_response was called, and there is no block yet.
	Started(at time.Time, h wire.ResponseHead)
	// Head begins the response.
	Head(h Head)
	// Block is one more block, or a piece of one.
	Block(b Block)
	// End ends the response without a block. Broken: the application failed; without a Head before, it failed before
	// its first block.
	End(at time.Time, broken bool)
	// Read: the application consumed n bytes of the body; goOn asks for "100 Continue".
	Read(n int, goOn bool)
	// Errors is text written to wsgi.errors, Output text printed to "stdout" or "stderr".
	Errors(at time.Time, text string)
	Output(at time.Time, stream, text string)
	Exception(at time.Time, raised *event.Raised)
	Lint(at time.Time, found *event.Finding)
	// Closed: close() of the iterable was called.
	Closed(at time.Time)
	// Died: the worker ended, or was killed, with the request under way. how continues "the worker ...": "exited with
	// status 3".
	Died(how string)
}

// Head is the head of a response with its first block.
type Head struct {
	wire.ResponseHead
	// Began is when start_response was called, Entered when the application was.
	Entered, Began time.Time
	// Announced says that Started was called before with the same head.
	Announced bool
	HasBlock  bool
	Block
	Sized bool // the block is the whole body, and its length may be inferred as Content-Length
}

// Block is a block that the application gave.
type Block struct {
	Bytes []byte
	Write bool // by write(), not by the iterable
	// More says that the same block goes on in the next call: a large one comes in pieces.
	More bool
	// End ends the response; Broken that the application failed, so that the response is not whole.
	End    bool
	Broken bool
	// Closed: close() was called as part of this end.
	Closed bool
	At     time.Time
}

// Output is told what a worker prints that is not known to belong to a request: a line, or what there is of one.
type Output func(stream, text string)
