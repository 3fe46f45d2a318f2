package recorder_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/recorder"
)

// script writes the events of an exchange, a microsecond apart. Stages are called A (1), B, C and so on, each within the
// one before unless it is said otherwise.
type script struct {
	events []event.Event
	at     time.Duration
}

func newScript(environ marshal.Dict) *script {
	s := &script{}
	return s.add(0, event.Enter, &event.Request{Started: epoch, Build: 1, Head: []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		Environ: marshal.Append(nil, environ), App: info("A")})
}

func info(name string) *event.StageInfo {
	return &event.StageInfo{Name: name, Kind: "wsgi", File: name + ".py", Line: 1}
}

func (s *script) add(stage int, kind event.Kind, payload any) *script {
	s.at += time.Microsecond
	s.events = append(s.events, event.Event{Exchange: 9, Seq: uint32(len(s.events)), Stage: uint16(stage), Kind: kind, At: s.at, Payload: payload})
	return s
}

func (s *script) enter(stage int) *script { return s.enterIn(stage, stage-1, "wsgi") }

func (s *script) enterIn(stage, within int, kind string) *script {
	i := info(string(rune('A' + stage - 1)))
	i.Kind = kind
	return s.add(stage, event.Enter, &event.Entered{Stage: i, Within: uint16(within)})
}

// answer has a stage give a response, fields as "Name: value".
func (s *script) answer(stage int, status string, fields ...string) *script {
	r := &event.Response{Status: status, Headers: fieldsOf(fields)}
	if stage == 1 {
		stage, r.Entered = 0, time.Microsecond
	}
	return s.add(stage, event.StartResponse, r)
}

func fieldsOf(fields []string) (out []event.Header) {
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		out = append(out, event.Header{Name: name, Value: value})
	}
	return out
}

func (s *script) exit(stage int) *script {
	return s.add(stage, event.Exit, &event.Left{Result: "generator"})
}

func (s *script) chunk(stage int, text string) *script {
	if stage == 1 {
		return s.add(0, event.Chunk, &event.Data{Bytes: []byte(text), Size: len(text)})
	}
	return s.add(stage, event.Chunk, &event.Block{Bytes: []byte(text), Size: len(text)})
}

// passOn has a stage give a block that another gave or will give.
func (s *script) passOn(stage, of, nth, size int) *script {
	return s.add(stage, event.Chunk, &event.Block{Same: true, Of: uint16(of), Nth: uint32(nth), Size: size})
}

func (s *script) environ(stage int, set marshal.Dict, removed ...string) *script {
	return s.add(stage, event.EnvironChanged, &event.EnvironChange{Set: marshal.Append(nil, set), Removed: removed})
}

func (s *script) fold() *recorder.Exchange {
	s.add(0, event.Close, nil)
	s.add(0, event.Exit, &event.Ending{Closed: true})
	return recorder.Fold(s.events)
}

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

func TestStagesEnviron(t *testing.T) {
	x := newScript(marshal.Dict{{Key: "SCRIPT_NAME", Value: ""}, {Key: "PATH_INFO", Value: "/api/x"}, {Key: "HTTP_X", Value: "1"}}).
		environ(1, marshal.Dict{{Key: "SCRIPT_NAME", Value: "/api"}, {Key: "PATH_INFO", Value: "/x"}}).
		enter(2).
		environ(2, marshal.Dict{{Key: "REMOTE_USER", Value: "anna"}, {Key: "PATH_INFO", Value: "/x"}}, "HTTP_X").
		enter(3).
		environ(3, marshal.Dict{{Key: "REMOTE_USER", Value: "bert"}}).
		exit(3).
		environ(2, nil, "REMOTE_USER").
		exit(2).
		environ(1, marshal.Dict{{Key: "SCRIPT_NAME", Value: ""}}).
		answer(1, "200 OK").fold()
	for i, want := range []recorder.EnvironChanges{
		{},
		{Changed: map[string][2]any{"SCRIPT_NAME": {"", "/api"}, "PATH_INFO": {"/api/x", "/x"}}},
		{Added: map[string]any{"REMOTE_USER": "anna"}, Removed: []string{"HTTP_X", "REMOTE_USER"}},
		{Changed: map[string][2]any{"REMOTE_USER": {"anna", "bert"}}},
	} {
		if diff := cmp.Diff(want, x.Stages[i].EnvironChanges, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("stage %d (-want +got):\n%s", i, diff)
		}
	}
	if diff := cmp.Diff(map[string]int{"SCRIPT_NAME": 1, "PATH_INFO": 1, "REMOTE_USER": 2, "HTTP_X": 2}, x.Blame.Environ); diff != "" {
		t.Errorf("blame (-want +got):\n%s", diff)
	}
	want := []string{"A changed from  to /api", "A restored from /api to "}
	if diff := cmp.Diff(want, touches(x, "environ", "SCRIPT_NAME")); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if v, _ := x.Environ.Get("PATH_INFO"); v != "/api/x" {
		t.Errorf("the environ of the exchange is the server's: PATH_INFO = %v", v)
	}
}

