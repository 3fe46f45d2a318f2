package devserver_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/stepping"
)

const onionApp = `
class Outer:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        environ["outer.seen"] = "yes"
        return self.app(environ, start_response)


class AuthMiddleware:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        environ.setdefault("REMOTE_USER", "nobody")

        def start(status, headers, exc_info=None):
            return start_response(status, headers + [("X-Auth", "1")], exc_info)

        for block in self.app(environ, start):
            yield block.upper()


def greet(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    for i in range(3 if environ["PATH_INFO"] == "/stream" else 1):
        yield b"hello " + environ["REMOTE_USER"].encode() + b"\n"


app = Outer(AuthMiddleware(greet))
`

// newPythonStand is a stand of real workers, of two threads, that has answered once.
func newPythonStand(t *testing.T, change ...func(*devserver.Config)) *stand {
	t.Helper()
	src, _, _ := pythonSource(t, onionApp, 2)
	change = append([]func(*devserver.Config){func(c *devserver.Config) { c.Source = src }}, change...)
	s := newStand(t, 0, change...)
	if got := <-s.ask("/first"); got != "200 HELLO NOBODY\n" {
		t.Fatal(got)
	}
	return s
}

func TestPythonStagesAreRecorded(t *testing.T) {
	s := newPythonStand(t)
	for _, path := range []string{"/one", "/stream"} {
		<-s.ask(path)
		events := s.events.of(t, path)
		request := events[0].Payload.(*event.Request)
		if request.App == nil || request.App.Name != "app.Outer" || !strings.HasSuffix(request.App.File, "app.py") {
			t.Errorf("%s: the application is %+v", path, request.App)
		}
		names := map[uint16]string{}
		latest := map[uint16]time.Duration{}
		spent := map[uint16]*event.Times{}
		blocks := map[uint16]int{}
		for i, e := range events {
			if e.Seq != uint32(i) {
				t.Errorf("%s: event %d has number %d", path, i, e.Seq)
			}
			if e.At < latest[e.Stage] {
				t.Errorf("%s: kind %d of stage %d is at %v, after %v", path, e.Kind, e.Stage, e.At, latest[e.Stage])
			}
			latest[e.Stage] = e.At
			switch p := e.Payload.(type) {
			case *event.Entered:
				names[e.Stage] = p.Stage.Name
			case *event.Times:
				spent[e.Stage] = p
			case *event.Block:
				blocks[e.Stage]++
			}
		}
		if names[2] != "app.AuthMiddleware" || names[3] != "app.greet" || len(names) != 2 {
			t.Errorf("%s: stages %v", path, names)
		}
		total := events[len(events)-1].At
		for stage := uint16(1); stage <= 3; stage++ {
			if p := spent[stage]; p == nil || p.Self > p.Total || p.Total > total+time.Millisecond {
				t.Errorf("%s: stage %d was at work for %+v of %v", path, stage, p, total)
			}
		}
		want := map[string]int{"/one": 1, "/stream": 3}[path]
		if blocks[2] != want || blocks[3] != want {
			t.Errorf("%s: blocks %v", path, blocks)
		}
	}
	if !s.knows("AuthMiddleware") || !s.knows("greet") {
		t.Errorf("stages: %+v", s.Stages())
	}
}

const replacingApp = `
import sys

def fails(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    raise ValueError("too late")


class Errors:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        try:
            return self.app(environ, start_response)
        except ValueError:
            start_response("500 Broken", [("Content-Type", "text/plain")], sys.exc_info())
            return [b"broken"]


app = Errors(fails)
`

// A response that is replaced was begun when it was, before what it was replaced for.
func TestWhatIsReplacedWasBegunBefore(t *testing.T) {
	src, _, _ := pythonSource(t, replacingApp, 2)
	s := newStand(t, 0, func(c *devserver.Config) { c.Source = src })
	if got := <-s.ask("/replaced"); got != "500 broken" {
		t.Fatal(got)
	}
	var begun []time.Duration
	var failed time.Duration
	for _, e := range s.events.of(t, "/replaced") {
		switch {
		case e.Stage == 0 && e.Kind == event.StartResponse:
			begun = append(begun, e.At)
		case e.Stage == 2 && e.Kind == event.Exception:
			failed = e.At
		}
	}
	if len(begun) != 2 || begun[0] > failed || begun[1] < failed {
		t.Errorf("begun at %v, failed at %v", begun, failed)
	}
}

