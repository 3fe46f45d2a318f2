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
	open  func() int  // requests under way
	conn  net.Conn
	limit int // nudges without progress

	timer   *time.Timer
	armed   bool
	stopped bool

	passed   time.Duration // when something last passed, in either direction
	silenced bool          // this silence had its nudge
	urgent   time.Duration // of a Gone or Stop that is to have its nudge, or 0
	progress time.Duration // when a request last had its first frame
	nudges   int           // since then
	// The requests that have had no frame yet, the oldest first.
	first, last *open
}

func newNudger(w *Worker, conn net.Conn) *nudger {
	n := &nudger{mu: &w.mu, conn: conn, limit: w.threads + 1}
	n.open = func() int { return len(w.open) }
	n.timer = time.AfterFunc(time.Hour, n.tick)
	n.timer.Stop()
	return n
}

func (n *nudger) sentRequest(o *open) {
	o.sent = now()
	o.unanswered, o.prev = true, n.last
	if n.last == nil {
		n.first, n.nudges = o, 0
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
		n.progress, n.nudges = at, 0
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
	n.passed, n.silenced = at, false
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
	if n.first != nil && n.nudges < n.limit {
		if wait := max(n.first.sent, n.progress) + wire.NudgeAfter*time.Duration(n.nudges+1) - at; wait <= 0 {
			n.nudges++
			nudge = true
			if n.nudges < n.limit {
				look(wire.NudgeAfter)
			}
		} else {
			look(wait)
		}
	}
	if !n.silenced {
		if wait := n.passed + wire.NudgeAfter - at; wait <= 0 {
			n.silenced, nudge = true, true
		} else {
			look(wait)
		}
	}
	return nudge, again
}
