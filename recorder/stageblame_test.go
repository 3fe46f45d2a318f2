package recorder_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

func touches(x *recorder.Exchange, what, name string) (out []string) {
	for _, t := range x.Blame.History {
		if t.What == what && (t.Name == name || what == "status") {
			line := string(rune('A'+t.Stage-1)) + " " + t.How
			if t.Old != nil {
				line += " from " + t.Old.(string)
			}
			if t.New != nil {
				line += " to " + t.New.(string)
			}
			out = append(out, line)
		}
	}
	return out
}

// A header is set, replaced, dropped and restored by four stages, and the others around them touch nothing.
func TestBlameFourStages(t *testing.T) {
	x := newScript(nil).enter(2).enter(3).enter(4).enter(5).enter(6).
		answer(6, "200 OK", "X-A: one", "Content-Type: text/plain").
		answer(5, "200 OK", "X-A: two", "Content-Type: text/plain").
		answer(4, "200 OK", "Content-Type: text/plain").
		answer(3, "200 OK", "Content-Type: text/plain", "x-a: two").
		answer(2, "404 Not Found", "Content-Type: text/plain", "x-a: two").
		answer(1, "404 Not Found", "Content-Type: text/plain", "x-a: two").fold()
	if diff := cmp.Diff([]int{6, 3}, x.Blame.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"Content-Type": 6, "x-a": 3}, x.Blame.Headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if x.Blame.Status != 2 {
		t.Errorf("the status is blamed on stage %d", x.Blame.Status)
	}
	var got []string
	for _, name := range []string{"X-A", "x-a"} {
		got = append(got, touches(x, "header", name)...)
	}
	want := []string{"F set to one", "E changed from one to two", "D dropped from two", "C restored to two"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"F set to 200 OK", "B changed from 200 OK to 404 Not Found"}, touches(x, "status", "")); diff != "" {
		t.Errorf("history of the status (-want +got):\n%s", diff)
	}
}

