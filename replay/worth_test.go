package replay_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// TestWorthOfHooks: what a framework calls of a middleware by itself is the middleware's worth, if it is not called without it.
func TestWorthOfHooks(t *testing.T) {
	layer := &event.StageInfo{Name: "app.Session", Kind: "django", Role: "middleware"}
	hook := &event.StageInfo{Name: "app.Session.process_response", Kind: "django", Role: "process_response"}
	further := &event.StageInfo{Name: "app.SessionToo.process_response", Kind: "django", Role: "process_response"}
	events := layered(7, "hello\n")
	for i := range events {
		if e, ok := events[i].Payload.(*event.Entered); ok && e.Stage == session {
			e.Stage = layer
		}
	}
	end := events[len(events)-1]
	events = events[:len(events)-1]
	for i, stage := range []*event.StageInfo{hook, further} {
		events = append(events,
			event.Event{Kind: event.Enter, Stage: uint16(4 + i), Payload: &event.Entered{Stage: stage, Within: 2}},
			event.Event{Kind: event.Exit, Stage: uint16(4 + i), Payload: &event.Left{Result: "Response"}},
			event.Event{Kind: event.Spent, Stage: uint16(4 + i), Payload: &event.Times{Total: 7e6, Self: 7e6}})
	}
	events = append(events, end)
	for i := range events {
		events[i].Exchange, events[i].Seq = 7, uint32(i)
	}
	got, _ := operatedAmong(t, events, replay.Surgery{Skip: []string{"Session"}}, whole, without)
	if w := got.Outcome.Worth; w == nil || w.MS != 9 || !cmp.Equal(w.Stages, []string{"app.Session"}) {
		t.Errorf("%+v", w)
	}
}

// TestWorthIsNoNoise: what differs with all stages, too, is no stage's worth; what is missing without one is, though its
// value is another each time.
func TestWorthIsNoNoise(t *testing.T) {
	field := func(name, value string) recorder.Header { return recorder.Header{name, value} }
	cookie, request := field("Set-Cookie", "sid=2"), field("X-Build", "b")
	for name, c := range map[string]struct {
		whole, without answer
		worth          []recorder.Header
		body, status   bool
	}{
		"a header of another stage": {
			whole:   answer{status: "200 OK", headers: []recorder.Header{plain[0], cookie, request}, body: "hello\n"},
			without: answer{status: "200 OK", headers: []recorder.Header{plain[0], cookie, field("X-Build", "c")}, body: "hello\n"},
		},
		"another session each time": {
			whole:   answer{status: "200 OK", headers: []recorder.Header{plain[0], cookie}, body: "hello\n"},
			without: answer{status: "200 OK", headers: []recorder.Header{plain[0], field("Set-Cookie", "sid=3")}, body: "hello\n"},
		},
		"no session without it": {
			whole:   answer{status: "200 OK", headers: []recorder.Header{plain[0], cookie}, body: "hello\n"},
			without: answer{status: "200 OK", headers: plain, body: "hello\n"}, worth: []recorder.Header{{"Set-Cookie", "sid=1"}},
		},
		"no session with it either": {
			whole:   answer{status: "200 OK", headers: plain, body: "hello\n"},
			without: answer{status: "200 OK", headers: plain, body: "hello\n"},
		},
		"a body that counts": {
			whole:   answer{status: "200 OK", headers: whole.headers, body: "hello 2\n"},
			without: answer{status: "200 OK", headers: whole.headers, body: "hello 3\n"},
		},
		"a body without more": {
			whole:   answer{status: "200 OK", headers: whole.headers, body: "hello\n"},
			without: answer{status: "200 OK", headers: whole.headers, body: "good bye\n"}, body: true,
		},
		"a status that is another with it, too": {
			whole:   answer{status: "403 Forbidden", headers: whole.headers, body: "no\n"},
			without: answer{status: "403 Forbidden", headers: whole.headers, body: "no\n"},
		},
		"a status that is another without it": {
			whole:   answer{status: "403 Forbidden", headers: whole.headers, body: "no\n"},
			without: answer{status: "404 Not Found", headers: whole.headers, body: "nothing\n"}, status: true, body: true,
		},
		"a body that counts, and another status without it": {
			whole:   answer{status: "200 OK", headers: whole.headers, body: "hello 2\n"},
			without: answer{status: "404 Not Found", headers: whole.headers, body: "nothing\n"}, status: true, body: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := operatedAmong(t, layered(7, "hello\n"), replay.Surgery{Skip: []string{"Session"}}, c.whole, func() answer { return c.without })
			w := got.Outcome.Worth
			if diff := cmp.Diff(c.worth, w.Headers.Added, cmpopts.EquateEmpty()); diff != "" || len(w.Headers.Removed) > 0 || w.Body.Differs != c.body || (w.Status != nil) != c.status {
				t.Errorf("%+v; headers (-want +got):\n%s", w, diff)
			}
			want := replay.Noise
			if c.body || c.status || len(c.worth) > 0 {
				want = replay.Changed
			}
			if got.Outcome.Verdict != want {
				t.Errorf("%+v", got.Outcome)
			}
		})
	}
}

