package python

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// Version is a version of the Python language. Micro is -1 where it is not known.
type Version struct{ Major, Minor, Micro int }

func (v Version) String() string {
	if v.Micro < 0 {
		return fmt.Sprintf("%d.%d", v.Major, v.Minor)
	}
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Micro)
}

// AtLeast compares the language's major and minor version.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

// The oldest Python that the bridge runs on.
const oldestMajor, oldestMinor = 3, 8

// Interpreter is a Python to run an application with.
type Interpreter struct {
	Path           string  // absolute; within a virtual environment, the one in its folder
	Version        Version // as its files say; the worker tells the rest
	Implementation string  // "CPython", "PyPy", or "" where the files do not tell
	Prefix         string  // the environment's folder (sys.prefix)
	Why            string  // "the nearest virtual environment, .venv"
	Tried          []Attempt
}

// InterpreterOptions says where to look.
type InterpreterOptions struct {
	// Python is what the user named (--python): a path, a name on PATH, a version ("3.12"), or the folder of a
	// virtual environment. "" searches.
	Python string
	// Dir is the application's folder, from which virtual environments are looked for upward; "" is the current one.
	Dir    string
	Getenv Getenv // nil reads the process's environment
}

// FindInterpreter finds the Python to run an application with: the one named, or that of VIRTUAL_ENV, CONDA_PREFIX, the
// nearest .venv, venv or env upward from the application, or python3 or python on PATH. conda's base environment, which
// conda activates in every shell, comes after the application's own virtual environment.
//
// As starting Python takes its time, none is started where files tell the version, which is nearly always. The error is
// a *[NotFoundError], or that of the context.
func FindInterpreter(ctx context.Context, opts InterpreterOptions) (Interpreter, error) {
	dir := opts.Dir
	if dir == "" {
		dir = "."
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Interpreter{}, fmt.Errorf("find Python: %w", err)
	}
	s := &search{ctx: ctx, dir: dir, getenv: opts.Getenv}
	if opts.Python != "" {
		return s.named(opts.Python)
	}
	virtual, conda := opts.Getenv.get("VIRTUAL_ENV"), opts.Getenv.get("CONDA_PREFIX")
	base := opts.Getenv.get("CONDA_DEFAULT_ENV") == "base"
	steps := []func() (Interpreter, bool){
		func() (Interpreter, bool) { return s.environment(virtual, "VIRTUAL_ENV="+virtual, "VIRTUAL_ENV") },
		func() (Interpreter, bool) {
			if base {
				return Interpreter{}, false
			}
			return s.environment(conda, "CONDA_PREFIX="+conda, "CONDA_PREFIX")
		},
		s.nearest,
		func() (Interpreter, bool) {
			return s.environment(conda, "CONDA_PREFIX="+conda, "conda's base environment")
		},
		func() (Interpreter, bool) { return s.onPath("python3") },
		func() (Interpreter, bool) { return s.onPath("python") },
	}
	for _, step := range steps {
		if found, ok := step(); ok {
			found.Tried = s.tried
			return found, nil
		}
		if err := ctx.Err(); err != nil {
			return Interpreter{}, fmt.Errorf("find Python: %w", err)
		}
	}
	return Interpreter{}, &NotFoundError{
		What:  fmt.Sprintf("no Python %d.%d or later was found", oldestMajor, oldestMinor),
		Tried: s.tried,
		Hint:  "install Python, make a virtual environment (python3 -m venv .venv), or name one with --python PATH",
	}
}

// search is one run of FindInterpreter.
type search struct {
	ctx    context.Context
	dir    string
	getenv Getenv
	tried  []Attempt
}

func (s *search) failed(what, why string) (Interpreter, bool) {
	s.tried = append(s.tried, Attempt{what, why})
	return Interpreter{}, false
}

// named takes the Python that the user asked for, and no other.
func (s *search) named(name string) (Interpreter, error) {
	found, ok := s.resolveName(name)
	if ok {
		return found, nil
	}
	if err := s.ctx.Err(); err != nil {
		return Interpreter{}, fmt.Errorf("find Python: %w", err)
	}
	return Interpreter{}, &NotFoundError{
		What:  fmt.Sprintf("--python %s does not name a Python %d.%d or later", name, oldestMajor, oldestMinor),
		Tried: s.tried,
		Hint:  "it may be a path, a name on PATH (python3.12), a version (3.12), or the folder of a virtual environment",
	}
}

