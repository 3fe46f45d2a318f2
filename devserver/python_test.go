package devserver_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/python"
	"github.com/snifter-dev/snifter/devserver/watch"
)

const pyApp = `
import hashlib, os, threading, time
VERSION = "one"
gate = threading.Event()

class Body:
    def __init__(self, environ):
        self.environ = environ
    def __iter__(self):
        for _ in range(1000):
            yield b"x" * 65536
    def close(self):
        gate.set()

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/exit":
        os._exit(3)
    if path == "/hang":
        gate.clear(); gate.wait(60)
    if path == "/await-close":
        ok = gate.wait(30)
        start_response("200 OK", [])
        return [b"closed" if ok else b"not closed"]
    if path == "/endless":
        gate.clear()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Body(environ)
    if path == "/hash":
        h = hashlib.sha256()
        n = 0
        while True:
            block = environ["wsgi.input"].read(65536)
            if not block:
                break
            h.update(block); n += len(block)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [h.hexdigest().encode()]
    if path == "/midway":
        start_response("200 OK", [("Content-Type", "text/plain")])
        def body():
            yield b"first"
            raise KeyError("midway")
        return body()
    print("printed by", path)
    environ["wsgi.errors"].write("noted\n")
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Latin", "\xe9")])
    return [VERSION.encode()]
`

func pythonSource(
	t *testing.T, app string, threads int, change ...func(*devserver.PythonOptions),
) (src devserver.Source, dir, file string) {
	t.Helper()
	return pythonSourceIn(t, "app.py", app, threads, change...)
}

func pythonSourceIn(
	t *testing.T, name, app string, threads int, change ...func(*devserver.PythonOptions),
) (src devserver.Source, dir, file string) {
	t.Helper()
	dir = t.TempDir()
	file = filepath.Join(dir, name)
	write(t, file, app)
	found, err := python.FindApp(dir, name, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	interpreter, err := python.FindInterpreter(t.Context(), python.InterpreterOptions{Dir: dir, Getenv: os.Getenv})
	if err != nil {
		t.Fatal(err)
	}
	opts := devserver.PythonOptions{
		Command: []string{interpreter.Path}, Plan: found.Plan, Dir: dir, Env: os.Environ(), Threads: threads,
	}
	for _, f := range change {
		f(&opts)
	}
	src, err = devserver.PythonSource(opts)
	if err != nil {
		t.Fatal(err)
	}
	return src, dir, file
}

func TestPythonApplication(t *testing.T) {
	src, dir, _ := pythonSource(t, pyApp, 4)
	url, events := serve(t, src, dir, watch.Python())

	if status, body := get(t, url+"/first"); status != 200 || body != "one" {
		t.Fatalf("first: %d %q", status, body)
	}
	var texts []string
	for _, e := range events.of(t, "/first") {
		if text, ok := e.Payload.(*event.Text); ok {
			texts = append(texts, text.Stream+": "+strings.TrimSpace(text.Text))
		}
	}
	if got := strings.Join(texts, "; "); got != "stdout: printed by /first; wsgi.errors: noted" {
		t.Errorf("text: %s", got)
	}

	t.Run("a worker that dies fails its own request, and is replaced", func(t *testing.T) {
		status, body := get(t, url+"/exit")
		if status != 500 || !strings.Contains(body, "exited with status 3") {
			t.Errorf("%d %s", status, body)
		}
		if status, body := get(t, url+"/after"); status != 200 || body != "one" {
			t.Errorf("after: %d %q", status, body)
		}
		own := events.of(t, "/exit")
		if end := own[len(own)-1].Payload.(*event.Ending); end.Outcome != event.WorkerGone {
			t.Errorf("outcome %d, want WorkerGone", end.Outcome)
		}
	})

	t.Run("a large upload arrives whole and is hashed", func(t *testing.T) {
		data := bytes.Repeat([]byte("0123456789abcdef"), 1<<18) // 4 MiB
		for _, chunked := range []bool{false, true} {
			var body io.Reader = bytes.NewReader(data)
			if chunked {
				body = io.MultiReader(body)
			}
			r, err := http.Post(url+"/hash", "application/octet-stream", body)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r.Body)
			r.Body.Close()
			want := sha256.Sum256(data)
			if err != nil || string(got) != hex.EncodeToString(want[:]) {
				t.Errorf("chunked %v: %q, %v", chunked, got, err)
			}
		}
		own := events.of(t, "/hash")
		end := own[len(own)-1].Payload.(*event.Ending)
		if end.RequestBody == nil || end.RequestBody.Size != int64(len(data)) || end.RequestBody.SHA256 != sha256.Sum256(data) {
			t.Errorf("the record's sum: %+v", end.RequestBody)
		}
	})

	t.Run("a body that comes with its head is recorded", func(t *testing.T) {
		r, err := http.Post(url+"/hash?small", "text/plain", strings.NewReader("small body"))
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		var body []byte
		for _, e := range events.of(t, "/hash?small") {
			if d, ok := e.Payload.(*event.Data); ok && e.Kind == event.Input {
				body = append(body, d.Bytes...)
			}
		}
		if string(body) != "small body" {
			t.Errorf("recorded %q", body)
		}
	})

	t.Run("a client that goes has the iterable closed", func(t *testing.T) {
		c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
		if _, err := bufio.NewReader(c).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		c.Close()
		if _, body := get(t, url+"/await-close"); body != "closed" {
			t.Error(body)
		}
		own := events.of(t, "/endless")
		if end := own[len(own)-1].Payload.(*event.Ending); end.Outcome != event.ClientGone || !end.Closed {
			t.Errorf("ending %+v, want ClientGone and closed", end)
		}
	})

	t.Run("a failure midway breaks the connection", func(t *testing.T) {
		r, err := http.Get(url + "/midway")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		if body, err := io.ReadAll(r.Body); err == nil || string(body) != "first" {
			t.Errorf("%q, %v; want the first block and an error", body, err)
		}
		own := events.of(t, "/midway")
		if end := own[len(own)-1].Payload.(*event.Ending); end.Outcome != event.Broken {
			t.Errorf("outcome %d, want Broken", end.Outcome)
		}
	})

	t.Run("text outside of ASCII keeps its bytes", func(t *testing.T) {
		r, err := http.Get(url + "/latin")
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if got := r.Header.Get("X-Latin"); got != "\xe9" {
			t.Errorf("X-Latin is %q on the wire", got)
		}
	})
}

