package wsgi_test

import (
	"encoding/binary"
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

func TestThreads(t *testing.T) {
	const threads, requests = 3, 10
	var mu sync.Mutex
	inside, most := 0, 0
	release := make(chan struct{})
	p := dial(t, func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		mu.Lock()
		inside++
		most = max(most, inside)
		mu.Unlock()
		<-release
		mu.Lock()
		inside--
		mu.Unlock()
		return hello(nil, start)
	}, wsgi.Threads(threads))
	var ids []uint32
	for range requests {
		ids = append(ids, p.request(environ("GET"), "", true))
	}
	for range requests {
		release <- struct{}{}
	}
	for _, id := range ids {
		p.ended(id)
	}
	if most > threads {
		t.Errorf("%d requests were in the application at once", most)
	}
}

func TestSlowRequestHoldsUpNoOther(t *testing.T) {
	release := make(chan struct{})
	p := dial(t, func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		if e.Path() == "/slow" {
			<-release
		}
		return hello(e, start)
	}, wsgi.Threads(2))
	slow := p.request(environ("GET", "PATH_INFO", "/slow"), "", true)
	for range 100 {
		p.do(environ("GET"), "")
	}
	p.mu.Lock()
	if p.got[slow].Ended {
		t.Error("the slow request was answered early")
	}
	p.mu.Unlock()
	close(release)
	p.ended(slow)
}

// A thread that was woken for one request is not taken for idle when the next one comes.
func TestRequestBehindSlowOneInOneRead(t *testing.T) {
	release := make(chan struct{})
	p := dial(t, func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		if e.Path() == "/slow" {
			<-release
		}
		return hello(e, start)
	}, wsgi.Threads(4))
	for range 200 {
		p.do(environ("GET"), "") // a thread is idle now, or about to be
		slow, fast := p.next(), p.next()
		frames := wire.AppendFrame(nil, wire.Frame{
			Kind: wire.Request, Flags: wire.FlagEnd, Request: slow,
			Payload: requestPayload(environ("GET", "PATH_INFO", "/slow"), ""),
		})
		frames = wire.AppendFrame(frames, wire.Frame{
			Kind: wire.Request, Flags: wire.FlagEnd, Request: fast, Payload: requestPayload(environ("GET"), ""),
		})
		if _, err := p.conn.Write(frames); err != nil {
			t.Fatal(err)
		}
		p.ended(fast)
		release <- struct{}{}
		p.ended(slow)
	}
}

func TestGoexitCostsNoThread(t *testing.T) {
	p := dial(t, func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		if e.Path() == "/exit" {
			runtime.Goexit() // as a handler does that calls FailNow of a test
		}
		return hello(e, start)
	}, wsgi.Threads(1))
	var ids []uint32
	for range 20 {
		ids = append(ids, p.request(environ("GET", "PATH_INFO", "/exit"), "", true))
		ids = append(ids, p.request(environ("GET"), "", true))
	}
	for i, id := range ids {
		if a := p.ended(id); a.Broken != (i%2 == 0) {
			t.Errorf("request %d: broken is %v", i, a.Broken)
		}
	}
}

func TestStopDrains(t *testing.T) {
	release := make(chan struct{})
	p := dial(t, func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		<-release
		return hello(e, start)
	}, wsgi.Threads(1))
	ids := []uint32{p.request(environ("GET"), "", true), p.request(environ("GET"), "", true)}
	p.send(wire.Frame{Kind: wire.Stop})
	select {
	case err := <-p.done:
		t.Fatalf("ended before the requests were answered: %v", err)
	default:
	}
	close(release)
	for _, id := range ids {
		if a := p.ended(id); a.Body != "Hello, world!\n" {
			t.Errorf("got %+v", a)
		}
	}
	err := <-p.done
	p.done <- err
	if err != nil {
		t.Errorf("ServeConn returned %v", err)
	}
}

func TestLostServerEndsRequests(t *testing.T) {
	closed := make(chan struct{})
	p := dial(t, answering(func(yield func([]byte, error) bool) {
		defer close(closed)
		for yield([]byte("x"), nil) { //nolint:revive // the body is endless
		}
	}))
	p.mu.Lock()
	p.noAck = true
	p.mu.Unlock()
	id := p.request(environ("GET"), "", true)
	p.await(func() bool { return len(p.got[id].Body) > 0 })
	_ = p.conn.Close()
	<-closed
}

func TestMalformedFramesEndTheWorker(t *testing.T) {
	huge := binary.LittleEndian.AppendUint32(nil, 1<<31)
	for name, frame := range map[string][]byte{
		"an oversized frame": append(huge, make([]byte, 16)...),
		"a short request":    wire.AppendFrame(nil, wire.Frame{Kind: wire.Request, Request: 1, Payload: []byte{1}}),
		"no environ":         wire.AppendFrame(nil, wire.Frame{Kind: wire.Request, Request: 1, Payload: []byte{9, 0, 0, 0, 'x'}}),
		"an environ of another kind": wire.AppendFrame(nil, wire.Frame{
			Kind: wire.Request, Request: 1, Payload: []byte{1, 0, 0, 0, 'N'},
		}),
	} {
		t.Run(name, func(t *testing.T) {
			p := dial(t, hello)
			if _, err := p.conn.Write(frame); err != nil {
				t.Fatal(err)
			}
			err := <-p.done
			p.done <- err
			if !errors.Is(err, wire.ErrFrame) {
				t.Errorf("ServeConn returned %v", err)
			}
		})
	}
}

func TestUnknownFramesAreSkipped(t *testing.T) {
	p := dial(t, hello)
	p.send(wire.Frame{Kind: 200, Payload: []byte("?")})
	p.send(wire.Frame{Kind: wire.Load, Payload: []byte("a plan")})
	p.send(wire.Frame{Kind: wire.Credit, Request: 77, Payload: []byte{1, 0, 0, 0}})
	if a := p.do(environ("GET"), ""); a.Body != "Hello, world!\n" {
		t.Errorf("got %+v", a)
	}
}
