package event_test

import (
	"context"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/devserver/event"
)

// TestBusBoundsWhatPayloadsHold: an application with large headers or tracebacks fills the queue as one with large
// bodies does.
func TestBusBoundsWhatPayloadsHold(t *testing.T) {
	long := strings.Repeat("x", 1000)
	for name, payload := range map[string]any{
		"body":       &event.Data{Bytes: []byte(long), Size: 1000},
		"head":       &event.Request{Head: []byte(long)},
		"headers":    &event.Response{Headers: []event.Header{{Name: "X-Long", Value: long}}},
		"text":       &event.Text{Text: long},
		"traceback":  &event.Raised{Text: long},
		"its frames": &event.Raised{Frames: []event.Frame{{Context: []string{long}}}},
		"a cause":    &event.Raised{Cause: &event.Raised{Message: long}},
		"a finding":  &event.Finding{Message: long},
	} {
		t.Run(name, func(t *testing.T) {
			bus := event.NewBus(1000, 5500)
			for range 10 {
				bus.Emit(event.Event{Exchange: 1, Kind: event.Errors, Payload: payload})
			}
			kept, dropped := 0, 0
			for _, e := range bus.Next(context.Background(), nil) {
				if p, ok := e.Payload.(*event.DroppedCount); ok {
					dropped += p.Events
				} else {
					kept++
				}
			}
			if kept != 5 || dropped != 5 {
				t.Errorf("%d kept, %d dropped; want 5 and 5", kept, dropped)
			}
		})
	}
}

// TestBusKeepsEndings: an exchange whose events were dropped still ends.
func TestBusKeepsEndings(t *testing.T) {
	bus := event.NewBus(2, 1000)
	for i := range uint64(4) {
		bus.Emit(event.Event{Exchange: i, Kind: event.Enter, Payload: &event.Request{}})
	}
	for i := range uint64(4) {
		bus.Emit(event.Event{Exchange: i, Kind: event.Exit, Payload: &event.Ending{WireHead: make([]byte, 2000)}})
	}
	kinds := map[event.Kind]int{}
	for _, e := range bus.Next(context.Background(), nil) {
		kinds[e.Kind]++
	}
	if kinds[event.Enter] != 2 || kinds[event.Exit] != 4 || kinds[event.Dropped] != 1 {
		t.Errorf("%v; want 2 entries, all 4 endings, and that some were dropped", kinds)
	}
}
