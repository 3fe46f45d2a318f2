package devserver

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/worker"
)

type counted struct{ calls, events int }

func (c *counted) Emit(events ...event.Event) {
	c.calls++
	c.events += len(events)
}

// What a request through stages brings costs little beside the request, and is told in one call.
func BenchmarkStageEvents(b *testing.B) {
	info := &event.StageInfo{Name: "site.Auth"}
	at := time.Now()
	for _, stages := range []int{0, 6, 20} {
		var events []worker.StageEvent
		add := func(kind event.Kind, stage int, payload any) {
			events = append(events, worker.StageEvent{
				Kind: kind, Stage: uint16(stage), At: at.Add(time.Duration(len(events)) * time.Microsecond), Payload: payload,
			})
		}
		for i := 2; i <= stages; i++ {
			add(event.EnvironChanged, i-1, &event.EnvironChange{})
			add(event.Enter, i, &event.Entered{Stage: info, Within: uint16(i - 1)})
		}
		for i := stages; i > 1; i-- {
			add(event.StartResponse, i, &event.Response{})
		}
		for i := stages; i > 1; i-- {
			add(event.Exit, i, &event.Left{})
			add(event.Spent, i, &wire.GrossTimes{})
		}
		if stages > 0 {
			add(event.Spent, 1, &wire.GrossTimes{})
		}
		b.Run(fmt.Sprint(stages, " stages"), func(b *testing.B) {
			sink := &counted{}
			s := &Server{cfg: Config{Sink: sink, Stops: NewStops(StopOptions{})}}
			told := make([]worker.StageEvent, len(events))
			b.ReportAllocs()
			for b.Loop() {
				x := &exchange{s: s, started: at, state: running}
				copy(told, events)
				x.StageEvents(told, true)
				x.mu.Lock()
				x.emit(event.StartResponse, 20*time.Microsecond, nil)
				x.emit(event.Chunk, 60*time.Microsecond, nil)
				x.end(event.Done, "", nil)
				x.mu.Unlock()
			}
			b.ReportMetric(float64(sink.calls)/float64(b.N), "calls")
			b.ReportMetric(float64(sink.events)/float64(b.N), "events")
		})
	}
}

// Time that passed while a request stood at boundaries is left out, however often it did.
func TestPausesAreLeftOut(t *testing.T) {
	begin := time.Now()
	const work, stood = 10 * time.Millisecond, time.Second
	x := &exchange{started: begin}
	at := begin
	for i := range 5 * mostPauses {
		at = at.Add(work)
		before := time.Duration(i+1) * work
		if got := x.since(at); got != before {
			t.Fatalf("before pause %d: %v, want %v", i, got, before)
		}
		x.within.halted = at
		if got := x.since(at.Add(stood / 2)); got != before {
			t.Fatalf("in pause %d: %v, want %v", i, got, before)
		}
		at = at.Add(stood)
		x.goneOn(at, &event.Pause{Took: stood})
		for _, past := range []time.Duration{0, stood / 3, stood} {
			if got := x.since(at.Add(-past)); got != before {
				t.Fatalf("%v before the end of pause %d: %v, want %v", past, i, got, before)
			}
		}
	}
}

// What was edited stands behind what was told before the request stopped, though the worker tells at the last, as it stops,
// when the outermost stage was entered.
func TestEditsStandWhereTheyWereMade(t *testing.T) {
	begin := time.Now()
	var edited time.Duration
	x := &exchange{started: begin, s: &Server{cfg: Config{Stops: NewStops(StopOptions{}), Sink: emitted(func(events []event.Event) {
		for _, e := range events {
			if e.Kind == event.Edited {
				edited = e.At
			}
		}
	})}}}
	at := func(ms time.Duration) time.Time { return begin.Add(ms * time.Millisecond) }
	x.StageEvents([]worker.StageEvent{
		{Kind: event.Enter, Stage: 2, At: at(20), Payload: &event.Entered{}},
		{Kind: event.Enter, Stage: 1, At: at(10), Payload: &event.Entered{}},
	}, false)
	x.StageEvents([]worker.StageEvent{
		{Kind: event.Edited, Stage: 2, At: at(1000), Payload: &event.Edit{Boundary: event.Enter}},
		{Kind: event.Paused, Stage: 2, At: at(1000), Payload: &event.Pause{Boundary: event.Enter, Took: 970 * time.Millisecond}},
	}, false)
	if want := 20 * time.Millisecond; edited != want {
		t.Errorf("edited at %v, want %v", edited, want)
	}
}

