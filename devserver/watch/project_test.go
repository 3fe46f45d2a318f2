package watch_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/watch"
)

// project is a folder that is watched.
type project struct {
	t   *testing.T
	dir string
	w   *watch.Watcher
	mu  sync.Mutex
	bad []error
	n   int
	// grace is how long a file may be gone or empty; where it is not set, long.
	grace time.Duration
}

const (
	// short is the grace where what is gone stays so, and is to be reported.
	short = 100 * time.Millisecond
	// long is more than a busy machine takes between emptying a file and filling it.
	long = 2 * time.Second
)

func newDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func (p *project) start(opts watch.Options) {
	p.t.Helper()
	if opts.Dirs == nil {
		opts.Dirs = []string{p.dir}
	}
	if opts.Files == nil {
		opts.Files = watch.Python()
	}
	opts.Trouble = func(err error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.bad = append(p.bad, err)
	}
	grace := p.grace
	if grace == 0 {
		grace = long
	}
	w, err := watch.NewPatient(opts, grace)
	if err != nil {
		p.t.Fatal(err)
	}
	p.w = w
	p.t.Cleanup(func() {
		if err := w.Close(); err != nil {
			p.t.Error(err)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, err := range p.bad {
			p.t.Error(err)
		}
	})
}

func (p *project) path(name string) string { return filepath.Join(p.dir, filepath.FromSlash(name)) }

func (p *project) write(name, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(p.path(name)), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(p.path(name), []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// replace is write where nobody ever sees anything but the old content or the new.
func (p *project) replace(name, text string) {
	p.t.Helper()
	p.must(os.MkdirAll(filepath.Dir(p.path(name)), 0o755))
	temporary := filepath.Join(p.t.TempDir(), "x.py")
	p.must(os.WriteFile(temporary, []byte(text), 0o644))
	p.must(os.Rename(temporary, p.path(name)))
}

func (p *project) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// next waits until all the named files were reported, and fails where another is.
func (p *project) next(names ...string) {
	p.t.Helper()
	p.await(names, nil)
}

func (p *project) await(names, allowed []string) {
	p.t.Helper()
	missing := slices.Clone(names)
	for len(missing) > 0 {
		select {
		case batch := <-p.w.Batches():
			if batch.At.IsZero() {
				p.t.Error("a batch without a time")
			}
			for _, file := range batch.Files {
				name, err := filepath.Rel(p.dir, file)
				p.must(err)
				name = filepath.ToSlash(name)
				if !slices.Contains(names, name) && !slices.Contains(allowed, name) {
					p.t.Fatalf("%s was reported; expected %v", name, names)
				}
				missing = slices.DeleteFunc(missing, func(s string) bool { return s == name })
			}
		case <-time.After(time.Minute):
			p.t.Fatalf("%v were not reported", missing)
		}
	}
}

// quiet makes sure that what was done before is no change: a change made now, to a file of its own, comes alone. The
// files that may be saved in steps are excepted.
func (p *project) quiet(except ...string) {
	p.t.Helper()
	p.n++
	const name = "sentinel.py"
	// Of another size each time: the times that a file system keeps may be the same for two files of one moment.
	p.replace(name, strings.Repeat("1", p.n+1))
	p.await([]string{name}, except)
}

func begin(t *testing.T, files map[string]string) *project {
	t.Helper()
	p := &project{t: t, dir: newDir(t)}
	for name, text := range files {
		p.write(name, text)
	}
	p.write("sentinel.py", "0")
	return p
}

// modes runs a test with notifications and with polling.
func modes(t *testing.T, f func(t *testing.T, opts watch.Options)) {
	t.Run("notified", func(t *testing.T) { f(t, watch.Options{}) })
	t.Run("polling", func(t *testing.T) { f(t, watch.Options{Poll: 10 * time.Millisecond}) })
}
