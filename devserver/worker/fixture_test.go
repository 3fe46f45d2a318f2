package worker_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/python"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/worker"
)

// interpreter is the real path of python3, asked once: what lies on PATH may be a slow wrapper.
var interpreter = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	return strings.TrimSpace(string(out)), err
})

// app is an application under test, in a folder of its own.
type app struct {
	dir    string
	starts *worker.Python
}

// newApp writes files (the first is app.py) and readies workers of them.
func newApp(t testing.TB, source string, change ...func(*worker.PythonSpec)) *app {
	t.Helper()
	path, err := interpreter()
	if err != nil {
		t.Fatalf("python3: %v", err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "app.py"), source)
	spec := worker.PythonSpec{
		Command: []string{path}, Dir: dir, Env: os.Environ(),
		Plan: python.Plan{Kind: python.KindModule, Module: "app", Attr: "app", Dir: dir, SysPath: []string{dir}},
	}
	for _, f := range change {
		f(&spec)
	}
	starts, err := worker.NewPython(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := starts.Close(); err != nil {
			t.Error(err)
		}
	})
	return &app{dir: dir, starts: starts}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func (a *app) start(t testing.TB, output worker.Output) *worker.Worker {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	w, err := a.starts.Start(ctx, output)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	return w
}

// startApp starts one worker of a source that defines app.
func startApp(t testing.TB, source string, change ...func(*worker.PythonSpec)) *worker.Worker {
	t.Helper()
	return newApp(t, source, change...).start(t, nil)
}

// environ is a plain environ, changed by pairs of key and value.
func environ(pairs ...any) []byte {
	d := marshal.Dict{
		{Key: "REQUEST_METHOD", Value: "GET"}, {Key: "SCRIPT_NAME", Value: ""}, {Key: "PATH_INFO", Value: "/"},
		{Key: "QUERY_STRING", Value: ""}, {Key: "SERVER_NAME", Value: "127.0.0.1"}, {Key: "SERVER_PORT", Value: "8000"},
		{Key: "SERVER_PROTOCOL", Value: "HTTP/1.1"}, {Key: "REMOTE_ADDR", Value: "127.0.0.1"},
		{Key: "REMOTE_PORT", Value: "50000"}, {Key: "HTTP_HOST", Value: "127.0.0.1:8000"},
		{Key: "HTTP_USER_AGENT", Value: "test"}, {Key: "HTTP_ACCEPT", Value: "*/*"},
		{Key: "wsgi.version", Value: marshal.Tuple{int64(1), int64(0)}}, {Key: "wsgi.url_scheme", Value: "http"},
		{Key: "wsgi.multithread", Value: true}, {Key: "wsgi.multiprocess", Value: false},
		{Key: "wsgi.run_once", Value: false}, {Key: "wsgi.input_terminated", Value: true},
	}
next:
	for i := 0; i < len(pairs); i += 2 {
		for j := range d {
			if d[j].Key == pairs[i] {
				d[j].Value = pairs[i+1]
				continue next
			}
		}
		d = append(d, marshal.Pair{Key: pairs[i], Value: pairs[i+1]})
	}
	return marshal.Append(nil, d)
}

// block is one block as it was received, put together from its pieces.
type block struct {
	Text  string
	Write bool
	At    time.Time
}

// answer receives a response. It gives credit for what it gets at once, unless hold is set.
type answer struct {
	w      *worker.Worker
	hold   bool
	count  bool // count the bytes of blocks and keep none
	onRead func(n int, goOn bool)
	number chan uint32

	mu      sync.Mutex
	head    *worker.Head
	started []wire.ResponseHead
	blocks  []block
	bytes   int
	reads   []int
	goOn    int
	errors  string
	output  map[string]string
	raised  []*event.Raised
	lint    []*event.Finding
	stages  []worker.StageEvent
	parked  []*stepping.State
	closed  bool
	broken  bool
	died    string
	piece   []byte
	changed chan struct{}
	over    chan struct{}
	ends    int
}

func newAnswer(w *worker.Worker) *answer {
	return &answer{
		w: w, number: make(chan uint32, 1), output: map[string]string{}, changed: make(chan struct{}, 1),
		over: make(chan struct{}),
	}
}

func (a *answer) note(f func()) {
	a.mu.Lock()
	f()
	a.mu.Unlock()
	select {
	case a.changed <- struct{}{}:
	default:
	}
}

