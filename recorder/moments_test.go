package recorder_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

func at(t *testing.T, w *recorder.Walk, stage int, boundary string) recorder.Standing {
	t.Helper()
	for i := range w.Moments {
		if m := w.Moments[i]; m.Stage == stage && m.Boundary == boundary {
			return w.At(i)
		}
	}
	t.Fatalf("no moment %d:%s in %+v", stage, boundary, w.Moments)
	return recorder.Standing{}
}

// An exchange of many stages has them in order, with their times, and its moments say how things stood.
func TestMoments(t *testing.T) {
	events := staged(4, 8, 100)
	x, w := recorder.Fold(events), recorder.Moments(events)
	if len(x.Stages) != 9 || x.Stages[8].Name != "site.middleware.Layer8" || x.Stages[8].Within != 7 {
		t.Fatalf("%+v", x.Stages)
	}
	if s := x.Stages[1]; s.TotalMS != .4 || s.SelfMS != .05 || s.EnterMS != .1 {
		t.Errorf("%+v", s)
	}
	if self := x.Stages[0].SelfMS; self != .8 {
		t.Errorf("the server's own time is %v", self)
	}
	if got := body(x); got != strings.Repeat("H", 100) {
		t.Error(got)
	}
	depth := 0
	for i := range w.Moments {
		s := w.At(i)
		depth = max(depth, s.Depth)
	}
	if depth != 8 {
		t.Errorf("depth %d", depth)
	}
	if s := at(t, w, 5, "enter"); len(s.Environ) != len(x.Environ)+4 || s.Status != "" {
		t.Errorf("%+v", s)
	}
	if s := at(t, w, 5, "start_response"); len(s.Headers) != 2+3 || s.AnswerBy != 5 || len(s.Changes.Headers.Added) != 1 {
		t.Errorf("%+v", s)
	}
	if s := at(t, w, 8, "chunk"); len(s.Body.Bytes) != 100 || s.Chunk == nil || s.Chunk.SHA256 != x.Response.Body.SHA256 {
		t.Errorf("%+v", s)
	}
	if s := w.At(len(w.Moments) - 1); s.Stage != 0 || s.Boundary != "exit" || !cmp.Equal(s.Body, x.Response.Body) {
		t.Errorf("%+v", s)
	}
	if first := w.Moments[1]; first.Stage != 1 || first.Boundary != "enter" || first.AtMS != .1 {
		t.Errorf("%+v", first)
	}
}

