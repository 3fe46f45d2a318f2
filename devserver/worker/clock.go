package worker

import "time"

// epoch is the zero of the durations that this package compares; it carries the monotonic clock.
var epoch = time.Now()

func now() time.Duration { return time.Since(epoch) }

// clock converts a worker's monotonic nanoseconds; see Worker. It belongs to the reading goroutine.
type clock struct {
	known  bool
	offset time.Duration // to be added to a stamp
}

// at converts the stamp of a frame that arrived at the given time, and learns from it.
func (c *clock) at(stamp uint64, arrival time.Duration) time.Time {
	if stamp != 0 {
		if d := arrival - time.Duration(stamp); !c.known || d < c.offset {
			c.offset, c.known = d, true
		}
		return epoch.Add(time.Duration(stamp) + c.offset)
	}
	return epoch.Add(arrival)
}

func (c *clock) convert(stamp uint64) time.Time { return epoch.Add(time.Duration(stamp) + c.offset) }
