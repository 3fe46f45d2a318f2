package recorder

import (
	"cmp"
	"context"
	"iter"
	"slices"
)

// Exchange gives one exchange whole, under way or done. An id that is not there is [ErrNoExchange].
func (r *Recorder) Exchange(ctx context.Context, id uint64) (*Exchange, error) {
	r.mu.Lock()
	f := r.open[id]
	if f != nil {
		x := f.Exchange()
		// The tail of merged blocks still grows, in place.
		x.Request.Body.Bytes = slices.Clone(x.Request.Body.Bytes)
		x.Response.Body.Bytes = slices.Clone(x.Response.Body.Bytes)
		r.mu.Unlock()
		return x, nil
	}
	r.mu.Unlock()
	return r.store.Exchange(ctx, id)
}

// Rows lists what the query chooses, what is under way included.
func (r *Recorder) Rows(ctx context.Context, q Query) (Page, error) {
	live, err := r.live(q)
	if err != nil {
		return Page{}, err
	}
	page, err := r.store.Rows(ctx, q)
	if err != nil || len(live) == 0 {
		return page, err
	}
	return join(page, live, q), nil
}

// live gives the rows under way that a query chooses.
func (r *Recorder) live(q Query) ([]Row, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var rows []Row
	for id, f := range r.open {
		if q.Before > 0 && id >= q.Before || q.After > 0 && id <= q.After {
			continue
		}
		row := f.Row()
		ok, err := q.Filter.MatchRow(&row, func() (*Exchange, error) { return f.Exchange(), nil })
		if err != nil {
			return nil, err
		}
		if ok {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// join puts the rows under way into a page. One that ended in between is in both: the stored one is later.
func join(page Page, live []Row, q Query) Page {
	stored := make(map[uint64]bool, len(page.Rows))
	for i := range page.Rows {
		stored[page.Rows[i].ID] = true
	}
	for _, row := range live {
		if !stored[row.ID] {
			page.Rows = append(page.Rows, row)
		}
	}
	slices.SortFunc(page.Rows, func(a, b Row) int { return cmp.Compare(b.ID, a.ID) })
	limit := q.Limit
	if limit <= 0 {
		limit = pageLimit
	}
	if over := len(page.Rows) - limit; over > 0 {
		page.More = true
		if q.Oldest {
			page.Rows = page.Rows[over:]
		} else {
			page.Rows = page.Rows[:limit]
		}
	}
	return page
}

// Exchanges gives the exchanges that ended and that a query chooses, oldest first; see [Store.Exchanges].
func (r *Recorder) Exchanges(ctx context.Context, q Query) iter.Seq2[*Exchange, error] {
	return r.store.Exchanges(ctx, q)
}
