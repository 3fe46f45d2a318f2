// Package examples_test runs the Go examples, by hand and as workers.
package examples_test

import (
	"bufio"
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

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/golang"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/worker"
)

// built returns the program of an example, or of a folder of testdata. Each is built once.
var built = func() func(t testing.TB, name string) string {
	var mu sync.Mutex
	programs := map[string]string{}
	return func(t testing.TB, name string) string {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if p := programs[name]; p != "" {
			return p
		}
		b, err := golang.Build(context.Background(), golang.Options{Package: name, Output: folder})
		if err != nil {
			t.Fatal(err)
		}
		programs[name] = b.Path
		return b.Path
	}
}()

// folder holds the programs.
var folder string

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "examples-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// byHand runs an example as a developer would, and returns its URL.
func byHand(t *testing.T, name string) string {
	t.Helper()
	cmd := exec.Command(built(t, name), "--bind", "127.0.0.1:0")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewReader(stderr)
	line, err := said.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	rest := make(chan struct{})
	go func() {
		defer close(rest)
		_, _ = io.Copy(io.Discard, said)
	}()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		<-rest
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s ended with %v", name, err)
		}
	})
	_, url, ok := strings.Cut(strings.TrimSpace(line), "serving on ")
	if !ok {
		t.Fatalf("it said %q", line)
	}
	return url
}

type want struct {
	method, path, body string
	header             [2]string // of the request
	status             int
	says               string            // is in the body
	headers            map[string]string // of the response
}

var stories = map[string][]want{
	"hello": {{path: "/", status: 200, says: "Hello, world!", headers: map[string]string{"Content-Length": "14"}}},
	"routes": {
		{path: "/", status: 200, says: "Try"},
		{path: "/hello/caf%C3%A9", status: 200, says: "Hello, caf\u00e9!"},
		{path: "/nowhere", status: 404, says: "There is no /nowhere here."},
	},
	"headers": {{path: "/", header: [2]string{"X-Test", "seen"}, status: 200, says: "HTTP_X_TEST: seen",
		headers: map[string]string{"X-Motto": "na\u00efve, but UTF-8", "Set-Cookie": "first=1; Path=/|second=2; Path=/; HttpOnly"}}},
	"middleware": {
		{path: "/", status: 401, says: "Who are you?", headers: map[string]string{"WWW-Authenticate": `Basic realm="examples"`}},
		{path: "/", header: [2]string{"Authorization", "Basic Z3Vlc3Q6c2VzYW1l"}, status: 200, says: "HELLO, GUEST!",
			headers: map[string]string{"X-Volume": "11"}},
	},
	"onion": {
		{path: "/", header: [2]string{"Cookie", "user=ada"}, status: 200, says: "Hello, ada!",
			headers: map[string]string{"Set-Cookie": "visits=1"}},
		{path: "/private", status: 401, says: "Who are you?"},
		{path: "/countdown", status: 200, says: "3\n2\n1\nlift-off\n"},
		{method: "POST", path: "/upper", body: "loud", status: 200, says: "LOUD"},
		{path: "/broken", status: 500, says: "Something broke"},
		{path: "/nowhere", status: 404},
	},
	"stream": {{path: "/?n=3&ms=1", status: 200, says: "1 of 3\n2 of 3\n3 of 3\n"}},
	"nethttp": {
		{path: "/", status: 200, says: "<h1>", headers: map[string]string{"Content-Type": "text/html; charset=utf-8"}},
		{path: "/users/7", status: 200, says: `{"id":"7"}`},
		{method: "POST", path: "/upper", body: "loud\nand clear", status: 200, says: "LOUD\nAND CLEAR"},
		{path: "/panic", status: 500},
		{path: "/nowhere", status: 404},
	},
}

