package recorder

import (
	"cmp"
	"context"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
)

// Bounds of what is kept for a follower between two calls of Next.
const (
	keptRows  = 4096    // rows that are kept as they are; of others the ids, which Next looks up in the capture
	keptIDs   = 1 << 18 // such ids, and those that were removed
	keptLines = 10_000
	keptBuild = 1000
	batchRows = 4096 // rows in a batch
)

// Topics are what a subscription tells of beside the counts. Those that nobody wants cost the recorder nothing.
type Topics uint8

// The topics.
const (
	OpenExchanges  Topics = 1 << iota // rows of exchanges under way, as they change
	EndedExchanges                    // rows of those that are done, and what becomes of them
	BuildEvents                       // Building and BuildDone
	OutputLines                       // what the worker wrote
	SaidLines                         // what it wrote in the course of an exchange; exceptions, too
	Everything     = OpenExchanges | EndedExchanges | BuildEvents | OutputLines
)

// Subscription follows what is recorded. Updates of one exchange are merged into its latest row, so a follower that
// takes its time misses no exchange, and holds up nobody.
type Subscription struct {
	r      *Recorder
	topics Topics
	wake   chan struct{}

	mu      sync.Mutex
	touched map[uint64]struct{} // under way, changed
	rows    map[uint64]Row      // done, or marked
	stored  map[uint64]struct{} // more of these, to be looked up
	removed []uint64
	builds  []event.Event
	output  []OutputLine
	missed  int
	news    bool // there is something to tell, be it only the counts
	ended   bool
}

// Batch is what happened since the last one.
type Batch struct {
	Rows    []Row         // new or changed, each once, in its latest state, by id
	Removed []uint64      // dropped for space
	Builds  []event.Event // Building and BuildDone, in order
	Output  []OutputLine  // of the worker, and of exchanges where SaidLines are wanted
	Counts  Counts
	Trouble *StoreError // why nothing can be stored at the moment; nil where all is well
	// Missed counts what was more than is kept for a follower that does not follow: lines, builds, and past a quarter
	// of a million changed exchanges those too. The list is then best read anew.
	Missed int
}

// OutputLine is text that the worker wrote.
type OutputLine struct {
	At time.Time
	// Exchange is what it was written in the course of, 0 for none.
	Exchange uint64
	Stream   string // "stdout", "stderr" or "wsgi.errors"; "exception" for one that the application let through
	Text     string
}

// Subscribe follows all that is recorded from now on.
func (r *Recorder) Subscribe() *Subscription { return r.SubscribeTo(Everything) }

// SubscribeTo follows some of what is recorded from now on.
func (r *Recorder) SubscribeTo(topics Topics) *Subscription {
	s := &Subscription{
		r: r, topics: topics, wake: make(chan struct{}, 1), touched: map[uint64]struct{}{}, rows: map[uint64]Row{},
		stored: map[uint64]struct{}{},
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		s.ended = true
	} else {
		r.subs[s] = struct{}{}
		r.sorted()
	}
	return s
}

// Close ends the subscription: Next returns io.EOF.
func (s *Subscription) Close() {
	s.r.mu.Lock()
	delete(s.r.subs, s)
	s.r.sorted()
	s.r.mu.Unlock()
	s.end()
}

// sorted keeps those at hand that every event, and every row, is told to. r.mu is held.
func (r *Recorder) sorted() {
	r.toOpen, r.toEnded, r.toSaid = nil, nil, nil
	for s := range r.subs {
		if s.topics&OpenExchanges != 0 {
			r.toOpen = append(r.toOpen, s)
		}
		if s.topics&EndedExchanges != 0 {
			r.toEnded = append(r.toEnded, s)
		}
		if s.topics&SaidLines != 0 {
			r.toSaid = append(r.toSaid, s)
		}
	}
}

func (s *Subscription) end() {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	signal(s.wake)
}

// touch notes that an exchange under way changed. The recorder calls this and what follows, with its lock held.
func (s *Subscription) touch(id uint64) {
	s.mu.Lock()
	s.touched[id] = struct{}{}
	s.noted()
}

