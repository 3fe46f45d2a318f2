// Package safe is the boundary between what applications and clients send and the terminal.
//
// [Text] is the one type that is drawn. It is made from any bytes by [Of] and friends, and holds only characters that
// take room on a screen: control characters (C0, DEL, C1), and so every escape sequence, OSC and DCS string, are shown
// as pictures or escapes; so are bidi controls, zero-width and other invisible characters, which could make text look
// like what it is not; so are bytes that are no UTF-8. Nothing is dropped: two texts that differ look different, but
// for a text that spells an escape out itself.
package safe

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Text is text that may be drawn on one line: it holds no control character, and its width can be known.
type Text struct{ s string }

// Of makes one line of text safe. A line end or a tab within it is shown as a picture.
func Of(s string) Text {
	if clean(s) {
		return Text{s}
	}
	return Text{string(appendSafe(make([]byte, 0, len(s)+16), s, 0))}
}

// Body makes one line of a document safe: tabs go to the next stop of eight columns.
func Body(s string) Text {
	if clean(s) {
		return Text{s}
	}
	return Text{string(appendSafe(make([]byte, 0, len(s)+16), s, 8))}
}

// Join puts texts together.
func Join(parts ...Text) Text {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.s)
	}
	return Text{b.String()}
}

// Spaces is n spaces.
func Spaces(n int) Text { return Text{strings.Repeat(" ", max(0, n))} }

// String is the text, fit to be written to a terminal.
func (t Text) String() string { return t.s }

// Empty says that there is nothing.
func (t Text) Empty() bool { return t.s == "" }

// Width is the number of columns that the text takes.
func (t Text) Width() int {
	if printableASCII(t.s) {
		return len(t.s)
	}
	return ansi.StringWidth(t.s)
}

// Cut splits the text after at most w columns, never inside of a character.
func (t Text) Cut(w int) (front, rest Text) {
	if w <= 0 {
		return Text{}, t
	}
	if len(t.s) <= w && printableASCII(t.s) {
		return t, Text{}
	}
	if w < len(t.s) && printableASCII(t.s[:w+1]) {
		return Text{t.s[:w]}, Text{t.s[w:]}
	}
	front = Text{ansi.Truncate(t.s, w, "")}
	return front, Text{t.s[len(front.s):]}
}

// CutAtSpace is Cut that ends at a space, where there is one in the second half of what fits.
func (t Text) CutAtSpace(w int) (front, rest Text) {
	front, rest = t.Cut(w)
	if rest.s == "" || rest.s[0] == ' ' {
		return front, rest
	}
	i := strings.LastIndexByte(front.s, ' ') + 1
	if i == 0 || i < len(front.s) && front.s[i] >= utf8.RuneSelf || 2*(Text{front.s[:i]}).Width() < w {
		return front, rest
	}
	return Text{t.s[:i]}, Text{t.s[i:]}
}

// Fit cuts the text to w columns, with an ellipsis where something is cut, and pads it with spaces to exactly w.
func (t Text) Fit(w int) Text {
	if w <= 0 {
		return Text{}
	}
	n := t.Width()
	if n > w {
		front, _ := t.Cut(w - 1)
		return Text{front.s + "…" + strings.Repeat(" ", max(0, w-1-front.Width()))}
	}
	return Text{t.s + strings.Repeat(" ", w-n)}
}

// FitLeft is Fit that cuts and pads at the left: the end of the text shows, as of a path.
func (t Text) FitLeft(w int) Text {
	if w <= 0 {
		return Text{}
	}
	n := t.Width()
	if n <= w {
		return Text{strings.Repeat(" ", w-n) + t.s}
	}
	rest := t.s
	for width := n; width > w-1 && rest != ""; {
		front, tail := Text{rest}.Cut(max(1, width-(w-1)))
		if front.s == "" { // one character wider than what is to be cut
			front, tail = Text{rest}.Cut(2)
		}
		if front.s == "" {
			break
		}
		rest = tail.s
		width = tail.Width()
	}
	out := Text{"…" + rest}
	return Text{strings.Repeat(" ", max(0, w-out.Width())) + out.s}
}

func printableASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// clean says that nothing needs to be changed.
func clean(s string) bool {
	if printableASCII(s) {
		return true
	}
	marks := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n <= 1 || hidden(r) {
			return false
		}
		if marks = stacked(r, marks); marks > maxMarks {
			return false
		}
		i += n
	}
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	return !clings(first) && !reaches(last)
}

// clings says that a character at the front of a text would join the one before it, which may be anything.
func clings(r rune) bool {
	if r < 0x300 {
		return false
	}
	s := string(r)
	return unicode.Is(unicode.M, r) || ansi.StringWidth(" "+s) != 1+ansi.StringWidth(s)
}

// reaches says that a character at the end of a text would join the one after it.
func reaches(r rune) bool {
	if r < 0x300 {
		return false
	}
	s := string(r)
	return ansi.StringWidth(s+" ") != 1+ansi.StringWidth(s)
}

// maxMarks is how many combining marks one character may carry; more of them would climb over other lines.
const maxMarks = 3

func stacked(r rune, marks int) int {
	if unicode.Is(unicode.M, r) {
		return marks + 1
	}
	return 0
}

// hidden says that a character does something to the terminal or does not show.
func hidden(r rune) bool {
	switch {
	case r < 0x20 || r >= 0x7f && r < 0xa0:
		return true
	case r < 0x300:
		return r == 0xad // soft hyphen
	case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
		return true // bidi controls, joiners, tags, U+FEFF, line and paragraph separators
	case r == 0x034f, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x3164, r == 0xffa0, r == 0x2800:
		return true // the grapheme joiner, fillers and the blank braille pattern show nothing
	case r >= 0x180b && r <= 0x180f, r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0000 && r <= 0xe0fff:
		return true // variation selectors: terminals differ about the width that they make
	case r >= 0xfff0 && r <= 0xfffb, r&0xfffe == 0xfffe:
		return true
	}
	return false
}

func appendSafe(b []byte, s string, tab int) []byte {
	col, marks := 0, maxMarks // a mark at the front has nothing to stand on
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		was := len(b)
		switch {
		case r == utf8.RuneError && n <= 1:
			b = appendEscape(b, 'x', rune(s[i]), 2)
		case r == '\t' && tab > 0:
			for range tab - col%tab {
				b = append(b, ' ')
			}
		case r < 0x20:
			b = utf8.AppendRune(b, 0x2400+r)
		case r == 0x7f:
			b = utf8.AppendRune(b, 0x2421)
		case hidden(r), unicode.Is(unicode.M, r) && marks >= maxMarks, i == 0 && clings(r), i+n == len(s) && reaches(r):
			b = appendHidden(b, r)
		default:
			b = append(b, s[i:i+n]...)
		}
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		if tab > 0 {
			col += widthOf(b[was:])
		}
		i += n
	}
	return b
}

func widthOf(p []byte) int {
	if len(p) == 1 {
		return 1
	}
	return ansi.StringWidth(string(p))
}

func appendHidden(b []byte, r rune) []byte {
	switch {
	case r <= 0xff:
		return appendEscape(b, 'x', r, 2)
	case r <= 0xffff:
		return appendEscape(b, 'u', r, 4)
	}
	return appendEscape(b, 'U', r, 8)
}

func appendEscape(b []byte, letter byte, r rune, digits int) []byte {
	b = append(b, '\\', letter)
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		b = append(b, "0123456789abcdef"[r>>shift&15])
	}
	return b
}
