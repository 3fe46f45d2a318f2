package examples_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
)

// process is what /proc says of one.
type process struct {
	pid, parent int
	state       string
	name        string
	peak        int // kB of memory
}

func readProcess(pid int) (process, bool) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return process{}, false
	}
	p := process{pid: pid}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		switch key {
		case "Name":
			p.name = value
		case "State":
			p.state = value[:1]
		case "PPid":
			p.parent, _ = strconv.Atoi(value)
		case "VmHWM":
			p.peak, _ = strconv.Atoi(strings.TrimSuffix(value, " kB"))
		}
	}
	return p, true
}

// family is a process and all that descend from it.
func family(t testing.TB, pid int) []process {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	children := map[int][]process{}
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			if p, ok := readProcess(n); ok {
				children[p.parent] = append(children[p.parent], p)
			}
		}
	}
	first, _ := readProcess(pid)
	all := []process{first}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i].pid]...)
	}
	return all
}

// underLimit holds the memory of snifter and its workers under 100 MB.
func underLimit(t *testing.T, pid int) {
	t.Helper()
	said := make([]string, 0, 4)
	for _, p := range family(t, pid) {
		said = append(said, fmt.Sprintf("%s %d MB", p.name, p.peak>>10))
		if p.peak > 100<<10 {
			t.Errorf("%s (%d) took %d MB", p.name, p.pid, p.peak>>10)
		}
	}
	t.Log("peak memory: ", strings.Join(said, ", "))
}

// gone waits until none of the processes lives. Two seconds are promised, of which a busy machine knows nothing.
func gone(t *testing.T, all []process) {
	t.Helper()
	deadline := time.Now().Add(snifter.Patience)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		var left []string
		for _, p := range all {
			// One whose parent does not wait for it stays as a zombie: that is an end.
			if now, ok := readProcess(p.pid); ok && now.state != "Z" && now.name == p.name {
				left = append(left, fmt.Sprintf("%s (%d, %s)", now.name, now.pid, now.state))
			}
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still alive: %s", strings.Join(left, ", "))
		}
		<-look.C
	}
}

// ends are the ways in which a server is ended, and its exit codes.
var ends = []struct {
	signal os.Signal
	code   int
}{
	{syscall.SIGKILL, -1},
	{syscall.SIGTERM, 0},
	{syscall.SIGINT, 130},
	{syscall.SIGHUP, 0},
}

// busy is an application that never comes to an end, and starts a process of its own.
const busy = `import subprocess
import time

subprocess.Popen(["sleep", "600"])


def app(environ, start_response):
    start_response("200 OK", [])
    if "n=1000" in environ["QUERY_STRING"]:
        time.sleep(600)
    return [b"done"]
`

// Whatever ends snifter, no worker outlives it, not even one that is busy, nor what a worker has started.
func TestNoWorkerIsLeft(t *testing.T) {
	t.Parallel()
	for _, how := range ends {
		for _, language := range []string{"python", "go"} {
			t.Run(language+" "+how.signal.String(), func(t *testing.T) {
				t.Parallel()
				var s *snifter.Server
				least := 2 // snifter and a worker
				if language == "python" {
					dir := t.TempDir()
					snifter.Write(t, filepath.Join(dir, "app.py"), busy)
					s = snifter.Start(t, dir, []string{"app.py", "--graceful-timeout", "100ms"})
					least = 4 // the zygote too, and what the worker has started
				} else {
					s = snifter.Start(t, here(t, "go", "stream"), []string{".", "--graceful-timeout", "100ms",
						"--capture", filepath.Join(t.TempDir(), "capture.db")})
				}
				asked := make(chan struct{})
				go func() {
					defer close(asked)
					s.Client().Do("GET /?n=1000&ms=100", "") // ends when snifter does
				}()
				s.Client().Get("/?n=1&ms=1") // so that what is slow has begun, more or less
				all := family(t, s.PID)
				if len(all) < least {
					t.Errorf("%d processes, want %d: %v", len(all), least, all)
				}
				if code := s.End(how.signal); code != how.code {
					t.Errorf("exit code %d, want %d", code, how.code)
				}
				gone(t, all)
				<-asked
			})
		}
	}
}
