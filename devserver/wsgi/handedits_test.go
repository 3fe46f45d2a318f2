package wsgi_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// TestEditedBlockIsSentWhole: the Content-Length of what it is in the place of is no length of its.
func TestEditedBlockIsSentWhole(t *testing.T) {
	sized := func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		start("200 OK", plain.With("Content-Length", "6"), nil)
		return wsgi.Blocks([]byte("one"), []byte("two"))
	}
	for block, length := range map[string]string{"": "", "longer than it was": "", "six": "6"} {
		p := stacked(t, sized, upper)
		p.stops("2:chunk")
		id := p.request(environ("GET"), "", true)
		p.parked(id, 1)
		p.resume(id, stepping.Command{Action: stepping.Modify, Block: []byte(block)})
		p.parked(id, 2)
		p.resume(id, stepping.Command{Action: stepping.Continue})
		p.parked(id, 3)
		p.resume(id, stepping.Command{Action: stepping.Continue})
		a := p.ended(id)
		got := ""
		for _, h := range a.Heads[len(a.Heads)-1].Headers {
			if h[0] == "Content-Length" {
				got = h[1]
			}
		}
		if want := strings.ToUpper(block) + "TWO"; a.Body != want || got != length || a.Broken || len(a.Lint) > 0 {
			t.Errorf("%q: %q with the length %q, broken: %t, %v", block, a.Body, got, a.Broken, a.Lint)
		}
		told := slices.ContainsFunc(a.Events, func(e wire.StageEvent) bool {
			edit, ok := e.Payload.(*event.Edit)
			return ok && e.Stage == 2 && edit.Boundary == event.Chunk &&
				slices.Contains(edit.Headers, event.Header{Name: "Content-Length", Value: "6"})
		})
		if told != (length == "") {
			t.Errorf("%q: that the length was left out was told: %t", block, told)
		}
	}
}

func TestEditedValuesStayWhatTheyAre(t *testing.T) {
	for key, edit := range map[string][3]any{
		"my.text":   {"one", "2", "2"},
		"my.flag":   {true, "False", false},
		"my.number": {1, "-2", -2},
		"my.float":  {0.5, "1e3", 1000.0},
		"my.words":  {1, "two", "two"},
		"my.new":    {nil, "1", "1"},
	} {
		t.Run(key, func(t *testing.T) {
			p := stacked(t, func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
				start("200 OK", plain, nil)
				return wsgi.Text(fmt.Sprintf("%#v", e[key]))
			}, func(next wsgi.Application) wsgi.Application {
				return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
					if edit[0] != nil {
						e[key] = edit[0]
					}
					return next(e, start)
				}
			})
			p.stops("2:enter")
			id := p.request(environ("GET"), "", true)
			p.parked(id, 1)
			p.resume(id, stepping.Command{Action: stepping.Modify, Environ: map[string]string{key: edit[1].(string)}})
			p.parked(id, 2)
			p.resume(id, stepping.Command{Action: stepping.Continue})
			if a := p.ended(id); a.Body != fmt.Sprintf("%#v", edit[2]) {
				t.Errorf("%v became %s", edit[0], a.Body)
			}
		})
	}
}

