package detail

import (
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// native shows a native string of PEP 3333 (a code point a byte), and beside it how its bytes read as UTF-8, where
// that differs.
func native(ink theme.Ink, s string) []doc.Span {
	spans := []doc.Span{doc.S(ink, s)}
	if read, ok := human.AsUTF8(s); ok {
		spans = append(spans, doc.S(theme.Dim, "  UTF-8: "), doc.S(theme.Accent, read))
	}
	return spans
}

// maxName is how wide the column of names may become.
const maxName = 28

// pairs shows names and values in two columns; no name is ever cut.
type pair struct {
	name  string
	value []doc.Span
	right []doc.Span // stands at the right edge
}

func addPairs(d *doc.Doc, all []pair) { addPairsBeside(d, all, 0) }

// addPairsBeside is addPairs for lines of a width, at whose right edge something stands.
func addPairsBeside(d *doc.Doc, all []pair, w int) {
	column := 0
	names := make([]safe.Text, len(all))
	for i, p := range all {
		names[i] = safe.Of(p.name)
		if n := names[i].Width(); n <= maxName {
			column = max(column, n)
		}
	}
	for i, p := range all {
		spans := []doc.Span{
			{Ink: theme.Key, Text: names[i]}, {Ink: theme.Plain, Text: safe.Spaces(max(0, column-names[i].Width()) + 2)},
		}
		d.Add(beside(doc.Line{Spans: append(spans, p.value...), Hang: column + 2}, p.right, w))
	}
}

// addHeaders lays headers out; beside is what stands at the right edge of lines of a width, nil for nothing.
func addHeaders(d *doc.Doc, headers []recorder.Header, beside func(i int) []doc.Span, w int) {
	all := make([]pair, len(headers))
	for i, h := range headers {
		value := native(theme.Plain, h[1])
		if h[1] == "" {
			value = []doc.Span{doc.S(theme.Dim, "(empty)")}
		}
		all[i] = pair{name: h[0], value: value}
		if beside != nil {
			all[i].right = beside(i)
		}
	}
	addPairsBeside(d, all, w)
}

func headerOf(headers []recorder.Header, name string) string {
	for _, h := range headers {
		if equalFold(h[0], name) {
			return h[1]
		}
	}
	return ""
}

func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		if a[i]|0x20 != b[i]|0x20 {
			return false
		}
	}
	return true
}

func note(ink theme.Ink, parts ...string) doc.Line {
	text := ""
	for _, p := range parts {
		if p == "" {
			continue
		}
		if text != "" {
			text += " · "
		}
		text += p
	}
	return doc.Line{Spans: []doc.Span{doc.S(ink, text)}, Hang: 2}
}
