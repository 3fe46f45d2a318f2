package recorder

import "slices"

// stageBody is what a stage gave as a body.
type stageBody struct {
	blocks []owned
	// lazy is the stage that gave a body which was not there yet, 0 for none: what came of it is that stage's. A framework's
	// view may return what a response is made of later, or a generator; a file is iterated by the server alone.
	lazy int
}

// blamed finds who made the bodies of an exchange, stage by stage.
type blamed struct {
	*onion
	bodies []stageBody
	last   []int               // the last stage within each that gave a body
	made   map[blockKey][]Span // the blocks whose maker is known already
	budget int
}

// walk looks at each stage after those within it, in the order in which they were entered: a framework hands a response
// from one layer to the next, and a response may be made of what an application has given before.
func (b *blamed) walk() {
	next := make([]int, len(b.layers))  // the stage that was entered after it in the same one
	first := make([]int, len(b.layers)) // the first that was entered within it
	for i := len(b.layers) - 1; i >= 2; i-- {
		within := b.layers[i].Within
		next[i], first[within] = first[within], i
	}
	for i := 1; ; {
		for first[i] > 0 {
			i = first[i]
		}
		for b.look(i); i > 1 && next[i] == 0; b.look(i) {
			i = b.layers[i].Within
		}
		if i == 1 {
			return
		}
		i = next[i]
	}
}

// look finds what a stage gave.
func (b *blamed) look(i int) {
	l := b.layers[i]
	switch got, by := b.got(l); {
	case l.framework() && l.failed && !b.raises(l):
		b.last[l.Within] = 0 // what was there before is given up
		return
	case l.framework():
		b.bodies[i] = b.layer(l, got)
	default:
		b.bodies[i] = b.stage(l, got, by)
	}
	if i > 1 && (len(b.bodies[i].blocks) > 0 || b.bodies[i].lazy > 0) {
		b.last[l.Within] = i
	}
}

// raises says that an exception has left a framework's layer that was a response: the layer tells of its body, or one within
// has told of it.
func (b *blamed) raises(l *layer) bool {
	from := b.last[l.Index]
	return len(l.blocks) > l.got || !l.Rose && from > 0 && b.layers[from].failed
}

// got is the body that a stage had in its hands, and who is to blame for what it then gave beyond that.
func (b *blamed) got(l *layer) (got stageBody, by int) {
	from, by := b.last[l.Index], l.Index
	if from == 0 && l.Index > 1 {
		before := b.last[l.Within]
		switch {
		case l.framework():
			from = before
		case before > 0 && (l.isResponse() || l.shared):
			// A response is called, as far as can be seen: whoever has made it is at work on it, in what no layer tells of.
			from, by = before, l.Within
		}
	}
	got = b.bodies[from]
	if from > 0 && got.lazy > 0 && !l.framework() {
		if b.layers[from].framework() || l.file && l.isResponse() {
			by = got.lazy
		}
		got.lazy = 0
	}
	return got, by
}

// layer finds what a framework's layer gave. One that tells of no body gives what it got.
func (b *blamed) layer(l *layer, got stageBody) stageBody {
	if l.got > 0 {
		// The framework has made it, of a body that was not there yet or by itself.
		by := got.lazy
		if by == 0 {
			by = b.maker(l)
		}
		before := got.blocks
		if got = b.told(l, by, 0, l.got, got); got.lazy > 0 {
			got.blocks = before // which it may be made of
		}
	}
	if len(l.blocks) > l.got {
		return b.told(l, l.Index, l.got, len(l.blocks), got)
	}
	return got
}

// told blames some of the blocks of a framework's layer.
func (b *blamed) told(l *layer, by, from, to int, got stageBody) stageBody {
	if l.blocks[to-1].lazy {
		return stageBody{lazy: by}
	}
	return stageBody{blocks: b.own(l, by, blockKey{l.Index, from}, l.blocks[from:to], got.blocks)}
}

// stage finds what a WSGI stage gave.
func (b *blamed) stage(l *layer, got stageBody, by int) stageBody {
	blocks, teller := b.blocksOf(l.Index)
	same := stageBody{}
	if l.sameAs > 0 {
		same = b.bodies[l.sameAs]
	}
	switch {
	case l.Index == 1:
		switch {
		case same.lazy > 0:
			by = same.lazy // it is a file
		case l.sameAs > 0 && len(same.blocks) == 0 && !slices.ContainsFunc(blocks, block.written):
			by = l.sameAs // what could not be looked into
		}
		return stageBody{blocks: b.composed(l, by, b.own(l, by, blockKey{stage: teller}, blocks, got.blocks))}
	case teller > l.Index:
		return stageBody{blocks: through(same.blocks, false), lazy: same.lazy}
	case l.sameAs > 0: // it wrote besides
		wrote := b.own(l, by, blockKey{stage: teller}, blocks, through(got.blocks, true))
		return stageBody{blocks: append(wrote, through(same.blocks, false)...), lazy: same.lazy}
	}
	gave := stageBody{blocks: b.composed(l, by, b.own(l, by, blockKey{stage: teller}, blocks, got.blocks))}
	if l.file {
		gave.lazy = by
	}
	return gave
}

