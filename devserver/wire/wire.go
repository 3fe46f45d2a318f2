// Package wire is the protocol between the server and a worker, the child process that holds one build of the
// application. Both kinds of worker, Python and Go, speak it.
//
// # Transport
//
// One stream socket (a Unix socket pair, handed down as a descriptor) carries frames both ways, for many requests at
// once. A second stream, the nudge, carries single bytes from the server to the worker (see Threads).
//
// The environment tells a worker where they are: SNIFTER_WORKER=fd:3 for descriptor 3, and 4 for the nudge; or, on
// Windows, SNIFTER_WORKER=tcp:HOST:PORT:TOKEN for a loopback address to connect to twice, each connection beginning with
// the line "frames TOKEN" or "nudge TOKEN". SNIFTER_THREADS is how many requests may be in the application at once.
//
// # Frames
//
// A frame is a header of 20 bytes and a payload, all numbers little-endian:
//
//	offset 0  u32  size of the payload
//	       4  u8   kind
//	       5  u8   flags
//	       6  u16  stage: 0 from the server boundary
//	       8  u32  request: the server's number for it in this worker, from 1; 0 for the worker itself
//	      12  u64  time: nanoseconds of the sender's monotonic clock (a worker's; the server sends 0)
//
// Values inside a payload are in marshal format (package marshal). A peer that gets a kind it does not know skips the
// frame.
//
// # A request
//
// The server sends Request: u32 n, n bytes of environ (a dict of plain values), then the first bytes of the body. FlagEnd says that
// the body is whole. Otherwise Body frames follow, the last with FlagEnd, or BodyError. The server sends at most
// BodyWindow bytes ahead of what the worker acknowledged by Read (a u32, bytes that the application consumed); the
// bytes within Request count. Read with FlagContinue asks for "100 Continue": it is sent at the first read of a body
// that is not yet whole, with the number 0 where nothing was consumed.
//
// The worker answers with Head: u32 n, n bytes of a tuple (status, [(name, value), ...], entered, started) with the
// times of the call of the application and of start_response, then the first block of the body. Then Data, a block a
// frame: its boundaries are the application's. FlagEnd on Head or Data, or an End frame, finishes the response; it is
// sent after close() was called. FlagWrite marks a block that came through write(). FlagSized on Head says that the
// body is this block alone and that its length may be inferred as Content-Length. FlagBlock on Head says that a block
// is there (it may not be empty otherwise: an empty block never sends a head). Before Head may come Started: the same
// tuple without a block, for the record alone: of a call of start_response that another replaced, or after which the
// application failed, or (a worker may choose to) of one whose first block is long in coming; then Head repeats its
// times. FlagExcInfo on either says that exc_info (in Go: an error) was given. FlagAhead on a Head
// that has FlagEnd, or on End, says that the response is whole, though what led to it is told behind it: the request is over
// with the End that comes then, or with a StageEvents that has FlagEnd.
//
// The worker sends at most DataWindow bytes of blocks ahead of what the server acknowledged by Credit (a u32). A block
// larger than the window is cut into Data frames of which all but the last carry FlagMore.
//
// An exception is told by Exception (a dict, see below) before the frame that ends the response. FlagBroken on the
// ending frame says that the application failed after the head had been given out, or that it gave fewer bytes than
// Content-Length: the server breaks the connection. An End without any Head and with FlagBroken: the application
// failed before its first block; the server answers 500 with its error page.
//
// Gone tells the worker that the client went: it stops at the next block, calls close() and sends End. The frames of
// a request that has ended are ignored.
//
// Errors (text, UTF-8) is what was written to wsgi.errors; Output (FlagStderr or not) what the application printed
// while it handled the request; Lint a dict of rule, message, pep and, of a breach that is of one header, header, its
// name; Closed that close() was called (it is sent only when something else was sent after the last block, or close()
// took over 1 ms).
//
// # Stages
//
// A worker tells of the stages within its application, unless it was loaded with a plan that has no_stages (SNIFTER_STAGES=0
// for a Go worker). Package event says what is told of which stage (see event.Entered); each pass of a request through a
// stage has an index, from 1, where 1 is what the worker itself calls.
//
// StageNamed defines a stage: its payload is a tuple (id, name, kind, role, file, line), ids from 1, and the frame's request
// is 0. It is sent once for each, before the first frame that uses the id. Ready has the id of the outermost one, as "root".
//
// StageEvents is a list of tuples, each (kind, stage, at, ...): the number of an event.Kind, the index of the stage, and the
// worker's time in nanoseconds. What follows is, by kind:
//
//	Enter           within, id, copied; a second time of a framework's layer that goes on: what it has returned is rendered
//	Input           reads, size, over
//	StartResponse   status, [(name, value), ...], exc_info; then [stage, ...], if there are any stages around that have
//	                passed the call on as it was: each of them has made the same one right behind; 0 for one that is not told of
//	Write, Chunk    size, bytes or None; then of, nth where it is the same as another stage's; or -1, 0, type for no bytes
//	Close           nothing
//	Exit            result; of, or -1; file; then, for a framework's response, status, [(name, value), ...], and the same
//	                again of the response that the layer was given, where it was given one to change
//	Exception       where ("call", "iterate", "close"), type, message, number, None or [(file, line, function, source), ...];
//	                then, for one that leaves a framework's layer, the responses as with Exit
//	EnvironChanged  set (a dict, or one in marshal format, as bytes), {key: repr}, [removed key, ...], inner; then a stage within,
//	                where it is the copy that this was given; or itself, where others have made the change to a value that both
//	                have, of which it was told
//	Spent           total, self (nanoseconds); then of stage 1 the stage whose body it passed on, or 0
//	Paused          boundary (a kind), took (nanoseconds), breakpoint or 0, then
//	Edited          boundary, a dict: status, headers, block, nth, respond, raise, and environ (set, {key: repr}, [removed])
//	Untold          how many passes through stages, and how many further events, are told nowhere
//	64              result, None for a list; of, or -1; total, other: Exit, of what is no file and no response of a framework's,
//	                and 71 in one
//	65              as Chunk: what a framework's layer got (event.Block, Given)
//	66              nothing: Chunk of the very block that the last Write, Chunk or 65 of the request has told
//	67              status, [(name, value), ...]; then stages as StartResponse: StartResponse, without exc_info, of the headers
//	                that the last StartResponse, 67 or 73 of the request has told, and these behind
//	68              within, id, key, value: Enter, not copied, and before it EnvironChanged of the stage within which it is, which
//	                has set this key, and nothing else
//	69              as Enter: Enter, and Exit right behind it of a call that has made a generator, of which nothing has run
//	70              total, other: Close, and 71 in one of a body that has run to its end, of which nothing is left to run
//	71              as Spent, with other in the place of self: what of total was spent in stages other than those that are within
//	                it, less what of theirs was spent in it (below 0 where that is more). What is left without all of those within
//	                it is its own
//	72              stage, took: of the time of that one, so much was not within the stage that it is within; told of another
//	                stage than 1, that one has taken so long within the other, beside what is told of its time
//	73              name, value: 67 with the status that the same has told, and this header
//	74              size, left: Input, of a buffer in the place of wsgi.input, in which so much was left
//	75              result; total, other; then responses as with Exit: Exit of a framework's layer, and 71 in one. A response without
//	                a status has that of the last one that 75 of the request has told as what a layer gave, or else of the one that
//	                this was given, and these headers behind those of that
//
// Spent of an inner stage may be told as soon as no more of its own is to come, though what another makes is passed on by it
// still; the server keeps it until that of stage 1, the last of all events of the request. A later one replaces it.
//
// They are gathered, and sent right before any other frame of their request but Head and Data, which may go ahead of those that
// led to them as long as more is to come, or when the worker is nudged; those of a request whose answer is one frame thus come in one
// frame before it. Times within them include pauses, but
// those of Spent, 64, 70, 71, 72 and 75 leave them out. Lint of an inner stage is a Lint frame whose header has the stage's index.
//
// # Stopping at boundaries
//
// Stops (a list of dicts: id, stage, boundary and, it may be, judged; see package stepping) replaces the places at which
// requests stop. A request that comes to one, or to where a step ends, sends what is unsent and Parked, whose header has the
// index of the stage: a dict of boundary, stops (a list of ids), environ (a dict of plain values), objects ({key: repr}),
// status, headers, block (bytes or None), result, exception (see below, or None), edits (a list), trouble (a text). Its
// thread waits, and takes no part in the worker's threads meanwhile; where all that it met is judged, it does until Stay
// (nothing) says that the request stops indeed: one that goes on at once is to let no more run beside it than may. What
// happens at the boundary is told before, but for a read; what was edited there is told with Paused. A stage that returned
// the very body of another stops at the chunks, the close and the exceptions of that one, though they are told of that one
// alone.
//
// Taken (nothing) answers Stops, once the stages that are known without a request are named by StageNamed.
//
// Resume answers Parked: a dict of action, environ, unset, status, headers, block, type, message and, it may be, never (a
// list of ids; see stepping.Command). After "edit" the request stays, and sends Parked anew; it also does where something
// could not be done, with the reason as trouble. Otherwise it goes on, and Paused is among the next StageEvents. The server
// resumes with "pass" at once where no condition of what was met holds: the request goes on as if nothing had been met, a
// step that is under way too, without Paused. Gone frees a request too; Stop does not, since a build is retired by it. Where
// a step ends at a place to stop at, stops is empty.
//
// Surgery (a dict: enter, around and within (lists of names), mount (a text), environ (a dict of plain values), read (a
// number of bytes), skip (a list), nth (a dict of lists of numbers), called (a dict of lists of names), leave (a bool); see
// stepping.Surgery) is sent right before the Request that it is for, with its number. What was read of the body is dropped where
// the application first reads, as it comes. Where it can't be done the worker tells so by an Exception. With leave it waits for Gone
// once the first block was sent, if that has bytes for the client.
//
// # The worker's life
//
// The server first sends Load (a dict; package python's Plan) to a Python worker, which loads the application by it; a Go
// worker is its application, and skips the frame.
//
// The worker first sends Ready (a dict, see [Ready]) or Failed (an exception). Modules (a list of paths) names files
// of modules that were imported since, Compiled (a tuple: path, source as bytes or None) one that was compiled, with what was
// compiled if it was written since. The server sends Stop: the worker takes no more requests, finishes those it has, and exits
// with 0. It exits also when the socket ends. A worker that lost its server is gone within a second.
//
// # Exceptions
//
// A dict: where ("call", "iterate", "close", "load"), type, message, frames (a list of dicts: file, line, function,
// source, context (a list of lines), from (the number of the first)), cause (such a dict, or None), explicit (bool),
// text. Two keys may be missing, and are false then: handled (the application caught the exception and told of it:
// logged it, printed its traceback, or gave it to start_response), minor (a handled one that was not told as an error).
// A handled exception does not fail the request. One that leaves the application later is told again, without handled. The
// frame of a handled one has the stage that told of it, if that is known.
//
// # Threads
//
// A worker runs up to --threads requests at once, yet a thread switch a request would cost more than most requests. So
// one thread leads: it reads many frames at once, runs the requests one after the other and writes the answers
// together. If the leader is long in the application, its unsent answers and the requests behind it must not wait: the
// server writes a byte to the nudge, and an idle thread, which waits there, takes over: it sends what is unsent, runs
// what is queued, and reads on. Once another thread reads, each block is sent at once. A Go worker needs no nudge and
// ignores it.
//
// The server nudges while requests are open that are not parked,
//
//   - when for NudgeAfter nothing passed in either direction;
//   - when some request has had no frame of the worker for NudgeAfter, nor has any other request had its first one in
//     that time;
//   - NudgeAfter after a Gone, a Stop or Stops.
//
// The first two are repeated as long as they hold: the second NudgeAfter apart until each thread was nudged, then both
// each after twice the time of the one before, up to 128 times NudgeAfter. A nudge may be spent on a worker that was
// not given the processor yet to read what it is for.
//
// A nudge too many costs a wake-up; one too few leaves something unsent, or a request waiting behind a slow one.
package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Kind is the kind of a frame.
type Kind uint8

