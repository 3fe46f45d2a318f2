package http1

import (
	"sync/atomic"
	"time"
)

// clock is a coarse clock, which costs a load: it is advanced by the sweep. Times are nanoseconds since base.
type clock struct {
	base time.Time
	now  atomic.Int64
}

func (c *clock) at(t time.Time) int64 { return int64(t.Sub(c.base)) }

// sweep enforces the time limits on reading. A deadline set on the socket for each request would cost more than
// parsing it; instead each connection says what it waits for and since when, and one goroutine looks at all of them a
// few times within the shortest limit.
type sweep struct {
	quit, done chan struct{}
}

func startSweep(v *serving) *sweep {
	w := &sweep{quit: make(chan struct{}), done: make(chan struct{})}
	v.srv.clock.now.Store(v.srv.clock.at(time.Now()))
	t := time.NewTicker(v.srv.limits.tick())
	go func() {
		defer close(w.done)
		defer t.Stop()
		for {
			select {
			case <-w.quit:
				return
			case now := <-t.C:
				v.srv.clock.now.Store(v.srv.clock.at(now))
				v.each(func(c *conn) {
					if c.overdue(v.srv.clock.at(now)) {
						c.poke()
					}
				})
			}
		}
	}()
	return w
}

func (w *sweep) stop() {
	close(w.quit)
	<-w.done
}

func (l *Limits) tick() time.Duration {
	const shortest, longest = 5 * time.Millisecond, 500 * time.Millisecond
	d := longest
	for _, limit := range []time.Duration{l.HeadTime, l.IdleTime, l.BodyStall, l.Linger} {
		if limit > 0 {
			d = min(d, limit/4)
		}
	}
	return max(d, shortest)
}

// phase is what a connection's goroutine reads for.
type phase uint32

const (
	phaseIdle    phase = iota // a request
	phaseHead                 // the rest of a head
	phaseBody                 // a body that the receiver or the drain waits for
	phaseLinger               // the client's end, after ours
	phaseWaiting              // nothing: it waits for the handler
	phaseLast                 // nothing: the client has sent its last, and the response is open
)

// overdue says whether what the connection reads for has taken longer than it may. While a response is under way
// neither the next head nor idleness is timed: a connection is not idle then, and its head's turn has not come.
func (c *conn) overdue(now int64) bool {
	l := &c.srv.limits
	var limit time.Duration
	since := c.since.Load()
	switch p := phase(c.phase.Load()); {
	case p == phaseBody:
		limit = l.BodyStall
	case p == phaseLinger || p == phaseLast:
		limit = l.Linger
	case c.open.Load() || p == phaseWaiting:
		return false
	case p == phaseHead:
		limit = l.HeadTime
	default:
		limit = l.IdleTime
		since = max(since, c.idle.Load())
	}
	return limit > 0 && now-since > int64(limit)
}

// poke wakes the connection's goroutine, so that it looks around: see conn.read and conn.awaitLast.
func (c *conn) poke() {
	c.mu.Lock()
	_ = c.sock.SetReadDeadline(longAgo)
	c.changed.Signal()
	c.mu.Unlock()
}

var longAgo = time.Unix(1, 0)
