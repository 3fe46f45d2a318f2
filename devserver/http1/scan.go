package http1

import (
	"bytes"
	"fmt"
)

// BadHead is why a head is refused, and the status that says so.
type BadHead struct {
	Status int
	Reason string
}

func (e *BadHead) Error() string { return e.Reason }

func bad(format string, args ...any) *BadHead {
	return &BadHead{Status: 400, Reason: fmt.Sprintf(format, args...)}
}

// scan finds the end of a head as it comes in, line by line, and refuses at the first byte that settles it, so that
// what a head is taken for does not depend on how it was cut into packets. All positions count from the head's first
// byte.
type scan struct {
	line   int // where the line begins that is not complete yet
	seen   int // how far the line was searched for its end
	fields int // complete field lines
	start  requestLine
}

// emptyLines is how many empty lines are passed over before a request line (RFC 9112, section 2.2: at least one).
const emptyLines = 4

// find looks at p, which holds the head from its first byte as far as it came. It returns the head's length, or 0
// where it is not whole yet.
func (s *scan) find(p []byte, l *Limits) (int, *BadHead) {
	if s.line == 0 && s.seen == 0 && len(p) > 0 && classes[p[0]]&tokenChar == 0 {
		return 0, badFirst(p[0])
	}
	for {
		i := bytes.IndexByte(p[s.seen:], '\n')
		if i < 0 {
			s.seen = len(p)
			return 0, s.overlong(len(p), l)
		}
		i += s.seen
		if err := s.overlong(i+1, l); err != nil {
			return 0, err
		}
		if i == s.line || p[i-1] != '\r' {
			return 0, bad("a bare LF ends a line (RFC 9112, section 2.2)")
		}
		line := p[s.line : i-1]
		switch {
		case s.line == 0:
			if err := s.start.parse(line); err != nil {
				return 0, err
			}
		case len(line) == 0:
			return i + 1, nil
		default:
			if s.fields++; s.fields > l.Fields {
				return 0, &BadHead{431, fmt.Sprintf("more than %d header fields", l.Fields)}
			}
		}
		s.line, s.seen = i+1, i+1
	}
}

// overlong judges the size when the bytes before end are known to be in the head.
func (s *scan) overlong(end int, l *Limits) *BadHead {
	if s.line == 0 {
		if end > l.RequestLine+2 {
			return &BadHead{414, fmt.Sprintf("the request line is longer than %d bytes", l.RequestLine)}
		}
		return nil
	}
	if end-s.start.size > l.HeaderBlock {
		return &BadHead{431, fmt.Sprintf("the header fields are larger than %d bytes", l.HeaderBlock)}
	}
	return nil
}

// tlsHandshake is the first byte of a TLS record that carries a handshake.
const tlsHandshake = 0x16

func badFirst(c byte) *BadHead {
	switch c {
	case tlsHandshake:
		return &BadHead{0, "a TLS handshake came in on a plain HTTP port: is the client using https:// ?"}
	case '\n':
		return bad("a bare LF before the request line (RFC 9112, section 2.2)")
	case ' ', '\t':
		return bad("white space before the request line")
	}
	return bad("the request begins with byte 0x%02x, which no method has", c)
}
