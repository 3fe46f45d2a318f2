package watch_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/snifter-dev/snifter/devserver/watch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// project is a folder that is watched.
type project struct {
	t   *testing.T
	dir string
	w   *watch.Watcher
	mu  sync.Mutex
	bad []error
	n   int
}

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
	w, err := watch.NewPatient(opts, 250*time.Millisecond)
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
		case <-time.After(20 * time.Second):
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
	p.write(name, fmt.Sprint(p.n))
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

func TestChanges(t *testing.T) {
	modes(t, func(t *testing.T, opts watch.Options) {
		p := begin(t, map[string]string{
			"app.py": "a", "pkg/views.py": "v", "pkg/old.py": "o", "page.html": "p", "pkg/templates/mail.txt": "m",
			"style.css": "c", "setup.cfg": "s", "pkg/setup.cfg": "s",
		})
		p.start(opts)
		p.quiet()
		p.write("app.py", "b")
		p.next("app.py")
		p.write("pkg/views.py", "longer than before")
		p.next("pkg/views.py")
		p.write("pkg/new.py", "n")
		p.next("pkg/new.py")
		p.must(os.Remove(p.path("pkg/old.py")))
		p.next("pkg/old.py")
		p.write("setup.cfg", "t")
		p.next("setup.cfg")
		p.must(os.Rename(p.path("pkg/new.py"), p.path("pkg/newer.py")))
		p.next("pkg/new.py", "pkg/newer.py")

		p.write("page.html", "q")
		p.next("page.html")
		p.write("pkg/templates/mail.txt", "n")
		p.next("pkg/templates/mail.txt")

		p.write("style.css", "d")
		p.write("pkg/setup.cfg", "t")
		p.write("notes.py~", "n")
		p.write(".#app.py", "n")
		p.write("#app.py#", "n")
		p.write(".hidden.py", "n")
		p.quiet()
	})
}

func TestTouchIsNoChange(t *testing.T) {
	modes(t, func(t *testing.T, opts watch.Options) {
		p := begin(t, map[string]string{"app.py": "same", "pkg/b.py": "same"})
		p.start(opts)
		p.quiet()
		later := time.Now().Add(time.Hour)
		p.must(os.Chtimes(p.path("app.py"), later, later))
		p.write("pkg/b.py", "same")
		p.quiet()
		p.write("app.py", "other")
		p.next("app.py")
		p.write("app.py", "other")
		p.quiet()
	})
}

// A thing that an editor does to save a file, and the contents of the file.
type saving struct {
	name   string
	atomic bool // nobody ever sees anything but the old content or the new
	save   func(p *project, name, text string)
}

func savings() []saving {
	return []saving{
		{"in place", false, func(p *project, name, text string) { p.write(name, text) }},
		{"in place, piece by piece", false, func(p *project, name, text string) {
			f, err := os.Create(p.path(name))
			p.must(err)
			for _, c := range text {
				_, err := f.WriteString(string(c))
				p.must(err)
			}
			p.must(f.Close())
		}},
		{"rename over", true, func(p *project, name, text string) {
			p.write(name+".tmp", text)
			p.must(os.Rename(p.path(name+".tmp"), p.path(name)))
		}},
		{"rename over, from another folder", true, func(p *project, name, text string) {
			temporary := filepath.Join(p.t.TempDir(), "x.py")
			p.must(os.WriteFile(temporary, []byte(text), 0o644))
			p.must(os.Rename(temporary, p.path(name)))
		}},
		{"vim", false, func(p *project, name, text string) {
			p.write(filepath.Join(filepath.Dir(name), "4913"), "")
			p.must(os.Remove(p.path(filepath.Join(filepath.Dir(name), "4913"))))
			p.must(os.Rename(p.path(name), p.path(name+"~")))
			p.write(name, text)
			p.must(os.Chmod(p.path(name), 0o600))
			p.must(os.Remove(p.path(name + "~")))
		}},
		{"deleted first", false, func(p *project, name, text string) {
			p.must(os.Remove(p.path(name)))
			p.write(name, text)
		}},
	}
}

func TestEditors(t *testing.T) {
	modes(t, func(t *testing.T, opts watch.Options) {
		p := begin(t, map[string]string{"app.py": "0", "pkg/mod.py": "0"})
		p.start(opts)
		p.quiet()
		for i, s := range savings() {
			for _, name := range []string{"app.py", "pkg/mod.py"} {
				s.save(p, name, fmt.Sprintf("text %d", i))
				p.next(name)
				p.quiet(name)
				s.save(p, name, fmt.Sprintf("text %d", i))
				if s.atomic {
					p.quiet()
				} else {
					p.quiet(name)
				}
			}
		}
	})
}

