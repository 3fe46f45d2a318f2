package examples_test

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
)

const dying = `import ctypes
import os
import threading


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/exit":
        os._exit(3)
    if path == "/segfault":
        ctypes.string_at(0)
    if path == "/hang":
        threading.Event().wait()
    start_response("200 OK", [("Content-Type", "text/plain")])
    if path == "/midway":
        return midway(environ["wsgi.input"])
    return [b"alive"]


def midway(body):
    yield b"first"
    body.read()
    os._exit(4)
`

// A worker that dies takes its own request with it and no other, and is replaced; one whose every thread hangs is, too.
func TestWorkersThatDie(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	snifter.Write(t, filepath.Join(dir, "app.py"), dying)
	s := snifter.Start(t, dir, []string{"app.py", "--threads", "2", "--timeout", "5s"})
	c := s.Client()
	for target, says := range map[string]string{"/exit": "exited with status 3", "/segfault": "segmentation fault"} {
		if a := c.Do("GET "+target, "", "Accept: text/plain"); a.Err != nil || a.Status != 500 || !strings.Contains(strings.ToLower(a.Body), says) {
			t.Errorf("%s: %d, %v\n%s", target, a.Status, a.Err, a.Body)
		}
		if a := c.Get("/"); a.Status != 200 || a.Body != "alive" {
			t.Errorf("after %s: %d %s", target, a.Status, a.Body)
		}
	}
	if a := midway(t, s.URL+"/midway"); a.Err == nil || a.Status != 200 || a.Body != "first" {
		t.Errorf("a worker that died in a body: %d %q, %v", a.Status, a.Body, a.Err)
	}
	if x := s.Show("/midway", 1); x.State != "aborted" || x.Response.Body.Data != "first" {
		t.Errorf("recorded as %s with %q", x.State, x.Response.Body.Data)
	}
	for range 3 { // more than there are threads
		if a := c.Do("GET /hang", ""); a.Err != nil || a.Status != 504 {
			t.Errorf("a request that hangs: %d, %v", a.Status, a.Err)
		}
	}
	if a := c.Get("/"); a.Status != 200 || a.Body != "alive" {
		t.Errorf("after those that hang: %d %s", a.Status, a.Body)
	}
}

// midway asks for a response, and ends the request's body once the response's has begun.
func midway(t *testing.T, url string) snifter.Answer {
	t.Helper()
	asks, ends := io.Pipe()
	defer ends.Close()
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	w, err := (&http.Client{Transport: transport, Timeout: snifter.Patience}).Post(url, "text/plain", asks)
	if err != nil {
		return snifter.Answer{Err: err}
	}
	defer w.Body.Close()
	begin := make([]byte, len("first"))
	n, err := io.ReadFull(w.Body, begin)
	a := snifter.Answer{Status: w.StatusCode, Header: w.Header, Body: string(begin[:n]), Err: err}
	if err == nil {
		ends.Close()
		var rest []byte
		rest, a.Err = io.ReadAll(w.Body)
		a.Body += string(rest)
	}
	return a
}

const plain = `def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"served"]
`

// Two snifters that record into one capture at once: no exchange is lost, and no id is given twice.
func TestTwoSniftersOneCapture(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	snifter.Write(t, filepath.Join(dir, "app.py"), plain)
	a, b := snifter.Start(t, dir, []string{"app.py"}), snifter.Start(t, dir, []string{"app.py"})
	if a.Capture != b.Capture {
		t.Fatalf("%s and %s", a.Capture, b.Capture)
	}
	const each = 100
	done := make(chan struct{})
	for i, s := range []*snifter.Server{a, b} {
		c := s.Client()
		go func() {
			for n := range each {
				c.Do(fmt.Sprintf("GET /%d/%d", i, n), "")
			}
			done <- struct{}{}
		}()
	}
	<-done
	<-done
	a.Exchange(fmt.Sprintf("/0/%d", each-1), 1)
	b.Exchange(fmt.Sprintf("/1/%d", each-1), 1)
	a.End(os.Interrupt)
	targets, ids := map[string]bool{}, map[float64]bool{}
	for _, row := range snifter.Lines(t, dir, 0, "ls", "--json") {
		targets[row["target"].(string)], ids[row["id"].(float64)] = true, true
	}
	if len(targets) != 2*each || len(ids) != 2*each {
		t.Errorf("%d requests and %d ids of %d are in the capture", len(targets), len(ids), 2*each)
	}
	if got := b.Client().Get("/still"); got.Body != "served" {
		t.Errorf("the one that goes on: %d %s", got.Status, got.Body)
	}
}

