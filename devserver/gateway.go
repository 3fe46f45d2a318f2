package devserver

import (
	"bytes"
	"crypto/subtle"
	"strconv"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/http1"
	"github.com/snifter-dev/snifter/devserver/wire"
)

// A replayed request names the exchange that it was made from, and proves that it comes from snifter's own replayer, in
// this field: the origin's id (0 where it is made from none), a space, and the server's token. Another space and a key may follow,
// which names what is to be done to its way through the stages (Config.Surgery). The field is taken out before anything is recorded. The
// answer then carries the id of the new exchange.
const (
	originHeader      = "Snifter-Origin"
	lowerOriginHeader = "snifter-origin"
	exchangeHeader    = "Snifter-Exchange"
)

// gateway turns the requests of one listener into exchanges.
type gateway struct {
	s    *Server
	gate *gate
}

var _ http1.Handler = (*gateway)(nil)

// Request begins an exchange.
func (g *gateway) Request(stream *http1.Stream) {
	h := stream.Head()
	environ, withheld := g.gate.environ(h, stream.Remote(), stream.TLS())
	head, origin, key := g.s.takeOrigin(h)
	x := &exchange{
		s: g.s, stream: stream, id: g.s.cfg.NextID(), started: stream.Started(),
		in: tape{quota: g.s.cfg.MaxBody}, out: tape{quota: g.s.cfg.MaxBody},
		request: &event.Request{
			Started: stream.Started(), Origin: origin, Remote: stream.Remote(), TLS: stream.TLS(),
			Head: head, Withheld: withheld, Environ: environ,
		},
		whole: !h.HasBody(),
	}
	stream.Receive(x)
	if !x.whole {
		x.early, x.whole = stream.Early(wire.BodyWindow)
		x.early = bytes.Clone(x.early) // it may have to wait for a build
	}
	if key != "" && !x.operate(key) {
		return
	}
	g.s.checkFresh()
	g.s.builds.dispatch(x)
}

// operate looks up what is to be done to the request's way through the stages. Where that is not known the request is
// answered with an error: to be sent through all of them would be another thing than was asked for.
func (x *exchange) operate(key string) bool {
	if x.s.cfg.Surgery != nil {
		if surgery, ok := x.s.cfg.Surgery(key); ok {
			x.surgery = &surgery
			return true
		}
	}
	x.answer(&page{
		Status: "500 Internal Server Error", Title: "what this replay was to do to the stages is not known to this server",
		Hint: "It was meant for another server, or for an earlier run of this one. Send it again.",
	})
	return false
}

// takeOrigin returns the head to record, the exchange that the request replays, and the key of its surgery. A field with a
// wrong token is nobody's but the client's: it is recorded as any other, though it never reaches the environ.
func (s *Server) takeOrigin(h *http1.Head) (head []byte, origin uint64, surgery string) {
	value, ok := h.Get(lowerOriginHeader)
	if !ok || s.cfg.OriginToken == "" {
		return h.Raw, 0, ""
	}
	id, token, _ := bytes.Cut(value, []byte(" "))
	token, key, _ := bytes.Cut(token, []byte(" "))
	if subtle.ConstantTimeCompare(token, []byte(s.cfg.OriginToken)) != 1 {
		return h.Raw, 0, ""
	}
	origin, err := strconv.ParseUint(string(id), 10, 64)
	if err != nil {
		return h.Raw, 0, ""
	}
	for line := range bytes.SplitAfterSeq(h.Raw, []byte("\r\n")) {
		name, _, _ := bytes.Cut(line, []byte(":"))
		if !fold(name, originHeader) {
			head = append(head, line...)
		}
	}
	return head, origin, string(key)
}

// Refused records a request that was answered by the server itself.
func (g *gateway) Refused(r http1.Refusal) {
	request := &event.Request{
		Started: r.Started, Remote: r.Remote, TLS: r.TLS, Head: r.Raw, Refused: r.Reason,
	}
	if r.Head != nil {
		request.Environ, request.Withheld = g.gate.environ(r.Head, r.Remote, r.TLS)
	}
	took := time.Since(r.Started)
	x := &exchange{s: g.s, id: g.s.cfg.NextID(), started: r.Started, out: tape{quota: g.s.cfg.MaxBody}}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.emit(event.Enter, 0, request)
	if r.Status != 0 {
		answer := event.ParseHead(r.WireHead)
		status := answer.Target // a status line is "HTTP/1.1 400 Bad Request": the words after the code are the third
		if answer.Protocol != "" {
			status += " " + answer.Protocol
		}
		x.emit(event.StartResponse, took, &event.Response{Status: status, Headers: answer.Headers, Server: true})
		if len(r.Body) > 0 {
			x.emit(event.Chunk, took, x.out.record(r.Body))
		}
	}
	x.emit(event.Exit, took, &event.Ending{Outcome: event.Done, Reason: r.Reason, WireHead: r.WireHead})
	x.state = ended
}

func formatID(id uint64) string { return strconv.FormatUint(id, 10) }
