package recorder

import (
	"slices"
	"unicode/utf8"
)

// Bounds of what is looked for in a body that a stage rewrote. Beyond them the whole of what differs is that stage's. They
// count steps and not time, so that the same events give the same exchange.
const (
	// diffBudget is for all stages of an exchange together: about 50 ms.
	diffBudget = 8 << 20
	// maxDiffed is the size of the texts that are held against each other word by word.
	maxDiffed = 256 << 10
	// maxEdits is how many words may differ.
	maxEdits = 1500
	// Shorter pieces that are the same are so by chance: in text, and in what is no text.
	chanceText   = 4
	chanceBinary = 16
	// And so are pieces of no longer words, unless they are twice as long.
	chanceWord = 3
)

// blameText blames the bytes of after: those that were in before too keep their stage, as owners has it, and the others are
// the stage's that made after of before.
func blameText(before, after []byte, owners []Span, stage int, budget *int) []Span {
	chance := chanceText
	text := isText(before, after)
	if !text {
		chance = chanceBinary
	}
	if at := keptWhole(before, after, text); at >= 0 {
		return blameKept([]match{{0, at, len(before)}}, after, owners, stage)
	}
	if at := keptPart(before, after, chance); at >= 0 {
		return blameKept([]match{{at, 0, len(after)}}, after, owners, stage)
	}
	// What was changed in its place left what stands around it, however little that is.
	inPlace := text && len(before) == len(after)
	head := commonPrefix(before, after)
	if text {
		head -= ofChangedHead(before, after, head)
	}
	if head < chance && head < len(before) && !inPlace {
		head = 0
	}
	tail := commonSuffix(before[head:], after[head:])
	if text {
		b, a := len(before)-tail, len(after)-tail
		tail -= ofChangedWord(tail, func(n int) bool { return inWord(before, b+n) || inWord(after, a+n) },
			func(n int) bool { return startsRune(before, b+n) && startsRune(after, a+n) })
	}
	if tail < chance && head+tail < len(before) && !inPlace {
		tail = 0
	}
	kept := []match{{0, 0, head}}
	b, a := before[head:len(before)-tail], after[head:len(after)-tail]
	if text && len(b) > 0 && len(a) > 0 && len(a)+len(b) <= 2*maxDiffed && *budget > 0 {
		for _, m := range sameWords(b, a, budget) {
			kept = append(kept, match{head + m.before, head + m.after, m.size})
		}
	}
	kept = append(kept, match{len(before) - tail, len(after) - tail, tail})
	if text {
		slide(kept, after)
	}
	return blameKept(kept, after, owners, stage)
}

// slide moves what was put between two pieces of a text to where it begins best. Where it ends as the first piece does, it can
// begin earlier just as well: <b>new</b> before </p> is no "b>new</b><" behind the bracket.
func slide(kept []match, after []byte) {
	for i := range kept[1:] {
		m, n := &kept[i], &kept[i+1]
		start, end := m.after+m.size, n.after
		if m.before+m.size != n.before || start == end {
			continue
		}
		best := 0
		for by := 1; by <= m.size && after[start-by] == after[end-by]; by++ {
			if beginsWell(after, start-by) > beginsWell(after, start-best) {
				best = by
			}
		}
		m.size -= best
		*n = match{n.before - best, n.after - best, n.size + best}
	}
}

// beginsWell says how likely it is that something begins at a place of a text.
func beginsWell(text []byte, at int) int {
	switch {
	case at == 0 || text[at-1] == '\n':
		return 3
	case text[at] == '<' || text[at-1] == '>':
		return 2
	case classOf(text[at-1]) != classOf(text[at]):
		return 1
	}
	return 0
}

func spansEnd(spans []Span) int {
	if len(spans) == 0 {
		return 0
	}
	return spans[len(spans)-1].End
}

// take appends the part of owners from start to end, moved on by shift.
func take(spans, owners []Span, start, end, shift int) []Span {
	for _, s := range owners {
		if s.Start >= end {
			break
		}
		spans = appendSpan(spans, max(s.Start, start)+shift, min(s.End, end)+shift, s.Stage)
	}
	return spans
}

// inWord says whether a place is within a word.
func inWord(text []byte, at int) bool {
	return at > 0 && at < len(text) && classOf(text[at-1]) == 1 && classOf(text[at]) == 1
}

// ofChangedHead is how many of the bytes that two texts have in common at their beginning are given up.
func ofChangedHead(before, after []byte, head int) int {
	return ofChangedWord(head, func(n int) bool { return inWord(before, head-n) || inWord(after, head-n) },
		func(n int) bool { return startsRune(before, head-n) && startsRune(after, head-n) })
}

// ofChangedWord is how many of the bytes that two texts have in common are given up, from where they differ on: a word that
// was changed was changed as a whole. It is no word where that is long, as in what is written without spaces.
func ofChangedWord(common int, inWord, startsRune func(n int) bool) int {
	n := 0
	for n < common && n < chanceBinary && inWord(n) {
		n++
	}
	if n < common && n == chanceBinary && inWord(n) {
		for n = 0; n < common && !startsRune(n); n++ {
		}
	}
	return n
}

