package recorder

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
)

// pageLimit is how many rows a page has unless the query says otherwise.
const pageLimit = 500

const rowColumns = `id, started, duration, build, origin, state, marked, method, target, status, request_bytes,
	response_bytes, exception, lint, chunks`

// Rows lists what the query chooses, what was put before included.
func (s *Store) Rows(ctx context.Context, q Query) (Page, error) {
	if err := s.settle(ctx); err != nil {
		return Page{}, err
	}
	limit := q.Limit
	if limit <= 0 {
		limit = pageLimit
	}
	p := Page{Rows: make([]Row, 0, min(limit, pageLimit))}
	err := s.scan(ctx, q, limit+1, func(r *found) (bool, error) {
		if len(p.Rows) == limit {
			p.More = true
			return false, nil
		}
		p.Rows = append(p.Rows, r.row)
		return true, nil
	})
	if err != nil {
		return Page{}, err
	}
	if q.Oldest {
		slices.Reverse(p.Rows)
	}
	return p, nil
}

// settle has what waits written, so that it is found. Where nothing can be written, what is in the file is shown.
func (s *Store) settle(ctx context.Context) error {
	if s.readOnly {
		return nil
	}
	s.mu.Lock()
	idle := len(s.queued) == 0
	s.mu.Unlock()
	if idle || s.trouble.Load() != nil {
		return nil
	}
	if err := s.Flush(ctx); err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return nil
}

// found is a row that a scan came upon.
type found struct {
	row    Row
	events func() ([]event.Event, error)
}

func (f *found) exchange() (*Exchange, error) {
	events, err := f.events()
	if err != nil {
		return nil, err
	}
	x := foldForFilter(events)
	x.Marked = f.row.Marked
	return x, nil
}

// scan calls f with what matches, until f has enough. enough bounds what SQLite looks for where it decides alone.
func (s *Store) scan(ctx context.Context, q Query, enough int, f func(*found) (bool, error)) error {
	query, args, deep := scanQuery(q, enough, false)
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return storeError("read", s.path, err)
	}
	defer rows.Close()
	for rows.Next() {
		var r found
		var blob sql.RawBytes
		if err := scanRow(rows, &r.row, deep, &blob); err != nil {
			return storeError("read", s.path, err)
		}
		r.events = func() ([]event.Event, error) { return s.decode(r.row.ID, slices.Clone(blob)) }
		ok, err := q.Filter.MatchRow(&r.row, r.exchange)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if more, err := f(&r); err != nil || !more {
			return err
		}
	}
	return storeError("read", s.path, rows.Err())
}

// scanQuery makes the statement for a query. deep says that it asks for the events too.
func scanQuery(q Query, enough int, events bool) (query string, args []any, deep bool) {
	var b strings.Builder
	deep = events || q.Filter.NeedsExchange()
	b.WriteString("SELECT " + rowColumns)
	if deep {
		b.WriteString(", events")
	}
	b.WriteString(" FROM exchanges")
	var conds []string
	exact := true
	if q.Filter != nil && q.Filter.root != nil {
		var cond string
		if cond, args, exact = q.Filter.root.sql(); cond != "" {
			b.WriteString(indexFor(q.Filter.root))
			conds = append(conds, cond)
		}
	}
	if q.Before > 0 {
		conds, args = append(conds, "id < ?"), append(args, int64(q.Before))
	}
	if q.After > 0 {
		conds, args = append(conds, "id > ?"), append(args, int64(q.After))
	}
	if len(conds) > 0 {
		b.WriteString(" WHERE " + strings.Join(conds, " AND "))
	}
	b.WriteString(" ORDER BY id")
	if !q.Oldest {
		b.WriteString(" DESC")
	}
	if exact && enough > 0 {
		b.WriteString(" LIMIT ?")
		args = append(args, enough)
	}
	return b.String(), args, deep
}

// indexFor names the index over rare rows that a filter stays within. SQLite would not choose it by itself, as it
// would rather read in the order of ids.
func indexFor(n node) string {
	parts := []node{n}
	if and, ok := n.(andNode); ok {
		parts = and.parts
	}
	for _, p := range parts {
		a, ok := p.(rowAtom)
		if !ok {
			continue
		}
		switch a.name {
		case "marked":
			return " INDEXED BY exchanges_marked"
		case "e":
			return " INDEXED BY exchanges_failed"
		case "replay":
			return " INDEXED BY exchanges_replayed"
		case "c":
			if strings.HasSuffix(a.cond, indexedCode) {
				return " INDEXED BY exchanges_refused"
			}
		}
	}
	return ""
}

// indexedCode makes a condition on the status one that SQLite sees to imply the index's.
const indexedCode = " AND code >= 400)"

func scanRow(rows *sql.Rows, r *Row, deep bool, blob *sql.RawBytes) error {
	var id, started, duration int64
	var origin sql.NullInt64
	var exception sql.NullString
	var state int
	to := []any{&id, &started, &duration, &r.Build, &origin, &state, &r.Marked, &r.Method, &r.Target, &r.Status,
		&r.RequestBytes, &r.ResponseBytes, &exception, &r.Lint, &r.Chunks}
	if deep {
		to = append(to, blob)
	}
	if err := rows.Scan(to...); err != nil {
		return fmt.Errorf("%w: a row that cannot be read: %w", ErrCorrupt, err)
	}
	r.ID, r.Started, r.DurationMS = uint64(id), fromUnixNano(started), ms(time.Duration(duration))
	if origin.Valid {
		r.Origin = originOf(uint64(origin.Int64))
	}
	if exception.Valid {
		r.Exception = &exception.String
	}
	r.State = Done
	if state >= 0 && state < len(states) {
		r.State = states[state]
	}
	return nil
}