// A file that is emptied, and filled within the time that an editor takes, is one change, seen when it is whole.
func TestEmptiedThenFilled(t *testing.T) {
	p := begin(t, map[string]string{"app.py": "full"})
	for _, grace := range []time.Duration{time.Hour, time.Millisecond} {
		w, err := watch.NewPatient(watch.Options{Dirs: []string{p.dir}, Files: watch.Python()}, grace)
		p.must(err)
		p.w = w
		p.must(os.Truncate(p.path("app.py"), 0))
		if grace == time.Hour {
			early := time.NewTimer(50 * time.Millisecond)
			select {
			case batch := <-w.Batches():
				t.Errorf("reported while empty: %v", batch.Files)
			case <-early.C:
			}
			early.Stop()
			p.write("app.py", "fuller")
		}
		p.next("app.py") // and one that stays empty is a change in the end
		p.must(w.Close())
	}
}

func TestNewFolders(t *testing.T) {
	modes(t, func(t *testing.T, opts watch.Options) {
		p := begin(t, nil)
		p.start(opts)
		p.quiet()
		for i := range 20 {
			deep := fmt.Sprintf("new%d/a/b/c", i)
			names := []string{deep + "/x.py", deep + "/y.py", fmt.Sprintf("new%d/z.py", i)}
			for _, name := range names {
				p.write(name, "x")
			}
			p.next(names...)
			p.write(names[0], "y")
			p.next(names[0])
		}
		// Moved in as a whole.
		outside := filepath.Join(newDir(t), "lib")
		p.must(os.MkdirAll(filepath.Join(outside, "deep"), 0o755))
		p.must(os.WriteFile(filepath.Join(outside, "deep", "m.py"), []byte("m"), 0o644))
		p.must(os.Rename(outside, p.path("lib")))
		p.next("lib/deep/m.py")
		p.must(os.Rename(p.path("lib"), p.path("moved")))
		p.next("lib/deep/m.py", "moved/deep/m.py")
		p.write("moved/deep/m.py", "n")
		p.next("moved/deep/m.py")
	})
}

func TestDeletedAndMadeAgain(t *testing.T) {
	modes(t, func(t *testing.T, opts watch.Options) {
		p := begin(t, map[string]string{"pkg/sub/a.py": "1"})
		p.start(opts)
		p.quiet()
		for i := range 5 {
			p.must(os.RemoveAll(p.path("pkg")))
			p.next("pkg/sub/a.py")
			p.write("pkg/sub/a.py", fmt.Sprint("again", i))
			p.next("pkg/sub/a.py")
		}
		// At once: the same content is no change, though every watch is another.
		p.must(os.RemoveAll(p.path("pkg")))
		p.write("pkg/sub/a.py", "again4")
		p.quiet()
		p.write("pkg/sub/a.py", "at last")
		p.next("pkg/sub/a.py")

		// The watched folder itself.
		p.must(os.RemoveAll(p.dir))
		p.next("pkg/sub/a.py", "sentinel.py")
		p.write("pkg/sub/a.py", "back")
		p.next("pkg/sub/a.py")
		p.quiet()
	})
}

func TestLeftOut(t *testing.T) {
	modes(t, func(t *testing.T, opts watch.Options) {
		p := begin(t, map[string]string{
			".gitignore": "/build/\nlocal_*.py\n!local_kept.py\n", "sub/.gitignore": "generated.py\n",
			"venv/pyvenv.cfg": "", "env/conda-meta/x.json": "",
		})
		names := []string{
			"build/x.py", "local_x.py", "sub/generated.py", "venv/lib/x.py", "env/x.py", ".git/x.py", ".hg/x.py",
			".snifter/x.py", "__pycache__/x.py", "node_modules/a/x.py", "lib/python3.11/site-packages/x.py",
			"out/x.py", "out.py",
		}
		for _, name := range names {
			p.write(name, "before")
		}
		opts.Exclude = []string{"out/", "out.py"}
		p.start(opts)
		p.quiet()
		for _, name := range names {
			p.write(name, "after")
		}
		p.quiet()
		p.write("local_kept.py", "x")
		p.next("local_kept.py")
		p.write("sub/deeper/build/x.py", "x") // /build is anchored
		p.next("sub/deeper/build/x.py")
	})
}

