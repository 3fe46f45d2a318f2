package main

import (
	"bufio"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// running is a snifter that a script started.
type running struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended and its output was read

	mu      sync.Mutex
	lines   []string
	seen    int // lines that were awaited already
	changed chan struct{}
}

func start(ts *testscript.TestScript, args []string) *running {
	program := ""
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if found, err := exec.LookPath(filepath.Join(dir, "snifter")); err == nil {
			program = found
			break
		}
	}
	if program == "" {
		ts.Fatalf("there is no snifter on PATH")
	}
	r := &running{cmd: exec.Command(program, args...), done: make(chan struct{}), changed: make(chan struct{})}
	r.cmd.Dir = ts.MkAbs(".")
	for _, key := range []string{"PATH", "HOME", "XDG_RUNTIME_DIR", "SNIFTER_PYTHON", "SNIFTER_PORT", "TMPDIR", "GOCACHE", "GOMODCACHE"} {
		if value := ts.Getenv(key); value != "" {
			r.cmd.Env = append(r.cmd.Env, key+"="+value)
		}
	}
	read, write := io.Pipe()
	r.cmd.Stdout, r.cmd.Stderr = write, write
	ts.Check(r.cmd.Start())
	go func() {
		_ = r.cmd.Wait()
		write.Close()
	}()
	go r.read(read)
	return r
}

func (r *running) read(from io.Reader) {
	defer close(r.done)
	for s := bufio.NewScanner(from); s.Scan(); {
		r.mu.Lock()
		r.lines = append(r.lines, s.Text())
		close(r.changed)
		r.changed = make(chan struct{})
		r.mu.Unlock()
	}
}

// await waits for a line that matches, and returns the match; nil if the program ended without one.
func (r *running) await(ts *testscript.TestScript, pattern string) []string {
	re, err := regexp.Compile(pattern)
	ts.Check(err)
	late := time.NewTimer(patience)
	defer late.Stop()
	for ended := false; ; {
		r.mu.Lock()
		for r.seen < len(r.lines) {
			line := r.lines[r.seen]
			r.seen++
			if m := re.FindStringSubmatch(line); m != nil {
				r.mu.Unlock()
				return m
			}
		}
		changed := r.changed
		r.mu.Unlock()
		if ended {
			return nil
		}
		select {
		case <-changed:
		case <-r.done:
			ended = true
		case <-late.C:
			ts.Fatalf("no line matches %s in\n%s", pattern, r.text())
		}
	}
}

func (r *running) ended(ts *testscript.TestScript, code string) {
	select {
	case <-r.done:
	case <-time.After(patience):
		ts.Fatalf("it has not ended; it printed\n%s", r.text())
	}
	_, err := io.WriteString(ts.Stdout(), r.text())
	ts.Check(err)
	if got := strconv.Itoa(r.cmd.ProcessState.ExitCode()); got != code {
		ts.Fatalf("exit code %s; it printed\n%s", got, r.text())
	}
}

func (r *running) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.lines, "\n") + "\n"
}

func (r *running) kill() {
	_ = r.cmd.Process.Kill()
	<-r.done
}
