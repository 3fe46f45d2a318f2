package examples_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
)

// served is a server of an example, with what it records and the places at which it stops.
type served struct {
	t     *testing.T
	url   string
	stops *devserver.Stops
	// client never asks again on its own account, as it would on a connection that it had used before.
	client *http.Transport

	mu     sync.Mutex
	events map[uint64][]event.Event
	more   chan struct{} // closed and made anew when anything has changed
}

func (s *served) Emit(events ...event.Event) {
	s.mu.Lock()
	for _, e := range events {
		s.events[e.Exchange] = append(s.events[e.Exchange], e)
	}
	s.mu.Unlock()
	s.changed()
}

func (s *served) changed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.more)
	s.more = make(chan struct{})
}

func (s *served) await(what string, done func() bool) {
	s.t.Helper()
	timeout := time.After(time.Minute)
	for {
		s.mu.Lock()
		more := s.more
		s.mu.Unlock()
		if done() {
			return
		}
		select {
		case <-more:
		case <-timeout:
			s.t.Fatalf("%s did not come", what)
		}
	}
}

// exchange waits for an exchange's end.
func (s *served) exchange(id uint64) *recorder.Exchange {
	s.t.Helper()
	var events []event.Event
	s.await(fmt.Sprintf("the end of exchange %d", id), func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		events = s.events[id]
		return len(events) > 0 && events[len(events)-1].Kind == event.Exit && events[len(events)-1].Stage == 0
	})
	return recorder.Fold(events)
}

func (s *served) parked() stepping.State {
	s.t.Helper()
	var states []stepping.State
	s.await("a request that is parked", func() bool {
		states = s.stops.Parked()
		return len(states) > 0
	})
	return states[0]
}

