package recorder

import (
	"bytes"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
)

// Row is the exchange in one line.
func (x *Exchange) Row() Row {
	r := Row{
		ID: x.ID, Method: x.Request.Method, Target: x.Request.Target, Status: x.Response.Status,
		DurationMS: x.DurationMS, RequestBytes: x.Request.Body.Size, ResponseBytes: x.Response.Body.Size,
		Started: x.Started, Build: x.Build, Origin: x.Origin, Marked: x.Marked, State: x.State, Lint: len(x.Lint),
	}
	if x.Exception != nil {
		kind := x.Exception.Type
		r.Exception = &kind
	}
	for _, c := range x.Response.Chunks {
		r.Chunks += 1 + c.Merged
	}
	return r
}

// Code is the number in the status, or 0.
func (r *Row) Code() int { return statusCode(r.Status) }

func statusCode(status string) int {
	if len(status) < 3 {
		return 0
	}
	n := 0
	for i := range 3 {
		c := status[i]
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// rowState makes a row of events as they come, and says the same as Fold followed by Row.
type rowState struct {
	r        Row
	origin   uint64
	duration time.Duration
	ended    bool
	in, out  *event.BodySum

	exceptions chosen[string]
}

func (s *rowState) add(e *event.Event) {
	if e.Exchange != 0 {
		s.r.ID = e.Exchange
	}
	if !s.ended {
		s.duration = max(s.duration, e.At)
	}
	switch p := e.Payload.(type) {
	case *event.Raised:
		if place := s.exceptions.place(p); e.Kind == event.Exception && *place == nil {
			*place = &p.Type
		}
	case *event.Finding:
		if e.Kind == event.Lint {
			s.r.Lint++
		}
	case *event.Request:
		if e.Kind == event.Enter && e.Stage == 0 {
			s.r.Started, s.r.Build, s.origin = clean(p.Started), p.Build, p.Origin
			s.r.Method, s.r.Target = requestLine(p.Head)
		}
	case *event.Data:
		if e.Stage != 0 {
			return
		}
		switch e.Kind {
		case event.Input:
			s.r.RequestBytes += int64(p.Size)
		case event.Write, event.Chunk:
			s.r.ResponseBytes += int64(p.Size)
			s.r.Chunks += 1 + p.Merged
		}
	case *event.Response:
		if e.Kind == event.StartResponse && e.Stage == 0 {
			s.r.Status = p.Status
		}
	case *event.Ending:
		if e.Kind == event.Exit && e.Stage == 0 {
			s.ending(e, p)
		}
	}
}

func (s *rowState) ending(e *event.Event, p *event.Ending) {
	s.ended, s.duration = true, e.At
	s.r.State = stateOf(p.Outcome)
	s.in, s.out = p.RequestBody, p.ResponseBody
}

func (s *rowState) row() Row {
	r := s.r
	if r.State == "" {
		r.State = Open
	}
	if s.in != nil {
		r.RequestBytes = s.in.Size
	}
	if s.out != nil {
		r.ResponseBytes = s.out.Size
	}
	r.DurationMS = ms(s.duration)
	r.Exception = s.exceptions.of(r.Status)
	r.Origin = originOf(s.origin)
	return r
}

// requestLine takes method and target out of a head, without the rest.
func requestLine(head []byte) (method, target string) {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	m, rest, _ := bytes.Cut(line, []byte(" "))
	t, _, _ := bytes.Cut(rest, []byte(" "))
	return marshal.Latin1(m), marshal.Latin1(t)
}
