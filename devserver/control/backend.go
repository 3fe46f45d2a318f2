package control

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// Replays replays exchanges, given oldest first, against the current build, and reports each.
type Replays func(
	ctx context.Context, exchanges iter.Seq2[*recorder.Exchange, error], manner replay.Manner, report func(replay.Result),
) error

// Options are what a Live backend is made of. Recorder and Status must be given.
type Options struct {
	Recorder *recorder.Recorder
	// Status tells what the server knows: URL, App, Build and the like. The counters and the recorder's trouble are
	// filled in here.
	Status func() Status
	// Rebuild loads the application anew; nil is an error for who asks.
	Rebuild func(ctx context.Context) error
	// Replay replays; nil is an error for who asks.
	Replay Replays
	// Stops stops requests; nil for a server that can't.
	Stops Stops
	// Compare says how exchanges are compared that were not replayed here.
	Compare replay.Options
}

// Live is the backend of a running server. Its owner tells it of what does not pass through the recorder: verdicts of
// replays by others than its clients, lines of the log, and changes of the status.
type Live struct {
	o           Options
	kept        comparisons
	breakpoints breakpoints
	parking     parking
	stepped     atomic.Uint64 // counts what has changed of breakpoints and of what is parked

	mu       sync.Mutex
	watchers map[*watcher]struct{}
	early    []Line // those of the log that came while there was no watcher yet
}

var _ Backend = (*Live)(nil)

// NewBackend makes the backend of a running server.
func NewBackend(o Options) *Live {
	return &Live{
		o: o, watchers: map[*watcher]struct{}{},
		breakpoints: breakpoints{stops: o.Stops, recorder: o.Recorder},
		parking:     parking{stops: o.Stops, recorder: o.Recorder, known: map[uint64]*trail{}},
	}
}

// Report tells the clients of a replayed exchange, whoever had it replayed, and keeps its comparison: it knows of noise
// that was learned in the replay, which comparing the two anew would not.
func (l *Live) Report(res replay.Result) {
	l.kept.keep(res.Comparison)
	l.each(func(w *watcher) { w.verdict(res.Outcome) })
}

// Log tells the clients of a line of the server's own log; where none watches, the next one that does.
func (l *Live) Log(line Line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.watchers) == 0 && len(l.early) < maxLog {
		l.early = append(l.early, line)
	}
	for w := range l.watchers {
		w.line(line)
	}
}

// StatusChanged tells the clients that Status has something new to say. What comes by the recorder's events (builds,
// exchanges) is noticed without it.
func (l *Live) StatusChanged() { l.each((*watcher).touch) }

// SteppingChanged tells the clients that a request was stopped, has changed, or has gone on. It waits for nothing.
func (l *Live) SteppingChanged() {
	if l.o.Stops == nil {
		return
	}
	l.parking.observe()
	l.stepped.Add(1)
	l.each((*watcher).touch)
}

func (l *Live) each(f func(*watcher)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for w := range l.watchers {
		f(w)
	}
}

// Status implements Backend.
func (l *Live) Status(context.Context) (Status, error) { return l.status(), nil }

func (l *Live) status() Status {
	s := l.o.Status()
	counts := l.o.Recorder.Counts()
	s.Total, s.Open, s.Dropped = counts.Total, counts.Open, counts.Dropped
	if l.o.Stops != nil {
		s.Parked = len(l.o.Stops.Parked())
	}
	if trouble := l.o.Recorder.Trouble(); trouble != nil && s.Trouble == "" {
		s.Trouble = trouble.Error()
		if trouble.Hint != "" {
			s.Trouble += "; " + trouble.Hint
		}
	}
	return s
}

// Rows implements Backend.
func (l *Live) Rows(ctx context.Context, q Query) (Page, error) {
	return rows(ctx, q, l.o.Recorder.Rows, l.o.Recorder.Counts().Total)
}

// rows asks a recorder or a store for rows.
func rows(
	ctx context.Context, q Query, ask func(context.Context, recorder.Query) (recorder.Page, error), total int,
) (Page, error) {
	query := recorder.Query{Before: q.Before, After: q.After, Limit: min(q.Limit, maxRows), Oldest: q.Oldest}
	if err := filter(&query, q.Filter); err != nil {
		return Page{}, err
	}
	page, err := ask(ctx, query)
	if err != nil {
		return Page{}, err
	}
	if page.Rows == nil {
		page.Rows = []recorder.Row{}
	}
	return Page{Rows: page.Rows, Total: total, More: page.More}, nil
}

