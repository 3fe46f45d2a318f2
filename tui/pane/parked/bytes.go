package parked

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/snifter-dev/snifter/recorder"
)

// The sizes up to which a block is edited in the form; a longer one is replaced by a file.
const (
	maxChunkText = 16 << 10
	maxEscaped   = 4 << 10 // each byte may take four characters
)

// editable says that there is a block that can be edited as text without changing what is not touched.
func editable(b *recorder.Body) bool {
	return b != nil && !b.Cut && len(b.Bytes) <= maxChunkText && utf8.Valid(b.Bytes) && !strings.ContainsFunc(string(b.Bytes), func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t' || r == utf8.RuneError
	})
}

// escapable says that there is a block that can be edited with escapes in the place of what is no text.
func escapable(b *recorder.Body) bool {
	return b != nil && !b.Cut && !editable(b) && len(b.Bytes) <= maxEscaped
}

// escaped writes bytes as Python does between the quotes of b”, but that a line end ends a line, and that text in UTF-8 is
// left as it is.
func escaped(p []byte) string {
	text := utf8.Valid(p)
	var b strings.Builder
	for len(p) > 0 {
		r, n := utf8.DecodeRune(p)
		if !text {
			r, n = rune(p[0]), 1
		}
		switch short := strings.IndexRune(shortEscapes, r); {
		case r == '\n':
			b.WriteByte('\n')
		case short >= 0:
			b.WriteString(`\` + escapeLetters[short:short+1])
		case r < utf8.RuneSelf && unicode.IsPrint(r), text && unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			for _, c := range p[:n] {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		}
		p = p[n:]
	}
	return b.String()
}

// What is escaped by a letter, and the letters.
const (
	shortEscapes  = "\\\t\r\n"
	escapeLetters = `\trn`
)

// unescaped reads what escaped writes.
func unescaped(text string) ([]byte, error) {
	out := make([]byte, 0, len(text))
	for {
		plain, rest, found := strings.Cut(text, `\`)
		out = append(out, plain...)
		if !found {
			return out, nil
		}
		if rest == "" {
			return nil, errors.New(`\ stands at the end: a backslash itself is written \\`)
		}
		if short := strings.IndexByte(escapeLetters, rest[0]); short >= 0 {
			out, text = append(out, shortEscapes[short]), rest[1:]
			continue
		}
		if rest[0] != 'x' {
			r, _ := utf8.DecodeRuneInString(rest)
			return nil, fmt.Errorf(`\%c is no escape: it is \xNN, \n, \r, \t or \\`, r)
		}
		c, err := strconv.ParseUint(rest[1:min(3, len(rest))], 16, 8)
		if err != nil || len(rest) < 3 {
			return nil, errors.New(`\x is followed by two hexadecimal digits, such as \x1f`)
		}
		out, text = append(out, byte(c)), rest[3:]
	}
}
