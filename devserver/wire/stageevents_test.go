package wire_test

import (
	"encoding/hex"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/wire"
)

var named = []*event.StageInfo{
	nil,
	{Name: "site.Outer", Kind: "wsgi", File: "/srv/site.py", Line: 3},
	{Name: "site.<locals>.ünner", Kind: "django", Role: "middleware"},
}

func stageOf(id uint32) *event.StageInfo {
	if int(id) < len(named) {
		return named[id]
	}
	return nil
}

func idOf(s *event.StageInfo) uint32 {
	for id, n := range named {
		if n == s {
			return uint32(id)
		}
	}
	return 0
}

// everyStageEvent has each payload in each of its forms.
func everyStageEvent() []wire.StageEvent {
	set := marshal.Append(nil, marshal.Dict{{Key: "REMOTE_USER", Value: "é"}, {Key: "n", Value: int64(1 << 40)}})
	none := marshal.Append(nil, marshal.Dict{})
	headers := []event.Header{{Name: "Content-Type", Value: "text/plain"}, {Name: "X", Value: "é"}}
	change := &event.EnvironChange{Set: set, Objects: map[string]string{"session": "<Session>"}, Removed: []string{"A"}, Inner: true}
	payloads := []struct {
		kind    event.Kind
		payload any
	}{
		{event.EnvironChanged, change},
		{event.EnvironChanged, &event.EnvironChange{Set: none}},
		{event.EnvironChanged, &event.EnvironChange{Set: none, Of: 65535}},
		{event.Enter, &event.Entered{Stage: named[2], Within: 1, Copied: true}},
		{event.Input, &event.Read{Reads: 3, Size: 1 << 33, Over: 1}},
		{event.Input, &event.Read{Reads: 1, Size: 1 << 33, Instead: true, Left: 1 << 32}},
		{event.StartResponse, &event.Response{Status: "200 Déjà", Headers: headers, ExcInfo: true}},
		{event.StartResponse, &event.Response{Status: "204 No Content"}},
		{event.Write, &event.Block{Size: 3, Bytes: []byte("abc")}},
		{event.Chunk, &event.Block{Size: 0, Bytes: []byte{}}},
		{event.Chunk, &event.Block{Size: 1 << 20}},
		{event.Chunk, &event.Block{Size: 3, Same: true, Of: 65535, Nth: 1 << 31}},
		{event.Chunk, &event.Block{Size: 3, Type: "str"}},
		{event.Chunk, &event.Block{Size: 3, Bytes: []byte("abc"), Given: true}},
		{event.Chunk, &event.Block{Size: 3, Same: true, Of: 0, Nth: 1, Given: true}},
		{event.Close, nil},
		{event.Exit, &event.Left{Result: "werkzeug.wsgi.ClosingIterator"}},
		{event.Exit, &event.Left{Result: "list", Same: true, Of: 3, File: true}},
		{event.Exit, &event.Left{Result: "HttpResponse", Response: &event.Response{Status: "200 OK", Headers: headers}}},
		{event.Exit, &event.Left{
			Result: "Response", Response: &event.Response{Status: "200 OK", Headers: headers}, Given: &event.Response{Status: "200 OK", Headers: headers},
		}},
		{event.Exception, &event.Passed{Where: event.InIterate, Type: "ValueError", Message: "bad", Number: 2}},
		{event.Exception, &event.Passed{
			Where: event.InClose, Type: "KeyError", Message: "'a'", Number: 1,
			Frames: []event.Frame{{File: "/srv/site.py", Line: 7, Function: "close", Source: "raise"}, {File: "gone.py", Line: 1}},
		}},
		{event.Exception, &event.Passed{Type: "HTTPResponse", Number: 3, Response: &event.Response{Status: "303 See Other", Headers: headers}}},
		{event.Exception, &event.Passed{
			Type: "KeyError", Number: 4, Response: &event.Response{Status: "200 OK", Headers: headers}, Given: &event.Response{Status: "200 OK"},
		}},
		{event.Spent, &event.Times{Total: time.Hour, Self: time.Millisecond}},
		{event.Spent, &event.Times{Total: time.Hour, Self: time.Millisecond, Of: 3}},
		{event.Edited, &event.Edit{Boundary: event.Chunk, Block: &event.Data{Bytes: []byte("x"), Size: 1}, Nth: 2}},
		{event.Untold, &event.Surplus{Passes: 3, Events: 1 << 20}},
		{event.Paused, &event.Pause{Boundary: event.Enter, Took: time.Minute, Breakpoint: 3, Then: "over"}},
		{event.Edited, &event.Edit{Boundary: event.Enter, Environ: &event.EnvironChange{Set: set, Removed: []string{"B"}}}},
		{event.Edited, &event.Edit{
			Boundary: event.StartResponse, Status: "404 Not Found", Headers: []event.Header{},
			Block: &event.Data{Bytes: []byte("x"), Size: 1}, Respond: true,
		}},
		{event.Edited, &event.Edit{Boundary: event.Exit, Headers: headers, Raise: "ValueError: no"}},
	}
	var events []wire.StageEvent
	for i, p := range payloads {
		events = append(events, wire.StageEvent{Kind: p.kind, Stage: uint16(i), At: uint64(i) << 50, Payload: p.payload})
	}
	return events
}