func TestEditWhatIsAtHand(t *testing.T) {
	greet := func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		start("200 OK", plain, nil)
		return wsgi.Text("Hello, " + e.Str("REMOTE_USER") + e.Str("RAW_URI") + "!\n")
	}
	p := stacked(t, greet, upper, user, upper)
	p.stops("2:*", "4:chunk")
	id := p.request(environ("GET"), "", true)
	s := p.parked(id, 1)
	if s.place() != "2 enter" || !cmp.Equal(s.Stops, []int{1}) || s.Trouble != "" ||
		!cmp.Equal(s.Edits, []string{"environ", "respond", "raise"}) {
		t.Errorf("%s: %+v", s.place(), s.ParkedState)
	}
	p.resume(id, stepping.Command{Action: stepping.Modify, Status: "404 Not Found"})
	if s = p.parked(id, 2); !strings.Contains(s.Trouble, "start_response") {
		t.Errorf("%+v", s.ParkedState)
	}
	p.resume(id, stepping.Command{Action: stepping.Modify, Environ: map[string]string{"X": "y"}, Unset: []string{"HTTP_HOST"}})
	s = p.parked(id, 3)
	if env := change(&event.EnvironChange{Set: s.Environ}); !strings.Contains(env, " X=y") || strings.Contains(env, "HTTP_HOST") {
		t.Errorf("%s", env)
	}
	if s.Objects["wsgi.input"] != "<wsgi.Input>" {
		t.Errorf("%v", s.Objects)
	}
	p.resume(id, stepping.Command{Action: stepping.Continue})
	if s = p.parked(id, 4); s.place() != "2 start_response" || s.Status != "200 OK" || len(s.Headers) != 1 {
		t.Errorf("%s: %+v", s.place(), s.ParkedState)
	}
	p.resume(id, stepping.Command{Action: stepping.Modify, Status: "no status"})
	if s = p.parked(id, 5); !strings.Contains(s.Trouble, "malformed status") {
		t.Errorf("%+v", s.ParkedState)
	}
	p.resume(id, stepping.Command{
		Action: stepping.Modify, Status: "203 Changed", Headers: []event.Header{{Name: "X-By", Value: "hand"}},
	})
	if s = p.parked(id, 6); s.Status != "203 Changed" || s.Trouble != "" {
		t.Errorf("%+v", s.ParkedState)
	}
	p.resume(id, stepping.Command{Action: stepping.Continue})
	if s = p.parked(id, 7); s.place() != "2 exit" || s.Result != "wsgi_test.upper" {
		t.Errorf("%s: %+v", s.place(), s.ParkedState)
	}
	p.resume(id, stepping.Command{Action: stepping.Continue})
	if s = p.parked(id, 8); s.place() != "4 chunk" || string(s.Block) != "Hello, ada!\n" || !cmp.Equal(s.Stops, []int{2}) {
		t.Errorf("%s: %+v", s.place(), s.ParkedState)
	}
	p.resume(id, stepping.Command{Action: stepping.Modify, Block: []byte("By hand!\n")})
	for n, place := range []string{"4 chunk", "2 chunk", "2 close"} {
		if s = p.parked(id, 9+n); s.place() != place {
			t.Errorf("%s, not %s", s.place(), place)
		}
		p.resume(id, stepping.Command{Action: stepping.Continue})
	}
	a := p.ended(id)
	if a.Heads[0].Status != "203 Changed" || a.Heads[0].Headers[0] != [2]string{"X-By", "hand"} || a.Body != "BY HAND!\n" {
		t.Errorf("%+v", a)
	}
	edits := []string{}
	for _, l := range told(a.Events) {
		if strings.Contains(l, "edited") || strings.Contains(l, "paused") {
			edits = append(edits, l)
		}
	}
	want := []string{
		"2 edited at 1 environ X=y -HTTP_HOST", "2 paused at 1 by 1, then continue",
		"2 edited at 3 203 Changed", "2 paused at 3 by 1, then continue", "2 paused at 7 by 1, then continue",
		`4 edited at 5 "By hand!\n"`, "4 paused at 5 by 2, then continue", "2 paused at 5 by 1, then continue", "2 paused at 6 by 1, then continue",
	}
	if diff := cmp.Diff(want, edits); diff != "" {
		t.Error(diff)
	}
}

