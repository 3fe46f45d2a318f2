package safe_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/snifter-dev/snifter/tui/safe"
)

func TestOf(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "GET /a?b=c", "GET /a?b=c"},
		{"empty", "", ""},
		{"wide", "日本語 😀", "日本語 😀"},
		{"accents", "café cafe\u0301", "café cafe\u0301"},
		{"colour", "\x1b[31mred\x1b[0m", "␛[31mred␛[0m"},
		{"clipboard", "\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"},
		{"device control", "\x1bPq\x1b\\", "␛Pq␛\\"},
		{"C1 in UTF-8", "\u009b31m", `\x9b31m`},
		{"C1 as a byte", "\x9b31m", `\x9b31m`},
		{"line ends", "a\r\nb", "a␍␊b"},
		{"tab", "a\tb", "a␉b"},
		{"delete", "a\x7f", "a␡"},
		{"right to left override", "a\u202egpj.exe", `a\u202egpj.exe`},
		{"isolate", "\u2066a\u2069", `\u2066a\u2069`},
		{"zero width", "ad\u200bmin\ufeff", `ad\u200bmin\ufeff`},
		{"soft hyphen", "ad\u00admin", `ad\xadmin`},
		{"joined emoji", "👩\u200d🚀", `👩\u200d🚀`},
		{"variation", "❤\ufe0f", `❤\ufe0f`},
		{"filler", "\u3164", `\u3164`},
		{"tag", "\U000e0041", `\U000e0041`},
		{"invalid", "a\xffb\xc3", `a\xffb\xc3`},
		{"a mark with nothing below", "\u0301a", `\u0301a`},
		{"a tower of marks", "a\u0301\u0302\u0303\u0304\u0305", "a\u0301\u0302\u0303" + `\u0304\u0305`},
		{"separators", "a\u2028b", `a\u2028b`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := safe.Of(c.in).String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestBodyExpandsTabs(t *testing.T) {
	for in, want := range map[string]string{
		"\tx":       "        x",
		"ab\tx":     "ab      x",
		"日本\tx":     "日本    x",
		"\x1b\t":    "␛       ",
		"1234567\t": "1234567 ",
	} {
		if got := safe.Body(in).String(); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestCutAtSpace(t *testing.T) {
	for _, c := range []struct {
		in    string
		w     int
		front string
	}{
		{"shows here what changed", 9, "shows "}, {"shows here what", 10, "shows here"}, {"a verylongword", 8, "a verylo"},
		{"ab cd", 5, "ab cd"}, {"ab cd ", 3, "ab "}, {"日本 語", 6, "日本 "},
	} {
		if front, _ := safe.Of(c.in).CutAtSpace(c.w); front.String() != c.front {
			t.Errorf("%q within %d: %q, want %q", c.in, c.w, front, c.front)
		}
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		in   string
		w    int
		fit  string
		left string
	}{
		{"abc", 5, "abc  ", "  abc"},
		{"abcdef", 4, "abc…", "…def"},
		{"abc", 0, "", ""},
		{"日本語", 4, "日… ", " …語"},
		{"日本語", 6, "日本語", "日本語"},
		{"日", 1, "…", "…"},
	} {
		if got := safe.Of(c.in).Fit(c.w).String(); got != c.fit {
			t.Errorf("Fit(%q, %d) = %q, want %q", c.in, c.w, got, c.fit)
		}
		if got := safe.Of(c.in).FitLeft(c.w).String(); got != c.left {
			t.Errorf("FitLeft(%q, %d) = %q, want %q", c.in, c.w, got, c.left)
		}
	}
}

// FuzzText holds what the package promises for any bytes: nothing that drives a terminal is left, what is drawn is
// valid, and cutting keeps to its width and loses nothing.
func FuzzText(f *testing.F) {
	for _, s := range []string{
		"", "abc", "\x1b]52;c;aGk=\x07", "\x1b[2J", "\x9b31m", "\u009d0;t\u009c", "日本語", "👩\u200d🚀", "a\u0301",
		"\u202e", "\xff\xfe", "\t\t", "🇩🇪🇩", "\u0600\u06dd1", "ำ", "a\u0300\u0300\u0300\u0300\u0300", "\U000e0001",
		"👍🏽", "각", "\u1100\u1161\u11a8", "क्षि",
	} {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, s string, w int) {
		w = 1 + (w&0x7fffffff)%40
		for _, text := range []safe.Text{safe.Of(s), safe.Body(s)} {
			out := text.String()
			if !utf8.ValidString(out) {
				t.Fatalf("%q: not UTF-8: %q", s, out)
			}
			for _, r := range out {
				if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Bidi_Control, r) {
					t.Fatalf("%q: %q is left in %q", s, r, out)
				}
			}
			if ansi.Strip(out) != out {
				t.Fatalf("%q: an escape sequence is left: %q", s, out)
			}
			front, rest := text.Cut(w)
			if front.String()+rest.String() != out {
				t.Fatalf("%q: cut at %d: %q + %q", out, w, front, rest)
			}
			if front.Width() > w {
				t.Fatalf("%q: %q is wider than %d", out, front, w)
			}
			front, rest = text.CutAtSpace(w)
			if front.String()+rest.String() != out || front.Width() > w {
				t.Fatalf("%q: cut at a space within %d: %q + %q", out, w, front, rest)
			}
			if got := text.Fit(w).Width(); got != w {
				t.Fatalf("Fit(%q, %d) is %d wide", out, w, got)
			}
			if got := text.FitLeft(w).Width(); got != w {
				t.Fatalf("FitLeft(%q, %d) is %d wide: %q", out, w, got, text.FitLeft(w))
			}
		}
		if safe.Of(safe.Of(s).String()).String() != safe.Of(s).String() {
			t.Fatalf("%q: safe text is changed again", s)
		}
	})
}

func BenchmarkOfPath(b *testing.B) {
	s := "/account/orders?page=" + strings.Repeat("1", 30)
	for b.Loop() {
		_ = safe.Of(s)
	}
}
