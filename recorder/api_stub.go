package recorder

import (
	"context"
	"iter"
	"log/slog"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
)

// Limits bound a capture. Zero fields are no bound. What is over goes oldest first; marked exchanges stay.
type Limits struct {
	Age   time.Duration
	Bytes int64
	Count int
}

// StoreOptions are the options of OpenStore.
type StoreOptions struct{ Limits Limits }

// Store is a capture.
type Store struct{}

// OpenStore opens or makes a capture for recording.
func OpenStore(path string, o StoreOptions) (*Store, error) { return nil, nil }

// OpenReadOnly opens a capture to read it.
func OpenReadOnly(path string) (*Store, error) { return nil, nil }

func (s *Store) Path() string                                               { return "" }
func (s *Store) NextID() uint64                                             { return 0 }
func (s *Store) NextBuild() int                                             { return 0 }
func (s *Store) Count(ctx context.Context) (int, error)                     { return 0, nil }
func (s *Store) Rows(ctx context.Context, q Query) (Page, error)            { return Page{}, nil }
func (s *Store) Exchange(ctx context.Context, id uint64) (*Exchange, error) { return nil, nil }
func (s *Store) Mark(ctx context.Context, ids []uint64, marked bool) error  { return nil }
func (s *Store) Trouble() string                                            { return "" }
func (s *Store) Close() error                                               { return nil }

// Exchanges gives the exchanges that match, oldest first.
func (s *Store) Exchanges(ctx context.Context, q Query) iter.Seq2[*Exchange, error] { return nil }

// Options are the options of New.
type Options struct {
	Events, Bytes int // of the bus; 0 takes the defaults
	Log           *slog.Logger
}

// Recorder records.
type Recorder struct{}

// New starts a recorder over a store, which it closes at Close.
func New(store *Store, o Options) *Recorder { return nil }

func (r *Recorder) Emit(events ...event.Event)                                         {}
func (r *Recorder) NextID() uint64                                                     { return 0 }
func (r *Recorder) NextBuild() int                                                     { return 0 }
func (r *Recorder) Subscribe() *Subscription                                           { return nil }
func (r *Recorder) Exchange(ctx context.Context, id uint64) (*Exchange, error)         { return nil, nil }
func (r *Recorder) Rows(ctx context.Context, q Query) (Page, error)                    { return Page{}, nil }
func (r *Recorder) Exchanges(ctx context.Context, q Query) iter.Seq2[*Exchange, error] { return nil }
func (r *Recorder) Mark(ctx context.Context, ids []uint64, marked bool) error          { return nil }
func (r *Recorder) Counts() Counts                                                     { return Counts{} }
func (r *Recorder) Trouble() string                                                    { return "" }
func (r *Recorder) Flush(ctx context.Context) error                                    { return nil }
func (r *Recorder) Close() error                                                       { return nil }

// Counts are the recorder's counters.
type Counts struct {
	Total   int // exchanges in the capture, those waiting to be written included
	Open    int // under way
	Dropped int // events and exchanges lost, since the start
}

// Subscription is a follower of what happens.
type Subscription struct{}

// Batch is what happened since the last one.
type Batch struct {
	Rows    []Row         // new or changed, each in its latest state, by id
	Removed []uint64      // dropped for space
	Builds  []event.Event // Building and BuildDone, in order
	Output  []OutputLine  // of the worker, not of an exchange
	Counts  Counts
	Trouble string
	// Missed counts rows and lines that were more than could be kept for a follower that does not follow.
	Missed int
}

// OutputLine is text of the worker.
type OutputLine struct {
	At           time.Time
	Stream, Text string
}

// Next waits until something happened and returns it. It returns io.EOF once the recorder was closed.
func (s *Subscription) Next(ctx context.Context) (Batch, error) { return Batch{}, nil }

// Close ends the subscription.
func (s *Subscription) Close() {}

// Filter is a parsed filter.
type Filter struct{}

// FilterError says what is wrong with a filter, and where.
type FilterError struct {
	Input string
	Pos   int // in bytes
	Msg   string
	Hint  string
}

func (e *FilterError) Error() string { return e.Msg }

// ParseFilter parses.
func ParseFilter(s string) (*Filter, error) { return nil, nil }

func (f *Filter) String() string         { return "" }
func (f *Filter) Match(x *Exchange) bool { return false }

// MatchRow decides by the row where it can, and calls load once where it cannot.
func (f *Filter) MatchRow(r *Row, load func() (*Exchange, error)) (bool, error) { return false, nil }
