package http1

import "bytes"

// requestLine is where the parts of a request line lie, from its first byte.
type requestLine struct {
	method       int // its end
	target       int // its end; it begins at method+1
	size         int // of the line with its CRLF
	major, minor int
}

// parse takes a line without its CRLF apart: method SP request-target SP HTTP-version, one space each (RFC 9112,
// section 3; the leniency of its last paragraph is not used).
func (r *requestLine) parse(line []byte) *BadHead {
	m := bytes.IndexByte(line, ' ')
	if m < 0 {
		return bad("the request line has no target: %s", show(line))
	}
	if m == 0 || !is(line[:m], tokenChar) {
		return bad("the method %s is not a token (RFC 9110, section 9.1)", show(line[:m]))
	}
	t := bytes.LastIndexByte(line, ' ')
	if t == m {
		return bad("the request line has no version: HTTP/0.9 is not spoken here")
	}
	target, version := line[m+1:t], line[t+1:]
	if len(target) == 0 {
		return bad("the request line has no target, or more than one space before its version")
	}
	for _, c := range target {
		if classes[c]&targetChar == 0 {
			return bad("byte 0x%02x in the request target (RFC 9112, section 3.2)", c)
		}
	}
	// HTTP-version = "HTTP/" DIGIT "." DIGIT, in upper case (RFC 9112, section 2.3).
	if len(version) != 8 || string(version[:5]) != "HTTP/" || version[6] != '.' || !digit(version[5]) || !digit(version[7]) {
		return bad("%s is not an HTTP version (RFC 9112, section 2.3)", show(version))
	}
	*r = requestLine{
		method: m, target: t, size: len(line) + 2,
		major: int(version[5] - '0'), minor: int(version[7] - '0'),
	}
	switch {
	case r.major == 1:
		return nil
	case string(line) == "PRI * HTTP/2.0":
		return &BadHead{505, "the client begins with HTTP/2 without having asked: only HTTP/1.1 is spoken here"}
	}
	return &BadHead{505, string(version) + " is not spoken here: only HTTP/1.1 and HTTP/1.0 are"}
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// show quotes what a client sent for a message, cut to a length that can be read.
func show(p []byte) string {
	const most = 64
	if len(p) > most {
		return quote(p[:most]) + "..."
	}
	return quote(p)
}

// quote writes printable ASCII as it is and everything else as \xNN: nothing that the client sent drives a terminal.
func quote(p []byte) string {
	const hex = "0123456789abcdef"
	b := make([]byte, 0, len(p)+2)
	b = append(b, '"')
	for _, c := range p {
		if c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}