// A stage that passes on a copy is to blame for what is different in it, and what is done to the copy stays there.
func TestStagesCopiedEnviron(t *testing.T) {
	s := newScript(marshal.Dict{{Key: "A", Value: "1"}})
	s.add(1, event.EnvironChanged, &event.EnvironChange{Inner: true, Set: marshal.Append(nil, marshal.Dict{{Key: "A", Value: "2"}})}).
		add(2, event.Enter, &event.Entered{Stage: info("B"), Within: 1, Copied: true}).
		environ(2, marshal.Dict{{Key: "A", Value: "3"}}).enter(3).exit(3).exit(2).
		environ(1, marshal.Dict{{Key: "A", Value: "9"}}).answer(1, "200 OK")
	x := s.fold()
	if diff := cmp.Diff(map[string][2]any{"A": {"1", "2"}}, x.Stages[1].EnvironChanges.Changed); false {
		t.Error(diff)
	}
	got := touches(x, "environ", "A")
	want := []string{"A changed from 1 to 2", "B changed from 2 to 3", "A changed from 1 to 9"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	w := recorder.Moments(s.events)
	for _, c := range []struct {
		stage    int
		boundary string
		want     string
	}{{1, "enter", "1"}, {2, "enter", "2"}, {3, "enter", "3"}, {2, "exit", "3"}, {1, "start_response", "9"}, {0, "exit", "9"}} {
		if v, _ := at(t, w, c.stage, c.boundary).Environ.Get("A"); v != c.want {
			t.Errorf("at %d:%s A is %v, want %s", c.stage, c.boundary, v, c.want)
		}
	}
}

func at(t *testing.T, w *recorder.Walk, stage int, boundary string) recorder.Standing {
	t.Helper()
	for i := range w.Moments {
		if m := w.Moments[i]; m.Stage == stage && m.Boundary == boundary {
			return w.At(i)
		}
	}
	t.Fatalf("no moment %d:%s in %+v", stage, boundary, w.Moments)
	return recorder.Standing{}
}

func TestBlameBodies(t *testing.T) {
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
		"joined": {newScript(nil).enter(2).enter(3).answer(1, "200 OK").
			chunk(3, "one, ").chunk(3, "two.").passOn(2, 0, 0, 9).chunk(1, "one, two."), "CCCCCCCCC", "one, two."},
		"split": {newScript(nil).enter(2).enter(3).answer(1, "200 OK").
			chunk(3, "one, two.").passOn(2, 0, 0, 4).chunk(1, "one,").passOn(2, 0, 1, 5).chunk(1, " two."), "CCCCCCCCC", "one, two."},
		"between what is passed on": {newScript(nil).enter(2).answer(1, "200 OK").
			passOn(2, 0, 0, 3).chunk(1, "abc").chunk(2, "some words here").chunk(1, "some WORDS here").passOn(2, 0, 2, 3).chunk(1, "xyz"),
			"BBBBBBBBAAAAABBBBBBBB", "abcsome WORDS herexyz"},
		"packed": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, strings.Repeat("text ", 10)).chunk(1, "\x1f\x8b\x08\x00packed\xff\x00"), "AAAAAAAAAAAA", "\x1f\x8b\x08\x00packed\xff\x00"},
		"by the body of another": {newScript(nil).enter(2).enter(3).answer(1, "200 OK").
			exit(3).add(2, event.Exit, &event.Left{Result: "generator", Same: true, Of: 3}).
			passOn(3, 0, 0, 2).chunk(1, "hi"), "CC", "hi"},
		"not the last that was asked": {newScript(nil).enter(2).exit(2).enterIn(3, 1, "wsgi").exit(3).answer(1, "200 OK").
			chunk(2, "not found").passOn(3, 0, 0, 5).chunk(1, "found"), "CCCCC", "found"},
		"through a framework": {newScript(nil).enterIn(2, 1, "pyramid").enterIn(3, 2, "wsgi").answer(1, "200 OK").
			chunk(3, "some text of it").chunk(1, "some text of it!!"), "CCCCCCCCCCCCCCCAA", "some text of it!!"},
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
}

