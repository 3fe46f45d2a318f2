package recorder

import (
	"slices"
	"strings"

	"github.com/snifter-dev/snifter/devserver/event"
)

// edit takes what was changed by hand while the request was stopped at the stage.
func (o *onion) edit(l *layer, p *event.Edit) {
	ahead := o.walk.ahead(l, p.Boundary)
	if ahead && p.Environ != nil && isHeld(p.Boundary) {
		o.walk.held = o.walk.editing(l, p.Boundary)
		defer func() { o.walk.held = nil }()
	}
	o.change(l, p)
	if !p.Respond && !ahead {
		o.walk.amend(l, p.Boundary)
	}
}

func (o *onion) change(l *layer, p *event.Edit) {
	if p.Environ != nil {
		l.pending = append(l.pending, o.environs.apply(l, l.environ, p.Environ, o.walk, true)...)
	}
	if p.Raise != "" {
		l.pending = append(l.pending, "raise "+p.Raise)
	}
	if p.Block != nil && !p.Respond {
		l.pending = append(l.pending, "chunk")
		o.editBlock(l, p)
	}
	if p.Respond && p.Boundary == event.Exit {
		l.sameAs, l.SameAs = 0, 0 // what it returned is given up
	}
	if p.Status == "" && p.Headers == nil {
		return
	}
	if p.Boundary == event.Chunk {
		o.unsize(l, p.Headers)
		return
	}
	before := l.out
	if before == nil || p.Respond {
		before = l.given
	}
	if before == nil {
		before = &answer{}
	}
	changed := event.Response{Status: p.Status, Headers: p.Headers}
	if changed.Status == "" {
		changed.Status = before.status
	}
	if p.Headers == nil {
		changed.Headers = before.fields
	}
	if p.Respond {
		l.told = nil
		l.editing = true // it calls start_response with that, or leaves with it
		l.pending = append(l.pending, "respond "+p.Status)
	} else {
		l.pending = append(l.pending, changesOf(before, &changed)...)
	}
	if l.Index == 1 {
		l.editing = true // what the server is given is told after
		return
	}
	l.out = derive(before, &changed, l.Index, true)
	o.newest = l.out
	if p.Respond && !l.framework() {
		o.gets(l) // and it calls start_response with it
	} else {
		o.passOn(l)
	}
	if app := o.application(l); p.Respond && l.framework() {
		// It may leave the framework at once: no layer around has a part in it then. Otherwise each has, and tells so.
		app.given, app.shared = l.out, false
	}
}

// unsize takes it that the server leaves out a Content-Length since a block was edited by hand. The head that it sent may be
// known by then: it is as old as the call of start_response. The headers are those that stage 1 gave.
func (o *onion) unsize(l *layer, gave []event.Header) {
	o.unsized, o.gave = l, gave
	root := o.layers[1]
	if was := root.out; was != nil && was == o.last {
		head := &event.Response{Status: was.status, Headers: was.fields}
		given := o.sized(root.given, was.status)
		root.out = derive(o.leftOut(given), head, was.stage, was.byHand)
		o.last = root.out
		o.walk.shorten(was, root.out, given)
	}
}

// sized is what stage 1 was given, with the Content-Length that it has added itself.
func (o *onion) sized(given *answer, status string) *answer {
	if o.unsized == nil || given != nil && slices.ContainsFunc(given.fields, isLength) || !slices.ContainsFunc(o.gave, isLength) {
		return given
	}
	return derive(given, &event.Response{Status: status, Headers: o.gave}, 1, false)
}

// leftOut is what stage 1 was given, without the Content-Length that the server leaves out since a block was edited by hand:
// that is the doing of whoever did so.
func (o *onion) leftOut(given *answer) *answer {
	if o.unsized == nil || given == nil {
		return given
	}
	kept := slices.DeleteFunc(slices.Clone(given.fields), isLength)
	return derive(given, &event.Response{Status: given.status, Headers: kept}, o.unsized.Index, true)
}

func isLength(f event.Header) bool { return strings.EqualFold(f.Name, "Content-Length") }

// editBlock puts a block that was edited into the place of the newest that the stage gave, or into its own in a list that is
// passed on; what stage 1 gave is told by the server.
func (o *onion) editBlock(l *layer, p *event.Edit) {
	o.edited = o.edited || l.Index == 1
	teller := l
	if l.sameAs > 0 && p.Boundary == event.Chunk {
		_, i := o.blocksOf(l.sameAs)
		teller = o.layers[i]
	}
	n := len(teller.blocks) - 1
	if p.Nth > 0 {
		n = nthYielded(teller.blocks, p.Nth)
	}
	if n < 0 || l.Index == 1 || teller.blocks[n].merged > 0 {
		return
	}
	edited := teller.blocks[n]
	edited.same, edited.bytes, edited.size = false, p.Block.Bytes, p.Block.Size
	switch {
	case teller == l:
		l.blocks[n] = edited
		o.walk.resize(l, edited.size)
	case p.Nth > 0 || n == 0 || teller.Result != "list" && teller.Result != "tuple":
		if l.edits == nil {
			l.edits = map[int]block{}
		}
		l.edits[n] = edited
	}
}

// nthYielded is the place of the nth block, from 1, that did not come through write; -1 where there is none.
func nthYielded(blocks []block, nth int) int {
	for i := range blocks {
		if blocks[i].via == "write" {
			continue
		}
		if nth--; nth == 0 {
			return i
		}
	}
	return -1
}

// splitEdited gives a body of its own to each stage in whose hands a body was edited that it passed on: those around it have
// passed on that.
func (o *onion) splitEdited() {
	for i := len(o.layers) - 1; i > 1; i-- {
		l := o.layers[i]
		of := l.sameAs
		if len(l.edits) == 0 || of == 0 {
			continue
		}
		blocks, teller := o.blocksOf(of)
		for n, b := range blocks {
			if b.via == "write" {
				continue
			}
			b.same, b.of = true, blockKey{teller, n}
			if edited, is := l.edits[n]; is {
				b = edited
			}
			l.blocks = append(l.blocks, b)
		}
		l.sameAs, l.SameAs, l.edits = 0, 0, nil
		l.Closed = o.layers[teller].Closed
		for _, around := range o.layers[1:i] {
			if around.sameAs == of {
				around.sameAs, around.SameAs = i, i
			}
		}
	}
}
