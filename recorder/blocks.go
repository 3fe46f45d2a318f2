package recorder

import (
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
)

// block is a block of a body at the boundary of a stage.
type block struct {
	at     time.Duration
	size   int
	via    string
	bytes  []byte // what is kept
	same   bool   // the very object that is block of.nth
	chance bool   // that it is the same may be by chance: Python has but one object of each byte
	of     blockKey
	merged int  // so many more are in it; where it is the same as one, they are as those that follow that
	lazy   bool // a framework's body that was not there yet, as a whole
}

// written says that it came through write.
func (b block) written() bool { return b.via == "write" }

// blockKey names a block by the stage that gave it and its place among that stage's. The server's are those that stage 1
// gave it.
type blockKey struct{ stage, nth int }

func (o *onion) block(l *layer, e *event.Event, p *event.Block) {
	if l.Index == 1 && p.Size == 0 {
		o.empty(l, e)
	}
	if l.Index < 2 {
		return
	}
	via := "yield"
	if e.Kind == event.Write {
		via = "write"
	}
	b := block{at: e.At, size: p.Size, via: via, bytes: p.Bytes, merged: p.Merged}
	if p.Same {
		b.same, b.chance, b.of = true, p.Size <= 1, blockKey{int(p.Of), int(p.Nth)}
		if b.of.stage == 1 {
			b.of.stage = 0
		}
	}
	if l.framework() {
		b.lazy = p.Type != ""
		if p.Given {
			l.got = len(l.blocks) + 1
		}
	}
	l.blocks = append(l.blocks, b)
	if b.lazy || l.got == len(l.blocks) {
		return // it is no boundary of the layer
	}
	o.walk.block(l, e.Kind, e.At, blockKey{l.Index, len(l.blocks) - 1}, p.Size)
}

// empty takes an empty block that stage 1 gave. It goes nowhere, and so the server tells nothing of it.
func (o *onion) empty(root *layer, e *event.Event) {
	if e.Kind == event.Chunk {
		o.leftRoot(e.At)
	}
	o.walk.block(root, e.Kind, e.At, emptyBlock, 0)
}

// blocksOf are the blocks that crossed a stage's boundary, and the stage that they are told of: another where that one's
// body was passed on as it was. A framework's layer has what it got before them, see layer.got.
func (o *onion) blocksOf(stage int) (blocks []block, teller int) {
	if stage == 1 {
		return o.layers[0].blocks, 0
	}
	for range len(o.layers) {
		l := o.layers[stage]
		if len(l.blocks) > 0 || l.sameAs <= stage {
			return l.blocks, stage
		}
		stage = l.sameAs
	}
	return nil, stage
}

// source follows a block to where its bytes are told.
func (o *onion) source(k blockKey) (blockKey, *block) {
	for range len(o.layers) {
		if k.stage >= len(o.layers) {
			return k, nil
		}
		blocks := o.layers[k.stage].blocks
		behind := 0
		if last := len(blocks) - 1; last >= 0 && k.nth > last && blocks[last].merged > 0 {
			behind, k.nth = min(k.nth-last, blocks[last].merged), last
		}
		if k.nth < 0 || k.nth >= len(blocks) {
			return k, nil
		}
		b := &blocks[k.nth]
		if !b.same {
			return k, b
		}
		k = blockKey{b.of.stage, b.of.nth + behind}
	}
	return k, nil
}

// chunks are the blocks as an exchange shows them.
func chunks(blocks []block) []Chunk {
	out := make([]Chunk, 0, len(blocks))
	for _, b := range blocks {
		if !b.lazy {
			out = append(out, Chunk{AtMS: ms(b.at), Size: b.size, Via: b.via, Merged: b.merged})
		}
	}
	return out
}
