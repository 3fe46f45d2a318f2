package http1

import "bytes"

// framing gathers what the fields say about where the request ends and what becomes of the connection.
type framing struct {
	hosts, types, encodings int
	length                  []byte
	encoding                []byte
	expectation             bool // one that is not 100-continue
	close, keepAlive        bool
}

// note takes a field into account.
func (f *framing) note(h *Head, field Field) *BadHead {
	switch len(field.Name) {
	case len("host"):
		if equalFold(field.Name, "host") {
			f.hosts++
			h.Host = field.Value
		}
	case len("expect"):
		if equalFold(field.Name, "expect") {
			// RFC 9110, section 10.1.1: the value is compared without regard to case.
			if equalFold(field.Value, "100-continue") {
				h.Expect100 = true
			} else {
				f.expectation = true
			}
		}
	case len("connection"):
		if equalFold(field.Name, "connection") {
			f.connection(field.Value)
		}
	case len("content-type"):
		if equalFold(field.Name, "content-type") {
			f.types++
		}
	case len("content-length"):
		if equalFold(field.Name, "content-length") {
			return f.contentLength(h, field.Value)
		}
	case len("transfer-encoding"):
		if equalFold(field.Name, "transfer-encoding") {
			f.encodings++
			f.encoding = field.Value
		}
	}
	return nil
}

// connection reads a Connection field: a list of tokens, compared without regard to case (RFC 9110, section 7.6.1).
func (f *framing) connection(list []byte) {
	for len(list) > 0 {
		var option []byte
		option, list, _ = bytes.Cut(list, []byte(","))
		switch option = trim(option); {
		case equalFold(option, "close"):
			f.close = true
		case equalFold(option, "keep-alive"):
			f.keepAlive = true
		}
	}
}

// contentLength reads 1*DIGIT and nothing else (RFC 9112, section 6.3). A list of lengths is refused even where they
// are the same; a repeated field with the same value is one field.
func (f *framing) contentLength(h *Head, v []byte) *BadHead {
	if f.length != nil {
		if bytes.Equal(f.length, v) {
			return nil
		}
		return bad("two lengths: Content-Length is %s and %s (RFC 9112, section 6.3)", show(f.length), show(v))
	}
	n, ok := parseLength(v)
	if !ok {
		return bad("Content-Length %s is not a number of bytes (RFC 9112, section 6.3)", show(v))
	}
	f.length, h.ContentLength = v, n
	return nil
}

// parseLength reads digits that make a number below 2^63.
func parseLength[T []byte | string](v T) (int64, bool) {
	if len(v) == 0 || len(v) > 19 {
		return 0, false
	}
	var n int64
	for i := range len(v) {
		if !digit(v[i]) {
			return 0, false
		}
		if n = n*10 + int64(v[i]-'0'); n < 0 { // 19 digits overflow at most once
			return 0, false
		}
	}
	return n, true
}

// judge settles the framing once all fields are known.
func (f *framing) judge(h *Head) *BadHead {
	switch {
	case f.hosts > 1:
		return bad("%d Host fields (RFC 9112, section 3.2)", f.hosts)
	case f.hosts == 0 && h.Minor > 0:
		return bad("no Host field (RFC 9112, section 3.2)")
	case f.hosts == 1 && !validAuthority(h.Host, false):
		return bad("Host %s is not a host (RFC 9112, section 3.2)", show(h.Host))
	case f.types > 1:
		return bad("%d Content-Type fields", f.types)
	}
	if f.encodings > 0 {
		switch {
		case h.Minor == 0:
			return bad("Transfer-Encoding in HTTP/1.0 (RFC 9112, section 6.1)")
		case f.encodings > 1:
			return bad("%d Transfer-Encoding fields (RFC 9112, section 6.1)", f.encodings)
		case !equalFold(f.encoding, "chunked"):
			return bad("Transfer-Encoding %s: only chunked is taken (RFC 9112, section 6.1)", show(f.encoding))
		case f.length != nil:
			return bad("both Transfer-Encoding and Content-Length (RFC 9112, section 6.1)")
		}
		h.Chunked = true
	}
	// Who sent CONNECT may take a 2xx for a tunnel, and what follows it is then no request (RFC 9110, section 9.3.6).
	h.KeepAlive = !f.close && (h.Minor > 0 || f.keepAlive) && h.Form != AuthorityForm
	if h.Minor == 0 {
		h.Expect100 = false // an expectation in HTTP/1.0 is ignored (RFC 9110, section 10.1.1)
		return nil
	}
	if f.expectation {
		return &BadHead{417, "the only expectation that is met is 100-continue (RFC 9110, section 10.1.1)"}
	}
	return nil
}
