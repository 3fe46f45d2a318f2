package recorder_test

import (
	"fmt"
	"math"
	"math/big"
	"time"

	"pgregory.net/rapid"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
)

var epoch = time.Date(2026, 11, 20, 10, 0, 0, 123456789, time.UTC)

// typical gives the events of an exchange of about the given size of body, as a server emits them.
func typical(id uint64, bodySize int) []event.Event {
	body := make([]byte, bodySize)
	for i := range body {
		body[i] = byte('a' + (uint64(i)*7+id)%26)
	}
	target := fmt.Sprintf("/articles/%d?page=2", id)
	head := "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n" +
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n" +
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\n" +
		"Accept-Encoding: gzip, deflate, br, zstd\r\nConnection: keep-alive\r\nCookie: session=eyJ1c2VyIjoxfQ\r\n\r\n"
	env := marshal.Append(nil, marshal.Dict{
		{Key: "REQUEST_METHOD", Value: "GET"}, {Key: "SCRIPT_NAME", Value: ""}, {Key: "PATH_INFO", Value: target[:9]},
		{Key: "QUERY_STRING", Value: "page=2"}, {Key: "SERVER_NAME", Value: "127.0.0.1"}, {Key: "SERVER_PORT", Value: "8000"},
		{Key: "SERVER_PROTOCOL", Value: "HTTP/1.1"}, {Key: "REMOTE_ADDR", Value: "127.0.0.1"},
		{Key: "HTTP_HOST", Value: "127.0.0.1:8000"},
		{Key: "wsgi.version", Value: marshal.Tuple{int64(1), int64(0)}}, {Key: "wsgi.url_scheme", Value: "http"},
		{Key: "wsgi.multithread", Value: true}, {Key: "wsgi.run_once", Value: false},
	})
	return []event.Event{
		{Exchange: id, Seq: 0, Kind: event.Enter, Payload: &event.Request{
			Started: epoch.Add(time.Duration(id) * time.Millisecond), Build: 1, Remote: "127.0.0.1:51324", Head: []byte(head),
			Environ: env, Objects: map[string]string{"wsgi.input": "<Input>", "wsgi.errors": "<Errors>"},
		}},
		{Exchange: id, Seq: 1, Kind: event.StartResponse, At: 900 * time.Microsecond, Payload: &event.Response{
			Status: "200 OK", Headers: []event.Header{
				{Name: "Content-Type", Value: "text/html; charset=utf-8"}, {Name: "Content-Length", Value: fmt.Sprint(bodySize)},
			},
		}},
		{Exchange: id, Seq: 2, Kind: event.Chunk, At: time.Millisecond, Payload: &event.Data{Bytes: body, Size: bodySize}},
		{Exchange: id, Seq: 3, Kind: event.Close, At: 1100 * time.Microsecond},
		{Exchange: id, Seq: 4, Kind: event.Exit, At: 1200 * time.Microsecond, Payload: &event.Ending{
			Closed: true, WireHead: []byte("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"),
		}},
	}
}

// with changes a payload of a typical exchange.
func with[P any](events []event.Event, change func(*P)) []event.Event {
	for i := range events {
		if p, ok := events[i].Payload.(*P); ok {
			change(p)
		}
	}
	return events
}

func withStatus(events []event.Event, status string) []event.Event {
	return with(events, func(p *event.Response) { p.Status = status })
}

// insert puts an event before the last one and numbers all anew.
func insert(events []event.Event, e event.Event) []event.Event {
	last := len(events) - 1
	e.Exchange = events[0].Exchange
	out := append(append(append([]event.Event{}, events[:last]...), e), events[last])
	for i := range out {
		out[i].Seq = uint32(i)
	}
	return out
}

func genBytes() *rapid.Generator[[]byte] {
	return rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 0, 200),
		rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) }),
		rapid.Map(rapid.IntRange(300, 5000), func(n int) []byte { return make([]byte, n) }))
}

func genNative() *rapid.Generator[string] {
	return rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), marshal.Latin1)
}

func genValue(depth int) *rapid.Generator[any] {
	simple := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.Int64().AsAny(), rapid.String().AsAny(), genNative().AsAny(),
		rapid.Float64().AsAny(), rapid.SliceOfN(rapid.Byte(), 0, 20).AsAny(),
		rapid.SampledFrom([]any{math.Inf(1), math.NaN(), math.Copysign(0, -1), 1e300, "\xed\xa0\x80",
			new(big.Int).Lsh(big.NewInt(1), 100)}),
	}
	if depth > 2 {
		return rapid.OneOf(simple...)
	}
	items := rapid.SliceOfN(rapid.Deferred(func() *rapid.Generator[any] { return genValue(depth + 1) }), 0, 4)
	return rapid.OneOf(append(simple,
		rapid.Map(items, func(vs []any) any { return marshal.Tuple(vs) }),
		rapid.Map(items, func(vs []any) any { return marshal.List(vs) }),
		rapid.Map(items, func(vs []any) any {
			d := marshal.Dict{}
			for i, v := range vs {
				d = append(d, marshal.Pair{Key: fmt.Sprint("k", i), Value: v})
			}
			return d
		}))...)
}

