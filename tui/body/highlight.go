package body

import (
	"strings"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"

	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// maxHighlight is the size of a piece above which it stays as it is: some lexers are slow.
const maxHighlight = 128 << 10

// Highlight turns a piece of code into spans, a slice a line. Its lines are safe text already. It returns nil where
// nothing is to be done.
func Highlight(w doc.Work) [][]doc.Span {
	lexer := lexers.Get(w.Language)
	if lexer == nil || size(w.Before)+size(w.Lines) > maxHighlight {
		return nil
	}
	all := strings.Join(append(append([]string(nil), w.Before...), w.Lines...), "\n") + "\n"
	tokens, err := chroma.Coalesce(lexer).Tokenise(nil, all)
	if err != nil {
		return nil
	}
	want := len(w.Before) + len(w.Lines)
	lines := make([][]doc.Span, 1, want+1)
	for tok := tokens(); tok != chroma.EOF; tok = tokens() {
		ink := inkOf(tok.Type)
		for i, s := range strings.Split(tok.Value, "\n") {
			if i > 0 {
				lines = append(lines, nil)
			}
			if s != "" {
				last := len(lines) - 1
				lines[last] = append(lines[last], doc.Span{Ink: ink, Text: safe.Body(s)})
			}
		}
	}
	if len(lines) < want { // the lexer lost something: better plain than wrong
		return nil
	}
	lines = lines[len(w.Before):want]
	for i, spans := range lines {
		if plain(spans) != w.Lines[i] {
			lines[i] = []doc.Span{{Ink: theme.Plain, Text: safe.Body(w.Lines[i])}}
		}
	}
	return lines
}

func size(lines []string) int {
	n := 0
	for _, l := range lines {
		n += len(l) + 1
	}
	return n
}

func plain(spans []doc.Span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.Text.String())
	}
	return b.String()
}

func inkOf(t chroma.TokenType) theme.Ink {
	switch {
	case t == chroma.NameTag:
		return theme.Key // JSON keys, and HTML elements
	case t == chroma.NameAttribute, t == chroma.NameProperty:
		return theme.Tag
	case t.InSubCategory(chroma.LiteralNumber):
		return theme.Number
	case t.InCategory(chroma.Literal):
		return theme.String
	case t.InCategory(chroma.Keyword):
		return theme.Keyword
	case t.InCategory(chroma.Comment):
		return theme.Comment
	case t == chroma.NameFunction, t == chroma.NameClass, t == chroma.NameBuiltin, t == chroma.NameDecorator:
		return theme.Tag
	case t.InCategory(chroma.Punctuation), t.InCategory(chroma.Operator):
		return theme.Dim
	}
	return theme.Plain
}