func TestStagesExceptions(t *testing.T) {
	raise := func(n uint32, kind string) *event.Passed {
		return &event.Passed{Type: kind, Message: "no", Number: n, Frames: []event.Frame{{File: "c.py", Line: 3, Function: "f"}}}
	}
	x := newScript(nil).enter(2).enter(3).add(3, event.Exception, raise(1, "app.Refused")).
		add(2, event.Exception, &event.Passed{Type: "app.Refused", Message: "no", Number: 1}).
		add(0, event.Exception, &event.Raised{Type: "Refused", Message: "no"}).fold()
	if x.Exception.Stage != 3 || x.Stages[1].Exception == nil || x.Stages[1].Rose || x.Stages[2].Rose || !x.Stages[3].Rose {
		t.Errorf("%+v", x.Stages)
	}
	if f := x.Stages[2].Exception.Frames; len(f) != 1 || f[0].File != "c.py" {
		t.Errorf("%+v", f)
	}
	x = newScript(nil).enter(2).exit(2).add(0, event.Exception, &event.Raised{Type: "E"}).fold()
	if x.Exception.Stage != 1 || !x.Stages[1].Rose {
		t.Errorf("rose in stage %d", x.Exception.Stage)
	}
}

func TestStagesNotes(t *testing.T) {
	x := newScript(nil).enter(2).enter(3).
		add(1, event.Input, &event.Read{Reads: 1, Size: 10}).add(3, event.Input, &event.Read{Reads: 2}).
		answer(1, "200 OK").exit(3).exit(2).
		chunk(3, "one ").chunk(3, "two ").chunk(3, "three").passOn(2, 0, 0, 13).chunk(1, "one two three").fold()
	got := map[int]string{}
	for i, s := range x.Stages {
		if len(s.Notes) > 0 {
			got[i] = strings.Join(s.Notes, "; ")
		}
	}
	want := map[int]string{
		1: "ate the request's body: it read 10 bytes, and stage 3 (C) found nothing left",
		2: "buffered: it took 3 chunks (13 bytes) before it gave its first; re-chunked: 3 chunks became 1; " +
			"did not call close() of what stage 3 (C) returned",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What was there as a whole was not held back by who took it, and has no close to be called.
func TestStagesWholeBodies(t *testing.T) {
	x := newScript(nil).enter(2).enter(3).answer(3, "200 OK").
		chunk(3, "one ").chunk(3, "two").add(3, event.Exit, &event.Left{Result: "list"}).exit(2).
		chunk(2, "ONE ").chunk(2, "TWO").fold()
	if s := x.Stages[2]; len(s.Notes) > 0 || s.Closed {
		t.Errorf("the generator: %v, closed: %v", s.Notes, s.Closed)
	}
	if s := x.Stages[3]; len(s.Notes) > 0 || !s.Closed {
		t.Errorf("the list: %v, closed: %v", s.Notes, s.Closed)
	}
}

// A generator function runs when its body is iterated, and is closed with that.
func TestStagesGeneratorFunctions(t *testing.T) {
	x := newScript(nil).enter(2).add(2, event.Exit, &event.Left{Result: "generator"}).
		enter(3).add(3, event.Exit, &event.Left{Result: "generator"}).answer(3, "200 OK").
		chunk(3, "one").chunk(2, "one").add(2, event.Close, nil).fold()
	if s := x.Stages[2]; len(s.Notes) > 0 || !s.Closed || !x.Stages[3].Closed {
		t.Errorf("%v, closed: %v, %v", s.Notes, s.Closed, x.Stages[3].Closed)
	}
}

func TestStagesEditedByHand(t *testing.T) {
	s := newScript(marshal.Dict{{Key: "PATH_INFO", Value: "/"}}).enter(2).
		add(2, event.Edited, &event.Edit{Boundary: event.Enter, Environ: &event.EnvironChange{
			Set: marshal.Append(nil, marshal.Dict{{Key: "REMOTE_USER", Value: "anna"}})}}).
		add(2, event.Paused, &event.Pause{Boundary: event.Enter, Took: time.Second, Breakpoint: 3, Then: "continue"}).
		answer(2, "200 OK", "X-A: 1").
		add(2, event.Edited, &event.Edit{Boundary: event.StartResponse, Status: "202 Accepted"}).
		add(2, event.Paused, &event.Pause{Boundary: event.StartResponse, Took: time.Second, Then: "step"}).
		answer(1, "202 Accepted", "X-A: 1")
	x := s.fold()
	want := []recorder.Pause{
		{AtMS: .004, Boundary: "enter", TookMS: 1000, Breakpoint: 3, Then: "continue", Edited: []string{"environ REMOTE_USER"}},
		{AtMS: .007, Boundary: "start_response", TookMS: 1000, Then: "step", Edited: []string{"status"}},
	}
	if diff := cmp.Diff(want, x.Stages[2].Pauses); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"B set to 200 OK", "B edited from 200 OK to 202 Accepted"}, touches(x, "status", "")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"B edited to anna"}, touches(x, "environ", "REMOTE_USER")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w := recorder.Moments(s.events)
	if p := at(t, w, 2, "enter").Pause; p == nil || p.Then != "continue" {
		t.Errorf("%+v", p)
	}
}