func TestByHand(t *testing.T) {
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			url := byHand(t, name)
			for _, w := range story {
				method := w.method
				if method == "" {
					method = "GET"
				}
				r, err := http.NewRequest(method, url+w.path, strings.NewReader(w.body))
				if err != nil {
					t.Fatal(err)
				}
				if w.header[0] != "" {
					r.Header.Set(w.header[0], w.header[1])
				}
				resp, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if err != nil || resp.StatusCode != w.status || !strings.Contains(string(body), w.says) {
					t.Errorf("%s: %d %q, %v", w.path, resp.StatusCode, body, err)
				}
				for name, value := range w.headers {
					if got := strings.Join(resp.Header.Values(name), "|"); got != value {
						t.Errorf("%s: %s is %q, want %q", w.path, name, got, value)
					}
				}
			}
		})
	}
}

// answer collects what a worker says of one request.
type answer struct {
	status   string
	headers  [][2]string
	body     strings.Builder
	errors   string
	raised   *event.Raised
	broken   bool
	died     string
	finished chan struct{}
}

func (a *answer) Started(_, _ time.Time, _ wire.ResponseHead) {}
func (a *answer) Head(h worker.Head) {
	a.status, a.headers = h.Status, h.Headers
	a.body.Write(h.Block)
	a.end(h.End && !h.Ahead, h.Broken)
}
func (a *answer) Block(b worker.Block) { a.body.Write(b.Bytes); a.end(b.End, b.Broken) }
func (a *answer) Whole()               {}
func (a *answer) End(broken bool)      { a.end(true, broken) }
func (a *answer) end(end, broken bool) {
	if end {
		a.broken = broken
		close(a.finished)
	}
}
func (a *answer) Read(int, bool)                                   {}
func (a *answer) Errors(_ time.Time, text string)                  { a.errors += text }
func (a *answer) Output(time.Time, string, string)                 {}
func (a *answer) Exception(_ time.Time, _ uint16, r *event.Raised) { a.raised = r }
func (a *answer) Lint(time.Time, uint16, *event.Finding)           {}
func (a *answer) StageEvents([]worker.StageEvent, bool)            {}
func (a *answer) Parked(time.Time, *stepping.State)                {}
func (a *answer) Closed(time.Time)                                 {}
func (a *answer) Died(how string)                                  { a.died = how; close(a.finished) }

func asWorker(t testing.TB, name string) *worker.Worker {
	t.Helper()
	w, err := worker.Start(context.Background(), worker.Spec{
		Argv: []string{built(t, name)}, Env: os.Environ(), StartTimeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Kill(); <-w.Done() })
	return w
}

func request(w *worker.Worker, environ map[string]string, body string) *answer {
	d := marshal.Dict{}
	for _, p := range [][2]string{
		{"REQUEST_METHOD", "GET"}, {"SCRIPT_NAME", ""}, {"PATH_INFO", "/"}, {"QUERY_STRING", ""}, {"REQUEST_URI", "/"},
		{"SERVER_NAME", "127.0.0.1"}, {"SERVER_PORT", "8000"}, {"SERVER_PROTOCOL", "HTTP/1.1"}, {"HTTP_HOST", "x"},
		{"wsgi.url_scheme", "http"},
	} {
		value := p[1]
		if v, ok := environ[p[0]]; ok {
			value = v
		}
		d = append(d, marshal.Pair{Key: p[0], Value: value})
	}
	for k, v := range environ {
		if _, ok := d.Get(k); !ok {
			d = append(d, marshal.Pair{Key: k, Value: v})
		}
	}
	a := &answer{finished: make(chan struct{})}
	if _, ok := w.Send(&worker.Request{Environ: marshal.Append(nil, d), Body: []byte(body), End: true, Receiver: a}); !ok {
		a.Died("it took no request")
	}
	<-a.finished
	return a
}

// stacks are the examples that are named by the application within their stack.
var stacks = map[string]bool{"middleware": true, "onion": true}

