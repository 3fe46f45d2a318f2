package recorder

import (
	"fmt"
	"slices"
	"strings"
)

// annotate says of each stage in words what is remarkable about it.
func (o *onion) annotate(x *Exchange) {
	starved, givers := o.starved(), o.givers()
	for i, l := range o.layers[1:] {
		l.Closed = l.Closed || l.atOnce()
		if inner := starved[i+1]; inner > 0 {
			l.Notes = append(l.Notes, fmt.Sprintf("ate the request's body: it read %s, and stage %d (%s) found nothing left",
				counted(l.Input.Bytes, "byte"), inner, o.layers[inner].Name))
		}
		if i == 0 && x.Untold != nil {
			l.Notes = append(l.Notes, x.Untold.String())
		}
		if inner := givers[i+1]; inner > 0 && !l.framework() && l.sameAs == 0 && o.untold.Events == 0 {
			l.Notes = append(l.Notes, o.noteBody(x, l, o.layers[inner])...)
		}
	}
}

// starved has for each stage that read of the request's body the first one within it that found nothing left.
func (o *onion) starved() []int {
	found := make([]int, len(o.layers))
	seen := make([]bool, len(o.layers))
	for i := 2; i < len(o.layers); i++ {
		if in := o.layers[i].Input; in.Reads == 0 || in.Bytes > 0 {
			continue
		}
		for l := o.around(o.layers[i]); l.Index > 0 && !seen[l.Index]; l = o.around(l) {
			seen[l.Index] = true
			if l.Input.Bytes > 0 {
				found[l.Index] = i
			}
		}
	}
	return found
}

// givers has for each stage the one whose body it had in its hands: the last one within it that gave blocks. What stands
// within a framework's layer gives to what is around that.
func (o *onion) givers() []int {
	givers := make([]int, len(o.layers))
	for i := len(o.layers) - 1; i > 0; i-- {
		l, giver := o.layers[i], i
		if l.framework() {
			giver = givers[i] // what it is known to have given was there as a whole
		} else if blocks, _ := o.blocksOf(i); len(blocks) == 0 {
			giver = 0
		}
		if giver > 0 && givers[l.Within] == 0 {
			givers[l.Within] = giver
		}
	}
	return givers
}

// noteBody tells what a stage did to the flow of a body.
func (o *onion) noteBody(x *Exchange, l, inner *layer) (notes []string) {
	got, _ := o.blocksOf(inner.Index)
	gave, _ := o.blocksOf(l.Index)
	if l.Index == 1 { // what it gave is told by what the server sends, which empty blocks are not
		got = slices.DeleteFunc(slices.Clone(got), func(b block) bool { return b.size == 0 })
	}
	gotN, gotSize := countBlocks(got)
	gaveN, gaveSize := countBlocks(gave)
	if len(gave) == 0 {
		if gotSize > 0 && x.State == Done && l.Exception == nil && !(l.Index == 1 && o.serverMade) && x.Request.Method != "HEAD" {
			notes = append(notes, fmt.Sprintf("ate the response's body: it got %s of stage %d (%s) and gave none",
				counted(gotSize, "byte"), inner.Index, inner.Name))
		}
		return notes
	}
	if n, size := countBlocks(o.buffered(l, inner)); n > 1 {
		notes = append(notes, fmt.Sprintf("buffered: it took %s (%s) before it gave its first",
			counted(int64(n), "chunk"), counted(size, "byte")))
	}
	if gotN != gaveN && gotSize == gaveSize {
		notes = append(notes, fmt.Sprintf("re-chunked: %s became %d", counted(int64(gotN), "chunk"), gaveN))
	}
	if inner.Result == "generator" && !inner.Closed && x.State == Done {
		notes = append(notes, fmt.Sprintf("did not call close() of what stage %d (%s) returned", inner.Index, inner.Name))
	}
	return notes
}

// buffered are the blocks that a stage took of one within it before it gave its first. Those that were written do not count:
// nobody can hold back what passes through write().
func (o *onion) buffered(l, inner *layer) []block {
	if inner.atOnce() {
		return nil
	}
	wrote := map[blockKey]bool{}
	got, first := o.flow(inner, func(b block, key blockKey) bool {
		if b.written() {
			wrote[key] = true
		}
		return !b.written() && (b.size > 0 || l.Index > 1) // empty ones of stage 1 are not told
	})
	gave, firstGiven := o.flow(l, func(b block, key blockKey) bool { return !b.written() || !wrote[key] })
	if len(gave) == 0 || first == firstGiven {
		return nil
	}
	before := 0
	for before < len(got) && got[before].at <= gave[0].at {
		before++
	}
	return got[:before]
}

// flow are those blocks of a stage that are asked for, and where the first of them was made.
func (o *onion) flow(l *layer, wanted func(b block, source blockKey) bool) (chosen []block, first blockKey) {
	blocks, teller := o.blocksOf(l.Index)
	for i, b := range blocks {
		source, _ := o.source(blockKey{teller, i})
		if !wanted(b, source) {
			continue
		}
		if chosen == nil {
			first = source
		}
		chosen = append(chosen, b)
	}
	return chosen, first
}

// atOnce says that what a stage returned was there as a whole: nobody waited for its blocks, and there is nothing to close.
func (l *layer) atOnce() bool { return l.Result == "list" || l.Result == "tuple" }

func countBlocks(blocks []block) (n int, size int64) {
	for i := range blocks {
		n += 1 + blocks[i].merged
		size += int64(blocks[i].size)
	}
	return n, size
}

// String says it in words.
func (u Untold) String() string {
	var parts []string
	if u.Passes == 1 {
		parts = append(parts, "1 pass through a stage")
	} else if u.Passes > 0 {
		parts = append(parts, fmt.Sprintf("%d passes through stages", u.Passes))
	}
	if u.Events > 0 {
		parts = append(parts, counted(int64(u.Events), "event")+" of stages")
	}
	return "there were too many to tell of " + strings.Join(parts, " and ")
}

func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