// A capture that can't be used: one clear message, the exit code, and the file as it was.
func TestCapturesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	snifter.Write(t, filepath.Join(dir, "app.py"), plain)
	s := snifter.Start(t, dir, []string{"app.py"})
	for range 20 {
		s.Client().Get("/" + strings.Repeat("x", 3000))
	}
	s.End(os.Interrupt)
	good, err := os.ReadFile(s.Capture)
	if err != nil {
		t.Fatal(err)
	}

	newer := filepath.Join(dir, "newer.db")
	snifter.Write(t, newer, string(good))
	version := setVersion(t, newer, 999)
	for name, bad := range map[string]struct{ content, says string }{
		"newer.db": {"", "newer"},
		"cut.db":   {string(good[:len(good)/3]), "damaged"},
		"text.db":  {strings.Repeat("this is a text\n", 1000), "not a snifter capture"},
		"empty.db": {"", ""},
	} {
		path := filepath.Join(dir, name)
		if name != "newer.db" {
			snifter.Write(t, path, bad.content)
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"ls"}, {"show", "1"}, {"run", "app.py", "--headless", "--port", "0"}, {"replay", "--app", "app.py"}} {
			if name == "empty.db" && args[0] != "ls" {
				continue // a new capture is made of an empty file, where one is to be recorded
			}
			r := snifter.Run(t, dir, append(args, "--capture", path))
			if r.Code != 1 || !strings.HasPrefix(r.Stderr, "snifter: ") || strings.Count("\n"+r.Stderr, "\nsnifter: ") > 2 ||
				!strings.Contains(r.Stderr, name) || !strings.Contains(r.Stderr, bad.says) {
				t.Errorf("%s of %s: exit code %d\n%s", args[0], name, r.Code, r.Stderr)
			}
		}
		after, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, after); diff != "" && name != "newer.db" { // SQLite counts who opened that one
			t.Errorf("%s is not what it was (-before +after)\n%s", name, diff)
		}
	}
	setVersion(t, newer, version)
	if rows := snifter.Lines(t, dir, 0, "ls", "--json", "--capture", newer); len(rows) != 20 {
		t.Errorf("%d exchanges are left in a capture that was thought to be newer", len(rows))
	}
}

// setVersion sets the number of a capture's format and returns the one before.
func setVersion(t *testing.T, path string, number int) (before int) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("PRAGMA user_version").Scan(&before); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(fmt.Sprintf("PRAGMA user_version = %d", number)); err != nil {
		t.Fatal(err)
	}
	return before
}

// What can't be meant or isn't there, seen from outside: a message of one paragraph, the exit code of DESIGN.md section
// 6, and nothing on standard output.
func TestBadInput(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	snifter.Write(t, filepath.Join(dir, "app.py"), plain)
	snifter.Write(t, filepath.Join(dir, "number.py"), "app = 1\n")
	snifter.Write(t, filepath.Join(dir, "dies.py"), "import sys\nsys.exit('no configuration')\n")
	snifter.Write(t, filepath.Join(dir, "broken.py"), "def app(:\n")
	s := snifter.Start(t, dir, []string{"app.py"})
	s.Client().Get("/")
	port := s.URL[strings.LastIndexByte(s.URL, ':')+1:]
	for _, bad := range []struct {
		args string
		code int
		says string
	}{
		{"run nothing.py --port 0", 3, "nothing.py"},
		{"run nothing:app --port 0", 3, "nothing"},
		{"run app:other --no-reload --port 0", 3, "other"},
		{"run number.py --no-reload --port 0", 3, "number.py"},
		{"run dies.py --no-reload --port 0", 3, "no configuration"},
		{"run broken.py --no-reload --port 0", 3, "SyntaxError"},
		{"run app.py --port 0 --python no/such/python", 3, "no/such/python"},
		{"run app.py --port " + port, 4, "--port 0"},
		{"run app.py --port 70000", 2, "70000"},
		{"ls ~c(", 2, "filter"},
		{"ls ~nope", 2, "~nope"},
		{"replay ~u( --app app.py", 2, "filter"},
		{"show 99", 1, "99"},
		{"show 18446744073709551616", 2, "18446744073709551616"},
		{"diff 1 99", 1, "99"},
		{"replay 99 --app app.py", 1, "99"},
		{"replay --to http://127.0.0.1:1 1", 1, ""},
		{"nonsense --port 0", 3, "nonsense"},
	} {
		r := snifter.Run(t, dir, strings.Fields(bad.args))
		if r.Code != bad.code || !strings.Contains(r.Stdout+r.Stderr, bad.says) {
			t.Errorf("snifter %s: exit code %d, want %d and %q\n%s%s", bad.args, r.Code, bad.code, bad.says, r.Stdout, r.Stderr)
		}
		if lines := strings.Count(r.Stderr, "\n"); lines > 15 {
			t.Errorf("snifter %s says it in %d lines\n%s", bad.args, lines, r.Stderr)
		}
	}
}