func TestIncluded(t *testing.T) {
	modes(t, func(t *testing.T, opts watch.Options) {
		p := begin(t, map[string]string{".gitignore": "*.css\n", "a.css": "a", "x/b.css": "b", "x/c.scss": "c"})
		opts.Include = []string{"*.css"}
		p.start(opts)
		p.quiet()
		p.write("a.css", "1")
		p.next("a.css")
		p.write("x/b.css", "1")
		p.next("x/b.css")
		p.write("x/c.scss", "1")
		p.quiet()
	})
}

func TestIgnoreFileChanges(t *testing.T) {
	p := begin(t, map[string]string{".gitignore": "a.py\n", "a.py": "1", "b.py": "1", "pkg/c.py": "1"})
	p.start(watch.Options{})
	p.quiet()
	p.write(".gitignore", "b.py\n")
	p.quiet()
	p.write("b.py", "2")
	p.quiet()
	p.write("a.py", "2")
	p.next("a.py")
	p.write("pkg/c.py", "2")
	p.next("pkg/c.py")
}

// The repository above may ignore the very folder that is served; what is in it counts all the same.
func TestServedFolderIsIgnoredAbove(t *testing.T) {
	p := begin(t, map[string]string{".gitignore": "work/\nsecret.py\n", ".git/HEAD": "", "work/a.py": "1", "other/a.py": "1", "other/secret.py": "1"})
	p.start(watch.Options{Dirs: []string{p.path("work"), p.path("other")}})
	p.write("work/a.py", "2")
	p.next("work/a.py")
	p.write("other/secret.py", "2")
	p.write("other/a.py", "2")
	p.next("other/a.py")
}

func TestSymlinks(t *testing.T) {
	modes(t, func(t *testing.T, opts watch.Options) {
		p := begin(t, map[string]string{"real/a.py": "1"})
		outside := newDir(t)
		lib, one := filepath.Join(outside, "lib"), filepath.Join(outside, "one.py")
		p.must(os.Mkdir(lib, 0o755))
		for _, path := range []string{filepath.Join(lib, "m.py"), one} {
			p.must(os.WriteFile(path, []byte("1"), 0o644))
		}
		p.must(os.Symlink(lib, p.path("linked")))
		p.must(os.Symlink(one, p.path("one.py")))
		p.must(os.Symlink(p.dir, p.path("real/loop")))
		p.start(opts)
		p.quiet()
		p.must(os.WriteFile(filepath.Join(lib, "m.py"), []byte("2"), 0o644))
		p.next("linked/m.py")
		p.must(os.WriteFile(one, []byte("2"), 0o644))
		p.next("one.py")
		p.write("real/a.py", "2")
		p.next("real/a.py")

		// A link is pointed elsewhere.
		two := filepath.Join(outside, "two.py")
		p.must(os.WriteFile(two, []byte("3"), 0o644))
		p.must(os.Symlink(two, p.path("one.tmp")))
		p.must(os.Rename(p.path("one.tmp"), p.path("one.py")))
		p.next("one.py")
		p.must(os.WriteFile(two, []byte("4"), 0o644))
		p.next("one.py")
		p.quiet()
	})
}

func TestAddFiles(t *testing.T) {
	modes(t, func(t *testing.T, opts watch.Options) {
		p := begin(t, map[string]string{
			".gitignore": "local.py\n", "local.py": "1", "editable/mod.py": "1", "editable/other.py": "1", "app/main.py": "1",
			"x/site-packages/lib.py": "1", "lib/python3.11/json/a.py": "1",
		})
		opts.Dirs = []string{p.path("app"), p.dir}
		p.start(opts)
		p.quiet()
		p.write("local.py", "2")
		p.quiet()
		p.must(p.w.AddFiles(time.Now(), p.path("local.py"), p.path("x/site-packages/lib.py"),
			p.path("lib/python3.11/json/a.py"), p.path("missing.py"), p.path("app")))
		p.write("local.py", "3")
		p.next("local.py")
		p.write("x/site-packages/lib.py", "2")
		p.quiet()
	})
	modes(t, func(t *testing.T, opts watch.Options) {
		p := begin(t, map[string]string{"app/main.py": "1", "editable/mod.py": "1", "editable/other.py": "1", "late.py": "1"})
		opts.Dirs = []string{p.path("app")}
		p.start(opts)
		loaded := time.Now().Add(-time.Hour)
		p.must(os.Chtimes(p.path("editable/mod.py"), loaded, loaded.Add(-time.Hour)))
		p.must(p.w.AddFiles(loaded, p.path("editable/mod.py")))
		p.write("editable/other.py", "2")
		p.write("editable/mod.py", "2")
		p.next("editable/mod.py")
		// It was changed after the application had begun to load it.
		p.must(p.w.AddFiles(loaded, p.path("late.py")))
		p.next("late.py")
		p.must(p.w.Add(p.path("editable")))
		p.write("editable/new.py", "1")
		p.next("editable/new.py")
	})
}

