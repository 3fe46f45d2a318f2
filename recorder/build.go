package recorder

import (
	"cmp"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
)

// maxCauses bounds how deep a chain of exceptions is followed.
const maxCauses = 100

// builder folds events into an exchange.
type builder struct {
	x       Exchange
	in, out bodyBuilder
	errors  strings.Builder
	last    time.Duration
	counted int64 // events there, merged ones included
	maxSeq  int64
	end     *event.Ending

	exceptions chosen[Exception]

	onion     *onion  // nil where stages are not told apart
	walker    *walker // nil unless moments are asked for
	blameless bool    // who is to blame is not asked for
}

// bodyBuilder gathers a body.
type bodyBuilder struct {
	bytes []byte
	first []byte // the only block so far, not copied
	size  int64
	cut   bool
}

func (b *bodyBuilder) add(d *event.Data) {
	b.size += int64(d.Size)
	if len(d.Bytes) < d.Size {
		b.cut = true
	}
	switch {
	case len(d.Bytes) == 0:
	case b.first == nil && b.bytes == nil:
		b.first = d.Bytes
	case b.bytes == nil:
		b.bytes = append(append(make([]byte, 0, 2*(len(b.first)+len(d.Bytes))), b.first...), d.Bytes...)
	default:
		b.bytes = append(b.bytes, d.Bytes...)
	}
}

// body makes the Body. sum is what the server says of a body that it did not pass on whole.
func (b *bodyBuilder) body(sum *event.BodySum) Body {
	kept := b.bytes
	if kept == nil {
		kept = b.first
	}
	body := Body{Size: b.size, Cut: b.cut, Bytes: kept}
	if body.Bytes == nil {
		body.Bytes = []byte{}
	}
	switch {
	case sum != nil:
		body.Size, body.SHA256 = sum.Size, hex.EncodeToString(sum.SHA256[:])
		body.Cut = int64(len(kept)) < sum.Size
	case !b.cut:
		body.SHA256 = sumOf(kept)
	}
	return body
}

// whole says whether a body has the length that its head announces. none is the length where the head says nothing of
// it, -1 if it could be any.
func whole(head []byte, size, none int64) bool {
	announced := none
	for _, h := range event.ParseHead(head).Headers {
		switch strings.ToLower(h.Name) {
		case "transfer-encoding":
			return false
		case "content-length":
			n, err := strconv.ParseInt(h.Value, 10, 64)
			if err != nil {
				return false
			}
			announced = n
		}
	}
	return size == announced
}

func newBuilder() *builder {
	b := &builder{maxSeq: -1}
	b.x = Exchange{
		State:  Open,
		Stages: []Stage{newStage(0, "server", "server")},
		Output: []Output{},
		Lint:   []Lint{},
		Blame:  Blame{Headers: map[string]int{}, Environ: map[string]int{}},
	}
	b.x.Environ = Environ{}
	b.x.Request.Headers, b.x.Request.Withheld = []Header{}, []Withheld{}
	b.x.Response.Headers, b.x.Response.Chunks = []Header{}, []Chunk{}
	return b
}

func newStage(index int, name, kind string) Stage {
	return Stage{
		Index: index, Name: name, Kind: kind, Headers: []Header{}, Chunks: []Chunk{},
		EnvironChanges: EnvironChanges{Added: map[string]any{}, Changed: map[string][2]any{}, Removed: []string{}},
	}
}

func (b *builder) addAll(events []event.Event) {
	events = inOrder(events)
	for i := range events {
		b.add(&events[i])
	}
}

// inOrder puts the events in the order in which things happened. A worker gathers what it tells of inner stages, and so a
// call of start_response, say, may be told before those within it that led to it.
func inOrder(events []event.Event) []event.Event {
	staged, ordered := false, true
	for i := range events {
		staged = staged || events[i].Stage != 0
		ordered = ordered && (i == 0 || events[i].At >= events[i-1].At)
	}
	if !staged || ordered {
		return events
	}
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b event.Event) int {
		return cmp.Or(cmp.Compare(end(&a), end(&b)), cmp.Compare(a.At, b.At))
	})
	return events
}

