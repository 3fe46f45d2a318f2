package worker

import "time"

// epoch is the zero of the durations that this package compares; it carries the monotonic clock.
var epoch = time.Now()

func now() time.Duration { return time.Since(epoch) }

// clock converts a worker's monotonic nanoseconds; see Worker. It belongs to the reading goroutine.
type clock struct {
	known   bool
	offset  time.Duration // to be added to a stamp
	arrived time.Duration // when the newest frame arrived
}

// learn takes the stamp of a frame that arrived at the given time.
func (c *clock) learn(stamp uint64, arrival time.Duration) {
	c.arrived = arrival
	if d := arrival - time.Duration(stamp); stamp != 0 && (!c.known || d < c.offset) {
		c.offset, c.known = d, true
	}
}

// requestClock converts the times of one request: all by the difference that was known first, so that they keep their
// distances.
type requestClock struct {
	known  bool
	offset time.Duration
	last   time.Time // that was told of a frame, for none to run backwards
}

// at is the time of a stamp that came with the newest frame.
func (r *requestClock) at(c *clock, stamp uint64) time.Time {
	if stamp == 0 {
		return epoch.Add(c.arrived)
	}
	if !r.known {
		r.known, r.offset = true, c.offset
	}
	return epoch.Add(time.Duration(stamp) + r.offset)
}

// frame is the time of the newest frame itself.
func (r *requestClock) frame(c *clock, stamp uint64) time.Time {
	if at := r.at(c, stamp); at.After(r.last) {
		r.last = at
	}
	return r.last
}