func genRaised(t *rapid.T, depth int) *event.Raised {
	r := &event.Raised{
		Where: event.Where(rapid.IntRange(0, 3).Draw(t, "where")), Type: rapid.String().Draw(t, "type"),
		Message: rapid.String().Draw(t, "message"), Explicit: rapid.Bool().Draw(t, "explicit"),
		Text: rapid.String().Draw(t, "text"),
	}
	for range rapid.IntRange(0, 3).Draw(t, "frames") {
		f := event.Frame{File: rapid.String().Draw(t, "file"), Line: rapid.Int().Draw(t, "line"), Source: "x = 1"}
		if rapid.Bool().Draw(t, "context") {
			f.Context, f.ContextFrom = []string{"a", rapid.String().Draw(t, "line")}, 3
		}
		r.Frames = append(r.Frames, f)
	}
	if depth < 3 && rapid.Bool().Draw(t, "cause") {
		r.Cause = genRaised(t, depth+1)
	}
	return r
}

func genSum(t *rapid.T) *event.BodySum {
	if rapid.Bool().Draw(t, "whole") {
		return nil
	}
	s := &event.BodySum{Size: rapid.Int64Min(0).Draw(t, "size")}
	copy(s.SHA256[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "sum"))
	return s
}

// genEvents gives any events of one exchange, in any order after the first.
func genEvents() *rapid.Generator[[]event.Event] {
	return rapid.Custom(func(t *rapid.T) []event.Event {
		const id = 7
		environ := marshal.Dict{}
		for i := range rapid.IntRange(0, 5).Draw(t, "keys") {
			environ = append(environ, marshal.Pair{Key: fmt.Sprint("KEY_", i), Value: genValue(0).Draw(t, "value")})
		}
		req := &event.Request{
			Started: epoch, Build: rapid.IntRange(0, 9).Draw(t, "build"), Origin: rapid.Uint64Max(3).Draw(t, "origin"),
			Remote: "unix", TLS: rapid.Bool().Draw(t, "tls"), Head: genBytes().Draw(t, "head"),
			Environ: marshal.Append(nil, environ), Refused: rapid.SampledFrom([]string{"", "no Host"}).Draw(t, "refused"),
		}
		if rapid.Bool().Draw(t, "withheld") {
			req.Withheld = []event.Withheld{{Name: "Proxy", Reason: "httpoxy"}}
			req.Objects = map[string]string{"wsgi.input": "<x>", "a": genNative().Draw(t, "repr")}
		}
		if rapid.Bool().Draw(t, "staged") {
			req.App = stageInfos[0]
		}
		events := []event.Event{{Exchange: id, Kind: event.Enter, Payload: req}}
		at := time.Duration(0)
		for range rapid.IntRange(0, 12).Draw(t, "n") {
			at += time.Duration(rapid.Int64Range(0, 1e9).Draw(t, "after"))
			e := genEvent(t)
			if rapid.Bool().Draw(t, "of a stage") {
				e = genStageEvent(t)
			}
			e.Exchange, e.At = id, at
			e.Seq = uint32(len(events))
			events = append(events, e)
		}
		return events
	})
}

func genEvent(t *rapid.T) event.Event {
	e := event.Event{Stage: uint16(rapid.IntRange(0, 2).Draw(t, "stage"))}
	data := func() *event.Data {
		b := genBytes().Draw(t, "bytes")
		d := &event.Data{Size: len(b) + rapid.IntRange(0, 3).Draw(t, "cut")}
		if len(b) > 0 {
			d.Bytes = b
		}
		return d
	}
	e.Kind = rapid.SampledFrom([]event.Kind{event.Input, event.StartResponse, event.Write, event.Chunk, event.Close,
		event.Exit, event.Exception, event.Errors, event.Output, event.Lint}).Draw(t, "kind")
	switch e.Kind {
	case event.Input, event.Write, event.Chunk:
		e.Payload = data()
	case event.StartResponse:
		r := &event.Response{Status: genNative().Draw(t, "status"), ExcInfo: rapid.Bool().Draw(t, "exc"), Server: rapid.Bool().Draw(t, "server")}
		for range rapid.IntRange(0, 3).Draw(t, "headers") {
			r.Headers = append(r.Headers, event.Header{Name: genNative().Draw(t, "name"), Value: genNative().Draw(t, "value")})
		}
		if rapid.Bool().Draw(t, "called") {
			r.Entered = time.Duration(rapid.Int64Min(0).Draw(t, "entered"))
		}
		e.Payload = r
	case event.Exit:
		end := &event.Ending{Outcome: event.Outcome(rapid.IntRange(0, 4).Draw(t, "outcome")), Reason: "why",
			RequestBody: genSum(t), ResponseBody: genSum(t), Closed: rapid.Bool().Draw(t, "closed")}
		if rapid.Bool().Draw(t, "head") {
			end.WireHead = []byte("HTTP/1.1 200 OK\r\n\r\n")
		}
		e.Payload = end
	case event.Exception:
		r := genRaised(t, 0)
		r.Handled = rapid.Bool().Draw(t, "handled")
		r.Minor = r.Handled && rapid.Bool().Draw(t, "minor")
		e.Payload = r
	case event.Errors, event.Output:
		e.Payload = &event.Text{Stream: "stderr", Text: rapid.String().Draw(t, "text")}
	case event.Lint:
		e.Payload = &event.Finding{Rule: "close-not-called", Message: rapid.String().Draw(t, "message"), PEP: "PEP 3333",
			Header: rapid.SampledFrom([]string{"", "X-A"}).Draw(t, "header")}
	}
	return e
}