// through picks those blocks that came through write, or those that did not.
func through(blocks []owned, write bool) []owned {
	var out []owned
	for i := range blocks {
		if blocks[i].write == write {
			out = append(out, blocks[i])
		}
	}
	return out
}

// own blames blocks of a stage, of which this is the first, on whoever is to blame for what it gave beyond what it got.
func (b *blamed) own(l *layer, stage int, first blockKey, blocks []block, got []owned) []owned {
	out := make([]owned, 0, len(blocks))
	for i := range blocks {
		for _, o := range b.apart(&blocks[i], blockKey{first.stage, first.nth + i}) {
			if b.gaveBefore(stage, o.source, got) || b.gaveAgain(l, o.source, got) {
				delete(b.made, o.source)
			}
			out = append(out, o)
		}
	}
	if at := between(out, got, &b.budget); at >= 0 {
		b.around(out[:at], got, stage)
		for i := range got {
			out[at+i].spans = got[i].spans
		}
		b.around(out[at+len(got):], got, stage)
	} else {
		b.among(out, got, stage)
	}
	for i := range out {
		if out[i].part {
			out[i].spans = appendSpan(nil, 0, out[i].size, UnknownStage)
		}
		if _, known := b.made[out[i].source]; !known {
			b.made[out[i].source] = out[i].spans
		}
	}
	return out
}

// apart has one of so many blocks that were merged, where they are the same as others that were not.
func (b *blamed) apart(of *block, key blockKey) []owned {
	n := 0
	if of.same {
		n = of.merged
	}
	out := make([]owned, 0, 1+n)
	for i := range 1 + n {
		source, from := b.source(blockKey{key.stage, key.nth + i})
		o := owned{source: source, size: of.size, write: of.written()}
		// The first of those that are one by chance is no better known than the others.
		o.chance = of.chance || !of.same && of.size <= 1
		if from != nil {
			o.size = max(from.size, len(from.bytes))
			o.bytes = from.bytes
		}
		o.blurred = !of.same && of.merged > 0 && len(o.bytes) < o.size
		if of.same && from != nil && from.merged > 0 {
			// They are merged there, too, and maybe with others.
			behind := i == 0 && of.of.stage == source.stage && of.of.nth > source.nth
			o.part = behind || n-i < from.merged
			return append(out, o)
		}
		out = append(out, o)
	}
	return out
}

// gaveBefore says that a block is one that the same function has given when it was called before, for an answer that another
// took the place of. It gives it anew, where it did not get it.
func (b *blamed) gaveBefore(stage int, key blockKey, got []owned) bool {
	spans := b.made[key]
	if len(spans) != 1 || spans[0].Stage == stage || spans[0].Stage == UnknownStage || stage < 2 {
		return false
	}
	l, other := b.layers[stage], b.layers[spans[0].Stage]
	return l.Name == other.Name && l.File == other.File && l.Line == other.Line &&
		!slices.ContainsFunc(got, func(g owned) bool { return g.source == key })
}

// gaveAgain says that a block is one that was changed on the way to the stage, and that the stage has changed back, or kept: it
// was given others in its place, by all that it has called.
func (b *blamed) gaveAgain(l *layer, key blockKey, got []owned) bool {
	isIt := func(o owned) bool { return o.source == key }
	if len(got) == 0 || b.last[l.Index] == 0 || l.framework() || slices.ContainsFunc(got, isIt) {
		return false
	}
	for i := l.Index + 1; i < len(b.layers); i++ {
		within := b.layers[i].Within
		for within > l.Index && b.layers[within].framework() {
			within = b.layers[within].Within
		}
		if within == l.Index && slices.ContainsFunc(b.bodies[i].blocks, isIt) {
			return false
		}
	}
	return true
}

// among blames blocks of a stage that may be of those that it got, here and there.
func (b *blamed) among(out, got []owned, stage int) {
	place := make(map[blockKey]int, len(got)) // in what it got
	for i := range got {
		place[got[i].source] = i
	}
	var unknown []int
	anew := 0 // the first of a run of blocks that the stage made
	used := 0 // how much of what it got is behind
	for i := range out {
		spans, known := b.made[out[i].source]
		at, there := place[out[i].source]
		if out[i].chance {
			// It is known by its place alone.
			if known = there && at == used; known {
				spans = got[at].spans
			}
		}
		if !known && used < len(got) && isSame(out[i], got[used]) {
			spans, at, known, there = got[used].spans, used, true, true // told anew, since others came between
		}
		if !known {
			unknown = append(unknown, i)
			continue
		}
		out[i].spans = spans
		if !there {
			at = used - 1
		}
		rewritten(out[anew:i], got[used:max(used, at)], stage, &b.budget)
		anew, used = i+1, max(used, at+1)
	}
	rewritten(out[anew:], got[used:], stage, &b.budget)
	moved(out, got, unknown, stage)
}

// around blames blocks that a stage gave before or behind all that it got. One that is the same as one of those is a literal
// that another stage gives, too.
func (b *blamed) around(out, got []owned, stage int) {
	for i := range out {
		spans, known := b.made[out[i].source]
		if !known || out[i].chance || slices.ContainsFunc(got, func(g owned) bool { return g.source == out[i].source }) {
			spans = appendSpan(nil, 0, out[i].size, stage)
		}
		out[i].spans = spans
	}
}
