package worker

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/wire"
)

// written is a receiver that writes down what it is told, and that it is told one thing at a time.
type written struct {
	discard
	t    *testing.T
	text string
	busy atomic.Bool
}

func (w *written) note(text string) {
	if w.busy.Swap(true) {
		w.t.Error("told two things at once")
	}
	w.text += text + " "
	w.busy.Store(false)
}

func (w *written) Block(b Block)                { w.note(string(b.Bytes)) }
func (w *written) Errors(_ time.Time, s string) { w.note(s) }
func (w *written) End(bool)                     { w.note("end") }
func (w *written) Died(how string)              { w.note("died") }

func (w *written) StageEvents(events []StageEvent, _ bool) {
	w.note(fmt.Sprintf("%d events", len(events)))
}

func (w *written) Head(h Head) {
	w.note("head")
	if h.Before != nil {
		w.note(fmt.Sprintf("before: %d events", len(h.Before())))
	}
}

// readAll has a worker with so many requests read a stream.
func readAll(t *testing.T, requests int, stream []byte) ([]*written, *Worker, error) {
	w := &Worker{threads: 2, open: map[uint32]*open{}}
	ours, theirs := net.Pipe()
	t.Cleanup(func() { _, _ = ours.Close(), theirs.Close() })
	w.nudge = newNudger(w, ours)
	w.nudge.stopped = true
	receivers := make([]*written, requests)
	for i := range receivers {
		receivers[i] = &written{t: t}
		w.open[uint32(i+1)] = &open{id: uint32(i + 1), receiver: receivers[i]}
	}
	arrival := &stamped{r: bytes.NewReader(stream)}
	err := w.read(wire.NewReader(arrival), arrival)
	return receivers, w, err
}

func TestLanesKeepTheOrderOfEachRequest(t *testing.T) {
	const requests, blocks = 17, 50
	var stream []byte
	var want string
	for block := range blocks {
		for r := range requests {
			stream = wire.AppendFrame(stream, wire.Frame{Kind: wire.Data, Request: uint32(r + 1), Payload: fmt.Append(nil, block)})
			if block%7 == 3 {
				stream = wire.AppendFrame(stream, wire.Frame{Kind: wire.Errors, Request: uint32(r + 1), Payload: []byte("e")})
			}
		}
		want += fmt.Sprint(block, " ")
		if block%7 == 3 {
			want += "e "
		}
	}
	for r := range requests {
		stream = wire.AppendFrame(stream, wire.Frame{Kind: wire.End, Request: uint32(r + 1)})
		stream = wire.AppendFrame(stream, wire.Frame{Kind: wire.Data, Request: uint32(r + 1), Payload: []byte("late")})
	}
	receivers, w, err := readAll(t, requests, stream)
	if !errors.Is(err, io.EOF) || w.Open() != 0 {
		t.Errorf("%v, %d open", err, w.Open())
	}
	for r, got := range receivers {
		if got.text != want+"end " {
			t.Errorf("request %d: %s", r+1, got.text)
		}
	}
}

// A breach of the protocol ends the worker; who was to be told of an end by then is told that it died.
func TestLanesAfterABreach(t *testing.T) {
	var stream []byte
	put := func(kind wire.Kind, request uint32, payload string) {
		stream = wire.AppendFrame(stream, wire.Frame{Kind: kind, Request: request, Payload: []byte(payload)})
	}
	for r := range uint32(6) {
		put(wire.Data, r+1, "a")
	}
	put(wire.Read, 1, "not four bytes")
	for r := range uint32(4) {
		put(wire.Data, r+1, "b")
		put(wire.End, r+1, "")
	}
	receivers, w, err := readAll(t, 6, stream)
	if !errors.Is(err, wire.ErrFrame) || w.Open() != 2 { // 5 and 6, whom the worker's end tells
		t.Errorf("%v, %d open", err, w.Open())
	}
	for r, want := range []string{"a died ", "a b end ", "a died ", "a b end ", "a ", "a "} {
		if got := receivers[r].text; got != want {
			t.Errorf("request %d: %q, want %q", r+1, got, want)
		}
	}
}

