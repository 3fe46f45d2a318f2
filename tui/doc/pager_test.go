package doc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

func numbered(n int) *doc.Doc {
	var d doc.Doc
	for i := range n {
		d.Add(doc.L(doc.S(theme.Plain, fmt.Sprintf("line %d", i))))
	}
	return &d
}

func first(p *doc.Pager) string { return strings.TrimRight(p.View(theme.Plainest())[0], " ") }

func TestPagerMoves(t *testing.T) {
	p := doc.NewPager()
	p.SetSize(20, 10)
	p.Set(numbered(100), false)
	if p.Percent() != 0 || first(p) != "line 0" {
		t.Errorf("at the top: %d%%, %q", p.Percent(), first(p))
	}
	p.Scroll(3)
	p.Page(1)
	if first(p) != "line 12" {
		t.Errorf("three and a page down: %q", first(p))
	}
	p.Page(-0.5)
	if first(p) != "line 8" {
		t.Errorf("half a page up: %q", first(p))
	}
	p.Bottom()
	if !p.AtBottom() || p.Percent() != 100 || first(p) != "line 90" {
		t.Errorf("at the bottom: %d%%, %q", p.Percent(), first(p))
	}
	p.Scroll(5)
	if first(p) != "line 90" {
		t.Errorf("below the bottom: %q", first(p))
	}
	p.Set(numbered(50), true)
	if first(p) != "line 40" {
		t.Errorf("a shorter document: %q", first(p))
	}
	p.Set(numbered(5), false)
	if p.Percent() != -1 {
		t.Errorf("all of it shows: %d%%", p.Percent())
	}
}

func TestPagerWraps(t *testing.T) {
	p := doc.NewPager()
	p.SetSize(10, 5)
	p.Set(&doc.Doc{Lines: []doc.Line{{Hang: 3, Spans: []doc.Span{doc.S(theme.Key, "ab "), doc.S(theme.Plain, "cdefghijklmno日本")}}}}, false)
	got := strings.Join(p.View(theme.Plainest()), "|")
	if want := "ab cdefghi|   jklmno |   日本   |          |          "; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	p.ToggleWrap()
	if got := p.View(theme.Plainest())[0]; got != "ab cdefgh…" {
		t.Errorf("not wrapped: %q", got)
	}
	p.Sideways(5)
	if got := p.View(theme.Plainest())[0]; got != "efghijklm…" {
		t.Errorf("five columns on: %q", got)
	}
}

// What is over of a line that has no room for all of its rows follows on the last as it would without a break.
func TestRowsThatAreOver(t *testing.T) {
	l := doc.Line{Hang: 3, Spans: []doc.Span{doc.S(theme.Plain, "one two three four five")}}
	if got, want := strings.Join(doc.Rows(theme.Plainest(), 12, 2, l), "|"), "one two     |   three fo…"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestPagerKeepsToItsRoom holds for any document, size and walk that the rows are as many and as wide as the room, and
// that going down and up again by as much comes back.
func TestPagerKeepsToItsRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d doc.Doc
		for range rapid.IntRange(0, 30).Draw(t, "lines") {
			var l doc.Line
			l.Hang = rapid.IntRange(0, 12).Draw(t, "hang")
			for range rapid.IntRange(0, 3).Draw(t, "spans") {
				l.Spans = append(l.Spans, doc.Span{Text: safe.Body(rapid.StringOfN(rapid.RuneFrom([]rune("abc \t日本é\x1b😀")), 0, 40, -1).Draw(t, "text"))})
			}
			d.Add(l)
		}
		p := doc.NewPager()
		w, h := rapid.IntRange(1, 30).Draw(t, "w"), rapid.IntRange(1, 12).Draw(t, "h")
		p.SetSize(w, h)
		p.Set(&d, false)
		if rapid.Bool().Draw(t, "wrap off") {
			p.ToggleWrap()
			p.Sideways(rapid.IntRange(0, 9).Draw(t, "left"))
		}
		for range rapid.IntRange(0, 8).Draw(t, "moves") {
			p.Scroll(rapid.IntRange(-9, 9).Draw(t, "rows"))
			rows := p.View(theme.Plainest())
			if len(rows) != h {
				t.Fatalf("%d rows of %d", len(rows), h)
			}
			for _, r := range rows {
				if n := ansi.StringWidth(r); n != w {
					t.Fatalf("%q is %d wide, not %d", r, n, w)
				}
			}
			from, to := p.Window()
			if from < 0 || to > len(d.Lines) {
				t.Fatalf("the window is [%d, %d) of %d", from, to, len(d.Lines))
			}
		}
		p.Top()
		before := strings.Join(p.View(theme.Plainest()), "\n")
		n := rapid.IntRange(0, 20).Draw(t, "there and back")
		p.Scroll(n)
		p.Scroll(-n)
		if after := strings.Join(p.View(theme.Plainest()), "\n"); after != before {
			t.Fatalf("%d down and up:\n%s\nbefore\n%s", n, after, before)
		}
	})
}

func TestLongLinesAreDivided(t *testing.T) {
	var d doc.Doc
	s := strings.Repeat("日本", 100_000)
	d.AddBody([]string{s}, "")
	got := ""
	for _, l := range d.Lines {
		if n := len(l.Spans[0].Text.String()); n > 4096 {
			t.Fatalf("a line of %d bytes", n)
		}
		got += l.Spans[0].Text.String()
	}
	if got != s {
		t.Error("something was lost")
	}
}

func TestHighlightByPieces(t *testing.T) {
	var d doc.Doc
	d.Title("Body")
	lines := make([]string, 3*doc.Piece)
	for i := range lines {
		lines[i] = fmt.Sprint(i)
	}
	d.AddBody(lines, "json")
	w, ok := d.Next(150, 170)
	if !ok || w.Piece != 1 || w.Lines[0] != "100" || len(w.Lines) != doc.Piece || w.Before[len(w.Before)-1] != "99" {
		t.Fatalf("%+v", w)
	}
	if _, ok := d.Next(150, 170); ok {
		t.Error("the same piece is given out twice")
	}
	d.SetPiece(w, [][]doc.Span{{doc.S(theme.Number, "100")}})
	if ink := d.Lines[101].Spans[0].Ink; ink != theme.Number {
		t.Errorf("line 101 is painted in %d", ink)
	}
}
