package recorder

import (
	"context"
	"fmt"
	"time"
)

// queueBytes bounds what waits for the disk. What is beyond is dropped, and counted.
const queueBytes = 64 << 20

// record is an exchange ready to be stored.
type record struct {
	row      Row
	origin   uint64
	duration time.Duration
	blob     []byte
}

func newRecord(f *Folder) *record {
	return &record{row: f.Row(), origin: f.row.origin, duration: f.row.duration, blob: encodeEvents(nil, f.events)}
}

// size is about the memory that it takes.
func (r *record) size() int { return len(r.blob) + 512 }

// job is something else to be done in a transaction by the writing goroutine, after what was queued before.
type job struct {
	do   func(context.Context, execer) error
	done chan<- error // has room for one
}

// put queues a record. It says whether there was room.
func (s *Store) put(r *record) bool {
	s.mu.Lock()
	if s.closing || s.readOnly || s.bytes+r.size() > queueBytes && len(s.queued) > 0 {
		s.mu.Unlock()
		s.dropped.Add(1)
		return false
	}
	s.queue = append(s.queue, r)
	s.queued[r.row.ID] = r
	s.bytes += r.size()
	full := len(s.queue) >= commitMax
	s.mu.Unlock()
	if full {
		s.hurry()
	} else {
		signal(s.wake)
	}
	return true
}

// waiting finds an exchange that is not in the file yet.
func (s *Store) waiting(id uint64) *record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queued[id]
}

// do has the writing goroutine run f in a transaction.
func (s *Store) do(ctx context.Context, f func(context.Context, execer) error) error {
	if s.readOnly {
		return storeError("write", s.path, fmt.Errorf("%w: it was opened for reading", ErrReadOnly))
	}
	done := make(chan error, 1)
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return storeError("write", s.path, ErrClosed)
	}
	s.jobs = append(s.jobs, job{f, done})
	s.mu.Unlock()
	s.hurry()
	select {
	case err := <-done:
		return storeError("write", s.path, err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hurry wakes the writer at once.
func (s *Store) hurry() { signal(s.wakeNow) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// takeBatch takes what waits, in order: at most commitMax exchanges, and the jobs once no exchange is left before them.
func (s *Store) takeBatch() ([]*record, []job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(len(s.queue), commitMax)
	batch := s.queue[:n:n]
	s.queue = s.queue[n:]
	if len(s.queue) > 0 {
		return batch, nil
	}
	s.queue = nil
	jobs := s.jobs
	s.jobs = nil
	return batch, jobs
}

// putBack keeps what could not be written for another try; at the end it is lost.
func (s *Store) putBack(batch []*record, last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(batch[:len(batch):len(batch)], s.queue...)
	if last {
		s.dropped.Add(int64(len(s.queue)))
	}
}

// written notes that a batch is in the file, which holds count exchanges now. An exchange waits or is in the file, but is
// never counted as both.
func (s *Store) written(batch []*record, count int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count.Store(count)
	for _, r := range batch {
		delete(s.queued, r.row.ID)
		s.bytes -= r.size()
	}
}

func finish(jobs []job, err error) {
	for _, j := range jobs {
		j.done <- err
	}
}
