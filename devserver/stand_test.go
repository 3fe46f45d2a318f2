package devserver_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
)

// stand is a server of fake workers with its stops.
type stand struct {
	*devserver.Stops
	server *devserver.Server
	url    string
	events *log
	end    func() error

	mu      sync.Mutex
	changed chan struct{}
}

func newStand(t *testing.T, timeout time.Duration, change ...func(*devserver.Config)) *stand {
	t.Helper()
	s := &stand{events: newLog(), changed: make(chan struct{})}
	s.Stops = devserver.NewStops(devserver.StopOptions{Timeout: timeout, Changed: func() {
		s.mu.Lock()
		close(s.changed)
		s.changed = make(chan struct{})
		s.mu.Unlock()
	}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := devserver.Config{
		Listeners: []net.Listener{l}, Source: fakeSource{threads: 2}, Threads: 2, Sink: s.events, OriginToken: "secret", Stops: s.Stops,
	}
	for _, f := range change {
		f(&cfg)
	}
	s.server, err = devserver.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.url = s.server.URL()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.server.Run(ctx) }()
	s.end = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() {
		if err := s.end(); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	if err := s.server.Built(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// knows says whether a stage was shown that a pattern matches.
func (s *stand) knows(pattern string) bool {
	return slices.ContainsFunc(s.Stages(), func(info event.StageInfo) bool { return stepping.Matches(pattern, &info, -1) })
}

// place sets one place to stop at.
func (s *stand) place(t *testing.T, text string, condition func(stepping.State) bool) {
	t.Helper()
	stop, err := stepping.ParseStop(text)
	if err != nil {
		t.Fatal(err)
	}
	stop.ID = 7
	s.Set([]devserver.Stop{{Stop: stop, Condition: condition}})
}

// await waits until so many are stopped.
func (s *stand) await(t *testing.T, n int) []stepping.State {
	t.Helper()
	return s.awaitThat(t, fmt.Sprintf("%d stopped", n), func(states []stepping.State) bool { return len(states) == n })
}

func (s *stand) awaitThat(t *testing.T, what string, ok func([]stepping.State) bool) []stepping.State {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		states := s.Parked()
		if ok(states) {
			return states
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("waited in vain for %s: %+v", what, states)
		}
	}
}

// ask sends a request; its answer comes later: status, a space, the body, or an error.
func (s *stand) ask(path string) <-chan string {
	answer := make(chan string, 1)
	go func() {
		// A connection of its own: a request that is cut off on one that was used before is sent again.
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		r, err := client.Get(s.url + path)
		if err != nil {
			answer <- "error: " + err.Error()
			return
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		answer <- fmt.Sprintf("%d %s", r.StatusCode, b)
		if err != nil {
			answer <- "error: " + err.Error()
		}
	}()
	return answer
}

func (s *stand) command(t *testing.T, exchange uint64, c stepping.Command) *stepping.State {
	t.Helper()
	state, err := s.Command(exchange, c)
	if err != nil {
		t.Fatalf("%s: %v", c.Action, err)
	}
	return state
}

func ending(t *testing.T, events []event.Event) *event.Ending {
	t.Helper()
	e, ok := events[len(events)-1].Payload.(*event.Ending)
	if !ok {
		t.Fatalf("the last of %s", kinds(events))
	}
	return e
}

// wentOn checks how a request has gone on that was stopped once.
func (s *stand) wentOn(t *testing.T, path, then string) {
	t.Helper()
	if p := pauses(s.events.of(t, path)); len(p) != 1 || p[0].Then != then {
		t.Errorf("pauses of %s: %+v", path, p)
	}
}

func pauses(events []event.Event) []*event.Pause {
	var all []*event.Pause
	for _, e := range events {
		if p, ok := e.Payload.(*event.Pause); ok {
			all = append(all, p)
		}
	}
	return all
}
