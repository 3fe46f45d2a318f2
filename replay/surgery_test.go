package replay_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// The stages of the exchanges here: Outer calls Session, which calls the application.
var (
	outer   = &event.StageInfo{Name: "app.Outer", Kind: "wsgi", File: "app.py", Line: 1}
	session = &event.StageInfo{Name: "app.Session", Kind: "wsgi", File: "app.py", Line: 2}
	view    = &event.StageInfo{Name: "app.view", Kind: "wsgi", File: "app.py", Line: 3}
)

func dict(pairs ...any) []byte {
	var d marshal.Dict
	for i := 0; i < len(pairs); i += 2 {
		d = append(d, marshal.Pair{Key: pairs[i], Value: pairs[i+1]})
	}
	return marshal.Append(nil, d)
}

// layered is what happened in an exchange of three stages: Outer counts the request, Session names the user and sets a
// cookie, the application answers.
func layered(id uint64, body string) []event.Event {
	at := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	head := []event.Header{{Name: "Content-Type", Value: "text/plain"}}
	all := append(head[:1:1], event.Header{Name: "Set-Cookie", Value: "sid=1"})
	block := &event.Block{Bytes: []byte(body), Size: len(body)}
	events := []event.Event{
		{Kind: event.Enter, Payload: &event.Request{
			Started: time.Unix(1_700_000_000, 0), App: outer, Head: []byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
			Environ: dict("PATH_INFO", "/", "wsgi.version", marshal.Tuple{int64(1), int64(0)}, "roles", marshal.List{"reader"}),
			Objects: map[string]string{"wsgi.input": "<Input>"},
		}},
		{Kind: event.EnvironChanged, Stage: 1, At: at(1), Payload: &event.EnvironChange{Set: dict("REQUEST_ID", "r-1")}},
		{Kind: event.Enter, Stage: 2, At: at(1), Payload: &event.Entered{Stage: session, Within: 1}},
		{Kind: event.EnvironChanged, Stage: 2, At: at(2), Payload: &event.EnvironChange{
			Set: dict("REMOTE_USER", "anna"), Objects: map[string]string{"session": "<Session>"},
		}},
		{Kind: event.Enter, Stage: 3, At: at(2), Payload: &event.Entered{Stage: view, Within: 2}},
		{Kind: event.StartResponse, Stage: 3, At: at(3), Payload: &event.Response{Status: "200 OK", Headers: head}},
		{Kind: event.StartResponse, Stage: 2, At: at(3), Payload: &event.Response{Status: "200 OK", Headers: all}},
		{Kind: event.StartResponse, At: at(3), Payload: &event.Response{Status: "200 OK", Headers: all}},
		{Kind: event.Exit, Stage: 3, At: at(4), Payload: &event.Left{Result: "list"}},
		{Kind: event.Exit, Stage: 2, At: at(5), Payload: &event.Left{Result: "list", Same: true, Of: 3}},
		{Kind: event.Chunk, Stage: 3, At: at(5), Payload: block},
		{Kind: event.Chunk, At: at(5), Payload: &event.Data{Bytes: []byte(body), Size: len(body)}},
		{Kind: event.Spent, Stage: 3, At: at(6), Payload: &event.Times{Total: at(2), Self: at(2)}},
		{Kind: event.Spent, Stage: 2, At: at(6), Payload: &event.Times{Total: at(4), Self: at(2)}},
		{Kind: event.Spent, Stage: 1, At: at(6), Payload: &event.Times{Total: at(5), Self: at(1)}},
		{Kind: event.Exit, At: at(6), Payload: &event.Ending{Closed: true}},
	}
	for i := range events {
		events[i].Exchange, events[i].Seq = id, uint32(i)
	}
	return events
}

// whole is what an exchange of three stages answers.
var whole = answer{status: "200 OK", headers: []recorder.Header{{"Content-Type", "text/plain"}, {"Set-Cookie", "sid=1"}}, body: "hello\n"}

// operated replays an exchange of three stages under a surgery, and returns what the server was told of it.
func operated(t *testing.T, s replay.Surgery, does func() answer) (replay.Result, *stepping.Surgery) {
	t.Helper()
	return operatedAmong(t, layered(7, "hello\n"), s, whole, does)
}

