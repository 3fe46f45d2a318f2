package recorder_test

import (
	"testing"

	"github.com/snifter-dev/snifter/devserver/event"
)

// made has a framework's layer give a response of these blocks.
func (s *script) made(stage int, blocks ...string) *script {
	s.add(stage, event.Exit, &event.Left{Result: "HttpResponse"})
	for _, text := range blocks {
		s.chunk(stage, text)
	}
	return s
}

// lazily has it give one whose body is not there yet.
func (s *script) lazily(stage int) *script {
	return s.add(stage, event.Exit, &event.Left{Result: "dict"}).add(stage, event.Chunk, &event.Block{Type: "dict"})
}

// got has it get a block that no layer gave.
func (s *script) got(stage int, text string) *script {
	return s.add(stage, event.Chunk, &event.Block{Bytes: []byte(text), Size: len(text), Given: true})
}

// response has an application call what a framework made.
func (s *script) response(stage, within int) *script {
	return s.add(stage, event.Enter, &event.Entered{Stage: info("flask.wrappers.Response"), Within: uint16(within)})
}

// file has a stage return what the server alone iterates; of is the stage that made it, 0 for itself.
func (s *script) file(stage, of int) *script {
	return s.add(stage, event.Exit, &event.Left{Result: "FileWrapper", File: true, Same: of > 0, Of: uint16(of)})
}

// A body that could not be looked into is that of the stage that others have only passed it on from, but for what was written.
func TestBlameBodyUnseen(t *testing.T) {
	unseen := func() *script {
		return newScript(nil).answer(1, "200 OK").enter(2).enter(3).add(3, event.Exit, &event.Left{Result: "Rows"}).
			add(2, event.Exit, &event.Left{Result: "Rows", Same: true, Of: 3})
	}
	times := &event.Times{Of: 3}
	if got := body(unseen().chunk(1, "row").add(1, event.Spent, times).fold()); got != "CCC" {
		t.Error(got)
	}
	wrote := unseen().add(0, event.Write, &event.Data{Bytes: []byte("head"), Size: 4}).add(1, event.Spent, times).fold()
	if got := body(wrote); got != "AAAA" {
		t.Error(got)
	}
}

