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
		e.Stage = r.stage()
		seq += r.int()
		at += r.int()
		if seq < 0 || seq > math.MaxUint32 {
			r.fail("a number out of range")
		}
		e.Seq, e.At = uint32(seq), time.Duration(at)
		e.Payload = r.payload()
		if r.failed != "" {
			return nil
		}
		events = append(events, e)
	}
	return events
}

func (r *reader) payload() any {
	switch tag := r.byte(); tag {
	case tagNone:
		return nil
	case tagRequest:
		return r.request()
	case tagData:
		return r.data()
	case tagResponse:
		return r.response()
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
		return r.finding("")
	case tagOfHeader:
		return r.finding(r.text())
	case tagBuild:
		return r.build()
	case tagDropped:
		return &event.DroppedCount{Events: r.small()}
	default:
		return r.stagePayload(tag)
	}
}

func (r *reader) finding(header string) *event.Finding {
	return &event.Finding{Rule: r.text(), Message: r.text(), PEP: r.text(), Header: header}
}

func (r *reader) data() *event.Data {
	return &event.Data{Bytes: r.bytes(), Size: r.small(), Merged: r.small()}
}

func (r *reader) response() *event.Response {
	p := &event.Response{Status: r.text(), Headers: r.headers()}
	p.ExcInfo, p.Server = r.flag(), r.flag()
	if r.version > 1 {
		p.Entered = time.Duration(r.int())
	}
	return p
}

func (r *reader) headers() []event.Header {
	var headers []event.Header
	for range r.size(2) {
		headers = append(headers, event.Header{Name: r.text(), Value: r.text()})
	}
	return headers
}

func (r *reader) request() *event.Request {
	p := &event.Request{
		Started: fromUnixNano(r.int()), Build: r.small(), Origin: r.uint(), Remote: r.text(), TLS: r.flag(), Head: r.bytes(),
	}
	for range r.size(2) {
		p.Withheld = append(p.Withheld, event.Withheld{Name: r.text(), Reason: r.text()})
	}
	p.Environ = r.bytes()
	p.Objects = r.texts()
	p.Refused = r.text()
	if r.version > 1 {
		p.App = r.info()
	}
	return p
}

func (r *reader) frames() []event.Frame {
	var frames []event.Frame
	for range r.size(6) {
		f := event.Frame{File: r.text(), Line: r.small(), Function: r.text(), Source: r.text()}
		for range r.size(1) {
			f.Context = append(f.Context, r.text())
		}
		f.ContextFrom = r.small()
		if r.failed != "" {
			return nil
		}
		frames = append(frames, f)
	}
	return frames
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
	p.Frames = r.frames()
	if r.failed != "" {
		return nil
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
