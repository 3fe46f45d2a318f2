package wsgi

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/devserver/event"
)

// ProtocolError is what start_response panics with where a call breaks the protocol. It wraps one of the sentinels.
type ProtocolError struct {
	Err    error
	Detail string
	header string // the name of the one that is wrong, "" for none
	told   bool   // recorded already, in the call that broke the rule
}

func (e *ProtocolError) Error() string {
	if e.Detail == "" {
		return e.Err.Error()
	}
	return e.Err.Error() + ": " + e.Detail
}

func (e *ProtocolError) Unwrap() error { return e.Err }

func breach(err error, format string, args ...any) *ProtocolError {
	return &ProtocolError{Err: err, Detail: fmt.Sprintf(format, args...)}
}

// No client takes more, and what carries them is bounded.
const (
	maxStatus  = 8 << 10
	maxHeaders = 1 << 20
)

// checkStatus returns the status's code. PEP 3333, "The start_response() Callable": "999 Message here", no control
// characters.
func checkStatus(status string) (int, *ProtocolError) {
	if len(status) < 4 || !isDigits(status[:3]) || status[3] != ' ' {
		return 0, breach(ErrStatus, "%.200q: three digits, a space and a reason are due", status)
	}
	if len(status) > maxStatus {
		return 0, breach(ErrStatus, "it is %d bytes long, and %d are the most", len(status), maxStatus)
	}
	if c, bad := badText(status); bad {
		return 0, breach(ErrStatus, "%q holds %s", status, c)
	}
	code := int(status[0]-'0')*100 + int(status[1]-'0')*10 + int(status[2]-'0')
	if code < 200 {
		// RFC 9110, 15.2: an interim response is not the answer to a request.
		return 0, breach(ErrStatus, "%q: a final status is 200 or more", status)
	}
	return code, nil
}

// checkHeaders returns the value of Content-Length, or -1.
func checkHeaders(headers Headers) (length int64, e *ProtocolError) {
	length = -1
	wrong := func(name string, err error, format string, args ...any) (int64, *ProtocolError) {
		e := breach(err, format, args...)
		e.header = name
		return 0, e
	}
	size := 0
	for _, f := range headers {
		name, value := f[0], f[1]
		if size += len(name) + len(value); size > maxHeaders {
			return 0, breach(ErrHeader, "the headers are over %d bytes long together", maxHeaders)
		}
		if !isToken(name) {
			return wrong(name, ErrHeader, "%.200q is no name of a header (RFC 9110, 5.1)", name)
		}
		if c, bad := badText(value); bad {
			return wrong(name, ErrHeader, "the value of %s, %.200q, holds %s", name, value, c)
		}
		if event.IsHopByHop(name) {
			return wrong(name, ErrHopByHop, "%s is the server's to send", name)
		}
		if len(name) == len("Content-Length") && strings.EqualFold(name, "Content-Length") {
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil || !isDigits(value) {
				return wrong(name, ErrHeader, "Content-Length %.200q is no number", value)
			}
			if length >= 0 && length != n {
				return wrong(name, ErrHeader, "two values of Content-Length, %d and %d", length, n)
			}
			length = n
		}
	}
	return length, nil
}

// badText names the first character that has no place in a native string for the wire.
func badText(s string) (what string, bad bool) {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x7f {
			return badRune(s[i:])
		}
	}
	return "", false
}

func badRune(s string) (what string, bad bool) {
	for _, r := range s {
		switch {
		case r == '\r' || r == '\n':
			return "a line break", true
		case r < 0x20 || r == 0x7f:
			return fmt.Sprintf("the control character %U", r), true
		case r > 0xff:
			return fmt.Sprintf("%U, which is no byte (use wsgi.Encode)", r), true
		}
	}
	return "", false
}

var tokenChar = func() (t [256]bool) {
	for c := '0'; c <= '9'; c++ {
		t[c] = true
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = true, true
	}
	for _, c := range "!#$%&'*+-.^_`|~" { // RFC 9110, 5.6.2
		t[c] = true
	}
	return t
}()

func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if !tokenChar[s[i]] {
			return false
		}
	}
	return s != ""
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
