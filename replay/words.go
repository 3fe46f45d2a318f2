package replay

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff/lcs"
)

// Lines longer than maxWordLine are compared by their common ends alone, and only the part around the change is shown.
const (
	maxWordLine = 4 << 10
	shownBefore = 120
	shownLine   = 2 << 10
)

// markWords makes the two sides of a changed line, with the words that differ marked. Lines that have little in common
// get no marks: everything would be marked.
func markWords(old, now string) (a, b DiffLine) {
	if len(old) > maxWordLine || len(now) > maxWordLine {
		at := commonPrefix([]byte(old), []byte(now))
		return DiffLine{Op: "-", Text: window(old, at)}, DiffLine{Op: "+", Text: window(now, at)}
	}
	a, b = DiffLine{Op: "-", Text: old}, DiffLine{Op: "+", Text: now}
	oldWords, newWords := splitWords(old), splitWords(now)
	oldEnds, newEnds := ends(oldWords), ends(newWords)
	for _, e := range lcs.DiffLines(oldWords, newWords) {
		a.mark(offset(oldEnds, e.Start), offset(oldEnds, e.End))
		b.mark(offset(newEnds, e.ReplStart), offset(newEnds, e.ReplEnd))
	}
	if a.marked()*10 > len(old)*7 && b.marked()*10 > len(now)*7 {
		a.Marks, b.Marks = nil, nil
	}
	return a, b
}

func (l *DiffLine) mark(from, to int) {
	if from < to {
		l.Marks = append(l.Marks, [2]int{from, to})
	}
}

func (l *DiffLine) marked() int {
	n := 0
	for _, m := range l.Marks {
		n += m[1] - m[0]
	}
	return n
}

func ends(words []string) []int {
	out := make([]int, len(words))
	n := 0
	for i, w := range words {
		n += len(w)
		out[i] = n
	}
	return out
}

func offset(ends []int, i int) int {
	if i == 0 {
		return 0
	}
	return ends[i-1]
}

// splitWords splits a line into words, runs of white space, and single other characters.
func splitWords(s string) []string {
	var words []string
	start, class := 0, -1
	for i, r := range s {
		k := wordClass(r)
		if i > 0 && (k != class || k == 2) {
			words = append(words, s[start:i])
			start = i
		}
		class = k
	}
	if start < len(s) {
		words = append(words, s[start:])
	}
	return words
}

func wordClass(r rune) int {
	switch {
	case unicode.IsSpace(r):
		return 0
	case unicode.IsLetter(r), unicode.IsDigit(r), r == '_':
		return 1
	}
	return 2
}

// window is a line, or of a long one the part around an offset.
func window(s string, at int) string {
	if len(s) <= maxWordLine {
		return s
	}
	from := boundary(s, max(0, at-shownBefore))
	to := boundary(s, min(len(s), from+shownLine))
	out := s[from:to]
	if from > 0 {
		out = "..." + out
	}
	if to < len(s) {
		out += "..."
	}
	return strings.Clone(out)
}

// boundary is the last beginning of a character at or before i.
func boundary(s string, i int) int {
	for i > 0 && i < len(s) && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}
