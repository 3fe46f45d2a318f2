package http1

import "bytes"

// ParseHead reads a whole head: raw begins with the request line and ends with the empty line. The head shares raw.
// An error is a *BadHead. It is what a connection applies to a head of its own, for bytes from elsewhere.
func ParseHead(raw []byte, limits Limits) (*Head, error) {
	l := limits.withDefaults()
	var s scan
	n, bh := s.find(raw, &l)
	if bh != nil {
		return nil, bh
	}
	if n != len(raw) || n == 0 {
		return nil, bad("the head ends early, or more follows it")
	}
	h := &Head{}
	if bh := h.fill(raw, &s); bh != nil {
		return nil, bh
	}
	return h, nil
}

// fill parses a head whose end a scan has found. Where it refuses, the head is filled as far as it was read.
func (h *Head) fill(raw []byte, s *scan) *BadHead {
	h.Raw = raw
	h.ContentLength = -1
	h.Method = methodName(raw[:s.start.method])
	target := raw[s.start.method+1 : s.start.target]
	h.Target = string(target)
	h.Major, h.Minor = s.start.major, s.start.minor
	h.KeepAlive = h.Minor > 0
	if err := h.splitTarget(target); err != nil {
		return err
	}
	h.Fields = make([]Field, 0, s.fields)
	var f framing
	for p := raw[s.start.size : len(raw)-2]; len(p) > 0; {
		field, size, err := parseField(p)
		if err != nil {
			return err
		}
		h.Fields = append(h.Fields, field)
		if err := f.note(h, field); err != nil {
			return err
		}
		p = p[size:]
	}
	return f.judge(h)
}

// methodName makes a string of the method, without an allocation for those that are common.
func methodName(p []byte) string {
	switch string(p) {
	case "GET":
		return "GET"
	case "POST":
		return "POST"
	case "HEAD":
		return "HEAD"
	case "PUT":
		return "PUT"
	case "DELETE":
		return "DELETE"
	case "OPTIONS":
		return "OPTIONS"
	case "PATCH":
		return "PATCH"
	}
	return string(p)
}

// parseField reads the field line at the front of p, in which every LF follows a CR (RFC 9112, section 5). size is
// that of the line with its CRLF.
func parseField(p []byte) (f Field, size int, err *BadHead) {
	n := 0
	for classes[p[n]]&tokenChar != 0 { // a CR stops it
		n++
	}
	if p[n] != ':' || n == 0 {
		return f, 0, badName(p, n)
	}
	v := n + 1
	for p[v] == ' ' || p[v] == '\t' {
		v++
	}
	e := v
	for classes[p[e]]&valueChar != 0 {
		e++
	}
	if p[e] != '\r' || p[e+1] != '\n' {
		return f, 0, bad("byte 0x%02x in the value of %s (RFC 9110, section 5.5)", p[e], show(p[:n]))
	}
	size = e + 2
	for e > v && (p[e-1] == ' ' || p[e-1] == '\t') {
		e--
	}
	return Field{Name: p[:n:n], Value: p[v:e:e]}, size, nil
}

// badName says what is wrong with the name of a field line: p[n] is the byte that is no part of a token.
func badName(p []byte, n int) *BadHead {
	line, _, _ := bytes.Cut(p, []byte("\r\n"))
	switch {
	case n == 0 && (p[0] == ' ' || p[0] == '\t'):
		return bad("a header line begins with white space: obs-fold is refused (RFC 9112, section 5.2)")
	case n == 0 && p[0] == ':':
		return bad("a header field without a name: %s", show(line))
	case p[n] == '\r' && n == len(line):
		return bad("a header line without a colon: %s", show(line))
	case (p[n] == ' ' || p[n] == '\t') && bytes.HasPrefix(trim(line[n:]), []byte(":")):
		return bad("white space before the colon of header field %s (RFC 9112, section 5.1)", show(line[:n]))
	}
	return bad("byte 0x%02x in the name of a header field (RFC 9110, section 5.1): %s", p[n], show(line))
}
