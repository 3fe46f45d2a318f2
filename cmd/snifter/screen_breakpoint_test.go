//go:build unix

package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

const stoppingApp = `
def greet(environ):
    name = "nobody"
    breakpoint()
    return b"hello " + name.encode()


def application(environ, start_response):
    body = greet(environ)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body]
`

// stoppingAt runs an application that stops by breakpoint(), and returns its URL.
func stoppingAt(t *testing.T, args ...string) (s *terminal, url string) {
	t.Helper()
	dir := t.TempDir()
	app := filepath.Join(dir, "app.py")
	if err := os.WriteFile(app, []byte(stoppingApp), 0o600); err != nil {
		t.Fatal(err)
	}
	s = openTerminal(t, pty.Winsize{Rows: 30, Cols: 110},
		append([]string{"run", app, "--port", "0", "--capture", filepath.Join(dir, "capture.db")}, args...)...)
	s.await("build 1")
	return s, regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(s.screen.String())
}

// asks sends a request, and returns what will be answered.
func asks(url string) <-chan string {
	answered := make(chan string, 1)
	go func() {
		res, err := http.Get(url)
		if err != nil {
			answered <- err.Error()
			return
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		answered <- string(body)
	}()
	return answered
}

// again awaits a text that the terminal was sent before.
func (s *terminal) again(text string) {
	s.t.Helper()
	s.screen.Reset()
	s.asked = 0
	s.await(text)
}

// debug stops in the application by breakpoint(), changes a variable and goes on.
func (s *terminal) debug(url string) {
	s.t.Helper()
	answered := asks(url)
	s.await("greet()")
	s.await("(Pdb) ")
	s.types("up\n")
	s.await("-> body = greet(environ)")
	s.types("down\nname = 'ada'\nc\n")
	if got := <-answered; got != "hello ada" {
		s.t.Errorf("it answered %q: %q", got, &s.screen)
	}
}

// TestDebuggerInATerminal: without the workbench the terminal is the debugger's.
func TestDebuggerInATerminal(t *testing.T) {
	s, url := stoppingAt(t, "--headless")
	s.debug(url)
	s.await("200")
	s.types("\x03")
	if code := s.end(); code != exitInterrupted {
		t.Errorf("exit code %d: %q", code, &s.screen)
	}
}

const (
	enterAlternateScreen = "\x1b[?1049h"
	reportMouse          = "\x1b[?1002h"
)

// TestDebuggerInTheWorkbench: the workbench gives way to the debugger, and comes back.
func TestDebuggerInTheWorkbench(t *testing.T) {
	s, url := stoppingAt(t)
	s.debug(url)
	shown := s.screen.String()
	left, who := strings.Index(shown, leaveAlternateScreen), strings.Index(shown, "snifter: breakpoint() at app.py:4 has the terminal")
	if left < 0 || who < left {
		t.Errorf("%q", shown)
	}
	s.again(enterAlternateScreen)
	s.await(reportMouse)
	s.await("✓ 200")
	s.types("q")
	if code := s.end(); code != exitOK {
		t.Errorf("exit code %d: %q", code, &s.screen)
	}
}

// TestDebuggersTakeTurns: two requests that stop at once talk one after the other, the first of a worker as later ones.
func TestDebuggersTakeTurns(t *testing.T) {
	for _, args := range [][]string{nil, {"--no-stages"}} {
		s, url := stoppingAt(t, args...)
		first, second := asks(url), asks(url)
		for range 2 {
			s.again("greet()")
			s.await("(Pdb) ")
			s.types("name = 'ada'\n")
			s.again("(Pdb) ")
			if strings.Contains(s.screen.String(), "greet()") {
				t.Fatalf("%v: another debugger in between: %q", args, &s.screen)
			}
			s.types("c\n")
		}
		for _, answered := range []<-chan string{first, second} {
			if got := <-answered; got != "hello ada" {
				t.Errorf("%v: it answered %q", args, got)
			}
		}
		s.await(enterAlternateScreen)
		s.types("q")
		if code := s.end(); code != exitOK {
			t.Errorf("%v: exit code %d: %q", args, code, &s.screen)
		}
	}
}

// TestEndWhileTheTerminalIsLent: snifter takes it back, and restores it.
func TestEndWhileTheTerminalIsLent(t *testing.T) {
	for _, args := range [][]string{{"--headless"}, nil} {
		s, url := stoppingAt(t, args...)
		answered := asks(url)
		s.await("(Pdb) ")
		if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if code := s.end(); code != exitOK {
			t.Errorf("%v: exit code %d: %q", args, code, &s.screen)
		}
		<-answered
	}
}
