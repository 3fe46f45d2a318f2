package watch_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/watch"
)

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
		{"rename over, from another folder", true, (*project).replace},
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
