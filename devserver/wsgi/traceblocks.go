package wsgi

import (
	"bytes"
	"hash/maphash"
	"unsafe"

	"github.com/snifter-dev/snifter/devserver/event"
)

// heldBlock is a block as one stage gave it, while the stages around that have it.
type heldBlock struct {
	by      *pass
	at      *byte
	size    int
	hash    uint64 // of what is beyond the kept bytes
	payload *event.Block
	pending int // its place among the events, counted by trace.told
	nth     uint32
	kept    []byte
}

var blockSeed = maphash.MakeSeed()

// block tells of a block that a stage gave. t.mu is held.
func (t *trace) block(kind event.Kind, p *pass, block []byte) {
	b := &event.Block{Size: len(block)}
	nth := p.blocks
	p.blocks++
	h := heldBlock{by: p, at: unsafe.SliceData(block), size: len(block), payload: b, nth: nth}
	if of := t.held(block); of != nil {
		b.Same, b.Of, b.Nth = true, of.by.index, of.nth
		h.kept, h.hash = of.kept, of.hash
	} else {
		h.kept = bytes.Clone(block[:min(len(block), max(maxKept-p.kept, 0))])
		h.hash = maphash.Bytes(blockSeed, block[len(h.kept):])
		p.kept += len(h.kept)
		b.Bytes = h.kept
	}
	h.pending = t.told
	t.add(kind, p, b, 32+len(b.Bytes))
	t.hand = append(t.hand, h)
}

// held finds a block among those at hand: it must be the same memory, and nothing may have changed it meanwhile. t.mu is
// held.
func (t *trace) held(block []byte) *heldBlock {
	for i := range t.hand {
		h := &t.hand[i]
		if h.size == len(block) && h.size > 0 && h.at == unsafe.SliceData(block) && bytes.Equal(h.kept, block[:len(h.kept)]) &&
			(len(h.kept) == len(block) || h.hash == maphash.Bytes(blockSeed, block[len(h.kept):])) {
			return h
		}
	}
	return nil
}

// passed says that the stage has its block back. t.mu is held.
func (t *trace) passed(p *pass) {
	for i := len(t.hand) - 1; i >= 0; i-- {
		if t.hand[i].by == p {
			t.hand = append(t.hand[:i], t.hand[i+1:]...)
			return
		}
	}
}

// sending is told of each block that the server is given: those at hand that are this one, and of which nothing has gone
// out yet, need not be sent twice. The sender's lock is not held.
func (t *trace) sending(block []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.begun = true
	if len(block) == 0 {
		return
	}
	nth := t.sent
	t.sent++
	first := t.held(block)
	if first == nil {
		return
	}
	for i := range t.hand {
		h := &t.hand[i]
		if h.pending < 0 || h.at != first.at || h.size != first.size || !bytes.Equal(h.kept, first.kept) {
			continue
		}
		if !h.payload.Same {
			h.by.kept -= len(h.kept)
			t.weight -= len(h.kept)
		}
		*h.payload = event.Block{Size: h.size, Same: true, Of: 0, Nth: nth}
	}
}

// empty tells of an empty block that the outermost stage has given, of which the server gets nothing. Of one that nothing was
// entered within there is nothing else to tell.
func (t *trace) empty(via via) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.told == 0 {
		return
	}
	kind := event.Chunk
	if via == written {
		kind = event.Write
	}
	t.add(kind, t.passes[0], &event.Block{Bytes: []byte{}}, 32)
}
