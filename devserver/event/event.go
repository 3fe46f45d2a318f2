// Package event is the vocabulary of what happens in a development server: the events of an exchange, boundary by
// boundary, and those of the server itself (a build, a line of output).
//
// An exchange is one request and all that the application did with it. It is the fold of its events and nothing else,
// so an event holds all that is needed and is never changed once it was emitted: whoever gets one may keep it, with
// the bytes it points to.
//
// Text from the wire and from an environ is native, as PEP 3333 has it: a Go string in UTF-8 in which each code point
// from U+0000 to U+00FF stands for one byte (see package marshal: Latin1 and Bytes).
package event

import "time"

// Kind says what happened.
type Kind uint8

// The kinds of events, with their payloads. Those of stage 0 are emitted by the server's own boundary; an event of an
// inner stage has that stage's index. Numbers are stored in captures: they never change.
const (
	// Enter: control enters a stage. At stage 0 the payload is *Request, and it is the first event of its exchange.
	Enter Kind = 1
	// Input: bytes of the request's body came in (stage 0: *Data) or were read (an inner stage: *Read). At stage 0 a *Read is
	// what nobody reads of the body: a replay entered a stage that had found so much of it read.
	Input Kind = 2
	// StartResponse: the stage called start_response (*Response). At stage 0 a later one replaces an earlier one.
	StartResponse Kind = 3
	// Write: a block passed to the write function (*Data).
	Write Kind = 4
	// Chunk: a block yielded by the iterable (*Data).
	Chunk Kind = 5
	// Close: the iterable's close was called (nil).
	Close Kind = 6
	// Exit: control left the stage. At stage 0 it is the last event of its exchange; payload *Ending.
	Exit Kind = 7
	// Exception: an exception rose or passed (*Raised).
	Exception Kind = 8
	// Errors: text written to wsgi.errors (*Text).
	Errors Kind = 9
	// Output: text written to stdout or stderr by the worker (*Text); Exchange is 0 where it can't be known whose it is.
	Output Kind = 10
	// Lint: a breach of the gateway's rules (*Finding).
	Lint Kind = 11
	// BuildDone: a build was loaded or failed (*Build). Exchange is 0.
	BuildDone Kind = 12
	// Building: a build began (*Build with ID, Why and Started). Exchange is 0.
	Building Kind = 13
	// Dropped: this many events were lost to a full queue (*DroppedCount). Exchange is 0.
	Dropped Kind = 14
)

// Event is one thing that happened.
type Event struct {
	Exchange uint64 // the exchange's id; 0 for the server's own events
	Seq      uint32 // counts the events of the exchange from 0
	Stage    uint16 // 0 is the server boundary
	Kind     Kind
	At       time.Duration // since the exchange began, by the monotonic clock
	Payload  any           // by Kind; shared, never changed
}

// Request is the payload of the first Enter: what came over the wire, and what was made of it.
type Request struct {
	Started time.Time
	Build   int    // the build that serves it; 0 where none was reached (refused, or no build could be loaded)
	Origin  uint64 // the exchange that this one replays; 0 for none
	Remote  string // "127.0.0.1:51324", or "unix"
	TLS     bool
	// Head is the request line and header block byte for byte, up to and including the empty line. See ParseHead.
	Head []byte
	// Withheld lists the fields that came and did not reach the environ, with the reason.
	Withheld []Withheld
	// Environ is the environ's plain values as a dict in marshal format (package marshal), as the worker got them.
	Environ []byte
	// Objects holds the repr of the environ's values that marshal has no form for ("wsgi.input": "<...>"). Shared
	// between exchanges of one build.
	Objects map[string]string
	// App is the outermost stage of the application, which the server calls; nil where stages are not told apart. Shared
	// between exchanges of one build.
	App *StageInfo
	// Refused is why the request was refused by the server itself, with a status of 4xx or 5xx; "" for none.
	Refused string
}

// Withheld is a header field that was not passed on.
type Withheld struct {
	Name   string
	Reason string
}

// Header is one field, native text.
type Header struct {
	Name  string
	Value string
}

