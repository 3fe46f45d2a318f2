package devserver_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
)

// stagesAndKinds is of whom events are, and of which kind, once they have been found to be in order.
func stagesAndKinds(t *testing.T, events []event.Event) string {
	t.Helper()
	var got []string
	at := time.Duration(0)
	for i, e := range events {
		got = append(got, fmt.Sprintf("%d:%d", e.Stage, e.Kind))
		if e.Seq != uint32(i) || e.At < at {
			t.Errorf("event %d has number %d, and time %v after %v", i, e.Seq, e.At, at)
		}
		at = e.At
	}
	return strings.Join(got, " ")
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
		if diff := cmp.Diff(want, stagesAndKinds(t, events)); diff != "" {
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
	if !s.knows("app") || !s.knows("site.Auth") || s.knows("nobody") || len(s.Stages()) != 3 {
		t.Errorf("stages: %+v", s.Stages())
	}
}

// A response that goes ahead of what led to it reaches the client at once, and is recorded as any other.
func TestAnswersGoAhead(t *testing.T) {
	s := newStand(t, 0)
	answers := map[string]string{"/ahead": "hello <nil>", "/stream?ahead": "012"}
	for path, want := range answers {
		if status, body := get(t, s.url+path); status != 200 || body != want {
			t.Fatalf("%s: %d %q", path, status, body)
		}
	}
	get(t, s.url+"/release")
	for path, text := range answers {
		events := s.events.of(t, path)
		want := map[string]string{
			"/ahead":        "0:1 1:15 2:1 3:1 0:3 3:7 2:7 3:5 3:6 0:5 0:6 3:16 2:16 1:16 0:7",
			"/stream?ahead": "0:1 1:15 2:1 3:1 0:3 3:7 2:7 3:5 0:5 3:5 0:5 3:5 0:5 3:6 3:16 2:16 0:7",
		}[path]
		if diff := cmp.Diff(want, stagesAndKinds(t, events)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", path, diff)
		}
		if e := ending(t, events); e.Outcome != event.Done || !e.Closed || len(e.WireHead) == 0 {
			t.Errorf("%s: ending: %+v", path, e)
		}
		if got := body(events); got != text {
			t.Errorf("%s: recorded %q", path, got)
		}
	}
}

// Whatever becomes of a request afterwards, a response that went ahead was one.
func TestAfterAnAnswerThatWentAhead(t *testing.T) {
	release := func(s *stand) { s.ask("/release") }
	for _, c := range []struct {
		name, path string
		timeout    time.Duration
		after      func(s *stand)
	}{
		{"the client closes the connection", "/ahead", 0, release},
		{"the worker ends", "/dies", 0, release},
		{"what led to it takes too long", "/ahead", 2 * time.Second, func(*stand) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStand(t, 0, func(to *devserver.Config) { to.RequestTimeout = c.timeout })
			if got := <-s.ask(c.path); got != "200 hello <nil>" {
				t.Fatal(got)
			}
			c.after(s)
			events := s.events.of(t, c.path)
			if e := ending(t, events); e.Outcome != event.Done || body(events) != "hello <nil>" {
				t.Errorf("ending %+v after %q", e, body(events))
			}
		})
	}
}

// body is what was recorded of a response's body.
func body(events []event.Event) string {
	text := ""
	for _, e := range events {
		if d, ok := e.Payload.(*event.Data); ok && e.Stage == 0 && e.Kind == event.Chunk {
			text += string(d.Bytes)
		}
	}
	return text
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

// What is wrong with the environ that a surgery gives is nobody's fault who is called with it: whoever made it was told of.
func TestFindingsOfASurgery(t *testing.T) {
	s := newStand(t, 0, func(c *devserver.Config) {
		c.Surgery = func(string) (stepping.Surgery, bool) { return stepping.Surgery{Enter: "Auth"}, true }
	})
	for path, want := range map[string][]uint16{"/wrong?whole": {1, 2}, "/wrong?entered": {2}} {
		r, err := http.NewRequest("GET", s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if path == "/wrong?entered" {
			r.Header.Set("Snifter-Origin", "12 secret key")
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		var got []uint16
		for _, e := range s.events.of(t, path) {
			if e.Kind == event.Lint {
				got = append(got, e.Stage)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}
