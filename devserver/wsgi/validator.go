package wsgi

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"sync/atomic"
)

// ValidationError is what [Validator] panics with.
type ValidationError struct {
	// Check is the name of the check that failed, one of those that Validator lists.
	Check   string
	Message string
}

func (e *ValidationError) Error() string { return fmt.Sprintf("%s (%s)", e.Message, e.Check) }

// Validator is a middleware that changes nothing and holds the server and the application on its two sides to PEP 3333. It
// is what wsgiref.validate is to Python, with the same checks, but for those that Go's types make. A violation panics
// with a [*ValidationError], in the call that made it. The checks:
//
//	environ-nil                environ is nil
//	environ-missing            a key that must be there is not
//	environ-content-key        HTTP_CONTENT_TYPE or HTTP_CONTENT_LENGTH is there
//	environ-not-text           a CGI variable is no string, or no native one
//	environ-version            wsgi.version is no [2]int, or not {1, 0}
//	environ-flag               wsgi.multithread, multiprocess or run_once is no bool
//	environ-url-scheme         wsgi.url_scheme is neither http nor https
//	environ-input              wsgi.input is no Input
//	environ-errors             wsgi.errors is no Errors
//	environ-script-name        SCRIPT_NAME does not start with a slash, or is "/"
//	environ-path-info          PATH_INFO does not start with a slash, or both it and SCRIPT_NAME are missing
//	environ-content-length     CONTENT_LENGTH is no number, or negative
//	status-code                the status does not begin with an integer of three digits, 100 or above
//	status-text                the status is no native string, or holds a control character
//	header-status              a header is named Status
//	header-name                a header's name holds ':' or a line break, is empty, or does not match [a-zA-Z][a-zA-Z0-9_-]*
//	header-name-end            a header's name ends in '-' or '_'
//	header-value               a header's value holds a control character, or is no native string
//	content-type-missing       a response that may have a body has no Content-Type
//	content-type-unexpected    a 204 or 304 has one
//	write-after-end            write was called when the body had ended
//	body-nil                   the application returned no body
//	body-before-start          the body yields, or ends, and start_response has not been called
//	body-after-close           the body yields after the range was broken off, after an error, or after it returned
//	body-twice                 the server ranges over the body a second time
//	input-read                 wsgi.input returns more than was asked for, or a line that is none
//
// Two are only told, on wsgi.errors, as wsgiref only warns: QUERY_STRING is missing; REQUEST_METHOD is not known. So is a
// status whose code no single space follows. A body that is never ranged over, and so never closed (body-not-closed),
// shows when it is garbage collected, and is told on stderr.
func Validator(app Application) Application { return validator(app, os.Stderr) }

func violation(check, format string, args ...any) {
	panic(&ValidationError{Check: check, Message: fmt.Sprintf(format, args...)})
}

func validator(app Application, stderr io.Writer) Application {
	return func(environ Environ, start StartResponse) Body {
		if environ == nil {
			violation("environ-nil", "environ is nil")
		}
		validateEnviron(environ, violation)
		warn := func(format string, args ...any) {
			fmt.Fprintf(environ.Errors(), "wsgi.Validator: "+format+"\n", args...) //nolint:errcheck // a warning
		}
		warnEnviron(environ, func(_, format string, args ...any) { warn(format, args...) })
		environ["wsgi.input"] = Input(&validInput{in: environ.Input()})
		v := &validBody{state: &bodyState{}}
		body := app(environ, func(status string, headers Headers, err error) Write {
			validateStatus(status, warn)
			validateHeaders(headers)
			validateContentType(status, headers)
			v.started = true
			write := start(status, headers, err)
			return func(block []byte) (int, error) {
				if v.ended {
					violation("write-after-end", "write was called when the body had ended")
				}
				return write(block)
			}
		})
		if body == nil {
			violation("body-nil", "the application must return a body, if only an empty one")
		}
		v.body = body
		runtime.AddCleanup(v, func(s *bodyState) {
			if !s.ranged.Load() {
				fmt.Fprintln(stderr, "wsgi.Validator: a body was dropped without being ranged over (body-not-closed)") //nolint:errcheck // the last resort
			}
		}, v.state)
		return v.iterate
	}
}

// validBody checks a body on its way.
type validBody struct {
	body    Body
	state   *bodyState
	started bool
	ended   bool
}

// bodyState outlives its validBody for the cleanup to look at.
type bodyState struct{ ranged atomic.Bool }

func (v *validBody) iterate(yield func([]byte, error) bool) {
	if v.state.ranged.Swap(true) {
		violation("body-twice", "the body is ranged over a second time")
	}
	defer func() { v.ended = true }()
	stopped := false
	v.body(func(block []byte, err error) bool {
		switch {
		case v.ended:
			violation("body-after-close", "the body yields after it has returned")
		case stopped:
			violation("body-after-close", "the body yields after it was told to stop")
		case err == nil && !v.started:
			violation("body-before-start", "the body yields a block, but start_response has not been called")
		}
		stopped = !yield(block, err) || err != nil
		return !stopped
	})
	if !v.started && !stopped {
		violation("body-before-start", "the body has ended, but start_response was not called")
	}
}

// validInput checks what wsgi.input gives, and has no other method than an Input must.
type validInput struct{ in Input }

func (v *validInput) Read(p []byte) (int, error) {
	n, err := v.in.Read(p)
	if n < 0 || n > len(p) {
		violation("input-read", "wsgi.input.Read returned %d bytes where %d were asked for", n, len(p))
	}
	return n, err
}

func (v *validInput) ReadLine(limit int) ([]byte, error) {
	line, err := v.in.ReadLine(limit)
	if limit > 0 && len(line) > limit {
		violation("input-read", "wsgi.input.ReadLine returned %d bytes where %d were asked for", len(line), limit)
	}
	return checkedLine(line), err
}

func (v *validInput) ReadLines(hint int) ([][]byte, error) {
	lines, err := v.in.ReadLines(hint)
	for _, line := range lines {
		checkedLine(line)
	}
	return lines, err
}

func (v *validInput) Lines() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for line, err := range v.in.Lines() {
			if !yield(checkedLine(line), err) {
				return
			}
		}
	}
}

func checkedLine(line []byte) []byte {
	if i := bytes.IndexByte(line, '\n'); i >= 0 && i < len(line)-1 {
		violation("input-read", "wsgi.input gave a line with a line end in its midst: %q", line)
	}
	return line
}