// The promise of a breakpoint: a request parks, its environ is edited and it goes on, or it is answered there, or aborted,
// while others go on with all the threads there are.
func TestPythonRequestsAreStopped(t *testing.T) {
	s := newPythonStand(t)
	s.place(t, "AuthMiddleware:enter", func(state stepping.State) bool {
		d, _, _ := marshal.DecodeDict(state.Environ)
		return strings.HasPrefix(d.Str("PATH_INFO"), "/stop")
	})
	edited, answered, aborted := s.ask("/stop/edited"), s.ask("/stop/answered"), s.ask("/stop/aborted")
	states := s.await(t, 3)
	for i := range 20 {
		if got := <-s.ask(fmt.Sprintf("/other/%d", i)); got != "200 HELLO NOBODY\n" {
			t.Fatalf("another request: %s", got)
		}
	}
	for _, state := range states {
		d, _, err := marshal.DecodeDict(state.Environ)
		if err != nil || state.Stage.Name != "app.AuthMiddleware" || d.Str("outer.seen") != "yes" {
			t.Errorf("state: %+v, %v", state, err)
		}
		id := state.Exchange
		switch d.Str("PATH_INFO") {
		case "/stop/edited":
			s.command(t, id, stepping.Command{Action: stepping.Modify, Environ: map[string]string{"REMOTE_USER": "eve"}})
			s.command(t, id, stepping.Command{Action: stepping.Continue})
		case "/stop/answered":
			s.command(t, id, stepping.Command{Action: stepping.Respond, Status: "403 Forbidden", Block: []byte("no")})
		case "/stop/aborted":
			s.command(t, id, stepping.Command{Action: stepping.Abort})
		}
	}
	if got := <-edited; got != "200 HELLO EVE\n" {
		t.Errorf("edited: %s", got)
	}
	if got := <-answered; got != "403 no" {
		t.Errorf("answered: %s", got)
	}
	if got := <-aborted; !strings.HasPrefix(got, "error: ") {
		t.Errorf("aborted: %s", got)
	}
	events := s.events.of(t, "/stop/edited")
	var changed *event.Edit
	for _, e := range events {
		if p, ok := e.Payload.(*event.Edit); ok {
			changed = p
		}
	}
	if p := pauses(events); len(p) != 1 || p[0].Then != "continue" || p[0].Breakpoint != 7 || changed == nil || changed.Environ == nil {
		t.Errorf("pauses %+v, edit %+v", p, changed)
	} else if end := events[len(events)-1].At; end > time.Since(events[0].Payload.(*event.Request).Started)-p[0].Took/2 {
		t.Errorf("it took %v, with a pause of %v", end, p[0].Took)
	}
	if e := ending(t, s.events.of(t, "/stop/aborted")); e.Outcome != event.ClientGone || e.Reason != "aborted by hand at app.AuthMiddleware:enter" {
		t.Errorf("ending: %+v", e)
	}
	for _, path := range []string{"/other/0", "/other/19"} {
		if p := pauses(s.events.of(t, path)); len(p) > 0 {
			t.Errorf("%s was not meant: %+v", path, p[0])
		}
	}
}

// What the outermost stage gave to start_response is recorded where it is edited by hand: the server gets it edited.
func TestPythonHeadIsEdited(t *testing.T) {
	s := newPythonStand(t)
	s.place(t, "Outer:start_response", nil)
	answer := s.ask("/edited")
	id := s.await(t, 1)[0].Exchange
	for _, status := range []string{"201 Made", "202 Accepted"} {
		s.command(t, id, stepping.Command{Action: stepping.Modify, Status: status})
	}
	s.command(t, id, stepping.Command{Action: stepping.Continue})
	if got := <-answer; got != "202 HELLO NOBODY\n" {
		t.Error(got)
	}
	var begun []string
	for _, e := range s.events.of(t, "/edited") {
		switch p := e.Payload.(type) {
		case *event.Response:
			if e.Stage < 2 {
				begun = append(begun, fmt.Sprint(e.Stage, " ", p.Status, " ", len(p.Headers)))
			}
		case *event.Edit:
			begun = append(begun, p.Status)
		}
	}
	if got, want := strings.Join(begun, ", "), "1 200 OK 2, 201 Made, 202 Accepted, 0 202 Accepted 2"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// next waits until the one request that is stopped stands elsewhere, or has its answer, which is to be the given one.
func (s *stand) next(t *testing.T, before stepping.State, answer <-chan string, want string) (_ stepping.State, over bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if states := s.Parked(); len(states) == 1 && !states[0].Since.Equal(before.Since) {
			return states[0], false
		}
		select {
		case <-changed:
		case got := <-answer:
			if got != want {
				t.Errorf("answer: %q, want %q", got, want)
			}
			return stepping.State{}, true
		case <-deadline:
			t.Fatalf("nothing comes after %s of stage %d", before.Boundary, before.Index)
		}
	}
}

