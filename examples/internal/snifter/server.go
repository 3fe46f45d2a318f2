package snifter

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Server is a `snifter run --headless --json` that is ready.
type Server struct {
	URL     string
	Capture string
	PID     int
	Dir     string

	t    testing.TB
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended and all that it printed was read

	mu      sync.Mutex
	lines   []Line
	stderr  bytes.Buffer
	changed chan struct{}
}

// Line is a line of JSON that was printed.
type Line map[string]any

// Text is a member that is a string, or "".
func (l Line) Text(key string) string {
	s, _ := l[key].(string)
	return s
}

// Number is a member that is a number, or 0.
func (l Line) Number(key string) int {
	n, _ := l[key].(float64)
	return int(n)
}

// Start starts snifter in a folder, on a free port, and waits until it is ready. It is ended with the test.
func Start(t testing.TB, dir string, args []string, settings ...Setting) *Server {
	t.Helper()
	args = append([]string{"run", "--headless", "--json", "--port", "0"}, args...)
	s := &Server{t: t, Dir: dir, done: make(chan struct{}), changed: make(chan struct{})}
	s.cmd = command(context.Background(), t, dir, args, settings)
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() { s.readLines(stdout) })
	reading.Go(func() { s.readMessages(stderr) })
	go func() {
		reading.Wait()
		_ = s.cmd.Wait()
		close(s.done)
	}()
	t.Cleanup(s.stop)
	ready := s.Await("it is ready", func(l Line) bool { return l.Text("type") == "ready" })
	s.URL, s.Capture, s.PID = ready.Text("url"), ready.Text("capture"), ready.Number("pid")
	return s
}

func (s *Server) readLines(from io.Reader) {
	lines := bufio.NewReader(from)
	for {
		text, err := lines.ReadBytes('\n')
		if len(text) > 0 {
			var l Line
			if jsonErr := json.Unmarshal(text, &l); jsonErr != nil {
				s.t.Errorf("standard output has %q: %v", text, jsonErr)
			}
			s.mu.Lock()
			s.lines = append(s.lines, l)
			s.tell()
			s.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

func (s *Server) readMessages(from io.Reader) {
	p := make([]byte, 4096)
	for {
		n, err := from.Read(p)
		s.mu.Lock()
		s.stderr.Write(p[:n])
		s.tell()
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (s *Server) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// await waits until found says true, of what was printed so far.
func (s *Server) await(what string, found func() bool) {
	s.t.Helper()
	late := time.NewTimer(Patience)
	defer late.Stop()
	for {
		s.mu.Lock()
		ok, changed := found(), s.changed
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-s.done:
			s.mu.Lock()
			ok := found()
			s.mu.Unlock()
			if !ok {
				s.t.Fatalf("snifter ended with %d before %s\n%s", s.cmd.ProcessState.ExitCode(), what, s.printed())
			}
			return
		case <-late.C:
			s.t.Fatalf("waited in vain until %s\n%s", what, s.printed())
		}
	}
}

// Await waits for a line, which may have come already, and returns the first that suits.
func (s *Server) Await(what string, suits func(Line) bool) Line {
	s.t.Helper()
	var found Line
	s.await(what, func() bool {
		for _, l := range s.lines {
			if suits(l) {
				found = l
				return true
			}
		}
		return false
	})
	return found
}

// AwaitMessage waits for a text on standard error.
func (s *Server) AwaitMessage(text string) {
	s.t.Helper()
	s.await("it says "+strconv.Quote(text), func() bool { return bytes.Contains(s.stderr.Bytes(), []byte(text)) })
}

// Exchange waits until the nth exchange with a target (1 is the first) is done, and returns its line.
func (s *Server) Exchange(target string, nth int) Line {
	s.t.Helper()
	var found Line
	s.await("exchange "+strconv.Itoa(nth)+" of "+target+" is done", func() bool {
		left := nth
		for _, l := range s.lines {
			if l.Text("type") == "exchange" && l.Text("target") == target {
				if left--; left == 0 {
					found = l
					return true
				}
			}
		}
		return false
	})
	return found
}

// Show is what `snifter show ID --json` prints of the nth exchange with a target.
func (s *Server) Show(target string, nth int) *Exchange {
	s.t.Helper()
	id := s.Exchange(target, nth).Number("id")
	r := Run(s.t, s.Dir, []string{"show", strconv.Itoa(id), "--json", "--capture", s.Capture})
	if r.Code != 0 {
		s.t.Fatalf("snifter show %d: exit code %d\n%s", id, r.Code, r.Stderr)
	}
	return decode(s.t, r.Stdout)
}

// Lines are those printed so far that are of a type.
func (s *Server) Lines(kind string) []Line {
	s.mu.Lock()
	defer s.mu.Unlock()
	var of []Line
	for _, l := range s.lines {
		if l.Text("type") == kind {
			of = append(of, l)
		}
	}
	return of
}

// printed is all that was printed, for the message of a test that failed.
func (s *Server) printed() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b bytes.Buffer
	lines := s.lines
	const most = 12
	if len(lines) > most {
		lines = lines[len(lines)-most:]
	}
	for _, l := range lines {
		p, _ := json.Marshal(l)
		b.Write(append(p, '\n'))
	}
	b.Write(s.stderr.Bytes())
	return b.String()
}

// End tells snifter to end and returns its exit code.
func (s *Server) End(with os.Signal) int {
	s.t.Helper()
	if err := s.cmd.Process.Signal(with); err != nil {
		s.t.Fatal(err)
	}
	return s.Ended()
}

// Ended waits for the end and returns the exit code, -1 for a signal.
func (s *Server) Ended() int {
	s.t.Helper()
	select {
	case <-s.done:
	case <-time.After(Patience):
		s.t.Fatalf("it has not ended\n%s", s.printed())
	}
	s.mu.Lock()
	r := Result{Stderr: s.stderr.String()}
	s.mu.Unlock()
	r.noStackTrace(s.t)
	return s.cmd.ProcessState.ExitCode()
}

func (s *Server) stop() {
	select {
	case <-s.done:
		return
	default:
	}
	end := os.Interrupt
	if runtime.GOOS == "windows" {
		end = os.Kill
	}
	_ = s.cmd.Process.Signal(end)
	select {
	case <-s.done:
	case <-time.After(Patience):
		s.t.Errorf("it did not end when it was interrupted\n%s", s.printed())
		_ = s.cmd.Process.Kill()
		<-s.done
	}
	if s.t.Failed() {
		s.t.Logf("at last snifter printed\n%s", s.printed())
	}
}