// operatedAmong replays one where a request that goes through all stages is answered in some way.
func operatedAmong(
	t *testing.T, events []event.Event, s replay.Surgery, whole answer, does func() answer,
) (replay.Result, *stepping.Surgery) {
	t.Helper()
	surgeries := &replay.Surgeries{}
	var told *stepping.Surgery
	var key string
	server := serveRecorded(t, func(h event.Head, _ []byte) answer {
		for _, field := range h.Headers {
			if words := strings.Fields(field.Value); field.Name == replay.OriginHeader && len(words) == 3 {
				key = words[2]
				if found, ok := surgeries.Find(key); ok {
					told = &found
				}
				return does()
			}
		}
		return whole
	})
	var got replay.Result
	r := server.runner()
	r.Surgery, r.Surgeries = s, surgeries
	r.Moments = func(context.Context, uint64) (*recorder.Walk, error) { return recorder.Moments(events), nil }
	r.Outcome = func(res replay.Result) { got = res }
	if _, err := r.Run(t.Context(), sequence(recorder.Fold(events))); err != nil {
		t.Fatal(err)
	}
	if _, ok := surgeries.Find(key); ok {
		t.Error("the surgery is kept beyond its replay")
	}
	return got, told
}

func without() answer { return answer{status: "200 OK", headers: plain, body: "hello\n"} }

func TestSkip(t *testing.T) {
	got, told := operated(t, replay.Surgery{Skip: []string{"Session"}}, without)
	tells := &stepping.Surgery{Skip: []string{"app.Session"}, Called: map[string][]string{"app.Session": {"app.view"}}}
	if diff := cmp.Diff(tells, told); diff != "" {
		t.Errorf("what the server is told (-want +got):\n%s", diff)
	}
	want := &replay.Worth{
		Stages:  []string{"app.Session"},
		Headers: replay.WorthHeaders{Added: []recorder.Header{{"Set-Cookie", "sid=1"}}, Removed: []recorder.Header{}},
		Body:    replay.WorthBody{Bytes: [2]int64{6, 6}, Spans: [][2]int{}},
		Environ: recorder.EnvironChanges{
			Added:   map[string]any{"REMOTE_USER": "anna", "session": recorder.Repr{Repr: "<Session>"}},
			Changed: map[string][2]any{}, Removed: []string{},
		},
		MS: 2,
	}
	if diff := cmp.Diff(want, got.Outcome.Worth); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Outcome.Verdict != replay.Changed {
		t.Errorf("%+v", got.Outcome)
	}
	var b strings.Builder
	if err := replay.WriteReport(&b, got.Outcome, got.Comparison, replay.ReportOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"app.Session is worth:", "    header Set-Cookie: sid\n", "environ +REMOTE_USER, +session", "    2 ms"} {
		if !strings.Contains(b.String(), line) {
			t.Errorf("no %q in\n%s", line, &b)
		}
	}
}

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

func TestEnter(t *testing.T) {
	got, told := operated(t, replay.Surgery{Enter: "view"}, without)
	if told == nil || told.Enter != "app.view" || !cmp.Equal(told.Around, []string{"app.Outer", "app.Session"}) || told.Within != nil {
		t.Fatalf("%+v", told)
	}
	environ, _, err := marshal.DecodeDict(told.Environ)
	if err != nil {
		t.Fatal(err)
	}
	values := map[any]any{}
	for _, p := range environ {
		values[p.Key] = p.Value
	}
	want := map[any]any{ // and no session, of which nothing but its repr is known
		"PATH_INFO": "/", "REQUEST_ID": "r-1", "REMOTE_USER": "anna", "wsgi.version": marshal.Tuple{int64(1), int64(0)},
		"roles": marshal.List{"reader"},
	}
	if diff := cmp.Diff(want, values); diff != "" {
		t.Errorf("the environ (-want +got):\n%s", diff)
	}
	w := got.Outcome.Worth
	if w == nil || cmp.Diff([]string{"app.Outer", "app.Session"}, w.Stages) != "" || w.MS != 3 || len(w.Environ.Added) != 3 {
		t.Errorf("%+v", w)
	}
}

