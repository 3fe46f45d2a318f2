package worker

import (
	"net"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/devserver/wire"
)

// nudger decides when a worker is nudged; the rules stand in the comment of package wire. Its timer runs only while
// there is something to nudge for. All but insist and its timer are called with the worker's lock held.
type nudger struct {
	mu    *sync.Mutex // the worker's
	open  func() int  // requests under way that are not parked
	conn  net.Conn
	quick int // nudges without progress that come quickly: as many as may bring a thread each to a request of its own

	timer   *time.Timer
	armed   bool
	stopped bool

	silence  waited        // since something last passed, in either direction
	progress waited        // since a request last had its first frame
	urgent   time.Duration // of a Gone or Stop that is to have its nudge, or 0
	// The requests that have had no frame yet, the oldest first.
	first, last *open
}

// waited is a time of waiting with its nudges: some quick ones, NudgeAfter apart, then each twice as far from the one
// before, up to furthest.
type waited struct {
	since  time.Duration // its beginning, or the last nudge
	nudges int
}

// furthest is how often NudgeAfter is doubled: a nudge may be spent on a worker that was not yet given the processor to
// read what it is for, so they never stop coming.
const furthest = 7

func (w *waited) begin(at time.Duration) { *w = waited{since: at} }

// left is how long to wait until the next nudge.
func (w *waited) left(at time.Duration, quick int) time.Duration {
	return w.since + wire.NudgeAfter<<min(max(w.nudges-quick+1, 0), furthest) - at
}

func (w *waited) nudged(at time.Duration) { w.since, w.nudges = at, w.nudges+1 }

func newNudger(w *Worker, conn net.Conn) *nudger {
	n := &nudger{mu: &w.mu, conn: conn, quick: w.threads + 1}
	n.open = func() int { return len(w.open) - w.parked }
	n.timer = time.AfterFunc(time.Hour, n.tick)
	n.timer.Stop()
	return n
}

func (n *nudger) sentRequest(o *open) {
	o.sent = now()
	o.unanswered, o.prev = true, n.last
	if n.last == nil {
		n.first = o
		n.progress.begin(o.sent)
	} else {
		n.last.next = o
	}
	n.last = o
	n.passedAt(o.sent)
}

func (n *nudger) sent() { n.passedAt(now()) }

// got notes a frame, of an open request or (nil) of one that has ended.
func (n *nudger) got(o *open, at time.Duration) {
	if o != nil && o.unanswered {
		n.answered(o)
		n.progress.begin(at)
	}
	n.passedAt(at)
}

func (n *nudger) answered(o *open) {
	if o.prev == nil {
		n.first = o.next
	} else {
		o.prev.next = o.next
	}
	if o.next == nil {
		n.last = o.prev
	} else {
		o.next.prev = o.prev
	}
	o.unanswered, o.prev, o.next = false, nil, nil
}

func (n *nudger) passedAt(at time.Duration) {
	n.silence.begin(at)
	n.arm(wire.NudgeAfter)
}

func (n *nudger) arm(d time.Duration) {
	if !n.armed && !n.stopped && (n.open() > 0 || n.urgent != 0) {
		n.armed = true
		n.timer.Reset(d)
	}
}

// insist has a nudge sent NudgeAfter from now, whatever passes.
func (n *nudger) insist() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.urgent == 0 {
		n.urgent = now()
	}
	n.arm(wire.NudgeAfter)
}

func (n *nudger) stop() {
	n.stopped = true
	n.timer.Stop()
}

func (n *nudger) tick() {
	n.mu.Lock()
	n.armed = false
	nudge, again := n.due(now())
	if again > 0 {
		n.arm(again)
	}
	stopped := n.stopped
	n.mu.Unlock()
	if nudge && !stopped {
		// While every thread is busy nobody takes nudges, and their buffer may fill: then there is one for whoever comes.
		// That the worker has ended is for the reading goroutine to see.
		_ = n.conn.SetWriteDeadline(time.Now().Add(wire.NudgeAfter))
		_, _ = n.conn.Write([]byte{1})
	}
}

// due says whether a nudge is due, and when to look again; 0 is not before something passes.
func (n *nudger) due(at time.Duration) (nudge bool, again time.Duration) {
	look := func(d time.Duration) {
		d = max(d, wire.NudgeAfter/8)
		if again == 0 || d < again {
			again = d
		}
	}
	if n.urgent != 0 {
		if wait := n.urgent + wire.NudgeAfter - at; wait <= 0 {
			n.urgent, nudge = 0, true
		} else {
			look(wait)
		}
	}
	if n.open() == 0 {
		return nudge, again
	}
	due := func(w *waited, quick int) {
		if w.left(at, quick) <= 0 {
			w.nudged(at)
			nudge = true
		}
		look(w.left(at, quick))
	}
	due(&n.silence, 1)
	if n.first != nil {
		due(&n.progress, n.quick)
	}
	return nudge, again
}
