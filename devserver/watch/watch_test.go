package watch_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/snifter-dev/snifter/devserver/watch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestChanges(t *testing.T) {
	modes(t, func(t *testing.T, opts watch.Options) {
		p := begin(t, map[string]string{
			"app.py": "a", "pkg/views.py": "v", "page.html": "p", "pkg/templates/mail.txt": "m",
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
		p.write("setup.cfg", "t")
		p.next("setup.cfg")

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

func TestGoneAndMoved(t *testing.T) {
	modes(t, func(t *testing.T, opts watch.Options) {
		p := begin(t, map[string]string{"app.py": "a", "pkg/old.py": "o", "pkg/older.py": "p"})
		p.grace = short
		p.start(opts)
		p.quiet()
		p.must(os.Remove(p.path("pkg/old.py")))
		p.next("pkg/old.py")
		p.must(os.Rename(p.path("pkg/older.py"), p.path("pkg/newer.py")))
		p.next("pkg/older.py", "pkg/newer.py")
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
	})
}

func TestMovedFolders(t *testing.T) {
	modes(t, func(t *testing.T, opts watch.Options) {
		p := begin(t, nil)
		p.grace = short
		p.start(opts)
		p.quiet()
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
		p.grace = short
		p.start(opts)
		p.quiet()
		for i := range 5 {
			p.must(os.RemoveAll(p.path("pkg")))
			p.next("pkg/sub/a.py")
			p.replace("pkg/sub/a.py", fmt.Sprint("again", i))
			p.next("pkg/sub/a.py")
		}
		// The watched folder itself.
		p.must(os.RemoveAll(p.dir))
		p.next("pkg/sub/a.py", "sentinel.py")
		p.replace("pkg/sub/a.py", "back")
		p.next("pkg/sub/a.py")
		p.quiet()
	})
}

// The same content is no change, though every watch is another.
func TestDeletedAndMadeAgainAtOnce(t *testing.T) {
	modes(t, func(t *testing.T, opts watch.Options) {
		p := begin(t, map[string]string{"pkg/sub/a.py": "1"})
		p.start(opts)
		p.quiet()
		p.must(os.RemoveAll(p.path("pkg")))
		p.write("pkg/sub/a.py", "1")
		p.quiet()
		p.write("pkg/sub/a.py", "at last")
		p.next("pkg/sub/a.py")
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
	pauses, last := 0, time.Now()
	for i := range 500 {
		name := fmt.Sprintf("d%d/m%d.py", i%20, i)
		p.write(name, "x")
		want[p.path(name)] = true
		if time.Since(last) > time.Millisecond {
			pauses++ // a busy machine makes more batches
		}
		last = time.Now()
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
		case <-time.After(time.Minute):
			t.Fatalf("%d of %d files were reported", len(got), len(want))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if batches > 10+pauses {
		t.Errorf("%d batches, with %d pauses", batches, pauses)
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
