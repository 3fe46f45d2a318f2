package event

import (
	"bytes"
	"strings"

	"github.com/snifter-dev/snifter/devserver/marshal"
)

// Head is a request's head taken apart for showing and for sending again.
type Head struct {
	Method   string
	Target   string
	Protocol string
	Headers  []Header
}

// ParseHead takes a recorded head apart. The head was accepted, or refused with a reason, before it was recorded, so
// nothing is judged here: what is malformed is split as well as it goes, and nothing is lost but line ends and the
// white space around values.
func ParseHead(raw []byte) Head {
	var h Head
	line, rest := cutLine(raw)
	h.Method, line = cutWord(line)
	h.Target, line = cutWord(line)
	h.Protocol = marshal.Latin1(line)
	for len(rest) > 0 {
		line, rest = cutLine(rest)
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		h.Headers = append(h.Headers, Header{marshal.Latin1(name), marshal.Latin1(bytes.Trim(value, " \t"))})
	}
	return h
}

func cutLine(p []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(p, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest
}

func cutWord(p []byte) (word string, rest []byte) {
	w, rest, _ := bytes.Cut(p, []byte(" "))
	return marshal.Latin1(w), rest
}

// IsHopByHop says that a header is the server's to send, and no application's: those of RFC 2616, 13.5.1, as PEP 3333 cites
// it ("Other HTTP Features"), and Trailer by its right name.
func IsHopByHop(name string) bool {
	switch len(name) {
	case 2, 7, 8, 10, 17, 18, 19:
	default:
		return false
	}
	switch strings.ToLower(name) {
	case "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "trailers",
		"transfer-encoding", "upgrade":
		return true
	}
	return false
}