// An exchange of many stages has them in order, with their times, and its moments say how things stood.
func TestMoments(t *testing.T) {
	events := staged(4, 8, 100)
	x, w := recorder.Fold(events), recorder.Moments(events)
	if len(x.Stages) != 9 || x.Stages[8].Name != "site.middleware.Layer8" || x.Stages[8].Within != 7 {
		t.Fatalf("%+v", x.Stages)
	}
	if s := x.Stages[1]; s.TotalMS != .4 || s.SelfMS != .05 || s.EnterMS != .1 {
		t.Errorf("%+v", s)
	}
	if self := x.Stages[0].SelfMS; self != .8 {
		t.Errorf("the server's own time is %v", self)
	}
	if got := body(x); got != strings.Repeat("H", 100) {
		t.Error(got)
	}
	depth := 0
	for i := range w.Moments {
		s := w.At(i)
		depth = max(depth, s.Depth)
	}
	if depth != 8 {
		t.Errorf("depth %d", depth)
	}
	if s := at(t, w, 5, "enter"); len(s.Environ) != len(x.Environ)+4 || s.Status != "" {
		t.Errorf("%+v", s)
	}
	if s := at(t, w, 5, "start_response"); len(s.Headers) != 2+3 || s.AnswerBy != 5 || len(s.Changes.Headers.Added) != 1 {
		t.Errorf("%+v", s)
	}
	if s := at(t, w, 8, "chunk"); len(s.Body.Bytes) != 100 || s.Chunk == nil {
		t.Errorf("%+v", s)
	}
	if s := w.At(len(w.Moments) - 1); s.Stage != 0 || s.Boundary != "exit" || len(s.Body.Bytes) != 100 {
		t.Errorf("%+v", s)
	}
	if first := w.Moments[1]; first.Stage != 1 || first.Boundary != "enter" || first.AtMS != .1 {
		t.Errorf("%+v", first)
	}
}

