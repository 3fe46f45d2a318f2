package recorder_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

// A stream that never ends takes bounded room, whatever its stages tell of it, and nothing of it counts as lost.
func TestFolderMergesBlocksOfStages(t *testing.T) {
	var f recorder.Folder
	seq := uint32(0)
	add := func(stage int, kind event.Kind, payload any) {
		f.Add(event.Event{Exchange: 1, Seq: seq, Stage: uint16(stage), Kind: kind, At: time.Duration(seq), Payload: payload})
		seq++
	}
	add(0, event.Enter, &event.Request{App: info("A")})
	add(2, event.Enter, &event.Entered{Stage: info("B"), Within: 1})
	add(3, event.Enter, &event.Entered{Stage: info("C"), Within: 2})
	const n = 2 * recorder.MaxChunks
	for i := range n {
		add(3, event.Chunk, &event.Block{Bytes: []byte("in "), Size: 3})
		add(2, event.Chunk, &event.Block{Same: true, Nth: uint32(i), Size: 3})
		add(0, event.Chunk, &event.Data{Bytes: []byte("out"), Size: 3})
	}
	add(0, event.Exit, &event.Ending{})
	if got := len(f.Events()); got > 2*recorder.MaxChunks+10 {
		t.Errorf("%d events are kept", got)
	}
	x := f.Exchange()
	if x.Lost != 0 {
		t.Errorf("%d are lost", x.Lost)
	}
	for stage := 1; stage <= 3; stage++ {
		count, size := 0, 0
		for _, c := range x.Stages[stage].Chunks {
			count += 1 + c.Merged
			size += c.Size
		}
		if count != n || size != 3*n {
			t.Errorf("stage %d gave %d chunks of %d bytes", stage, count, size)
		}
	}
	back, err := recorder.DecodeEvents(1, recorder.EncodeEvents(nil, f.Events()))
	if err != nil || recorder.Fold(back).Lost != 0 {
		t.Errorf("stored: %v", err)
	}
}

// What stages tell is bounded in number and in size; how each was left is told though the bound is reached.
func TestFolderBoundsStages(t *testing.T) {
	var f recorder.Folder
	f.Add(event.Event{Exchange: 1, Kind: event.Enter, Payload: &event.Request{App: info("A")}})
	f.Add(event.Event{Exchange: 1, Stage: 2, Kind: event.Enter, Payload: &event.Entered{Stage: info("B"), Within: 1}})
	big := bytes.Repeat([]byte("x"), 64<<10)
	for range 100 {
		f.Add(event.Event{Exchange: 1, Stage: 2, Kind: event.Chunk, Payload: &event.Block{Bytes: big, Size: len(big)}})
	}
	for range 3 * recorder.MaxStageEvents {
		f.Add(event.Event{Exchange: 1, Stage: 2, Kind: event.Input, Payload: &event.Read{Reads: 1}})
	}
	f.Add(event.Event{Exchange: 1, Stage: 2, Kind: event.Exit, Payload: &event.Left{Result: "list"}})
	x := f.Exchange()
	s := x.Stages[2]
	if s.Result != "list" || len(s.Chunks) != 100 || s.Chunks[99].Size != len(big) || s.Input.Reads >= recorder.MaxStageEvents {
		t.Errorf("%s, %d chunks, %d reads", s.Result, len(s.Chunks), s.Input.Reads)
	}
	kept := 0
	for _, e := range f.Events() {
		if b, ok := e.Payload.(*event.Block); ok {
			kept += len(b.Bytes)
		}
	}
	if kept > recorder.MaxStageBytes || kept < recorder.MaxStageBytes/2 {
		t.Errorf("%d bytes of blocks are kept", kept)
	}
}

// A number of a stage that cannot be is no reason to take long.
func BenchmarkFoldManyStages(b *testing.B) {
	events := staged(1, 1000, 100)
	for i := range events {
		if events[i].Stage == 1000 {
			events[i].Stage = 65535
		}
	}
	events = append(events, event.Event{Exchange: 1, Stage: 4999, Kind: event.Input, Payload: &event.Read{Reads: 1}})
	for b.Loop() {
		recorder.Fold(events)
	}
}
