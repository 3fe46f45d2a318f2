package wsgi_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// elsewhere calls the next stage, and ranges over its body, in other goroutines.
func elsewhere(next wsgi.Application) wsgi.Application {
	run := func(f func()) {
		done := make(chan any)
		go func() {
			defer func() { done <- recover() }()
			f()
		}()
		if v := <-done; v != nil {
			panic(v)
		}
	}
	return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		var body wsgi.Body
		run(func() { body = next(e, start) })
		return func(yield func([]byte, error) bool) {
			run(func() { body(yield) })
		}
	}
}

// Whatever is done to requests at whichever boundary, each ends, and the next ones are served: with places to stop at that
// come and go, more requests stopped than there are threads, and middlewares of every kind.
func TestStopsUnderLoad(t *testing.T) {
	const requests = 400
	stream := answering(func(yield func([]byte, error) bool) {
		for _, block := range []string{"Hello, ", "", "world!\n"} {
			if !yield([]byte(block), nil) {
				return
			}
		}
	})
	app := func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		switch e.Path() {
		case "/stream":
			return stream(e, start)
		case "/panic":
			panic(errRefused)
		case "/write":
			w := start("200 OK", plain, nil)
			_, _ = w.Write([]byte("written "))
			return wsgi.Blocks([]byte("a"), []byte("b"))
		}
		_, _ = e.Input().ReadLine(0)
		return hello(e, start)
	}
	p := dial(t, wsgi.NewStack(app, user, upper, wsgi.FromHTTPMiddleware(requestID), pulling, elsewhere, tagged("t")).Application(),
		wsgi.Threads(2))
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 2))
	paths := []string{"/", "/stream", "/panic", "/write"}
	sets := [][]string{{}, {"*:*"}, {"upper:chunk", "3:*"}, {"hello", "*:exception", "*:close"}, {"6:start_response"}}
	actions := []stepping.Action{
		stepping.Continue, stepping.Continue, stepping.Step, stepping.Over, stepping.Out, stepping.Pass, stepping.Raise, stepping.Respond,
		stepping.Modify, stepping.Abort,
	}
	var open []uint32
	resumed := map[uint32]int{}
	for sent := 0; sent < requests || len(open) > 0; {
		for sent < requests && len(open) < 8 {
			if random.IntN(10) == 0 {
				p.stops(sets[random.IntN(len(sets))]...)
			}
			open = append(open, p.request(environ("POST", "PATH_INFO", paths[random.IntN(len(paths))]), "line\n", true))
			sent++
		}
		id := open[random.IntN(len(open))]
		p.await(func() bool { return p.got[id].Ended || len(p.got[id].Parked) > resumed[id] })
		p.mu.Lock()
		ended := p.got[id].Ended
		p.mu.Unlock()
		if ended {
			for i, other := range open {
				if other == id {
					open = append(open[:i], open[i+1:]...)
					break
				}
			}
			continue
		}
		resumed[id]++
		p.resume(id, stepping.Command{
			Action: actions[random.IntN(len(actions))], Status: "200 By Hand", Headers: []event.Header{{Name: "X-By", Value: "hand"}},
			Block: []byte("by hand\n"), Message: "by hand", Environ: map[string]string{"X": "y"},
		})
	}
	p.stops()
	for range 4 {
		if a := p.do(environ("GET"), ""); a.Body != "HELLO, WORLD!\n" {
			t.Errorf("%+v", a)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	stopped := 0
	for id, a := range p.got {
		stopped += len(a.Parked)
		for _, r := range a.Raised {
			if !strings.Contains(r.Message, "refused") && !strings.Contains(r.Message, "by hand") {
				t.Errorf("request %d: %s", id, r.Message)
			}
		}
		last := map[uint16]wire.StageEvent{}
		for _, e := range a.Events {
			if before, ok := last[e.Stage]; ok && before.Kind == event.Spent {
				t.Fatalf("request %d: %s after the time of its stage was told\n%s\n%v", id, line(e), strings.Join(told(a.Events), "\n"), places(a))
			}
			last[e.Stage] = e
		}
	}
	if stopped < requests {
		t.Errorf("only %d stops were met", stopped)
	}
}