// The call of the outermost stage has returned before its body fails.
func TestMomentsOfABodyThatFails(t *testing.T) {
	s := newScript(nil).enter(2).exit(2)
	s.add(2, event.Exception, &event.Passed{Where: event.InIterate, Type: "ValueError", Number: 1})
	s.add(0, event.Exception, &event.Raised{Where: event.InIterate, Type: "ValueError"})
	s.add(0, event.StartResponse, &event.Response{Status: "500 Internal Server Error", Server: true})
	s.fold()
	var got []string
	for _, m := range recorder.Moments(s.events).Moments {
		got = append(got, fmt.Sprintf("%s %d", m.Boundary, m.Stage))
	}
	want := []string{"enter 0", "enter 1", "enter 2", "exit 2", "exception 2", "exit 1", "exception 1", "start_response 0", "exit 0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The events of inner stages are gathered, and may come after what the server was told before: when they happened counts.
func TestStagesInTheOrderOfTime(t *testing.T) {
	s := newScript(nil).enter(2).answer(2, "200 OK", "X-A: 1").exit(2).answer(1, "200 OK", "X-A: 1")
	last := len(s.events) - 1
	late := append(append([]event.Event{}, s.events[0], s.events[last]), s.events[1:last]...)
	for i := range late {
		late[i].Seq = uint32(i)
	}
	s.events = late
	x := s.fold()
	if !cmp.Equal(x.Blame.Fields, []int{2}) || x.Blame.Status != 2 || x.Lost != 0 {
		t.Errorf("%+v", x.Blame)
	}
	if first := recorder.Moments(s.events).Moments[2]; first.Stage != 2 || first.Boundary != "enter" {
		t.Errorf("%+v", first)
	}
}

// An exchange whose stages are not told apart has the moments of the server.
func TestMomentsWithoutStages(t *testing.T) {
	w := recorder.Moments(typical(1, 100))
	var got []string
	for _, m := range w.Moments {
		if m.Stage != 0 {
			t.Errorf("%+v", m)
		}
		got = append(got, m.Boundary)
	}
	if diff := cmp.Diff([]string{"enter", "start_response", "chunk", "close", "exit"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A walk reads back as it was written.
func TestMomentsJSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, err := json.Marshal(recorder.Moments(genEvents().Draw(t, "events")))
		if err != nil {
			t.Fatal(err)
		}
		var w recorder.Walk
		if err := json.Unmarshal(want, &w); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(&w); err != nil || string(got) != string(want) {
			t.Fatalf("%v\n%s\n%s", err, want, got)
		}
	})
}

// Whatever the events are, the fold stands, its stages are at their places, the body is blamed without a gap, and the
// events taken apart end where the exchange does.
func TestFoldHoldsForAnyStages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := genEvents().Draw(t, "events")
		x := recorder.Fold(events)
		for i, s := range x.Stages {
			if s.Index != i || i > 0 && s.Within >= i {
				t.Fatalf("stage %d is %+v", i, s)
			}
		}
		at := 0
		for _, s := range x.Blame.Body {
			if s.Start != at || s.End <= at || s.Stage >= len(x.Stages) {
				t.Fatalf("%+v of %d bytes", x.Blame.Body, len(x.Response.Body.Bytes))
			}
			at = s.End
		}
		if len(x.Stages) > 1 && at != len(x.Response.Body.Bytes) {
			t.Fatalf("%d of %d bytes are blamed: %+v", at, len(x.Response.Body.Bytes), x.Blame.Body)
		}
		if len(x.Stages) > 1 && len(x.Blame.Fields) != len(x.Response.Headers) {
			t.Fatalf("%v for %v", x.Blame.Fields, x.Response.Headers)
		}
		w := recorder.Moments(events)
		for i := range w.Moments {
			if s := w.At(i); s.Stage >= len(x.Stages) {
				t.Fatalf("a moment of stage %d", s.Stage)
			}
		}
		if again := recorder.Fold(events); !cmp.Equal(x, again, bigInts, cmpopts.EquateNaNs()) {
			t.Fatal("the same events gave another exchange")
		}
	})
}
