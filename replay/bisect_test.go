package replay_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// onion is an exchange that passed stages one within the other, each of which does what its layer says.
type onion []layer

// layer is one stage: what it sets in the environ on the way in, and what it does on the way out.
type layer struct {
	name   string
	sets   string // the value that it gives to the key of its name; "" for none
	reads  int64  // how much of the request's body it reads before it calls what is within it
	status string // "" leaves it
	header string // the value of the header X-name; "" for none
	body   string // what it makes of the body; "" passes it on
}

func (o onion) passage(id uint64, request string) replay.Passage {
	info := func(i int) *event.StageInfo {
		return &event.StageInfo{Name: "app." + o[i].name, Kind: "wsgi", File: "app.py", Line: i + 1}
	}
	stage := func(i int) uint16 { return uint16(i + 1) }
	events := []event.Event{{Kind: event.Enter, Payload: &event.Request{
		Started: time.Unix(1_700_000_000, 0), App: info(0), Head: []byte("GET " + request + " HTTP/1.1\r\n\r\n"),
		Environ: dict("PATH_INFO", request, "REMOTE_PORT", string(rune('0'+id))),
	}}}
	for i := range o {
		if i > 0 {
			events = append(events, event.Event{Kind: event.Enter, Stage: stage(i), Payload: &event.Entered{Stage: info(i), Within: stage(i - 1)}})
		}
		if o[i].sets != "" {
			events = append(events, event.Event{Kind: event.EnvironChanged, Stage: stage(i), Payload: &event.EnvironChange{
				Set: dict("app."+o[i].name, o[i].sets),
			}})
		}
		if o[i].reads > 0 {
			events = append(events, event.Event{Kind: event.Input, Stage: stage(i), Payload: &event.Read{Reads: 1, Size: o[i].reads}})
		}
	}
	status, headers, body := "200 OK", []event.Header{{Name: "Content-Type", Value: "text/plain"}}, "made by nobody"
	for i := len(o) - 1; i >= 0; i-- {
		if o[i].status != "" {
			status = o[i].status
		}
		if o[i].header != "" {
			headers = append(slices.Clone(headers), event.Header{Name: "X-" + o[i].name, Value: o[i].header})
		}
		number := stage(i)
		if i == 0 {
			number = 0 // what the server was given is stage 1's
		}
		events = append(events, event.Event{Kind: event.StartResponse, Stage: number, Payload: &event.Response{Status: status, Headers: headers}})
		if i > 0 {
			events = append(events, event.Event{Kind: event.Exit, Stage: number, Payload: &event.Left{Result: "list"}})
		}
	}
	for i := len(o) - 1; i >= 0; i-- {
		if o[i].body != "" {
			body = o[i].body
		}
		var p any = &event.Block{Bytes: []byte(body), Size: len(body)}
		number := stage(i)
		if i == 0 {
			p, number = &event.Data{Bytes: []byte(body), Size: len(body)}, 0
		}
		events = append(events, event.Event{Kind: event.Chunk, Stage: number, Payload: p})
	}
	events = append(events, event.Event{Kind: event.Exit, Payload: &event.Ending{Closed: true}})
	for i := range events {
		events[i].Exchange, events[i].Seq, events[i].At = id, uint32(i), time.Duration(i)*time.Millisecond
	}
	return replay.Passage{Exchange: recorder.Fold(events), Walk: recorder.Moments(events)}
}

