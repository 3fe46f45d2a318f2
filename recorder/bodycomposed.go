package recorder

// composed looks for what a stage made, as far as was seen, in the bodies of those within it that it asked before the last: it
// may have put several together, as one that includes parts in a page does.
func (b *blamed) composed(l *layer, stage int, blocks []owned) []owned {
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
