package recorder_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/recorder"
)

// stageInfos are the stages that generated events are of.
var stageInfos = []*event.StageInfo{
	{Name: "app.Outer", Kind: "wsgi", File: "/srv/app.py", Line: 12},
	{Name: "django.contrib.sessions.middleware.SessionMiddleware", Kind: "django", Role: "middleware", Line: 9},
	{Name: "app.application", Kind: "wsgi", File: "/srv/app.py"},
}

func genResponse(t *rapid.T) *event.Response {
	r := &event.Response{Status: rapid.SampledFrom([]string{"200 OK", "404 Not Found", "200"}).Draw(t, "status")}
	for range rapid.IntRange(0, 4).Draw(t, "headers") {
		r.Headers = append(r.Headers, event.Header{
			Name:  rapid.SampledFrom([]string{"Content-Type", "X-A", "x-a", "Set-Cookie"}).Draw(t, "name"),
			Value: rapid.SampledFrom([]string{"a", "b", "c=1", ""}).Draw(t, "value"),
		})
	}
	return r
}

func genEnvironChange(t *rapid.T) *event.EnvironChange {
	c := &event.EnvironChange{Inner: rapid.Bool().Draw(t, "inner")}
	set := marshal.Dict{}
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"KEY_0", "KEY_1", "REMOTE_USER"}), 0, 3,
		rapid.ID).Draw(t, "keys") {
		set = append(set, marshal.Pair{Key: key, Value: genValue(1).Draw(t, "value")})
	}
	c.Set = marshal.Append(nil, set)
	if rapid.Bool().Draw(t, "objects") {
		c.Objects = map[string]string{"a.session": "<Session>", "KEY_2": genNative().Draw(t, "repr")}
	}
	if rapid.Bool().Draw(t, "removes") {
		c.Removed = []string{"KEY_1", "KEY_3"}
	}
	return c
}

func genBlock(t *rapid.T) *event.Block {
	b := &event.Block{Size: rapid.IntRange(0, 300).Draw(t, "size")}
	switch rapid.IntRange(0, 3).Draw(t, "block") {
	case 0:
		b.Same, b.Of = true, uint16(rapid.IntRange(0, 4).Draw(t, "of"))
		b.Nth = uint32(rapid.IntRange(0, 3).Draw(t, "nth"))
	case 1:
		b.Type = "str"
	default:
		b.Bytes = genBytes().Draw(t, "bytes")
		b.Size = len(b.Bytes) + rapid.IntRange(0, 3).Draw(t, "cut")
	}
	if rapid.Bool().Draw(t, "merged") {
		b.Merged = rapid.IntRange(0, 1000).Draw(t, "more")
	}
	b.Given = rapid.Bool().Draw(t, "given")
	return b
}

