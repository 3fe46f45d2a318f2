package worker_test

import (
	"bytes"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/worker"
)

const mixed = "abcdef\nline two\nthree\n\nfive\nsix\nrest"

// What each way of reading gives of mixed, as wsgi.input does in Python.
const mixedRead = `[b'', b'abc', b'def\n', b'li', b'ne two\n', b'three\n', b'\n', b'five\n', b'six\n', b'rest', b'', b'', b'']`

func TestReadWays(t *testing.T) {
	w := startRules(t)
	whole := send(t, w, &worker.Request{Environ: environ("PATH_INFO", "/read_ways"), Body: []byte(mixed), End: true}).wait(t)
	if got := whole.body(); got != mixedRead {
		t.Errorf("whole:\n%s, want\n%s", got, mixedRead)
	}
	if len(whole.reads) > 0 {
		t.Errorf("a body that came whole was acknowledged: %v", whole.reads)
	}
	// In pieces of each size: the boundaries are nobody's concern.
	for size := 1; size < 12; size++ {
		a := send(t, w, &worker.Request{Environ: environ("PATH_INFO", "/read_ways"), Body: []byte(mixed[:size])})
		for at := size; at < len(mixed); at += size {
			end := min(at+size, len(mixed))
			w.Body(a.id(), []byte(mixed[at:end]), false)
		}
		w.Body(a.id(), nil, true)
		if got := a.wait(t).body(); got != mixedRead {
			t.Errorf("in pieces of %d:\n%s, want\n%s", size, got, mixedRead)
		}
		// None where the whole of it was there before it was first read.
		if a.goOn > 1 {
			t.Errorf("%d times 100 Continue", a.goOn)
		}
	}
}

func TestFirstReadAsksToContinue(t *testing.T) {
	w := startRules(t)
	a := send(t, w, &worker.Request{Environ: environ("PATH_INFO", "/read_all")})
	a.await(t, "100 Continue", func() bool { return a.goOn == 1 })
	w.Body(a.id(), []byte("abc"), true)
	if got := a.wait(t).body(); got != "abc|" {
		t.Errorf("got %q", got)
	}
	// Nothing is asked for a body that is never read.
	a = send(t, w, &worker.Request{Environ: environ("PATH_INFO", "/unread")}).wait(t)
	if a.goOn != 0 || a.body() != "x" {
		t.Errorf("%d times 100 Continue, body %q", a.goOn, a.body())
	}
}

func TestBrokenBody(t *testing.T) {
	w := startRules(t)
	a := send(t, w, &worker.Request{Environ: environ("PATH_INFO", "/read_broken"), Body: []byte("abcd")})
	w.BodyError(a.id(), "the connection ended early")
	a.wait(t)
	if got := a.body(); !strings.HasPrefix(got, "abc then ") || !strings.HasSuffix(got, "the connection ended early") {
		t.Errorf("got %q", got)
	}
	a = send(t, w, &worker.Request{Environ: environ("PATH_INFO", "/read_broken"), Body: []byte("abcd")})
	w.Gone(a.id())
	a.wait(t)
}

func TestFileWrapper(t *testing.T) {
	w := startRules(t)
	a := get(t, w, "PATH_INFO", "/wrapped_file")
	want := strings.Repeat("0123456789", 20_000)[5:][:150_000]
	if got := a.body(); got != want {
		t.Errorf("%d bytes, want %d", len(got), len(want))
	}
	if len(a.blocks[0].Text) != 64<<10 || len(a.lint) > 0 {
		t.Errorf("blocks of %d bytes, lint %+v", len(a.blocks[0].Text), a.lint)
	}
	if got := get(t, w, "PATH_INFO", "/wrapped_file_closed").body(); got != "True" {
		t.Errorf("closed: %s", got)
	}
}

// upload sends n bytes as the window allows.
func upload(t testing.TB, w *worker.Worker, n int) *answer {
	t.Helper()
	room := make(chan int, 1<<16)
	room <- wire.BodyWindow
	a := send(t, w, &worker.Request{Environ: environ("PATH_INFO", "/count")}, func(a *answer) {
		a.onRead = func(n int, _ bool) { room <- n }
	})
	piece := make([]byte, 64<<10)
	free := 0
	for left := n; left > 0; {
		p := piece[:min(len(piece), left)]
		for free < len(p) {
			select {
			case more := <-room:
				free += more
			case <-time.After(patience):
				t.Fatalf("no room with %d bytes left", left)
			}
		}
		w.Body(a.id(), p, left == len(p))
		free -= len(p)
		left -= len(p)
	}
	return a.wait(t)
}

func TestLargeBodiesInLittleMemory(t *testing.T) {
	size := 1 << 30
	if testing.Short() {
		size = 64 << 20
	}
	w := startRules(t)
	if got := upload(t, w, size).body(); got != strconv.Itoa(size) {
		t.Errorf("uploaded %s bytes of %d", got, size)
	}
	blocks := size / 100_000
	a := send(t, w, &worker.Request{Environ: environ("PATH_INFO", "/download", "QUERY_STRING", strconv.Itoa(blocks)), End: true},
		func(a *answer) { a.count = true }).wait(t)
	if a.bytes != blocks*100_000 {
		t.Errorf("downloaded %d bytes of %d", a.bytes, blocks*100_000)
	}
	peak, err := strconv.Atoi(get(t, w, "PATH_INFO", "/memory").body())
	if err != nil || peak > 100<<10 {
		t.Errorf("the worker's memory went up to %d KiB, %v", peak, err)
	}
}

func TestNoMoreThanTheWindow(t *testing.T) {
	w := startRules(t)
	a := send(t, w, &worker.Request{Environ: environ("PATH_INFO", "/download", "QUERY_STRING", "100"), End: true},
		func(a *answer) { a.hold, a.count = true, true })
	a.await(t, "the window to fill", func() bool { return a.bytes == wire.DataWindow })
	// Others are served meanwhile.
	get(t, w, "PATH_INFO", "/hello")
	a.mu.Lock()
	got := a.bytes
	a.mu.Unlock()
	if got != wire.DataWindow {
		t.Errorf("%d bytes without credit, want %d", got, wire.DataWindow)
	}
	w.Credit(a.id(), 100*100_000)
	a.wait(t)
	if a.bytes != 100*100_000 {
		t.Errorf("%d bytes in the end", a.bytes)
	}
}

func TestManyBodiesAtOnce(t *testing.T) {
	w := startRules(t)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			body := bytes.Repeat([]byte{byte('a' + i%26)}, 1000+i*977)
			a := send(t, w, &worker.Request{Environ: environ("PATH_INFO", "/read_all"), Body: body[:10]})
			for p := body[10:]; len(p) > 0; {
				n := min(len(p), 777)
				w.Body(a.id(), p[:n], n == len(p))
				p = p[n:]
			}
			select {
			case <-a.over:
			case <-time.After(patience):
				t.Errorf("request %d did not end", i)
				return
			}
			if got := a.body(); got != string(body)+"|" {
				t.Errorf("request %d: %d bytes, want %d", i, len(got), len(body)+1)
			}
		}()
	}
	wg.Wait()
}
