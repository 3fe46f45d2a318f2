package recorder

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// wrapped blames blocks of which each holds the whole of one that the stage got, in their order: it has put something around
// or into each, as server-sent events do. It says whether that is so.
func wrapped(blocks, got []owned, stage int) bool {
	next := 0
	var found [][]Span
	for i := range blocks {
		if blocks[i].size == 0 {
			continue
		}
		for next < len(got) && got[next].size == 0 {
			next++
		}
		if next == len(got) {
			return false
		}
		spans := holding(&blocks[i], &got[next], stage)
		if spans == nil {
			return false
		}
		found = append(found, spans)
		next++
	}
	if len(found) < 2 || slices.ContainsFunc(got[next:], func(g owned) bool { return g.size > 0 }) {
		return false
	}
	for i := range blocks {
		if blocks[i].size > 0 {
			blocks[i].spans, found = found[0], found[1:]
		}
	}
	return true
}

// holding blames a block that has the whole of another in it, or that in two parts with something between. It is nil where it
// has not, as far as can be seen.
func holding(block, got *owned, stage int) []Span {
	after, before := block.bytes, got.bytes
	if len(after) < block.size || len(before) < got.size {
		return nil
	}
	at, head := keptWhole(before, after, isText(before, after)), len(before)
	if at < 0 {
		at, head = 0, commonPrefix(before, after)
		if head+commonSuffix(before[head:], after[head:]) < len(before) {
			return nil
		}
	}
	kept := []match{{0, at, head}, {head, len(after) - len(before) + head, len(before) - head}}
	if head < len(before) {
		slide(kept, after)
	}
	return blameKept(kept, after, got.spans, stage)
}

// blameKept blames pieces that were kept on who made them, and the rest of what came after on the stage.
func blameKept(kept []match, after []byte, owners []Span, stage int) []Span {
	var spans []Span
	for _, m := range kept {
		spans = appendSpan(spans, spansEnd(spans), m.after, stage)
		spans = take(spans, owners, m.before, m.before+m.size, m.after-m.before)
	}
	return appendSpan(spans, spansEnd(spans), len(after), stage)
}

// isText says that two bodies are text.
func isText(before, after []byte) bool {
	return utf8.Valid(before) && utf8.Valid(after) && bytes.IndexByte(after, 0) < 0
}

// keptWhole finds all of what was before in what came after. It is -1 where it is not there, or may be by chance.
func keptWhole(before, after []byte, text bool) int {
	at := bytes.Index(after, before)
	if at < 0 || len(before) == 0 {
		return -1
	}
	split := inWord(after, at) || inWord(after, at+len(before))
	switch {
	case !text:
		if len(before) >= chanceBinary {
			return at
		}
	case split:
		// What was put around it goes on as it begins or ends.
		if len(before) >= chanceText {
			return at
		}
	case hasWord(before) && !bytes.Contains(after[at+1:], before):
		return at // however short it is: it stands by itself, and in one place
	}
	return -1
}

// keptPart finds what came after in what was before, of which the stage gave but that part. It is -1 where it is not there, in
// more than one place, or may be by chance.
func keptPart(before, after []byte, chance int) int {
	text := chance == chanceText
	switch long := len(after) >= chance || text && len(after) > 1 && hasWord(after); {
	case !long:
	case bytes.HasPrefix(before, after):
		return 0
	case bytes.HasSuffix(before, after):
		return len(before) - len(after)
	case len(after) >= chance:
		if at := bytes.Index(before, after); at >= 0 && !bytes.Contains(before[at+1:], after) {
			return at
		}
	}
	return -1
}

func hasWord(text []byte) bool {
	return slices.ContainsFunc(text, func(c byte) bool { return classOf(c) == 1 })
}

// moved blames those of some blocks that are the stage's as yet, and the same as one that it got, wherever that stood there:
// the stage has put it elsewhere. Neither may be there twice, as a tag is that each of two stages gives.
func moved(out, got []owned, some []int, stage int) {
	some = slices.DeleteFunc(some, func(i int) bool {
		return !slices.ContainsFunc(out[i].spans, func(s Span) bool { return s.Stage == stage })
	})
	if len(some) == 0 || len(got) == 0 {
		return
	}
	given, came := make(map[string]int, len(out)), make(map[string]int, len(got))
	for i := range out {
		given[string(out[i].bytes)]++
	}
	for i := range got {
		if _, twice := came[string(got[i].bytes)]; twice || !isTelling(got, i) {
			came[string(got[i].bytes)] = -1
		} else {
			came[string(got[i].bytes)] = i
		}
	}
	for _, i := range some {
		o := &out[i]
		at, there := came[string(o.bytes)]
		if there && at >= 0 && o.size == got[at].size && given[string(o.bytes)] == 1 && isTelling(out, i) {
			o.spans = got[at].spans
		}
	}
}

// isTelling says that all of a block is kept, and that no other is like it by chance: a short one is of whole words.
func isTelling(blocks []owned, at int) bool {
	b := blocks[at]
	if len(b.bytes) < b.size || b.size >= chanceBinary {
		return len(b.bytes) == b.size && b.size > 0
	}
	word, longest := 0, 0
	for _, c := range b.bytes {
		if word++; classOf(c) != 1 {
			word = 0
		}
		longest = max(longest, word)
	}
	return b.size >= chanceText && longest >= chanceWord && isText(b.bytes, b.bytes) && !isPartOfWord(blocks, at)
}

// isPartOfWord says that a block begins or ends within a word that goes on in the one before or behind.
func isPartOfWord(blocks []owned, at int) bool {
	own := blocks[at].bytes
	isOfWord := func(b []byte, i int) bool { return len(b) > 0 && classOf(b[i]) == 1 }
	for i := at - 1; i >= 0 && isOfWord(own, 0); i-- {
		if before := blocks[i].bytes; blocks[i].size > 0 {
			if isOfWord(before, len(before)-1) {
				return true
			}
			break
		}
	}
	for i := at + 1; i < len(blocks) && isOfWord(own, len(own)-1); i++ {
		if blocks[i].size > 0 {
			return isOfWord(blocks[i].bytes, 0)
		}
	}
	return false
}