// TestWorthOfAnOrder: headers of one name that stand in another order without a stage, or are less, are its worth.
func TestWorthOfAnOrder(t *testing.T) {
	field := func(value string) recorder.Header { return recorder.Header{"X-Way", value} }
	with := answer{status: "200 OK", headers: []recorder.Header{plain[0], field("a"), field("b"), field("a")}, body: "hello\n"}
	for name, c := range map[string]struct {
		without      []recorder.Header
		added, moved int
	}{
		"another order": {[]recorder.Header{plain[0], field("b"), field("a"), field("a")}, 0, 1},
		"less often":    {[]recorder.Header{plain[0], field("a"), field("b")}, 1, 0},
	} {
		events := layered(7, "hello\n")
		for i := range events {
			if p, ok := events[i].Payload.(*event.Response); ok {
				p.Headers = nil
				for _, h := range with.headers {
					p.Headers = append(p.Headers, event.Header{Name: h[0], Value: h[1]})
				}
			}
		}
		got, _ := operatedAmong(t, events, replay.Surgery{Skip: []string{"Session"}}, with,
			func() answer { return answer{status: "200 OK", headers: c.without, body: "hello\n"} })
		if w := got.Outcome.Worth; len(w.Headers.Added) != c.added || len(w.Headers.Moved) != c.moved || len(w.Headers.Removed) > 0 {
			t.Errorf("%s: %+v", name, w.Headers)
		}
	}
}

// TestWorthOfARenewal: a session that is renewed now and then is worth of its stage where all stages renew it now, too.
func TestWorthOfARenewal(t *testing.T) {
	for _, c := range []struct {
		whole answer
		want  int
	}{
		{answer{status: "200 OK", headers: append(plain[:1:1], recorder.Header{"Set-Cookie", "sid=2"}), body: "hello\n"}, 1},
		{without(), 0},
	} {
		events := layered(7, "hello\n")
		events[0].Payload.(*event.Request).Head = []byte("GET / HTTP/1.1\r\nHost: a\r\nCookie: sid=0\r\n\r\n")
		got, _ := operatedAmong(t, events, replay.Surgery{Skip: []string{"Session"}}, c.whole, without)
		if w := got.Outcome.Worth; len(w.Headers.Added) != c.want {
			t.Errorf("with %v by all stages: %+v", c.whole.headers, w.Headers)
		}
	}
}

// TestWorthWithinASession: a session that the stage which is left out hands out is carried all the same.
func TestWorthWithinASession(t *testing.T) {
	server := serveRecorded(t, func(h event.Head, _ []byte) answer {
		cookie, operated := "", false
		for _, field := range h.Headers {
			switch field.Name {
			case "Cookie":
				cookie = field.Value
			case replay.OriginHeader:
				operated = len(strings.Fields(field.Value)) == 3
			}
		}
		switch {
		case operated && cookie != "", cookie == "sid=1":
			return answer{status: "403 Forbidden", headers: plain, body: "no\n"}
		case operated || cookie != "":
			return without()
		}
		return answer{status: "200 OK", headers: append(plain[:1:1], recorder.Header{"Set-Cookie", "sid=2"}), body: "hello\n"}
	})
	login, after := layered(7, "hello\n"), layered(8, "hello\n")
	after[0].Payload.(*event.Request).Head = []byte("GET / HTTP/1.1\r\nHost: a\r\nCookie: sid=1\r\n\r\n")
	var last replay.Outcome
	r := server.runner()
	r.Surgery, r.Surgeries, r.CarrySession = replay.Surgery{Skip: []string{"Session"}}, &replay.Surgeries{}, true
	r.Outcome = func(res replay.Result) { last = res.Outcome }
	if _, err := r.Run(t.Context(), sequence(recorder.Fold(login), recorder.Fold(after))); err != nil {
		t.Fatal(err)
	}
	if w := last.Worth; w == nil || w.Status == nil || w.Status[1] != "403 Forbidden" {
		t.Errorf("%+v: %+v", last, w)
	}
}
