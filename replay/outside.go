package replay

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

// fromOutside says that an exchange is known as its client saw it, and not from within: the server at the other end
// records nothing, or did not say what it recorded.
func fromOutside(x *recorder.Exchange) bool { return len(x.Environ) == 0 && !x.Response.Server }

// level puts both exchanges on one footing: where one is known from outside alone, the other is taken as its own client saw
// it. What is not compared by that is named.
func (c *comparer) level() {
	side := &c.a
	switch {
	case fromOutside(c.a) == fromOutside(c.b):
		return
	case fromOutside(c.a):
		side = &c.b
	}
	seen := **side
	*side = &seen
	if seen.Exception != nil {
		c.leaveOut("exception")
	}
	if len(seen.Lint) > 0 {
		c.leaveOut("lint")
	}
	seen.Exception, seen.Lint, seen.Response = nil, nil, onTheWire(&seen)
	if c.o.Chunks && !(chunked(&c.a.Response) && chunked(&c.b.Response)) {
		c.o.Chunks = false
		c.leaveOut("chunks")
	}
}

// leaveOut says that a part is not compared, since one of the exchanges does not tell it.
func (c *comparer) leaveOut(part string) {
	if !slices.Contains(c.untold, part) {
		c.untold = append(c.untold, part)
	}
}

// staged says that the stages of an exchange were told apart.
func staged(x *recorder.Exchange) bool {
	return slices.ContainsFunc(x.Stages, func(s recorder.Stage) bool { return s.Index > 0 })
}

// onTheWire is a response as it went out: the fields that the server sent, and of the body what HTTP has room for, in blocks
// of which none is empty and none tells how it was given.
func onTheWire(x *recorder.Exchange) recorder.Response {
	r := x.Response
	if len(r.Head) > 0 {
		r.Headers = nil
		for _, h := range event.ParseHead(r.Head).Headers {
			r.Headers = append(r.Headers, recorder.Header{h.Name, h.Value})
		}
	}
	r.Chunks = slices.DeleteFunc(slices.Clone(r.Chunks), func(c recorder.Chunk) bool { return c.Size == 0 })
	for i := range r.Chunks {
		r.Chunks[i].Via = "yield"
	}
	room := r.Body.Size
	if withoutContent(x) {
		room = 0
	} else if v, ok := headerValue(r.Headers, "Content-Length"); ok {
		if n, err := strconv.ParseInt(v, 10, 64); err == nil && n >= 0 {
			room = min(room, n)
		}
	}
	if room < r.Body.Size {
		r.Body = front(r.Body, room)
	}
	return r
}

// front is the first bytes of a body.
func front(b recorder.Body, size int64) recorder.Body {
	kept := b.Bytes[:min(int64(len(b.Bytes)), size)]
	out := recorder.Body{Size: size, Bytes: kept, Cut: int64(len(kept)) < size}
	if !out.Cut {
		sum := sha256.Sum256(kept)
		out.SHA256 = hex.EncodeToString(sum[:])
	}
	return out
}

// withoutContent says that a response has no content, whatever its fields say (RFC 9110, 6.4.1).
func withoutContent(x *recorder.Exchange) bool {
	return x.Request.Method == "HEAD" || strings.HasPrefix(x.Response.Status, "204") || notModified(x)
}

func notModified(x *recorder.Exchange) bool { return strings.HasPrefix(x.Response.Status, "304") }

// chunked says that a response told its blocks apart on the wire.
func chunked(r *recorder.Response) bool {
	coding, _ := headerValue(r.Headers, "Transfer-Encoding")
	return strings.EqualFold(coding, "chunked")
}

const serversPage = "the server's own page on the failure"

// sameFailure says that both answered with the same status what the server, or one of the servers, made itself: its page
// on a failure of the application, which each server writes in its own way, as it does the reason behind the code.
func (c *comparer) sameFailure() bool {
	a, b := &c.a.Response, &c.b.Response
	if a.Server && fromOutside(c.b) || b.Server && fromOutside(c.a) {
		code, _, _ := strings.Cut(a.Status, " ")
		other, _, _ := strings.Cut(b.Status, " ")
		return code == other
	}
	return a.Server && b.Server && a.Status == b.Status
}