// genStageEvent gives any event that only an inner stage has, which need not make sense where it stands.
func genStageEvent(t *rapid.T) event.Event {
	e := event.Event{Stage: uint16(rapid.IntRange(1, 5).Draw(t, "index"))}
	boundary := func() event.Kind { return event.Kind(rapid.IntRange(1, 8).Draw(t, "boundary")) }
	duration := func() time.Duration { return time.Duration(rapid.Int64Range(0, 1e9).Draw(t, "took")) }
	e.Kind = rapid.SampledFrom([]event.Kind{event.Enter, event.Enter, event.Input, event.StartResponse, event.Write,
		event.Chunk, event.Chunk, event.Close, event.Exit, event.Exception, event.EnvironChanged, event.Spent, event.Paused,
		event.Edited, event.Untold}).Draw(t, "kind")
	switch e.Kind {
	case event.Enter:
		e.Payload = &event.Entered{Stage: rapid.SampledFrom(append(stageInfos[:3:3], nil)).Draw(t, "stage"),
			Within: uint16(rapid.IntRange(0, 5).Draw(t, "within")), Copied: rapid.Bool().Draw(t, "copied")}
	case event.Input:
		p := &event.Read{Reads: rapid.IntRange(0, 9).Draw(t, "reads"), Size: rapid.Int64Min(0).Draw(t, "size"), Over: 1}
		if p.Instead = rapid.Bool().Draw(t, "instead"); p.Instead {
			p.Left = rapid.Int64Min(0).Draw(t, "left")
		}
		e.Payload = p
	case event.StartResponse:
		e.Payload = genResponse(t)
	case event.Write, event.Chunk:
		e.Payload = genBlock(t)
	case event.Exit:
		p := &event.Left{Result: rapid.SampledFrom([]string{"list", "generator", ""}).Draw(t, "result"), File: rapid.Bool().Draw(t, "file")}
		if rapid.Bool().Draw(t, "same") {
			p.Same, p.Of = true, uint16(rapid.IntRange(0, 5).Draw(t, "of"))
		}
		p.Response, p.Given = genLayerResponses(t)
		e.Payload = p
	case event.Exception:
		p := &event.Passed{Where: event.Where(rapid.IntRange(0, 3).Draw(t, "where")), Type: "ValueError", Message: "no",
			Number: uint32(rapid.IntRange(0, 2).Draw(t, "number")), Frames: []event.Frame{{File: "a.py", Line: 3}}}
		p.Response, p.Given = genLayerResponses(t)
		e.Payload = p
	case event.EnvironChanged:
		c := genEnvironChange(t)
		c.Of = uint16(rapid.IntRange(0, 3).Draw(t, "of"))
		e.Payload = c
	case event.Spent:
		e.Payload = &event.Times{Total: duration(), Self: duration()}
	case event.Untold:
		e.Payload = &event.Surplus{Passes: rapid.IntRange(0, 3).Draw(t, "passes"), Events: rapid.IntRange(0, 3).Draw(t, "events")}
	case event.Paused:
		e.Payload = &event.Pause{Boundary: boundary(), Took: duration(), Breakpoint: 2, Then: "continue", Size: rapid.IntRange(0, 300).Draw(t, "size")}
	case event.Edited:
		p := &event.Edit{Boundary: boundary(), Nth: rapid.IntRange(0, 2).Draw(t, "nth"),
			Status:  rapid.SampledFrom([]string{"", "201 Created"}).Draw(t, "status"),
			Respond: rapid.Bool().Draw(t, "respond"), Raise: rapid.SampledFrom([]string{"", "E: m"}).Draw(t, "raise")}
		if rapid.Bool().Draw(t, "environ") {
			p.Environ = genEnvironChange(t)
		}
		if rapid.Bool().Draw(t, "headers") {
			p.Headers = genResponse(t).Headers
		}
		if rapid.Bool().Draw(t, "block") {
			p.Block = &event.Data{Bytes: []byte("new"), Size: 3}
		}
		e.Payload = p
	}
	return e
}

// genLayerResponses makes what a framework's layer gave, and what it was given.
func genLayerResponses(t *rapid.T) (response, given *event.Response) {
	if rapid.Bool().Draw(t, "layer") {
		response = genResponse(t)
	}
	if rapid.Bool().Draw(t, "given") {
		given = genResponse(t)
	}
	return response, given
}