// Events of the server's boundary go among those of inner stages by their times.
func TestEventsStandInOrder(t *testing.T) {
	var got string
	x := &exchange{s: &Server{cfg: Config{Sink: emitted(func(events []event.Event) {
		for i, e := range events {
			if e.Seq != uint32(i) {
				t.Errorf("event %d has number %d", i, e.Seq)
			}
			got += fmt.Sprintf("%d@%d ", e.Stage, e.At)
		}
	})}}}
	x.gather = true
	for _, e := range []struct {
		stage uint16
		at    time.Duration
	}{{0, 5}, {2, 10}, {1, 20}, {2, 30}, {0, 15}, {0, 12}, {0, 30}, {1, 31}, {0, 11}} {
		x.emitOf(e.stage, event.Close, e.at, nil)
	}
	x.gather = false
	x.flush()
	// What came first from the boundary stays first.
	if want := "0@5 2@10 0@15 0@12 1@20 2@30 0@30 0@11 1@31 "; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

type emitted func([]event.Event)

func (f emitted) Emit(events ...event.Event) { f(events) }

// A request whose response has come whole is not timed out any more, though the timer has run out meanwhile.
func TestNoTimeOutAfterTheEnd(t *testing.T) {
	x := &exchange{state: running, head: true}
	x.timeOut()
	if x.hung || x.state != running {
		t.Errorf("hung %v, state %v", x.hung, x.state)
	}
}

// A stage's own time is what it took without the stages within it; what was spent in another than the one around it is none
// of that one's, and what a stage did within the call of another is its own.
func TestOwnTimes(t *testing.T) {
	begin := time.Now()
	got := map[uint16]event.Times{}
	x := &exchange{started: begin, state: running, s: &Server{cfg: Config{
		Stops: NewStops(StopOptions{}), Sink: emitted(func(events []event.Event) {
			for _, e := range events {
				if p, ok := e.Payload.(*event.Times); ok {
					got[e.Stage] = *p
				}
			}
		}),
	}}}
	var events []worker.StageEvent
	tell := func(kind event.Kind, stage uint16, payload any) {
		events = append(events, worker.StageEvent{Kind: kind, Stage: stage, At: begin, Payload: payload})
	}
	info := &event.StageInfo{Name: "site.Auth"}
	for stage := uint16(2); stage <= 5; stage++ {
		tell(event.Enter, stage, &event.Entered{Stage: info, Within: stage - 1})
	}
	tell(event.Enter, 6, &event.Entered{Stage: info, Within: 3})
	tell(event.Spent, 5, &wire.GrossTimes{Total: 50, Other: 20}) // stage 4 had it call a function of its own for 20
	tell(event.Spent, 4, &wire.GrossTimes{Total: 70, Other: -20})
	tell(event.Spent, 3, &wire.GrossTimes{Total: 60}) // and then it went on
	tell(event.Spent, 3, &wire.GrossTimes{Total: 100})
	tell(event.Spent, 2, &wire.GrossTimes{Total: 103})
	tell(event.Spent, 6, &wire.GrossTimes{Total: 15, Other: 7}) // 10 of them in its body, which stage 1 iterated
	tell(wire.SpentElsewhere, 1, &wire.Elsewhere{Stage: 6, Took: 10})
	tell(wire.SpentElsewhere, 2, &wire.Elsewhere{Stage: 6, Took: 7}) // a function of stage 2's that the body has called
	tell(event.Spent, 1, &wire.GrossTimes{Total: 1000, Other: 10, Of: 6})
	x.StageEvents(events, false)
	want := map[uint16]event.Times{
		1: {Total: 1000, Self: 887, Of: 6}, 2: {Total: 110, Self: 10}, 3: {Total: 100, Self: 25}, 4: {Total: 70, Self: 40},
		5: {Total: 50, Self: 30}, 6: {Total: 15, Self: 8},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
