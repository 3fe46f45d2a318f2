package wsgi_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// told writes the events of an answer a line each, without their times.
func told(events []wire.StageEvent) []string {
	var lines []string
	for _, e := range events {
		lines = append(lines, fmt.Sprintf("%d %s", e.Stage, line(e)))
	}
	return lines
}

func line(e wire.StageEvent) string {
	switch p := e.Payload.(type) {
	case *event.Entered:
		text := fmt.Sprintf("enter %s within %d", p.Stage.Name, p.Within)
		if p.Copied {
			text += " copied"
		}
		return text
	case *event.EnvironChange:
		text := "environ" + change(p)
		if p.Inner {
			text += " inner"
		}
		return text
	case *event.Read:
		return fmt.Sprintf("input %d bytes", p.Size)
	case *event.Response:
		text := "start " + p.Status
		for _, h := range p.Headers {
			text += fmt.Sprintf(" %s=%s", h.Name, h.Value)
		}
		if p.ExcInfo {
			text += " again"
		}
		return text
	case *event.Block:
		kind := "chunk"
		if e.Kind == event.Write {
			kind = "write"
		}
		if p.Same {
			return fmt.Sprintf("%s %d is %d/%d", kind, p.Size, p.Of, p.Nth)
		}
		return fmt.Sprintf("%s %d %q", kind, p.Size, p.Bytes)
	case *event.Left:
		if p.Same {
			return fmt.Sprintf("exit %s of %d", p.Result, p.Of)
		}
		return "exit " + p.Result
	case *event.Passed:
		return fmt.Sprintf("exception %d in %s %s: %s (%d frames)", p.Number, p.Where, p.Type, p.Message, len(p.Frames))
	case *event.Times:
		return "spent"
	case *event.Pause:
		return fmt.Sprintf("paused at %d by %d, then %s", p.Boundary, p.Breakpoint, p.Then)
	case *event.Edit:
		text := fmt.Sprintf("edited at %d", p.Boundary)
		if p.Environ != nil {
			text += " environ" + change(p.Environ)
		}
		if p.Status != "" {
			text += " " + p.Status
		}
		if p.Block != nil {
			text += fmt.Sprintf(" %q", p.Block.Bytes)
		}
		if p.Respond {
			text += " respond"
		}
		return text + p.Raise
	case nil:
		return "close"
	}
	return fmt.Sprintf("%T", e.Payload)
}

func change(c *event.EnvironChange) string {
	d, _, err := marshal.DecodeDict(c.Set)
	text := ""
	if c.Set != nil && err != nil {
		text = err.Error()
	}
	for _, p := range d {
		text += fmt.Sprintf(" %s=%v", p.Key, p.Value)
	}
	for k, v := range c.Objects {
		text += fmt.Sprintf(" %s=%s", k, v)
	}
	for _, k := range c.Removed {
		text += " -" + k
	}
	return text
}

// serving asks an application within these middlewares for one answer.
func serving(t *testing.T, app wsgi.Application, middlewares ...wsgi.Middleware) *answer {
	t.Helper()
	return dial(t, wsgi.NewStack(app, middlewares...).Application()).do(environ("GET"), "")
}

func diffEvents(t *testing.T, a *answer, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, told(a.Events)); diff != "" {
		t.Error(diff)
	}
}

// user is a middleware that sets the user, drops a key, and hands the body on as it is.
func user(next wsgi.Application) wsgi.Application {
	return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		e["REMOTE_USER"] = "ada"
		delete(e, "RAW_URI")
		body := next(e, start)
		e["app.done"] = []string{"yes", "indeed"}
		e["app.session"] = &answer{}
		return body
	}
}

func TestStagesAreTold(t *testing.T) {
	a := serving(t, hello, tagged("t"), user, upper)
	diffEvents(t, a,
		"2 enter wsgi_test.user within 1",
		"2 environ REMOTE_USER=ada -RAW_URI",
		"3 enter wsgi_test.upper within 2",
		"4 enter wsgi_test.hello within 3",
		"4 start 200 OK Content-Type=text/plain",
		"3 start 200 OK Content-Type=text/plain",
		"2 start 200 OK Content-Type=text/plain",
		"4 exit wsgi.Bytes",
		"3 exit wsgi_test.upper",
		"2 environ app.done=[yes indeed] app.session=<*wsgi_test.answer>",
		"2 exit wsgi_test.upper of 3",
		"1 exit wsgi_test.upper of 3",
		`4 chunk 14 "Hello, world!\n"`,
		"3 chunk 14 is 0/0",
		"4 close",
		"4 spent",
		"3 close",
		"3 spent",
		"2 spent",
		"1 spent",
	)
	if a.Body != "HELLO, WORLD!\n" || len(a.Lint) > 0 {
		t.Errorf("%+v", a)
	}
	for _, e := range a.Events {
		if s, ok := e.Payload.(*event.Times); ok && (s.Total <= 0 || s.Self <= 0 || s.Self > s.Total) {
			t.Errorf("stage %d took %v, by itself %v", e.Stage, s.Total, s.Self)
		}
	}
}

