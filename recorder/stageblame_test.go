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

// body puts the letters of the stages below the bytes of the body that they made.
func body(x *recorder.Exchange) string {
	at, out := 0, []byte{}
	for _, s := range x.Blame.Body {
		if s.Start != at || s.End <= s.Start {
			return "a gap"
		}
		for range s.End - s.Start {
			out = append(out, byte('A'+s.Stage-1))
		}
		at = s.End
	}
	return string(out)
}

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

func TestBlameBodies(t *testing.T) {
	packed := [2]string{"\x1f\x8b\x08\x00packed, and no text\xff", "\x89PNG\r\n\x1a\nanother, and no text\xff"}
	for name, c := range map[string]struct {
		script *script
		want   string
		body   string
	}{
		"the application's own": {newScript(nil).enter(2).answer(1, "200 OK").
			passOn(2, 0, 0, 5).chunk(1, "hello"), "BBBBB", "hello"},
		"two stages rewrite": {newScript(nil).enter(2).enter(3).answer(1, "200 OK").
			chunk(3, "The cat sat on the mat for a while.").
			chunk(2, "The dog sat on the mat for a while.").
			chunk(1, "The dog sat on the carpet for a while."),
			"CCCCBBBCCCCCCCCCCCCAAAAAACCCCCCCCCCCCC", "The dog sat on the carpet for a while."},
		"a footer": {newScript(nil).enter(2).enter(3).answer(1, "200 OK").
			passOn(3, 0, 0, 4).passOn(2, 0, 0, 4).chunk(1, "body").passOn(2, 0, 1, 6).chunk(1, "footer"), "CCCCBBBBBB", "bodyfooter"},
		"a footer, joined to it": {newScript(nil).enter(2).enter(3).answer(1, "200 OK").
			chunk(3, "body").passOn(2, 0, 0, 10).chunk(1, "bodyfooter"), "CCCCBBBBBB", "bodyfooter"},
		"between words, joined to it": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, "some body").chunk(1, "awesome bodyguard"), "AAABBBBBBBBBAAAAA", "awesome bodyguard"},
		"changed in text without spaces": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, "これは、元の文章です、とても長い").chunk(1, "これは、元の記事です、とても長い"),
			strings.Repeat("B", 18) + strings.Repeat("A", 6) + strings.Repeat("B", 24), "これは、元の記事です、とても長い"},
		"joined": {newScript(nil).enter(2).enter(3).answer(1, "200 OK").
			chunk(3, "one, ").chunk(3, "two.").passOn(2, 0, 0, 9).chunk(1, "one, two."), "CCCCCCCCC", "one, two."},
		"split": {newScript(nil).enter(2).enter(3).answer(1, "200 OK").
			chunk(3, "one, two.").passOn(2, 0, 0, 4).chunk(1, "one,").passOn(2, 0, 1, 5).chunk(1, " two."), "CCCCCCCCC", "one, two."},
		"between what is passed on": {newScript(nil).enter(2).answer(1, "200 OK").
			passOn(2, 0, 0, 3).chunk(1, "abc").chunk(2, "some words here").chunk(1, "some WORDS here").passOn(2, 0, 2, 3).chunk(1, "xyz"),
			"BBBBBBBBAAAAABBBBBBBB", "abcsome WORDS herexyz"},
		"words changed in their places": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, "one line\ntwo line\n").chunk(1, "one LINE\ntwo LINE\n"), "BBBBAAAABBBBBAAAAB", "one LINE\ntwo LINE\n"},
		"packed": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, strings.Repeat("text ", 10)).chunk(1, "\x1f\x8b\x08\x00packed\xff\x00"), "AAAAAAAAAAAA", "\x1f\x8b\x08\x00packed\xff\x00"},
		"packed, with more around it": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, packed[0]).chunk(1, "<<"+packed[0]+">>"), "AA" + strings.Repeat("B", len(packed[0])) + "AA",
			"<<" + packed[0] + ">>"},
		"packed, with more between": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, packed[0]).chunk(2, packed[1]).chunk(1, packed[0]).chunk(1, "--").chunk(1, packed[1]).chunk(1, "--"),
			strings.Repeat("B", len(packed[0])) + "AA" + strings.Repeat("B", len(packed[1])) + "AA",
			packed[0] + "--" + packed[1] + "--"},
		"put before what begins as it ends": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, "<p>some text</p>").chunk(1, "<p>some text<b>new</b></p>"),
			"BBBBBBBBBBBBAAAAAAAAAABBBB", "<p>some text<b>new</b></p>"},
		"put behind what ends as it begins": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, "<body><h1>some text</h1>").chunk(1, "<body><i>x</i><h1>some text</h1>!"),
			"BBBBBBAAAAAAAABBBBBBBBBBBBBBBBBBA", "<body><i>x</i><h1>some text</h1>!"},
		"another line": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, "line one\nline two\n").chunk(1, "line one\nline new\nline two\n"),
			"BBBBBBBBBAAAAAAAAABBBBBBBBB", "line one\nline new\nline two\n"},
		"another text, with the same tags": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, "<div><p>some words</p></div>").chunk(1, "<p>gone</p>"), "AAAAAAAAAAA", "<p>gone</p>"},
		"by the body of another": {newScript(nil).enter(2).enter(3).answer(1, "200 OK").
			exit(3).add(2, event.Exit, &event.Left{Result: "generator", Same: true, Of: 3}).
			passOn(3, 0, 0, 2).chunk(1, "hi"), "CC", "hi"},
		"not the last that was asked": {newScript(nil).enter(2).exit(2).enterIn(3, 1, "wsgi").exit(3).answer(1, "200 OK").
			chunk(2, "not found").passOn(3, 0, 0, 5).chunk(1, "found"), "CCCCC", "found"},
		"through a framework": {newScript(nil).enterIn(2, 1, "pyramid").enterIn(3, 2, "wsgi").answer(1, "200 OK").
			chunk(3, "some text of it").chunk(1, "some text of it!!"), "CCCCCCCCCCCCCCCAA", "some text of it!!"},
		"of one literal that each stage puts around what it got": {newScript(nil).enter(2).enter(3).enter(4).answer(1, "200 OK").
			passOn(4, 0, 3, 2).passOn(3, 0, 0, 3).passOn(3, 0, 3, 2).passOn(3, 0, 4, 4).
			passOn(2, 0, 0, 3).passOn(2, 0, 1, 3).passOn(2, 0, 3, 2).passOn(2, 0, 4, 4).passOn(2, 0, 5, 4).
			chunk(1, "<b>").chunk(1, "<b>").chunk(1, "<b>").chunk(1, "hi").chunk(1, "</b>").chunk(1, "</b>").chunk(1, "</b>"),
			"AAABBBCCCDDCCCCBBBBAAAA", "<b><b><b>hi</b></b></b>"},
		"of one literal, and the outermost puts nothing around it": {newScript(nil).enter(2).enter(3).enter(4).answer(1, "200 OK").
			passOn(4, 0, 2, 2).passOn(3, 0, 0, 3).passOn(3, 0, 2, 2).passOn(2, 0, 0, 3).passOn(2, 0, 1, 3).passOn(2, 0, 2, 2).
			chunk(1, "<b>").chunk(1, "<b>").chunk(1, "hi"), "BBBCCCDD", "<b><b>hi"},
		"of one literal, told before the server was given it": {newScript(nil).enter(2).enter(3).answer(1, "200 OK").
			chunk(3, "a text of it").chunk(2, "<b>").passOn(2, 3, 0, 12).chunk(2, "</b>").
			chunk(1, "<b>").chunk(1, "<b>").chunk(1, "a text of it").chunk(1, "</b>").chunk(1, "</b>"),
			"AAABBBCCCCCCCCCCCCBBBBAAAA", "<b><b>a text of it</b></b>"},
		"of one literal, in more than one place": {newScript(nil).enter(2).answer(1, "200 OK").
			passOn(2, 0, 0, 3).chunk(1, "one").chunk(1, "one").chunk(1, "one"), "BBBAAAAAA", "oneoneone"},
		"of two, which the stage gives one after the other": {newScript(nil).enter(2).enterIn(3, 1, "wsgi").answer(1, "200 OK").
			passOn(2, 0, 1, 3).passOn(3, 0, 2, 3).chunk(1, "its").chunk(1, "one").chunk(1, "two").chunk(1, "its"),
			"AAABBBCCCAAA", "itsonetwoits"},
		"with empty blocks, which are one object": {newScript(nil).enter(2).enter(3).answer(1, "200 OK").
			chunk(3, "some words ").chunk(2, "").passOn(3, 2, 0, 0).chunk(3, "and more words").chunk(2, "some words, and more words").
			chunk(1, "").chunk(1, "some words, and more words"),
			"CCCCCCCCCCBCCCCCCCCCCCCCCC", "some words, and more words"},
		"with something around each block": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, "0").chunk(2, "").chunk(2, "of").chunk(1, "data: 0\n\n").chunk(1, "data: of\n\n"),
			"AAAAAABAAAAAAAABBAA", "data: 0\n\ndata: of\n\n"},
		"with something in each block": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, "a b\n").chunk(2, "<p>c</p>").chunk(1, "a (1) b\n").chunk(1, "<p>c<i>2</i></p>"),
			"BBAAAABBBBBBAAAAAAAABBBB", "a (1) b\n<p>c<i>2</i></p>"},
		"with something around it, however short it is": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, "hi").chunk(1, "<b>hi</b>"), "AAABBAAAA", "<b>hi</b>"},
		"of which something else has the letters": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, "hi").chunk(1, "<b>this</b>"), "AAAAAAAAAAA", "<b>this</b>"},
		"cut within a word": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, "one two three").chunk(1, "one tw"), "BBBBBB", "one tw"},
		"cut within words at both ends": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, "everybody out there").chunk(1, "body out the"), "BBBBBBBBBBBB", "body out the"},
		"in another order": {newScript(nil).enter(2).enter(3).answer(1, "200 OK").
			chunk(3, "line one\n").chunk(3, "line two\n").chunk(3, "three\n").chunk(3, "four\n").
			chunk(2, "four\n").chunk(2, "three\n").chunk(2, "LINE TWO\n").chunk(2, "line one\n").
			chunk(1, "line one\n").chunk(1, "LINE TWO\n").chunk(1, "three\n").chunk(1, "four\n"),
			"CCCCCCCCCBBBBBBBBBCCCCCCCCCCC", "line one\nLINE TWO\nthree\nfour\n"},
		"of the second of two calls of one application": {newScript(nil).enter(2).enter(3).exit(3).chunk(3, "some text").
			add(4, event.Enter, &event.Entered{Stage: info("C"), Within: 2}).exit(4).passOn(4, 3, 0, 9).answer(1, "200 OK").
			passOn(2, 3, 0, 9).chunk(1, "some text"), "DDDDDDDDD", "some text"},
		"put together of what two gave": {newScript(nil).enter(2).exit(2).chunk(2, "<h1>Title</h1><part/><p>Footer</p>").
			enterIn(3, 1, "wsgi").exit(3).chunk(3, "some part").answer(1, "200 OK").
			chunk(1, "<h1>Title</h1>some part! <p>Footer</p>"),
			"BBBBBBBBBBBBBBCCCCCCCCCAABBBBBBBBBBBBB", "<h1>Title</h1>some part! <p>Footer</p>"},
		"round in a circle": {newScript(nil).enter(2).enter(3).answer(1, "200 OK").
			passOn(3, 2, 0, 3).passOn(2, 3, 0, 3).chunk(1, "abc"), "AAA", "abc"},
	} {
		x := c.script.fold()
		if got := string(x.Response.Body.Bytes); got != c.body {
			t.Errorf("%s: the body is %q", name, got)
		}
		if got := body(x); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s\n  of %q", name, got, c.want, c.body)
		}
	}
}

