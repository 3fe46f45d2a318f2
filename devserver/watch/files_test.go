package watch_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/watch"
)

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

// What a request has written and compiled itself is no change; what was written since is, and so is what modules are made of.
func TestAddCompiled(t *testing.T) {
	modes(t, func(t *testing.T, opts watch.Options) {
		p := begin(t, map[string]string{"app/made.py": "1", "app/mod.py": "1", "out/made.py": "1"})
		opts.Dirs = []string{p.path("app"), p.dir}
		p.start(opts)
		compiles := func(name, text string, source []byte) {
			write := func() error { return os.WriteFile(p.path(name), []byte(text), 0o644) }
			p.must(p.w.AddCompiledAt(write, p.path(name), source))
		}
		for _, name := range []string{"app/made.py", "app/new.py", "app/made.py"} {
			compiles(name, name+" 2", []byte(name+" 2"))
			p.quiet()
		}
		compiles("app/made.py", "3", []byte("2"))
		p.next("app/made.py")
		p.write("app/made.py", "4")
		p.next("app/made.py")
		compiles("app/made.py", "5", nil)
		p.next("app/made.py")
		for _, name := range []string{"app/mod.py", "app/made.py"} {
			p.must(p.w.AddFiles(time.Now(), p.path(name)))
			compiles(name, "6", []byte("6"))
			p.next(name)
		}
		p.must(p.w.AddCompiled(p.path("missing.py"), []byte("1")))
		p.quiet()
	})
}
