// Package watch tells when the sources of an application change.
//
// It watches folders, not files, since editors replace files and new ones appear; it settles for a few milliseconds so
// that one save is one batch; and it compares contents, so that a touch, or a save without a change, is no batch at
// all. What .gitignore names, and folders of version control, virtual environments, caches and the like, are left out.
//
// A [Watcher] reports what differs from the last time it reported, or from the start. It never waits for whoever reads
// [Watcher.Batches]: while nobody does, the batch at hand grows.
package watch

import (
	"errors"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Options says what to watch. Patterns are those of .gitignore: "*.py" is any file of that name, "/*.toml" one of the
// watched folder itself.
type Options struct {
	// Dirs are watched with all the folders below them.
	Dirs []string
	// Files are the patterns of the files that count: [Python] or [Go] as a rule. Files that .gitignore names don't.
	Files []string
	// Include adds patterns; a file that matches one counts even if .gitignore names it.
	Include []string
	// Exclude takes files and folders out, whatever else names them.
	Exclude []string
	// Poll looks at all files every so often instead of asking the system for notifications, for network file
	// systems and containers. 0 asks the system.
	Poll time.Duration
	// Debounce is how long nothing may happen before a batch is given out; 0 is 5 ms.
	Debounce time.Duration
	// Since is when the application began to load: a file that was changed after it is reported. The zero time is
	// that of New.
	Since time.Time
	// MaxDirs bounds the folders watched below Dirs, nearest first; 0 is 20,000.
	MaxDirs int
	// Trouble is told, from the watcher's goroutine, what went wrong while watching; nil drops it.
	Trouble func(error)
}

// Batch is one change of the sources.
type Batch struct {
	// Number counts the batches, from 1.
	Number int
	// Files have new contents, are new, or are gone; absolute paths in order.
	Files []string
	// At is when the first sign of the change was seen.
	At time.Time
}

const (
	defaultDebounce = 5 * time.Millisecond
	defaultMaxDirs  = 20_000
	// burst is the number of files from which a batch looks like a checkout rather than a save; it then settles
	// for burstDebounce, since a build of half a checkout is in vain.
	burst         = 4
	burstDebounce = 40 * time.Millisecond
	// defaultGrace is how long a file may be gone, or empty where it was not: editors that write in place truncate
	// first, and those that replace a file may move the old one away first.
	defaultGrace = 60 * time.Millisecond
	// longest bounds how long a batch may be put off by further changes.
	longest = time.Second
	// absentCheck is how often a watched folder that is gone is looked for.
	absentCheck = 250 * time.Millisecond
)

// Watcher watches folders.
type Watcher struct {
	opts    Options
	fs      *fsnotify.Watcher // nil where it polls
	out     chan Batch
	calls   chan func()
	quit    chan struct{}
	stopped chan struct{}
	ending  sync.Once
	started time.Time // Options.Since
	grace   time.Duration

	// What follows belongs to the goroutine of run.
	roots []*root
	dirs  map[string]*folder
	real  map[string]string // a folder's real path to the path it is watched by
	files map[string]*file
	exact map[string]bool // files that count whatever the patterns say
	// compiled are those of them that were compiled and are no module's, as far as is known.
	compiled map[string]bool
	targets  map[string][]string // the target of symbolic links to the files that link to it
	absent   []*root
	unread   []string // files whose content was not hashed yet
	pending  changes
	changed  map[string]bool // what the next batch will hold
	since    time.Time       // and its time
	given    int             // batches that were received
	full     bool            // MaxDirs was reached and told
	asking   []chan<- int    // those who wait for the pending changes to be judged
}

// New starts to watch. When it returns, every change made from then on is seen; see also Options.Since.
func New(opts Options) (*Watcher, error) { return start(opts, defaultGrace) }

func start(opts Options, grace time.Duration) (*Watcher, error) {
	if opts.Debounce <= 0 {
		opts.Debounce = defaultDebounce
	}
	if opts.MaxDirs <= 0 {
		opts.MaxDirs = defaultMaxDirs
	}
	if opts.Since.IsZero() {
		opts.Since = time.Now()
	}
	if opts.Trouble == nil {
		opts.Trouble = func(error) {}
	}
	w := &Watcher{
		opts: opts, out: make(chan Batch), calls: make(chan func()), quit: make(chan struct{}),
		stopped: make(chan struct{}), started: opts.Since, grace: grace, dirs: map[string]*folder{}, real: map[string]string{},
		files: map[string]*file{}, exact: map[string]bool{}, compiled: map[string]bool{}, targets: map[string][]string{},
		changed: map[string]bool{},
	}
	if opts.Poll <= 0 {
		fs, err := fsnotify.NewWatcher()
		if err != nil {
			return nil, explain("", err)
		}
		w.fs = fs
	}
	for _, dir := range opts.Dirs {
		if err := w.addRoot(dir, false, w.started); err != nil {
			w.closeSource()
			return nil, err
		}
	}
	go w.run()
	return w, nil
}

// Batches gives out the changes. It is closed by Close.
func (w *Watcher) Batches() <-chan Batch { return w.out }

// ErrClosed is returned by the methods of a watcher that was closed.
var ErrClosed = errors.New("the watcher was closed")

// Add watches more folders, with all below them.
func (w *Watcher) Add(dirs ...string) error {
	return w.call(func() error {
		var errs []error
		for _, dir := range dirs {
			errs = append(errs, w.addRoot(dir, false, time.Now()))
		}
		return errors.Join(errs...)
	})
}

// AddFiles watches the files that an application has loaded, wherever they lie: those within the watched folders count
// from now on even if .gitignore names them, and the folders of the others are watched, without those below. Installed
// libraries (site-packages, the standard library) are left out. Files changed after loaded, the time when the
// application began to load, are reported.
func (w *Watcher) AddFiles(loaded time.Time, files ...string) error {
	return w.call(func() error { return w.addFiles(loaded, files) })
}

// AddCompiled watches a file that a request has compiled, as AddFiles does. What a request may have written itself is no
// change of the sources, such as what a template is compiled to: where source is not nil, that is what is known of the file,
// and it is reported if it is another. A file of a module, which others may have loaded before, is none of these.
func (w *Watcher) AddCompiled(file string, source []byte) error {
	return w.call(func() error { return w.addCompiled(file, source) })
}

// Files lists the files that count.
func (w *Watcher) Files() []string {
	var files []string
	_ = w.call(func() error { // a watcher that was closed has none
		for path := range w.files {
			files = append(files, path)
		}
		return nil
	})
	return files
}

// Close ends the watch and waits until it has ended.
func (w *Watcher) Close() error {
	w.ending.Do(func() { close(w.quit) })
	<-w.stopped
	return nil
}

func (w *Watcher) call(f func() error) error {
	result := make(chan error, 1)
	select {
	case w.calls <- func() { result <- f() }:
		return <-result
	case <-w.stopped:
		return ErrClosed
	}
}

func (w *Watcher) closeSource() {
	if w.fs != nil {
		// The error of closing an inotify descriptor leaves nothing to be done.
		_ = w.fs.Close()
	}
}

func absolute(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", explain(path, err)
	}
	return abs, nil
}
