package control_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// watch collects updates until a condition holds.
type watch struct {
	updates chan control.Updates
	ended   chan error
	cancel  context.CancelFunc
}

func startWatch(t *testing.T, c control.Client) *watch {
	ctx, cancel := context.WithCancel(context.Background())
	w := &watch{make(chan control.Updates), make(chan error, 1), cancel}
	go func() {
		w.ended <- c.Watch(ctx, func(u control.Updates) {
			select {
			case w.updates <- u:
			case <-ctx.Done():
			}
		})
	}()
	t.Cleanup(func() {
		cancel()
		<-w.ended
	})
	return w
}

func (w *watch) until(t *testing.T, what string, f func(control.Updates) bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		select {
		case u := <-w.updates:
			if f(u) {
				return
			}
		case err := <-w.ended:
			w.ended <- err
			t.Fatalf("the watch ended before %s: %v", what, err)
		case <-deadline:
			t.Fatalf("not seen: %s", what)
		}
	}
}

func TestWatch(t *testing.T) {
	for name, open := range doors {
		t.Run(name, func(t *testing.T) {
			l := newLive(t)
			w := startWatch(t, open(t, l))
			w.until(t, "the status", func(u control.Updates) bool { return u.Status != nil && u.Status.App == "app:app" })

			id := l.recorder.NextID()
			l.recorder.Emit(l.begin(id, "/slow", 0))
			row := func(state recorder.State) func(control.Updates) bool {
				return func(u control.Updates) bool {
					return len(u.Rows) == 1 && u.Rows[0].ID == id && u.Rows[0].State == state
				}
			}
			w.until(t, "the exchange under way", row(recorder.Open))
			l.end(id)
			w.until(t, "its end", row(recorder.Done))

			l.Report(replay.Result{Outcome: replay.Outcome{ID: 5, Origin: 4, Verdict: replay.Changed}})
			w.until(t, "the verdict", func(u control.Updates) bool { return len(u.Verdicts) == 1 && u.Verdicts[0].ID == 5 })
			l.Log(control.Line{Stream: "log", Text: "hello"})
			w.until(t, "the line of the log", func(u control.Updates) bool { return len(u.Output) == 1 && u.Output[0].Text == "hello" })
			l.recorder.Emit(event.Event{Kind: event.Output, Payload: &event.Text{Stream: "stdout", Text: "printed\n"}})
			w.until(t, "the worker's output", func(u control.Updates) bool {
				return len(u.Output) == 1 && strings.TrimSpace(u.Output[0].Text) == "printed"
			})
			l.mu.Lock()
			l.build = 2
			l.mu.Unlock()
			l.StatusChanged()
			w.until(t, "the new build", func(u control.Updates) bool { return u.Status != nil && u.Status.Build.ID == 2 })
		})
	}
}

// What was logged before anybody watches is told to who does first.
func TestWatchHearsWhatWasLoggedBefore(t *testing.T) {
	l := newLive(t)
	l.Log(control.Line{Stream: "log", Text: "early", Urgent: true})
	for _, want := range []int{1, 0} {
		w := startWatch(t, doors["pipe"](t, l))
		lines := 0
		w.until(t, "the status", func(u control.Updates) bool {
			lines += len(u.Output)
			return u.Status != nil
		})
		if lines != want {
			t.Errorf("%d lines, want %d", lines, want)
		}
	}
}

// A watcher that takes its time gets every row in its last state, in few batches, and holds up no other call.
func TestWatchMerges(t *testing.T) {
	const n = 3000
	for name, open := range doors {
		t.Run(name, func(t *testing.T) {
			l := newLive(t)
			c := open(t, l)
			w := startWatch(t, c)
			w.until(t, "the status", func(u control.Updates) bool { return u.Status != nil })
			l.record("/first", 0)
			// From here the watcher holds its batch while all of the others come.
			for range n {
				l.record("/x", 0)
			}
			l.flush(t)
			if _, err := c.Status(t.Context()); err != nil {
				t.Fatal(err)
			}
			seen, batches := map[uint64]bool{}, 0
			w.until(t, "all rows", func(u control.Updates) bool {
				batches++
				for _, r := range u.Rows {
					if r.State == recorder.Done {
						seen[r.ID] = true
					}
				}
				return len(seen) == n+1
			})
			if batches > 30 {
				t.Errorf("%d rows came in %d batches", n, batches)
			}
		})
	}
}

func TestWatchRate(t *testing.T) {
	l := newLive(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	calls, began := 0, time.Now()
	var writing sync.WaitGroup
	writing.Go(func() {
		pace := time.NewTicker(time.Millisecond)
		defer pace.Stop()
		for ctx.Err() == nil {
			l.record("/x", 0)
			<-pace.C
		}
	})
	inProcess(t, l).Watch(ctx, func(control.Updates) {
		if calls++; calls == 10 {
			cancel()
		}
	})
	took := time.Since(began)
	writing.Wait()
	// The first two wait for nothing. Each of the others may come late, but none of them early.
	if took < 8*time.Second/30 {
		t.Errorf("10 batches came within %v", took)
	}
}
