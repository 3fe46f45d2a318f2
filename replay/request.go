package replay

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/recorder"
)

// request is a recorded request, ready to go out.
type request struct {
	head    []byte
	body    []byte // without framing
	method  string
	chunked bool
	// short means that the client sent less than it promised, or no whole head: the sending side closes early, as the
	// client's did.
	short  bool
	expect bool // the body waits for "100 Continue"
}

// chunkSize is the size of the chunks that a chunked body is sent in: the client's own boundaries are not recorded.
const chunkSize = 64 << 10

var errNothingRecorded = errors.New("nothing was recorded that could be sent again")

func newRequest(x *recorder.Exchange) (*request, error) {
	head := x.Request.Head
	if len(head) == 0 {
		head = composeHead(&x.Request)
	}
	if len(head) == 0 {
		return nil, errNothingRecorded
	}
	if x.Request.Body.Cut {
		return nil, ErrCut
	}
	q := &request{head: dropField(head, OriginHeader), body: x.Request.Body.Bytes}
	q.inspect()
	return q, nil
}

// composeHead makes a head of a request that was imported, and has none.
func composeHead(r *recorder.Request) []byte {
	if r.Method == "" || r.Target == "" {
		return nil
	}
	protocol := r.Protocol
	if protocol == "" {
		protocol = "HTTP/1.1"
	}
	b := appendNative(nil, r.Method+" "+r.Target+" "+protocol+"\r\n")
	for _, h := range r.Headers {
		b = appendNative(b, h[0]+": "+h[1]+"\r\n")
	}
	return append(b, "\r\n"...)
}

func appendNative(b []byte, s string) []byte {
	p, _ := marshal.Bytes(s)
	return append(b, p...)
}

// inspect finds out how the body is framed.
func (q *request) inspect() {
	parsed := event.ParseHead(trimLeadingLines(q.head))
	q.method = parsed.Method
	q.short = !bytes.HasSuffix(q.head, []byte("\n\r\n")) && !bytes.HasSuffix(q.head, []byte("\n\n"))
	for _, h := range parsed.Headers {
		switch strings.ToLower(h.Name) {
		case "transfer-encoding":
			q.chunked = strings.EqualFold(h.Value, "chunked")
		case "content-length":
			n, err := strconv.ParseUint(h.Value, 10, 62)
			q.short = q.short || err == nil && n > uint64(len(q.body))
		case "expect":
			q.expect = strings.EqualFold(h.Value, "100-continue") && parsed.Protocol != "HTTP/1.0"
		}
	}
}

// withOrigin is the head with the field that names the origin, and behind it the key of a surgery.
func (q *request) withOrigin(id uint64, token, surgery string) []byte {
	start := len(q.head) - len(trimLeadingLines(q.head))
	end := bytes.IndexByte(q.head[start:], '\n')
	if end < 0 || token == "" || id == 0 {
		return q.head
	}
	at := start + end + 1
	b := make([]byte, 0, len(q.head)+96)
	b = append(b, q.head[:at]...)
	b = fmt.Appendf(b, "%s: %s", OriginHeader, FormatOrigin(id, token))
	if surgery != "" {
		b = append(append(b, ' '), surgery...)
	}
	b = append(b, "\r\n"...)
	return append(b, q.head[at:]...)
}

// framed appends the body as it goes out.
func (q *request) framed() []byte {
	if !q.chunked {
		return q.body
	}
	var b []byte
	for rest := q.body; len(rest) > 0; {
		n := min(chunkSize, len(rest))
		b = fmt.Appendf(b, "%x\r\n", n)
		b = append(append(b, rest[:n]...), "\r\n"...)
		rest = rest[n:]
	}
	return append(b, "0\r\n\r\n"...)
}

// trimLeadingLines drops the empty lines that may stand before a request line (RFC 9112, 2.2).
func trimLeadingLines(head []byte) []byte { return bytes.TrimLeft(head, "\r\n") }

// field finds the line of a field in a head from an offset on: where the line starts, its value, and where the next
// line starts.
func field(head []byte, name string, from int) (start, valueStart, valueEnd, next int) {
	lead := len(head) - len(trimLeadingLines(head))
	i := max(from, lead)
	if i == lead {
		i += lineEnd(head[i:])
	}
	for i < len(head) {
		next = i + lineEnd(head[i:])
		line := bytes.TrimRight(head[i:next], "\r\n")
		if len(line) == 0 {
			break
		}
		if n, value, ok := bytes.Cut(line, []byte(":")); ok && bytes.EqualFold(n, []byte(name)) {
			valueStart = i + len(n) + 1 + len(value) - len(bytes.TrimLeft(value, " \t"))
			return i, valueStart, max(valueStart, i+len(bytes.TrimRight(line, " \t"))), next
		}
		i = next
	}
	return -1, 0, 0, 0
}

func lineEnd(p []byte) int {
	if i := bytes.IndexByte(p, '\n'); i >= 0 {
		return i + 1
	}
	return len(p)
}

func dropField(head []byte, name string) []byte {
	for {
		start, _, _, next := field(head, name, 0)
		if start < 0 {
			return head
		}
		head = append(bytes.Clone(head[:start]), head[next:]...)
	}
}

// mapField passes each value of a field through f, and leaves the rest of the head as it is.
func mapField(head []byte, name string, f func(string) string) []byte {
	for from := 0; ; {
		start, valueStart, valueEnd, next := field(head, name, from)
		if start < 0 {
			return head
		}
		old := string(head[valueStart:valueEnd])
		value := f(old)
		if value != old {
			tail := head[valueEnd:]
			head = append(append(bytes.Clone(head[:valueStart]), value...), tail...)
		}
		from = next + len(value) - len(old)
	}
}
