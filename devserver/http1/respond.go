package http1

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// given is what the headers of a response say that the server must know.
type given struct {
	length          int64 // -1 without Content-Length
	date, server    bool
	close           bool // Connection: close
	connection, cut bool
}

// appendHead appends the head of a response and decides how its body is framed. Where it fails, nothing has changed.
func (s *Stream) appendHead(b []byte, status string, headers [][2]string, opt Options, block []byte) ([]byte, error) {
	code, err := statusCode(status)
	if err != nil {
		return b, err
	}
	g, err := survey(headers)
	if err != nil {
		return b, err
	}
	bodiless := code < 200 || code == http.StatusNoContent || code == http.StatusNotModified
	// RFC 9110, section 8.6: no Content-Length in 1xx and 204.
	lengthless := code < 200 || code == http.StatusNoContent
	inferred := int64(-1)
	switch {
	case g.length >= 0 || bodiless:
	case s.head.Method == "HEAD":
		// What the body of a GET would be is known only where the application made one.
		if opt.Sized && len(block) > 0 {
			inferred = int64(len(block))
		}
	case opt.Sized || opt.End && len(block) == 0:
		inferred = int64(len(block))
	}
	s.left = max(g.length, inferred)
	switch {
	case bodiless || s.head.Method == "HEAD":
		s.framing = framedByNothing
	case s.left >= 0:
		s.framing = framedByLength
	case s.head.Minor > 0:
		s.framing = framedByChunks
	default:
		s.framing = framedByClose
	}
	s.keep = s.mayKeep(opt) && !g.close && code >= 200

	b = append(b, "HTTP/1.1 "...)
	b = append(b, status...)
	if len(status) == 3 {
		b = append(b, ' ')
	}
	b = append(b, "\r\n"...)
	for _, h := range headers {
		if g.connection && isName(h[0], "connection") || g.cut && isName(h[0], "content-length") {
			continue
		}
		if lengthless && isName(h[0], "content-length") {
			continue
		}
		b = appendField(b, h[0], h[1])
	}
	if g.cut && !lengthless {
		inferred = g.length
	}
	if inferred >= 0 {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, inferred, 10)
		b = append(b, "\r\n"...)
	}
	if s.framing == framedByChunks {
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	}
	return s.c.srv.appendCommon(b, g, s.keep, s.head.Minor == 0), nil
}

// mayKeep says whether the connection can be kept as far as it is known before the response.
func (s *Stream) mayKeep(opt Options) bool {
	if !s.head.KeepAlive || s.broken || opt.Close || s.framing == framedByClose || s.c.srv.closing.Load() {
		return false
	}
	if s.unread == 0 || !s.head.HasBody() {
		return true
	}
	// The client that waits for a 100 which does not come may send its body or not: there is no telling what its
	// next bytes are (RFC 9110, section 10.1.1). And what is too large will not be read.
	return !s.awaited() && !((opt.End || opt.Sized) && s.unread > int64(s.c.srv.limits.Drain))
}

// appendCommon appends what every response has, and the empty line.
func (srv *Server) appendCommon(b []byte, g given, keep, oldClient bool) []byte {
	if !g.date {
		b = append(b, "Date: "...)
		b = append(b, srv.date()...)
		b = append(b, "\r\n"...)
	}
	if !g.server && srv.ServerHeader != "" {
		b = appendField(b, "Server", srv.ServerHeader)
	}
	switch {
	case !keep:
		b = append(b, "Connection: close\r\n"...)
	case oldClient:
		b = append(b, "Connection: keep-alive\r\n"...)
	}
	return append(b, "\r\n"...)
}

func appendField(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ": "...)
	b = append(b, value...)
	return append(b, "\r\n"...)
}

// statusCode reads the three digits that a status begins with.
func statusCode(status string) (int, error) {
	if len(status) < 3 || !digit(status[0]) || !digit(status[1]) || !digit(status[2]) || status[0] == '0' ||
		len(status) > 3 && status[3] != ' ' {
		return 0, fmt.Errorf("%w: status %q", ErrHeader, status)
	}
	if !sendable(status) {
		return 0, fmt.Errorf("%w: status %q has control characters", ErrHeader, status)
	}
	return int(status[0]-'0')*100 + int(status[1]-'0')*10 + int(status[2]-'0'), nil
}

// survey looks through the headers of a response. The caller has validated them; what would split the response, or
// break its framing, is refused here once more.
func survey(headers [][2]string) (given, error) {
	g := given{length: -1}
	for _, h := range headers {
		name, value := h[0], h[1]
		if name == "" {
			return g, fmt.Errorf("%w: a header without a name", ErrHeader)
		}
		for i := range len(name) {
			if classes[name[i]]&tokenChar == 0 {
				return g, fmt.Errorf("%w: header name %q", ErrHeader, name)
			}
		}
		if !sendable(value) {
			return g, fmt.Errorf("%w: the value of header %q has control characters", ErrHeader, name)
		}
		switch {
		case isName(name, "date"):
			g.date = true
		case isName(name, "server"):
			g.server = true
		case isName(name, "connection"):
			// How the connection goes on is the server's to say; what the application wishes is heard.
			g.connection = true
			for option := range strings.SplitSeq(value, ",") {
				g.close = g.close || strings.EqualFold(strings.TrimSpace(option), "close")
			}
		case isName(name, "content-length"):
			n, ok := parseLength(value)
			if !ok || g.length >= 0 && g.length != n {
				return g, fmt.Errorf("%w: Content-Length %q", ErrHeader, value)
			}
			g.cut = g.length >= 0 // the same length twice goes out once
			g.length = n
		case isName(name, "transfer-encoding"):
			return g, fmt.Errorf("%w: Transfer-Encoding is the server's", ErrHeader)
		}
	}
	return g, nil
}

// sendable says whether a value may stand in a head: no control characters but HTAB.
func sendable(v string) bool {
	for i := range len(v) {
		if classes[v[i]]&valueChar == 0 {
			return false
		}
	}
	return true
}

func isName(name, lower string) bool {
	return len(name) == len(lower) && strings.EqualFold(name, lower)
}

// dateLine is the value of Date within one second.
type dateLine struct {
	second int64
	text   string
}

// date is the time now as an IMF-fixdate (RFC 9110, section 5.6.7), made once a second.
func (srv *Server) date() string {
	now := time.Now()
	if d := srv.dateCache.Load(); d != nil && d.second == now.Unix() {
		return d.text
	}
	d := &dateLine{now.Unix(), now.UTC().Format(http.TimeFormat)}
	srv.dateCache.Store(d)
	return d.text
}
