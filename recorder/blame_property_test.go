package recorder_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

// thing is a field or a word of which it is known who made it.
type thing struct {
	text  string
	owner int
}

// meddle has a stage add, replace and drop some things. What it makes is like nothing else.
func meddle(t *rapid.T, things []thing, stage int, make func(n int) string) []thing {
	things = slices.Clone(things)
	for n := range rapid.IntRange(0, 4).Draw(t, "acts") {
		made := thing{make(n), stage}
		at := rapid.IntRange(0, len(things)).Draw(t, "at")
		act := rapid.SampledFrom([]string{"add", "replace", "drop"}).Draw(t, "act")
		switch {
		case act == "add":
			things = slices.Insert(things, at, made)
		case at == len(things):
		case act == "replace":
			things[at] = made
		default:
			things = slices.Delete(things, at, at+1)
		}
	}
	return things
}

// However many stages meddle with the headers, each field is blamed on the one that gave it its value.
func TestBlameFieldsProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stages := rapid.IntRange(1, 8).Draw(t, "stages")
		s := newScript(nil)
		for i := 2; i <= stages; i++ {
			s.enter(i)
		}
		var fields []thing
		for i := stages; i >= 1; i-- {
			fields = meddle(t, fields, i, func(n int) string {
				return fmt.Sprintf("%s: by %d, %d", rapid.SampledFrom([]string{"X-A", "x-a", "X-B", "Set-Cookie"}).Draw(t, "name"), i, n)
			})
			var texts []string
			for _, f := range fields {
				texts = append(texts, f.text)
			}
			s.answer(i, "200 OK", texts...)
		}
		x := s.fold()
		for i, f := range fields {
			if x.Blame.Fields[i] != f.owner {
				t.Fatalf("%s is blamed on stage %d: %v of %v", f.text, x.Blame.Fields[i], x.Blame.Fields, fields)
			}
		}
	})
}

// However many stages rewrite a body, in whatever blocks it comes, each word is blamed on the one that wrote it.
func TestBlameWordsProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stages := rapid.IntRange(1, 5).Draw(t, "stages")
		s := newScript(nil).answer(1, "200 OK")
		for i := 2; i <= stages; i++ {
			s.enter(i)
		}
		var words []thing
		for range rapid.IntRange(5, 40).Draw(t, "words") {
			words = append(words, thing{fmt.Sprintf("original%d", len(words)), stages})
		}
		for i := stages; i >= 1; i-- {
			if i < stages {
				words = meddle(t, words, i, func(n int) string { return fmt.Sprintf("stage%dword%d", i, n) })
			}
			var texts []string
			for _, w := range words {
				texts = append(texts, w.text)
			}
			text := strings.Join(texts, " ")
			for len(text) > 0 {
				n := rapid.IntRange(1, len(text)).Draw(t, "block")
				s.chunk(i, text[:n])
				text = text[n:]
			}
		}
		x := s.fold()
		at := 0
		for _, w := range words {
			if got := ownerAt(x.Blame.Body, at); got != w.owner {
				t.Fatalf("%q is blamed on stage %d, not %d: %s of %s", w.text, got, w.owner, body(x), x.Response.Body.Bytes)
			}
			at += len(w.text) + 1
		}
	})
}

// A block that has the letters of another has not come from there, where all of it is known otherwise, or it is part of a word.
func TestBlameOfBlocksAlikeByChance(t *testing.T) {
	for name, c := range map[string]struct {
		script *script
		want   string
	}{
		"the same text, in other blocks": {newScript(nil).enter(2).enter(3).answer(1, "200 OK").
			chunk(3, "words of the page that three made").
			chunk(2, "page by two: words of the ").chunk(2, "page").chunk(2, " that three made").
			chunk(1, "page").chunk(1, " by two: words of the page that three made"),
			strings.Repeat("B", len("page by two: ")) + strings.Repeat("C", len("words of the page that three made"))},
		"the beginnings of words": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, "page").chunk(2, "s of two").
			chunk(1, "page").chunk(1, "").chunk(1, "d by one, ").chunk(1, "pages of two"),
			strings.Repeat("A", len("paged by one, ")) + strings.Repeat("B", len("pages of two"))},
		"the ends of words": {newScript(nil).enter(2).answer(1, "200 OK").
			chunk(2, "two, by a fore").chunk(2, "word").
			chunk(1, "two, by a foreword").chunk(1, ", by a cross").chunk(1, "word"),
			strings.Repeat("B", len("two, by a foreword")) + strings.Repeat("A", len(", by a crossword"))},
	} {
		if x := c.script.fold(); body(x) != c.want {
			t.Errorf("%s:\n got %s\nwant %s\n  of %q", name, body(x), c.want, x.Response.Body.Bytes)
		}
	}
}

func ownerAt(spans []recorder.Span, at int) int {
	for _, s := range spans {
		if at >= s.Start && at < s.End {
			return s.Stage
		}
	}
	return -1
}

// A body that is too much to look into is its stage's as a whole, and does not take long.
func BenchmarkBlameLargeBody(b *testing.B) {
	var before, after strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&before, "word%d and ", i)
		fmt.Fprintf(&after, "word%d or ", i+i%7)
	}
	s := newScript(nil).enter(2).answer(1, "200 OK").chunk(2, before.String()).chunk(1, after.String())
	s.add(0, event.Exit, &event.Ending{Closed: true})
	b.SetBytes(int64(before.Len()))
	for b.Loop() {
		recorder.Fold(s.events)
	}
}

// BenchmarkMoments steps to the last of 1,000 moments, which costs most.
func BenchmarkMoments(b *testing.B) {
	w := recorder.Moments(staged(1, 210, 2000))
	if len(w.Moments) < 1000 {
		b.Fatal(len(w.Moments))
	}
	for b.Loop() {
		w.At(len(w.Moments) - 1)
	}
}
