package recorder

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
)

// Bounds of the recorder's queue and of what it keeps of exchanges under way.
const (
	defaultEvents = 1 << 17
	defaultBytes  = 48 << 20
	openBytes     = 64 << 20
	// atOnce is how many events are taken in before others may look.
	atOnce = 512
	// Under load, which is when so many events came at once, more are let gather for a while: to be woken for every few
	// of them costs the request path more than to take them in.
	gatherFrom = 24
	gather     = time.Millisecond
)

// Options are the options of New.
type Options struct {
	// Events and Bytes bound what is queued between the request path and the recorder; 0 takes the defaults. What does
	// not fit is dropped, and counted.
	Events, Bytes int
}

// Recorder is an event.Sink that folds what is under way, stores what is done and tells those who follow. Its methods
// may be called from any goroutine; Emit never waits.
type Recorder struct {
	store *Store
	bus   *event.Bus

	mu      sync.Mutex
	open    map[uint64]*Folder
	latest  *Folder // of open: of the last event that was taken; nil for none
	spare   []*Folder
	bytes   int // of the bodies of what is under way
	dropped int
	subs    map[*Subscription]struct{}
	toOpen  []*Subscription // of subs, those that are told of exchanges under way
	toEnded []*Subscription // and of those that are done
	toSaid  []*Subscription // and of what they write
	ended   bool

	done   chan struct{}
	closed func() error
}

// New starts recording into a store, which Close closes with it.
func New(store *Store, o Options) *Recorder {
	if o.Events <= 0 {
		o.Events = defaultEvents
	}
	if o.Bytes <= 0 {
		o.Bytes = defaultBytes
	}
	r := &Recorder{
		store: store, bus: event.NewBus(o.Events, o.Bytes), open: map[uint64]*Folder{},
		subs: map[*Subscription]struct{}{}, done: make(chan struct{}),
	}
	store.mu.Lock()
	store.onRemoved, store.onTrouble = r.removed, r.troubled
	store.mu.Unlock()
	r.closed = sync.OnceValue(r.stop)
	go r.consume()
	return r
}

var _ event.Sink = (*Recorder)(nil)

// Emit takes events. It never waits.
func (r *Recorder) Emit(events ...event.Event) { r.bus.Emit(events...) }

// Store is the store that is recorded into.
func (r *Recorder) Store() *Store { return r.store }

// NextID gives out an id for an exchange. It never waits for the disk.
func (r *Recorder) NextID() uint64 { return r.store.NextID() }

// NextBuild gives out an id for a build. It never waits for the disk.
func (r *Recorder) NextBuild() int { return r.store.NextBuild() }

// Trouble says why nothing can be stored at the moment, and nil where all is well. Recording resumes by itself.
func (r *Recorder) Trouble() *StoreError { return r.store.Trouble() }

func (r *Recorder) consume() {
	defer close(r.done)
	var batch []event.Event
	for {
		batch = r.bus.Next(context.Background(), batch)
		if batch == nil {
			return
		}
		for part := range slices.Chunk(batch, atOnce) {
			r.mu.Lock()
			for i := range part {
				r.take(&part[i])
			}
			r.mu.Unlock()
		}
		busy := len(batch) >= gatherFrom
		clear(batch) // the bodies are not to stay until something else comes
		if cap(batch) > 64*atOnce {
			batch = nil // after a burst
		}
		if busy {
			time.Sleep(gather)
		}
	}
}

// take takes one event in. r.mu is held.
func (r *Recorder) take(e *event.Event) {
	if e.Exchange == 0 {
		r.takeServer(e)
		return
	}
	f := r.latest // many come of one exchange in a row
	if f == nil || f.row.r.ID != e.Exchange {
		if f = r.open[e.Exchange]; f == nil {
			if f = r.begin(e); f == nil {
				return
			}
		}
		r.latest = f
	}
	before := f.bytes
	f.Add(r.within(e))
	r.bytes += f.bytes - before
	if len(r.toSaid) > 0 {
		r.said(e)
	}
	if f.Ended() {
		r.end(f)
		return
	}
	for _, s := range r.toOpen {
		s.touch(e.Exchange)
	}
}

// begin opens the exchange of an event. An exchange of which the beginning was lost is not recorded: what is left of
// it says neither what was asked nor by whom. Output that comes after the end is the worker's own.
func (r *Recorder) begin(e *event.Event) *Folder {
	if e.Kind != event.Enter || e.Stage != 0 {
		switch p := e.Payload.(type) {
		case *event.Text:
			r.line(p)
		case *event.Ending:
			r.dropped++
		}
		return nil
	}
	var f *Folder
	if n := len(r.spare); n > 0 {
		f, r.spare = r.spare[n-1], r.spare[:n-1]
	} else {
		f = new(Folder)
	}
	r.open[e.Exchange] = f
	return f
}

// within keeps the bodies of all that is under way within bounds: beyond them a block keeps its size alone.
func (r *Recorder) within(e *event.Event) event.Event {
	short := *e
	switch p := e.Payload.(type) {
	case *event.Data:
		if r.bytes+len(p.Bytes) > openBytes {
			short.Payload = &event.Data{Size: p.Size, Merged: p.Merged}
		}
	case *event.Block:
		if r.bytes+len(p.Bytes) > openBytes {
			block := *p
			block.Bytes = nil
			short.Payload = &block
		}
	}
	return short
}

