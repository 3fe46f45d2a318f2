package examples_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
)

// limited runs a command with a limit of 1 MiB on the size of a file, as a disk that is full would have it; the signal
// of that limit is ignored, as Go programs do by themselves.
func limited() snifter.Setting {
	return snifter.Wrapped("sh", "-c", `ulimit -f 2048; exec "$0" "$@"`)
}

// A disk that is full stops the recording, which says why, and never the serving.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	snifter.Write(t, filepath.Join(dir, "app.py"), strings.Replace(plain, "    start_", "    environ['wsgi.input'].read()\n    start_", 1))
	s := snifter.Start(t, dir, []string{"app.py"}, limited())
	c := s.Client()
	block := make([]byte, 256<<10)
	_, _ = rand.Read(block) // nothing makes it smaller
	body := string(block)
	if x := s.Client().Get("/first"); x.Body != "served" {
		t.Fatalf("%d %s", x.Status, x.Body)
	}
	s.Show("/first", 1) // it is in the file
	for i := range 40 {
		if a := c.Do("POST /"+strconv.Itoa(i), body); a.Err != nil || a.Body != "served" {
			t.Fatalf("request %d: %d, %v", i, a.Status, a.Err)
		}
	}
	s.AwaitMessage("recording has stopped, serving goes on")
	if a := c.Get("/after"); a.Body != "served" {
		t.Errorf("after that: %d %s", a.Status, a.Body)
	}
	if code := s.End(os.Interrupt); code != 130 && code != 1 {
		t.Errorf("exit code %d", code)
	}
	if rows := snifter.Lines(t, dir, 0, "ls", "--json"); len(rows) == 0 || len(rows) > 40 {
		t.Errorf("%d exchanges were recorded before", len(rows))
	}
}

// In a folder that can't be written to an application is served all the same; where it is recorded is said.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "app")
	snifter.Write(t, filepath.Join(dir, "app.py"), plain)
	s := snifter.Start(t, dir, []string{"app.py"}, readOnly(t, dir))
	s.AwaitMessage("--capture")
	if a := s.Client().Get("/"); a.Body != "served" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if x := s.Show("/", 1); x.Response.Body.Data != "served" {
		t.Errorf("recorded: %+v", x)
	}
	if strings.HasPrefix(s.Capture, dir) {
		t.Errorf("recorded in %s", s.Capture)
	}
}

// readOnly takes from everybody the right to write to a folder. It does not bind root, whom a file system has to stop:
// root gets one that is mounted read-only, for the command alone.
func readOnly(t *testing.T, dir string) snifter.Setting {
	t.Helper()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o755) })
	if os.Geteuid() != 0 {
		return snifter.Env()
	}
	return snifter.Wrapped("unshare", "--mount", "sh", "-c",
		`mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && cd "$1" && shift && exec "$@"`, "sh", dir)
}