// TestEnterOneOfSeveral: of several stages of one name the place of the one that is meant is told; an index names any.
func TestEnterOneOfSeveral(t *testing.T) {
	for enter, want := range map[string]*stepping.Surgery{
		"Outer": {Enter: "app.Outer", Within: []string{"app.Outer"}},
		"2":     {Enter: "app.Outer", Around: []string{"app.Outer"}, Within: []string{"app.view"}},
	} {
		events := layered(7, "hello\n")
		for i := range events {
			if e, ok := events[i].Payload.(*event.Entered); ok && e.Stage == session {
				e.Stage = outer
			}
		}
		_, told := operatedAmong(t, events, replay.Surgery{Enter: enter}, whole, without)
		if told == nil {
			t.Fatalf("%s: nothing is told", enter)
		}
		told.Environ = nil
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("%s (-want +got):\n%s", enter, diff)
		}
	}
}

// passed is an exchange that went through stages of these names, each within the one before.
func passed(id uint64, stages ...string) *recorder.Exchange {
	x := recorder.Fold(layered(id, "hello\n"))
	x.Stages = x.Stages[:1]
	for i, name := range stages {
		x.Stages = append(x.Stages, recorder.Stage{Index: i + 1, Name: name, Kind: "wsgi", Within: i})
	}
	return x
}

// inFlask is an exchange that went through a middleware, an application, a hook of that, and a view.
func inFlask(id uint64) *recorder.Exchange {
	x := passed(id, "app.Outer", "flask.app.Flask", "app.before", "app.view", "flask.wrappers.Response")
	x.Stages[3].Kind, x.Stages[3].Role = "flask", "before_request of notes"
	x.Stages[4].Kind, x.Stages[4].Role, x.Stages[4].Within = "flask", "view", 2
	x.Stages[5].Within = 2
	return x
}