// From the server.
const (
	Request   Kind = 1
	Body      Kind = 2
	BodyError Kind = 3 // text: why; reading the body raises OSError
	Credit    Kind = 4
	Gone      Kind = 5
	Stop      Kind = 6
	Load      Kind = 7
	Stops     Kind = 8
	Resume    Kind = 9
	Surgery   Kind = 10
	Stay      Kind = 11
)

// From the worker.
const (
	ReadyKind   Kind = 16
	Failed      Kind = 17
	Head        Kind = 18
	Data        Kind = 19
	End         Kind = 20
	Read        Kind = 21
	Errors      Kind = 22
	Output      Kind = 23
	Exception   Kind = 24
	Lint        Kind = 25
	Modules     Kind = 26
	Started     Kind = 27
	Closed      Kind = 28
	StageEvents Kind = 29
	StageNamed  Kind = 30
	Parked      Kind = 31
	Taken       Kind = 32
	Compiled    Kind = 33
)

// Flags is the flags of a frame.
type Flags uint8

// The flags, each for the kinds that the package comment names.
const (
	FlagEnd      Flags = 1
	FlagWrite    Flags = 2
	FlagMore     Flags = 4
	FlagBroken   Flags = 8
	FlagSized    Flags = 16
	FlagBlock    Flags = 32
	FlagExcInfo  Flags = 64
	FlagAhead    Flags = 128
	FlagContinue Flags = 1 // of Read
	FlagStderr   Flags = 1 // of Output
)