// row notes the row of an exchange that is done.
func (s *Subscription) row(row Row) {
	s.mu.Lock()
	delete(s.touched, row.ID)
	_, there := s.rows[row.ID]
	switch {
	case there || len(s.rows) < keptRows:
		s.rows[row.ID] = row
	case len(s.stored) < keptIDs:
		s.stored[row.ID] = struct{}{}
	default:
		s.missed++
	}
	s.noted()
}

func (s *Subscription) remove(ids []uint64) {
	s.mu.Lock()
	for _, id := range ids {
		delete(s.rows, id)
		delete(s.stored, id)
	}
	if len(s.removed)+len(ids) <= keptIDs {
		s.removed = append(s.removed, ids...)
	} else {
		s.missed += len(ids)
	}
	s.noted()
}

func (s *Subscription) build(e event.Event) {
	if s.topics&BuildEvents == 0 {
		return
	}
	s.mu.Lock()
	if len(s.builds) >= keptBuild {
		s.builds = s.builds[1:]
		s.missed++
	}
	s.builds = append(s.builds, e)
	s.noted()
}

func (s *Subscription) line(l OutputLine) {
	s.mu.Lock()
	if len(s.output) >= keptLines {
		s.output = s.output[1:]
		s.missed++
	}
	s.output = append(s.output, l)
	s.noted()
}

func (s *Subscription) tell() {
	s.mu.Lock()
	s.noted()
}

// noted wakes the follower and gives up the lock.
func (s *Subscription) noted() {
	s.news = true
	s.mu.Unlock()
	signal(s.wake)
}

// Next waits until something happened and returns all of it, or the first few thousand exchanges of it. It returns
// io.EOF after the last batch, once the recorder or the subscription was closed.
func (s *Subscription) Next(ctx context.Context) (Batch, error) {
	for {
		b, lookUp, touched, ok, ended := s.collect()
		if ok {
			return s.fill(ctx, b, lookUp, touched)
		}
		if ended {
			return Batch{}, io.EOF
		}
		select {
		case <-s.wake:
		case <-ctx.Done():
			return Batch{}, ctx.Err()
		}
	}
}

func (s *Subscription) collect() (b Batch, lookUp, touched []uint64, ok, ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.news {
		return b, nil, nil, false, s.ended
	}
	b = Batch{Removed: s.removed, Builds: s.builds, Output: s.output, Missed: s.missed}
	s.removed, s.builds, s.output, s.missed = nil, nil, nil, 0
	b.Rows = make([]Row, 0, len(s.rows))
	for _, id := range slices.Sorted(maps.Keys(s.rows)) {
		b.Rows = append(b.Rows, s.rows[id])
	}
	clear(s.rows)
	for id := range s.stored {
		if len(lookUp) == batchRows {
			break
		}
		lookUp = append(lookUp, id)
		delete(s.stored, id)
	}
	for id := range s.touched {
		touched = append(touched, id)
	}
	clear(s.touched)
	s.news = len(s.stored) > 0
	return b, lookUp, touched, true, s.ended
}

// fill adds the rows of which only the ids were kept.
func (s *Subscription) fill(ctx context.Context, b Batch, lookUp, touched []uint64) (Batch, error) {
	s.r.mu.Lock()
	for _, id := range touched {
		// One that ended meanwhile is told by its own row, now or with the next batch.
		if f := s.r.open[id]; f != nil {
			row := f.Row()
			row.Events = f.added
			b.Rows = append(b.Rows, row)
		}
	}
	b.Counts = s.r.counts()
	s.r.mu.Unlock()
	b.Trouble = s.r.store.Trouble()
	if len(lookUp) > 0 {
		slices.Sort(lookUp)
		rows, err := s.r.store.lookUp(ctx, lookUp)
		if err != nil {
			b.Missed += len(lookUp)
		}
		b.Rows = append(b.Rows, rows...)
	}
	// Rows are large to move about, and mostly in order.
	if byID := func(x, y Row) int { return cmp.Compare(x.ID, y.ID) }; !slices.IsSortedFunc(b.Rows, byID) {
		slices.SortStableFunc(b.Rows, byID)
	}
	return b, nil
}