func TestSince(t *testing.T) {
	p := begin(t, map[string]string{"app.py": "1", "old.py": "1"})
	before := time.Now().Add(-time.Hour)
	p.must(os.Chtimes(p.path("old.py"), before, before.Add(-time.Minute)))
	p.must(os.Chtimes(p.path("sentinel.py"), before, before.Add(-time.Minute)))
	p.start(watch.Options{Since: before})
	p.next("app.py")
	p.quiet()
}

// Nobody reads while several saves happen: they are one batch then.
func TestSlowReader(t *testing.T) {
	p := begin(t, nil)
	p.start(watch.Options{})
	var names []string
	for i := range 10 {
		name := fmt.Sprintf("m%d.py", i)
		p.write(name, "x")
		names = append(names, name)
	}
	p.next(names...)
	p.quiet()
}

// A checkout of many files is few batches, and each file is in one of them.
func TestBurst(t *testing.T) {
	p := begin(t, nil)
	p.start(watch.Options{})
	want := map[string]bool{}
	for i := range 500 {
		name := fmt.Sprintf("d%d/m%d.py", i%20, i)
		p.write(name, "x")
		want[p.path(name)] = true
	}
	got := map[string]bool{}
	batches := 0
	for len(got) < len(want) {
		select {
		case batch := <-p.w.Batches():
			batches++
			for _, file := range batch.Files {
				if got[file] {
					t.Errorf("%s was reported twice", file)
				}
				got[file] = true
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%d of %d files were reported", len(got), len(want))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if batches > 10 {
		t.Errorf("%d batches", batches)
	}
}

func TestErrors(t *testing.T) {
	dir := newDir(t)
	for _, opts := range []watch.Options{{}, {Poll: time.Second}} {
		opts.Dirs = []string{filepath.Join(dir, "none")}
		if _, err := watch.New(opts); err == nil || !strings.Contains(err.Error(), "none") {
			t.Errorf("a folder that is not there: %v", err)
		}
	}
	w, err := watch.New(watch.Options{Dirs: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := w.Add(dir); !errors.Is(err, watch.ErrClosed) {
		t.Errorf("adding to a closed watcher: %v", err)
	}
	if _, ok := <-w.Batches(); ok {
		t.Error("a closed watcher gave a batch")
	}
}

func TestMaxDirs(t *testing.T) {
	p := begin(t, map[string]string{"a/x.py": "1", "b/x.py": "1", "a/deep/x.py": "1", "b/deep/x.py": "1"})
	p.start(watch.Options{MaxDirs: 3})
	p.write("a/x.py", "2")
	p.next("a/x.py")
	p.write("b/x.py", "2")
	p.next("b/x.py")
	p.write("b/deep/x.py", "2")
	p.quiet()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.bad) != 1 || !strings.Contains(p.bad[0].Error(), "more than 3 folders") {
		t.Errorf("told: %v", p.bad)
	}
	p.bad = nil
}

func BenchmarkSaveToBatch(b *testing.B) {
	dir := b.TempDir()
	for i := range 200 {
		sub := filepath.Join(dir, fmt.Sprint("pkg", i))
		if err := os.Mkdir(sub, 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(sub, "m.py"), []byte("x"), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	w, err := watch.New(watch.Options{Dirs: []string{dir}, Files: watch.Python()})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	n := 0
	for b.Loop() {
		n++
		if err := os.WriteFile(filepath.Join(dir, "pkg7", "m.py"), fmt.Append(nil, n), 0o644); err != nil {
			b.Fatal(err)
		}
		<-w.Batches()
	}
}

func BenchmarkNew(b *testing.B) {
	dir := b.TempDir()
	for i := range 500 {
		sub := filepath.Join(dir, fmt.Sprint("pkg", i))
		if err := os.Mkdir(sub, 0o755); err != nil {
			b.Fatal(err)
		}
		for j := range 10 {
			if err := os.WriteFile(filepath.Join(sub, fmt.Sprintf("m%d.py", j)), []byte("x"), 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	for b.Loop() {
		w, err := watch.New(watch.Options{Dirs: []string{dir}, Files: watch.Python()})
		if err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
