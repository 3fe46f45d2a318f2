//go:build unix

package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
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

// TestDebuggerInATerminal stops in the application by breakpoint(), changes a variable and goes on: without the workbench
// the terminal is the debugger's.
func TestDebuggerInATerminal(t *testing.T) {
	dir := t.TempDir()
	app := filepath.Join(dir, "app.py")
	if err := os.WriteFile(app, []byte(stoppingApp), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openTerminal(t, pty.Winsize{Rows: 30, Cols: 110},
		"run", app, "--headless", "--port", "0", "--capture", filepath.Join(dir, "capture.db"))
	s.await("build 1")
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(s.screen.String())
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
	s.await("greet()")
	s.await("(Pdb) ")
	s.types("up\n")
	s.await("-> body = greet(environ)")
	s.types("down\nname = 'ada'\nc\n")
	s.await("200")
	if got := <-answered; got != "hello ada" {
		t.Errorf("it answered %q: %q", got, &s.screen)
	}
	s.types("\x03")
	if code := s.end(); code != exitInterrupted {
		t.Errorf("exit code %d: %q", code, &s.screen)
	}
}
