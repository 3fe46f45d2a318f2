package watch

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// root is a folder that was asked for.
type root struct {
	path    string
	shallow bool // the folders below it are not watched
	files   patterns
	include patterns
	exclude patterns
}

// folder is a watched one.
type folder struct {
	root   *root
	ignore patterns
	real   string
}

func (w *Watcher) addRoot(dir string, shallow bool, since time.Time) error {
	path, err := absolute(dir)
	if err != nil {
		return err
	}
	switch info, err := os.Stat(path); {
	case err != nil:
		return explain(path, err)
	case !info.IsDir():
		return fmt.Errorf("watch %s: not a folder", path)
	}
	if known := w.dirs[path]; known != nil && (shallow || !known.root.shallow) {
		return nil
	}
	r := &root{path: path, shallow: shallow, exclude: parse(w.opts.Exclude, path)}
	if !shallow {
		r.files, r.include = parse(w.opts.Files, path), parse(w.opts.Include, path)
	}
	w.roots = append(w.roots, r)
	return w.walk(r, path, above(path), func(file string) { w.meet(file, since) })
}

// addFiles is AddFiles in the watcher's goroutine.
func (w *Watcher) addFiles(loaded time.Time, files []string) error {
	var errs []error
	for _, name := range files {
		path, err := absolute(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		delete(w.compiled, path)
		if w.exact[path] || installed(path) {
			continue
		}
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			continue // a module without a file of its own: frozen, in an archive, generated
		}
		w.exact[path] = true
		if w.dirs[filepath.Dir(path)] == nil {
			errs = append(errs, w.addRoot(filepath.Dir(path), true, loaded))
		}
		if w.files[path] == nil {
			w.meet(path, loaded)
		}
	}
	return errors.Join(errs...)
}

// addCompiled is AddCompiled in the watcher's goroutine.
func (w *Watcher) addCompiled(name string, source []byte) error {
	path, err := absolute(name)
	if err != nil {
		return err
	}
	if w.exact[path] && !w.compiled[path] {
		return nil
	}
	err = w.addFiles(time.Now(), []string{path})
	if !w.exact[path] {
		return err // it is of a library, or gone
	}
	w.compiled[path] = true
	if source != nil && w.files[path] != nil {
		w.files[path] = &file{size: int64(len(source)), sum: sha256.Sum256(source), hashed: true}
		w.pending.add(path)
	}
	return err
}

// installed says that a file belongs to an installed library, or to Python's own: lib/python3.11/json/__init__.py.
func installed(path string) bool {
	parts := split(path)
	for i, part := range parts {
		if part == "site-packages" || part == "dist-packages" {
			return true
		}
		if i > 0 && strings.EqualFold(parts[i-1], "lib") &&
			(strings.HasPrefix(part, "python3") || strings.HasPrefix(part, "pypy3")) {
			return true
		}
	}
	return false
}

// walk watches a folder and, unless its root is shallow, those below it, nearest first, and calls found for each file
// that counts. A folder is watched before it is read, so that nothing made in it meanwhile is missed.
func (w *Watcher) walk(r *root, start string, ignore patterns, found func(file string)) error {
	type step struct {
		path   string
		ignore patterns
	}
	queue := []step{{start, ignore}}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		f, err := w.open(r, at.path, at.ignore)
		if err != nil {
			return err
		}
		if f == nil {
			continue
		}
		entries, err := os.ReadDir(at.path)
		if err != nil {
			continue // it went, or may not be read
		}
		for _, entry := range entries {
			path := filepath.Join(at.path, entry.Name())
			if !isDir(entry, path) {
				if w.counts(path, f) {
					found(path)
				}
			} else if w.enters(path, f) {
				queue = append(queue, step{path, f.ignore})
			}
		}
	}
	return nil
}

