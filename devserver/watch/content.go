package watch

import (
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// file is what is known of a file since it was last reported, or first met.
type file struct {
	size   int64
	mtime  time.Time
	sum    [sha256.Size]byte
	hashed bool // sum is known; it is read some time after the file was met
	fresh  bool // it was changed after the application loaded it, and that was not reported yet
	link   bool // a symbolic link
}

// meet takes a file up as it is. One that was changed after since is reported.
func (w *Watcher) meet(path string, since time.Time) {
	f, ok := w.look(path)
	if !ok || w.files[path] != nil {
		return
	}
	w.files[path] = f
	if f.fresh = f.mtime.After(since); f.fresh {
		w.pending.add(path)
	} else {
		w.unread = append(w.unread, path)
	}
}

// look reads what the file system says of a file, and follows a symbolic link to where its content changes.
func (w *Watcher) look(path string) (*file, bool) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, false
	}
	link := info.Mode()&os.ModeSymlink != 0
	if link {
		if info, err = os.Stat(path); err != nil {
			return nil, false
		}
		w.follow(path)
	}
	if !info.Mode().IsRegular() {
		return nil, false
	}
	return &file{size: info.Size(), mtime: info.ModTime(), link: link}, true
}

// follow watches the folder of a link's target.
func (w *Watcher) follow(link string) {
	target, err := filepath.EvalSymlinks(link)
	if err != nil || slices.Contains(w.targets[target], link) {
		return
	}
	w.targets[target] = append(w.targets[target], link)
	if w.dirs[filepath.Dir(target)] == nil {
		if err := w.addRoot(filepath.Dir(target), true, w.started); err != nil {
			w.opts.Trouble(err)
		}
	}
}

// differs compares a file with what is known of it, without reading it.
func (w *Watcher) differs(path string) bool {
	known := w.files[path]
	f, ok := w.look(path)
	return !ok || known == nil || f.size != known.size || !f.mtime.Equal(known.mtime)
}

// readSome hashes a few of the files that were only met so far, so that a later touch is known for what it is.
func (w *Watcher) readSome() {
	n := min(32, len(w.unread))
	for _, path := range w.unread[:n] {
		known := w.files[path]
		if known == nil || known.hashed {
			continue
		}
		// A file that was changed since it was met must not be taken for what it was then.
		if sum, err := hash(path); err == nil && !w.differs(path) {
			known.sum, known.hashed = sum, true
		}
	}
	w.unread = w.unread[n:]
}

func hash(path string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, err
	}
	h.Sum(sum[:0])
	return sum, nil
}

// finding is what became of a file that was marked.
type finding uint8

const (
	same finding = iota
	differs
	doubtful // gone, emptied, or new and empty: it may be in the midst of being saved
)

// judge compares a marked file with what is known of it.
func (w *Watcher) judge(path string) (finding, *file) {
	known := w.files[path]
	f, ok := w.look(path)
	switch {
	case !ok && known == nil:
		return same, nil
	case !ok:
		return doubtful, nil
	}
	sum, err := hash(path)
	if err != nil {
		if known == nil {
			return same, nil
		}
		return doubtful, nil
	}
	f.sum, f.hashed = sum, true
	switch {
	case f.size == 0 && (known == nil || known.size > 0):
		return doubtful, f
	case known == nil:
		return differs, f
	case known.hashed && known.sum == sum:
		return same, f
	case !known.hashed && known.size == f.size && known.mtime.Equal(f.mtime) && !known.fresh:
		return same, f
	}
	return differs, f
}