// end is -1 for the first event of an exchange, 1 for the last, and 0 for those between.
func end(e *event.Event) int {
	switch e.Payload.(type) {
	case *event.Request:
		return -1
	case *event.Ending:
		return 1
	}
	return 0
}

func (b *builder) add(e *event.Event) {
	b.counted++
	b.maxSeq = max(b.maxSeq, int64(e.Seq))
	if e.Exchange != 0 {
		b.x.ID = e.Exchange
	}
	if d, ok := e.Payload.(*event.Data); ok {
		b.counted += int64(d.Merged)
		b.maxSeq = max(b.maxSeq, int64(e.Seq)+int64(d.Merged))
	}
	if p, ok := e.Payload.(*event.Block); ok {
		b.counted += int64(p.Merged)
		b.maxSeq = max(b.maxSeq, int64(e.Seq)+int64(p.Merged))
	}
	if b.end == nil {
		b.last = max(b.last, e.At)
	}
	switch e.Kind {
	case event.Exception:
		if _, ok := e.Payload.(*event.Raised); ok {
			b.raised(e)
			return
		}
	case event.Errors, event.Output, event.Lint:
		b.note(e)
		return
	}
	if e.Stage != 0 {
		b.stage(e)
		return
	}
	switch p := e.Payload.(type) {
	case *event.Request:
		if e.Kind == event.Enter {
			b.request(p)
			b.peel(p.App)
		}
	case *event.Response:
		if e.Kind == event.StartResponse {
			b.response(p)
			if b.onion != nil {
				b.onion.response(e, p)
			}
		}
	case *event.Data:
		b.data(e, p)
	case *event.Read:
		if b.onion != nil {
			b.onion.begunBehind(p.Size)
		}
	case *event.Ending:
		if e.Kind == event.Exit {
			b.ending(e, p)
		}
	}
	if e.Kind == event.Close {
		b.x.Stages[0].Closed = true
		if b.onion != nil {
			b.onion.atWork = max(b.onion.atWork, e.At)
			b.onion.close(e.At)
		}
	}
}

// stage takes an event of an inner stage.
func (b *builder) stage(e *event.Event) {
	if _, ok := e.Payload.(*event.Entered); ok && b.onion == nil {
		b.peel(&event.StageInfo{Kind: "wsgi"}) // the beginning was lost
	}
	if b.onion != nil {
		b.onion.stageEvent(e)
	}
}

// peel tells stages apart from now on.
func (b *builder) peel(app *event.StageInfo) {
	if b.onion == nil && (app != nil || b.walker != nil) {
		b.onion = newOnion(b.x.Environ, app, b.walker)
		if b.walker != nil {
			b.walker.flat = app == nil
		}
		b.walker.moment(b.onion.layers[0], event.Enter, 0)
	}
}

func (b *builder) request(p *event.Request) {
	x := &b.x
	x.Started = clean(p.Started)
	x.Build = p.Build
	x.Origin = originOf(p.Origin)
	x.Reason = p.Refused
	head := event.ParseHead(p.Head)
	x.Request.Method, x.Request.Target, x.Request.Protocol = head.Method, head.Target, head.Protocol
	x.Request.Remote, x.Request.TLS, x.Request.Head = p.Remote, p.TLS, p.Head
	x.Request.Headers = headers(head.Headers)
	for _, w := range p.Withheld {
		x.Request.Withheld = append(x.Request.Withheld, Withheld{w.Name, w.Reason})
	}
	x.Environ = environ(p.Environ, p.Objects)
}

func (b *builder) response(p *event.Response) {
	x := &b.x
	x.Response.Status, x.Response.Headers, x.Response.Server = p.Status, headers(p.Headers), p.Server
	if !p.Server {
		x.Stages[0].Status, x.Stages[0].Headers = p.Status, headers(p.Headers)
	}
}

func (b *builder) data(e *event.Event, p *event.Data) {
	switch e.Kind {
	case event.Input:
		b.in.add(p)
		b.x.Stages[0].Input.Reads += 1 + p.Merged
		b.x.Stages[0].Input.Bytes += int64(p.Size)
		if b.onion != nil {
			b.walker.input(b.onion.layers[0], e.At, &event.Read{Size: int64(p.Size)})
		}
	case event.Write, event.Chunk:
		via := "yield"
		if e.Kind == event.Write {
			via = "write"
		}
		b.out.add(p)
		b.x.Response.Chunks = append(b.x.Response.Chunks, Chunk{AtMS: ms(e.At), Size: p.Size, Via: via, Merged: p.Merged})
		if b.onion != nil {
			b.onion.data(e, p)
		}
	}
}

