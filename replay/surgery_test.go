package replay_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
	if o := got.Outcome; o.Verdict != replay.Changed || o.Whole == 0 || o.Whole == o.ID || o.Again != 0 {
		t.Errorf("%+v", o)
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
	if diff := cmp.Diff([]string{"session"}, w.Lost); diff != "" {
		t.Errorf("what it is entered without (-want +got):\n%s", diff)
	}
	var out strings.Builder
	if err := replay.WriteReport(&out, got.Outcome, got.Comparison, replay.ReportOptions{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "entered without session, which can't be given: objects\n") {
		t.Error(out.String())
	}
}

// TestEnterOneOfSeveral: of several stages of one name the place of the one that is meant is told, and what it is mounted at; an index
// names any.
func TestEnterOneOfSeveral(t *testing.T) {
	for enter, want := range map[string]*stepping.Surgery{
		"Outer": {Enter: "app.Outer", Within: []string{"app.Outer"}},
		"2":     {Enter: "app.Outer", Around: []string{"app.Outer"}, Within: []string{"app.view"}, Mount: "/shop"},
	} {
		events := layered(7, "hello\n")
		for i := range events {
			if e, ok := events[i].Payload.(*event.EnvironChange); ok && events[i].Stage == 1 {
				e.Set = dict("SCRIPT_NAME", "/shop")
			}
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
	many := make([]string, 20)
	for i := range many {
		many[i] = fmt.Sprintf("site.middleware.%c.%s", 'a'+i, strings.Repeat("Long", 5))
	}
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
			"server: exchange 7 goes through the server itself, whose stage can't be left out or entered; it has app.view"},
		"two to enter": {replay.Surgery{Enter: "*"}, []*recorder.Exchange{passed(7, "app.Outer", "app.view")},
			"*: exchange 7 has more than one such stage, app.Outer and app.view; it has app.Outer, app.view"},
		"a framework's layer to enter": {replay.Surgery{Enter: "view"}, []*recorder.Exchange{passed(7, "app.Outer"), flask},
			"view: exchange 9 can't be entered there, but at app.Outer around it: " +
				"app.view is a layer within flask, which alone can call it"},
		"none of many": {replay.Surgery{Skip: []string{"Gzip"}}, []*recorder.Exchange{passed(7, many...)},
			"Gzip: exchange 7 has no such stage; it has " + strings.Join(many[:5], ", ") + " and 15 more"},
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
		// Nor is it compared later, by one who knows the two exchanges alone.
		want := &replay.Comparison{A: 7, B: got.Outcome.ID, Verdict: replay.Broken, Reasons: got.Outcome.Reasons, Parts: []replay.Difference{}}
		for _, c := range []*replay.Comparison{got.Comparison, replay.Compare(got.Origin, got.Replayed, replay.Options{})} {
			if diff := cmp.Diff(want, c); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
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
