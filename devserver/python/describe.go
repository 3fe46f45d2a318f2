package python

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// describe finds the version without starting the interpreter. It says whether it could.
func (i *Interpreter) describe() bool {
	if i.Prefix == "" {
		i.Prefix = prefixOf(i.Path)
	}
	return i.fromVenv() || i.fromConda() || i.fromName() || i.fromLibrary()
}

// prefixOf gives sys.prefix: the folder that holds bin, or on Windows the program itself.
func prefixOf(path string) string {
	dir := filepath.Dir(path)
	if base := filepath.Base(dir); base == "bin" || base == "Scripts" {
		return filepath.Dir(dir)
	}
	return dir
}

// fromVenv reads pyvenv.cfg (PEP 405), to which virtualenv and uv add the implementation.
func (i *Interpreter) fromVenv() bool {
	f, err := os.Open(filepath.Join(i.Prefix, "pyvenv.cfg"))
	if err != nil {
		return false
	}
	defer f.Close()
	ok := false
	for s := bufio.NewScanner(f); s.Scan(); {
		key, value, _ := strings.Cut(s.Text(), "=")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "version", "version_info":
			if v, valid := parseVersion(value); valid {
				i.Version, ok = v, true
			}
		case "implementation":
			i.Implementation = value
		}
	}
	return ok
}

// fromConda reads the name of the record that conda keeps of its python package.
func (i *Interpreter) fromConda() bool {
	records, err := filepath.Glob(filepath.Join(i.Prefix, "conda-meta", "python-[0-9]*.json"))
	if err != nil || len(records) == 0 {
		return false
	}
	rest := strings.TrimPrefix(filepath.Base(records[0]), "python-")
	number, _, _ := strings.Cut(rest, "-")
	v, ok := parseVersion(number)
	if ok {
		i.Version = v
	}
	return ok
}

// fromName reads the name of the program, all links followed: python3.11, pypy3.10, or a folder .../3.11.7/bin of
// pyenv.
func (i *Interpreter) fromName() bool {
	real, err := filepath.EvalSymlinks(i.Path)
	if err != nil {
		return false
	}
	name := strings.TrimSuffix(filepath.Base(real), ".exe")
	for prefix, implementation := range map[string]string{"python": "CPython", "pypy": "PyPy"} {
		number, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		v, ok := parseVersion(number)
		if !ok {
			continue
		}
		if full, ok := parseVersion(filepath.Base(prefixOf(real))); ok && full.AtLeast(v.Major, v.Minor) &&
			v.AtLeast(full.Major, full.Minor) {
			v = full
		}
		i.Version, i.Implementation = v, implementation
		return true
	}
	return false
}

// fromLibrary looks at what lies beside the program: python311.dll on Windows, the one lib/python3.11 elsewhere.
func (i *Interpreter) fromLibrary() bool {
	real, err := filepath.EvalSymlinks(i.Path)
	if err != nil {
		return false
	}
	if dlls, _ := filepath.Glob(filepath.Join(filepath.Dir(real), "python3[0-9]*.dll")); len(dlls) == 1 {
		digits := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(dlls[0]), "python3"), ".dll")
		if v, ok := parseVersion("3." + digits); ok {
			i.Version = v
			return true
		}
	}
	if prefix := prefixOf(real); strings.HasPrefix(filepath.Base(real), "python") && prefix != "/usr" {
		if libs, _ := filepath.Glob(filepath.Join(prefix, "lib", "python[23].*", "os.py")); len(libs) == 1 {
			number := strings.TrimPrefix(filepath.Base(filepath.Dir(libs[0])), "python")
			if v, ok := parseVersion(number); ok {
				i.Version, i.Implementation = v, "CPython"
				return true
			}
		}
	}
	return false
}

// question is asked of an interpreter that no file describes. Python 2 answers it too.
const question = `import sys, platform
print("\n".join([sys.executable, "%d.%d.%d" % sys.version_info[:3], platform.python_implementation(), sys.prefix]))`

// askTimeout is far beyond what the slowest start takes; it is for a program that is not Python and reads its input.
const askTimeout = 10 * time.Second

// ask starts the interpreter. What it says of its own path is better than a shim's.
func (i *Interpreter) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, i.Path, "-I", "-S", "-c", question)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("it did not answer within %s", askTimeout)
	case errors.As(err, &exit):
		// Python 2 has no -I; its usage message says so.
		return fmt.Errorf("it does not run (%s): %s", exit.ProcessState, lastLine(exit.Stderr))
	case err != nil:
		return fmt.Errorf("it does not run: %w", err)
	}
	lines := strings.Split(strings.ReplaceAll(strings.TrimSpace(string(out)), "\r\n", "\n"), "\n")
	if len(lines) != 4 {
		return errors.New("it does not answer as Python does")
	}
	v, ok := parseVersion(lines[1])
	if !ok {
		return fmt.Errorf("it says that its version is %q", lines[1])
	}
	i.Version, i.Implementation = v, lines[2]
	if isShim(i.Path) && lines[0] != "" {
		i.Path, i.Prefix = lines[0], lines[3]
	}
	return nil
}

func lastLine(p []byte) string {
	text := strings.TrimSpace(string(p))
	return text[strings.LastIndex(text, "\n")+1:]
}

// runnable says that a path is a program that may be run.
func runnable(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return mayRun(path, info)
}
