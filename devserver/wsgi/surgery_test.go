package wsgi_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
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
	return p.otherwiseWith(s, environ("GET"), "")
}

func (p *peer) otherwiseWith(s stepping.Surgery, e marshal.Dict, body string) *answer {
	p.t.Helper()
	id := p.next()
	p.send(wire.Frame{Kind: wire.Surgery, Request: id, Payload: wire.AppendSurgery(nil, &s)})
	p.send(wire.Frame{Kind: wire.Request, Flags: wire.FlagEnd, Request: id, Payload: requestPayload(e, body)})
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

// A body is left at its first block where the client is awaited to go then, and nobody waits where it gets none.
func TestLeave(t *testing.T) {
	status, headers := "200 OK", plain
	blocks := func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		start(status, headers, nil)
		return wsgi.Blocks([]byte("one"), []byte("two"))
	}
	for name, p := range map[string]*peer{
		"alone": dial(t, blocks), "in stages": stacked(t, blocks, tagged("t"), user), "unseen": dial(t, blocks, wsgi.Blind),
	} {
		ask := func(method string, goes bool) *answer {
			id := p.next()
			p.send(wire.Frame{Kind: wire.Surgery, Request: id, Payload: wire.AppendSurgery(nil, &stepping.Surgery{Leave: true})})
			p.send(wire.Frame{Kind: wire.Request, Flags: wire.FlagEnd, Request: id, Payload: requestPayload(environ(method), "")})
			if goes {
				p.await(func() bool { return len(p.got[id].Blocks) == 1 })
				p.send(wire.Frame{Kind: wire.Gone, Request: id})
			}
			return p.ended(id)
		}
		status, headers = "200 OK", plain
		if a := ask("GET", true); a.Body != "one" || len(a.Raised) > 0 || a.Broken {
			t.Errorf("%s: %+v", name, a)
		}
		if a := p.do(environ("GET"), ""); a.Body != "onetwo" {
			t.Errorf("%s, the next request: %+v", name, a)
		}
		ask("HEAD", false)
		status = "204 No Content"
		ask("GET", false)
		status, headers = "200 OK", wsgi.Headers{{"Content-Length", "0"}}
		ask("GET", false)
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

// Of several stages of one name each is skipped, or those that are counted, from the one on that is entered.
func TestSkipOneOfSeveral(t *testing.T) {
	p := stacked(t, hello, upper, tagged("t"), upper, upper)
	const up, tag, app = "wsgi_test.upper", "wsgi_test.tagged", "wsgi_test.hello"
	recorded := marshal.Append(nil, environ("GET"))
	for name, c := range map[string]struct {
		enter string
		nth   []int
		want  []string // but the outermost, which the server tells of
	}{
		"each":                        {"", nil, []string{tag, app}},
		"the first":                   {"", []int{1}, []string{tag, up, up, app}},
		"the second":                  {"", []int{2}, []string{tag, up, app}},
		"the others":                  {"", []int{2, 3}, []string{tag, app}},
		"the second within the entry": {"tagged", []int{2}, []string{tag, up, app}},
	} {
		s := stepping.Surgery{Enter: c.enter, Skip: []string{"upper"}}
		if c.nth != nil {
			s.Nth = map[string][]int{"upper": c.nth}
		}
		if c.enter != "" {
			s.Environ = recorded
		}
		if diff := cmp.Diff(c.want, entered(p.otherwise(s))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// reading is an application that answers with how it finds the body.
func reading(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
	var got strings.Builder
	for line, err := range e.Input().Lines() {
		if err != nil {
			got.WriteString(err.Error())
			break
		}
		got.WriteString("|" + string(line))
	}
	start("200 OK", plain, nil)
	return wsgi.Text(got.String())
}

// behindSome sends a request that enters at the application, of whose body so much had been read, in pieces. What ends it is
// the last one, or says why it breaks off.
func (p *peer) behindSome(read int64, end wire.Kind, pieces ...string) *answer {
	p.t.Helper()
	id := p.next()
	s := stepping.Surgery{Enter: "reading", Environ: marshal.Append(nil, environ("POST")), Read: read}
	p.send(wire.Frame{Kind: wire.Surgery, Request: id, Payload: wire.AppendSurgery(nil, &s)})
	p.send(wire.Frame{Kind: wire.Request, Request: id, Payload: requestPayload(environ("POST"), pieces[0])})
	for i, piece := range pieces[1:] {
		f := wire.Frame{Kind: wire.Body, Request: id, Payload: []byte(piece)}
		if i == len(pieces)-2 {
			f.Kind, f.Flags = end, wire.FlagEnd
		}
		p.send(f)
	}
	return p.ended(id)
}

// A stage that is entered finds what those around it had left of the body, however it comes, and is told to have read that alone.
func TestEnterBehindWhatWasRead(t *testing.T) {
	p := stacked(t, reading, upper)
	for read, want := range map[int64]string{0: "|one\n|two", 2: "|e\n|two", 4: "|two", 6: "|o", 7: "", 9: "", 5 << 32: ""} {
		for _, pieces := range [][]string{{"one\ntwo", ""}, {"", "one\ntwo"}, {"one\n", "two"}, {"o", "n", "e", "\n", "t", "w", "o", ""}} {
			a := p.behindSome(read, wire.Body, pieces...)
			if a.Body != want || len(a.Raised)+len(a.Lint) > 0 {
				t.Errorf("%q behind %d: %+v", pieces, read, a)
			}
			size := int64(0)
			for _, e := range a.Events {
				if told, is := e.Payload.(*event.Read); is {
					size += told.Size
				}
			}
			if size != max(0, 7-read) {
				t.Errorf("%q behind %d: %d bytes are told to have been read", pieces, read, size)
			}
		}
	}
	if a := p.behindSome(4, wire.BodyError, "on", "the client is tired"); !strings.Contains(a.Body, "the client is tired") {
		t.Errorf("a body that breaks off: %+v", a)
	}
	if a := p.do(environ("POST"), "one\ntwo"); a.Body != "|ONE\n|TWO" {
		t.Errorf("the next request: %+v", a)
	}
}

// What is dropped makes room for more: the server sends no more than a window ahead.
func TestEnterBehindMuch(t *testing.T) {
	const piece, pieces = 200_000, 5
	p := stacked(t, reading, upper)
	id := p.next()
	s := stepping.Surgery{Enter: "reading", Environ: marshal.Append(nil, environ("POST")), Read: piece * pieces}
	p.send(wire.Frame{Kind: wire.Surgery, Request: id, Payload: wire.AppendSurgery(nil, &s)})
	p.send(wire.Frame{Kind: wire.Request, Request: id, Payload: requestPayload(environ("POST"), "")})
	for sent := range pieces {
		p.send(wire.Frame{Kind: wire.Body, Request: id, Payload: bytes.Repeat([]byte("x"), piece)})
		p.await(func() bool { return p.got[id].Read == piece*(sent+1) })
	}
	p.send(wire.Frame{Kind: wire.Body, Flags: wire.FlagEnd, Request: id, Payload: []byte("z")})
	if a := p.ended(id); a.Body != "|z" || a.Continue != 1 {
		t.Errorf("%q, %d times to go on", a.Body, a.Continue)
	}
}

// formOf answers with a field of a form, and what it finds of the body then.
func formOf(w http.ResponseWriter, r *http.Request) {
	field := r.PostFormValue("b")
	rest, _ := io.ReadAll(r.Body)
	_, _ = fmt.Fprintf(w, "%s, %q", field, rest)
}

// A handler has the form that a middleware of net/http around it has parsed, which it is to have without that, too.
func TestEnterBehindAForm(t *testing.T) {
	parsing := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = r.FormValue("a")
			next.ServeHTTP(w, r)
		})
	}
	form, handler := "application/x-www-form-urlencoded; charset=utf-8", wsgi.FromHTTP(http.HandlerFunc(formOf))
	ofHTTP := []wsgi.Middleware{wsgi.FromHTTPMiddleware(parsing), user}
	for name, c := range map[string]struct {
		around []wsgi.Middleware
		enter  string
		kind   string
		read   int64
		want   string
	}{
		"parsed":                 {ofHTTP, "formOf", form, 7, `2, ""`},
		"parsed around another":  {ofHTTP, "user", form, 7, `2, ""`},
		"looked into":            {ofHTTP, "formOf", form, 4, `2, ""`},
		"looked into further":    {ofHTTP, "formOf", form, 6, `, ""`},
		"no form":                {ofHTTP, "formOf", "text/plain", 7, `, ""`},
		"no form, looked into":   {ofHTTP, "formOf", "text/plain", 4, `, "b=2"`},
		"no handler has read it": {[]wsgi.Middleware{user}, "formOf", form, 7, `, ""`},
		"no handler is entered":  {ofHTTP, "reading", form, 7, ""},
	} {
		t.Run(name, func(t *testing.T) {
			app := handler
			if c.enter == "reading" {
				app = reading
			}
			p := stacked(t, app, c.around...)
			e := environ("POST", "CONTENT_TYPE", c.kind, "CONTENT_LENGTH", "7")
			if a := p.do(e, "a=1&b=2"); c.enter != "reading" && c.kind == form && a.Body != `2, ""` {
				t.Errorf("through all stages: %+v", a)
			}
			a := p.otherwiseWith(stepping.Surgery{Enter: c.enter, Environ: marshal.Append(nil, e), Read: c.read}, e, "a=1&b=2")
			if a.Body != c.want || len(a.Raised) > 0 {
				t.Errorf("%q; want %q: %+v", a.Body, c.want, a)
			}
		})
	}
}

// What has not come of a body is not waited for where nobody reads it.
func TestEnterWithoutReading(t *testing.T) {
	p := stacked(t, hello, upper)
	id := p.next()
	s := stepping.Surgery{Enter: "hello", Environ: marshal.Append(nil, environ("POST")), Read: 4}
	p.send(wire.Frame{Kind: wire.Surgery, Request: id, Payload: wire.AppendSurgery(nil, &s)})
	p.send(wire.Frame{Kind: wire.Request, Request: id, Payload: requestPayload(environ("POST"), "on")})
	if a := p.ended(id); a.Body != "Hello, world!\n" {
		t.Errorf("%+v", a)
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