// What happened in stages before a whole response is given with that, for whoever passes it on first.
func TestEventsBeforeAWholeResponse(t *testing.T) {
	head := wire.AppendHead(nil, wire.ResponseHead{Status: "200 OK"}, nil)
	events := wire.AppendStageEvents(nil, []wire.StageEvent{{Kind: event.Close, Stage: 2}, {Kind: event.Close, Stage: 3}}, nil)
	for name, c := range map[string]struct {
		frames []wire.Frame
		want   string
	}{
		"whole": {[]wire.Frame{
			{Kind: wire.StageEvents, Payload: events}, {Kind: wire.Head, Flags: wire.FlagEnd, Payload: head},
		}, "head before: 2 events "},
		"events alone": {[]wire.Frame{{Kind: wire.StageEvents, Payload: events}, {Kind: wire.End}}, "2 events end "},
		"a head alone": {[]wire.Frame{{Kind: wire.Head, Flags: wire.FlagEnd, Payload: head}}, "head "},
		"more is to come": {[]wire.Frame{
			{Kind: wire.StageEvents, Payload: events}, {Kind: wire.Head, Payload: head}, {Kind: wire.End},
		}, "2 events head end "},
		"after others": {[]wire.Frame{
			{Kind: wire.StageEvents, Payload: events}, {Kind: wire.Errors, Payload: []byte("text")},
			{Kind: wire.StageEvents, Payload: events}, {Kind: wire.Head, Flags: wire.FlagEnd, Payload: head},
		}, "2 events text head before: 2 events "},
		"none that can be read": {[]wire.Frame{
			{Kind: wire.StageEvents, Payload: []byte("x")}, {Kind: wire.Head, Flags: wire.FlagEnd, Payload: head},
		}, "head before: 0 events "},
	} {
		var stream []byte
		for _, f := range c.frames {
			f.Request = 1
			stream = wire.AppendFrame(stream, f)
		}
		receivers, _, err := readAll(t, 1, stream)
		if got := receivers[0].text; !errors.Is(err, io.EOF) || got != c.want {
			t.Errorf("%s: %q, want %q; %v", name, got, c.want, err)
		}
	}
}

// A request may be over with what happened in stages, of a response that went ahead of that.
func TestEventsThatEndARequest(t *testing.T) {
	head := wire.AppendHead(nil, wire.ResponseHead{Status: "200 OK"}, nil)
	events := wire.AppendStageEvents(nil, []wire.StageEvent{{Kind: event.Close, Stage: 2}, {Kind: event.Close, Stage: 3}}, nil)
	for want, payload := range map[string][]byte{"head 2 events end ": events, "head end ": []byte("can't be read")} {
		var stream []byte
		for _, f := range []wire.Frame{
			{Kind: wire.Head, Flags: wire.FlagEnd | wire.FlagAhead, Request: 1, Payload: head},
			{Kind: wire.StageEvents, Flags: wire.FlagEnd, Request: 1, Payload: payload},
			{Kind: wire.Head, Flags: wire.FlagEnd, Request: 3, Payload: head}, // it goes by the same lane
			{Kind: wire.Errors, Request: 1, Payload: []byte("late")},
			{Kind: wire.End, Request: 2},
		} {
			stream = wire.AppendFrame(stream, f)
		}
		receivers, w, err := readAll(t, 3, stream)
		if !errors.Is(err, io.EOF) || w.Open() != 0 {
			t.Errorf("%v, %d open", err, w.Open())
		}
		for r, want := range []string{want, "end ", "head "} {
			if got := receivers[r].text; got != want {
				t.Errorf("request %d: %q, want %q", r+1, got, want)
			}
		}
	}
}
