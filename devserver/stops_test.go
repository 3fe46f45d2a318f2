package devserver_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
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

func pauses(events []event.Event) []*event.Pause {
	var all []*event.Pause
	for _, e := range events {
		if p, ok := e.Payload.(*event.Pause); ok {
			all = append(all, p)
		}
	}
	return all
}

func TestStageEventsAreRecorded(t *testing.T) {
	s := newStand(t, 0)
	for _, path := range []string{"/plain", "/stream"} {
		get(t, s.url+path)
		events := s.events.of(t, path)
		want := map[string]string{
			"/plain":  "0:1 1:15 2:1 3:1 0:3 3:7 2:7 3:5 3:6 3:16 2:16 1:16 0:5 0:6 0:7",
			"/stream": "0:1 1:15 2:1 3:1 0:3 3:7 2:7 3:5 0:5 3:5 0:5 3:5 0:5 3:6 3:16 2:16 0:7",
		}[path]
		var got []string
		at := time.Duration(0)
		for i, e := range events {
			got = append(got, fmt.Sprintf("%d:%d", e.Stage, e.Kind))
			if e.Seq != uint32(i) || e.At < at {
				t.Errorf("%s: event %d has number %d, and time %v after %v", path, i, e.Seq, e.At, at)
			}
			at = e.At
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", path, diff)
		}
		request := events[0].Payload.(*event.Request)
		if request.App == nil || request.App.Name != "site.Outer" {
			t.Errorf("%s: the application is %+v", path, request.App)
		}
		for _, e := range events {
			switch p := e.Payload.(type) {
			case *event.Response:
				if p.Entered <= 0 || p.Entered > e.At {
					t.Errorf("%s: entered at %v, answered at %v", path, p.Entered, e.At)
				}
			case *event.Entered:
				if p.Stage.Name != fakeStages[e.Stage].Name {
					t.Errorf("%s: stage %d is %+v", path, e.Stage, p.Stage)
				}
			}
		}
	}
	if !s.Known("app") || !s.Known("site.Auth") || s.Known("nobody") || len(s.Stages()) != 3 {
		t.Errorf("stages: %+v", s.Stages())
	}
}

// A worker that tells nonsense of its stages serves on.
func TestStagesThatCannotBeRead(t *testing.T) {
	s := newStand(t, 0)
	for range 2 {
		if status, body := get(t, s.url+"/garbage"); status != 200 || body != "hello <nil>" {
			t.Fatalf("%d %q", status, body)
		}
	}
	if e := ending(t, s.events.of(t, "/garbage")); e.Outcome != event.Done {
		t.Errorf("ending: %+v", e)
	}
	var said []string
	for _, e := range s.events.await(t, "a word of it", func([]event.Event) bool { return true }) {
		if text, ok := e.Payload.(*event.Text); ok {
			said = append(said, text.Text)
		}
	}
	if len(said) != 1 || !strings.Contains(said[0], "in stages is not recorded") {
		t.Errorf("said: %q", said)
	}
}

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
	if end := events[len(events)-1].At; end > total-told[0].Took {
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
	if e := ending(t, s.events.of(t, "/abort")); e.Outcome != event.ClientGone || e.Reason != "aborted at site.Auth:enter" {
		t.Errorf("ending: %+v", e)
	}
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
	if e := ending(t, s.events.of(t, "/stopped")); e.Outcome != event.WorkerGone {
		t.Errorf("ending: %+v", e)
	}
	// The worker that takes its place knows the places too.
	answer = s.ask("/stopped")
	s.command(t, s.await(t, 1)[0].Exchange, stepping.Command{Action: stepping.Continue})
	if got := <-answer; got != "200 hello <nil>" {
		t.Error(got)
	}
}

func TestTimeToAnswerStandsStill(t *testing.T) {
	const limit = 300 * time.Millisecond
	s := newStand(t, 2*limit, func(c *devserver.Config) { c.RequestTimeout = limit })
	s.place(t, "Auth", nil)
	if got := <-s.ask("/patient"); got != "200 hello <nil>" {
		t.Errorf("one that stood longer than it may take: %s", got)
	}
	answer := s.ask("/hold")
	s.command(t, s.await(t, 1)[0].Exchange, stepping.Command{Action: stepping.Continue})
	if got := <-answer; !strings.HasPrefix(got, "504 ") {
		t.Errorf("one that hangs afterwards: %s", got)
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
	if e := ending(t, s.events.of(t, "/stopped")); e.Outcome != event.ClientGone || !strings.HasPrefix(e.Reason, "aborted") {
		t.Errorf("ending: %+v", e)
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
	if got := <-warned; !strings.Contains(got, "as many requests are stopped") || !strings.Contains(got, "stopped=2") {
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

func TestSurgery(t *testing.T) {
	s := newStand(t, 0, func(c *devserver.Config) {
		c.Surgery = func(key string) (stepping.Surgery, bool) {
			return stepping.Surgery{Enter: "Auth", Skip: []string{"Gzip", "Etag"}}, key == "known"
		}
	})
	for field, want := range map[string]string{
		"12 secret known":  "200 entered Auth, skipped Gzip Etag",
		"12 secret":        "200 hello <nil>",
		"12 secret lost":   "500 ",
		"12 other known":   "200 hello <nil>", // nobody's who may ask for it
		"12 secretx known": "200 hello <nil>",
	} {
		r, err := http.NewRequest("GET", s.url+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Snifter-Origin", field)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if got := fmt.Sprintf("%d %s", response.StatusCode, b); err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, %v; want %s", field, got, err, want)
		}
	}
}