// Each boundary in turn, and the response meanwhile in pieces.
func TestPythonStepsThroughAStream(t *testing.T) {
	s := newPythonStand(t)
	s.place(t, "greet:enter", nil)
	answer := s.ask("/stream")
	state := s.await(t, 1)[0]
	s.Set(nil)
	var walked []string
	for over := false; !over; {
		walked = append(walked, fmt.Sprint(state.Index, ":", state.Boundary))
		s.command(t, state.Exchange, stepping.Command{Action: stepping.Step})
		state, over = s.next(t, state, answer, "200 HELLO NOBODY\nHELLO NOBODY\nHELLO NOBODY\n")
	}
	got := strings.Join(walked, " ")
	for _, part := range []string{"3:enter 3:", "3:start_response", "3:chunk 2:chunk"} {
		if !strings.Contains(got, part) {
			t.Errorf("walked %s, without %s", got, part)
		}
	}
}

func TestPythonWorkerEndsWhileStopped(t *testing.T) {
	s := newPythonStand(t)
	s.place(t, "AuthMiddleware", nil)
	answer := s.ask("/stopped")
	s.await(t, 1)
	ended := make(chan error, 1)
	go func() { ended <- s.end() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the server waits for a request that is stopped")
	}
	if got := <-answer; !strings.HasPrefix(got, "error: ") {
		t.Errorf("the client got %s", got)
	}
}

func TestPythonWithoutStages(t *testing.T) {
	src, _, _ := pythonSource(t, onionApp, 2, func(o *devserver.PythonOptions) { o.NoStages = true })
	s := newStand(t, 0, func(c *devserver.Config) { c.Source = src })
	s.place(t, "*:*", nil)
	if got := <-s.ask("/none"); got != "200 HELLO NOBODY\n" {
		t.Error(got)
	}
	for _, e := range s.events.of(t, "/none") {
		if r, ok := e.Payload.(*event.Request); e.Stage != 0 || ok && r.App != nil {
			t.Errorf("stage %d, kind %d", e.Stage, e.Kind)
		}
	}
}

// A request that is stopped outlives its build, and goes on in the worker that it began in.
func TestPythonBuildIsReplacedWhileStopped(t *testing.T) {
	s := newPythonStand(t)
	s.place(t, "AuthMiddleware", nil)
	answer := s.ask("/old")
	id := s.await(t, 1)[0].Exchange
	s.server.Rebuild("a test")
	s.events.await(t, "the second build", func(events []event.Event) bool {
		for _, e := range events {
			if b, ok := e.Payload.(*event.Build); ok && e.Kind == event.BuildDone && b.ID == 2 {
				return true
			}
		}
		return false
	})
	other := s.ask("/new")
	states := s.await(t, 2) // the new build knows the places too
	for _, state := range states {
		s.command(t, state.Exchange, stepping.Command{Action: stepping.Modify, Environ: map[string]string{"REMOTE_USER": fmt.Sprint("u", state.Exchange-id)}})
		s.command(t, state.Exchange, stepping.Command{Action: stepping.Continue})
	}
	if got := <-answer; got != "200 HELLO U0\n" {
		t.Errorf("the old build's: %s", got)
	}
	if got := <-other; got != "200 HELLO U1\n" {
		t.Errorf("the new build's: %s", got)
	}
	for path, want := range map[string]int{"/old": 1, "/new": 2} {
		if b := s.events.of(t, path)[0].Payload.(*event.Request).Build; b != want {
			t.Errorf("%s was served by build %d", path, b)
		}
	}
}

func TestPythonClientGoesWhileStopped(t *testing.T) {
	s := newPythonStand(t)
	s.place(t, "greet", nil)
	for range 3 { // more than there are threads
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(c, "GET /gone HTTP/1.1\r\nHost: a\r\n\r\n")
		s.await(t, 1)
		_ = c.Close()
		s.await(t, 0)
	}
	s.Set(nil)
	if e := ending(t, s.events.of(t, "/gone")); e.Outcome != event.ClientGone {
		t.Errorf("ending: %+v", e)
	}
	for range 5 {
		if got := <-s.ask("/after"); got != "200 HELLO NOBODY\n" {
			t.Fatal(got)
		}
	}
}
