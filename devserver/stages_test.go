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
	if !s.knows("app") || !s.knows("site.Auth") || s.knows("nobody") || len(s.Stages()) != 3 {
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