// open begins to watch one folder. It returns nil where there is nothing to be watched: the folder is gone, or is
// watched by another path already (a symbolic link).
func (w *Watcher) open(r *root, path string, ignore patterns) (*folder, error) {
	if w.dirs[path] == nil && path != r.path && len(w.dirs) >= w.opts.MaxDirs {
		if !w.full {
			w.full = true
			w.opts.Trouble(fmt.Errorf("watch %s: more than %d folders; those deepest down are not watched "+
				"(choose with --reload-dir or --reload-exclude)", r.path, w.opts.MaxDirs))
		}
		return nil, nil
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, nil
	}
	if by, ok := w.real[real]; ok && by != path {
		return nil, nil
	}
	if w.fs != nil {
		if err := w.fs.Add(path); err != nil {
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
				return nil, nil
			}
			return nil, explain(path, err)
		}
	}
	own := ignoreFile(filepath.Join(path, ".gitignore"), path)
	f := &folder{root: r, ignore: append(slices.Clip(ignore), own...), real: real}
	w.dirs[path], w.real[real] = f, path
	return f, nil
}

func (w *Watcher) enters(path string, in *folder) bool {
	return !in.root.shallow && !skipDir(path) && !in.root.exclude.has(path, true) && !in.ignore.has(path, true)
}

func isDir(entry fs.DirEntry, path string) bool {
	if entry.Type()&fs.ModeSymlink == 0 {
		return entry.IsDir()
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// dropDir forgets a folder that was deleted or moved, and all below it.
func (w *Watcher) dropDir(path string) {
	var gone []*root
	for dir, f := range w.dirs {
		if !within(dir, path) {
			continue
		}
		if w.fs != nil {
			_ = w.fs.Remove(dir) // the system has mostly removed it by itself
		}
		delete(w.dirs, dir)
		delete(w.real, f.real)
		if dir == f.root.path {
			gone = append(gone, f.root)
		}
	}
	w.absent = append(w.absent, gone...)
	for file := range w.files {
		if within(file, path) {
			w.pending.add(file)
		}
	}
}

// lookForAbsent watches the roots that have come back.
func (w *Watcher) lookForAbsent() {
	w.absent = slices.DeleteFunc(w.absent, func(r *root) bool {
		if info, err := os.Stat(r.path); err != nil || !info.IsDir() {
			return false
		}
		if err := w.walk(r, r.path, above(r.path), w.pending.add); err != nil {
			w.opts.Trouble(err)
		}
		return true
	})
}

// sweep walks everything again and marks what differs, without any help of notifications.
func (w *Watcher) sweep() {
	seen := map[string]bool{}
	dirs := w.dirs
	w.dirs, w.real = map[string]*folder{}, map[string]string{}
	for _, r := range w.roots {
		if f := w.dirs[r.path]; f != nil && r.shallow {
			continue
		}
		err := w.walk(r, r.path, above(r.path), func(file string) {
			seen[file] = true
			if w.differs(file) {
				w.pending.keep(file)
			}
		})
		if err != nil {
			w.opts.Trouble(err)
		}
	}
	for file := range w.files {
		if !seen[file] {
			w.pending.keep(file)
		}
	}
	for dir := range dirs {
		if w.dirs[dir] == nil && w.fs != nil {
			_ = w.fs.Remove(dir)
		}
	}
}

// reread takes up a change of an ignore file: what is ignored now is forgotten, and what no longer is, is met; neither
// is a change of the sources.
func (w *Watcher) reread(r *root) {
	var before []string
	for dir, f := range w.dirs {
		if f.root == r {
			before = append(before, dir)
			delete(w.dirs, dir)
			delete(w.real, f.real)
		}
	}
	now := time.Now()
	met := map[string]bool{}
	err := w.walk(r, r.path, above(r.path), func(file string) {
		met[file] = true
		if w.files[file] == nil {
			w.meet(file, now)
		}
	})
	if err != nil {
		w.opts.Trouble(err)
	}
	// What stays is never unwatched meanwhile: notifications that are under way would be lost.
	for _, dir := range before {
		if w.dirs[dir] == nil && w.fs != nil {
			_ = w.fs.Remove(dir)
		}
	}
	for file := range w.files {
		if within(file, r.path) && !met[file] && !w.exact[file] && exists(file) {
			delete(w.files, file)
		}
	}
}

func within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, string(filepath.Separator))+
		string(filepath.Separator))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