func TestAFileNamedLikeAModuleThatIsLoaded(t *testing.T) {
	src, dir, file := pythonSourceIn(t, "types.py", pyApp, 4)
	url, _ := serve(t, src, dir, watch.Python())
	if status, body := get(t, url+"/"); status != 200 || body != "one" {
		t.Errorf("%d %q", status, body)
	}
	write(t, file, strings.Replace(pyApp, `"one"`, `"two"`, 1))
	if status, body := get(t, url+"/"); status != 200 || body != "two" {
		t.Errorf("after a save: %d %q", status, body)
	}
}

func TestSavesNeverRefuseNorServeOldCode(t *testing.T) {
	src, dir, file := pythonSource(t, pyApp, 4)
	url, _ := serve(t, src, dir, watch.Python())
	get(t, url+"/")

	ctx, cancel := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for ctx.Err() == nil {
				r, err := http.Get(url + "/load")
				if err != nil {
					t.Errorf("a request was refused: %v", err)
					return
				}
				if r.StatusCode != 200 {
					t.Errorf("a request was answered with %s", r.Status)
				}
				io.Copy(io.Discard, r.Body)
				r.Body.Close()
			}
		})
	}
	for i := range 10 {
		want := strings.Repeat("n", i+1)
		write(t, file, strings.Replace(pyApp, `"one"`, `"`+want+`"`, 1))
		if status, body := get(t, url+"/"); status != 200 || body != want {
			t.Errorf("save %d: %d %q, want %q", i, status, body, want)
		}
	}
	cancel()
	clients.Wait()
}

func TestRequestTimeout(t *testing.T) {
	src, _, _ := pythonSource(t, pyApp, 2)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	events := newLog()
	s, err := devserver.New(devserver.Config{
		Listeners: []net.Listener{l}, Source: src, Sink: events, Threads: 2, RequestTimeout: 300 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	if err := s.Built(t.Context()); err != nil {
		t.Fatal(err)
	}
	// More than there are threads: a worker whose every thread hangs is replaced.
	for range 4 {
		if status, body := get(t, s.URL()+"/hang"); status != 504 {
			t.Errorf("%d %s, want 504", status, body)
		}
	}
	// The limit is short, and a busy machine may need more of them until there is a worker that answers in time.
	for deadline := time.Now().Add(time.Minute); ; {
		status, body := get(t, s.URL()+"/after")
		if status == 200 && body == "one" {
			break
		}
		if status != 504 || time.Now().After(deadline) {
			t.Fatalf("after: %d %q", status, body)
		}
	}
}

func TestAStuckRequestDoesNotKeepTheServer(t *testing.T) {
	src, _, _ := pythonSource(t, pyApp, 2)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	events := newLog()
	s, err := devserver.New(devserver.Config{
		Listeners: []net.Listener{l}, Source: src, Sink: events, Threads: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	if err := s.Built(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET /hang HTTP/1.1\r\nHost: x\r\n\r\n")
	events.await(t, "the request", func(events []event.Event) bool {
		return len(events) > 0 && events[len(events)-1].Kind == event.Enter
	})
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the server waits for a request that hangs")
	}
	own := events.of(t, "/hang")
	if end := own[len(own)-1].Payload.(*event.Ending); end.Outcome == event.Done {
		t.Errorf("the request that was cut off is recorded as done: %+v", end)
	}
}