// Sizes and times that both sides keep to.
const (
	HeaderSize = 20
	// MaxPayload bounds a frame; a larger one is an error of the peer.
	MaxPayload = 16 << 20
	// BodyWindow is how many bytes of a request's body may be under way to the worker.
	BodyWindow = 256 << 10
	// DataWindow is how many bytes of a response may be under way to the server.
	DataWindow = 256 << 10
	NudgeAfter = time.Millisecond
)

// Frame is one frame. Payload is valid until the next call of whatever gave it out.
type Frame struct {
	Kind    Kind
	Flags   Flags
	Stage   uint16
	Request uint32
	Time    uint64
	Payload []byte
}

// ErrFrame is wrapped by errors about frames that are malformed.
var ErrFrame = errors.New("malformed frame")

// AppendFrame appends a frame.
func AppendFrame(b []byte, f Frame) []byte {
	return append(AppendHeader(b, f, len(f.Payload)), f.Payload...)
}

// AppendHeader appends the header alone, for a payload of the given size that the caller appends.
func AppendHeader(b []byte, f Frame, size int) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(size))
	b = append(b, byte(f.Kind), byte(f.Flags))
	b = binary.LittleEndian.AppendUint16(b, f.Stage)
	b = binary.LittleEndian.AppendUint32(b, f.Request)
	return binary.LittleEndian.AppendUint64(b, f.Time)
}

// Parse takes one frame from the front of p. n is its whole size, or 0 where p does not hold all of it yet; then need
// is how many bytes it takes at least. The payload lies in p.
func Parse(p []byte) (f Frame, n, need int, err error) {
	if len(p) < HeaderSize {
		return Frame{}, 0, HeaderSize, nil
	}
	size := binary.LittleEndian.Uint32(p)
	if size > MaxPayload {
		return Frame{}, 0, 0, fmt.Errorf("%w: a payload of %d bytes, over the limit of %d", ErrFrame, size, MaxPayload)
	}
	need = HeaderSize + int(size)
	f = Frame{
		Kind:    Kind(p[4]),
		Flags:   Flags(p[5]),
		Stage:   binary.LittleEndian.Uint16(p[6:]),
		Request: binary.LittleEndian.Uint32(p[8:]),
		Time:    binary.LittleEndian.Uint64(p[12:]),
	}
	if len(p) < need {
		return Frame{}, 0, need, nil
	}
	f.Payload = p[HeaderSize:need:need]
	return f, need, need, nil
}