func TestAsWorkers(t *testing.T) {
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			w := asWorker(t, name)
			if r := w.Ready(); r.Language != "go" || !strings.HasSuffix(r.App, "examples/go/"+name) && !stacks[name] {
				t.Errorf("ready: %+v", r)
			}
			for _, want := range story {
				path, query, _ := strings.Cut(want.path, "?")
				path = strings.ReplaceAll(path, "%C3%A9", "\u00c3\u00a9")
				e := map[string]string{"PATH_INFO": path, "QUERY_STRING": query, "REQUEST_URI": want.path}
				if want.method != "" {
					e["REQUEST_METHOD"] = want.method
					e["CONTENT_LENGTH"] = fmt.Sprint(len(want.body))
				}
				if want.header[0] != "" {
					e["HTTP_"+strings.ToUpper(strings.ReplaceAll(want.header[0], "-", "_"))] = want.header[1]
				}
				a := request(w, e, want.body)
				if want.status == 500 && want.says == "" {
					if a.raised == nil || !a.broken || len(a.raised.Frames) == 0 || a.raised.Frames[len(a.raised.Frames)-1].Source == "" {
						t.Errorf("%s: %+v", want.path, a)
					}
					continue
				}
				if !strings.HasPrefix(a.status, fmt.Sprint(want.status)) || !strings.Contains(a.body.String(), want.says) || a.broken {
					t.Errorf("%s: %+v", want.path, a)
				}
			}
		})
	}
}

func TestWorkerEndsWhenStopped(t *testing.T) {
	w := asWorker(t, "hello")
	if a := request(w, nil, ""); a.status != "200 OK" {
		t.Fatalf("got %+v", a)
	}
	w.Stop()
	<-w.Done()
	if how := w.Exit(); how != "exited with status 0" {
		t.Errorf("it %s", how)
	}
}

// TestStubbornWorkerEnds: a main that goes on after Serve keeps no worker alive.
func TestStubbornWorkerEnds(t *testing.T) {
	w := asWorker(t, filepath.Join("testdata", "stubborn"))
	w.Stop()
	<-w.Done()
	if how := w.Exit(); how != "exited with status 0" {
		t.Errorf("it %s", how)
	}
}

func TestExitInARequest(t *testing.T) {
	w := asWorker(t, filepath.Join("testdata", "stubborn"))
	if a := request(w, map[string]string{"PATH_INFO": "/exit"}, ""); a.died != "exited with status 3" {
		t.Errorf("got %+v", a)
	}
	<-w.Done()
}

func TestProgramThatDoesNotServe(t *testing.T) {
	_, err := worker.Start(context.Background(), worker.Spec{Argv: []string{built(t, filepath.Join("testdata", "silent"))},
		Env: os.Environ(), StartTimeout: time.Minute})
	if err == nil || !strings.Contains(err.Error(), "before it was ready") {
		t.Errorf("got %v", err)
	}
}

// TestWorkerOverTCP is how a worker is connected where no descriptors are handed down: see package wire.
func TestWorkerOverTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cmd := exec.Command(built(t, "hello"))
	cmd.Env = append(os.Environ(), "SNIFTER_WORKER=tcp:"+l.Addr().String()+":secret")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	frames, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	nudge, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	for conn, want := range map[net.Conn]string{frames: "frames secret\n", nudge: "nudge secret\n"} {
		greeting := make([]byte, len(want))
		if _, err := io.ReadFull(conn, greeting); err != nil || string(greeting) != want {
			t.Errorf("it greeted with %q, %v", greeting, err)
		}
	}
	r := wire.NewReader(frames)
	f, err := r.Next()
	for err == nil && f.Kind == wire.StageNamed {
		f, err = r.Next()
	}
	if err != nil || f.Kind != wire.ReadyKind {
		t.Errorf("not ready: %+v, %v", f, err)
	}
	// The server dies, and takes the worker with it.
	_ = frames.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	_ = nudge.Close()
}
