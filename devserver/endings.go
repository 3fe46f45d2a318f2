package devserver

import (
	"slices"
	"time"

	"github.com/snifter-dev/snifter/devserver/worker"
)

// How workers end: by themselves, with their build, or with the server.

// deaths spaces out the replacement of workers that end by themselves over and over.
type deaths struct {
	last time.Time
	row  int
}

func (d *deaths) pause(now time.Time) time.Duration {
	if now.Sub(d.last) > 10*time.Second {
		d.row = 0
	}
	d.last = now
	d.row++
	if d.row <= 3 {
		return 0
	}
	return min(50*time.Millisecond<<(d.row-4), 5*time.Second)
}

// hangs counts the requests that a worker does not finish. One that hangs with every thread is of no use any more.
func (b *builds) hangs(w *worker.Worker, n int) {
	b.mu.Lock()
	b.hung[w] += n
	stuck := b.hung[w] >= b.s.cfg.Threads
	if b.hung[w] <= 0 || stuck {
		delete(b.hung, w)
	}
	b.mu.Unlock()
	if stuck {
		b.s.cfg.Log.Warn("a worker is ended, since all its threads hang", "pid", w.PID())
		w.Stop() // it takes no more
		w.Kill()
	}
}

// mostRetired bounds the workers of old builds that still have requests: each save would leave another behind where a
// request never ends.
const mostRetired = 16

// retire lets a build's workers finish what they have and end. The oldest of too many is ended at once. A build may be
// retired again.
func (b *builds) retire(bd *build) {
	for _, w := range bd.all() {
		b.mu.Lock()
		if slices.Contains(b.retired, w) {
			b.mu.Unlock()
			continue
		}
		b.retired = append(b.retired, w)
		var oldest *worker.Worker
		if len(b.retired) > mostRetired {
			// Who has stopped a request looks at it as long as it takes.
			if i := slices.IndexFunc(b.retired, func(o *worker.Worker) bool { return o.Parked() == 0 }); i >= 0 {
				oldest = b.retired[i]
			}
		}
		b.mu.Unlock()
		w.Stop()
		if oldest != nil {
			b.s.cfg.Log.Warn("a worker of an old build is ended: its requests do not end", "pid", oldest.PID())
			oldest.Kill()
		}
		go func() {
			<-w.Done()
			b.mu.Lock()
			b.retired = slices.DeleteFunc(b.retired, func(o *worker.Worker) bool { return o == w })
			b.mu.Unlock()
		}()
	}
}

// end waits until every worker that was retired has ended, and kills those that have not when patience is over: a
// request that hangs would keep its worker for ever.
func (b *builds) end(patience time.Duration) {
	b.mu.Lock()
	left := slices.Clone(b.retired)
	b.mu.Unlock()
	late := time.NewTimer(patience)
	defer late.Stop()
	for _, w := range left {
		select {
		case <-w.Done():
			continue
		case <-late.C:
			late.Reset(0)
		}
		w.Kill()
		<-w.Done()
	}
}

func (b *builds) shutdown() {
	close(b.over)
	b.mu.Lock()
	b.stopped = true
	b.current.Store(nil)
	waiting := b.waiting
	b.waiting = nil
	newest := b.newest
	b.mu.Unlock()
	for _, x := range waiting {
		x.answer(&page{Status: "503 Service Unavailable", Title: "snifter is stopping"})
	}
	if newest != nil {
		b.retire(newest)
	}
}
