// Package help is the dialog of keys. It is made from the key map, so that it cannot say what is not so.
package help

import (
	"slices"

	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/keys"
	"github.com/snifter-dev/snifter/tui/pane/list"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// Title names the dialog.
const Title = "Keys"

// Doc lays the key map out, then the symbols and the filter language: side by side where there is room.
func Doc(m keys.Map, w int) *doc.Doc {
	var left, right doc.Doc
	names, groups := m.Groups()
	for i, name := range names {
		d := &left
		if i > 2 { // what is looked at to the left, what is done to the right
			d = &right
		}
		d.Title(name)
		for _, b := range groups[name] {
			line(d, theme.Accent, b.Help().Key, b.Help().Desc)
		}
	}
	signs(&right)
	filters(&right)
	if half := widest(&left) + gap; half+widest(&right) <= w {
		return beside(&left, &right, half)
	}
	left.Blank()
	left.Add(right.Lines...)
	return &left
}

// RowOf is where a group of keys begins, 0 where it stands beside another.
func RowOf(d *doc.Doc, group string) int {
	return max(slices.IndexFunc(d.Lines, func(l doc.Line) bool {
		return len(l.Spans) == 1 && l.Spans[0].Ink == theme.Title && l.Spans[0].Text.String() == group
	}), 0)
}

func signs(d *doc.Doc) {
	d.Title("Signs")
	for _, s := range []struct{ sign, text string }{
		{"✓ → ▲ ✗", "answered 2xx, 3xx, 4xx, 5xx"},
		{list.Spinner[0] + " ⊘ ★", "under way, broken off, marked"},
		{"✗ Type", "an exception was raised"},
		{"!2 lint", "rules of PEP 3333 were broken"},
		{"↻12 = ≈ ≠ ✗", "a replay of 12 and its verdict:"},
		{"", "same, noise, changed, broken"},
		{"↻12 ≠ -Auth", "one without the stage Auth"},
		{"⏸ ●", "parked; a breakpoint is on the stage"},
	} {
		line(d, theme.Strong, s.sign, s.text)
	}
	d.Title("What a stage did")
	for _, s := range []struct{ sign, text string }{
		{"✗ ↑", "an exception rose in it, passed it"},
		{"! ⏸ ✎", "broke a rule, was parked, was edited"},
		{"~ s h b", "environ, status, headers, body"},
		{"█ ─ ╌ ▪", "itself, within, waiting, a chunk"},
		{"+ ~ -", "added, changed, removed"},
	} {
		line(d, theme.Strong, s.sign, s.text)
	}
}

func filters(d *doc.Doc) {
	d.Title("Filters")
	for _, s := range []struct{ form, text string }{
		{"~m POST", "method"}, {"~u REGEX", "URL; so does a bare word"}, {"~c 500", "status"},
		{"~h ~b ~t REGEX", "header, body, content type"}, {"~e ~replay ~marked", "exception, replay, marked"},
		{"~d >100 ~s >10k", "milliseconds, bytes"}, {"~stage Auth", "a stage that it went through"}, {"~lint ~paused", "broke a rule, was parked"}, {"~build 3", "by a build"}, {"! & | ( )", "not, and, or, groups"},
	} {
		line(d, theme.Accent, s.form, s.text)
	}
}

// gap is what stands between two columns, at least.
const gap = 2

func widest(d *doc.Doc) int {
	n := 0
	for _, l := range d.Lines {
		n = max(n, doc.Width(l.Spans))
	}
	return n
}

// beside puts one side by side with the other, which begins at a column.
func beside(left, right *doc.Doc, at int) *doc.Doc {
	var d doc.Doc
	for i := range max(len(left.Lines), len(right.Lines)) {
		var spans []doc.Span
		if i < len(left.Lines) {
			spans = append(spans, left.Lines[i].Spans...)
		}
		spans = append(spans, doc.Span{Ink: theme.Plain, Text: safe.Spaces(at - doc.Width(spans))})
		if i < len(right.Lines) {
			spans = append(spans, right.Lines[i].Spans...)
		}
		d.Add(doc.Line{Spans: spans})
	}
	return &d
}

const column = 22

func line(d *doc.Doc, ink theme.Ink, left, right string) {
	d.Add(doc.Line{Hang: column, Spans: []doc.Span{
		{Ink: ink, Text: safe.Join(safe.Of("  "), safe.Of(left)).Fit(column)}, doc.S(theme.Plain, right),
	}})
}
