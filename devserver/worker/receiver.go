package worker

import (
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
)

// Receiver is told what a worker says of one request. Its methods are called in order, one at a time, though those of two
// requests may be called at once, from goroutines that read the worker. None may block: every other request of the worker
// would wait. Slices are valid during the call alone;
// strings may be kept. After a call that ends the response (Head or Block with End, End, Died) there is none more, but for
// a Head that is Ahead.
//
// Times are the worker's, converted to the server's clock (see [Worker]); those of one request never run backwards.
type Receiver interface {
	// Started tells of a call of start_response that no Head has told of, see package wire. entered is when the application
	// was called.
	Started(at, entered time.Time, h wire.ResponseHead)
	// Head begins the response.
	Head(h Head)
	// Block is a block of the body, or a piece of one.
	Block(b Block)
	// Whole says that the response is whole, though what led to it is told behind it. End is called after that.
	Whole()
	// End ends the response; without a Head before, and broken, the application failed.
	End(broken bool)
	// Read says that the application consumed n bytes of the body; goOn asks for "100 Continue".
	Read(n int, goOn bool)
	// Errors is text that was written to wsgi.errors.
	Errors(at time.Time, text string)
	// Output is text that was printed; stream is "stdout" or "stderr".
	Output(at time.Time, stream, text string)
	// Exception tells of an exception, and of one that was handled in which stage, 0 if that is unknown; the Raised may be
	// kept.
	Exception(at time.Time, stage uint16, raised *event.Raised)
	// Lint tells of a breach of the rules by a stage; the Finding may be kept.
	Lint(at time.Time, stage uint16, found *event.Finding)
	// Closed says that the iterable's close was called.
	Closed(at time.Time)
	// StageEvents tells of inner stages; the payloads may be kept. follows says that Head, Block or End is called at once
	// after it, with which its events may go out.
	StageEvents(events []StageEvent, follows bool)
	// Parked says that the request stands at a boundary, in what state; it may be kept, and its Exchange, Stage and times are
	// the receiver's to set. [Worker.Resume] has it go on.
	Parked(at time.Time, state *stepping.State)
	// Died says, in words, how the worker ended with the request open: "exited with status 3".
	Died(how string)
}

// StageEvent is an event of an inner stage, with the payload that package event has for its kind.
type StageEvent struct {
	Kind    event.Kind
	Stage   uint16
	At      time.Time
	Payload any
}

// Head is the head of a response with its first block, if it has one yet.
type Head struct {
	Status  string
	Headers [][2]string // may be kept
	// Entered and Started are when the application was called, and start_response by it. At is when the head was
	// given out, with the first block.
	Entered, Started, At time.Time
	ExcInfo              bool // start_response was given exc_info
	Announced            bool // Started told of this head before
	HasBlock             bool
	Block                []byte
	Write                bool // the block came through write()
	More                 bool // the block is a piece: its rest follows as Blocks
	Follows              bool // another Block, or End, is called at once after this: see Block
	Sized                bool // the block is the whole body, and Content-Length may be inferred from it
	End                  bool // the response is over
	Broken               bool // with End: the application failed midway
	// Ahead, with End, says that what led to the response is told behind it. The method End is called after that.
	Ahead bool
	// Before, unless nil, gives what StageEvents would have told right before: it is to be called once, before Head returns, and
	// what it gives is as valid. With End the response can so be passed on first.
	Before func() []StageEvent
}

// Block is a block of a response's body.
type Block struct {
	Bytes []byte
	At    time.Time
	Write bool
	// More says that this is a piece of a large block, and the rest follows; Whole is its opposite.
	More, Whole bool
	// Follows says that the next Block, or End, came together with this one and is called at once after it: what is
	// sent on may wait for that.
	Follows bool
	End     bool
	Broken  bool
}

// Request is a request for the application.
type Request struct {
	Environ  []byte // a dict of plain values in marshal format
	Body     []byte // the first bytes of the body; copied by Send
	End      bool   // Body is all of it
	Receiver Receiver
	// Surgery, unless nil, is done to the request's way through the stages.
	Surgery *stepping.Surgery
	// Numbered, unless nil, is told the request's number within Send, before anything of the request can be answered or
	// the worker's death be told. It may still set Body and End, must not call the worker, and is not called where the
	// worker takes no requests. Where it returns false nothing is sent.
	Numbered func(number uint32) bool
}

// Ready is what a worker says of itself.
type Ready = wire.Ready

// Output is told, line by line with the line's end, what a worker prints that belongs to no request. stream is "stdout"
// or "stderr". It is called from several goroutines a worker.
type Output func(stream, text string)

// LoadError says that the application could not be loaded.
type LoadError struct{ Raised *event.Raised }

func (e *LoadError) Error() string {
	text := "the application could not be loaded: " + e.Raised.Type
	if e.Raised.Message != "" {
		text += ": " + e.Raised.Message
	}
	return text
}
