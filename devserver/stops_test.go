package devserver_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/stepping"
)

func TestStopEditContinue(t *testing.T) {
	s := newStand(t, 0)
	s.place(t, "Auth:enter", nil)
	answer := s.ask("/who")
	state := s.await(t, 1)[0]
	if state.Stage.Name != "site.Auth" || state.Index != 2 || state.Boundary != "enter" || !cmp.Equal(state.Stops, []int{7}) ||
		!state.Until.IsZero() {
		t.Errorf("state: %+v", state)
	}
	if n := s.server.Status().Parked; n != 1 {
		t.Errorf("%d are parked by the status", n)
	}
	s.Set(nil) // what is stopped stays so, and others are not stopped
	for i := range 20 {
		if status, body := get(t, fmt.Sprintf("%s/other/%d", s.url, i)); status != 200 || body != "hello <nil>" {
			t.Fatalf("%d %q", status, body)
		}
	}
	for _, c := range []stepping.Command{
		{Action: stepping.Modify}, {Action: stepping.Modify, Status: "404 Not Found"}, {Action: stepping.Modify, Block: []byte{}},
		{Action: stepping.Respond}, {Action: "fly"},
	} {
		if _, err := s.Command(state.Exchange, c); !errors.Is(err, devserver.ErrImpossible) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	edited := s.command(t, state.Exchange, stepping.Command{Action: stepping.Modify, Environ: map[string]string{"REMOTE_USER": "eve"}})
	d, _, err := marshal.DecodeDict(edited.Environ)
	if err != nil || d.Str("REMOTE_USER") != "eve" || !edited.Since.Equal(state.Since) || !cmp.Equal(edited.Stops, []int{7}) {
		t.Errorf("edited: %+v, %v", edited, err)
	}
	if still := s.command(t, state.Exchange, stepping.Command{Action: stepping.Respond, Status: "200 Impossible"}); still == nil || still.Trouble != "that is no status" {
		t.Errorf("what can't be done: %+v", still)
	}
	stood := time.Since(state.Since)
	if after := s.command(t, state.Exchange, stepping.Command{Action: stepping.Continue}); after != nil {
		t.Errorf("continued: %+v", after)
	}
	if got := <-answer; got != "200 hello eve" {
		t.Errorf("answer: %s", got)
	}
	s.await(t, 0)
	if _, err := s.Command(state.Exchange, stepping.Command{Action: stepping.Continue}); !errors.Is(err, devserver.ErrNotStopped) {
		t.Errorf("one that is not stopped: %v", err)
	}
	events := s.events.of(t, "/who")
	told := pauses(events)
	if len(told) != 1 || told[0].Then != "continue" || told[0].Breakpoint != 7 || told[0].Took < stood {
		t.Fatalf("pauses: %+v, stood for %v", told, stood)
	}
	total := time.Since(events[0].Payload.(*event.Request).Started)
	// As exactly as the worker's clock is known, which is worth far less than a pause; see worker.Worker.
	if end := events[len(events)-1].At; end > total-told[0].Took/2 {
		t.Errorf("it took %v with a pause of %v within %v", end, told[0].Took, total)
	}
	for i, e := range events {
		if i > 0 && e.At < events[i-1].At {
			t.Errorf("event %d of kind %d is at %v, after %v", i, e.Kind, e.At, events[i-1].At)
		}
	}
}

func TestStopStepRespond(t *testing.T) {
	s := newStand(t, 0)
	s.place(t, "Auth:enter", nil)
	answer := s.ask("/step")
	state := s.await(t, 1)[0]
	for _, want := range []string{"site.app:enter", "site.app:exit"} {
		s.command(t, state.Exchange, stepping.Command{Action: stepping.Step})
		next := s.awaitThat(t, want, func(states []stepping.State) bool {
			return len(states) == 1 && states[0].Stage.Name+":"+states[0].Boundary == want
		})
		if len(next[0].Stops) != 0 {
			t.Errorf("a step ended at places: %v", next[0].Stops)
		}
	}
	s.command(t, state.Exchange, stepping.Command{Action: stepping.Continue})
	if got := <-answer; got != "200 hello <nil>" {
		t.Errorf("answer: %s", got)
	}
	var then []string
	for _, p := range pauses(s.events.of(t, "/step")) {
		then = append(then, p.Then)
	}
	if got := strings.Join(then, " "); got != "step step continue" {
		t.Errorf("pauses: %s", got)
	}
	s.place(t, "1", nil)
	answer = s.ask("/outermost")
	state = s.await(t, 1)[0]
	if state.Stage.Name != "site.Outer" || state.Index != 1 {
		t.Errorf("state: %+v", state)
	}
	s.command(t, state.Exchange, stepping.Command{Action: stepping.Continue})
	if got := <-answer; got != "200 hello <nil>" {
		t.Errorf("answer: %s", got)
	}
	s.place(t, "Auth", nil)
	answer = s.ask("/respond")
	state = s.await(t, 1)[0]
	s.command(t, state.Exchange, stepping.Command{Action: stepping.Respond, Status: "403 Forbidden", Block: []byte("no")})
	if got := <-answer; got != "403 no" {
		t.Errorf("answer: %s", got)
	}
}

// A command for a stop that the request has gone on from is not done where it has stopped since.
func TestCommandForAStop(t *testing.T) {
	s := newStand(t, 0)
	s.place(t, "*:*", func(state stepping.State) bool { return state.Index == 2 })
	answer := s.ask("/twice")
	state := s.await(t, 1)[0]
	if state.Nth != 1 || state.Place() != "site.Auth:enter" {
		t.Fatalf("stopped first: %+v", state)
	}
	id := state.Exchange
	s.Set(nil)
	s.command(t, id, stepping.Command{Action: stepping.Step, Nth: 1})
	next := s.awaitThat(t, "the next stop", func(states []stepping.State) bool { return len(states) == 1 && states[0].Nth == 2 })[0]
	for _, action := range []stepping.Action{stepping.Step, stepping.Continue, stepping.Abort} {
		_, err := s.Command(id, stepping.Command{Action: action, Nth: 1})
		if !errors.Is(err, stepping.ErrPast) || !strings.Contains(err.Error(), next.Place()) {
			t.Errorf("%s for the first stop: %v", action, err)
		}
	}
	s.command(t, id, stepping.Command{Action: stepping.Continue, Nth: 2})
	if got := <-answer; got != "200 hello <nil>" {
		t.Errorf("answer: %s", got)
	}
}

// Of two edits that were made of the same state the second is not done: it knows nothing of the first.
func TestCommandForAState(t *testing.T) {
	s := newStand(t, 0)
	s.place(t, "Auth", nil)
	answer := s.ask("/twice")
	state := s.await(t, 1)[0]
	edit := func(version int) error {
		now, err := s.Command(state.Exchange, stepping.Command{
			Action: stepping.Modify, Nth: state.Nth, Version: version, Environ: map[string]string{"REMOTE_USER": "eve"},
		})
		if err == nil && (now == nil || now.Version != version+1 || now.Nth != state.Nth) {
			t.Errorf("edited: %+v", now)
		}
		return err
	}
	if err := edit(state.Version); err != nil || state.Version != 1 {
		t.Fatalf("version %d: %v", state.Version, err)
	}
	if err := edit(1); !errors.Is(err, stepping.ErrChanged) || !strings.Contains(err.Error(), "site.Auth:enter") {
		t.Errorf("the same once more: %v", err)
	}
	if err := edit(2); err != nil {
		t.Errorf("of what stands there now: %v", err)
	}
	s.command(t, state.Exchange, stepping.Command{Action: stepping.Continue, Nth: 1})
	if got := <-answer; got != "200 hello eve" {
		t.Errorf("answer: %s", got)
	}
}

func TestConditions(t *testing.T) {
	s := newStand(t, 0)
	meant := func(state stepping.State) bool {
		d, _, _ := marshal.DecodeDict(state.Environ)
		return d.Str("PATH_INFO") == "/meant"
	}
	s.place(t, "*:*", meant)
	for range 3 {
		if status, body := get(t, s.url+"/other"); status != 200 || body != "hello <nil>" {
			t.Fatalf("%d %q", status, body)
		}
	}
	events := s.events.of(t, "/other")
	if p := pauses(events); len(p) > 0 || ending(t, events).Outcome != event.Done {
		t.Errorf("one that is not meant was paused: %+v", p)
	}
	answer := s.ask("/meant")
	id := s.await(t, 1)[0].Exchange
	s.Set(nil)
	s.command(t, id, stepping.Command{Action: stepping.Continue})
	if got := <-answer; got != "200 hello <nil>" {
		t.Error(got)
	}
}

func TestTimeToAnswerStandsStill(t *testing.T) {
	s := newStand(t, 0, func(c *devserver.Config) { c.RequestTimeout = 2 * time.Second })
	s.place(t, "Auth", nil)
	standing := s.ask("/patient")
	id := s.await(t, 1)[0].Exchange
	hanging := s.ask("/hold")
	for _, state := range s.await(t, 2) {
		if state.Exchange != id {
			s.command(t, state.Exchange, stepping.Command{Action: stepping.Continue})
		}
	}
	if got := <-hanging; !strings.HasPrefix(got, "504 ") {
		t.Errorf("one that hangs afterwards: %s", got)
	}
	// The other has stood for longer than that.
	s.command(t, id, stepping.Command{Action: stepping.Continue})
	if got := <-standing; got != "200 hello <nil>" {
		t.Errorf("one that stood longer than it may take: %s", got)
	}
}

// Requests behind one that is stopped, on its connection, wait for it.
func TestPipelineWhileStopped(t *testing.T) {
	s := newStand(t, 0)
	s.place(t, "Auth", func(state stepping.State) bool {
		d, _, _ := marshal.DecodeDict(state.Environ)
		return d.Str("PATH_INFO") == "/first"
	})
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n")
	id := s.await(t, 1)[0].Exchange
	s.command(t, id, stepping.Command{Action: stepping.Modify, Environ: map[string]string{"REMOTE_USER": "first"}})
	s.command(t, id, stepping.Command{Action: stepping.Continue})
	r := bufio.NewReader(c)
	for _, want := range []string{"hello first", "hello <nil>"} {
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(response.Body); err != nil || string(b) != want {
			t.Errorf("%q, %v; want %q", b, err, want)
		}
	}
}

func TestCrowdIsToldOf(t *testing.T) {
	warned := make(chan string, 8)
	s := newStand(t, 0, func(c *devserver.Config) { c.Log = slog.New(slog.NewTextHandler(lines(warned), nil)) })
	s.place(t, "Auth", nil)
	var answers []<-chan string
	for i := range 3 {
		answers = append(answers, s.ask(fmt.Sprintf("/%d", i)))
	}
	states := s.await(t, 3)
	if got := <-warned; !strings.Contains(got, "as many requests are stopped") || !strings.Contains(got, "threads, 2;") {
		t.Error(got)
	}
	for _, state := range states {
		s.command(t, state.Exchange, stepping.Command{Action: stepping.Continue})
	}
	for _, a := range answers {
		if got := <-a; got != "200 hello <nil>" {
			t.Error(got)
		}
	}
	if len(warned) > 0 {
		t.Errorf("it was said again: %s", <-warned)
	}
}

type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}