// What leaves a body that stage 1 has passed on as it was comes to the server, and through no stage but those that have gone
// through it. One that the request was stopped at is there.
func TestMomentsOfAnExceptionOfABodyPassedOn(t *testing.T) {
	for want, c := range map[string]struct {
		of    uint16
		pause bool
	}{
		"exception 3, exception 0": {of: 3}, "exception 3, exception 1": {of: 0}, "exception 3, exception 1, stopped": {of: 3, pause: true},
	} {
		s := newScript(nil).answer(1, "200 OK").enter(2).enter(3).exit(3).same(2, 3).chunk(1, "one")
		s.add(3, event.Exception, &event.Passed{Where: event.InIterate, Type: "E", Number: 1})
		if c.pause {
			s.paused(1, event.Exception, "step")
		}
		s.add(0, event.Exception, &event.Raised{Where: event.InIterate, Type: "E"}).add(1, event.Spent, &event.Times{Of: c.of})
		x, got := s.fold(), ""
		w := recorder.Moments(s.events)
		for i, m := range w.Moments {
			if m.Boundary != "exception" {
				continue
			}
			if got += fmt.Sprintf(", %s %d", m.Boundary, m.Stage); m.Pause != nil {
				got += ", stopped"
			} else if x.Stages[m.Stage].Exception == nil {
				t.Errorf("%s: stage %d was passed by none", want, m.Stage)
			}
			if at := w.At(i); m.Depth != m.Stage || string(at.Body.Bytes) != "one" && m.Stage < 2 {
				t.Errorf("%s: %+v", want, at)
			}
		}
		if got = strings.TrimPrefix(got, ", "); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

// The call of the outermost stage has returned before its body fails.
func TestMomentsOfABodyThatFails(t *testing.T) {
	s := newScript(nil).enter(2).exit(2)
	s.add(2, event.Exception, &event.Passed{Where: event.InIterate, Type: "ValueError", Number: 1})
	s.add(0, event.Exception, &event.Raised{Where: event.InIterate, Type: "ValueError"})
	s.add(0, event.StartResponse, &event.Response{Status: "500 Internal Server Error", Server: true})
	s.fold()
	var got []string
	for _, m := range recorder.Moments(s.events).Moments {
		got = append(got, fmt.Sprintf("%s %d", m.Boundary, m.Stage))
	}
	want := []string{"enter 0", "enter 1", "enter 2", "exit 2", "exception 2", "exit 1", "exception 1", "start_response 0", "exit 0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A generator function that is the outermost stage has returned before what its body enters, also where that fails before
// the head.
func TestMomentsOfAGenerator(t *testing.T) {
	s := newScript(nil)
	s.add(1, event.Exit, &event.Left{})
	s.enter(2).add(2, event.Exception, &event.Passed{Where: event.InCall, Type: "ValueError", Number: 1})
	s.add(0, event.Exception, &event.Raised{Where: event.InIterate, Type: "ValueError"})
	x, w := s.fold(), recorder.Moments(s.events)
	var got []string
	for _, m := range w.Moments {
		got = append(got, fmt.Sprintf("%s %d", m.Boundary, m.Stage))
	}
	want := []string{"enter 0", "enter 1", "exit 1", "enter 2", "exception 2", "exception 1", "close 1", "exit 0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	root := x.Stages[1]
	if enter, exit := w.Moments[1].AtMS, w.Moments[2].AtMS; enter != root.EnterMS || exit != root.ExitMS || enter >= exit {
		t.Errorf("entered at %v and left at %v: %+v", enter, exit, root)
	}
}

// The outermost stage has returned, and closes, when that is told: before what is told of the bodies within. A stop there is
// told after it.
func TestMomentsOfTheOutermostStage(t *testing.T) {
	s := newScript(nil).enter(2).answer(2, "200 OK").answer(1, "200 OK").exit(2)
	s.add(1, event.Paused, &event.Pause{Boundary: event.Exit, Took: time.Second, Then: "step"})
	s.add(1, event.Exit, &event.Left{Result: "site.Body"}).chunk(2, "a").chunk(1, "a")
	s.add(1, event.Close, nil)
	s.add(1, event.Paused, &event.Pause{Boundary: event.Close, Took: time.Second, Then: "continue"})
	s.add(2, event.Close, nil)
	x, w := s.fold(), recorder.Moments(s.events)
	var got []string
	for _, m := range w.Moments {
		text := fmt.Sprintf("%s %d", m.Boundary, m.Stage)
		if m.Pause != nil {
			text += ", then " + m.Pause.Then
		}
		got = append(got, text)
	}
	want := []string{
		"enter 0", "enter 1", "enter 2", "start_response 2", "start_response 1", "exit 2", "exit 1, then step", "chunk 2", "chunk 1",
		"close 1, then continue", "close 2", "exit 0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if m := w.Moments[6]; m.Result != "site.Body" || x.Stages[1].Result != "site.Body" || x.Stages[1].ExitMS != m.AtMS {
		t.Errorf("%+v, %+v", m, x.Stages[1])
	}
}

// Empty blocks of the outermost stage, of which the server sends nothing, are moments as those of the stages within, and hold
// back none of what it is stopped at.
func TestMomentsOfEmptyBlocks(t *testing.T) {
	s := newScript(nil).enter(2).answer(2, "200 OK").answer(1, "200 OK").exit(2)
	empty := func(stage int) {
		s.add(stage, event.Chunk, &event.Block{Bytes: []byte{}})
	}
	empty(2)
	s.add(1, event.Paused, &event.Pause{Boundary: event.Chunk, Took: time.Second, Then: "step"})
	empty(1)
	s.chunk(2, "a").chunk(1, "a")
	empty(1)
	s.add(1, event.Write, &event.Block{Bytes: []byte{}})
	x, w := s.fold(), recorder.Moments(s.events)
	var got []string
	for i, m := range w.Moments {
		if m.Boundary == "chunk" || m.Boundary == "write" || m.Boundary == "exit" {
			at := w.At(i)
			text := fmt.Sprintf("%s %d %d %v %q", m.Boundary, m.Stage, m.Size, at.Chunk != nil, at.Body.Bytes)
			if m.Pause != nil {
				text += ", then " + m.Pause.Then
			}
			if at.Body.Cut {
				text += ", cut"
			}
			got = append(got, text)
		}
	}
	want := []string{
		`exit 2 0 false ""`, `chunk 2 0 true ""`, `exit 1 0 false ""`, `chunk 1 0 true "", then step`, `chunk 2 1 true "a"`,
		`chunk 1 1 true "a"`, `chunk 1 0 true "a"`, `write 1 0 true "a"`, `exit 0 0 false "a"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := len(x.Stages[1].Chunks); n != 1 || len(x.Response.Chunks) != 1 || len(x.Stages[2].Chunks) != 2 {
		t.Errorf("%d chunks of stage 1: %+v", n, x.Stages)
	}
}

// What fails before it has called start_response was entered when that is told by itself.
func TestEnteredWithoutResponse(t *testing.T) {
	s := newScript(nil)
	s.enter(2).add(2, event.Exception, &event.Passed{Where: event.InCall, Type: "ValueError", Number: 1})
	s.add(0, event.Exception, &event.Raised{Where: event.InCall, Type: "ValueError"})
	s.add(1, event.Enter, &event.Entered{Stage: info("A")})
	s.events[len(s.events)-1].At = time.Microsecond
	x, w := s.fold(), recorder.Moments(s.events)
	if len(x.Stages) != 3 || x.Stages[1].EnterMS != .001 {
		t.Errorf("%+v", x.Stages)
	}
	if m := w.Moments[1]; m.Stage != 1 || m.Boundary != "enter" || m.AtMS != .001 {
		t.Errorf("%+v", w.Moments)
	}
}

// An exchange whose stages are not told apart has the moments of the server.
func TestMomentsWithoutStages(t *testing.T) {
	w := recorder.Moments(typical(1, 100))
	var got []string
	for _, m := range w.Moments {
		if m.Stage != 0 {
			t.Errorf("%+v", m)
		}
		got = append(got, m.Boundary)
	}
	if diff := cmp.Diff([]string{"enter", "start_response", "chunk", "close", "exit"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A walk reads back as it was written.
func TestMomentsJSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, err := json.Marshal(recorder.Moments(genEvents().Draw(t, "events")))
		if err != nil {
			t.Fatal(err)
		}
		var w recorder.Walk
		if err := json.Unmarshal(want, &w); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(&w); err != nil || string(got) != string(want) {
			t.Fatalf("%v\n%s\n%s", err, want, got)
		}
	})
}

// A header that has changed is one change, and another order of the same headers is one, too.
func TestCompareHeaders(t *testing.T) {
	a1, a2, b, c := recorder.Header{"X-A", "1"}, recorder.Header{"x-a", "2"}, recorder.Header{"B", "b"}, recorder.Header{"Set-Cookie", "c=1"}
	type headers = []recorder.Header
	for _, q := range []struct {
		before, now, added, removed headers
		changed                     [][2]recorder.Header
		moved                       bool
	}{
		{before: headers{a1, b, c}, now: headers{a1, b, c}},
		{now: headers{a1, b}, added: headers{a1, b}},
		{before: headers{a1, b, c}, now: headers{b, c, a1}, moved: true},
		{before: headers{a1, b, c}, now: headers{b, c, a2}, changed: [][2]recorder.Header{{a1, a2}}},
		{before: headers{c, c, b}, now: headers{c, b, a2}, added: headers{a2}, removed: headers{c}},
		{before: headers{c, b, c}, now: headers{b, c, c}, moved: true},
		{before: headers{a1, b}, now: headers{c, b, a2}, changed: [][2]recorder.Header{{a1, a2}}, added: headers{c}},
	} {
		d := recorder.CompareHeaders(q.before, q.now)
		changed, added, removed := d.Pairs()
		got := []any{changed, added, removed, d.Moved}
		if diff := cmp.Diff([]any{q.changed, q.added, q.removed, q.moved}, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%v, then %v (-want +got):\n%s", q.before, q.now, diff)
		}
	}
}
