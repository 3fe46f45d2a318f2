package devserver_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/http1"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/stepping"
)

func TestStopTimesOut(t *testing.T) {
	s := newStand(t, 50*time.Millisecond)
	s.place(t, "Auth", nil)
	answer := s.ask("/late")
	if got := <-answer; got != "200 hello <nil>" {
		t.Error(got)
	}
	p := pauses(s.events.of(t, "/late"))
	if len(p) != 1 || p[0].Then != "timeout" || p[0].Took < 50*time.Millisecond {
		t.Errorf("pauses: %+v", p)
	}
	s.await(t, 0)
}

func TestAbort(t *testing.T) {
	s := newStand(t, 0)
	s.place(t, "Auth", nil)
	answer := s.ask("/abort")
	id := s.await(t, 1)[0].Exchange
	if state := s.command(t, id, stepping.Command{Action: stepping.Abort}); state != nil {
		t.Errorf("aborted: %+v", state)
	}
	if got := <-answer; !strings.HasPrefix(got, "error: ") {
		t.Errorf("the client got %s", got)
	}
	if e := ending(t, s.events.of(t, "/abort")); e.Outcome != event.ClientGone || e.Reason != "aborted by hand at site.Auth:enter" {
		t.Errorf("ending: %+v", e)
	}
	s.wentOn(t, "/abort", "abort")
}

func TestClientGoesWhileStopped(t *testing.T) {
	s := newStand(t, 0)
	s.place(t, "Auth", nil)
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(c, "GET /gone HTTP/1.1\r\nHost: a\r\n\r\n")
	s.await(t, 1)
	_ = c.Close()
	s.await(t, 0)
	if e := ending(t, s.events.of(t, "/gone")); e.Outcome != event.ClientGone {
		t.Errorf("ending: %+v", e)
	}
	s.wentOn(t, "/gone", "gone")
}

// A client that has the head that it asked for, and goes, leaves its request to who has stopped it.
func TestClientWithAllGoesWhileStopped(t *testing.T) {
	limits := http1.Limits{Linger: 10 * time.Millisecond, IdleTime: 2 * time.Second}
	s := newStand(t, 0, func(c *devserver.Config) { c.Limits = limits })
	s.place(t, "app:chunk", nil)
	address := strings.TrimPrefix(s.url, "http://")
	dial := func() net.Conn {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	conn := dial()
	fmt.Fprint(conn, "HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n")
	id := s.await(t, 1)[0].Exchange
	s.command(t, id, stepping.Command{Action: stepping.Continue})
	if _, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: "HEAD"}); err != nil {
		t.Fatal(err)
	}
	s.await(t, 1)
	_ = conn.Close()
	// One that is idle is closed long after it would have been given up.
	idle := dial()
	defer idle.Close()
	if _, err := idle.Read(make([]byte, 1)); err != io.EOF {
		t.Fatal(err)
	}
	s.Set(nil)
	s.command(t, id, stepping.Command{Action: stepping.Continue}) // an error where it was given up
	s.await(t, 0)
}

// What the server answers in the application's place comes last, whatever the worker's clock says.
func TestTheServersAnswerComesLast(t *testing.T) {
	s := newStand(t, 0)
	if got := <-s.ask("/fails"); !strings.HasPrefix(got, "500 ") {
		t.Error(got)
	}
	var last event.Event
	for _, e := range s.events.of(t, "/fails") {
		if e.Kind == event.StartResponse && e.Stage == 0 && e.At >= last.At {
			last = e
		}
	}
	if r, ok := last.Payload.(*event.Response); !ok || !r.Server {
		t.Errorf("the last response is %+v", last.Payload)
	}
}

func TestWorkerDiesWhileStopped(t *testing.T) {
	s := newStand(t, 0)
	s.place(t, "Auth", func(state stepping.State) bool {
		d, _, _ := marshal.DecodeDict(state.Environ)
		return d.Str("PATH_INFO") == "/stopped"
	})
	answer := s.ask("/stopped")
	s.await(t, 1)
	if got := <-s.ask("/exit"); !strings.HasPrefix(got, "500 ") {
		t.Errorf("the one that ended its worker: %s", got)
	}
	if got := <-answer; !strings.HasPrefix(got, "500 ") {
		t.Errorf("the one that was stopped: %s", got)
	}
	s.await(t, 0)
	events := s.events.of(t, "/stopped")
	if e := ending(t, events); e.Outcome != event.WorkerGone {
		t.Errorf("ending: %+v", e)
	}
	if p := pauses(events); len(p) != 1 || p[0].Then != "died" || p[0].Boundary != event.Enter || p[0].Breakpoint != 7 || p[0].Took <= 0 {
		t.Errorf("pauses: %+v", p)
	}
	// The worker that takes its place knows the places too.
	answer = s.ask("/stopped")
	s.command(t, s.await(t, 1)[0].Exchange, stepping.Command{Action: stepping.Continue})
	if got := <-answer; got != "200 hello <nil>" {
		t.Error(got)
	}
}

func TestNewBuildWhileStopped(t *testing.T) {
	s := newStand(t, 0)
	s.place(t, "Auth", nil)
	answer := s.ask("/old")
	id := s.await(t, 1)[0].Exchange
	s.Set(nil)
	s.server.Rebuild("a test")
	s.events.await(t, "the second build", func(events []event.Event) bool {
		for _, e := range events {
			if b, ok := e.Payload.(*event.Build); ok && e.Kind == event.BuildDone && b.ID == 2 {
				return true
			}
		}
		return false
	})
	if got := <-s.ask("/new"); got != "200 hello <nil>" {
		t.Error(got)
	}
	if b := s.events.of(t, "/new")[0].Payload.(*event.Request).Build; b != 2 {
		t.Errorf("the new one was served by build %d", b)
	}
	s.command(t, id, stepping.Command{Action: stepping.Modify, Environ: map[string]string{"REMOTE_USER": "old"}})
	s.command(t, id, stepping.Command{Action: stepping.Continue})
	if got := <-answer; got != "200 hello old" {
		t.Error(got)
	}
}

func TestServerEndsWhileStopped(t *testing.T) {
	s := newStand(t, 0, func(c *devserver.Config) { c.DrainTime = time.Minute })
	s.place(t, "Auth", nil)
	answer := s.ask("/stopped")
	s.await(t, 1)
	if err := s.end(); err != nil {
		t.Error(err)
	}
	if got := <-answer; !strings.HasPrefix(got, "error: ") {
		t.Errorf("the client got %s", got)
	}
	if e := ending(t, s.events.of(t, "/stopped")); e.Outcome != event.ClientGone || e.Reason != "snifter ended while it was stopped at site.Auth:enter" {
		t.Errorf("ending: %+v", e)
	}
	s.wentOn(t, "/stopped", "gone")
}
