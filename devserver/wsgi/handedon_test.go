package wsgi_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// counting is an application with a body of two blocks, which fails as the path says.
func counting(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
	start("200 OK", plain, nil)
	return func(yield func([]byte, error) bool) {
		switch {
		case e.Path() == "/fails":
			yield(nil, errRefused)
		case e.Path() == "/panics":
			panic(errRefused)
		case yield([]byte("one "), nil):
			yield([]byte("two"), nil)
		}
	}
}

// A stage that returns the very body of the one within stops at the boundaries of that as well.
func TestHandedOnBodyStops(t *testing.T) {
	p := stacked(t, counting, tagged("t"), upper, user, tagged("t"))
	p.stops("*:chunk", "*:exception", "*:close")
	for path, want := range map[string][]string{
		"/": {
			"5 chunk", "4 chunk", "3 chunk", "2 chunk", "1 chunk", "5 chunk", "4 chunk", "3 chunk", "2 chunk", "1 chunk",
			"5 close", "4 close", "3 close", "2 close", "1 close",
		},
		"/fails": {
			"5 exception", "4 exception", "3 exception", "2 exception", "1 exception",
			"5 close", "4 close", "3 close", "2 close", "1 close",
		},
		"/panics": {
			"5 exception", "4 exception", "3 exception", "5 close", "4 close", "3 close",
			"2 exception", "1 exception", "2 close", "1 close",
		},
	} {
		a := p.walk(p.request(environ("GET", "PATH_INFO", path), "", true), stepping.Continue)
		if diff := cmp.Diff(want, places(a)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

func TestHandedOnBodyByHand(t *testing.T) {
	edit := stepping.Command{Action: stepping.Modify, Block: []byte("by hand ")}
	raise := stepping.Command{Action: stepping.Raise, Type: "ValueError", Message: "by hand"}
	answer := stepping.Command{
		Action: stepping.Respond, Status: "418 By Hand", Headers: []event.Header{{Name: "X-By", Value: "hand"}}, Block: []byte("by hand"),
	}
	for name, tt := range map[string]struct {
		path, place string
		by          stepping.Command
		body        string
		passed      []string // the stages that an exception has left, with their numbers
	}{
		"a block":                 {"/", "3:chunk", edit, "BY HAND TWO", nil},
		"a block, outermost":      {"/", "1:chunk", edit, "by hand TWO", nil},
		"raised at a block":       {"/", "3:chunk", raise, "", []string{"3 exception 1", "2 exception 1"}},
		"raised at close":         {"/", "3:close", raise, "ONE TWO", []string{"3 exception 1", "2 exception 1"}},
		"another error":           {"/fails", "3:exception", raise, "", []string{"4 exception 1", "3 exception 2", "2 exception 2"}},
		"another panic":           {"/panics", "3:exception", raise, "", []string{"4 exception 1", "3 exception 2", "2 exception 2"}},
		"an error, answered":      {"/fails", "3:exception", answer, "BY HAND", []string{"4 exception 1"}},
		"a panic, answered":       {"/panics", "3:exception", answer, "BY HAND", []string{"4 exception 1"}},
		"an error, at its origin": {"/fails", "4:exception", answer, "BY HAND", []string{"4 exception 1"}},
		"an error, outermost":     {"/fails", "1:exception", answer, "by hand", []string{"4 exception 1", "2 exception 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := stacked(t, counting, tagged("t"), upper, tagged("t"))
			p.stops(tt.place)
			id := p.request(environ("GET", "PATH_INFO", tt.path), "", true)
			p.parked(id, 1)
			p.resume(id, tt.by)
			if tt.by.Action == stepping.Modify {
				p.parked(id, 2)
			}
			p.stops()
			p.resume(id, stepping.Command{Action: stepping.Continue})
			a := p.ended(id)
			var passed []string
			for _, l := range told(a.Events) {
				if what, _, is := strings.Cut(l, " in "); is && strings.Contains(l, "exception") {
					passed = append(passed, what)
				}
			}
			if diff := cmp.Diff(tt.passed, passed); diff != "" || a.Body != tt.body || a.Broken != (tt.by.Action == stepping.Raise) {
				t.Errorf("%s\n%+v\n%s", diff, a, strings.Join(told(a.Events), "\n"))
			}
			if tt.by.Action == stepping.Respond && a.Heads[0].Status != "418 By Hand" {
				t.Errorf("%+v", a.Heads)
			}
		})
	}
}

// What happens at a boundary is told before the request stops there, so that it is known what it stands at.
func TestToldBeforeTheStop(t *testing.T) {
	p := stacked(t, counting, tagged("t"), upper)
	p.stops("2:start_response", "2:exit", "2:chunk", "2:close", "3:exception")
	for path, want := range map[string]string{"/": "start exit chunk chunk close", "/fails": "start exit exception close"} {
		a := p.walk(p.request(environ("GET", "PATH_INFO", path), "", true), stepping.Continue)
		var at []string
		lines := told(a.Events)
		for i, l := range lines {
			if strings.Contains(l, "paused") {
				at = append(at, strings.Fields(lines[i-1])[1])
			}
		}
		if got := strings.Join(at, " "); got != want {
			t.Errorf("stopped behind %q, not %q\n%s", got, want, strings.Join(lines, "\n"))
		}
	}
}

// Where a stage is answered for, those around it stop as they would at its own response.
func TestStopsAroundAnAnswer(t *testing.T) {
	p := stacked(t, counting, tagged("t"), upper)
	p.stops("*:enter", "*:start_response", "*:exit")
	id := p.request(environ("GET"), "", true)
	for n := range 3 {
		p.parked(id, n+1)
		action := stepping.Continue
		if n == 2 {
			action = stepping.Respond
		}
		p.resume(id, stepping.Command{Action: action, Status: "200 By Hand", Block: []byte("by hand")})
	}
	a := p.walk(id, stepping.Continue)
	want := []string{"1 enter", "2 enter", "3 enter", "2 start_response", "1 start_response", "3 exit", "2 exit", "1 exit"}
	if diff := cmp.Diff(want, places(a)); diff != "" || a.Body != "BY HAND" {
		t.Errorf("%s\n%+v", diff, a)
	}
}

// What a stage has returned is closed where that goes no further.
func TestWhatIsGivenUpIsClosed(t *testing.T) {
	for _, place := range []string{"3:exit", "2:exit", "1:exit"} {
		for _, action := range []stepping.Action{stepping.Raise, stepping.Respond} {
			closed := 0
			p := stacked(t, answering(func(yield func([]byte, error) bool) {
				defer func() { closed++ }()
				yield([]byte("x"), nil)
			}), tagged("t"), upper)
			p.stops(place)
			id := p.request(environ("GET"), "", true)
			p.parked(id, 1)
			p.resume(id, stepping.Command{Action: action, Status: "200 By Hand", Message: "by hand"})
			if a := p.ended(id); closed != 1 || len(a.Lint) > 0 || a.Body != "" {
				t.Errorf("%s at %s: closed %d times, %q\n%s", action, place, closed, a.Lint, strings.Join(told(a.Events), "\n"))
			}
		}
	}
}

// An error that a stage around takes no notice of changes nothing for the body that has yielded it, told of or not.
func TestErrorThatIsIgnored(t *testing.T) {
	goesOn := answering(func(yield func([]byte, error) bool) {
		if yield(nil, errRefused) {
			yield([]byte("all the same"), nil)
		}
	})
	ignores := func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			body := next(e, start)
			return func(yield func([]byte, error) bool) {
				for block, err := range body {
					if err == nil && !yield(block, nil) {
						return
					}
				}
			}
		}
	}
	app := wsgi.NewStack(goesOn, ignores).Application()
	if traced, blind := get(t, app), dial(t, app, wsgi.Blind).do(environ("GET"), ""); traced.Body != "all the same" || blind.Body != traced.Body {
		t.Errorf("%q, and %q untold", traced.Body, blind.Body)
	}
}