func TestBlameRepeatedFields(t *testing.T) {
	x := newScript(nil).enter(2).enter(3).
		answer(3, "200 OK", "Set-Cookie: a=1", "Set-Cookie: b=1").
		answer(2, "200 OK", "Set-Cookie: s=2", "Set-Cookie: a=1", "Set-Cookie: b=2").
		answer(1, "200 OK", "Set-Cookie: a=1", "Set-Cookie: s=2", "Set-Cookie: b=2", "Set-Cookie: c=3").fold()
	if diff := cmp.Diff([]int{3, 2, 2, 1}, x.Blame.Fields); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What a framework's layer does to the response that it returns is its own, and not the handler's that gives it away.
func TestBlameFrameworkLayers(t *testing.T) {
	layer := func(fields ...string) *event.Left {
		return &event.Left{Result: "HttpResponse", Response: &event.Response{Status: "200 OK", Headers: fieldsOf(fields)}}
	}
	x := newScript(nil).enterIn(2, 1, "django").enterIn(3, 2, "django").enterIn(4, 3, "django").
		add(4, event.Exit, layer("Content-Type: text/html")).
		add(3, event.Exit, &event.Left{Result: "HttpResponse"}). // nothing could be seen of it
		add(2, event.Exit, layer("Content-Type: text/html", "Set-Cookie: sessionid=1")).
		answer(1, "200 OK", "Content-Type: text/html", "Set-Cookie: sessionid=1", "Content-Length: 0").fold()
	if diff := cmp.Diff([]int{4, 2, 1}, x.Blame.Fields); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if x.Blame.Status != 4 || x.Stages[4].Status != "200 OK" {
		t.Errorf("the status is blamed on stage %d", x.Blame.Status)
	}
}

// A hook that changes the response that it is given is told of with what it got: what is there already is not its own.
func TestBlameHooksThatAreGivenTheResponse(t *testing.T) {
	given := &event.Response{Status: "200 OK", Headers: fieldsOf([]string{"Content-Type: text/html"})}
	x := newScript(nil).enterIn(2, 1, "flask").add(2, event.Exit, &event.Left{Result: "str"}).
		enterIn(3, 1, "flask").add(3, event.Exit, &event.Left{Given: given,
		Response: &event.Response{Status: "200 OK", Headers: fieldsOf([]string{"Content-Type: text/html", "X-H: 1"})}}).
		enterIn(4, 1, "flask").add(4, event.Exit, &event.Left{
		Response: &event.Response{Status: "200 OK", Headers: fieldsOf([]string{"X-H: 2", "Content-Type: text/html"})}}).
		answer(1, "200 OK", "Content-Type: text/html", "X-H: 2").fold()
	if diff := cmp.Diff([]int{1, 4}, x.Blame.Fields); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What a view returns may be rendered once others have changed it: the view goes on, and hooks of its own may run within it.
func TestBlameViewsWhoseResponseIsRenderedLater(t *testing.T) {
	layer := func(fields ...string) *event.Left {
		return &event.Left{Result: "Response", Response: &event.Response{Status: "200 OK", Headers: fieldsOf(fields)}}
	}
	rendered := []string{"Content-Type: application/json", "X-Late: 1", "Vary: Cookie"}
	x := newScript(nil).enterIn(2, 1, "django middleware").
		enterIn(3, 2, "django view").add(3, event.Exit, layer("Content-Type: text/html")).
		enterIn(4, 2, "django process_template_response").add(4, event.Exit, layer("Content-Type: text/html", "X-Late: 1")).
		enterIn(3, 2, "django view").
		enterIn(5, 3, "django process_response").add(5, event.Exit, layer("Content-Type: text/html", "X-Late: 1", "Vary: Cookie")).
		add(3, event.Exit, layer(rendered...)).add(2, event.Exit, layer(rendered...)).
		answer(1, "200 OK", rendered...).fold()
	if diff := cmp.Diff([]int{3, 4, 5}, x.Blame.Fields); diff != "" || x.Blame.Status != 3 {
		t.Errorf("status %d (-want +got):\n%s", x.Blame.Status, diff)
	}
	if view := x.Stages[3]; view.ExitMS <= x.Stages[5].EnterMS || len(x.Stages) != 6 {
		t.Errorf("%d stages, the view left at %v", len(x.Stages), view.ExitMS)
	}
}

// A framework's response may be an application itself, which the framework calls when all layers have had it. What it then
// has beyond what they gave is the framework's.
func TestBlameResponsesThatAreApplications(t *testing.T) {
	layer := func(fields ...string) *event.Left {
		return &event.Left{Result: "Response", Response: &event.Response{Status: "200 OK", Headers: fieldsOf(fields)}}
	}
	x := newScript(nil).enterIn(2, 1, "flask").add(2, event.Exit, layer("Content-Type: text/html")).
		enterIn(3, 1, "flask").add(3, event.Exit, layer("Content-Type: text/html", "X-H: 1")).
		enterIn(4, 1, "wsgi").answer(4, "200 OK", "Content-Type: text/html", "X-H: 1", "Set-Cookie:  a=1").exit(4).
		answer(1, "200 OK", "Content-Type: text/html", "X-H: 1", "Set-Cookie: a=1").fold()
	if diff := cmp.Diff([]int{2, 3, 1}, x.Blame.Fields); diff != "" || x.Blame.Status != 2 {
		t.Errorf("status %d (-want +got):\n%s", x.Blame.Status, diff)
	}
}

// Where no layer had it before, what it has beyond what a view has returned for it to be made of is its own.
func TestBlameResponsesThatAreMadeOfWhatViewsReturn(t *testing.T) {
	for result, owner := range map[string]int{"tuple": 3, "Response": 1} {
		returned := &event.Left{Result: result, Response: &event.Response{Status: "204", Headers: fieldsOf([]string{"X-View: 1"})}}
		x := newScript(nil).enterIn(2, 1, "flask").add(2, event.Exit, returned).
			enterIn(3, 1, "wsgi").answer(3, "204 NO CONTENT", "Content-Type: text/html", "X-View: 1").exit(3).
			answer(1, "204 NO CONTENT", "Content-Type: text/html", "X-View: 1").fold()
		if diff := cmp.Diff([]int{owner, 2}, x.Blame.Fields); diff != "" || x.Blame.Status != 2 {
			t.Errorf("%s: status %d (-want +got):\n%s", result, x.Blame.Status, diff)
		}
	}
}

// What makes an object of an application's response and calls that (webob.dec.wsgify) is to blame for what it has changed
// in between, and for no more.
func TestBlameResponsesThatMiddlewareMakes(t *testing.T) {
	response := info("webob.response.Response")
	x := newScript(nil).enter(2).enter(3).answer(3, "200 OK", "X-Tween: 1").exit(3).
		add(4, event.Enter, &event.Entered{Stage: response, Within: 2}).answer(4, "200 OK", "X-Tween: 1", "X-Foo: 1").
		answer(2, "200 OK", "X-Tween: 1", "X-Foo: 1").answer(1, "200 OK", "X-Tween: 1", "X-Foo: 1").
		exit(4).add(2, event.Exit, &event.Left{Result: "generator", Same: true, Of: 4}).
		passOn(3, 0, 0, 6).passOn(4, 0, 0, 6).chunk(1, "hello ").passOn(4, 0, 1, 5).chunk(1, "there").fold()
	if diff := cmp.Diff([]int{3, 2}, x.Blame.Fields); diff != "" || x.Blame.Status != 3 {
		t.Errorf("status %d (-want +got):\n%s", x.Blame.Status, diff)
	}
	if got := body(x); got != "CCCCCCBBBBB" {
		t.Errorf("the body is blamed on %s", got)
	}
}

// A stage that asks a second application after the first has answered is to blame for nothing that the second gave.
func TestBlameCascade(t *testing.T) {
	x := newScript(nil).enter(2).answer(2, "404 Not Found", "X-First: 1").exit(2).
		enterIn(3, 1, "wsgi").answer(3, "200 OK", "X-Second: 1").exit(3).
		answer(1, "200 OK", "X-Second: 1").fold()
	if diff := cmp.Diff([]int{3}, x.Blame.Fields); diff != "" || x.Blame.Status != 3 {
		t.Errorf("status %d (-want +got):\n%s", x.Blame.Status, diff)
	}
	if got := touches(x, "header", "X-First"); got != nil {
		t.Errorf("what never went out: %v", got)
	}
}

// An error page takes the place of a response that had begun.
func TestBlameReplacedResponse(t *testing.T) {
	x := newScript(nil).enter(2).enter(3).answer(3, "200 OK", "Content-Type: text/plain", "X-A: 1").
		answer(2, "200 OK", "Content-Type: text/plain", "X-A: 1").answer(1, "200 OK", "Content-Type: text/plain", "X-A: 1").exit(3).exit(2).
		add(3, event.Exception, &event.Passed{Where: event.InIterate, Type: "ValueError", Message: "no", Number: 1,
			Frames: []event.Frame{{File: "c.py", Line: 3}}}).
		add(2, event.StartResponse, &event.Response{Status: "500 Oops", Headers: fieldsOf([]string{"Content-Type: text/html"}), ExcInfo: true}).
		answer(1, "500 Oops", "Content-Type: text/html").fold()
	if x.Blame.Status != 2 || !cmp.Equal(x.Blame.Fields, []int{2}) {
		t.Errorf("%+v", x.Blame)
	}
	if diff := cmp.Diff([]string{"C set to 1", "B dropped from 1"}, touches(x, "header", "X-A")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s := x.Stages[3]; !s.Rose || s.Exception.Where != "iterate" || x.Stages[2].Exception != nil {
		t.Errorf("%+v", s)
	}
}

// change has a framework's layer leave a response otherwise than it was when the layer was entered; fields as "Name: value".
func (s *script) change(stage int, before, after []string) *script {
	return s.add(stage, event.Exit, &event.Left{
		Given:    &event.Response{Status: "200 OK", Headers: fieldsOf(before)},
		Response: &event.Response{Status: "200 OK", Headers: fieldsOf(after)},
	})
}

// raise has one raise the same exception that may have passed others within it.
func (s *script) raise(stage int, before, after []string) *script {
	return s.add(stage, event.Exception, &event.Passed{
		Type: "E", Number: 1,
		Given:    &event.Response{Status: "200 OK", Headers: fieldsOf(before)},
		Response: &event.Response{Status: "200 OK", Headers: fieldsOf(after)},
	})
}

// Where a framework has one response for all layers to change, what each did before and after those within it is its own doing.
func TestBlameOneResponse(t *testing.T) {
	for name, c := range map[string]struct {
		script *script
		want   string
	}{
		"plugins around a callback": {
			newScript(nil).enterIn(2, 1, "bottle plugin").enterIn(3, 2, "bottle plugin").enterIn(4, 3, "bottle callback").
				change(4, []string{"P: 1", "Q: 1"}, []string{"P: 1", "Q: 1", "V: 1"}).
				change(3, []string{"P: 1"}, []string{"P: 1", "Q: 1", "V: 1", "R: 1"}).
				change(2, nil, []string{"P: 1", "Q: 1", "V: 1", "R: 1"}).
				answer(1, "200 OK", "P: 1", "Q: 1", "V: 1", "R: 1", "Server: 1"),
			"P B, Q C, R C, Server A, V D",
		},
		"what the framework did before": {
			newScript(nil).enterIn(2, 1, "bottle plugin").enterIn(3, 2, "bottle callback").
				change(3, []string{"S: 1", "P: 1"}, []string{"S: 1", "P: 2"}).change(2, []string{"S: 1"}, []string{"S: 1", "P: 2"}).
				answer(1, "200 OK", "S: 1", "P: 2"),
			"P C, S A",
		},
		"hooks around a responder": {
			newScript(nil).enterIn(2, 1, "falcon responder").
				enterIn(3, 2, "falcon before").change(3, nil, []string{"B: 1"}).
				enterIn(4, 2, "falcon after").change(4, []string{"B: 1", "V: 1"}, []string{"B: 1", "V: 1", "A: 1"}).
				change(2, nil, []string{"B: 1", "V: 1", "A: 1"}).
				answer(1, "200 OK", "B: 1", "V: 1", "A: 1"),
			"A D, B C, V B",
		},
		"a callback that raises its response": {
			newScript(nil).enterIn(2, 1, "bottle plugin").enterIn(3, 2, "bottle callback").
				raise(3, []string{"P: 1"}, []string{"P: 1", "Location: /"}).raise(2, nil, []string{"P: 1", "Location: /"}).
				enterIn(4, 1, "bottle after_request").change(4, []string{"P: 1", "Location: /"}, []string{"P: 1", "Location: /", "A: 1"}).
				answer(1, "200 OK", "P: 1", "Location: /", "A: 1"),
			"A D, Location C, P B",
		},
		"a responder that raises in the end": {
			newScript(nil).enterIn(2, 1, "falcon responder").raise(2, nil, []string{"R: 1"}).
				enterIn(3, 1, "falcon error_handler").change(3, []string{"R: 1", "S: 1"}, []string{"R: 1", "S: 1", "H: 1"}).
				answer(1, "200 OK", "R: 1", "S: 1", "H: 1"),
			"H C, R B, S A",
		},
	} {
		x := c.script.fold()
		var got []string
		for _, name := range slices.Sorted(maps.Keys(x.Blame.Headers)) {
			got = append(got, name+" "+string(rune('A'+x.Blame.Headers[name]-1)))
		}
		if got := strings.Join(got, ", "); got != c.want {
			t.Errorf("%s: blamed are %s, want %s", name, got, c.want)
		}
	}
}

// An exception that no stage was seen to raise rose in the one that was running as it was told, but not in one that others are
// chained to: there, the framework catches what rises within.
func TestWhereAnExceptionRose(t *testing.T) {
	raised := &event.Raised{Type: "E", Frames: []event.Frame{{File: "a.py", Line: 1}}}
	handled := &event.Raised{Type: "E", Handled: true, Frames: raised.Frames}
	recovered := &event.Raised{Type: "*errors.errorString", Message: "recovered: lost", Handled: true}
	for name, c := range map[string]struct {
		script *script
		want   int
	}{
		"left the application alone":     {newScript(nil).add(0, event.Exception, raised), 1},
		"handled by it":                  {newScript(nil).add(0, event.Exception, handled), 1},
		"the server's":                   {newScript(nil).add(0, event.Exception, &event.Raised{Type: "snifter"}), 0},
		"handled by a view":              {newScript(nil).enterIn(2, 1, "flask view").add(0, event.Exception, handled).made(2), 2},
		"handled behind a view":          {newScript(nil).enterIn(2, 1, "flask view").made(2).add(0, event.Exception, handled), 1},
		"handled within a middleware":    {newScript(nil).enter(2).enterIn(3, 2, "django middleware").add(0, event.Exception, handled), 2},
		"handled in a body":              {newScript(nil).enter(2).enter(3).exit(3).exit(2).add(3, event.Exception, handled), 3},
		"handled in a middleware":        {newScript(nil).enter(2).enterIn(3, 2, "django middleware").add(3, event.Exception, handled), 2},
		"handled by none that is known":  {newScript(nil).enter(2).add(3, event.Exception, handled), 2},
		"made of a panic":                {newScript(nil).enter(2).enter(3).add(3, event.Exception, &event.Passed{Type: "panic(string)", Message: "lost"}).add(0, event.Exception, recovered), 3},
		"made of another error":          {newScript(nil).enter(2).enter(3).add(3, event.Exception, &event.Passed{Type: "E", Message: "lost"}).exit(3).add(2, event.Exception, recovered), 2},
		"told by a stage that it passed": {newScript(nil).enterIn(2, 1, "flask view").add(2, event.Exception, &event.Passed{Type: "E"}).add(0, event.Exception, handled), 2},
	} {
		x := c.script.answer(1, "500 Sorry").fold()
		if x.Exception == nil || x.Exception.Stage != c.want {
			t.Errorf("%s: %+v, want stage %d", name, x.Exception, c.want)
		}
	}
}
