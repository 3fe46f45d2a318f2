package devserver

import "sync"

// lateFiles hands files that were loaded after the build to the watcher, which may be busy for a while.
type lateFiles struct {
	wake  chan struct{}
	quit  chan struct{}
	ended sync.WaitGroup

	mu   sync.Mutex
	told []func() error
}

func newLateFiles() *lateFiles {
	l := &lateFiles{wake: make(chan struct{}, 1), quit: make(chan struct{})}
	l.ended.Go(func() {
		for {
			select {
			case <-l.wake:
			case <-l.quit:
				return
			}
			l.mu.Lock()
			told := l.told
			l.told = nil
			l.mu.Unlock()
			for _, tell := range told {
				// What was loaded is what is there now. An error is that of a folder that can't be watched: within those of
				// the application, the watcher has told of it already.
				_ = tell()
			}
		}
	})
	return l
}

// add has the watcher be told. It does not block.
func (l *lateFiles) add(tell func() error) {
	l.mu.Lock()
	l.told = append(l.told, tell)
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