func bisect(t *testing.T, a, b replay.Passage) *replay.Bisection {
	t.Helper()
	found, err := replay.Bisect(a, b, replay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func base() onion {
	return onion{{name: "Outer", header: "1"}, {name: "Auth", sets: "anna"}, {name: "Shout", body: "HELLO"}, {name: "view", body: "hello"}}
}

// TestBisectWithNoise: what differs between two runs of the same build makes no difference, in headers, bodies and environs.
func TestBisectWithNoise(t *testing.T) {
	run := func(id uint64, nonce, shout string) replay.Passage {
		o := base()
		o[1].sets, o[3].header, o[3].body = "anna "+nonce, nonce, "hello\nat "+nonce+"\n"
		o[2].header, o[2].body = "1"+shout, ""
		return o.passage(id, "/")
	}
	a, b := run(1, "n1", ""), run(2, "n2", "!")
	if found := bisect(t, a, b); found.In == nil || found.Out == nil || found.Out.Stage.Name != "app.view" {
		t.Errorf("without what is known of noise: %q", found.Found)
	}
	o := replay.LearnFrom(a.Exchange, []*recorder.Exchange{run(3, "n3", "").Exchange}, replay.Options{})
	found, err := replay.Bisect(a, b, o)
	if err != nil {
		t.Fatal(err)
	}
	if found.In != nil || found.Out == nil || found.Out.Stage.Name != "app.Shout" {
		t.Errorf("%q", found.Found)
	}
	gone := base()
	gone[1].sets = ""
	if found, err = replay.Bisect(a, gone.passage(5, "/"), o); err != nil || found.In == nil || found.In.Stage.Name != "app.Auth" {
		t.Errorf("what has another value each time is missing: %+v, %v", found, err)
	}
	other := append(onion{{name: "Extra"}}, base()...).passage(4, "/")
	if o := replay.LearnFrom(a.Exchange, []*recorder.Exchange{other.Exchange}, replay.Options{}); o.Masks != nil {
		t.Error("something was learned of an exchange that has passed other stages")
	}
}

// TestLearnFromNoHand: what differs since an exchange was changed by hand, sent otherwise or broken off is no noise.
func TestLearnFromNoHand(t *testing.T) {
	run := func(change func(*recorder.Exchange)) *recorder.Exchange {
		o := base()
		o[3].body = "bye"
		x := o.passage(3, "/").Exchange
		change(x)
		return x
	}
	for name, change := range map[string]func(*recorder.Exchange){
		"edited": func(x *recorder.Exchange) {
			x.Stages[2].Pauses = []recorder.Pause{{Then: "continue", Edited: []string{"environ A"}}}
		},
		"operated": func(x *recorder.Exchange) { x.Stages[1].Kind = "server" },
		"aborted":  func(x *recorder.Exchange) { x.State = recorder.Aborted },
		"a cookie": func(x *recorder.Exchange) {
			x.Environ = append(x.Environ, recorder.EnvironItem{Key: "HTTP_COOKIE", Value: "sid=2"})
		},
		"its input": func(x *recorder.Exchange) { x.Request.Body = recorder.Body{Size: 1, Bytes: []byte("x")} },
	} {
		t.Run(name, func(t *testing.T) {
			x, other := base().passage(1, "/").Exchange, run(change)
			for _, pair := range [][2]*recorder.Exchange{{x, other}, {other, x}} {
				if o := replay.LearnFrom(pair[0], []*recorder.Exchange{pair[1]}, replay.Options{}); o.Masks != nil {
					t.Errorf("something is learned from %d for %d", pair[1].ID, pair[0].ID)
				}
			}
		})
	}
	stopped := run(func(x *recorder.Exchange) { x.Stages[2].Pauses = []recorder.Pause{{Then: "continue"}} })
	if o := replay.LearnFrom(base().passage(1, "/").Exchange, []*recorder.Exchange{stopped}, replay.Options{}); o.Masks == nil {
		t.Error("nothing is learned from one that was but looked at")
	}
}

func TestBisect(t *testing.T) {
	changed := func(i int, f func(*layer)) onion {
		o := slices.Clone(base())
		f(&o[i])
		return o
	}
	for name, c := range map[string]struct {
		a, b       onion
		in, out    string // the stages' names
		addedOut   string
		where, say string // a place of a difference, and of what is said
	}{
		"nothing": {a: base(), b: base(), say: "no stage makes a difference"},
		"the application's body": {
			a: base(), b: changed(3, func(l *layer) { l.body = "good bye" }), out: "app.view", where: "line 1",
			say: "app.view is the first to answer otherwise: body line 1",
		},
		"a body that a stage made": {
			a: base(), b: changed(2, func(l *layer) { l.body = "HELLO!" }), out: "app.Shout", where: "line 1",
		},
		"a header": {
			a: base(), b: changed(1, func(l *layer) { l.header = "x" }), out: "app.Auth", where: "X-Auth", say: "X-Auth",
		},
		"the outermost stage's": {
			a: base(), b: changed(0, func(l *layer) { l.header = "2" }), out: "app.Outer", where: "X-Outer",
		},
		"a status": {
			a: base(), b: changed(2, func(l *layer) { l.status = "404 Not Found" }), out: "app.Shout", where: "",
		},
		"the environ": {
			a: base(), b: changed(1, func(l *layer) { l.sets = "ben" }), in: "app.Auth", where: "app.Auth",
			say: "app.Auth makes the environ differ: environ app.Auth",
		},
		"what is read of the request's body": {
			a:  onion{{name: "Outer"}, {name: "Auth"}, {name: "view", body: "got abcdef", reads: 6}},
			b:  onion{{name: "Outer"}, {name: "Auth", reads: 3}, {name: "view", body: "got def", reads: 3}},
			in: "app.Auth", out: "app.view", where: "wsgi.input", say: "app.Auth makes the environ differ: environ wsgi.input",
		},
		"and by a stage of one alone": {
			a:  onion{{name: "Outer"}, {name: "view", body: "got abcdef", reads: 6}},
			b:  onion{{name: "Outer"}, {name: "Auth", reads: 3}, {name: "view", body: "got def", reads: 3}},
			in: "app.Auth", out: "app.view", where: "wsgi.input", say: "app.Auth is passed by exchange 2 alone",
		},
		"by the innermost alone": {
			a: onion{{name: "Outer"}, {name: "view", body: "got abcdef", reads: 6}},
			b: onion{{name: "Outer"}, {name: "view", body: "got abc", reads: 3}}, out: "app.view",
		},
		"the environ, and so the answer": {
			a: base(), b: onion{{name: "Outer", header: "1"}, {name: "Auth", sets: "ben"}, {name: "Shout", body: "HELLO"}, {name: "view", body: "hi ben"}},
			in: "app.Auth", out: "app.view",
		},
		"a stage of one alone, within": {
			a: base(), b: slices.Insert(base(), 3, layer{name: "Gzip", header: "gz", body: "h"}), out: "app.Shout", addedOut: "app.Gzip",
			say: "app.Gzip is passed by exchange 2 alone, and the answer of app.Shout, around it, differs: X-Gzip",
		},
		"a stage that answers by itself": {
			a: base(), b: onion{{name: "Outer", header: "1"}, {name: "Auth", sets: "anna", status: "401 Unauthorized", body: "who?"}}, out: "app.Auth",
			say: "app.Auth is the first to answer otherwise: status",
		},
		"a stage of one alone, around all": {
			a: slices.Insert(base(), 0, layer{name: "Timing", header: "3"}), b: base(), out: "server", addedOut: "app.Timing",
		},
		"a stage of one alone, without effect": {
			a: base(), b: slices.Insert(base(), 2, layer{name: "Log"}), say: "app.Log is passed by one of the two alone, and makes no difference",
		},
		"a stage of one alone, which sets something": {
			a: base(), b: slices.Insert(base(), 2, layer{name: "Locale", sets: "de"}), in: "app.Locale",
			say: "app.Locale is passed by exchange 2 alone, and sets environ app.Locale",
		},
		"a stage at another place, without effect": {
			a: slices.Insert(base(), 1, layer{name: "Log"}), b: slices.Insert(base(), 3, layer{name: "Log"}),
			say: "app.Log stands at another place in each, and makes no difference",
		},
		"a stage at another place": {
			a: slices.Insert(base(), 0, layer{name: "Gzip", header: "gz"}), b: slices.Insert(base(), 3, layer{name: "Gzip", header: "gz", body: "h"}),
			out: "app.Shout", addedOut: "app.Gzip",
			say: "app.Gzip stands at another place in each, and the answer of app.Shout, around it, differs: X-Gzip",
		},
		"a stage of one alone, which is missed by the application": {
			a: base(), b: onion{{name: "Outer", header: "1"}, {name: "Shout", body: "HELLO"}, {name: "view", body: "hi nobody"}},
			in: "app.Auth", out: "app.view", where: "app.Auth",
			say: "app.Auth is passed by exchange 1 alone, and sets environ app.Auth",
		},
	} {
		t.Run(name, func(t *testing.T) {
			found := bisect(t, c.a.passage(1, "/"), c.b.passage(2, "/"))
			check := func(way, want string, got *replay.Culprit) {
				switch {
				case want == "" && got != nil:
					t.Errorf("%s: %+v", way, got)
				case want != "" && (got == nil || got.Stage.Name != want):
					t.Errorf("%s: %+v, not %s", way, got, want)
				}
			}
			check("in", c.in, found.In)
			check("out", c.out, found.Out)
			if found.Out != nil {
				added := ""
				if found.Out.Added != nil {
					added = found.Out.Added.Name
				}
				if added != c.addedOut {
					t.Errorf("a stage of one alone: %q, not %q", added, c.addedOut)
				}
			}
			culprit := found.In
			if culprit == nil {
				culprit = found.Out
			}
			if c.where != "" && !slices.ContainsFunc(culprit.Differences, func(d replay.Difference) bool { return d.Where == c.where && !d.Noise }) {
				t.Errorf("no difference at %q: %+v", c.where, culprit.Differences)
			}
			if said := strings.Join(found.Found, "\n"); !strings.Contains(said, c.say) || said == "" {
				t.Errorf("it says %q, not %q", said, c.say)
			}
		})
	}
}

// TestBisectFrameworksLayers: a framework hands a response from layer to layer; the one after a layer that one exchange alone
// has passed is not at fault for what that has made of it.
func TestBisectFrameworksLayers(t *testing.T) {
	run := func(id uint64, timed bool) replay.Passage {
		var events []event.Event
		add := func(stage uint16, kind event.Kind, payload any) {
			events = append(events, event.Event{
				Exchange: id, Seq: uint32(len(events)), Stage: stage, Kind: kind, At: time.Duration(len(events)) * time.Millisecond, Payload: payload,
			})
		}
		next := uint16(1)
		enter := func(name, role string, within uint16) uint16 {
			next++
			add(next, event.Enter, &event.Entered{Within: within, Stage: &event.StageInfo{Name: name, Kind: "django", Role: role}})
			return next
		}
		response := &event.Response{Status: "200 OK"}
		leave := func(stage uint16) { add(stage, event.Exit, &event.Left{Result: "HttpResponse", Response: response}) }
		add(0, event.Enter, &event.Request{Started: time.Unix(1_700_000_000, 0), App: &event.StageInfo{Name: "app.app", Kind: "wsgi"},
			Head: []byte("GET / HTTP/1.1\r\n\r\n"), Environ: dict("PATH_INFO", "/")})
		session := enter("app.Session", "middleware", 1)
		around := session
		if timed {
			around = enter("app.Timing", "middleware", session)
		}
		leave(enter("app.view", "view", around))
		if timed {
			response = &event.Response{Status: "200 OK", Headers: []event.Header{{Name: "X-Timing", Value: "1"}}}
			leave(around)
		}
		leave(enter("app.Session.process_response", "process_response", session))
		leave(session)
		add(0, event.StartResponse, response)
		add(0, event.Exit, &event.Ending{Closed: true})
		return replay.Passage{Exchange: recorder.Fold(events), Walk: recorder.Moments(events)}
	}
	for _, timed := range []bool{true, false} {
		found := bisect(t, run(1, timed), run(2, !timed))
		with := "1"
		if !timed {
			with = "2"
		}
		want := []string{"app.Timing is passed by exchange " + with + " alone, and the answer of app.Session.process_response, after it, differs: X-Timing"}
		for i := range found.Found {
			found.Found[i], _, _ = strings.Cut(found.Found[i], " removed")
			found.Found[i], _, _ = strings.Cut(found.Found[i], " added")
		}
		if diff := cmp.Diff(want, found.Found); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestBisectRequests(t *testing.T) {
	found := bisect(t, base().passage(1, "/a"), base().passage(2, "/b"))
	if found.In == nil || found.In.Stage.Kind != "server" || found.Out != nil || cmp.Diff([]string{"the requests differ: environ PATH_INFO"}, found.Found) != "" {
		t.Errorf("%+v", found)
	}
}

// TestBisectRequestBodies: a request may differ in nothing but what was sent with it, which no environ has.
func TestBisectRequestBodies(t *testing.T) {
	sends := func(id uint64, body string) replay.Passage {
		p := base().passage(id, "/")
		p.Exchange.Request.Body = recorder.Body{Size: int64(len(body)), Bytes: []byte(body)}
		p.Exchange.Request.Headers = []recorder.Header{{"Content-Type", "application/json"}}
		return p
	}
	found := bisect(t, sends(1, `{"n": 1, "m": 2}`), sends(2, `{"n": 3, "m": 2}`))
	if found.In == nil || found.Out != nil || cmp.Diff([]string{"the requests differ: request body /n"}, found.Found) != "" {
		t.Errorf("%+v", found)
	}
	if found = bisect(t, sends(1, `{"n": 1, "m": 2}`), sends(2, `{"m": 2, "n": 1}`)); found.In != nil {
		t.Errorf("they say the same: %+v", found)
	}
}

// TestBisectAnswersWithoutWalk: without the bodies of inner stages, their sizes tell.
func TestBisectWithoutWalk(t *testing.T) {
	a, b := base().passage(1, "/"), base().passage(2, "/")
	longer := base()
	longer[3].body = "hello there"
	b = longer.passage(2, "/")
	a.Walk, b.Walk = nil, nil
	if found := bisect(t, a, b); found.Out == nil || found.Out.Stage.Name != "app.view" {
		t.Errorf("%+v", found.Out)
	}
}

func TestBisectNeedsStages(t *testing.T) {
	_, err := replay.Bisect(base().passage(1, "/"), replay.Passage{Exchange: get(2, "/")}, replay.Options{})
	var none *replay.NoStagesError
	if !errors.As(err, &none) || none.Exchange != 2 {
		t.Error(err)
	}
}

func TestBisectionReport(t *testing.T) {
	b := slices.Insert(base(), 3, layer{name: "Gzip", header: "gz", body: "h"})
	var out strings.Builder
	if err := replay.WriteBisection(&out, bisect(t, base().passage(1, "/"), b.passage(2, "/")), replay.ReportOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"app.Gzip is passed by exchange 2 alone", "passed by one alone\n  app.Gzip  stage 4 of exchange 2  app.py:4\n",
		"on the way out: app.Shout  app.py:3\n", "X-Gzip added",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
}

// TestBisectFindsTheOneChange: whatever stages there are, where one of them alone does otherwise, it is found.
func TestBisectFindsTheOneChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Z][a-z]{1,6}`), 1, 12, rapid.ID[string]).Draw(t, "names")
		text := rapid.StringMatching(`[a-z]{0,4}`)
		var a onion
		for _, name := range names {
			a = append(a, layer{name: name, sets: text.Draw(t, "sets"), header: text.Draw(t, "header"), body: text.Draw(t, "body")})
		}
		b := slices.Clone(a)
		at := rapid.IntRange(0, len(b)-1).Draw(t, "stage")
		in := rapid.Bool().Draw(t, "in")
		if in {
			b[at].sets += "x"
		} else {
			b[at].header += "x"
		}
		found, err := replay.Bisect(a.passage(1, "/"), b.passage(2, "/"), replay.Options{})
		if err != nil {
			t.Fatal(err)
		}
		culprit, other := found.Out, found.In
		if in {
			culprit, other = found.In, found.Out
		}
		if culprit == nil || culprit.Stage.Name != "app."+b[at].name || other != nil {
			t.Fatalf("in %v, at %s: in %+v, out %+v", in, b[at].name, found.In, found.Out)
		}
	})
}