// A body of one block is one frame still, of a length that is known, behind one frame of events.
func TestOneBlockIsOneFrame(t *testing.T) {
	a := serving(t, hello, tagged("t"), user)
	if diff := cmp.Diff([]wire.Kind{wire.StageEvents, wire.Head}, a.Frames); diff != "" || !a.Sized || a.Body != "Hello, world!\n" {
		t.Errorf("%s\n%+v", diff, a)
	}
}

func TestBlocksAreToldOnce(t *testing.T) {
	blocks := []string{"one", "", "two"}
	stream := answering(func(yield func([]byte, error) bool) {
		buf := make([]byte, 3) // used again for each block
		for _, b := range blocks {
			if !yield(buf[:copy(buf, b)], nil) {
				return
			}
		}
	})
	through := func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			body := next(e, start)
			return func(yield func([]byte, error) bool) { body(yield) }
		}
	}
	inPlace := func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			body := next(e, start)
			return func(yield func([]byte, error) bool) {
				for block, err := range body {
					for i := range block {
						block[i] -= 'a' - 'A'
					}
					if !yield(block, err) {
						return
					}
				}
			}
		}
	}
	chunks := func(a *answer) (lines []string) {
		for _, l := range told(a.Events) {
			if strings.Contains(l, "chunk") {
				lines = append(lines, l)
			}
		}
		return lines
	}
	a := serving(t, stream, through, through)
	want := []string{"3 chunk 3 is 0/0", "2 chunk 3 is 0/0", `3 chunk 0 ""`, `2 chunk 0 ""`, `1 chunk 0 ""`, "3 chunk 3 is 0/1",
		"2 chunk 3 is 0/1"}
	if diff := cmp.Diff(want, chunks(a)); diff != "" || a.Body != "onetwo" {
		t.Errorf("%s\n%+v", diff, a)
	}
	a = serving(t, stream, through, inPlace, through)
	want = []string{
		`4 chunk 3 "one"`, "3 chunk 3 is 4/0", "2 chunk 3 is 0/0", `4 chunk 0 ""`, `3 chunk 0 ""`, `2 chunk 0 ""`,
		`1 chunk 0 ""`, `4 chunk 3 "two"`, "3 chunk 3 is 4/2", "2 chunk 3 is 0/1",
	}
	if diff := cmp.Diff(want, chunks(a)); diff != "" || a.Body != "ONETWO" {
		t.Errorf("%s\n%+v", diff, a)
	}
}

// Of empty blocks the server gets nothing: those of the outermost stage are told of as those within, where there are any.
func TestEmptyBlocksOfTheOutermostStage(t *testing.T) {
	leaf := func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		write := start("200 OK", wsgi.Headers{{"Content-Type", "text/plain"}}, nil)
		_, _ = write(nil)
		return wsgi.Blocks(nil)
	}
	empty := func(a *answer) (lines []string) {
		for _, l := range told(a.Events) {
			if strings.HasPrefix(l, "1 ") && strings.HasSuffix(l, `0 ""`) {
				lines = append(lines, l)
			}
		}
		return lines
	}
	a := serving(t, leaf, tagged("t"))
	if diff := cmp.Diff([]string{`1 write 0 ""`, `1 chunk 0 ""`}, empty(a)); diff != "" || a.Body != "" {
		t.Errorf("%s\n%+v", diff, a)
	}
	if a = serving(t, leaf); len(a.Events) > 0 {
		t.Errorf("%+v", a.Events)
	}
}

func TestLargeBlocksAreCut(t *testing.T) {
	large := bytes.Repeat([]byte("0123456789abcdef"), 20<<10)
	a := serving(t, answering(func(yield func([]byte, error) bool) { yield(large, nil) }), upper, upper)
	kept := 0
	for _, e := range a.Events {
		if b, ok := e.Payload.(*event.Block); ok && e.Stage == 3 {
			kept = len(b.Bytes)
			if b.Size != len(large) || b.Same {
				t.Errorf("%d bytes, same %v", b.Size, b.Same)
			}
		}
	}
	if kept != 64<<10 || len(a.Body) != len(large) {
		t.Errorf("%d bytes were kept, and %d sent", kept, len(a.Body))
	}
}

