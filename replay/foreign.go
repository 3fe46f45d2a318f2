package replay

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/recorder"
)

// Foreign takes the exchanges with a server that does not record them itself: they are turned into events here, as
// seen from the client's side. There is no environ, and the headers are those of the wire.
type Foreign struct {
	// NextID gives out the ids of the new exchanges.
	NextID func() uint64
	// Sink takes the events of each exchange in one call.
	Sink event.Sink
}

// Events are the events of an exchange as the client saw it.
func (r *Received) Events(id, origin uint64, secure bool) []event.Event {
	events := []event.Event{{Kind: event.Enter, Payload: &event.Request{
		Started: r.Started,
		Origin:  origin,
		Remote:  r.Remote,
		TLS:     secure,
		Head:    r.SentHead,
		Environ: marshal.AppendDictEnd(marshal.AppendDictStart(nil)),
	}}}
	if len(r.SentBody) > 0 {
		events = append(events, event.Event{Kind: event.Input, Payload: &event.Data{Bytes: r.SentBody, Size: len(r.SentBody)}})
	}
	response := &event.Response{Status: r.Status, Headers: make([]event.Header, 0, len(r.Headers))}
	for _, h := range r.Headers {
		response.Headers = append(response.Headers, event.Header{Name: h[0], Value: h[1]})
	}
	at := r.Took
	if len(r.Chunks) > 0 {
		at = r.Chunks[0].At
	}
	events = append(events, event.Event{Kind: event.StartResponse, At: at, Payload: response})
	cut := false
	for _, c := range r.Chunks {
		events = append(events, event.Event{Kind: event.Chunk, At: c.At, Payload: &event.Data{Bytes: c.Bytes, Size: c.Size}})
		cut = cut || len(c.Bytes) < c.Size
	}
	ending := &event.Ending{Closed: true, WireHead: r.Head}
	if cut {
		ending.ResponseBody = &event.BodySum{Size: r.Size, SHA256: sumBytes(r.SHA256)}
	}
	if r.Err != nil {
		ending.Outcome, ending.Reason = event.Broken, r.Err.Error()
	}
	events = append(events, event.Event{Kind: event.Exit, At: r.Took, Payload: ending})
	for i := range events {
		events[i].Exchange, events[i].Seq = id, uint32(i)
	}
	return events
}

func sumBytes(hexadecimal string) (sum [sha256.Size]byte) {
	p, _ := hex.DecodeString(hexadecimal)
	copy(sum[:], p)
	return sum
}

// record makes an exchange of what was received, and hands it to the sink if there is one.
func (f *Foreign) record(r *Received, origin uint64, secure bool) *recorder.Exchange {
	var id uint64
	if f != nil && f.NextID != nil {
		id = f.NextID()
	}
	events := r.Events(id, origin, secure)
	if f != nil && f.Sink != nil {
		f.Sink.Emit(events...)
	}
	return recorder.Fold(events)
}
