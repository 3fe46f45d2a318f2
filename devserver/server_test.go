package devserver_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/watch"
)

// log is a sink that can be waited on.
type log struct {
	mu     sync.Mutex
	events []event.Event
	more   chan struct{}
}

func newLog() *log { return &log{more: make(chan struct{})} }

func (l *log) Emit(events ...event.Event) {
	l.mu.Lock()
	l.events = append(l.events, events...)
	close(l.more)
	l.more = make(chan struct{})
	l.mu.Unlock()
}

// await returns the events once they satisfy ok.
func (l *log) await(t *testing.T, what string, ok func([]event.Event) bool) []event.Event {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		l.mu.Lock()
		events, more := l.events[:len(l.events):len(l.events)], l.more
		l.mu.Unlock()
		if ok(events) {
			return events
		}
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("%s did not come; events: %s", what, kinds(events))
		}
	}
}

func kinds(events []event.Event) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "%d:%d/%d %T ", e.Exchange, e.Seq, e.Kind, e.Payload)
	}
	return b.String()
}

// of returns the events of the exchange whose target holds the text, once it has ended.
func (l *log) of(t *testing.T, target string) []event.Event {
	t.Helper()
	var own []event.Event
	l.await(t, "the end of "+target, func(events []event.Event) bool {
		own = own[:0]
		var id uint64
		for _, e := range events {
			if r, ok := e.Payload.(*event.Request); ok && bytes.Contains(r.Head, []byte(target)) {
				id = e.Exchange
			}
			if id != 0 && e.Exchange == id {
				own = append(own, e)
			}
		}
		return len(own) > 0 && own[len(own)-1].Kind == event.Exit && own[len(own)-1].Stage == 0
	})
	return own
}

const goApp = `package main

import (
	"io"
	"net"
	"strings"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

const version = "one"

func app(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
	path, _ := environ["PATH_INFO"].(string)
	if strings.HasPrefix(path, "/panic") {
		panic("deliberate")
	}
	if strings.HasPrefix(path, "/stream") {
		start("200 OK", wsgi.Headers{{"Content-Type", "text/plain"}}, nil)
		return func(yield func([]byte, error) bool) {
			if !yield([]byte(version+"\n"), nil) {
				return
			}
			gate, err := net.Dial("tcp", environ["QUERY_STRING"].(string))
			if err == nil {
				_, err = io.Copy(io.Discard, gate) // until the test closes it
			}
			yield([]byte(version+"\n"), err)
		}
	}
	start("200 OK", wsgi.Headers{{"Content-Type", "text/plain"}}, nil)
	return wsgi.Bytes([]byte(version))
}

func main() { wsgi.Serve(app) }
`

// goModule makes a module that uses this one.
func goModule(t *testing.T) (dir, file string) {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module site\n\ngo 1.26\n\nrequire github.com/snifter-dev/snifter v0.0.0\n\n"+
		"replace github.com/snifter-dev/snifter => "+root+"\n")
	file = filepath.Join(dir, "main.go")
	write(t, file, goApp)
	tidy := exec.Command("go", "mod", "tidy")
	tidy.Dir = dir
	if out, err := tidy.CombinedOutput(); err != nil {
		t.Fatalf("go mod tidy: %v\n%s", err, out)
	}
	return dir, file
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// serve runs a server until the test ends.
func serve(t *testing.T, source devserver.Source, dir string, files []string) (url string, events *log) {
	t.Helper()
	return serveWatched(t, source, watch.Options{Dirs: []string{dir}, Files: files})
}

