package wsgi_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// stops sets the places to stop at.
func (p *peer) stops(places ...string) {
	p.t.Helper()
	p.setStops(false, places...)
}

// setStops sets the places to stop at; judged says that a condition decides at each.
func (p *peer) setStops(judged bool, places ...string) {
	p.t.Helper()
	var stops []stepping.Stop
	for i, place := range places {
		s, err := stepping.ParseStop(place)
		if err != nil {
			p.t.Fatal(err)
		}
		s.ID, s.Judged = i+1, judged
		stops = append(stops, s)
	}
	p.send(wire.Frame{Kind: wire.Stops, Payload: wire.AppendStops(nil, stops)})
}

// parked waits for the nth stop of a request, from 1.
func (p *peer) parked(id uint32, n int) *parked {
	p.t.Helper()
	p.await(func() bool { return len(p.got[id].Parked) >= n || p.got[id].Ended })
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.got[id].Parked) < n {
		p.t.Fatalf("the request ended without a stop number %d; it stopped at %s", n, places(p.got[id]))
	}
	return p.got[id].Parked[n-1]
}

func (p *peer) resume(id uint32, c stepping.Command) {
	p.t.Helper()
	p.send(wire.Frame{Kind: wire.Resume, Request: id, Payload: wire.AppendResume(nil, c)})
}

func (s *parked) place() string {
	return strings.Join([]string{string(rune('0' + s.Stage)), s.Boundary}, " ")
}

func places(a *answer) []string {
	var list []string
	for _, s := range a.Parked {
		list = append(list, s.place())
	}
	return list
}

// walk resumes a request with the same action wherever it stops.
func (p *peer) walk(id uint32, action stepping.Action) *answer {
	p.t.Helper()
	for n := 1; ; n++ {
		p.await(func() bool { return len(p.got[id].Parked) >= n || p.got[id].Ended })
		p.mu.Lock()
		over := len(p.got[id].Parked) < n
		p.mu.Unlock()
		if over {
			return p.ended(id)
		}
		p.resume(id, stepping.Command{Action: action})
	}
}

func stacked(t *testing.T, app wsgi.Application, middlewares ...wsgi.Middleware) *peer {
	t.Helper()
	return dial(t, wsgi.NewStack(app, middlewares...).Application(), wsgi.Threads(2))
}

func TestStepThroughAStack(t *testing.T) {
	echo := func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		block := make([]byte, 10)
		n, _ := e.Input().Read(block)
		write := start("200 OK", plain, nil)
		_, _ = write([]byte("first "))
		return wsgi.Bytes(block[:n])
	}
	p := stacked(t, echo, tagged("t"), upper)
	p.stops("tagged")
	for action, want := range map[stepping.Action][]string{
		stepping.Continue: {"1 enter"},
		stepping.Step: {
			"1 enter", "2 enter", "3 enter", "3 input", "3 start_response", "2 start_response", "1 start_response",
			"3 write", "2 write", "1 write", "3 exit", "2 exit", "1 exit", "3 chunk", "2 chunk", "1 chunk", "3 close", "2 close",
			"1 close",
		},
		stepping.Over: {"1 enter", "1 exit", "1 chunk", "1 close"},
		stepping.Out:  {"1 enter"},
	} {
		id := p.request(environ("POST", "CONTENT_LENGTH", "3"), "abc", true)
		a := p.walk(id, action)
		if diff := cmp.Diff(want, places(a)); diff != "" || a.Body != "first ABC" {
			t.Errorf("%s: %s\n%+v", action, diff, a)
		}
	}
}

func TestOverAndOutFromWithin(t *testing.T) {
	p := stacked(t, hello, tagged("t"), upper)
	p.stops("hello")
	for action, want := range map[stepping.Action][]string{
		stepping.Over: {"3 enter", "3 exit", "2 exit", "1 exit", "1 chunk", "1 close"},
		stepping.Out:  {"3 enter", "2 start_response", "1 start_response"},
		stepping.Pass: {"3 enter"},
	} {
		a := p.walk(p.request(environ("GET"), "", true), action)
		if diff := cmp.Diff(want, places(a)); diff != "" {
			t.Errorf("%s: %s", action, diff)
		}
		paused := 0
		for _, e := range a.Events {
			if e.Kind == event.Paused {
				paused++
			}
		}
		if want := len(a.Parked); action != stepping.Pass && paused != want || action == stepping.Pass && paused != 0 {
			t.Errorf("%s: %d pauses were told of, at %d stops", action, paused, len(a.Parked))
		}
	}
}