func TestCopiedEnviron(t *testing.T) {
	mount := func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			inner := wsgi.Environ{}
			for k, v := range e {
				inner[k] = v
			}
			inner["SCRIPT_NAME"], inner["PATH_INFO"] = "/mounted", "/x"
			return next(inner, start)
		}
	}
	a := serving(t, hello, mount, user)
	diffEvents(t, a,
		"1 environ PATH_INFO=/x SCRIPT_NAME=/mounted inner",
		"2 enter wsgi_test.user within 1 copied",
		"2 environ REMOTE_USER=ada -RAW_URI",
		"3 enter wsgi_test.hello within 2",
		"3 start 200 OK Content-Type=text/plain",
		"2 start 200 OK Content-Type=text/plain",
		"3 exit wsgi.Bytes",
		"2 environ app.done=[yes indeed] app.session=<*wsgi_test.answer>",
		"2 exit wsgi.Bytes of 3",
		"1 exit wsgi.Bytes of 3",
		"3 chunk 14 is 0/0",
		"3 close",
		"3 spent",
		"2 spent",
		"1 spent",
	)
}

func TestReadsAreTold(t *testing.T) {
	echo := func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		line, _ := e.Input().ReadLine(0)
		rest, _ := e.Input().ReadLines(0)
		start("200 OK", plain, nil)
		return wsgi.Bytes(append(line, bytes.Join(rest, nil)...))
	}
	eats := func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			_, _ = e.Input().Read(make([]byte, 2))
			_, _ = e.Input().Read(make([]byte, 1))
			return next(e, start)
		}
	}
	a := dial(t, wsgi.NewStack(echo, eats, upper).Application()).do(environ("POST", "CONTENT_LENGTH", "9"), "abcde\nfgh")
	var got []string
	for _, l := range told(a.Events) {
		if strings.Contains(l, "input") {
			got = append(got, l)
		}
	}
	if diff := cmp.Diff([]string{"1 input 3 bytes", "3 input 6 bytes"}, got); diff != "" || a.Body != "DE\nFGH" {
		t.Errorf("%s\n%+v", diff, a)
	}
}

// A stack within an application that is none, or within another one, is told of as well.
func TestMountedStack(t *testing.T) {
	inner := wsgi.NewStack(hello, user).Application()
	dispatch := func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		if e.Path() == "/plain" {
			return hello(e, start)
		}
		e["mounted"] = "yes"
		return inner(e, start)
	}
	p := dial(t, dispatch)
	diffEvents(t, p.do(environ("GET", "PATH_INFO", "/plain"), ""))
	a := p.do(environ("GET"), "")
	if got := told(a.Events); len(got) < 3 || got[0] != "1 environ mounted=yes" ||
		got[1] != "2 enter wsgi_test.user within 1" || got[3] != "3 enter wsgi_test.hello within 2" {
		t.Errorf("%q", got)
	}
}

func TestStageThatAsksTwice(t *testing.T) {
	twice := func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			for range next(e, func(string, wsgi.Headers, error) wsgi.Write { return nil }) {
				continue
			}
			return next(e, start)
		}
	}
	a := serving(t, hello, twice, upper)
	var entered []string
	for _, e := range a.Events {
		if e.Kind == event.Enter {
			entered = append(entered, told([]wire.StageEvent{e})...)
		}
	}
	want := []string{
		"2 enter wsgi_test.upper within 1", "3 enter wsgi_test.hello within 2",
		"4 enter wsgi_test.upper within 1", "5 enter wsgi_test.hello within 4",
	}
	if diff := cmp.Diff(want, entered); diff != "" || a.Body != "HELLO, WORLD!\n" {
		t.Errorf("%s\n%+v", diff, a)
	}
}

// Of what never calls start_response it is told when it was called, once, as no head tells of it.
func TestEnteredIsTold(t *testing.T) {
	for name, middlewares := range map[string][]wsgi.Middleware{"one stage": nil, "two": {upper}} {
		a := serving(t, refuse, middlewares...)
		entered := 0
		for _, e := range a.Events {
			if e.Stage == 1 && e.Kind == event.Enter {
				entered++
				if e.At == 0 || e.At > a.Events[len(a.Events)-1].At {
					t.Errorf("%s: entered at %d", name, e.At)
				}
			}
		}
		if entered != 1 {
			t.Errorf("%s: told %d times\n%s", name, entered, strings.Join(told(a.Events), "\n"))
		}
	}
	for _, e := range serving(t, hello, upper).Events {
		if e.Stage == 1 && e.Kind == event.Enter {
			t.Error("it is told though the head has told it")
		}
	}
}
