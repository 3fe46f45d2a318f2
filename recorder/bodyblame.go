package recorder

// owned is a block whose bytes are blamed on stages.
type owned struct {
	source blockKey
	size   int
	bytes  []byte // what is kept, a front part
	spans  []Span // over all of size
}

// blameBody says which stage made each byte that was kept of the response's body. A block that a stage passed on as the
// object that it got is that of who made it; what a stage made anew is held against what it got.
func (o *onion) blameBody() []Span {
	if o.serverMade {
		return wholeBody(o.layers[0].blocks, 0)
	}
	bodies := make([][]owned, len(o.layers))
	made := map[blockKey][]Span{}
	budget := diffBudget
	from := make([]int, len(o.layers)) // the last stage within each that gave a body
	later, origin := o.remade()
	look := func(i int) {
		l := o.layers[i]
		blocks, teller := o.blocksOf(i)
		var got []owned
		by := i
		switch {
		case from[i] > 0:
			got = bodies[from[i]]
		case origin[i] > 0:
			got, by = bodies[origin[i]], l.Within
		}
		switch {
		case teller > i:
			bodies[i] = bodies[teller]
		case len(blocks) > 0:
			bodies[i] = o.own(by, teller, blocks, got, made, &budget)
		case l.framework():
			bodies[i] = got // it has no body of its own: what is within it gives to what is around it
		}
		if len(bodies[i]) > 0 {
			from[l.Within] = max(from[l.Within], i)
		}
	}
	for i := len(o.layers) - 1; i >= 1; i-- {
		if origin[i] > 0 {
			continue
		}
		for j := i; j > 0; j = later[j] {
			look(j)
		}
	}
	var spans []Span
	at := 0
	for _, b := range bodies[1] {
		for _, s := range b.spans {
			spans = appendSpan(spans, at+min(s.Start, len(b.bytes)), at+min(s.End, len(b.bytes)), s.Stage)
		}
		at += len(b.bytes)
	}
	return spans
}

// remade finds the responses that a stage made of what it got and then called, by the stages that they were made of, and
// those by them. They are looked at after what they were made of.
func (o *onion) remade() (later, origin []int) {
	later, origin = make([]int, len(o.layers)), make([]int, len(o.layers))
	last := make([]int, len(o.layers)) // the last application that was called within each
	for i, l := range o.layers {
		if i < 2 || l.framework() {
			continue
		}
		if j := last[l.Within]; j > 0 && l.isResponse() {
			later[j], origin[i] = i, j
		}
		last[l.Within] = i
	}
	return later, origin
}

// wholeBody blames one stage for all.
func wholeBody(blocks []block, stage int) []Span {
	n := 0
	for i := range blocks {
		n += len(blocks[i].bytes)
	}
	return appendSpan(nil, 0, n, stage)
}

// own blames the blocks of a stage. made has those blocks whose maker is known already.
func (o *onion) own(stage, teller int, blocks []block, got []owned, made map[blockKey][]Span, budget *int) []owned {
	place := make(map[blockKey]int, len(got)) // in what it got
	for i := range got {
		place[got[i].source] = i
	}
	out := make([]owned, len(blocks))
	anew := 0 // the first of a run of blocks that the stage made
	used := 0 // how much of what it got is behind
	for i := range blocks {
		key, b := o.source(blockKey{teller, i})
		out[i] = owned{source: key, size: blocks[i].size}
		if b != nil {
			out[i].size = max(b.size, len(b.bytes))
			out[i].bytes = b.bytes
		}
		spans, known := made[key]
		if !known {
			continue
		}
		out[i].spans = spans
		at, there := place[key]
		if !there {
			at = used - 1
		}
		rewritten(out[anew:i], got[used:max(used, at)], stage, budget)
		anew, used = i+1, max(used, at+1)
	}
	rewritten(out[anew:], got[used:], stage, budget)
	for i := range out {
		if _, known := made[out[i].source]; !known {
			made[out[i].source] = out[i].spans
		}
	}
	return out
}

// rewritten blames a run of blocks that a stage made of those that it got.
func rewritten(blocks, got []owned, stage int, budget *int) {
	if len(blocks) == 0 {
		return
	}
	before, wholeBefore := joined(got)
	after, wholeAfter := joined(blocks)
	var spans []Span
	if wholeBefore && wholeAfter {
		spans = blameText(before.bytes, after.bytes, before.spans, stage, budget)
	} else {
		n := min(len(before.bytes), len(after.bytes))
		if n > 0 && before.size == after.size && string(before.bytes[:n]) == string(after.bytes[:n]) {
			spans = before.spans // the same as far as can be seen
		} else {
			spans = appendSpan(nil, 0, after.size, stage)
		}
	}
	cut(blocks, spans)
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
