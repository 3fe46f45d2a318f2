package worker

import (
	"bytes"
	"net"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/wire"
)

// A request that is parked waits for its server, and no nudge would bring it on; the others are nudged for.
func TestParkedIsNotNudgedFor(t *testing.T) {
	w := &Worker{threads: 2, open: map[uint32]*open{1: {id: 1}, 2: {id: 2}}}
	ours, theirs := net.Pipe()
	t.Cleanup(func() { _, _ = ours.Close(), theirs.Close() })
	n := newNudger(w, ours)
	n.stopped = true
	begin := 100 * wire.NudgeAfter
	n.passedAt(begin)
	w.park(w.open[1], true)
	w.park(w.open[1], true)
	expect(t, n, begin+wire.NudgeAfter, true)
	w.park(w.open[2], true)
	if nudge, again := n.due(time.Hour); nudge || again != 0 || w.Parked() != 2 {
		t.Errorf("nudge %v, again in %v, for %d that are parked", nudge, again, w.Parked())
	}
	w.park(w.open[1], false)
	w.park(w.open[1], false)
	expect(t, n, time.Hour, true)
	if w.Parked() != 1 {
		t.Errorf("%d are parked, want 1", w.Parked())
	}
}

// What comes together goes out together, with what is told of stages between.
func TestContinues(t *testing.T) {
	frame := func(kind wire.Kind, request uint32) []byte {
		return wire.AppendFrame(nil, wire.Frame{Kind: kind, Request: request})
	}
	for name, c := range map[string]struct {
		frames [][]byte
		want   []bool
	}{
		"blocks": {
			[][]byte{frame(wire.Head, 1), frame(wire.Data, 1), frame(wire.End, 1)},
			[]bool{true, true, false},
		},
		"blocks and stages": {
			[][]byte{
				frame(wire.StageEvents, 1), frame(wire.Head, 1), frame(wire.StageEvents, 1), frame(wire.StageEvents, 1),
				frame(wire.Data, 1), frame(wire.StageEvents, 1), frame(wire.End, 1),
			},
			[]bool{true, true, false, true, true, true, false},
		},
		"another's": {
			[][]byte{frame(wire.StageEvents, 1), frame(wire.Head, 2), frame(wire.StageEvents, 1), frame(wire.Data, 2)},
			[]bool{false, false, false, false},
		},
		"text between": {
			[][]byte{frame(wire.StageEvents, 1), frame(wire.Errors, 1), frame(wire.Head, 1), frame(wire.Errors, 1), frame(wire.End, 1)},
			[]bool{false, false, false, false, false},
		},
	} {
		r := wire.NewReader(bytes.NewReader(bytes.Join(c.frames, nil)))
		for i, want := range c.want {
			f, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if got := continues(r, f); got != want {
				t.Errorf("%s: frame %d: %v, want %v", name, i, got, want)
			}
		}
	}
}

func TestPlanWithoutStages(t *testing.T) {
	for _, without := range []bool{false, true} {
		d, _, err := marshal.DecodeDict(appendPlan(nil, PythonSpec{NoStages: without}))
		if v, _ := d.Get("no_stages"); err != nil || (v == true) != without {
			t.Errorf("no_stages is %v, %v; want %v", v, err, without)
		}
	}
}

func TestPlanWithTheTerminal(t *testing.T) {
	for _, lent := range []bool{false, true} {
		d, _, err := marshal.DecodeDict(appendPlan(nil, PythonSpec{Terminal: lent}))
		if v, _ := d.Get("terminal"); err != nil || (v == int64(os.Getpid())) != lent {
			t.Errorf("terminal is %v, %v; want %v", v, err, lent)
		}
	}
}

