package devserver

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// freshness tells, at a request, whether a file that the current build was made from has been written since. The
// watcher's notification of a save may reach the server a moment after a request that was sent after the save; a
// developer who saved and then asks must never be shown the old code.
//
// A look costs a stat for each file. A bell says when one is due, and of which.
type freshness struct {
	mu    sync.Mutex
	bell  bell
	files map[string]stamp
	// others are watched, and were not loaded as modules are: templates and the like. They are the same for every build.
	others map[string]stamp
	late   map[string]lateStamp // those of files that were loaded after a build
}

// lateStamp is a file as it was when a worker told that it had loaded it.
type lateStamp struct {
	stamp
	told time.Time
}

// bell rings when something may have been written in a folder. Its methods are called one at a time.
type bell interface {
	// listen adds folders. One that can't be heard makes the bell ring more often than it must.
	listen(dirs []string)
	// rang says which files may have been written since it was last asked, or that any may have been.
	rang() (paths []string, any bool)
	close()
}

// stamp is what a file system says of a file.
type stamp struct {
	size  int64
	mtime time.Time
}

func newFreshness() *freshness {
	return &freshness{bell: newBell(), files: map[string]stamp{}, others: map[string]stamp{}, late: map[string]lateStamp{}}
}

// set takes the files of a new build, which began to be loaded at the given time: a file written after that is stale
// at once.
func (f *freshness) set(started time.Time, paths []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var dirs []string
	for _, p := range paths {
		dirs = append(dirs, filepath.Dir(p))
	}
	heard, late := f.bell.rang()
	f.bell.listen(dirs)
	f.files = make(map[string]stamp, len(paths))
	for _, p := range paths {
		s, ok := stampOf(p)
		if !ok {
			continue
		}
		// The times of a file system may lag behind the clock by some milliseconds; what was heard does not.
		if s.mtime.After(started) || slices.Contains(heard, p) {
			s.mtime, late = time.Time{}, true
		}
		f.files[p] = s
	}
	for _, p := range heard {
		if s, ok := f.others[p]; ok {
			s.mtime, late = time.Time{}, true
			f.others[p] = s
		}
	}
	// The first requests may have been quicker than this call.
	for p, s := range f.late {
		if s.told.Before(started) {
			delete(f.late, p)
		} else if _, ok := f.files[p]; !ok {
			f.files[p] = s.stamp
		}
	}
	if late {
		f.bell = &rung{f.bell}
	}
}

// add takes files that the current build has loaded since, as they are now.
func (f *freshness) add(paths []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	dirs := make([]string, 0, len(paths))
	for _, p := range paths {
		dirs = append(dirs, filepath.Dir(p))
	}
	f.bell.listen(dirs)
	now := time.Now()
	for _, p := range paths {
		if s, ok := stampOf(p); ok {
			f.files[p], f.late[p] = s, lateStamp{s, now}
		}
	}
}

// also takes files that are watched beside those that a build loads.
func (f *freshness) also(paths []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	dirs := make([]string, 0, len(paths))
	for _, p := range paths {
		dirs = append(dirs, filepath.Dir(p))
	}
	f.bell.listen(dirs)
	others := make(map[string]stamp, len(paths))
	for _, p := range paths {
		if known, ok := f.others[p]; ok {
			others[p] = known
		} else if s, ok := stampOf(p); ok {
			others[p] = s
		}
	}
	f.others = others
}

// rung is a bell that rang already.
type rung struct{ bell }

func (r *rung) rang() ([]string, bool) { return nil, true }

func stampOf(path string) (stamp, bool) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return stamp{}, false
	}
	return stamp{info.Size(), info.ModTime()}, true
}

// begin says that a build begins to be loaded: what is heard from now on may be written too late for it.
func (f *freshness) begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bell.rang()
}

// look tells of the files that were written since the last look, if any were. A file is told of once, and no look ends
// before that is done: whoever is told of nothing comes after what was done about it.
func (f *freshness) look(tell func(stale []string)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if stale := f.stale(); stale != nil {
		tell(stale)
	}
}

// stale is called under the lock.
func (f *freshness) stale() []string {
	paths, all := f.bell.rang()
	if r, ok := f.bell.(*rung); ok {
		f.bell = r.bell
	}
	if len(paths) == 0 && !all {
		return nil // as before nearly every request
	}
	var stale []string
	for _, known := range []map[string]stamp{f.files, f.others} {
		look := maps.Keys(known)
		if !all {
			look = slices.Values(paths)
		}
		for p := range look {
			if changed(known, p) && !slices.Contains(stale, p) {
				stale = append(stale, p)
			}
		}
	}
	return stale
}

// changed says whether a file is another than is known, and makes it known.
func changed(files map[string]stamp, path string) bool {
	known, ok := files[path]
	if !ok {
		return false
	}
	s, ok := stampOf(path)
	switch {
	case !ok:
		delete(files, path)
	case s.size == known.size && s.mtime.Equal(known.mtime):
		return false
	default:
		files[path] = s
	}
	return true
}

func (f *freshness) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bell.close()
	f.bell = silent{}
}

// silent is the bell of a server that has ended.
type silent struct{}

func (silent) listen([]string)        {}
func (silent) rang() ([]string, bool) { return nil, false }
func (silent) close()                 {}

// paced is a bell for systems, and folders, that can't be heard: it rings at every request, though not within a
// moment of the last one.
type paced struct{ last time.Time }

const pace = 2 * time.Millisecond

func (p *paced) listen([]string) {}
func (p *paced) close()          {}

func (p *paced) rang() ([]string, bool) {
	now := time.Now()
	if now.Sub(p.last) < pace {
		return nil, false
	}
	p.last = now
	return nil, true
}