func (b *builder) ending(e *event.Event, p *event.Ending) {
	b.end = p
	b.last = e.At
	b.x.State = stateOf(p.Outcome)
	if p.Reason != "" {
		b.x.Reason = p.Reason
	}
	b.x.Response.Head = p.WireHead
	if p.Closed {
		b.x.Stages[0].Closed = true
	}
	if b.onion != nil {
		b.onion.end(e.At, p.Closed, b.x.State == Done)
	}
}

func (b *builder) note(e *event.Event) {
	switch p := e.Payload.(type) {
	case *event.Text:
		if e.Kind == event.Errors {
			b.errors.WriteString(p.Text)
			return
		}
		b.x.Output = append(b.x.Output, Output{AtMS: ms(e.At), Stream: p.Stream, Text: p.Text})
	case *event.Finding:
		if b.onion != nil {
			b.onion.finds(len(b.x.Lint), e.Stage, p.Rule)
		}
		b.x.Lint = append(b.x.Lint, Lint{Stage: int(e.Stage), Rule: p.Rule, Message: p.Message, PEP: p.PEP, Header: p.Header})
	}
}

// raised keeps what may be the exception of the exchange, and that of the server's own stage, which it left.
func (b *builder) raised(e *event.Event) {
	p, ok := e.Payload.(*event.Raised)
	if !ok {
		return
	}
	stage := int(e.Stage)
	if b.onion != nil {
		stage = b.onion.rose(p, stage)
	}
	x := exception(p, stage, 0)
	if place := b.exceptions.place(p); *place == nil {
		*place = x
	}
	if e.Stage != 0 || p.Handled {
		return
	}
	if b.x.Stages[0].Exception == nil {
		b.x.Stages[0].Exception = x
	}
	if b.onion != nil {
		b.onion.broke(e.At, x)
	}
}

func (b *builder) finish() *Exchange {
	x := &b.x
	x.DurationMS = ms(b.last)
	x.Errors = b.errors.String()
	x.Exception = b.exceptions.of(x.Response.Status)
	x.Lost = int(max(0, b.maxSeq+1-b.counted))
	var in, out *event.BodySum
	if b.end != nil {
		in, out = b.end.RequestBody, b.end.ResponseBody
	}
	x.Request.Body, x.Response.Body = b.in.body(in), b.out.body(out)
	if x.Lost > 0 {
		// What is lost may be of the bodies. One that can't be known to be whole is not called whole, nor replayed.
		if in == nil && !whole(x.Request.Head, x.Request.Body.Size, 0) {
			x.Request.Body.Cut, x.Request.Body.SHA256 = true, ""
		}
		if out == nil && !whole(x.Response.Head, x.Response.Body.Size, -1) {
			x.Response.Body.Cut, x.Response.Body.SHA256 = true, ""
		}
	}
	server := &x.Stages[0]
	server.ExitMS, server.TotalMS, server.SelfMS = x.DurationMS, x.DurationMS, x.DurationMS
	server.Chunks = append(server.Chunks, x.Response.Chunks...)
	if b.onion != nil && b.onion.known {
		b.onion.finish(x, b.last)
		if !b.blameless {
			b.onion.blame(x)
		}
	}
	return x
}

func headers(fields []event.Header) []Header {
	out := make([]Header, len(fields))
	for i, f := range fields {
		out[i] = Header{f.Name, f.Value}
	}
	return out
}

func stateOf(o event.Outcome) State {
	if o == event.Done {
		return Done
	}
	return Aborted
}

func originOf(id uint64) *uint64 {
	if id == 0 {
		return nil
	}
	return &id
}

// clean strips what does not survive being stored: the monotonic reading and the zone.
func clean(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.Unix(0, t.UnixNano()).UTC()
}

// ms gives milliseconds to the microsecond.
func ms(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}
