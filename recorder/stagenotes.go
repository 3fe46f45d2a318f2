package recorder

import "fmt"

// annotate says of each stage in words what is remarkable about it.
func (o *onion) annotate(x *Exchange) {
	for i, l := range o.layers {
		if i == 0 {
			continue
		}
		l.Notes = append(l.Notes, o.noteInput(l)...)
		if inner := o.consumed(l); inner != nil {
			l.Notes = append(l.Notes, o.noteBody(x, l, inner)...)
		}
	}
}

// noteInput tells of a stage that read the request's body away from one that it called, which then found nothing.
func (o *onion) noteInput(l *layer) (notes []string) {
	if l.Input.Bytes == 0 {
		return nil
	}
	for _, inner := range o.layers[l.Index+1:] {
		if inner.Input.Reads > 0 && inner.Input.Bytes == 0 && o.isWithin(inner, l) {
			return []string{fmt.Sprintf("ate the request's body: it read %s, and stage %d (%s) found nothing left",
				counted(l.Input.Bytes, "byte"), inner.Index, inner.Name)}
		}
	}
	return nil
}

func (o *onion) isWithin(l, around *layer) bool {
	for l.Index > around.Index {
		l = o.around(l)
	}
	return l == around
}

// consumed is the stage whose body a stage had in its hands: the last one within it that gave blocks. It is nil where the
// body was passed on as it was.
func (o *onion) consumed(l *layer) *layer {
	if l.framework() || l.sameAs > 0 {
		return nil
	}
	for i := len(o.layers) - 1; i > l.Index; i-- {
		inner := o.layers[i]
		around := o.around(inner)
		for around.framework() && around.Index > l.Index {
			around = o.around(around)
		}
		if blocks, _ := o.blocksOf(i); around == l && len(blocks) > 0 {
			return inner
		}
	}
	return nil
}

// noteBody tells what a stage did to the flow of a body.
func (o *onion) noteBody(x *Exchange, l, inner *layer) (notes []string) {
	got, _ := o.blocksOf(inner.Index)
	gave, _ := o.blocksOf(l.Index)
	gotN, gotSize := countBlocks(got)
	gaveN, gaveSize := countBlocks(gave)
	if len(gave) == 0 {
		if gotSize > 0 && x.State == Done && !(l.Index == 1 && o.serverMade) && x.Request.Method != "HEAD" {
			notes = append(notes, fmt.Sprintf("ate the response's body: it got %s of stage %d (%s) and gave none",
				counted(gotSize, "byte"), inner.Index, inner.Name))
		}
		return notes
	}
	before := 0
	if o.firstSource(inner) != o.firstSource(l) {
		for before < len(got) && got[before].at <= gave[0].at {
			before++
		}
	}
	if n, size := countBlocks(got[:before]); n > 1 {
		notes = append(notes, fmt.Sprintf("buffered: it took %s (%s) before it gave its first",
			counted(int64(n), "chunk"), counted(size, "byte")))
	}
	if gotN != gaveN && gotSize == gaveSize {
		notes = append(notes, fmt.Sprintf("re-chunked: %s became %d", counted(int64(gotN), "chunk"), gaveN))
	}
	if inner.Result == "generator" && !inner.Closed && x.State == Done && (l.Index > 1 || !o.isServed(inner)) {
		notes = append(notes, fmt.Sprintf("did not call close() of what stage %d (%s) returned", inner.Index, inner.Name))
	}
	return notes
}

// isServed says that the blocks of a stage are those that came to the server, one by one: stage 1 handed on its body, as far
// as can be told.
func (o *onion) isServed(l *layer) bool {
	blocks, teller := o.blocksOf(l.Index)
	if len(blocks) == 0 || len(blocks) != len(o.layers[0].blocks) {
		return false
	}
	for i := range blocks {
		if key, _ := o.source(blockKey{teller, i}); key != (blockKey{0, i}) {
			return false
		}
	}
	return true
}

// firstSource is where the first block of a stage was made.
func (o *onion) firstSource(l *layer) blockKey {
	_, teller := o.blocksOf(l.Index)
	key, _ := o.source(blockKey{teller, 0})
	return key
}

func countBlocks(blocks []block) (n int, size int64) {
	for i := range blocks {
		n += 1 + blocks[i].merged
		size += int64(blocks[i].size)
	}
	return n, size
}

func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