// TestStageThatNoneHas: a name that is wrong for all that was chosen is an error, before anything is sent.
func TestStageThatNoneHas(t *testing.T) {
	flask := passed(9, "app.Outer", "app.view")
	flask.Stages[2].Kind = "flask"
	alone := passed(8, "django.core.handlers.wsgi.WSGIHandler", "app.view")
	alone.Stages[2].Kind, alone.Stages[2].Role = "django", "view"
	derived := passed(6, "app.Outer", "app.Router", "app.deco", "app.view")
	derived.Stages[3].Kind, derived.Stages[3].Role = "pyramid", "view_deriver"
	derived.Stages[4].Kind, derived.Stages[4].Role = "pyramid", "view"
	static := passed(5, "app.Outer", "falcon.app.App", "falcon.routing.static.StaticRoute")
	static.Stages[3].Kind, static.Stages[3].Role = "falcon", "static_route"
	for name, c := range map[string]struct {
		surgery replay.Surgery
		among   []*recorder.Exchange
		want    string // "": it is replayed
	}{
		"none to skip": {replay.Surgery{Skip: []string{"Gzip"}}, []*recorder.Exchange{passed(7, "app.Outer", "app.view")},
			"Gzip: exchange 7 has no such stage; it has app.Outer, app.view"},
		"none to enter": {replay.Surgery{Enter: "Gzip"}, []*recorder.Exchange{passed(7, "app.Outer", "app.view")},
			"Gzip: exchange 7 has no such stage; it has app.Outer, app.view"},
		"the server's": {replay.Surgery{Skip: []string{"server"}}, []*recorder.Exchange{passed(7, "app.view")},
			"server: exchange 7 has no such stage; it has app.view"},
		"two to enter": {replay.Surgery{Enter: "*"}, []*recorder.Exchange{passed(7, "app.Outer", "app.view")},
			"*: exchange 7 has more than one such stage, app.Outer and app.view; it has app.Outer, app.view"},
		"a framework's layer to enter": {replay.Surgery{Enter: "view"}, []*recorder.Exchange{passed(7, "app.Outer"), flask},
			"view: exchange 9 can't be entered there: app.view is a layer within flask, which alone can call it; " +
				"enter app.Outer, around it; it has app.Outer, app.view"},
		"none of several": {replay.Surgery{Skip: []string{"Gzip"}}, []*recorder.Exchange{passed(7, "app.Outer", "app.view"), passed(8), passed(9, "app.Outer", "app.page")},
			"Gzip: each of the exchanges has no such stage; they have app.Outer, app.view, app.page"},
		"one of two names": {replay.Surgery{Skip: []string{"Outer", "Gzip"}}, []*recorder.Exchange{passed(7, "app.Outer", "app.view")},
			"Gzip: exchange 7 has no such stage; it has app.Outer, app.view"},
		"a view to skip": {replay.Surgery{Skip: []string{"view"}}, []*recorder.Exchange{inFlask(9)},
			"view: exchange 9 can't be sent past app.view: flask calls nothing else in the place of a layer that is its view; " +
				"what can be skipped is app.Outer, app.before"},
		"a view beside another": {replay.Surgery{Skip: []string{"Outer", "app.view"}}, []*recorder.Exchange{inFlask(9)},
			"app.view: exchange 9 can't be sent past app.view: flask calls nothing else in the place of a layer that is its view; " +
				"what can be skipped is app.Outer, app.before"},
		"what a view is decorated with": {replay.Surgery{Skip: []string{"deco"}}, []*recorder.Exchange{derived},
			"deco: exchange 6 can't be sent past app.deco: pyramid calls nothing else in the place of a layer that is its view_deriver; " +
				"what can be skipped is app.Outer"},
		"what serves files": {replay.Surgery{Skip: []string{"StaticRoute"}}, []*recorder.Exchange{static},
			"StaticRoute: exchange 5 can't be sent past falcon.routing.static.StaticRoute: falcon calls nothing else in the place of " +
				"a layer that is its static_route; what can be skipped is app.Outer"},
		"a framework's application": {replay.Surgery{Skip: []string{"Flask"}}, []*recorder.Exchange{inFlask(9)},
			"Flask: exchange 9 can't be sent past flask.app.Flask: it is the application, and has no other within; " +
				"what can be skipped is app.Outer, app.before"},
		"a view alone": {replay.Surgery{Skip: []string{"view"}}, []*recorder.Exchange{alone},
			"view: exchange 8 can't be sent past app.view: django calls nothing else in the place of a layer that is its view; " +
				"it has django.core.handlers.wsgi.WSGIHandler, app.view"},
		"a framework's hook":       {replay.Surgery{Skip: []string{"before"}}, []*recorder.Exchange{inFlask(9)}, ""},
		"what may have answered":   {replay.Surgery{Skip: []string{"Auth"}}, []*recorder.Exchange{passed(7, "app.Outer", "app.Auth")}, ""},
		"around an application":    {replay.Surgery{Skip: []string{"Outer"}}, []*recorder.Exchange{inFlask(9)}, ""},
		"behind what is entered":   {replay.Surgery{Skip: []string{"view"}, Enter: "Flask"}, []*recorder.Exchange{inFlask(9)}, ""},
		"a view of one of several": {replay.Surgery{Skip: []string{"app.*"}}, []*recorder.Exchange{inFlask(9), passed(7, "app.Outer")}, ""},
		"one of several":           {replay.Surgery{Skip: []string{"Gzip"}}, []*recorder.Exchange{passed(7, "app.Outer"), passed(8, "app.Gzip")}, ""},
		"between several":          {replay.Surgery{Skip: []string{"Gzip", "Outer"}}, []*recorder.Exchange{passed(7, "app.Outer"), passed(8, "app.Gzip")}, ""},
		"stages not known":         {replay.Surgery{Skip: []string{"Gzip"}}, []*recorder.Exchange{passed(7)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			sent := 0
			r := serveRecorded(t, func(event.Head, []byte) answer { sent++; return without() }).runner()
			r.Surgery, r.Surgeries = c.surgery, &replay.Surgeries{}
			_, err := r.Run(t.Context(), sequence(c.among...))
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, replay.ErrStage) || err.Error() != c.want || sent > 0 {
				t.Errorf("%v; %d requests were sent", err, sent)
			}
		})
	}
}

