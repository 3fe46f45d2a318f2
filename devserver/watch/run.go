package watch

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// changes are the files that were marked and not judged yet.
type changes struct {
	paths map[string]bool
	first time.Time
	last  time.Time
}

func (c *changes) add(path string) {
	now := time.Now()
	if len(c.paths) == 0 {
		c.paths, c.first = map[string]bool{}, now
	}
	c.paths[path] = true
	c.last = now
}

// keep is add for a file that differs still, not again.
func (c *changes) keep(path string) {
	if !c.paths[path] {
		c.add(path)
	}
}

// due says when the changes are to be judged.
func (c *changes) due(debounce time.Duration) time.Time {
	if len(c.paths) >= burst {
		debounce = max(debounce, burstDebounce)
	}
	due := c.last.Add(debounce)
	if latest := c.first.Add(longest); due.After(latest) {
		return latest
	}
	return due
}

// always is ready to be received from.
var always = func() <-chan struct{} { c := make(chan struct{}); close(c); return c }()

// run owns all that is known of the files.
func (w *Watcher) run() {
	defer close(w.stopped)
	defer close(w.out)
	defer w.closeSource()

	settle := time.NewTimer(time.Hour)
	defer settle.Stop()
	absent := time.NewTicker(absentCheck)
	defer absent.Stop()
	var poll <-chan time.Time
	if w.fs == nil {
		ticker := time.NewTicker(w.opts.Poll)
		defer ticker.Stop()
		poll = ticker.C
	}
	var held time.Time // the changes are not judged before, since some were in doubt at doubted
	var doubted time.Time
	for {
		if len(w.pending.paths) > 0 {
			due := w.pending.due(w.opts.Debounce)
			if held.After(due) && w.pending.last.Equal(doubted) {
				due = held
			}
			settle.Reset(time.Until(due))
		}
		var idle <-chan struct{}
		if len(w.unread) > 0 {
			idle = always
		}
		var out chan<- Batch
		var batch Batch
		if len(w.changed) > 0 {
			out, batch = w.out, w.batch()
		}
		var back <-chan time.Time
		if len(w.absent) > 0 {
			back = absent.C
		}
		select {
		case <-w.quit:
			return
		case event, ok := <-w.events():
			if !ok {
				return
			}
			w.handle(event)
		case err := <-w.errors():
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				w.sweep()
			} else if err != nil {
				w.opts.Trouble(explain("", err))
			}
		case f := <-w.calls:
			f()
		case out <- batch:
			w.given++
			clear(w.changed)
		case <-settle.C:
			doubted = w.pending.last
			held = w.settle()
		case <-poll:
			w.sweep()
		case <-back:
			w.lookForAbsent()
		case <-idle:
			w.readSome()
		}
	}
}

func (w *Watcher) events() <-chan fsnotify.Event {
	if w.fs == nil {
		return nil
	}
	return w.fs.Events
}

func (w *Watcher) errors() <-chan error {
	if w.fs == nil {
		return nil
	}
	return w.fs.Errors
}

func (w *Watcher) batch() Batch {
	files := make([]string, 0, len(w.changed))
	for file := range w.changed {
		files = append(files, file)
	}
	slices.Sort(files)
	return Batch{Number: w.given + 1, Files: files, At: w.since}
}

// settle judges the marked files once nothing has happened for a while. Where one of them is in doubt all of them wait,
// until the time returned: they belong to one save.
func (w *Watcher) settle() (held time.Time) {
	now := time.Now()
	if len(w.pending.paths) == 0 || now.Before(w.pending.due(w.opts.Debounce)) {
		return time.Time{}
	}
	found := map[string]*file{}
	for path := range w.pending.paths {
		verdict, f := w.judge(path)
		if verdict == doubtful {
			until := w.pending.last.Add(w.grace)
			if latest := w.pending.first.Add(max(longest, w.grace)); until.After(latest) {
				until = latest
			}
			if now.Before(until) {
				return until
			}
		}
		switch verdict {
		case same:
			if f != nil && w.files[path] != nil {
				w.files[path] = f
			}
		default:
			found[path] = f
		}
	}
	for path, f := range found {
		if f == nil {
			delete(w.files, path)
		} else {
			w.files[path] = f
		}
		if len(w.changed) == 0 {
			w.since = w.pending.first
		}
		w.changed[path] = true
	}
	w.pending = changes{}
	w.tellSettled()
	return time.Time{}
}

// handle takes up one notification.
func (w *Watcher) handle(event fsnotify.Event) {
	path := event.Name
	if event.Op == fsnotify.Chmod {
		return
	}
	for _, link := range w.targets[path] {
		w.pending.add(link)
	}
	if w.dirs[path] != nil && event.Has(fsnotify.Remove|fsnotify.Rename) {
		w.dropDir(path)
		w.created(path) // another may have taken its place since
		return
	}
	in := w.dirs[filepath.Dir(path)]
	if in == nil {
		return
	}
	if filepath.Base(path) == ".gitignore" {
		w.reread(in.root)
	}
	if event.Has(fsnotify.Create) && w.created(path) {
		return
	}
	if w.counts(path, in) {
		w.pending.add(path)
	}
}

// created takes up a new folder, with the files that were made in it before it was watched, or a new symbolic link. It
// says whether path was a folder.
func (w *Watcher) created(path string) bool {
	in := w.dirs[filepath.Dir(path)]
	info, err := os.Lstat(path)
	if err != nil || in == nil {
		return false
	}
	if info.Mode()&os.ModeSymlink != 0 {
		// A link to a folder may be a part of other links' ways: ..data in what Kubernetes mounts.
		for name, f := range w.files {
			if f.link {
				w.pending.add(name)
			}
		}
		if info, err = os.Stat(path); err != nil {
			return false
		}
	}
	if !info.IsDir() {
		return false
	}
	if w.enters(path, in) {
		if err := w.walk(in.root, path, in.ignore, w.pending.add); err != nil {
			w.opts.Trouble(err)
		}
	}
	return true
}
