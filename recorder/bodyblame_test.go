package recorder_test

import (
	"strings"
	"testing"

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