// TestSkipWhatWasNotPassed: there is nothing to leave out, and the verdict is that of any replay.
func TestSkipWhatWasNotPassed(t *testing.T) {
	operated := 0
	r := serveRecorded(t, func(h event.Head, _ []byte) answer {
		for _, field := range h.Headers {
			if field.Name == replay.OriginHeader && len(strings.Fields(field.Value)) == 3 {
				operated++
			}
		}
		return whole
	}).runner()
	r.Surgery, r.Surgeries = replay.Surgery{Skip: []string{"Gzip"}}, &replay.Surgeries{}
	var got []replay.Outcome
	r.Outcome = func(res replay.Result) { got = append(got, res.Outcome) }
	if _, err := r.Run(t.Context(), sequence(passed(7, "app.Outer"), passed(8, "app.Gzip"))); err != nil {
		t.Fatal(err)
	}
	if operated != 1 || len(got) != 2 || got[0].Verdict != replay.Same || len(got[0].Worth.Stages) > 0 ||
		cmp.Diff([]string{"app.Gzip"}, got[1].Worth.Stages) != "" {
		t.Errorf("%d were operated on: %+v", operated, got)
	}
}

// TestEnterWhatWasNotPassed: that one exchange can't be replayed so is said of it alone.
func TestEnterWhatWasNotPassed(t *testing.T) {
	r := serveRecorded(t, func(event.Head, []byte) answer { return whole }).runner()
	r.Surgery, r.Surgeries = replay.Surgery{Enter: "view"}, &replay.Surgeries{}
	r.Moments = func(context.Context, uint64) (*recorder.Walk, error) {
		return recorder.Moments(layered(8, "hello\n")), nil
	}
	var got []replay.Outcome
	r.Outcome = func(res replay.Result) { got = append(got, res.Outcome) }
	if _, err := r.Run(t.Context(), sequence(passed(7, "app.Outer"), recorder.Fold(layered(8, "hello\n")))); err != nil {
		t.Fatal(err)
	}
	want := []string{"view: exchange 7 has no such stage; it has app.Outer"}
	if len(got) != 2 || got[0].Verdict != replay.Broken || cmp.Diff(want, got[0].Reasons) != "" || got[1].Verdict != replay.Same {
		t.Errorf("%+v", got)
	}
}

func TestSurgeryThatCannotBe(t *testing.T) {
	t.Run("the worker can't", func(t *testing.T) {
		got, _ := operated(t, replay.Surgery{Skip: []string{"Session"}}, func() answer {
			return answer{status: "500 Internal Server Error", raised: &event.Raised{Type: "snifter.Surgery", Message: "it holds no other"}}
		})
		if got.Outcome.Verdict != replay.Broken || cmp.Diff([]string{"it holds no other"}, got.Outcome.Reasons) != "" || got.Outcome.ID == 0 {
			t.Errorf("%+v", got.Outcome)
		}
	})
	t.Run("nobody to find it", func(t *testing.T) {
		server := serveRecorded(t, func(event.Head, []byte) answer { return without() })
		r := server.runner()
		r.Surgery = replay.Surgery{Enter: "view"}
		var got replay.Result
		r.Outcome = func(res replay.Result) { got = res }
		if _, err := r.Run(t.Context(), sequence(recorder.Fold(layered(7, "x")))); err != nil {
			t.Fatal(err)
		}
		if got.Outcome.Verdict != replay.Broken || got.Outcome.ID != 0 {
			t.Errorf("%+v", got.Outcome)
		}
	})
	t.Run("the record can't be read", func(t *testing.T) {
		server := serveRecorded(t, func(event.Head, []byte) answer { return without() })
		r := server.runner()
		r.Surgery, r.Surgeries = replay.Surgery{Enter: "view"}, &replay.Surgeries{}
		r.Moments = func(context.Context, uint64) (*recorder.Walk, error) { return nil, errors.New("the disk is gone") }
		var got replay.Result
		r.Outcome = func(res replay.Result) { got = res }
		if _, err := r.Run(t.Context(), sequence(recorder.Fold(layered(7, "x")))); err != nil {
			t.Fatal(err)
		}
		if got.Outcome.Verdict != replay.Broken || cmp.Diff([]string{"the disk is gone"}, got.Outcome.Reasons) != "" {
			t.Errorf("%+v", got.Outcome)
		}
	})
}