// What a request is said never to meet it is not stopped at again; other places it is.
func TestNeverMet(t *testing.T) {
	p := stacked(t, hello, tagged("t"), upper)
	p.stops("hello:*", "hello:close")
	id := p.request(environ("GET"), "", true)
	p.parked(id, 1)
	p.resume(id, stepping.Command{Action: stepping.Pass, Never: []int{1}})
	if s := p.parked(id, 2); s.place() != "3 close" || !slices.Equal(s.Stops, []int{2}) {
		t.Errorf("stopped at %s by %v", s.place(), s.Stops)
	}
	p.resume(id, stepping.Command{Action: stepping.Continue})
	if a := p.ended(id); len(a.Parked) != 2 {
		t.Errorf("stopped at %v", places(a))
	}
}

func TestAbortAndGone(t *testing.T) {
	for name, end := range map[string]func(p *peer, id uint32){
		"abort": func(p *peer, id uint32) { p.resume(id, stepping.Command{Action: stepping.Abort}) },
		"gone":  func(p *peer, id uint32) { p.send(wire.Frame{Kind: wire.Gone, Request: id}) },
	} {
		t.Run(name, func(t *testing.T) {
			p := stacked(t, hello, tagged("t"), upper)
			p.stops("*:*")
			id := p.request(environ("GET"), "", true)
			p.parked(id, 1)
			end(p, id)
			a := p.ended(id)
			if len(a.Parked) != 1 || len(a.Raised) > 0 || a.Body != "" {
				t.Errorf("%+v", a)
			}
		})
	}
}

// What the outermost stage gave to start_response is told, though nobody waits for it.
func TestHeadThatNobodyWaitsFor(t *testing.T) {
	p := stacked(t, hello, tagged("t"), upper)
	p.stops("3:chunk")
	id := p.request(environ("GET"), "", true)
	p.parked(id, 1)
	p.resume(id, stepping.Command{Action: stepping.Abort})
	a := p.ended(id)
	var begun int
	for _, e := range a.Events {
		if r, is := e.Payload.(*event.Response); is && e.Stage == 1 {
			begun++
			if r.Status != "200 OK" || len(r.Headers) == 0 {
				t.Errorf("%+v", r)
			}
		}
	}
	if begun != 1 || len(a.Heads) > 0 {
		t.Errorf("told %d times; heads %v", begun, a.Heads)
	}
}

func TestParkedTakeNoThread(t *testing.T) {
	p := stacked(t, hello, tagged("t"), upper) // two threads
	p.stops("upper")
	var stopped []uint32
	for n := range 5 {
		id := p.request(environ("GET"), "", true)
		p.parked(id, 1)
		stopped = append(stopped, id)
		if n == 0 {
			p.stops("upper", "nowhere")
		}
	}
	p.stops()
	for range 20 {
		if a := p.do(environ("GET"), ""); a.Body != "HELLO, WORLD!\n" || len(a.Parked) > 0 {
			t.Errorf("%+v", a)
		}
	}
	for _, id := range stopped {
		p.resume(id, stepping.Command{Action: stepping.Continue})
		if a := p.ended(id); a.Body != "HELLO, WORLD!\n" {
			t.Errorf("%+v", a)
		}
	}
	for range 20 {
		p.do(environ("GET"), "")
	}
}

// An application that is no stack stops at its only stage.
func TestLoneApplicationStops(t *testing.T) {
	p := dial(t, hello)
	p.stops("*:*")
	a := p.walk(p.request(environ("GET"), "", true), stepping.Continue)
	want := []string{"1 enter", "1 start_response", "1 exit", "1 chunk", "1 close"}
	if diff := cmp.Diff(want, places(a)); diff != "" || !a.Sized || a.Body != "Hello, world!\n" {
		t.Errorf("%s\n%+v", diff, a)
	}
}

func TestStopEndsParkedWithTheConnection(t *testing.T) {
	p := stacked(t, hello, upper)
	p.stops("*")
	id := p.request(environ("GET"), "", true)
	p.parked(id, 1)
	_ = p.conn.Close()
	err := <-p.done
	p.done <- err
}
