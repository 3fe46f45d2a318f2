package recorder_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

func TestCodecRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := genEvents().Draw(t, "events")
		got, err := recorder.DecodeEvents(7, recorder.EncodeEvents(nil, want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("round trip (-want +got):\n%s", diff)
		}
	})
}

func TestCodecKeepsServerEvents(t *testing.T) {
	want := []event.Event{
		{Kind: event.BuildDone, Payload: &event.Build{ID: 3, Why: "app.py", Started: epoch, Took: 41e6, App: "app:app",
			Failed: &event.Raised{Where: event.InLoad, Type: "SyntaxError"}, Reused: true, Language: "python"}},
		{Kind: event.Dropped, Payload: &event.DroppedCount{Events: 9}},
	}
	got, err := recorder.DecodeEvents(0, recorder.EncodeEvents(nil, want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
}

// A chain of causes may be endless: an exception can be its own cause.
func TestCodecCutsCauses(t *testing.T) {
	r := &event.Raised{Type: "Loop"}
	r.Cause = r
	blob := recorder.EncodeEvents(nil, []event.Event{{Kind: event.Exception, Payload: r}})
	events, err := recorder.DecodeEvents(1, blob)
	if err != nil {
		t.Fatal(err)
	}
	depth := 0
	for c := events[0].Payload.(*event.Raised); c != nil; c = c.Cause {
		depth++
	}
	if depth != 100 {
		t.Errorf("%d exceptions in the chain, want 100", depth)
	}
	if x := recorder.Fold([]event.Event{{Kind: event.Exception, Payload: r}}); x.Exception == nil {
		t.Error("the fold lost the exception")
	}
}

func TestCodecCompressesWhatPays(t *testing.T) {
	text := recorder.EncodeEvents(nil, typical(1, 2000))
	if len(text) > 1500 {
		t.Errorf("2000 bytes of text and their heads take %d bytes", len(text))
	}
}

// Stages are named once in a blob, and what shares one before shares one after.
func TestCodecNamesAStageOnce(t *testing.T) {
	var events []event.Event
	for i := range 100 {
		events = append(events, event.Event{Stage: uint16(i), Kind: event.Enter, Payload: &event.Entered{Stage: stageInfos[i%3]}})
	}
	blob := recorder.EncodeEvents(nil, events)
	if len(blob) > 1000 {
		t.Errorf("100 passes through 3 stages take %d bytes", len(blob))
	}
	got, err := recorder.DecodeEvents(0, blob)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := got[4].Payload.(*event.Entered).Stage, got[97].Payload.(*event.Entered).Stage; a != b || *a != *stageInfos[1] {
		t.Errorf("%+v, %+v", a, b)
	}
}

// Many stages, each another, are no reason to look for each among all.
func TestCodecTakesManyStages(t *testing.T) {
	var want []event.Event
	for i := range 1000 {
		want = append(want, event.Event{Kind: event.Enter, Payload: &event.Entered{Stage: &event.StageInfo{Line: i % 300}}})
	}
	got, err := recorder.DecodeEvents(0, recorder.EncodeEvents(nil, want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
}

// Captures that were made before stages were recorded are still read.
func TestDecodesVersion1(t *testing.T) {
	text, err := os.ReadFile("testdata/events-1.hex")
	if err != nil {
		t.Fatal(err)
	}
	blob, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || blob[0] != 1 {
		t.Fatal(blob[:1], err)
	}
	got, err := recorder.DecodeEvents(3, blob)
	if err != nil {
		t.Fatal(err)
	}
	want := insert(typical(3, 40), event.Event{Kind: event.Exception, At: 1150000, Payload: &event.Raised{
		Type: "E", Handled: true, Minor: true, Message: "m",
		Frames: []event.Frame{{File: "a.py", Line: 1, Context: []string{"x"}}},
	}})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodeEventsErrors(t *testing.T) {
	good := recorder.EncodeEvents(nil, typical(1, 100))
	for name, blob := range map[string][]byte{
		"nothing": {}, "version alone": {1}, "unknown flags": {1, 64, 0}, "not S2": {1, 1, 0xff, 0xff, 0xff},
		"cut": good[:len(good)-3], "too many": append(bytes.Clone(recorder.EncodeEvents(nil, nil)), 0),
		"a lie about sizes": {1, 0, 0xff, 0xff, 0xff, 0xff, 0x0f},
		"an S2 bomb":        {1, 1, 0xff, 0xff, 0xff, 0xff, 0x03, 0},
	} {
		if _, err := recorder.DecodeEvents(1, blob); !errors.Is(err, recorder.ErrCorrupt) {
			t.Errorf("%s: %v, want ErrCorrupt", name, err)
		}
	}
	if _, err := recorder.DecodeEvents(1, []byte{9, 0, 0}); !errors.Is(err, recorder.ErrNewer) {
		t.Errorf("a newer format: %v, want ErrNewer", err)
	}
}

func FuzzDecodeEvents(f *testing.F) {
	f.Add(recorder.EncodeEvents(nil, typical(1, 10)))
	f.Add(recorder.EncodeEvents(nil, typical(2, 4000)))
	f.Add(recorder.EncodeEvents(nil, insert(typical(3, 0), event.Event{Kind: event.Exception, Payload: &event.Raised{
		Type: "E", Frames: []event.Frame{{File: "a.py", Line: 1, Context: []string{"x"}}}, Cause: &event.Raised{Type: "F"},
	}})))
	f.Add(recorder.EncodeEvents(nil, []event.Event{{Kind: event.Exception, Payload: &event.Raised{
		Type: "E", Handled: true, Minor: true,
	}}}))
	f.Add(recorder.EncodeEvents(nil, []event.Event{{Kind: event.BuildDone, Payload: &event.Build{ID: 1}}}))
	f.Add([]byte{1, 0, 1, 5, 0, 0, 0, 0})
	f.Add(recorder.EncodeEvents(nil, staged(4, 3, 100)))
	for i := range 8 {
		f.Add(recorder.EncodeEvents(nil, genEvents().Example(i)))
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		events, err := recorder.DecodeEvents(1, blob)
		if err != nil {
			return
		}
		packed := recorder.EncodeEvents(nil, events)
		again, err := recorder.DecodeEvents(1, packed)
		if err != nil {
			t.Fatalf("what was decoded does not decode again: %v", err)
		}
		if a, b := fmt.Sprintf("%+v", summary(events)), fmt.Sprintf("%+v", summary(again)); a != b {
			t.Fatalf("decodes differently:\n%s\n%s", a, b)
		}
		if !bytes.Equal(packed, recorder.EncodeEvents(nil, again)) {
			t.Fatal("encodes differently")
		}
		recorder.Fold(events)
	})
}

func summary(events []event.Event) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "%d %d %d %d %T; ", e.Kind, e.Stage, e.Seq, e.At, e.Payload)
	}
	return b.String()
}