func TestStageEvents(t *testing.T) {
	want := everyStageEvent()
	p := wire.AppendStageEvents(nil, want, idOf)
	got, err := new(wire.StageReader).Decode(nil, p, stageOf)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p {
		p[i] = 'x' // what was read is the reader's own
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	more, err := new(wire.StageReader).Decode(got[:1:1], wire.AppendStageEvents(nil, want[1:], idOf), stageOf)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, more); diff != "" {
		t.Errorf("appended (-want +got):\n%s", diff)
	}
}

// A worker may come to say more than is known here.
func TestStageEventsOfTomorrow(t *testing.T) {
	more := marshal.List{int64(1), marshal.Dict{{Key: "a", Value: nil}}, 1.5, []byte("x")}
	p := marshal.Append(nil, marshal.List{
		marshal.Tuple{int64(99), int64(1), int64(5), more},
		marshal.Tuple{int64(event.Close), int64(1), int64(6), more, "text"},
		marshal.Tuple{int64(event.Spent), int64(1), int64(7), int64(8), int64(9), int64(0), more},
	})
	want := []wire.StageEvent{
		{Kind: event.Close, Stage: 1, At: 6},
		{Kind: event.Spent, Stage: 1, At: 7, Payload: &event.Times{Total: 8, Self: 9}},
	}
	got, err := new(wire.StageReader).Decode(nil, p, stageOf)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What several stages have done alike, and what comes together, may be told as one.
func TestStageEventsTogether(t *testing.T) {
	set := marshal.Dict{{Key: "A", Value: "b"}}
	p := marshal.Append(nil, marshal.List{
		marshal.Tuple{int64(3), int64(4), int64(5), "200 OK", marshal.List{}, false, marshal.List{int64(3), int64(0), int64(2)}},
		marshal.Tuple{int64(64), int64(4), int64(6), "list", int64(-1), int64(8), int64(9)},
		marshal.Tuple{int64(64), int64(3), int64(7), nil, int64(4), int64(18), int64(-10), "more"},
		marshal.Tuple{int64(66), int64(3), int64(8)},
		marshal.Tuple{
			int64(67), int64(4), int64(5), "200 OK", marshal.List{marshal.Tuple{"A", "b"}}, marshal.List{int64(3)},
		},
		marshal.Tuple{int64(67), int64(2), int64(6), "404 Not Found", marshal.List{}},
		marshal.Tuple{int64(73), int64(2), int64(7), "A", "b", "more"},
		marshal.Tuple{int64(event.EnvironChanged), int64(3), int64(9), set, marshal.Dict{}, marshal.List{}, false},
		marshal.Tuple{int64(68), int64(5), int64(10), int64(4), int64(2), "A", "b", "more"},
		marshal.Tuple{int64(69), int64(6), int64(11), int64(5), int64(2), true, "more"},
		marshal.Tuple{int64(70), int64(6), int64(12), int64(8), int64(3), "more"},
		marshal.Tuple{int64(71), int64(5), int64(13), int64(9), int64(4)},
		marshal.Tuple{int64(75), int64(7), int64(13), "NoneType", int64(9), int64(4)},
		marshal.Tuple{
			int64(75), int64(7), int64(13), "Response", int64(9), int64(4), nil, marshal.Tuple{}, "200 OK", marshal.List{marshal.Tuple{"A", "b"}},
		},
		marshal.Tuple{
			int64(75), int64(7), int64(13), "Response", int64(9), int64(4), "404 Not Found", marshal.List{}, nil, marshal.List{marshal.Tuple{"A", "b"}}, "more",
		},
		marshal.Tuple{int64(72), int64(1), int64(14), int64(5), int64(3), "more"},
		marshal.Tuple{int64(71), int64(1), int64(14), int64(19), int64(-4), int64(5), "more"},
	})
	response := &event.Response{Status: "200 OK"}
	more := &wire.MoreHeaders{Response: event.Response{Status: "200 OK", Headers: []event.Header{{Name: "A", Value: "b"}}}}
	want := []wire.StageEvent{
		{Kind: event.StartResponse, Stage: 4, At: 5, Payload: response},
		{Kind: event.StartResponse, Stage: 3, At: 5, Payload: response},
		{Kind: event.StartResponse, Stage: 2, At: 5, Payload: response},
		{Kind: event.Exit, Stage: 4, At: 6, Payload: &event.Left{Result: "list"}},
		{Kind: event.Spent, Stage: 4, At: 6, Payload: &wire.GrossTimes{Total: 8, Other: 9}},
		{Kind: event.Exit, Stage: 3, At: 7, Payload: &event.Left{Result: "list", Same: true, Of: 4}},
		{Kind: event.Spent, Stage: 3, At: 7, Payload: &wire.GrossTimes{Total: 18, Other: -10}},
		{Kind: wire.BlockAgain, Stage: 3, At: 8},
		{Kind: wire.StartMore, Stage: 4, At: 5, Payload: more},
		{Kind: wire.StartMore, Stage: 3, At: 5, Payload: more},
		{Kind: wire.StartMore, Stage: 2, At: 6, Payload: &wire.MoreHeaders{Response: event.Response{Status: "404 Not Found"}}},
		{Kind: wire.StartMore, Stage: 2, At: 7, Payload: &wire.MoreHeaders{Response: event.Response{Headers: more.Headers}, Again: true}},
		{Kind: event.EnvironChanged, Stage: 3, At: 9, Payload: &event.EnvironChange{Set: marshal.Append(nil, set)}},
		{Kind: event.EnvironChanged, Stage: 4, At: 10, Payload: &event.EnvironChange{Set: marshal.Append(nil, set)}},
		{Kind: event.Enter, Stage: 5, At: 10, Payload: &event.Entered{Within: 4, Stage: named[2]}},
		{Kind: event.Enter, Stage: 6, At: 11, Payload: &event.Entered{Within: 5, Stage: named[2], Copied: true}},
		{Kind: event.Exit, Stage: 6, At: 11, Payload: &event.Left{Result: "generator"}},
		{Kind: event.Close, Stage: 6, At: 12},
		{Kind: event.Spent, Stage: 6, At: 12, Payload: &wire.GrossTimes{Total: 8, Other: 3}},
		{Kind: event.Spent, Stage: 5, At: 13, Payload: &wire.GrossTimes{Total: 9, Other: 4}},
		{Kind: wire.LayerLeft, Stage: 7, At: 13, Payload: &wire.LayerExit{Left: event.Left{Result: "NoneType"}}},
		{Kind: event.Spent, Stage: 7, At: 13, Payload: &wire.GrossTimes{Total: 9, Other: 4}},
		{Kind: wire.LayerLeft, Stage: 7, At: 13, Payload: &wire.LayerExit{
			Left: event.Left{
				Result: "Response", Response: &event.Response{}, Given: &event.Response{Status: "200 OK", Headers: more.Headers},
			},
			Again: true,
		}},
		{Kind: event.Spent, Stage: 7, At: 13, Payload: &wire.GrossTimes{Total: 9, Other: 4}},
		{Kind: wire.LayerLeft, Stage: 7, At: 13, Payload: &wire.LayerExit{
			Left: event.Left{
				Result: "Response", Response: &event.Response{Status: "404 Not Found"}, Given: &event.Response{Headers: more.Headers},
			},
			GivenAgain: true,
		}},
		{Kind: event.Spent, Stage: 7, At: 13, Payload: &wire.GrossTimes{Total: 9, Other: 4}},
		{Kind: wire.SpentElsewhere, Stage: 1, At: 14, Payload: &wire.Elsewhere{Stage: 5, Took: 3}},
		{Kind: event.Spent, Stage: 1, At: 14, Payload: &wire.GrossTimes{Total: 19, Other: -4, Of: 5}},
	}
	got, err := new(wire.StageReader).Decode(nil, p, stageOf)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What an application gives in place of a status and of headers is shown, whatever it is.
func TestStageEventsOfAnything(t *testing.T) {
	response := func(status, headers any) marshal.Tuple {
		return marshal.Tuple{int64(event.StartResponse), int64(2), int64(5), status, headers, false}
	}
	pair := marshal.Tuple{"A", "b"}
	p := marshal.Append(nil, marshal.List{
		response(int64(200), marshal.List{pair, marshal.List{"B", int64(5)}, "C: d", marshal.Tuple{"D"}, nil, marshal.Tuple{nil, 1.5}}),
		response([]byte("200 OK\xe9"), nil),
		response(nil, marshal.Dict{{Key: "A", Value: "b"}}),
		response("200 OK", marshal.Tuple{pair}),
		marshal.Tuple{int64(event.Spent), int64(1), int64(7), int64(8), int64(-9)},
	})
	want := []any{
		&event.Response{Status: "200", Headers: []event.Header{
			{Name: "A", Value: "b"}, {Name: "B", Value: "5"}, {Value: "C: d"}, {Value: "[D]"}, {}, {Value: "1.5"},
		}},
		&event.Response{Status: "200 OK\u00e9"},
		&event.Response{Headers: []event.Header{{Value: "[{A b}]"}}},
		&event.Response{Status: "200 OK", Headers: []event.Header{{Name: "A", Value: "b"}}},
		&event.Times{Total: 8},
	}
	events, err := new(wire.StageReader).Decode(nil, p, stageOf)
	if err != nil {
		t.Fatal(err)
	}
	var got []any
	for _, e := range events {
		got = append(got, e.Payload)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMalformedStageEvents(t *testing.T) {
	event := func(values ...any) []byte { return marshal.Append(nil, marshal.List{marshal.Tuple(values)}) }
	whole := wire.AppendStageEvents(nil, everyStageEvent(), idOf)
	for name, p := range map[string][]byte{
		"nothing":              {},
		"no list":              marshal.Append(nil, "text"),
		"something behind":     append(event(int64(7), int64(1), int64(5)), 'N'),
		"an unknown stage":     event(int64(1), int64(2), int64(5), int64(1), int64(77), false),
		"an index of a stage":  event(int64(7), int64(1<<16), int64(5)),
		"a negative time":      event(int64(7), int64(1), int64(-5)),
		"too few values":       event(int64(16), int64(1), int64(5), int64(6)),
		"values of the next":   marshal.Append(nil, marshal.List{marshal.Tuple{int64(16), int64(1), int64(5)}, int64(1), int64(1)}),
		"a text for a number":  event(int64(16), int64(1), int64(5), "6", int64(7)),
		"a place that is none": event(int64(8), int64(1), int64(5), "load", "E", "m", int64(1), nil),
		"half of two in one":   event(int64(64), int64(1), int64(5), "list", int64(-1), int64(6)),
		"a set stage unknown":  event(int64(68), int64(2), int64(5), int64(1), int64(77), "A", "b"),
		"a key without value":  event(int64(68), int64(2), int64(5), int64(1), int64(2), "A"),
		"a key that is none":   event(int64(68), int64(2), int64(5), int64(1), int64(2), int64(3), "b"),
		"a lazy stage unknown": event(int64(69), int64(2), int64(5), int64(1), int64(77), false),
		"a close without time": event(int64(70), int64(2), int64(5), int64(6)),
		"a time without other": event(int64(71), int64(2), int64(5), int64(6)),
		"elsewhere of none":    event(int64(72), int64(1), int64(5), int64(-1), int64(3)),
		"a stage of none":      event(int64(64), int64(1), int64(5), "list", int64(-2), int64(6), int64(7)),
		"through what is none": event(int64(3), int64(1), int64(5), "200 OK", marshal.List{}, false, "2"),
		"a set that is none":   event(int64(15), int64(1), int64(5), []byte("N"), marshal.Dict{}, marshal.List{}, false),
	} {
		if got, err := new(wire.StageReader).Decode(nil, p, stageOf); !errors.Is(err, wire.ErrFrame) || len(got) != 0 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for n := range whole {
		if _, err := new(wire.StageReader).Decode(nil, whole[:n], stageOf); !errors.Is(err, wire.ErrFrame) {
			t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
}

// What Python writes is read the same in every format of its marshal, also those with references.
func TestStageEventsFromPython(t *testing.T) {
	const script = `
import marshal
name = "Content-" + "Type"
set = {"REMOTE_USER": "\xe9", name: name}
headers = [(name, "text/plain"), (name, "\xe9")]
events = [
    (15, 1, 2**40, marshal.dumps(set, 2), {"s": "<S>"}, ["A"], False),
    (1, 2, 2**40 + 1, 1, 2, True),
    (3, 2, 2**62, "200 OK", headers, False),
    (5, 2, 2**31, 3, b"abc"),
    (5, 1, 2**31 - 1, 3, None, 2, 0),
    (7, 2, 2**15, "list", -1, False, "200 OK", headers),
    (16, 2, 0, 2**33, 5),
]
for version in range(5):
    print(marshal.dumps(events, version).hex())
`
	out, err := exec.Command("python3", "-c", script).Output()
	if err != nil {
		t.Fatal(err)
	}
	headers := []event.Header{{Name: "Content-Type", Value: "text/plain"}, {Name: "Content-Type", Value: "é"}}
	want := []wire.StageEvent{
		{Kind: event.EnvironChanged, Stage: 1, At: 1 << 40, Payload: &event.EnvironChange{
			Objects: map[string]string{"s": "<S>"}, Removed: []string{"A"},
			Set: marshal.Append(nil, marshal.Dict{{Key: "REMOTE_USER", Value: "é"}, {Key: "Content-Type", Value: "Content-Type"}}),
		}},
		{Kind: event.Enter, Stage: 2, At: 1<<40 + 1, Payload: &event.Entered{Stage: named[2], Within: 1, Copied: true}},
		{Kind: event.StartResponse, Stage: 2, At: 1 << 62, Payload: &event.Response{Status: "200 OK", Headers: headers}},
		{Kind: event.Chunk, Stage: 2, At: 1 << 31, Payload: &event.Block{Size: 3, Bytes: []byte("abc")}},
		{Kind: event.Chunk, Stage: 1, At: 1<<31 - 1, Payload: &event.Block{Size: 3, Same: true, Of: 2}},
		{Kind: event.Exit, Stage: 2, At: 1 << 15, Payload: &event.Left{
			Result: "list", Response: &event.Response{Status: "200 OK", Headers: headers},
		}},
		{Kind: event.Spent, Stage: 2, Payload: &event.Times{Total: 1 << 33, Self: 5}},
	}
	dicts := cmp.Transformer("dict", func(c *event.EnvironChange) any {
		d, _, err := marshal.DecodeDict(c.Set)
		return []any{d, err, c.Objects, c.Removed, c.Inner, c.Of}
	})
	for version, line := range strings.Fields(string(out)) {
		p, err := hex.DecodeString(line)
		if err != nil {
			t.Fatal(err)
		}
		got, err := new(wire.StageReader).Decode(nil, p, stageOf)
		if err != nil {
			t.Errorf("version %d: %v", version, err)
		}
		if diff := cmp.Diff(want, got, dicts); diff != "" {
			t.Errorf("version %d (-want +got):\n%s", version, diff)
		}
	}
}

func TestStageNamed(t *testing.T) {
	for id, want := range named[1:] {
		got, info, err := wire.DecodeStageNamed(wire.AppendStageNamed(nil, uint32(id)+1<<30, want))
		if err != nil || got != uint32(id)+1<<30 {
			t.Fatalf("%d, %v", got, err)
		}
		if diff := cmp.Diff(want, info); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if _, _, err := wire.DecodeStageNamed(marshal.Append(nil, marshal.Tuple{int64(1), "a"})); !errors.Is(err, wire.ErrFrame) {
		t.Errorf("a short one: %v", err)
	}
}

func FuzzStageEvents(f *testing.F) {
	f.Add(wire.AppendStageEvents(nil, everyStageEvent(), idOf))
	f.Add(marshal.Append(nil, marshal.List{marshal.Tuple{int64(99), int64(1), int64(5), nil}}))
	f.Add([]byte("[\x01\x00\x00\x00\xa9\x03i\x07\x00\x00\x00r\x00\x00\x00\x00N"))
	f.Fuzz(func(t *testing.T, p []byte) {
		events, err := new(wire.StageReader).Decode(nil, p, stageOf)
		if err != nil {
			if !errors.Is(err, wire.ErrFrame) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		again, err := new(wire.StageReader).Decode(nil, wire.AppendStageEvents(nil, events, idOf), stageOf)
		if err != nil {
			t.Fatalf("does not decode again: %v", err)
		}
		if diff := cmp.Diff(events, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

// A frame as one request through eight stages brings it: the innermost answers in one block.
func typicalStageEvents() []byte {
	const n = 8
	at := uint64(1 << 45)
	var events []wire.StageEvent
	add := func(kind event.Kind, stage int, payload any) {
		events = append(events, wire.StageEvent{Kind: kind, Stage: uint16(stage), At: at, Payload: payload})
		at += 2000
	}
	headers := []event.Header{{Name: "Content-Type", Value: "text/html; charset=utf-8"}, {Name: "Content-Length", Value: "2048"},
		{Name: "X-Frame-Options", Value: "DENY"}}
	for i := 2; i <= n; i++ {
		if i%2 == 0 {
			add(event.EnvironChanged, i-1, &event.EnvironChange{
				Set: marshal.Append(nil, marshal.Dict{{Key: "app.user", Value: "somebody"}}), Objects: map[string]string{"app.session": "<Session object>"},
			})
		}
		add(event.Enter, i, &event.Entered{Stage: named[1], Within: uint16(i - 1)})
	}
	for i := n; i > 1; i-- {
		add(event.StartResponse, i, &event.Response{Status: "200 OK", Headers: headers})
		add(event.Exit, i, &event.Left{Result: "list"})
	}
	add(event.Chunk, n, &event.Block{Size: 2048, Bytes: make([]byte, 2048)})
	for i := n - 1; i > 1; i-- {
		add(event.Chunk, i, &event.Block{Size: 2048, Same: true, Of: n})
	}
	for i := 2; i <= n; i++ {
		add(event.Close, i, nil)
		add(event.Spent, i, &event.Times{Total: 50_000, Self: 5_000})
	}
	return wire.AppendStageEvents(nil, events, idOf)
}

func BenchmarkDecodeStageEvents(b *testing.B) {
	p := typicalStageEvents()
	var events []wire.StageEvent
	var r wire.StageReader
	b.ReportAllocs()
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		var err error
		if events, err = r.Decode(events[:0], p, stageOf); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(events)), "events")
}
