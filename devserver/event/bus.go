package event

import (
	"context"
	"sync"
)

// Bus is a bounded queue between the request path and a reader of events. Emit never waits: what does not fit is
// dropped whole (the events of one call), counted, and told to the reader as a Dropped event.
type Bus struct {
	maxEvents int
	maxBytes  int

	mu      sync.Mutex
	queue   []Event
	bytes   int
	dropped int
	closed  bool
	wake    chan struct{}
}

// NewBus makes a bus that holds at most so many events with so many bytes of bodies.
func NewBus(maxEvents, maxBytes int) *Bus {
	return &Bus{maxEvents: maxEvents, maxBytes: maxBytes, wake: make(chan struct{}, 1)}
}

var _ Sink = (*Bus)(nil)

// Emit queues events. An Exit is always taken, so that an exchange whose events were dropped still ends.
func (b *Bus) Emit(events ...Event) {
	size := 0
	for i := range events {
		size += weight(&events[i])
	}
	b.mu.Lock()
	if len(b.queue)+len(events) > b.maxEvents || b.bytes+size > b.maxBytes {
		events = b.overflow(events)
		size = 0
	}
	b.queue = append(b.queue, events...)
	b.bytes += size
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// overflow keeps only what ends an exchange or tells of a build.
func (b *Bus) overflow(events []Event) []Event {
	var kept []Event
	for _, e := range events {
		if e.Kind == Exit && e.Stage == 0 || e.Kind == BuildDone {
			kept = append(kept, e)
		} else {
			b.dropped++
		}
	}
	return kept
}

// Next waits for events and returns all that are queued, in their order. spare is a slice to reuse, which Next returned
// before, or nil. It returns nil when the bus was closed and everything was handed out, or the context ended.
func (b *Bus) Next(ctx context.Context, spare []Event) []Event {
	for {
		b.mu.Lock()
		if len(b.queue) > 0 || b.dropped > 0 {
			batch := b.queue
			clear(spare)
			b.queue, b.bytes = spare[:0], 0
			if b.dropped > 0 {
				batch = append(batch, Event{Kind: Dropped, Payload: &DroppedCount{b.dropped}})
				b.dropped = 0
			}
			b.mu.Unlock()
			return batch
		}
		closed := b.closed
		b.mu.Unlock()
		if closed {
			return nil
		}
		select {
		case <-b.wake:
		case <-ctx.Done():
			return nil
		}
	}
}

// Close ends the bus: Next hands out what is queued and then returns nil. Events emitted later are still queued for
// whoever reads on.
func (b *Bus) Close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// weight is about the memory that an event's payload holds for itself.
func weight(e *Event) int {
	switch p := e.Payload.(type) {
	case *Data:
		return len(p.Bytes)
	case *Request:
		return len(p.Head) + len(p.Environ)
	case *Response:
		return responseWeight(p)
	case *Text:
		return len(p.Text)
	case *Raised:
		n := 0
		for ; p != nil; p = p.Cause {
			n += len(p.Text) + len(p.Message)
			for i := range p.Frames {
				n += len(p.Frames[i].Source)
				for _, line := range p.Frames[i].Context {
					n += len(line)
				}
			}
		}
		return n
	case *Finding:
		return len(p.Message)
	case *Ending:
		return len(p.WireHead)
	case *Block:
		return len(p.Bytes)
	case *EnvironChange:
		return changeWeight(p)
	case *Left:
		return responseWeight(p.Response) + responseWeight(p.Given)
	case *Passed:
		n := len(p.Message)
		for i := range p.Frames {
			n += len(p.Frames[i].Source)
		}
		return n
	case *Edit:
		n := changeWeight(p.Environ)
		if p.Block != nil {
			n += len(p.Block.Bytes)
		}
		return n
	}
	return 0
}

func responseWeight(p *Response) int {
	if p == nil {
		return 0
	}
	n := len(p.Status)
	for i := range p.Headers {
		n += len(p.Headers[i].Name) + len(p.Headers[i].Value)
	}
	return n
}

func changeWeight(p *EnvironChange) int {
	if p == nil {
		return 0
	}
	n := len(p.Set)
	for _, repr := range p.Objects {
		n += len(repr)
	}
	return n
}