func serveWatched(t *testing.T, source devserver.Source, watched watch.Options) (url string, events *log) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	events = newLog()
	s, err := devserver.New(devserver.Config{
		Listeners: []net.Listener{l}, Source: source, Sink: events, Reload: true, OriginToken: "secret",
		Watch: watched, WaitingTime: 10 * time.Minute, // a busy machine may take long for a build
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return s.URL(), events
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

func TestGoApplication(t *testing.T) {
	dir, file := goModule(t)
	source, err := devserver.GoSource(devserver.GoOptions{Dir: dir, Package: ".", Env: os.Environ(), Threads: 4})
	if err != nil {
		t.Fatal(err)
	}
	url, events := serve(t, source, dir, watch.Go())

	if status, body := get(t, url+"/first?q=1"); status != 200 || body != "one" {
		t.Fatalf("first: %d %q", status, body)
	}
	own := events.of(t, "/first")
	var got []event.Kind
	for _, e := range own {
		got = append(got, e.Kind)
	}
	if want := "[1 3 5 6 7]"; fmt.Sprint(got) != want {
		t.Errorf("kinds of events: %v, want %s", got, want)
	}
	if r := own[0].Payload.(*event.Request); r.Build != 1 {
		t.Errorf("build %d, want 1", r.Build)
	}

	t.Run("a panic is a page with its place", func(t *testing.T) {
		status, body := get(t, url+"/panic")
		if status != 500 || !strings.Contains(body, "deliberate") || !strings.Contains(body, "main.go") {
			t.Errorf("%d\n%s", status, body)
		}
		raised := false
		for _, e := range events.of(t, "/panic") {
			r, ok := e.Payload.(*event.Raised)
			raised = raised || ok && strings.Contains(r.Message, "deliberate") && len(r.Frames) > 0
		}
		if !raised {
			t.Error("the exception is not recorded")
		}
	})

	t.Run("a save serves new code, also while a stream of the old is under way", func(t *testing.T) {
		gate, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer gate.Close()
		r, err := http.Get(url + "/stream?" + gate.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		line := make([]byte, 4)
		if _, err := io.ReadFull(r.Body, line); err != nil {
			t.Fatal(err)
		}
		write(t, file, strings.Replace(goApp, `"one"`, `"two"`, 1))
		if status, body := get(t, url+"/second"); status != 200 || body != "two" {
			t.Errorf("after the save: %d %q", status, body)
		}
		if err := gate.(*net.TCPListener).SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		conn, err := gate.Accept()
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
		rest, err := io.ReadAll(r.Body)
		if err != nil || string(line)+string(rest) != "one\none\n" {
			t.Errorf("the stream: %q, %v", string(line)+string(rest), err)
		}
	})

	t.Run("a broken save is a page, and a mended one serves", func(t *testing.T) {
		write(t, file, strings.Replace(goApp, `"one"`, `1 +`, 1))
		status, body := get(t, url+"/broken")
		if status != 500 || !strings.Contains(body, "main.go") || !strings.Contains(body, "could not be loaded") {
			t.Errorf("%d\n%s", status, body)
		}
		write(t, file, strings.Replace(goApp, `"one"`, `"three"`, 1))
		if status, body := get(t, url+"/mended"); status != 200 || body != "three" {
			t.Errorf("after it was mended: %d %q", status, body)
		}
	})

	t.Run("a replay names its origin, and only with the token", func(t *testing.T) {
		for header, want := range map[string]uint64{"7 secret": 7, "7 wrong": 0} {
			path := fmt.Sprintf("/replay-of-%d", want)
			req, err := http.NewRequest("GET", url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Snifter-Origin", header)
			r, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			r.Body.Close()
			first := events.of(t, path)[0]
			request := first.Payload.(*event.Request)
			if request.Origin != want {
				t.Errorf("%q: origin %d, want %d", header, request.Origin, want)
			}
			if named := r.Header.Get("Snifter-Exchange") == fmt.Sprint(first.Exchange); named != (want != 0) {
				t.Errorf("%q: Snifter-Exchange is %q", header, r.Header.Get("Snifter-Exchange"))
			}
			if bytes.Contains(request.Head, []byte("secret")) {
				t.Errorf("%q: the token is in the record", header)
			}
		}
	})
}
