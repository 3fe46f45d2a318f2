package recorder

import (
	"math"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
)

func (r *reader) events(id uint64) []event.Event {
	const least = 5 // bytes an event
	n := r.size(least)
	events := make([]event.Event, 0, min(n, 1024))
	var seq, at int64
	for range n {
		e := event.Event{Exchange: id, Kind: event.Kind(r.byte())}
		stage := r.uint()
		seq += r.int()
		at += r.int()
		if stage > math.MaxUint16 || seq < 0 || seq > math.MaxUint32 {
			r.fail("a number out of range")
		}
		e.Stage, e.Seq, e.At = uint16(stage), uint32(seq), time.Duration(at)
		e.Payload = r.payload()
		if r.failed != "" {
			return nil
		}
		events = append(events, e)
	}
	return events
}

func (r *reader) payload() any {
	switch r.byte() {
	case tagNone:
		return nil
	case tagRequest:
		return r.request()
	case tagData:
		return &event.Data{Bytes: r.bytes(), Size: r.small(), Merged: r.small()}
	case tagResponse:
		p := &event.Response{Status: r.text()}
		for range r.size(2) {
			p.Headers = append(p.Headers, event.Header{Name: r.text(), Value: r.text()})
		}
		p.ExcInfo, p.Server = r.flag(), r.flag()
		return p
	case tagEnding:
		return &event.Ending{
			Outcome: event.Outcome(r.byte()), Reason: r.text(), RequestBody: r.sum(), ResponseBody: r.sum(),
			Closed: r.flag(), WireHead: r.bytes(),
		}
	case tagRaised:
		return r.raised(0)
	case tagHandled:
		minor := r.flag()
		p := r.raised(0)
		if p != nil {
			p.Handled, p.Minor = true, minor
		}
		return p
	case tagText:
		return &event.Text{Stream: r.text(), Text: r.text()}
	case tagFinding:
		return &event.Finding{Rule: r.text(), Message: r.text(), PEP: r.text()}
	case tagBuild:
		return r.build()
	case tagDropped:
		return &event.DroppedCount{Events: r.small()}
	}
	r.fail("an unknown payload")
	return nil
}

func (r *reader) request() *event.Request {
	p := &event.Request{
		Started: fromUnixNano(r.int()), Build: r.small(), Origin: r.uint(), Remote: r.text(), TLS: r.flag(), Head: r.bytes(),
	}
	for range r.size(2) {
		p.Withheld = append(p.Withheld, event.Withheld{Name: r.text(), Reason: r.text()})
	}
	p.Environ = r.bytes()
	if n := r.size(2); n > 0 {
		p.Objects = make(map[string]string, min(n, 64))
		for range n {
			k := r.text()
			p.Objects[k] = r.text()
			if r.failed != "" {
				break
			}
		}
	}
	p.Refused = r.text()
	return p
}

func (r *reader) sum() *event.BodySum {
	if !r.flag() {
		return nil
	}
	s := &event.BodySum{Size: r.int()}
	if len(r.p)-r.at < len(s.SHA256) {
		r.fail("cut short")
		return nil
	}
	r.at += copy(s.SHA256[:], r.p[r.at:])
	return s
}

func (r *reader) build() *event.Build {
	p := &event.Build{
		ID: r.small(), Why: r.text(), Started: fromUnixNano(r.int()), Took: time.Duration(r.int()), App: r.text(),
	}
	if r.flag() {
		p.Failed = r.raised(0)
	}
	p.Reused, p.Language = r.flag(), r.text()
	return p
}

func (r *reader) raised(depth int) *event.Raised {
	p := &event.Raised{Where: event.Where(r.byte()), Type: r.text(), Message: r.text()}
	for range r.size(6) {
		f := event.Frame{File: r.text(), Line: r.small(), Function: r.text(), Source: r.text()}
		for range r.size(1) {
			f.Context = append(f.Context, r.text())
		}
		f.ContextFrom = r.small()
		if r.failed != "" {
			return nil
		}
		p.Frames = append(p.Frames, f)
	}
	p.Explicit, p.Text = r.flag(), r.text()
	if r.flag() {
		if depth+1 >= maxCauses {
			r.fail("too many causes")
			return nil
		}
		p.Cause = r.raised(depth + 1)
	}
	return p
}