// Data is a piece of a body. Bytes beyond the quota of a body are counted and hashed, and not kept.
type Data struct {
	Bytes []byte // what is kept: all, the front part, or nothing
	Size  int    // the true size
	// Merged is how many later blocks the recorder put into this one; a boundary emits 0.
	Merged int
}

// Response is what start_response was called with.
type Response struct {
	Status  string
	Headers []Header
	ExcInfo bool // called with exc_info (Go: an error), to replace an earlier call
	// Entered is when the application was called, of a Response of stage 0; 0 where that is not known.
	Entered time.Duration
	// Server is true where the server made this response itself: a refusal, an error page, a build that failed.
	Server bool
}

// BodySum describes a body of which not all bytes were kept.
type BodySum struct {
	Size   int64
	SHA256 [32]byte
}

// How an exchange ended.
type Outcome uint8

// The outcomes. Numbers are stored in captures.
const (
	Done       Outcome = 0 // the whole response went out
	ClientGone Outcome = 1 // the client went before it had the response
	Broken     Outcome = 2 // the connection was broken off, since the application failed midway
	WorkerGone Outcome = 3 // the worker died or was ended
	TimedOut   Outcome = 4
)

// Ending is the payload of the last event of an exchange.
type Ending struct {
	Outcome      Outcome
	Reason       string   // for people, where Outcome is not Done
	RequestBody  *BodySum // nil where every byte is in Input events
	ResponseBody *BodySum // nil where every byte is in Write and Chunk events
	Closed       bool     // the application's iterable was closed (or had no close)
	WireHead     []byte   // the head of the response as it went out, byte for byte
}

// Where an exception rose.
type Where uint8

// The places. Numbers are stored in captures.
const (
	InCall    Where = 0 // calling the application
	InIterate Where = 1 // iterating what it returned
	InClose   Where = 2 // closing it
	InLoad    Where = 3 // loading the application (a build)
)

func (w Where) String() string {
	return [...]string{"call", "iterate", "close", "load"}[w&3]
}

// Frame is one entry of a traceback, outermost first.
type Frame struct {
	File     string
	Line     int
	Function string
	Source   string // the source line, trimmed; "" where it can't be read
	// Context is some lines around Line, the first of them numbered ContextFrom; may be empty.
	Context     []string
	ContextFrom int
}

// Raised describes a raised exception.
type Raised struct {
	Where   Where
	Type    string // "ValueError", "app.errors.Refused"
	Message string
	Frames  []Frame
	Cause   *Raised // what it was raised from, or while handling; nil for none
	// Explicit is true where Cause was named by "raise ... from ...".
	Explicit bool
	Text     string // the traceback as the language itself prints it
	// Handled is true where the application caught it and told of it: logged it, printed its traceback to an error
	// stream, or gave it to start_response. Minor is true besides where it was not told as an error: it was logged at a
	// lower level, or in a way that has none. Such a one is what went wrong only if the response says so.
	Handled, Minor bool
}

// Text is the payload of Errors and Output.
type Text struct {
	Stream string // "wsgi.errors", "stdout", "stderr"
	Text   string // UTF-8
}

// Finding is a breach of the rules; the event's stage is to blame.
type Finding struct {
	Rule    string // "close-not-called"
	Message string
	PEP     string // "PEP 3333: Specification Details"
	Header  string // the name of the one that breaks the rule, or lacks; "" where it is no single one
}

// Build is one load of the application.
type Build struct {
	ID       int
	Why      string // "start", or the files that changed
	Started  time.Time
	Took     time.Duration
	App      string // what was loaded, in words: "app:app (Flask)"
	Name     string // by what it was found: "app:app"
	Failed   *Raised
	Reused   bool   // the process was forked from a parent that had the libraries loaded
	Language string // "python" or "go"
	// Replaces says that nothing has changed since the build before: it takes the place of a worker that ended by
	// itself. Captures do not keep it.
	Replaces bool
}

// DroppedCount is the payload of Dropped.
type DroppedCount struct{ Events int }

// Sink takes events. Emit never blocks and may be called from any goroutine; the events of one exchange are emitted
// in their order. The sink owns the slice's contents from then on, though not the slice itself.
type Sink interface {
	Emit(events ...Event)
}
