package devserver

import (
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// freshness tells, at a request, whether a file that the current build was made from has been written since. The
// notification of a save may reach the server a moment after a request that was sent after the save; a developer who
// saved and then asks must never be shown the old code.
//
// A look costs a stat for each file, so looks are spaced: they take at most a fiftieth of the time.
type freshness struct {
	next atomic.Int64 // when the next look is due, in nanoseconds since epoch

	mu    sync.Mutex
	epoch time.Time
	files map[string]stamp
}

// stamp is what a file system says of a file.
type stamp struct {
	size  int64
	mtime time.Time
}

const (
	lookShare   = 50
	lookSpacing = time.Millisecond
)

func newFreshness() *freshness { return &freshness{epoch: time.Now()} }

// set takes the files of a new build, which began to be loaded at the given time: a file written after that is stale
// at once.
func (f *freshness) set(started time.Time, paths []string) {
	files := make(map[string]stamp, len(paths))
	for _, p := range paths {
		if s, ok := stampOf(p); ok {
			if s.mtime.After(started) {
				s.mtime = time.Time{}
			}
			files[p] = s
		}
	}
	f.mu.Lock()
	f.files = files
	f.mu.Unlock()
	f.next.Store(0)
}

func stampOf(path string) (stamp, bool) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return stamp{}, false
	}
	return stamp{info.Size(), info.ModTime()}, true
}

// stale returns the files that were written since the last look, or nil. A file is told of once.
func (f *freshness) stale() []string {
	now := time.Since(f.epoch)
	due := f.next.Load()
	if int64(now) < due || !f.next.CompareAndSwap(due, int64(now+time.Second)) {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var stale []string
	for p, known := range f.files {
		s, ok := stampOf(p)
		if ok && s.size == known.size && s.mtime.Equal(known.mtime) {
			continue
		}
		if ok {
			f.files[p] = s
		} else {
			delete(f.files, p)
		}
		stale = append(stale, p)
	}
	took := time.Since(f.epoch) - now
	f.next.Store(int64(now + max(took*lookShare, lookSpacing)))
	return stale
}
