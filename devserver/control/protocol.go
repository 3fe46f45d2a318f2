package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// The protocol is one JSON object a line, both ways, over a connection that one client holds.
//
// The server speaks first:
//
//	{"snifter": 1, "server": {"control": "...", "pid": 1, "app": "...", "url": "...", "capture": "...", "dir": "..."}}
//
// The client calls a method under an id of its choice, which no other call under way has; calls are answered in the
// order in which they are done, not in that in which they came:
//
//	{"id": 1, "method": "rows", "params": {"filter": "~c 500"}}
//	{"id": 1, "result": {...}}
//	{"id": 1, "error": {"message": "...", "kind": "filter", "filter": {...}}}
//
// The methods are those of [Client]: status (no params), rows (Query), exchange and moments ({"id"}), compare ({"a", "b"}),
// replay (ReplayQuery), mark ({"ids", "marked"}), rebuild, breakpoints (no params), add-breakpoint (Breakpoint),
// remove-breakpoints ({"ids"}), parked (no params), step (StepCommand), watch. A watch is answered by any number of updates
// before its result; after each, the server waits until the client asks for more, so a slow client is sent less, later, and
// merged:
//
//	{"id": 2, "update": {...}}
//	{"id": 2, "method": "more"}
//
// {"id": 2, "method": "cancel"} ends a call; it is still answered. A connection that ends cancels its calls. A line from
// the client holds at most MaxRequest bytes, one from the server at most MaxReply; a line that is too long, or is no
// message, ends the connection.

// Version is the protocol's.
const Version = 1

// The bounds of a message.
const (
	MaxRequest = 8 << 20 // with what a step brings, it fits a frame to a worker
	MaxReply   = 256 << 20
)

// request is a line from the client.
type request struct {
	ID     uint64          `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params,omitempty"`
}

// reply is a line from the server. One of Result, Error and Update is there.
type reply struct {
	Snifter int             `json:"snifter,omitempty"`
	Server  *Server         `json:"server,omitempty"`
	ID      uint64          `json:"id,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *wireError      `json:"error,omitempty"`
	Update  json.RawMessage `json:"update,omitempty"`
}

// wireError is an error as it travels. Those that a caller tells apart have a kind.
type wireError struct {
	Message string       `json:"message"`
	Kind    string       `json:"kind,omitempty"`
	Filter  *filterError `json:"filter,omitempty"`
}

type filterError struct {
	Input string `json:"input"`
	Pos   int    `json:"pos"`
	Msg   string `json:"msg"`
	Hint  string `json:"hint"`
}

// Errors that callers tell apart. Errors that are *recorder.FilterError stay that over a connection too.
var (
	// ErrNoServer is returned for what needs a running server where there is only a capture.
	ErrNoServer = errors.New("no server runs here: this is a capture")
	// ErrClosed is returned by calls on a connection that ended, and by Watch when the server did.
	ErrClosed = errors.New("the connection to snifter has ended")

	errMessage = errors.New("this is no message of snifter's control protocol")
)

// kinds are the errors that keep their identity on the way.
var kinds = map[string]error{
	"no-server":  ErrNoServer,
	"closed":     ErrClosed,
	"not-found":  recorder.ErrNoExchange,
	"read-only":  recorder.ErrReadOnly,
	"not-parked": ErrNotParked,
	"past":       ErrPast,
	"changed":    ErrChanged,
	"impossible": ErrImpossible,
	"no-stages":  ErrNoStages,
	"stage":      replay.ErrStage,
	"canceled":   context.Canceled,
	"timeout":    context.DeadlineExceeded,
}

func toWire(err error) *wireError {
	w := &wireError{Message: err.Error()}
	var f *recorder.FilterError
	if errors.As(err, &f) {
		w.Kind, w.Filter = "filter", &filterError{f.Input, f.Pos, f.Msg, f.Hint}
		return w
	}
	for kind, known := range kinds {
		if errors.Is(err, known) {
			w.Kind = kind
		}
	}
	return w
}

// wordedError is an error that says what it has to say in its own words, and is its cause: one that came over a connection
// says what the server's said, and is what the server's was.
type wordedError struct {
	message string
	cause   error
}

func (e *wordedError) Error() string { return e.message }
func (e *wordedError) Unwrap() error { return e.cause }

func fromWire(w *wireError) error {
	if w.Filter != nil {
		return &wordedError{w.Message, &recorder.FilterError{
			Input: w.Filter.Input, Pos: w.Filter.Pos, Msg: w.Filter.Msg, Hint: w.Filter.Hint,
		}}
	}
	return &wordedError{w.Message, kinds[w.Kind]}
}

// readLine reads one line of at most limit bytes. io.EOF means that there is no more; half a line is an error.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > limit:
			return nil, fmt.Errorf("a line is longer than %d bytes", limit)
		case err == nil:
			return line, nil
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, io.ErrUnexpectedEOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// decode reads a message strictly: one object, nothing after it.
func decode(line []byte, into any) error {
	line = bytes.TrimSpace(line)
	if len(line) == 0 || line[0] != '{' {
		return errMessage
	}
	if err := json.Unmarshal(line, into); err != nil {
		return fmt.Errorf("%w: %w", errMessage, err)
	}
	return nil
}

func decodeRequest(line []byte) (request, error) {
	var q request
	if err := decode(line, &q); err != nil {
		return request{}, err
	}
	if q.ID == 0 || q.Method == "" {
		return request{}, fmt.Errorf("%w: it has no id or no method", errMessage)
	}
	return q, nil
}

func decodeReply(line []byte) (reply, error) {
	var r reply
	if err := decode(line, &r); err != nil {
		return reply{}, err
	}
	if r.ID == 0 && r.Snifter == 0 {
		return reply{}, fmt.Errorf("%w: it has no id", errMessage)
	}
	return r, nil
}

// encode makes a line.
func encode(m any) ([]byte, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}