func (a *answer) end(broken bool) {
	a.ends++
	a.broken = broken
	if a.ends == 1 {
		close(a.over)
	}
}

func (a *answer) take(p []byte, write, more bool, at time.Time) {
	a.bytes += len(p)
	if a.count {
		return
	}
	a.piece = append(a.piece, p...)
	if !more {
		a.blocks = append(a.blocks, block{string(a.piece), write, at})
		a.piece = nil
	}
}

func (a *answer) credit(n int) {
	if !a.hold && n > 0 {
		number := <-a.number
		a.number <- number
		a.w.Credit(number, n)
	}
}

func (a *answer) Started(_, _ time.Time, h wire.ResponseHead) {
	a.note(func() { a.started = append(a.started, h) })
}

func (a *answer) Head(h worker.Head) {
	a.note(func() {
		block := h.Block
		if h.Before != nil {
			a.stages = append(a.stages, h.Before()...)
		}
		h.Block, h.Before = nil, nil
		a.head = &h
		if h.HasBlock {
			a.take(block, h.Write, h.More, h.At)
		}
		if h.End && !h.Ahead {
			a.end(h.Broken)
		}
	})
	a.credit(len(h.Block))
}

func (a *answer) Block(b worker.Block) {
	a.note(func() {
		a.take(b.Bytes, b.Write, b.More, b.At)
		if b.End {
			a.end(b.Broken)
		}
	})
	a.credit(len(b.Bytes))
}

func (a *answer) Whole() {}

func (a *answer) End(broken bool) { a.note(func() { a.end(broken) }) }

func (a *answer) Read(n int, goOn bool) {
	a.note(func() {
		a.reads = append(a.reads, n)
		if goOn {
			a.goOn++
		}
	})
	if a.onRead != nil {
		a.onRead(n, goOn)
	}
}

func (a *answer) Errors(_ time.Time, text string) { a.note(func() { a.errors += text }) }

func (a *answer) Output(_ time.Time, stream, text string) {
	a.note(func() { a.output[stream] += text })
}

func (a *answer) Exception(_ time.Time, _ uint16, r *event.Raised) {
	a.note(func() { a.raised = append(a.raised, r) })
}

func (a *answer) Lint(_ time.Time, _ uint16, f *event.Finding) {
	a.note(func() { a.lint = append(a.lint, f) })
}

func (a *answer) StageEvents(events []worker.StageEvent, _ bool) {
	a.note(func() { a.stages = append(a.stages, events...) })
}

func (a *answer) Parked(_ time.Time, state *stepping.State) {
	a.note(func() { a.parked = append(a.parked, state) })
}

func (a *answer) Closed(time.Time) { a.note(func() { a.closed = true }) }

func (a *answer) Died(how string) {
	a.note(func() {
		a.died = how
		a.end(true)
	})
}

func (a *answer) body() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var b strings.Builder
	for _, p := range a.blocks {
		b.WriteString(p.Text)
	}
	return b.String()
}

// patience is how long anything may take that happens at once on a machine that does nothing else.
const patience = 3 * time.Minute

// await waits until f, which is called with the answer's lock held, says true.
func (a *answer) await(t testing.TB, what string, f func() bool) {
	t.Helper()
	timeout := time.After(patience)
	for {
		a.mu.Lock()
		is := f()
		a.mu.Unlock()
		if is {
			return
		}
		select {
		case <-a.changed:
		case <-timeout:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func (a *answer) wait(t testing.TB) *answer {
	t.Helper()
	select {
	case <-a.over:
	case <-time.After(patience):
		t.Fatal("the request did not end")
	}
	return a
}

// send sends a request without waiting for its end.
func send(t testing.TB, w *worker.Worker, r *worker.Request, change ...func(*answer)) *answer {
	t.Helper()
	a := newAnswer(w)
	for _, f := range change {
		f(a)
	}
	r.Receiver = a
	number, ok := w.Send(r)
	if !ok {
		t.Fatal("the worker took no request")
	}
	a.number <- number
	return a
}

func (a *answer) id() uint32 {
	number := <-a.number
	a.number <- number
	return number
}

// get sends a request without a body and waits for its end.
func get(t testing.TB, w *worker.Worker, pairs ...any) *answer {
	t.Helper()
	return send(t, w, &worker.Request{Environ: environ(pairs...), End: true}).wait(t)
}
