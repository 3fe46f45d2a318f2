package recorder

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// wrapped blames blocks of which each holds the whole of one that the stage got, in their order: it has put something around
// each, as server-sent events do. It says whether that is so.
func wrapped(blocks, got []owned, stage int, budget *int) bool {
	next, pairs := 0, make([]int, 0, len(blocks))
	for i := range blocks {
		if blocks[i].size == 0 {
			continue
		}
		for next < len(got) && got[next].size == 0 {
			next++
		}
		if next == len(got) || !holds(&blocks[i], &got[next]) {
			return false
		}
		pairs = append(pairs, i, next)
		next++
	}
	if len(pairs) <= 2 || slices.ContainsFunc(got[next:], func(g owned) bool { return g.size > 0 }) {
		return false
	}
	for ; len(pairs) > 0; pairs = pairs[2:] {
		b, g := &blocks[pairs[0]], &got[pairs[1]]
		b.spans = blameText(g.bytes, b.bytes, g.spans, stage, budget)
	}
	return true
}

// holds says that a block has the whole of another in it.
func holds(block, got *owned) bool {
	return len(block.bytes) == block.size && len(got.bytes) == got.size &&
		keptWhole(got.bytes, block.bytes, isText(got.bytes, block.bytes)) >= 0
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

// moved blames those of some blocks that are the same as one that the stage got, wherever it stood there: the stage has put
// it elsewhere. Neither may be there twice, as a tag is that each of two stages gives.
func moved(out, got []owned, some []int) {
	if len(some) == 0 || len(got) == 0 {
		return
	}
	given, came := make(map[string]int, len(out)), make(map[string]int, len(got))
	for i := range out {
		given[string(out[i].bytes)]++
	}
	for i := range got {
		if _, twice := came[string(got[i].bytes)]; twice || !isTelling(got[i]) {
			came[string(got[i].bytes)] = -1
		} else {
			came[string(got[i].bytes)] = i
		}
	}
	for _, i := range some {
		o := &out[i]
		if at, there := came[string(o.bytes)]; there && at >= 0 && o.size == got[at].size && given[string(o.bytes)] == 1 {
			o.spans = got[at].spans
		}
	}
}

// isTelling says that all of a block is kept, and that no other is like it by chance.
func isTelling(b owned) bool {
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
	return b.size >= chanceText && longest >= chanceWord && isText(b.bytes, b.bytes)
}
