package worker

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/wire"
)

// newTestNudger is a nudger that never fires by itself, of a worker with so many requests open.
func newTestNudger(t *testing.T, threads, open int) *nudger {
	t.Helper()
	n := &nudger{mu: new(sync.Mutex), quick: threads + 1, open: func() int { return open }, stopped: true}
	ours, theirs := net.Pipe()
	t.Cleanup(func() { _, _ = ours.Close(), theirs.Close() })
	n.conn = ours
	return n
}

func expect(t *testing.T, n *nudger, at time.Duration, want bool) {
	t.Helper()
	if got, _ := n.due(at); got != want {
		t.Errorf("at %v: nudge %v, want %v", at, got, want)
	}
}

// A nudge may be spent before the worker read what it is for, so they go on, ever further apart.
func TestNudgesGoOnInASilence(t *testing.T) {
	n := newTestNudger(t, 8, 1)
	begin := 100 * wire.NudgeAfter
	n.passedAt(begin)
	expect(t, n, begin+wire.NudgeAfter/2, false)
	at := begin
	for _, wait := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 128, 128} {
		at += wait * wire.NudgeAfter
		expect(t, n, at-1, false)
		expect(t, n, at, true)
	}
	n.passedAt(at)
	expect(t, n, at+wire.NudgeAfter, true)
}

func TestNoNudgeWithoutRequests(t *testing.T) {
	n := newTestNudger(t, 8, 0)
	n.passedAt(wire.NudgeAfter)
	if nudge, again := n.due(time.Minute); nudge || again != 0 {
		t.Errorf("nudge %v, again in %v", nudge, again)
	}
}

// A request that waits behind a slow one is nudged for, while another streams: what passes hides it from the rule of
// silence.
func TestNudgesWithoutProgress(t *testing.T) {
	n := newTestNudger(t, 3, 2)
	stuck, streaming := &open{id: 1}, &open{id: 2}
	n.sentRequest(stuck)
	n.sentRequest(streaming)
	at := stuck.sent
	n.got(streaming, at)
	begin := at
	var nudges []time.Duration // one for each thread and one more, then further apart
	for range 12 * 8 {
		at += wire.NudgeAfter / 8
		n.got(streaming, at)
		if nudge, again := n.due(at); nudge {
			nudges = append(nudges, (at-begin)/wire.NudgeAfter)
		} else if again == 0 {
			t.Fatal("nothing would look again")
		}
	}
	if diff := cmp.Diff([]time.Duration{1, 2, 3, 4, 6, 10}, nudges); diff != "" {
		t.Errorf("nudges (-want +got):\n%s", diff)
	}
	n.got(stuck, at)
	if n.first != nil || n.progress.nudges != 0 {
		t.Error("the request was answered, and still counts")
	}
}

func TestGoneIsInsistedOn(t *testing.T) {
	n := newTestNudger(t, 8, 1)
	n.insist()
	at := n.urgent
	n.passedAt(at + wire.NudgeAfter)
	expect(t, n, at+wire.NudgeAfter, true)
	expect(t, n, at+wire.NudgeAfter+1, false)
}

func TestUnansweredAreInOrder(t *testing.T) {
	n := newTestNudger(t, 8, 3)
	requests := []*open{{id: 1}, {id: 2}, {id: 3}, {id: 4}}
	for _, o := range requests {
		n.sentRequest(o)
	}
	for _, i := range []int{1, 0, 3, 2} {
		n.got(requests[i], now())
		n.got(requests[i], now()) // a later frame changes nothing
	}
	if n.first != nil || n.last != nil {
		t.Errorf("left: %+v, %+v", n.first, n.last)
	}
}

func TestClock(t *testing.T) {
	var c clock
	at := func(r *requestClock, stamp uint64, arrival, want time.Duration) {
		t.Helper()
		c.learn(stamp, arrival)
		if got := r.frame(&c, stamp); !got.Equal(epoch.Add(want)) {
			t.Errorf("a frame of %d that came at %d is of %d, want %d", stamp, arrival, got.Sub(epoch), want)
		}
	}
	var one, two requestClock
	at(&one, 1000, 5000, 5000)
	// One that was faster shows that the clocks differ by less; a slower one is stamped by what is known.
	at(&two, 2000, 5500, 5500)
	at(&two, 3000, 9000, 6500)
	// A request that began before keeps to what was known then.
	at(&one, 3000, 9000, 7000)
	at(&one, 9000, 12600, 13000)
	if got := one.at(&c, 1500); !got.Equal(epoch.Add(5500)) {
		t.Errorf("a time within a frame is %d", got.Sub(epoch))
	}
}