func (s *Store) decode(id uint64, blob []byte) ([]event.Event, error) {
	events, err := decodeEvents(id, blob)
	if err != nil {
		return nil, storeError("read", s.path, fmt.Errorf("exchange %d: %w", id, err))
	}
	return events, nil
}

// Events gives the events of an exchange as they are recorded.
func (s *Store) Events(ctx context.Context, id uint64) ([]event.Event, error) {
	events, _, err := s.get(ctx, id)
	return events, err
}

// Exchange gives one exchange whole. An id that is not there is [ErrNoExchange].
func (s *Store) Exchange(ctx context.Context, id uint64) (*Exchange, error) {
	events, marked, err := s.get(ctx, id)
	if err != nil {
		return nil, err
	}
	x := Fold(events)
	x.Marked = marked
	return x, nil
}

func (s *Store) get(ctx context.Context, id uint64) (events []event.Event, marked bool, err error) {
	if r := s.waiting(id); r != nil {
		events, err = s.decode(id, r.blob)
		return events, r.row.Marked, err
	}
	var blob []byte
	err = s.read.QueryRowContext(ctx, "SELECT marked, events FROM exchanges WHERE id = ?", int64(id)).Scan(&marked, &blob)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, &StoreError{Op: "read", Path: s.path, Err: fmt.Errorf("%w: %d", ErrNoExchange, id),
			Hint: "`snifter ls` lists what is there"}
	}
	if err != nil {
		return nil, false, storeError("read", s.path, err)
	}
	events, err = s.decode(id, blob)
	return events, marked, err
}

// rows gives the rows of these ids, as far as they are there.
func (s *Store) rows(ctx context.Context, ids []uint64) ([]Row, error) {
	out := make([]Row, 0, len(ids))
	for part := range slices.Chunk(ids, 500) {
		args := make([]any, len(part))
		for i, id := range part {
			args[i] = int64(id)
		}
		rows, err := s.read.QueryContext(ctx, "SELECT "+rowColumns+" FROM exchanges WHERE id IN (?"+
			strings.Repeat(", ?", len(part)-1)+") ORDER BY id", args...)
		if err != nil {
			return nil, storeError("read", s.path, err)
		}
		for rows.Next() {
			var r Row
			if err := scanRow(rows, &r, false, nil); err != nil {
				return nil, errors.Join(storeError("read", s.path, err), rows.Close())
			}
			out = append(out, r)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, storeError("read", s.path, err)
		}
	}
	return out, nil
}

// lookUp gives the rows of these ids, written or waiting.
func (s *Store) lookUp(ctx context.Context, ids []uint64) ([]Row, error) {
	var waiting []Row
	s.mu.Lock()
	for _, id := range ids {
		if r := s.queued[id]; r != nil {
			waiting = append(waiting, r.row)
		}
	}
	s.mu.Unlock()
	rows, err := s.rows(ctx, ids)
	for _, row := range waiting {
		if !slices.ContainsFunc(rows, func(r Row) bool { return r.ID == row.ID }) {
			rows = append(rows, row)
		}
	}
	return rows, err
}

// Exchanges gives the exchanges that a query chooses, oldest first, as they were when it began: those that come
// meanwhile (replays, say) are not among them. A Limit of 0 is none. Nothing is held between two of them, so the loop
// may take its time. The first error ends it.
func (s *Store) Exchanges(ctx context.Context, q Query) iter.Seq2[*Exchange, error] {
	return func(yield func(*Exchange, error) bool) {
		if err := s.settle(ctx); err != nil {
			yield(nil, err)
			return
		}
		if err := s.boundAbove(ctx, &q); err != nil {
			yield(nil, err)
			return
		}
		left := q.Limit
		for {
			xs, last, err := s.some(ctx, q)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, x := range xs {
				if !yield(x, nil) || left == 1 {
					return
				}
				left--
			}
			if last == 0 {
				return
			}
			q.After = last
		}
	}
}

// boundAbove closes the query to what comes later.
func (s *Store) boundAbove(ctx context.Context, q *Query) error {
	var top sql.NullInt64
	if err := s.read.QueryRowContext(ctx, "SELECT max(id) FROM exchanges").Scan(&top); err != nil {
		return storeError("read", s.path, err)
	}
	if above := uint64(top.Int64) + 1; q.Before == 0 || q.Before > above {
		q.Before = above
	}
	q.Oldest = true
	return nil
}

// some gives the next few exchanges, at most a few MB of them, and the id to go on after; 0 at the end.
func (s *Store) some(ctx context.Context, q Query) (xs []*Exchange, last uint64, err error) {
	const most, mostBytes = 64, 4 << 20
	var ids []uint64
	q.Limit = most
	err = s.scan(ctx, q, most, func(r *found) (bool, error) {
		ids = append(ids, r.row.ID)
		return len(ids) < most, nil
	})
	if err != nil {
		return nil, 0, err
	}
	if len(ids) == most {
		last = ids[most-1]
	}
	bytes := 0
	for i, id := range ids {
		x, err := s.Exchange(ctx, id)
		if errors.Is(err, ErrNoExchange) {
			continue // dropped for space meanwhile
		}
		if err != nil {
			return nil, 0, err
		}
		xs = append(xs, x)
		bytes += len(x.Request.Body.Bytes) + len(x.Response.Body.Bytes)
		if bytes > mostBytes && i < len(ids)-1 {
			return xs, id, nil
		}
	}
	return xs, last, nil
}
