package devserver

import (
	"sync"
	"time"

	"github.com/snifter-dev/snifter/devserver/watch"
)

// lateFiles hands files that were loaded after the build to the watcher, which may be busy for a while.
type lateFiles struct {
	wake  chan struct{}
	quit  chan struct{}
	ended sync.WaitGroup

	mu    sync.Mutex
	files []string
}

func newLateFiles(w *watch.Watcher) *lateFiles {
	l := &lateFiles{wake: make(chan struct{}, 1), quit: make(chan struct{})}
	l.ended.Go(func() {
		for {
			select {
			case <-l.wake:
			case <-l.quit:
				return
			}
			l.mu.Lock()
			files := l.files
			l.files = nil
			l.mu.Unlock()
			// What was loaded is what is there now. An error is that of a folder that can't be watched: within those of
			// the application, the watcher has told of it already.
			_ = w.AddFiles(time.Now(), files...)
		}
	})
	return l
}

// add does not block.
func (l *lateFiles) add(files []string) {
	l.mu.Lock()
	l.files = append(l.files, files...)
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *lateFiles) close() {
	close(l.quit)
	l.ended.Wait()
}
