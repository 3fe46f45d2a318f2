// Package snifter runs the real snifter in tests of the examples: built once, on a free port, its lines of JSON read as
// they come. It waits for what a test names and never for a time.
package snifter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// Patience is how long a test waits for what has to happen, on a machine that does much else.
const Patience = 3 * time.Minute

// Main is a package's TestMain: it builds snifter, runs the tests, and removes what was built.
func Main(m *testing.M) {
	os.Exit(run(m))
}

var program string

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "snifter-examples-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "snifter")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	out, err := exec.Command("go", "build", "-o", program, "github.com/snifter-dev/snifter/cmd/snifter").CombinedOutput()
	if err != nil {
		fmt.Fprintf(os.Stderr, "build snifter: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// Result is what a command came to.
type Result struct {
	Code           int
	Stdout, Stderr string
}

// Setting is a change to how a command is run.
type Setting func(*exec.Cmd)

// Env adds environment variables, NAME=VALUE.
func Env(variables ...string) Setting {
	return func(c *exec.Cmd) { c.Env = append(c.Env, variables...) }
}

// Wrapped runs the command through another one, which is given snifter and its arguments as its last ones.
func Wrapped(wrapper ...string) Setting {
	return func(c *exec.Cmd) {
		path, err := exec.LookPath(wrapper[0])
		if err != nil {
			c.Err = err
			return
		}
		c.Args = append(append(wrapper[:len(wrapper):len(wrapper)], c.Path), c.Args[1:]...)
		c.Path = path
	}
}

// Run runs a command in a folder to its end.
func Run(t testing.TB, dir string, args []string, settings ...Setting) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	cmd := command(ctx, t, dir, args, settings)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("snifter %s: %v", strings.Join(args, " "), err)
	}
	r := Result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
	r.noStackTrace(t)
	return r
}

// noStackTrace holds what DESIGN.md section 6 promises of every command.
func (r Result) noStackTrace(t testing.TB) {
	t.Helper()
	for _, mark := range []string{"goroutine ", "panic:", "runtime error"} {
		if strings.Contains(r.Stderr, mark) {
			t.Errorf("a Go stack trace reached the user:\n%s", r.Stderr)
			return
		}
	}
}

// Lines runs a command that prints lines of JSON and ends with a code, and decodes the lines.
func Lines(t testing.TB, dir string, code int, args ...string) []map[string]any {
	t.Helper()
	r := Run(t, dir, args)
	if r.Code != code {
		t.Fatalf("snifter %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), r.Code, code, r.Stdout, r.Stderr)
	}
	var all []map[string]any
	for line := range strings.Lines(r.Stdout) {
		var one map[string]any
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		all = append(all, one)
	}
	return all
}

func command(ctx context.Context, t testing.TB, dir string, args []string, settings []Setting) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = append(environment(), "XDG_RUNTIME_DIR="+socketFolder(t))
	for _, set := range settings {
		set(cmd)
	}
	return cmd
}

// environment is the test's own, without what would choose another application, interpreter or way to print.
func environment() []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, "SNIFTER_") || strings.HasPrefix(name, "FLASK_") || strings.HasPrefix(name, "PYTHON") {
			continue
		}
		switch name {
		case "CI", "VIRTUAL_ENV", "CONDA_PREFIX", "DJANGO_SETTINGS_MODULE", "NO_COLOR", "XDG_RUNTIME_DIR":
			continue
		}
		env = append(env, kv)
	}
	return env
}

var sockets sync.Map // testing.TB to folder

// socketFolder is where the control sockets of one test are: no other snifter of this machine is seen from it. Its path
// is short, since that of a socket may be of a hundred bytes only.
func socketFolder(t testing.TB) string {
	t.Helper()
	if dir, ok := sockets.Load(t); ok {
		return dir.(string)
	}
	dir, err := os.MkdirTemp("", "sn-")
	if err != nil {
		t.Fatal(err)
	}
	sockets.Store(t, dir)
	t.Cleanup(func() {
		sockets.Delete(t)
		_ = os.RemoveAll(dir)
	})
	return dir
}

// Copy copies an example to a folder of its own, where it may be changed, and returns that.
func Copy(t testing.TB, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), filepath.Base(from))
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// Write writes a file of an application.
func Write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Edit replaces a text in a file, as a developer who saves it.
func Edit(t testing.TB, path, before, after string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(content, []byte(before)) {
		t.Fatalf("%q is not in %s", before, path)
	}
	Write(t, path, strings.ReplaceAll(string(content), before, after))
}