// staged gives the events of an exchange that passes through so many stages, one within the other, the innermost of
// which is the application. Each but that sets a key of the environ and a header.
func staged(id uint64, stages, bodySize int) []event.Event {
	plain := typical(id, bodySize)
	infos := make([]*event.StageInfo, stages+1)
	for i := range infos {
		infos[i] = &event.StageInfo{Name: fmt.Sprintf("site.middleware.Layer%d", i), Kind: "wsgi", File: "/srv/site/middleware.py", Line: 10 * i}
	}
	plain[0].Payload.(*event.Request).App = infos[1]
	plain[1].Payload.(*event.Response).Entered = 100 * time.Microsecond
	at := 100 * time.Microsecond
	events := plain[:1:1]
	add := func(stage int, kind event.Kind, payload any) {
		at += 5 * time.Microsecond
		events = append(events, event.Event{Exchange: id, Stage: uint16(stage), Kind: kind, At: at, Payload: payload})
	}
	for i := 2; i <= stages; i++ {
		add(i-1, event.EnvironChanged, &event.EnvironChange{Set: marshal.Append(nil, marshal.Dict{
			{Key: fmt.Sprintf("layer.%d", i-1), Value: "here"},
		})})
		add(i, event.Enter, &event.Entered{Stage: infos[i], Within: uint16(i - 1)})
	}
	own := plain[1].Payload.(*event.Response)
	headers := own.Headers
	for i := stages; i >= 1; i-- {
		if i < stages {
			headers = append(headers[:len(headers):len(headers)], event.Header{Name: fmt.Sprintf("X-Layer-%d", i), Value: "was here"})
		}
		if i > 1 {
			add(i, event.StartResponse, &event.Response{Status: own.Status, Headers: headers})
		}
	}
	own.Headers = headers
	for i := stages; i > 1; i-- {
		add(i, event.Exit, &event.Left{Result: "generator"})
	}
	for i := stages; i > 1; i-- {
		add(i, event.Chunk, &event.Block{Size: bodySize, Same: true})
	}
	events = append(events, plain[1:3]...)
	for i := stages; i > 1; i-- {
		add(i, event.Close, nil)
		add(i, event.Spent, &event.Times{Total: time.Duration(50*(stages-i+1)) * time.Microsecond, Self: 50 * time.Microsecond})
	}
	add(1, event.Spent, &event.Times{Total: time.Duration(50*stages) * time.Microsecond, Self: 50 * time.Microsecond})
	events = append(events, plain[3:]...)
	for i := range events {
		events[i].Seq = uint32(i)
	}
	return events
}

// leavesOut says that some of what the stages did is not told, or not told apart.
func leavesOut(events []event.Event) bool {
	return slices.ContainsFunc(events, func(e event.Event) bool {
		b, is := e.Payload.(*event.Block)
		return is && b.Merged > 0 || e.Kind == event.Untold
	})
}

// Whatever the events are, the fold stands, its stages are at their places, the body is blamed without a gap as long as nothing
// is left out, and the events taken apart end where the exchange does.
func TestFoldHoldsForAnyStages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := genEvents().Draw(t, "events")
		x := recorder.Fold(events)
		for i, s := range x.Stages {
			if s.Index != i || i > 0 && s.Within >= i {
				t.Fatalf("stage %d is %+v", i, s)
			}
		}
		size, at := len(x.Response.Body.Bytes), 0
		for _, s := range x.Blame.Spans(size) {
			known := s.Stage >= 0 && s.Stage < len(x.Stages)
			if s.Start != at || s.End <= at || !known && (s.Stage != recorder.UnknownStage || !leavesOut(events)) {
				t.Fatalf("%+v of %d bytes", x.Blame.Body, size)
			}
			at = s.End
		}
		if len(x.Stages) > 1 && at != size && (at > 0 || !leavesOut(events)) {
			t.Fatalf("%d of %d bytes are blamed: %+v", at, size, x.Blame.Body)
		}
		if len(x.Stages) > 1 && len(x.Blame.Fields) != len(x.Response.Headers) {
			t.Fatalf("%v for %v", x.Blame.Fields, x.Response.Headers)
		}
		w := recorder.Moments(events)
		for i := range w.Moments {
			if s := w.At(i); s.Stage >= len(x.Stages) {
				t.Fatalf("a moment of stage %d", s.Stage)
			}
		}
		if again := recorder.Fold(events); !cmp.Equal(x, again, bigInts, cmpopts.EquateNaNs()) {
			t.Fatal("the same events gave another exchange")
		}
	})
}