// Of a body of which a part alone was kept, what cannot be held against what was there before is the stage's.
func TestBlameCutBodies(t *testing.T) {
	long := strings.Repeat("x", 100)
	x := newScript(nil).enter(2).answer(1, "200 OK").
		add(2, event.Chunk, &event.Block{Bytes: []byte(long[:10]), Size: 100}).
		add(0, event.Chunk, &event.Data{Bytes: []byte(long[:50]), Size: 100}).fold()
	if got := body(x); got != strings.Repeat("B", 50) {
		t.Errorf("the same as far as can be seen: %s", got)
	}
	x = newScript(nil).enter(2).answer(1, "200 OK").
		add(2, event.Chunk, &event.Block{Bytes: []byte(long[:10]), Size: 100}).
		add(0, event.Chunk, &event.Data{Bytes: []byte(long[:50]), Size: 101}).fold()
	if got := body(x); got != strings.Repeat("A", 50) {
		t.Errorf("of another size: %s", got)
	}
	words := strings.Repeat("some words ", 9)
	for after, want := range map[string]string{
		"some words some words some WORDS some": strings.Repeat("B", 27) + strings.Repeat("A", 10),
		words[:60]:                              strings.Repeat("B", 50) + strings.Repeat("A", 10),
	} {
		x = newScript(nil).enter(2).answer(1, "200 OK").
			add(2, event.Chunk, &event.Block{Bytes: []byte(words[:50]), Size: 99}).
			add(0, event.Chunk, &event.Data{Bytes: []byte(after), Size: 120}).fold()
		if got := body(x); got != want {
			t.Errorf("more at the end:\n got %s\nwant %s", got, want)
		}
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