func serve(t *testing.T, name string) *served {
	t.Helper()
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	source, err := devserver.GoSource(devserver.GoOptions{Dir: root, Package: "./" + name, Env: os.Environ(), Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	s := &served{t: t, client: &http.Transport{DisableKeepAlives: true}, events: map[uint64][]event.Event{}, more: make(chan struct{})}
	s.stops = devserver.NewStops(devserver.StopOptions{Changed: s.changed})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + l.Addr().String()
	server, err := devserver.New(devserver.Config{
		Source: source, Sink: s, Threads: 2, Listeners: []net.Listener{l}, Stops: s.stops,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s
}

type reply struct {
	*http.Response
	body string
	err  error
}

func (s *served) get(path string, headers ...string) reply {
	r, err := http.NewRequest("GET", s.url+path, nil)
	if err != nil {
		return reply{err: err}
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	resp, err := (&http.Client{Transport: s.client}).Do(r)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return reply{resp, string(body), err}
}

// Each middleware of the onion, WSGI's or net/http's, is a stage by its name, and to blame for what it did.
func TestOnionIsRecorded(t *testing.T) {
	s := serve(t, "onion")
	if r := s.get("/", "Cookie: user=ada", "Accept-Encoding: gzip"); r.err != nil || r.StatusCode != 200 {
		t.Fatalf("%+v", r)
	}
	x := s.exchange(1)
	var names []string
	byName := map[int]string{}
	for _, stage := range x.Stages {
		names = append(names, stage.Name)
		byName[stage.Index] = stage.Name
		if stage.Index > 0 && (stage.Line == 0 || stage.File == "" || stage.SelfMS < 0 || stage.TotalMS < stage.SelfMS || !stage.Closed) {
			t.Errorf("stage %+v", stage)
		}
	}
	if diff := cmp.Diff([]string{"server", "main.Timing", "main.Recover", "main.Gzip", "main.User", "http.ServeMux"}, names); diff != "" {
		t.Error(diff)
	}
	blamed := map[string]string{"status": byName[x.Blame.Status]}
	for name, stage := range x.Blame.Headers {
		if stage > 0 {
			blamed[name] = byName[stage]
		}
	}
	for name, stage := range x.Blame.Environ {
		blamed[name] = byName[stage]
	}
	for _, span := range x.Blame.Body {
		blamed["body"] = byName[span.Stage]
	}
	if diff := cmp.Diff(map[string]string{
		"status": "http.ServeMux", "Content-Type": "http.ServeMux", "Set-Cookie": "http.ServeMux", "Content-Encoding": "main.Gzip",
		"Vary": "main.Gzip", "Content-Length": "main.Recover", "Server-Timing": "main.Timing", "REMOTE_USER": "main.User", "body": "main.Gzip",
	}, blamed); diff != "" || len(x.Lint) > 0 {
		t.Errorf("%s\n%+v", diff, x.Lint)
	}

	if r := s.get("/broken"); r.StatusCode != 500 || !strings.Contains(r.body, "Something broke") {
		t.Fatalf("%+v", r)
	}
	x = s.exchange(2)
	for _, stage := range x.Stages {
		if stage.Rose != (stage.Name == "http.ServeMux") {
			t.Errorf("%s: %+v", stage.Name, stage.Exception)
		}
	}
	if len(x.Lint) > 0 {
		t.Errorf("%+v", x.Lint)
	}
}

// A request that is stopped in one stage is edited, and goes on; answered there; or aborted. Others finish meanwhile.
func TestOnionStops(t *testing.T) {
	s := serve(t, "onion")
	stop, err := stepping.ParseStop("main.User:enter")
	if err != nil {
		t.Fatal(err)
	}
	stop.ID = 7
	s.stops.Set([]devserver.Stop{{Stop: stop, Condition: func(at stepping.State) bool {
		return strings.Contains(string(at.Environ), "/private")
	}}})
	for name, tt := range map[string]struct {
		commands []stepping.Command
		want     func(r reply) bool
	}{
		"edited": {[]stepping.Command{
			{Action: stepping.Modify, Environ: map[string]string{"HTTP_COOKIE": "user=eve"}}, {Action: stepping.Continue},
		}, func(r reply) bool { return r.StatusCode == 200 && r.body == "For eve alone.\n" }},
		"answered": {[]stepping.Command{{
			Action: stepping.Respond, Status: "418 I'm a teapot", Headers: []event.Header{{Name: "X-By", Value: "hand"}}, Block: []byte("tea\n"),
		}}, func(r reply) bool { return r.StatusCode == 418 && r.Header.Get("X-By") == "hand" && r.body == "tea\n" }},
		"raised": {[]stepping.Command{{Action: stepping.Raise, Message: "by hand"}},
			func(r reply) bool { return r.StatusCode == 500 && strings.Contains(r.body, "Something broke: by hand") }},
		"aborted": {[]stepping.Command{{Action: stepping.Abort}}, func(r reply) bool { return r.err != nil }},
	} {
		t.Run(name, func(t *testing.T) {
			got := make(chan reply, 1)
			go func() { got <- s.get("/private") }()
			at := s.parked()
			if at.Stage.Name != "main.User" || at.Boundary != "enter" || !cmp.Equal(at.Stops, []int{7}) {
				t.Errorf("%+v", at)
			}
			for range 20 {
				if r := s.get("/"); r.err != nil || r.StatusCode != 200 {
					t.Errorf("%+v", r)
				}
			}
			for _, c := range tt.commands {
				if _, err := s.stops.Command(at.Exchange, c); err != nil {
					t.Error(err)
				}
			}
			r := <-got
			if !tt.want(r) {
				t.Errorf("%+v", r)
			}
			x := s.exchange(at.Exchange)
			for _, stage := range x.Stages {
				if (len(stage.Pauses) > 0) != (stage.Name == "main.User") && name != "aborted" {
					t.Errorf("%s: %+v", stage.Name, stage.Pauses)
				}
			}
		})
	}
}

// What breaks the protocol is found where it happens, and blamed on the stage that did it.
func TestBrokenStagesAreBlamed(t *testing.T) {
	s := serve(t, filepath.Join("testdata", "broken"))
	for i, tt := range []struct{ path, stage, rule string }{
		{"/", "", ""},
		{"/drops", "main.Drops", "close-not-called"},
		{"/lengthens", "main.Lengthens", "content-length-exceeded"},
		{"/spoils", "main.Spoils", "environ-not-text"},
		{"/hops", "main.app", "hop-by-hop-header"},
	} {
		if r := s.get(tt.path); r.err != nil && tt.rule != "content-length-exceeded" {
			t.Errorf("%s: %v", tt.path, r.err)
		}
		x := s.exchange(uint64(i + 1))
		var got []string
		for _, l := range x.Lint {
			got = append(got, x.Stages[l.Stage].Name+" "+l.Rule)
		}
		want := []string{tt.stage + " " + tt.rule}
		if tt.rule == "" {
			want = nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s\n%+v", tt.path, diff, x.Lint)
		}
	}
}
