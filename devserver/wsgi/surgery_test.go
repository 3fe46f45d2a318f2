package wsgi_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// otherwise sends a request that goes through the stages otherwise than they were built.
func (p *peer) otherwise(s stepping.Surgery) *answer {
	p.t.Helper()
	id := p.next()
	p.send(wire.Frame{Kind: wire.Surgery, Request: id, Payload: wire.AppendSurgery(nil, &s)})
	p.send(wire.Frame{Kind: wire.Request, Flags: wire.FlagEnd, Request: id, Payload: requestPayload(environ("GET"), "")})
	return p.ended(id)
}

func entered(a *answer) (names []string) {
	for _, e := range a.Events {
		if in, ok := e.Payload.(*event.Entered); ok {
			names = append(names, in.Stage.Name)
		}
	}
	return names
}

func TestSurgery(t *testing.T) {
	greet := func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		start("200 OK", plain, nil)
		return wsgi.Text("Hello, " + e.Str("REMOTE_USER") + e.Path() + "!")
	}
	recorded := marshal.Append(nil, set(environ("GET", "PATH_INFO", "/recorded"), "REMOTE_USER", "eve"))
	for name, tt := range map[string]struct {
		surgery stepping.Surgery
		body    string
		stages  []string
		headers int
	}{
		"skip one":       {stepping.Surgery{Skip: []string{"upper"}}, "Hello, ada/!", []string{"wsgi_test.user", "wsgi_test.TestSurgery"}, 2},
		"skip two":       {stepping.Surgery{Skip: []string{"upper", "user"}}, "Hello, /!", []string{"wsgi_test.TestSurgery"}, 2},
		"skip the first": {stepping.Surgery{Skip: []string{"1"}}, "HELLO, ADA/!", []string{"wsgi_test.upper", "wsgi_test.user", "wsgi_test.TestSurgery"}, 1},
		"enter": {stepping.Surgery{Enter: "TestSurgery", Environ: recorded}, "Hello, eve/recorded!",
			[]string{"wsgi_test.TestSurgery"}, 1},
		"enter the first": {stepping.Surgery{Enter: "tagged", Environ: recorded}, "HELLO, ADA/RECORDED!",
			[]string{"wsgi_test.upper", "wsgi_test.user", "wsgi_test.TestSurgery"}, 2},
		"enter and skip": {stepping.Surgery{Enter: "upper", Skip: []string{"user"}, Environ: recorded}, "HELLO, EVE/RECORDED!",
			[]string{"wsgi_test.upper", "wsgi_test.TestSurgery"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := stacked(t, greet, tagged("t"), upper, user)
			a := p.otherwise(tt.surgery)
			if diff := cmp.Diff(tt.stages, entered(a)); diff != "" || a.Body != tt.body || len(a.Heads[0].Headers) != tt.headers {
				t.Errorf("%s\n%+v", diff, a)
			}
			if a = p.do(environ("GET"), ""); a.Body != "HELLO, ADA/!" {
				t.Errorf("the next request: %+v", a)
			}
		})
	}
}

// Of several stages of one name the one is entered that stands where the one does that is meant.
func TestEnterOneOfSeveral(t *testing.T) {
	p := stacked(t, hello, upper, tagged("t"), upper)
	recorded := marshal.Append(nil, environ("GET"))
	for around, want := range map[int][]string{
		0: {"wsgi_test.tagged", "wsgi_test.upper", "wsgi_test.hello"},
		2: {"wsgi_test.upper", "wsgi_test.hello"},
		3: {"wsgi_test.tagged", "wsgi_test.upper", "wsgi_test.hello"}, // there is none so far within
	} {
		a := p.otherwise(stepping.Surgery{Enter: "upper", Around: make([]string, around), Environ: recorded})
		if diff := cmp.Diff(want, entered(a)); diff != "" {
			t.Errorf("within %d (-want +got):\n%s", around, diff)
		}
	}
}

func TestSurgeryThatCannotBe(t *testing.T) {
	p := stacked(t, hello, upper)
	for want, s := range map[string]stepping.Surgery{
		`no stage "gone" can be skipped: the stages of the application are wsgi_test.upper, wsgi_test.hello`: {Skip: []string{"gone"}},
		"wsgi_test.hello is the application itself":                                                          {Skip: []string{"hello"}},
		`no stage "gone" can be entered`:                                                                     {Enter: "gone"},
	} {
		a := p.otherwise(s)
		if !a.Broken || len(a.Heads) > 0 || len(a.Raised) != 1 || a.Raised[0].Type != "snifter.Surgery" ||
			!strings.Contains(a.Raised[0].Message, want) {
			t.Errorf("%s: %+v", want, a)
		}
	}
}

func TestSurgeryWithoutStages(t *testing.T) {
	p := dial(t, wsgi.NewStack(hello, upper).Application(), wsgi.Blind)
	a := p.otherwise(stepping.Surgery{Skip: []string{"upper"}})
	if !a.Broken || len(a.Raised) != 1 || !strings.Contains(a.Raised[0].Message, "stages are not told of") {
		t.Errorf("%+v", a)
	}
}

// A request that hangs shows where it does.
func TestHangingRequestShowsWhere(t *testing.T) {
	release := make(chan struct{})
	p := stacked(t, func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		<-release
		return hello(e, start)
	}, upper)
	id := p.request(environ("GET"), "", true)
	p.await(func() bool { return len(p.got[id].Events) > 0 })
	p.mu.Lock()
	if diff := cmp.Diff([]string{"wsgi_test.TestHangingRequestShowsWhere"}, entered(p.got[id])); diff != "" || p.got[id].Ended {
		t.Error(diff)
	}
	p.mu.Unlock()
	close(release)
	if a := p.ended(id); a.Body != "HELLO, WORLD!\n" {
		t.Errorf("%+v", a)
	}
}

// With SNIFTER_STAGES=0 there is nothing of stages.
func TestBlind(t *testing.T) {
	p := dial(t, wsgi.NewStack(hello, upper, user).Application(), wsgi.Blind)
	p.stops("*:*")
	a := p.do(environ("GET"), "")
	if a.Body != "HELLO, WORLD!\n" || len(a.Events)+len(a.Parked)+len(p.stages) > 0 || p.ready.Root != 0 ||
		len(p.ready.Stages) != 3 {
		t.Errorf("%+v", a)
	}
}
