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

const userApp = `
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello " + environ.get("REMOTE_USER", "nobody").encode()]


class Auth:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        environ.setdefault("REMOTE_USER", "ada")
        return self.app(environ, start_response)


application = Auth(application)
`

func (s *terminal) types(text string) {
	s.t.Helper()
	if _, err := s.pty.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

// TestParkedInATerminal sets a breakpoint by keys, edits the request that parks there, lets it go on, and ends.
func TestParkedInATerminal(t *testing.T) {
	dir := t.TempDir()
	app := filepath.Join(dir, "app.py")
	if err := os.WriteFile(app, []byte(userApp), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openTerminal(t, pty.Winsize{Rows: 30, Cols: 110}, "run", app, "--port", "0", "--capture", filepath.Join(dir, "capture.db"))
	s.await("Waiting for the first request")
	s.await("✓ build 1")
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(s.screen.String())

	s.types("p")
	s.await("There is no breakpoint")
	s.types("a")
	s.await("Park requests at")
	s.types("Auth")
	s.await("Auth")
	s.types("\r")
	s.await("0 hits")
	s.types("\x1b")
	s.await("Waiting for the first request")

	got := make(chan string, 1)
	go func() {
		resp, err := http.Get(url)
		if err != nil {
			got <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			got <- err.Error()
			return
		}
		got <- string(body)
	}()
	s.await("1 parked at Auth:enter")
	s.types("P")
	s.await("since it came in")
	s.types("e")
	s.await("Edit at app.Auth:enter")
	s.types("REMOTE_USER=eve")
	s.await("REMOTE_USER=eve")
	s.screen.Reset()
	s.types("\x13")
	s.await("eve") // among what has changed
	s.types("c")
	s.await("and ended: 200 OK")
	if body := <-got; body != "hello eve" {
		t.Errorf("the answer is %q", body)
	}
	s.types("\x1b")
	s.await("✓ 200")
	s.types("8")
	s.await("✎")
	s.types("q")
	if code := s.end(); code != exitOK {
		t.Errorf("exit code %d: %q", code, &s.screen)
	}
}