func TestAnswerByHand(t *testing.T) {
	reads := func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		_, _ = e.Input().Read(make([]byte, 1))
		return hello(e, start)
	}
	recovers := func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) (body wsgi.Body) {
			defer func() {
				if recover() != nil {
					start("500 Oops", plain, errRefused)
					body = wsgi.Text("recovered\n")
				}
			}()
			_, _ = e.Input().Read(make([]byte, 1))
			return next(e, start)
		}
	}
	// begins calls start_response no sooner than its body runs, as handlers do.
	begins := func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		return func(yield func([]byte, error) bool) { hello(e, start)(yield) }
	}
	by := stepping.Command{
		Action: stepping.Respond, Status: "418 By Hand", Headers: []event.Header{{Name: "X-By", Value: "hand"}}, Block: []byte("by hand\n"),
	}
	for name, tt := range map[string]struct {
		app   wsgi.Application
		place string
		again bool
		body  string
	}{
		"enter":                             {reads, "2:enter", false, "BY HAND\n"},
		"enter, outermost":                  {reads, "1:enter", false, "by hand\n"},
		"input":                             {reads, "3:input", false, "BY HAND\n"},
		"input, recovering":                 {recovers(reads), "3:input", true, "BY HAND\n"},
		"start_response":                    {reads, "3:start_response", false, "BY HAND\n"},
		"exit":                              {reads, "3:exit", true, "BY HAND\n"},
		"exit, outermost":                   {reads, "1:exit", true, "by hand\n"},
		"exception":                         {refuse, "3:exception", false, "BY HAND\n"},
		"exception, around":                 {refuse, "2:exception", false, "BY HAND\n"},
		"exception, outermost":              {refuse, "1:exception", false, "by hand\n"},
		"in the body":                       {begins, "3:start_response", false, "BY HAND\n"},
		"in the body of one within":         {begins, "2:start_response", false, "BY HAND\n"},
		"in the body of two within":         {begins, "1:start_response", false, "by hand\n"},
		"in the body that another rewrites": {wsgi.NewStack(begins, upper).Application(), "2:start_response", false, "BY HAND\n"},
	} {
		t.Run(name, func(t *testing.T) {
			p := stacked(t, tt.app, upper, tagged("t"))
			p.stops(tt.place)
			id := p.request(environ("POST", "CONTENT_LENGTH", "1"), "x", true)
			if s := p.parked(id, 1); !strings.Contains(strings.Join(s.Edits, " "), "respond") {
				t.Errorf("%+v", s.ParkedState)
			}
			p.resume(id, by)
			a := p.ended(id)
			if a.Broken || a.Body != tt.body || len(a.Heads) != 1 || a.Heads[0].Status != "418 By Hand" {
				t.Errorf("%+v\n%s", a, strings.Join(told(a.Events), "\n"))
			}
			if lines := strings.Join(told(a.Events), "\n"); strings.Contains(lines, "unwinding") {
				t.Errorf("what ends the stage is told as an exception\n%s", lines)
			}
			if again := len(a.Started) > 0; again != tt.again {
				t.Errorf("%d heads were replaced", len(a.Started))
			}
		})
	}
}

func TestRaiseByHand(t *testing.T) {
	for _, place := range []string{"2:enter", "3:enter", "3:start_response", "3:exit", "3:chunk", "3:close", "2:chunk", "1:enter"} {
		t.Run(place, func(t *testing.T) {
			p := stacked(t, hello, tagged("t"), upper)
			p.stops(place)
			id := p.request(environ("GET"), "", true)
			p.parked(id, 1)
			p.resume(id, stepping.Command{Action: stepping.Raise, Type: "ValueError", Message: "by hand"})
			a := p.ended(id)
			if !a.Broken || len(a.Raised) != 1 || a.Raised[0].Type != "ValueError" || a.Raised[0].Message != "by hand" || a.Raised[0].Cause != nil {
				t.Errorf("%+v", a)
			}
			lines := told(a.Events)
			if at := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, "paused") }); at < 1 ||
				!strings.Contains(lines[at-1], "edited") || !strings.Contains(lines[at-1], "ValueError: by hand") {
				t.Errorf("what was done by hand is not told with the pause\n%s", strings.Join(lines, "\n"))
			}
			rose := ""
			for _, l := range lines {
				if strings.Contains(l, "exception 1") && rose == "" {
					rose = l[:1]
				}
			}
			if want := place[:1]; want != rose && want != "1" {
				t.Errorf("it rose in stage %s\n%s", rose, strings.Join(lines, "\n"))
			}
		})
	}
}

// What is raised by hand needs no message, and no type.
func TestRaiseByHandInShort(t *testing.T) {
	for want, by := range map[string]stepping.Command{
		"ValueError: ":                {Action: stepping.Raise, Type: "ValueError"},
		"*wsgi.raisedByHand: by hand": {Action: stepping.Raise, Message: "by hand"},
	} {
		p := stacked(t, hello, upper)
		p.stops("hello")
		id := p.request(environ("GET"), "", true)
		p.parked(id, 1)
		p.resume(id, by)
		a := p.ended(id)
		if r := a.Raised[0]; r.Type+": "+r.Message != want || !strings.Contains(strings.Join(told(a.Events), "\n"), "edited at 1"+by.Type+by.Message) {
			t.Errorf("%+v is not %q\n%s", r, want, strings.Join(told(a.Events), "\n"))
		}
	}
}