// maxRows bounds a page.
const maxRows = 10_000

func filter(q *recorder.Query, text string) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	f, err := recorder.ParseFilter(text)
	if err != nil {
		return err
	}
	q.Filter = f
	return nil
}

// Exchange implements Backend.
func (l *Live) Exchange(ctx context.Context, id uint64) (*recorder.Exchange, error) {
	return l.o.Recorder.Exchange(ctx, id)
}

// Moments implements Backend.
func (l *Live) Moments(ctx context.Context, id uint64) (*recorder.Walk, error) {
	return l.o.Recorder.Moments(ctx, id)
}

// Compare implements Backend.
func (l *Live) Compare(ctx context.Context, a, b uint64) (*replay.Comparison, error) {
	if c := l.kept.find(a, b); c != nil {
		return c, nil
	}
	return compare(ctx, l.o.Recorder.Exchange, a, b, l.o.Compare)
}

func compare(
	ctx context.Context, get func(context.Context, uint64) (*recorder.Exchange, error), a, b uint64, o replay.Options,
) (*replay.Comparison, error) {
	before, err := get(ctx, a)
	if err != nil {
		return nil, err
	}
	after, err := get(ctx, b)
	if err != nil {
		return nil, err
	}
	return replay.Compare(before, after, o), nil
}

// Replay implements Backend. Outcomes are reported to all clients as they come.
func (l *Live) Replay(ctx context.Context, q ReplayQuery) ([]replay.Outcome, error) {
	if l.o.Replay == nil {
		return nil, errors.New("this server does not replay")
	}
	exchanges, err := l.chosen(ctx, q)
	if err != nil {
		return nil, err
	}
	outcomes := []replay.Outcome{}
	err = l.o.Replay(ctx, exchanges, q.Manner, func(res replay.Result) {
		outcomes = append(outcomes, res.Outcome)
		l.Report(res)
	})
	return outcomes, err
}

// chosen are the exchanges that a query names, oldest first: by id as they are, by filter as [replay.Chosen] has it.
func (l *Live) chosen(ctx context.Context, q ReplayQuery) (iter.Seq2[*recorder.Exchange, error], error) {
	if len(q.IDs) > 0 {
		ids := slices.Clone(q.IDs)
		slices.Sort(ids)
		return l.byID(ctx, slices.Compact(ids)), nil
	}
	if strings.TrimSpace(q.Filter) == "" {
		return nil, errors.New("say what to replay: ids, or a filter")
	}
	var query recorder.Query
	if err := filter(&query, q.Filter); err != nil {
		return nil, err
	}
	newest, err := l.o.Recorder.Rows(ctx, recorder.Query{Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(newest.Rows) > 0 {
		query.Before = newest.Rows[0].ID + 1 // not those that the replay makes
	}
	return replay.Chosen(q.Filter, l.o.Recorder.Exchanges(ctx, query), nil), nil
}

func (l *Live) byID(ctx context.Context, ids []uint64) iter.Seq2[*recorder.Exchange, error] {
	return func(yield func(*recorder.Exchange, error) bool) {
		for _, id := range ids {
			x, err := l.o.Recorder.Exchange(ctx, id)
			if err == nil && x.State == recorder.Open {
				err = fmt.Errorf("exchange %d is still under way", id)
			}
			if !yield(x, err) || err != nil {
				return
			}
		}
	}
}

// Mark implements Backend.
func (l *Live) Mark(ctx context.Context, ids []uint64, marked bool) error {
	return l.o.Recorder.Mark(ctx, ids, marked)
}

// Rebuild implements Backend.
func (l *Live) Rebuild(ctx context.Context) error {
	if l.o.Rebuild == nil {
		return errors.New("this server has nothing to build: it only records")
	}
	return l.o.Rebuild(ctx)
}

// comparisons keeps the newest comparisons of replays that have found something: what is the same is found to be so again.
type comparisons struct {
	mu   sync.Mutex
	ring []*replay.Comparison
	next int
}

const maxKept = 512

func (k *comparisons) keep(c *replay.Comparison) {
	if c == nil || c.B == 0 || c.Verdict == replay.Same {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.ring) < maxKept {
		k.ring = append(k.ring, c)
		return
	}
	k.ring[k.next] = c
	k.next = (k.next + 1) % maxKept
}

func (k *comparisons) find(a, b uint64) *replay.Comparison {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range k.ring {
		if c.A == a && c.B == b {
			return c
		}
	}
	return nil
}