func (s *search) resolveName(name string) (Interpreter, bool) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return s.environment(name, name, "--python")
	} else if err == nil && strings.ContainsAny(name, `/\`) {
		return s.program(name, "--python")
	} else if strings.ContainsAny(name, `/\`) {
		return s.failed(name, reason(err))
	}
	if version, ok := parseVersion(name); ok {
		name = "python" + name
		if home := s.pyenvVersion(strings.TrimPrefix(name, "python")); home != "" {
			return s.environment(home, "pyenv's "+filepath.Base(home), "--python, from pyenv")
		}
		if runtime.GOOS == "windows" {
			return s.launcher(version)
		}
	}
	found, ok := s.onPath(name)
	if ok {
		found.Why = "--python"
	}
	return found, ok
}

// environment takes the Python of an environment's folder. An empty prefix is no attempt.
func (s *search) environment(prefix, what, why string) (Interpreter, bool) {
	if prefix == "" {
		return Interpreter{}, false
	}
	prefix, err := filepath.Abs(prefix)
	if err != nil {
		return s.failed(what, err.Error())
	}
	if _, err := os.Stat(prefix); err != nil {
		return s.failed(what, reason(err))
	}
	var last error
	for _, name := range environmentPrograms {
		path := filepath.Join(prefix, name)
		if last = runnable(path); last == nil {
			return s.checked(Interpreter{Path: path, Prefix: prefix, Why: why}, what)
		}
		if target, err := os.Readlink(path); err == nil {
			return s.failed(what, fmt.Sprintf("its Python, %s, is gone; make the environment anew", target))
		}
	}
	if errors.Is(last, os.ErrNotExist) {
		return s.failed(what, "there is no Python in it")
	}
	return s.failed(what, reason(last))
}

// nearest looks for a virtual environment in the application's folder and in those above it.
func (s *search) nearest() (Interpreter, bool) {
	for dir := range Upward(s.dir) {
		for _, name := range []string{".venv", "venv", "env"} {
			prefix := filepath.Join(dir, name)
			info, err := os.Stat(prefix)
			if err != nil {
				continue
			}
			if !info.IsDir() {
				prefix = readPointer(prefix, dir)
			}
			if _, err := os.Stat(filepath.Join(prefix, "pyvenv.cfg")); err != nil {
				continue
			}
			why := "the nearest virtual environment, " + shorten(prefix, s.dir)
			if found, ok := s.environment(prefix, prefix, why); ok {
				return found, true
			}
		}
	}
	return s.failed(".venv, venv and env from "+s.dir+" upward", "no virtual environment")
}

// readPointer reads a .venv that is a file: the path of an environment, as some tools write it.
func readPointer(file, dir string) string {
	text, err := os.ReadFile(file)
	path := strings.TrimSpace(string(text))
	if err != nil || path == "" || strings.ContainsAny(path, "\n\x00") {
		return file
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	return path
}

// program takes a Python by its path.
func (s *search) program(path, why string) (Interpreter, bool) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return s.failed(path, err.Error())
	}
	if err := runnable(abs); err != nil {
		return s.failed(path, reason(err))
	}
	return s.checked(Interpreter{Path: abs, Why: why}, path)
}

// checked fills in what files tell of an interpreter, asks it where they do not, and holds it against the oldest
// version.
func (s *search) checked(i Interpreter, what string) (Interpreter, bool) {
	if !i.describe() {
		if err := i.ask(s.ctx); err != nil {
			return s.failed(what, err.Error())
		}
	}
	if !i.Version.AtLeast(oldestMajor, oldestMinor) {
		return s.failed(what, fmt.Sprintf("it is Python %s, and %d.%d is the oldest that will do", i.Version,
			oldestMajor, oldestMinor))
	}
	return i, true
}

func parseVersion(text string) (Version, bool) {
	parts := strings.Split(strings.TrimSpace(text), ".")
	v := Version{Micro: -1}
	for i, into := range []*int{&v.Major, &v.Minor, &v.Micro} {
		if i >= len(parts) {
			break
		}
		digits := parts[i]
		if i == 2 { // 3.13.0rc1, 3.9.1+
			digits = digits[:len(digits)-len(strings.TrimLeft(digits, "0123456789"))]
		}
		n, err := strconv.Atoi(digits)
		if err != nil {
			return Version{}, false
		}
		*into = n
	}
	return v, len(parts) >= 2
}

// reason is an error of the file system without the path, which stands before it.
func reason(err error) string {
	var path *os.PathError
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "not there"
	case errors.As(err, &path):
		return path.Err.Error()
	}
	return err.Error()
}

// shorten gives a path relative to dir where that is no longer.
func shorten(path, dir string) string {
	if rel, err := filepath.Rel(dir, path); err == nil && len(rel) < len(path) {
		return filepath.ToSlash(rel)
	}
	return path
}