// end stores an exchange and tells of it.
func (r *Recorder) end(f *Folder) {
	id := f.row.r.ID
	delete(r.open, id)
	r.latest = nil
	r.bytes -= f.bytes
	rec := newRecord(f)
	r.store.put(rec)
	for _, s := range r.toEnded {
		s.row(rec.row)
	}
	f.reset()
	if len(r.spare) < 1024 {
		r.spare = append(r.spare, f)
	}
}

// takeServer takes an event of the server itself.
func (r *Recorder) takeServer(e *event.Event) {
	switch p := e.Payload.(type) {
	case flushed:
		close(p)
	case *event.DroppedCount:
		r.dropped += p.Events
		for s := range r.subs {
			s.tell()
		}
	case *event.Text:
		r.line(p)
	case *event.Build:
		if e.Kind == event.BuildDone {
			r.store.putBuild(p)
		}
		for s := range r.subs {
			s.build(*e)
		}
	}
}

func (r *Recorder) line(p *event.Text) {
	line := OutputLine{At: time.Now(), Stream: p.Stream, Text: p.Text}
	for s := range r.subs {
		if s.topics&OutputLines != 0 {
			s.line(line)
		}
	}
}

// said tells of what an exchange wrote, and of an exception that it ended by.
func (r *Recorder) said(e *event.Event) {
	line := OutputLine{Exchange: e.Exchange}
	switch p := e.Payload.(type) {
	case *event.Text:
		line.Stream, line.Text = p.Stream, p.Text
	case *event.Raised:
		if p.Handled {
			return
		}
		line.Stream, line.Text = "exception", p.Text
	default:
		return
	}
	line.At = time.Now()
	for _, s := range r.toSaid {
		s.line(line)
	}
}

// Mark marks or unmarks exchanges, under way or done. An id that is not there is [ErrNoExchange]; the others are
// marked all the same.
func (r *Recorder) Mark(ctx context.Context, ids []uint64, marked bool) error {
	stored := make([]uint64, 0, len(ids))
	r.mu.Lock()
	for _, id := range ids {
		if f := r.open[id]; f != nil {
			f.marked = marked
			for _, s := range r.toOpen {
				s.touch(id)
			}
		} else {
			stored = append(stored, id)
		}
	}
	r.mu.Unlock()
	if len(stored) == 0 {
		return nil
	}
	err := r.store.Mark(ctx, stored, marked)
	rows, rowsErr := r.store.rows(ctx, stored)
	if rowsErr == nil {
		r.mu.Lock()
		for _, s := range r.toEnded {
			for _, row := range rows {
				s.row(row)
			}
		}
		r.mu.Unlock()
	}
	return err
}

// Counts are the recorder's counters.
type Counts struct {
	Total   int // exchanges in the capture, those under way and those waiting to be written included
	Open    int // under way
	Dropped int // events that a full queue lost, and exchanges that could not be stored, since the start
}

// Counts says how many there are.
func (r *Recorder) Counts() Counts {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts()
}

func (r *Recorder) counts() Counts {
	return Counts{
		Total: r.store.total() + len(r.open), Open: len(r.open), Dropped: r.dropped + r.store.Dropped(),
	}
}

// Flush waits until what was emitted before is taken in, and what of it is done is in the file.
func (r *Recorder) Flush(ctx context.Context) error {
	if err := r.TakeIn(ctx); err != nil {
		return err
	}
	return r.store.Flush(ctx)
}

// TakeIn waits until what was emitted before is taken in: Exchange and Rows know of it.
func (r *Recorder) TakeIn(ctx context.Context) error {
	passed := make(flushed)
	r.bus.Emit(event.Event{Kind: event.BuildDone, Payload: passed}) // of a kind that a full queue takes
	select {
	case <-passed:
	case <-r.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// flushed is the payload of an event that only says how far the queue was read.
type flushed chan struct{}

// removed is told by the store which exchanges were dropped for space.
func (r *Recorder) removed(ids []uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.toEnded {
		s.remove(ids)
	}
}

func (r *Recorder) troubled() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for s := range r.subs {
		s.tell()
	}
}

// Close records what was emitted before, ends what is still under way as aborted, ends the subscriptions, and closes
// the store. Only the first call does anything; all return its error.
func (r *Recorder) Close() error { return r.closed() }

func (r *Recorder) stop() error {
	r.bus.Close()
	<-r.done
	r.mu.Lock()
	open := make([]*Folder, 0, len(r.open))
	for _, f := range r.open {
		open = append(open, f)
	}
	slices.SortFunc(open, func(a, b *Folder) int { return cmp.Compare(a.row.r.ID, b.row.r.ID) })
	for _, f := range open {
		r.end(f.cutOff())
	}
	r.ended = true
	for s := range r.subs {
		s.end()
	}
	r.mu.Unlock()
	return r.store.Close()
}
