package wsgi

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// exception is a failure of the application, told as package wire has it.
type exception struct {
	where   string // "call", "iterate", "close"
	kind    string
	message string
	frames  []frame // outermost first
	cause   *exception
	handled bool // the application has caught it
}

// frame is one entry of a traceback.
type frame struct {
	file     string
	line     int
	function string
}

const (
	maxMessage = 64 << 10
	maxCauses  = 16
	maxFrames  = 128
)

// newException describes what was panicked with, or yielded.
func newException(where string, v any, frames []frame) *exception {
	e := describe(v)
	e.where, e.frames = where, frames
	err, ok := v.(error)
	if !ok {
		return e
	}
	switch err.(type) {
	case *ProtocolError, *raisedByHand:
		return e // what it wraps is its own name
	}
	at := e
	for range maxCauses {
		if err = unwrap(err); err == nil {
			break
		}
		at.cause = describe(err)
		at.cause.where = where
		at = at.cause
	}
	return e
}

func describe(v any) *exception {
	if e, ok := v.(*raisedByHand); ok && e.kind != "" {
		return &exception{kind: e.kind, message: e.message}
	}
	e := &exception{kind: fmt.Sprintf("%T", v), message: message(v)}
	if _, ok := v.(error); !ok {
		e.kind = "panic(" + e.kind + ")"
	}
	return e
}

func unwrap(err error) error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			if e != nil {
				return e
			}
		}
		return nil
	}
	return errors.Unwrap(err)
}

// message never panics, though the value's own Error or String may.
func message(v any) (text string) {
	defer func() {
		if p := recover(); p != nil {
			text = fmt.Sprintf("(its message can't be had: it panics with %T)", p)
		}
	}()
	switch v := v.(type) {
	case error:
		text = v.Error()
	default:
		text = fmt.Sprint(v)
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + fmt.Sprintf("... (cut, %d bytes)", len(text))
	}
	return text
}

type stackKind bool

const (
	here     stackKind = false // the stack of the caller's caller
	panicked stackKind = true  // the stack of the panic that a deferred function recovered
)

const (
	pkg   = "github.com/snifter-dev/snifter/devserver/wsgi."
	guard = pkg + "(*response).guard"
)

// callers returns the application's frames of this goroutine's stack. Those of the runtime and of this package are left
// out, and so is what is outside the call of the application.
func callers(kind stackKind) []frame {
	pcs := make([]uintptr, maxFrames)
	pcs = pcs[:runtime.Callers(2, pcs)]
	frames := runtime.CallersFrames(pcs)
	var out []frame
	raised := kind == here
	for more := len(pcs) > 0; more; {
		var f runtime.Frame
		f, more = frames.Next()
		switch {
		case f.Function == guard:
			more = false
		case !raised:
			raised = f.Function == "runtime.gopanic" || f.Function == "runtime.Goexit"
		case !hidden(f):
			out = append(out, frame{file: f.File, line: f.Line, function: f.Function})
		}
	}
	slices.Reverse(out)
	return out
}

// hidden says whether a frame is of the runtime or of this package, which a function of it that was inlined elsewhere
// shows by its file alone.
func hidden(f runtime.Frame) bool {
	return strings.HasPrefix(f.Function, "runtime.") || strings.HasPrefix(f.Function, pkg) ||
		strings.HasPrefix(f.File, ownFolder) && !strings.ContainsAny(f.File[len(ownFolder):], "/\\") &&
			!strings.HasSuffix(f.File, "_test.go")
}

var ownFolder = func() string {
	_, file, _, _ := runtime.Caller(0)
	return file[:strings.LastIndexByte(file, '/')+1]
}()

// text is the failure as Go prints a panic, without what is not the application's.
func (e *exception) text() string {
	var b strings.Builder
	for c := e; c != nil; c = c.cause {
		if c != e {
			b.WriteString("caused by: ")
		}
		fmt.Fprintf(&b, "%s: %s\n", c.kind, c.message)
		for i := len(c.frames) - 1; i >= 0; i-- {
			f := c.frames[i]
			fmt.Fprintf(&b, "\t%s\n\t\t%s:%d\n", f.function, f.file, f.line)
		}
	}
	return b.String()
}