// What a request tells of the newest block again is the same as that, wherever that was from.
func TestBlocksAgain(t *testing.T) {
	var told toldBlocks
	if told.tell(&wire.StageEvent{Kind: wire.BlockAgain, Stage: 2}) {
		t.Error("there was nothing before, and it was taken")
	}
	told = toldBlocks{}
	block := func(stage uint16, p *event.Block) wire.StageEvent {
		return wire.StageEvent{Kind: event.Chunk, Stage: stage, Payload: p}
	}
	again := func(stage uint16) wire.StageEvent { return wire.StageEvent{Kind: wire.BlockAgain, Stage: stage} }
	same := func(stage uint16, size int, of uint16, nth uint32) wire.StageEvent {
		return block(stage, &event.Block{Size: size, Same: true, Of: of, Nth: nth})
	}
	events := []wire.StageEvent{
		{Kind: event.Enter, Stage: 5},
		block(4, &event.Block{Size: 3, Bytes: []byte("abc")}), again(3), again(2),
		block(3, &event.Block{Size: 2, Bytes: []byte("de")}), again(2),
		same(4, 9, 0, 7), again(3),
	}
	want := []wire.StageEvent{
		events[0],
		events[1], same(3, 3, 4, 0), same(2, 3, 4, 0),
		events[4], same(2, 2, 3, 1),
		events[6], same(3, 9, 0, 7),
	}
	for i := range events {
		if !told.tell(&events[i]) {
			t.Errorf("event %d was not taken", i)
		}
	}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Headers that are told by those before are the whole response; what several have passed on is one.
func TestHeadsOfMore(t *testing.T) {
	header := func(names ...string) (list []event.Header) {
		for _, name := range names {
			list = append(list, event.Header{Name: name, Value: "1"})
		}
		return list
	}
	more := func(stage uint16, p *wire.MoreHeaders) wire.StageEvent {
		return wire.StageEvent{Kind: wire.StartMore, Stage: stage, Payload: p}
	}
	headers := func(status string, names ...string) *wire.MoreHeaders {
		return &wire.MoreHeaders{Response: event.Response{Status: status, Headers: header(names...)}, Again: status == ""}
	}
	passed := headers("200 OK", "C")
	first := wire.StageEvent{Kind: event.StartResponse, Stage: 6, Payload: &event.Response{Status: "200 OK", Headers: header("A", "B")}}
	events := []wire.StageEvent{
		{Kind: event.Enter, Stage: 6}, first, more(5, passed), more(4, passed),
		more(3, headers("404 Not Found")), more(2, headers("200 OK", "D")), more(1, headers("", "E")),
	}
	var told toldHeads
	var got []any
	for i := range events {
		if !told.tell(&events[i]) {
			t.Errorf("event %d was not taken", i)
		}
		if i > 0 && events[i].Kind != event.StartResponse {
			t.Errorf("event %d is of kind %v", i, events[i].Kind)
		}
		got = append(got, events[i].Payload)
	}
	third := &event.Response{Status: "200 OK", Headers: header("A", "B", "C")}
	want := []any{
		nil, first.Payload, third, third,
		&event.Response{Status: "404 Not Found", Headers: header("A", "B", "C")}, &event.Response{Status: "200 OK", Headers: header("A", "B", "C", "D")},
		&event.Response{Status: "200 OK", Headers: header("A", "B", "C", "D", "E")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if kept := events[4].Payload.(*event.Response).Headers; cap(kept) > len(kept) {
		t.Error("whoever has more headers behind those of an event changes those of another")
	}
	told = toldHeads{}
	if e := more(2, passed); told.tell(&e) {
		t.Error("there was nothing before, and it was taken")
	}
}

// What framework's layers gave and were given is told by what the last of them gave, and is the whole response.
func TestHeadsOfLayers(t *testing.T) {
	response := func(status string, names ...string) *event.Response {
		r := &event.Response{Status: status}
		for _, name := range names {
			r.Headers = append(r.Headers, event.Header{Name: name, Value: "1"})
		}
		return r
	}
	left := func(given, gave *event.Response) *event.Left {
		return &event.Left{Result: "Response", Given: given, Response: gave}
	}
	first := response("200 OK", "A")
	steps := []struct {
		told wire.LayerExit
		want *event.Left
	}{
		{wire.LayerExit{Left: *left(nil, first)}, left(nil, first)},
		{wire.LayerExit{Left: *left(nil, response("")), Again: true}, left(nil, first)},
		{wire.LayerExit{Left: *left(response(""), response("")), Again: true, GivenAgain: true}, left(first, first)},
		{
			wire.LayerExit{Left: *left(response(""), response("", "B")), Again: true, GivenAgain: true},
			left(first, response("200 OK", "A", "B")),
		},
		{wire.LayerExit{Left: *left(nil, nil)}, left(nil, nil)},
		{
			wire.LayerExit{Left: *left(response("", "C"), response("404 Not Found", "D")), GivenAgain: true},
			left(response("200 OK", "A", "B", "C"), response("404 Not Found", "D")),
		},
		{
			wire.LayerExit{Left: *left(response("500 Oh", "E"), response("", "F")), Again: true},
			left(response("500 Oh", "E"), response("500 Oh", "E", "F")),
		},
		{
			wire.LayerExit{Left: *left(nil, response("", "G")), Again: true},
			left(nil, response("500 Oh", "E", "F", "G")),
		},
	}
	var told toldHeads
	for i, step := range steps {
		e := wire.StageEvent{Kind: wire.LayerLeft, Stage: 3, Payload: &step.told}
		if !told.tell(&e) {
			t.Errorf("step %d was not taken", i)
		}
		if diff := cmp.Diff(wire.StageEvent{Kind: event.Exit, Stage: 3, Payload: step.want}, e); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", i, diff)
		}
	}
	for _, p := range []wire.LayerExit{
		{Left: *left(nil, response("")), Again: true},
		{Left: *left(response(""), first), GivenAgain: true},
	} {
		if none := (toldHeads{}); none.tell(&wire.StageEvent{Kind: wire.LayerLeft, Payload: &p}) {
			t.Error("there was nothing before, and it was taken")
		}
	}
}
