package devserver

import (
	"fmt"
	"slices"

	"github.com/snifter-dev/snifter/devserver/worker"
)

// dispatch hands a request to the current build, or has it wait for the next.
func (b *builds) dispatch(x *exchange) {
	if cur := b.current.Load(); cur != nil && cur.take(x) {
		return
	}
	b.mu.Lock()
	// Looked at again under the lock, since a build may have been decided meanwhile; its workers may also all be
	// gone, and then run will know it in a moment.
	if cur := b.current.Load(); cur != nil {
		b.mu.Unlock()
		if cur.take(x) {
			return
		}
		b.mu.Lock()
	}
	if len(b.waiting) >= b.s.cfg.Waiting {
		b.waiting = slices.DeleteFunc(b.waiting, (*exchange).over)
	}
	full := len(b.waiting) >= b.s.cfg.Waiting
	stopped := b.stopped
	if !full && !stopped {
		b.waiting = append(b.waiting, x)
	}
	b.mu.Unlock()
	switch {
	case stopped:
		x.answer(&page{Status: "503 Service Unavailable", Title: "snifter is stopping"})
	case full:
		x.answer(&page{Status: "503 Service Unavailable",
			Title: fmt.Sprintf("over %d requests wait for the application to be rebuilt", b.s.cfg.Waiting)})
	default:
		x.waitAtMost(b.s.cfg.WaitingTime)
		// A build that was decided between the look above and the queue has not seen this request.
		if cur := b.current.Load(); cur != nil {
			b.release(cur)
		}
	}
}

// suspect has requests wait while examine finds out which batch of changes is the newest, and then until a build was made
// of that.
func (b *builds) suspect(examine func() (batch int)) {
	b.mu.Lock()
	b.current.Store(nil)
	b.suspicions++
	b.mu.Unlock()
	go func() {
		batch := examine()
		b.mu.Lock()
		b.suspicions--
		b.due = max(b.due, batch)
		b.mu.Unlock()
		b.resume()
	}()
}

// resume lets the newest build serve, unless something says that it is out of date, or may be.
func (b *builds) resume() {
	b.mu.Lock()
	cur := b.newest
	upToDate := !b.making && b.begun == b.wanted && b.told >= b.due && b.suspicions == 0
	if cur == nil || b.stopped || !upToDate {
		b.mu.Unlock()
		return
	}
	b.current.Store(cur)
	b.mu.Unlock()
	b.release(cur)
}

// release hands the waiting requests to a build, and what it does not take to the one that has taken its place
// meanwhile. Where none has, the next one that is decided takes them.
func (b *builds) release(cur *build) {
	for cur != nil && !b.hand(cur) {
		next := b.current.Load()
		if next == cur {
			return // its workers have died, which run will know in a moment
		}
		cur = next
	}
}

// hand hands the waiting requests, in their order, to a build, and says whether it took all.
func (b *builds) hand(cur *build) bool {
	b.mu.Lock()
	waiting := b.waiting
	b.waiting = nil
	b.mu.Unlock()
	for i, x := range waiting {
		if !cur.take(x) {
			b.mu.Lock()
			b.waiting = append(append([]*exchange(nil), waiting[i:]...), b.waiting...)
			b.mu.Unlock()
			return false
		}
	}
	return true
}

// take serves a request by this build, and says whether it could.
func (bd *build) take(x *exchange) bool {
	if bd.failed != nil {
		x.begin(bd)
		x.answer(&page{
			Status: "500 Internal Server Error", Title: "The application could not be loaded", Raised: bd.failed,
			Hint: "The next save that mends it is served at once.", Build: bd.info.ID,
			Language: bd.info.Language,
		})
		return true
	}
	for _, w := range bd.byLoad() {
		// A worker that was stopped or has died takes none; run learns of its end by itself.
		if x.sendTo(bd, w) {
			return true
		}
	}
	return false
}

// byLoad lists the workers, the least busy first.
func (bd *build) byLoad() []*worker.Worker {
	ws := bd.all()
	if len(ws) > 1 {
		open := make(map[*worker.Worker]int, len(ws))
		for _, w := range ws {
			open[w] = w.Open()
		}
		slices.SortStableFunc(ws, func(a, b *worker.Worker) int { return open[a] - open[b] })
	}
	return ws
}
