package recorder

import "slices"

// composed looks for what a stage made, as far as was seen, in the bodies of those within it that it asked before the last: it
// may have put several together, as one that includes parts in a page does.
func (b *blamed) composed(l *layer, stage int, blocks []owned) []owned {
	b.undone(l, stage, blocks)
	for i := l.Index + 1; i < len(b.layers); i++ {
		other := b.layers[i]
		if other.Within != l.Index || other.framework() || i == b.last[l.Index] || len(b.bodies[i].blocks) == 0 {
			continue
		}
		before, whole := joined(b.bodies[i].blocks)
		for n := range blocks {
			if whole && len(blocks[n].bytes) == blocks[n].size {
				b.compose(&blocks[n], &before, stage)
			}
		}
	}
	return blocks
}

// undone blames blocks of a stage that have nothing of what it got, but all that a stage further within gave, which was packed on
// the way: it has unpacked that. Who changes a text back has changed it.
func (b *blamed) undone(l *layer, stage int, blocks []owned) {
	if slices.ContainsFunc(blocks, func(o owned) bool { return o.size > 0 && (len(o.spans) != 1 || o.spans[0].Stage != stage) }) {
		return
	}
	if got, _ := joined(b.bodies[b.last[l.Index]].blocks); len(got.bytes) > 0 && isText(got.bytes, got.bytes) {
		return
	}
	after, whole := joined(blocks)
	for i := b.last[b.last[l.Index]]; i > 0 && whole && b.budget > 0; i = b.last[i] {
		before, kept := joined(b.bodies[i].blocks)
		if !kept || before.size < chanceBinary {
			continue
		}
		b.budget -= len(after.bytes)
		at := keptWhole(before.bytes, after.bytes, isText(before.bytes, after.bytes))
		if at < 0 {
			continue
		}
		for n := range blocks {
			blocks[n].spans = nil
		}
		cut(blocks, blameKept([]match{{0, at, len(before.bytes)}}, after.bytes, before.spans, stage))
		for n := range blocks {
			b.made[blocks[n].source] = blocks[n].spans
		}
		return
	}
}

// compose blames the parts of a block that are the stage's as yet.
func (b *blamed) compose(block, before *owned, stage int) {
	var spans []Span
	for _, s := range block.spans {
		if s.Stage != stage {
			spans = appendSpan(spans, s.Start, s.End, s.Stage)
			continue
		}
		for _, found := range blameText(before.bytes, block.bytes[s.Start:s.End], before.spans, stage, &b.budget) {
			spans = appendSpan(spans, s.Start+found.Start, s.Start+found.End, found.Stage)
		}
	}
	block.spans = spans
	b.made[block.source] = spans
}
