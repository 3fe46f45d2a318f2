package python_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/python"
)

// program writes a program that must never be started: it says so and fails.
func program(t *testing.T, path string) string {
	t.Helper()
	script(t, path, "echo must not be started >&2; exit 3")
	return path
}

func script(t *testing.T, path, body string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Fatal("these trees are those of Unix systems")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func venv(t *testing.T, prefix, version string) {
	t.Helper()
	program(t, filepath.Join(prefix, "bin", "python"))
	write(t, filepath.Join(prefix, "pyvenv.cfg"), "home = /usr/bin\nversion = "+version+"\n")
}

func find(t *testing.T, opts python.InterpreterOptions) python.Interpreter {
	t.Helper()
	found, err := python.FindInterpreter(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestOrderOfInterpreters(t *testing.T) {
	dir := tree(t, "-- site/app/app.py --\n")
	app := filepath.Join(dir, "site", "app")
	bin := filepath.Join(dir, "bin")
	program(t, filepath.Join(bin, "python3.12"))
	if err := os.Symlink("python3.12", filepath.Join(bin, "python3")); err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{"PATH": bin}
	opts := python.InterpreterOptions{Dir: app, Getenv: env(vars)}
	expect := func(path, version, why string) {
		t.Helper()
		i := find(t, opts)
		if i.Path != path || i.Version.String() != version || i.Why != why {
			t.Errorf("got %s, %s, %q; want %s, %s, %q", i.Path, i.Version, i.Why, path, version, why)
		}
	}
	// Each is found before those made earlier.
	expect(filepath.Join(bin, "python3"), "3.12", "python3 on PATH")

	conda := filepath.Join(dir, "conda")
	program(t, filepath.Join(conda, "bin", "python"))
	write(t, filepath.Join(conda, "conda-meta", "python-3.10.4-h12debd9_0.json"), "{}")
	vars["CONDA_PREFIX"], vars["CONDA_DEFAULT_ENV"] = conda, "base"
	expect(filepath.Join(conda, "bin", "python"), "3.10.4", "conda's base environment")

	venv(t, filepath.Join(dir, "site", "venv"), "3.9.1")
	expect(filepath.Join(dir, "site", "venv", "bin", "python"), "3.9.1", "the nearest virtual environment, ../venv")
	venv(t, filepath.Join(app, ".venv"), "3.8.0")
	expect(filepath.Join(app, ".venv", "bin", "python"), "3.8.0", "the nearest virtual environment, .venv")

	vars["CONDA_DEFAULT_ENV"] = "site"
	expect(filepath.Join(conda, "bin", "python"), "3.10.4", "CONDA_PREFIX")

	active := filepath.Join(dir, "active")
	venv(t, active, "3.13.0")
	vars["VIRTUAL_ENV"] = active
	expect(filepath.Join(active, "bin", "python"), "3.13.0", "VIRTUAL_ENV")

	opts.Python = filepath.Join(app, ".venv")
	expect(filepath.Join(app, ".venv", "bin", "python"), "3.8.0", "--python")
	opts.Python = "python3"
	expect(filepath.Join(bin, "python3"), "3.12", "--python")
}

func TestBrokenEnvironmentsAreTold(t *testing.T) {
	dir := tree(t, "-- app.py --\n")
	old := filepath.Join(dir, ".venv")
	venv(t, old, "3.7.16")
	dangling := filepath.Join(dir, "active")
	write(t, filepath.Join(dangling, "pyvenv.cfg"), "version = 3.11.0\n")
	if err := os.MkdirAll(filepath.Join(dangling, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/nonexistent/python3", filepath.Join(dangling, "bin", "python")); err != nil {
		t.Fatal(err)
	}
	_, err := python.FindInterpreter(t.Context(), python.InterpreterOptions{
		Dir: dir, Getenv: env(map[string]string{"VIRTUAL_ENV": dangling, "PATH": filepath.Join(dir, "nowhere")}),
	})
	var missing *python.NotFoundError
	if !errors.As(err, &missing) {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{
		"no Python 3.8 or later was found", "VIRTUAL_ENV=" + dangling, "/nonexistent/python3, is gone",
		"it is Python 3.7.16, and 3.8 is the oldest", "python3 on PATH: not there", "--python PATH",
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}

func TestNamedInterpreterErrors(t *testing.T) {
	dir := tree(t, "-- plain --\nnot a program\n-- folder/x --\n")
	script(t, filepath.Join(dir, "two"), `echo "unknown option -I" >&2; exit 2`)
	script(t, filepath.Join(dir, "other"), `echo hello`)
	for name, want := range map[string]string{
		"/nonexistent/python":        "not there",
		filepath.Join(dir, "plain"):  "it may not be run",
		filepath.Join(dir, "folder"): "there is no Python in it",
		filepath.Join(dir, "two"):    "unknown option -I",
		filepath.Join(dir, "other"):  "it does not answer as Python does",
		"python9.9":                  "not there",
	} {
		_, err := python.FindInterpreter(t.Context(), python.InterpreterOptions{
			Python: name, Getenv: env(map[string]string{"PATH": dir}),
		})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

func TestPyenvShims(t *testing.T) {
	dir := tree(t, "-- site/app.py --\n")
	root, site := filepath.Join(dir, "pyenv"), filepath.Join(dir, "site")
	program(t, filepath.Join(root, "shims", "python3"))
	for _, version := range []string{"3.9.18", "3.11.7", "3.11.10"} {
		bin := filepath.Join(root, "versions", version, "bin")
		program(t, filepath.Join(bin, "python"+version[:strings.LastIndex(version, ".")]))
		for _, name := range []string{"python", "python3"} {
			if err := os.Symlink("python"+version[:strings.LastIndex(version, ".")], filepath.Join(bin, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	system := filepath.Join(dir, "usr", "bin")
	program(t, filepath.Join(system, "python3.10"))
	if err := os.Symlink("python3.10", filepath.Join(system, "python3")); err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{
		"PYENV_ROOT": root, "PATH": filepath.Join(root, "shims") + string(os.PathListSeparator) + system,
	}
	expect := func(path, version string) {
		t.Helper()
		i := find(t, python.InterpreterOptions{Dir: site, Getenv: env(vars)})
		if i.Path != path || i.Version.String() != version {
			t.Errorf("got %s, %s; want %s, %s", i.Path, i.Version, path, version)
		}
	}
	version := func(v string) string { return filepath.Join(root, "versions", v, "bin", "python3") }
	expect(filepath.Join(system, "python3"), "3.10")
	write(t, filepath.Join(root, "version"), "3.9.18\n")
	expect(version("3.9.18"), "3.9.18")
	write(t, filepath.Join(dir, ".python-version"), "# ours\n3.11\n")
	expect(version("3.11.10"), "3.11.10")
	vars["PYENV_VERSION"] = "3.11.7"
	expect(version("3.11.7"), "3.11.7")

	i := find(t, python.InterpreterOptions{Python: "3.11", Dir: site, Getenv: env(vars)})
	if want := filepath.Join(root, "versions", "3.11.10"); i.Prefix != want {
		t.Errorf("--python 3.11 gave %s, want %s", i.Prefix, want)
	}
}

// An unknown version manager's shim can't be resolved by files, so it is started once and asked for the real path.
func TestOtherShimsAreAsked(t *testing.T) {
	dir := tree(t, "-- app.py --\n")
	real := realPython(t)
	script(t, filepath.Join(dir, "shims", "python3"), `exec "`+real+`" "$@"`)
	i := find(t, python.InterpreterOptions{
		Dir: dir, Getenv: env(map[string]string{"PATH": filepath.Join(dir, "shims")}),
	})
	if filepath.Dir(i.Path) == filepath.Join(dir, "shims") || !i.Version.AtLeast(3, 8) || i.Implementation == "" {
		t.Errorf("got %+v", i)
	}
}

// What files say of the machine's Python must be what it says of itself.
func TestTheRealPython(t *testing.T) {
	i := find(t, python.InterpreterOptions{Dir: t.TempDir()})
	out, err := exec.CommandContext(t.Context(), i.Path, "-c",
		"import sys; print('%d.%d' % sys.version_info[:2]); print(sys.prefix)").Output()
	if err != nil {
		t.Fatal(err)
	}
	version := strings.Join(strings.Split(i.Version.String(), ".")[:2], ".")
	prefix, err := filepath.EvalSymlinks(i.Prefix)
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Fields(string(out))
	if said[1], err = filepath.EvalSymlinks(said[1]); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(said, []string{version, prefix}); diff != "" {
		t.Errorf("said -, found +\n%s", diff)
	}
}

func realPython(t *testing.T) string {
	t.Helper()
	i := find(t, python.InterpreterOptions{Dir: t.TempDir()})
	return i.Path
}

func BenchmarkFindInterpreter(b *testing.B) {
	for b.Loop() {
		if _, err := python.FindInterpreter(b.Context(), python.InterpreterOptions{Dir: b.TempDir()}); err != nil {
			b.Fatal(err)
		}
	}
}
