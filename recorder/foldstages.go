package recorder

import (
	"bytes"

	"github.com/snifter-dev/snifter/devserver/event"
)

// stageBounds keeps the events of inner stages within their bounds.
type stageBounds struct {
	events, bytes, blocks int
	tails                 map[tailKey]*event.Block
	awaited               map[tailKey][]byte // what the server's block is to be that those of a tail end with
}

// tailKey says which blocks are merged: those of a stage that come by the same way.
type tailKey struct {
	stage uint16
	kind  event.Kind
	given bool
}

// admitStage says whether an event of an inner stage is kept. The bytes of a block are dropped rather than the block.
func (f *Folder) admitStage(e *event.Event) bool {
	if f.stages == nil {
		f.stages = &f.bounds
	}
	s := f.stages
	n := stageSize(e.Payload)
	if b, ok := e.Payload.(*event.Block); ok {
		if s.bytes+n > MaxStageBytes && n > 0 {
			short := *b
			short.Bytes, n = nil, 0
			e.Payload = &short
		}
		s.bytes += n
		f.bytes += n
		return true
	}
	room := 1
	switch e.Kind {
	case event.Exit, event.Spent, event.Exception:
		room = 2
	}
	if s.events >= room*MaxStageEvents || s.bytes+n > room*MaxStageBytes {
		return false
	}
	s.events++
	s.bytes += n
	f.bytes += n
	return true
}

// mergeBlock puts a block of an inner stage into the last one that there is room for, once there are MaxChunks. It says
// whether it did.
func (f *Folder) mergeBlock(e event.Event, p *event.Block) bool {
	s := f.stages
	if s.blocks++; s.blocks <= MaxChunks {
		return false
	}
	if s.tails == nil {
		s.tails = map[tailKey]*event.Block{}
	}
	key := tailKey{e.Stage, e.Kind, p.Given}
	tail := s.tails[key]
	if tail == nil {
		if len(s.tails) >= MaxChunks {
			return true
		}
		own := *p
		own.Bytes = append([]byte(nil), p.Bytes...)
		s.tails[key] = &own
		e.Payload = &own
		f.events = append(f.events, e)
		return true
	}
	switch {
	case !tail.Same && !p.Same && len(tail.Bytes) == tail.Size:
		tail.Bytes = append(tail.Bytes, p.Bytes...)
	case tail.Same && !s.goesOn(key, tail, p):
		unlink(tail)
	}
	tail.Size += p.Size
	tail.Merged += 1 + p.Merged
	return true
}

// goesOn says that a block is the same as the one behind those that the merged ones are, all in a row: it is told to be, or is
// told for itself, right before the server has got it.
func (s *stageBounds) goesOn(key tailKey, tail, p *event.Block) bool {
	if s.awaited[key] != nil {
		return false // the server has got another
	}
	next := tail.Nth + 1 + uint32(tail.Merged)
	switch {
	case p.Same && p.Of == tail.Of:
		return p.Nth == next
	case p.Same:
		// What the stage within gave just now, and told for itself.
		from := tailKey{uint16(p.Of), key.kind, key.given}
		within := s.tails[from]
		if within == nil || !within.Same || within.Of != tail.Of || within.Nth+uint32(within.Merged) != next {
			return false
		}
		if s.awaited[from] != nil {
			s.await(key, s.awaited[from])
		}
		return true
	case p.Merged > 0 || p.Size == 0 || len(p.Bytes) < p.Size:
		return false
	}
	s.await(key, p.Bytes)
	return true
}

func (s *stageBounds) await(key tailKey, block []byte) {
	if s.awaited == nil {
		s.awaited = map[tailKey][]byte{}
	}
	s.awaited[key] = block
}

// arrived has the blocks that the server's nth is awaited to be known as that, or as others, where it is another.
func (s *stageBounds) arrived(nth int, block []byte) {
	for key, awaited := range s.awaited {
		tail := s.tails[key]
		if int(tail.Nth)+tail.Merged != nth {
			continue
		}
		delete(s.awaited, key)
		if !bytes.Equal(awaited, block) {
			unlink(tail)
		}
	}
}

// unlink has merged blocks be others than those that they were known as: what they are is not kept.
func unlink(tail *event.Block) { tail.Same, tail.Of, tail.Nth = false, 0, 0 }

// stageSize is about what the payload of an inner stage's event holds.
func stageSize(payload any) int {
	switch p := payload.(type) {
	case *event.Block:
		return len(p.Bytes)
	case *event.EnvironChange:
		return changeSize(p)
	case *event.Response:
		return noteSize(p)
	case *event.Left:
		return responsesSize(p.Response, p.Given)
	case *event.Passed:
		n := len(p.Message) + responsesSize(p.Response, p.Given)
		for i := range p.Frames {
			n += len(p.Frames[i].Source) + len(p.Frames[i].File)
		}
		return n
	case *event.Edit:
		n := 0
		if p.Environ != nil {
			n = changeSize(p.Environ)
		}
		if p.Block != nil {
			n += len(p.Block.Bytes)
		}
		for _, h := range p.Headers {
			n += len(h.Name) + len(h.Value)
		}
		return n
	}
	return 0
}

func changeSize(p *event.EnvironChange) int {
	n := len(p.Set)
	for k, v := range p.Objects {
		n += len(k) + len(v)
	}
	return n
}

func responsesSize(all ...*event.Response) (n int) {
	for _, p := range all {
		if p != nil {
			n += noteSize(p)
		}
	}
	return n
}