// startsRune says whether a place is not within a character.
func startsRune(text []byte, at int) bool { return at >= len(text) || utf8.RuneStart(text[at]) }

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

func commonSuffix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[len(a)-1-i] != b[len(b)-1-i] {
			return i
		}
	}
	return n
}

// match is a piece that is the same in both texts.
type match struct{ before, after, size int }

// sameWords finds the words that two texts have in common, in order, each with what stands around it as far as that is the
// same too. Pieces that are the same by chance are left out.
func sameWords(before, after []byte, budget *int) []match {
	ids := map[string]int32{}
	a, b := words(before, ids), words(after, ids)
	*budget -= len(a) + len(b)
	var out []match
	last := match{}
	for _, run := range longestCommon(a, b, budget) {
		for i := range run.size {
			w, v := a[run.before+i], b[run.after+i]
			m := match{w.start, v.start, w.end - w.start}
			for m.before > last.before+last.size && m.after > last.after+last.size && before[m.before-1] == after[m.after-1] &&
				classOf(before[m.before-1]) != 1 {
				m = match{m.before - 1, m.after - 1, m.size + 1}
			}
			for end := m.before + m.size; end < len(before) && m.after+m.size < len(after) && before[end] == after[m.after+m.size] &&
				classOf(before[end]) != 1; end++ {
				m.size++
			}
			if n := len(out); n > 0 && last.before+last.size == m.before && last.after+last.size == m.after {
				out[n-1].size += m.size
			} else {
				out = append(out, m)
			}
			last = m
		}
	}
	inPlace := len(before) == len(after)
	return slices.DeleteFunc(out, func(m match) bool {
		if inPlace && m.before == m.after {
			return false // it stands where it stood, between what was changed in its place
		}
		solid, word, longest := 0, 0, 0
		for _, c := range after[m.after : m.after+m.size] {
			switch classOf(c) {
			case 1:
				word++
				longest = max(longest, word)
				solid++
			case 2:
				word = 0
			default:
				word = 0
				solid++
			}
		}
		if longest < chanceWord {
			return solid < 2*chanceText // </p>
		}
		return solid < chanceText
	})
}

// word is a word of a text. What stands between words is too often the same to tell anything.
type word struct {
	id         int32
	start, end int
}

func words(text []byte, ids map[string]int32) []word {
	var out []word
	for i := 0; i < len(text); i++ {
		if classOf(text[i]) != 1 {
			continue
		}
		end := i + 1
		for end < len(text) && classOf(text[end]) == 1 {
			end++
		}
		id, known := ids[string(text[i:end])]
		if !known {
			id = int32(len(ids))
			ids[string(text[i:end])] = id
		}
		out = append(out, word{id, i, end})
		i = end
	}
	return out
}

// classOf is 1 for what words are of, 2 for white space, 0 for the rest.
func classOf(c byte) int {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c >= utf8.RuneSelf:
		return 1
	case c == ' ', c == '\t', c == '\n', c == '\r':
		return 2
	}
	return 0
}

// longestCommon finds a longest common subsequence by Myers' greedy method (An O(ND) Difference Algorithm, 1986), nil
// where that takes too many steps.
func longestCommon(a, b []word, budget *int) []match {
	most := min(len(a)+len(b), maxEdits)
	v := make([]int32, 2*most+3)
	var trail [][]int32
	for d := 0; d <= most; d++ {
		trail = append(trail, append([]int32(nil), v[most+1-d:most+2+d]...))
		*budget -= 2*d + 1
		for k := -d; k <= d; k += 2 {
			i := most + 1 + k
			var x int
			if k == -d || k != d && v[i-1] < v[i+1] {
				x = int(v[i+1])
			} else {
				x = int(v[i-1]) + 1
			}
			from := x
			for x < len(a) && x-k >= 0 && x-k < len(b) && a[x].id == b[x-k].id {
				x++
			}
			*budget -= x - from
			v[i] = int32(x)
			if x >= len(a) && x-k >= len(b) {
				return back(a, b, trail, d)
			}
		}
		if *budget <= 0 {
			return nil
		}
	}
	return nil
}

// back follows the trail from the end to the beginning. trail[d] holds what was reached on the diagonals -d to d before
// the step d.
func back(a, b []word, trail [][]int32, d int) []match {
	x, y := len(a), len(b)
	var out []match
	for ; d > 0; d-- {
		v := trail[d]
		at := func(k int) int { return int(v[k+d]) }
		k := x - y
		prev := k - 1
		if k == -d || k != d && at(k-1) < at(k+1) {
			prev = k + 1
		}
		px := at(prev)
		py := px - prev
		start := px
		if prev == k-1 {
			start = px + 1
		}
		if x > start {
			out = append(out, match{start, start - k, x - start})
		}
		x, y = px, py
	}
	if x > 0 {
		out = append(out, match{0, 0, x})
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}