func TestBlameLayersBodies(t *testing.T) {
	flask := func() *script { return newScript(nil).answer(1, "200 OK").enterIn(2, 1, "flask") }
	django := func() *script {
		return newScript(nil).answer(1, "200 OK").enterIn(2, 1, "django middleware").enterIn(3, 2, "django middleware").
			enterIn(4, 3, "django view")
	}
	for name, c := range map[string]struct {
		script *script
		want   string
		body   string
	}{
		"a view's": {django().made(4, "hello").made(3).made(2).chunk(1, "hello"), "DDDDD", "hello"},
		"a middleware's that rewrote it": {django().made(4, "some <b>words</b>").made(3, "some <i>words</i>").made(2).
			chunk(1, "some <i>words</i>"), "DDDDDDCDDDDDDDDCD", "some <i>words</i>"},
		"a hook's that was given it": {flask().made(2, "a text").enterIn(3, 1, "flask").made(3, "a text and a footer").
			enterIn(4, 1, "flask").made(4).response(5, 1).passOn(5, 0, 0, 19).chunk(1, "a text and a footer"),
			"BBBBBBCCCCCCCCCCCCC", "a text and a footer"},
		"what a view's value became": {flask().lazily(2).response(3, 1).passOn(3, 0, 0, 7).chunk(1, `{"a":1}`), "BBBBBBB", `{"a":1}`},
		"and was changed then": {flask().lazily(2).enterIn(3, 1, "flask").got(3, "a text").made(3, "a text and a footer").
			response(4, 1).passOn(4, 0, 0, 19).chunk(1, "a text and a footer"), "BBBBBBCCCCCCCCCCCCC", "a text and a footer"},
		"an error that is a response": {newScript(nil).answer(1, "302 Found").enterIn(2, 1, "pyramid").
			add(2, event.Exit, &event.Left{Result: "HTTPFound", Response: &event.Response{Status: "302 Found"}}).
			add(2, event.Chunk, &event.Block{Type: "list"}).enterIn(3, 1, "wsgi").answer(3, "302 Found").
			chunk(3, "found").chunk(1, "found"), "BBBBB", "found"},
		"an application that a view returned": {flask().lazily(2).enterIn(3, 1, "wsgi").chunk(3, "its own").
			chunk(1, "its own"), "CCCCCCC", "its own"},
		"what a hook then got as another iterable": {flask().add(2, event.Exception, &event.Passed{Type: "E", Number: 1}).
			enterIn(3, 1, "wsgi").chunk(3, "its own").enterIn(4, 1, "flask").add(4, event.Chunk, &event.Block{Type: "chain", Given: true}).
			made(4).response(5, 1).passOn(5, 0, 0, 7).chunk(1, "its own"), "CCCCCCC", "its own"},
		"a stream of a middleware's": {django().made(4, "text").lazily(3).made(2).chunk(1, "pa").chunk(1, "cked"), "CCCCCC", "packed"},
		"an error's page": {django().add(4, event.Exception, &event.Passed{Type: "E", Number: 1}).got(3, "an error").
			made(3, "an error, framed").made(2).chunk(1, "an error, framed"), "AAAAAAAACCCCCCCC", "an error, framed"},
		"an error's page in spite of an exception": {django().add(3, event.Exception, &event.Passed{Type: "E", Number: 1}).
			enterIn(5, 3, "django error_view").made(5, "sorry").made(3).made(2).chunk(1, "sorry"), "EEEEE", "sorry"},
		"a hook in a view": {django().enterIn(5, 4, "django process_response").got(5, "from the view").made(5, "from the view, changed").
			made(4).made(3).made(2).chunk(1, "from the view, changed"), "DDDDDDDDDDDDDEEEEEEEEE", "from the view, changed"},
		"another after an exception": {flask().lazily(2).enterIn(3, 1, "flask").
			add(3, event.Exception, &event.Passed{Type: "E", Number: 1}).response(4, 1).passOn(4, 0, 0, 5).chunk(1, "error"),
			"DDDDD", "error"},
		"an exception that is a response": {flask().raise(2, nil, nil).chunk(2, "raised").enterIn(3, 1, "bottle").made(3).
			chunk(1, "raised"), "BBBBBB", "raised"},
		"and passes what is around": {flask().enterIn(3, 2, "bottle").raise(3, nil, nil).add(3, event.Chunk, &event.Block{Type: "list"}).raise(2, nil, nil).
			chunk(1, "raised"), "CCCCCC", "raised"},
		"and another that replaces it": {flask().enterIn(3, 2, "bottle").raise(3, nil, nil).add(3, event.Chunk, &event.Block{Type: "list"}).
			add(2, event.Exception, &event.Passed{Type: "E", Number: 2}).chunk(1, "error"), "AAAAA", "error"},
		"what stands around it rewrites": {newScript(nil).answer(1, "200 OK").enter(2).enterIn(3, 2, "flask").made(3, "hello there").
			response(4, 2).chunk(4, "hello there").passOn(2, 4, 0, 11).chunk(1, "HELLO there"), "AAAAACCCCCC", "HELLO there"},
		"a file of the innermost": {newScript(nil).answer(1, "200 OK").enter(2).enter(3).file(3, 0).file(2, 3).file(1, 3).
			chunk(1, "of a ").chunk(1, "file"), "CCCCCCCCC", "of a file"},
		"a file of a view": {newScript(nil).answer(1, "200 OK").enter(2).enterIn(3, 2, "flask").lazily(3).response(4, 2).
			file(4, 0).file(2, 4).file(1, 4).chunk(1, "of a file"), "CCCCCCCCC", "of a file"},
		"a file that was read on the way": {newScript(nil).answer(1, "200 OK").enter(2).enter(3).file(3, 0).
			chunk(2, "of a file").chunk(1, "of a file"), "BBBBBBBBB", "of a file"},
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

// What a stage wrote is held against what was written within it, and what it returned against what it got.
func TestBlameWrites(t *testing.T) {
	write := func(s *script, stage int, text string) *script {
		return s.add(stage, event.Write, &event.Block{Bytes: []byte(text), Size: len(text)})
	}
	s := newScript(nil).answer(1, "200 OK").enter(2).enter(3).enter(4)
	write(write(s, 4, "some words here"), 3, "some words here")
	s.add(4, event.Exit, &event.Left{Result: "list"}).add(3, event.Exit, &event.Left{Result: "list", Same: true, Of: 4})
	s.chunk(4, " and words there")
	write(s, 2, "some WORDS here").add(0, event.Write, &event.Data{Bytes: []byte("some WORDS here"), Size: 15})
	x := s.chunk(2, " and WORDS there").chunk(1, " and WORDS there").fold()
	if got, want := body(x), "DDDDDBBBBBDDDDD"+"DDDDDBBBBBDDDDDD"; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// A stage that returns the body of one within as it is has given what came by that alone: what was written within, it may have
// dropped.
func TestChunksOfWhoDropsWhatIsWritten(t *testing.T) {
	s := newScript(nil).answer(1, "200 OK").enter(2).enter(3).enter(4)
	for _, stage := range []int{4, 3} { // 2 drops it
		s.add(stage, event.Write, &event.Block{Bytes: []byte("written "), Size: 8})
	}
	s.exit(4).same(3, 4).same(2, 4).chunk(4, "given ").chunk(4, "and more ")
	x := s.chunk(1, "given ").chunk(1, "and more ").fold()
	for i, want := range []int{2, 2, 2, 3, 3} {
		if got := len(x.Stages[i].Chunks); got != want {
			t.Errorf("stage %d gave %d chunks, want %d", i, got, want)
		}
	}
	if got, want := body(x), "DDDDDD"+"DDDDDDDDD"; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// Who unpacks what was packed on the way gives what was there before, and may put something of its own around it.
func TestBlameUndone(t *testing.T) {
	for last, want := range map[string]string{
		"one block and another": "DDDDDDDDDDDDDDDDDDDDD", "one block and another, framed": "DDDDDDDDDDDDDDDDDDDDDBBBBBBBB",
		"one rock and another": "BBBBBBBBBBBBBBBBBBBB",
	} {
		s := newScript(nil).answer(1, "200 OK").enter(2).enter(3).enter(4).exit(4).chunk(4, "one block ").chunk(4, "and another")
		s.exit(3).chunk(3, "\x1f\x8b\x08\x00packed\xff").exit(2).chunk(2, "").chunk(2, last)
		if got := body(s.chunk(1, last).fold()); got != want {
			t.Errorf("%s: %s", last, got)
		}
	}
}

// Who changes a text back has changed each block of it, also one that is told as the very block that another stage gave first.
func TestBlameChangedBack(t *testing.T) {
	stack := func() *script { return newScript(nil).answer(1, "200 OK").enter(2).enter(3).enter(4).exit(4) }
	for name, c := range map[string]struct {
		script *script
		want   string
	}{
		"by the outermost": {
			stack().passOn(4, 0, 0, 8).chunk(4, "And Two ").exit(3).chunk(3, "tHE oNE ").exit(2).passOn(2, 3, 0, 8).
				chunk(3, "aND tWO ").passOn(2, 3, 1, 8).chunk(2, "a foot").
				chunk(1, "The One ").chunk(1, "And Two ").chunk(1, "A FOOT"),
			"AAAAAAAAAAAAAAAAAAAAAA",
		},
		"beneath what adds to it": {
			stack().chunk(4, "The One ").chunk(4, "And Twos").exit(3).chunk(3, "tHE oNE ").exit(2).passOn(2, 0, 0, 8).
				chunk(3, "aND tWOS").passOn(2, 0, 1, 8).chunk(1, "The One ").chunk(1, "And Twos").chunk(1, "a foot"),
			"BBBBBBBBBBBBBBBBAAAAAA",
		},
		"what is changed once": {
			stack().chunk(4, "The One ").chunk(4, "And Twos").exit(3).passOn(3, 4, 0, 8).exit(2).passOn(2, 0, 0, 8).
				passOn(3, 4, 1, 8).passOn(2, 0, 1, 8).chunk(1, "tHE oNE ").chunk(1, "aND tWOS"),
			"BBBBBBBBBBBBBBBB",
		},
	} {
		if got := body(c.script.fold()); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

// What a layer got is no block of its own, nor is a body that is not there yet.
func TestLayersChunks(t *testing.T) {
	x := newScript(nil).answer(1, "200 OK").enterIn(2, 1, "flask").lazily(2).enterIn(3, 1, "flask").got(3, "a text").
		made(3, "a text!", "?").chunk(1, "a text!?").fold()
	for i, want := range []int{1, 1, 0, 2} {
		if got := len(x.Stages[i].Chunks); got != want {
			t.Errorf("stage %d gave %d chunks, want %d", i, got, want)
		}
	}
	if notes := x.Stages[1].Notes; len(notes) > 0 {
		t.Errorf("the application is said to have done something to the body: %q", notes)
	}
}

// Python has but one object of each byte: that it was seen before tells nothing of who made it.
func TestBlameSplitIntoBytes(t *testing.T) {
	stack := func() *script { return newScript(nil).answer(1, "200 OK").enter(2).enter(3).enter(4) }
	s := stack().chunk(4, "aba").chunk(3, "a").chunk(3, "ba").passOn(2, 3, 0, 1).chunk(2, "b").passOn(2, 3, 0, 1)
	if got := body(s.chunk(1, "aba").fold()); got != "DDD" {
		t.Error(got)
	}
	// One that a stage gives before or behind all that it got is its own.
	s = stack().chunk(4, "x").passOn(3, 4, 0, 1).chunk(3, "rest").passOn(2, 4, 0, 1).chunk(2, " of it").chunk(1, "x of it")
	if got := body(s.fold()); got != "DBBBBBB" {
		t.Error(got)
	}
	s = stack().chunk(4, "x").chunk(3, "the rest").chunk(2, "the rest").passOn(2, 4, 0, 1).chunk(1, "the restx")
	if got := body(s.fold()); got != "CCCCCCCCB" {
		t.Error(got)
	}
}
