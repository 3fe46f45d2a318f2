package recorder

import (
	"bytes"
	"slices"
	"time"
)

// owned is a block whose bytes are blamed on stages.
type owned struct {
	source blockKey
	size   int
	bytes  []byte // what is kept, a front part
	write  bool   // it came through write
	chance bool   // it may be the same object as another by chance
	spans  []Span // over all of size
	// Of very many blocks the last are merged, and told no more apart: there are others in it, or what those are is not kept.
	part, blurred bool
}

// blameBody says which stage made each byte that was kept of the response's body, of the first so many bytes. A block that a
// stage passed on as the object that it got is that of who made it; what a stage made anew is held against what it got. For
// what is not known no stage is blamed.
func (o *onion) blameBody() (spans []Span, size int) {
	if o.serverMade {
		return wholeBody(o.layers[0].blocks, 0)
	}
	b := blamed{
		onion: o, bodies: make([]stageBody, len(o.layers)), last: make([]int, len(o.layers)),
		made: map[blockKey][]Span{}, budget: diffBudget,
	}
	b.walk()
	known := o.knownBlocks()
	for i, block := range b.bodies[1].blocks {
		for _, s := range block.spans {
			if i < known && s.Stage != UnknownStage {
				spans = appendSpan(spans, size+min(s.Start, len(block.bytes)), size+min(s.End, len(block.bytes)), s.Stage)
			}
		}
		size += len(block.bytes)
	}
	return spans, size
}

// knownBlocks is of how many of the blocks that came to the server it is known what stages did to them: as long as there are not
// too many, of all.
func (o *onion) knownBlocks() int {
	blocks := o.layers[0].blocks
	last := len(blocks) - 1
	if last < 0 || o.untold.Events == 0 && blocks[last].merged == 0 {
		return len(blocks)
	}
	told, passed := time.Duration(-1), -1
	for _, l := range o.layers[2:] {
		for i := range l.blocks {
			b := &l.blocks[i]
			told = max(told, b.at)
			if b.same && b.of.stage == 0 {
				passed = max(passed, b.of.nth+b.merged)
			}
		}
	}
	switch {
	case told < 0 || passed >= last+blocks[last].merged:
		return len(blocks)
	case passed >= 0 && blocks[last].merged > 0:
		return min(passed+1, last)
	case passed >= 0:
		return passed + 1
	}
	for i := range blocks {
		if blocks[i].at > told && o.untold.Events > 0 {
			return i
		}
	}
	return len(blocks)
}

// wholeBody blames one stage for all.
func wholeBody(blocks []block, stage int) (spans []Span, size int) {
	for i := range blocks {
		size += len(blocks[i].bytes)
	}
	return appendSpan(nil, 0, size, stage), size
}

// rewritten blames a run of blocks that a stage made of those that it got.
func rewritten(blocks, got []owned, stage int, budget *int) {
	if len(blocks) == 0 {
		return
	}
	if slices.ContainsFunc(got, func(g owned) bool { return g.blurred }) {
		for i := range blocks {
			blocks[i].spans = appendSpan(nil, 0, blocks[i].size, UnknownStage)
		}
		return
	}
	if wrapped(blocks, got, stage) {
		return
	}
	before, wholeBefore := joined(got)
	after, wholeAfter := joined(blocks)
	var spans []Span
	if wholeBefore && wholeAfter {
		spans = blameText(before.bytes, after.bytes, before.spans, stage, budget)
	} else {
		spans = blameFront(&before, &after, stage)
	}
	cut(blocks, spans)
}

// blameFront blames blocks of which, or of what was before, a front part alone was kept: as far as the two are the same there, who
// made that is to blame, and the stage for the rest. Those of one size that nowhere differ are taken to be the same to the end.
func blameFront(before, after *owned, stage int) []Span {
	head, seen := commonPrefix(before.bytes, after.bytes), min(len(before.bytes), len(after.bytes))
	if head == seen && head > 0 && before.size == after.size {
		return before.spans
	}
	if head < seen {
		head -= ofChangedHead(before.bytes, after.bytes, head)
	}
	if head < chanceBinary {
		head = 0
	}
	spans := take(nil, before.spans, 0, head, 0)
	return appendSpan(spans, head, after.size, stage)
}

// isSame says that the one block is the other, which is not so by chance.
func isSame(a, b owned) bool {
	return a.size == b.size && len(a.bytes) == a.size && a.size >= chanceBinary && bytes.Equal(a.bytes, b.bytes)
}

// between finds where among the blocks that a stage gave those are that it got, all of them and in their order, maybe with others
// before or behind. It is -1 where they are not there so, or may be in more than one place, or may be there by chance.
func between(out, got []owned, budget *int) int {
	found, more := -1, len(out)-len(got)
	if len(got) == 0 || more < 0 || (more+1)*len(got) > *budget {
		return -1
	}
	*budget -= (more + 1) * len(got)
	for at := range more + 1 {
		size, same := 0, false
		for i := range got {
			o, g := &out[at+i], &got[i]
			known := o.source == g.source
			if !known && (o.size != g.size || len(o.bytes) != o.size || !bytes.Equal(o.bytes, g.bytes)) {
				size, same = 0, false
				break
			}
			size, same = size+o.size, same || known
		}
		if !same && size < chanceBinary {
			continue
		}
		if found >= 0 {
			return -1
		}
		found = at
	}
	return found
}

// joined puts blocks together. whole says that every byte of them was kept.
func joined(blocks []owned) (all owned, whole bool) {
	if len(blocks) == 1 {
		return blocks[0], len(blocks[0].bytes) == blocks[0].size
	}
	n := 0
	for i := range blocks {
		n += len(blocks[i].bytes)
	}
	all.bytes = make([]byte, 0, n)
	whole = true
	for _, b := range blocks {
		for _, s := range b.spans {
			all.spans = appendSpan(all.spans, all.size+s.Start, all.size+s.End, s.Stage)
		}
		all.size += b.size
		if whole {
			all.bytes = append(all.bytes, b.bytes...)
			whole = len(b.bytes) == b.size
		}
	}
	return all, whole
}

// cut gives each block its part of the spans over all of them.
func cut(blocks []owned, spans []Span) {
	at := 0
	for i := range blocks {
		end := at + blocks[i].size
		for len(spans) > 0 && spans[0].Start < end {
			s := spans[0]
			blocks[i].spans = appendSpan(blocks[i].spans, max(s.Start, at)-at, min(s.End, end)-at, s.Stage)
			if s.End > end {
				break
			}
			spans = spans[1:]
		}
		at = end
	}
}

// appendSpan appends a span, or lets the last one grow.
func appendSpan(spans []Span, start, end, stage int) []Span {
	if end <= start {
		return spans
	}
	if n := len(spans); n > 0 && spans[n-1].Stage == stage && spans[n-1].End == start {
		spans[n-1].End = end
		return spans
	}
	return append(spans, Span{start, end, stage})
}
