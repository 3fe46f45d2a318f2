package recorder

import (
	"context"
	"database/sql"
	"errors"
)

const (
	// dropAtOnce is how many exchanges are deleted in a transaction, so that what comes in does not wait long.
	dropAtOnce = 1000
	// vacuumAtOnce is how many free pages are given back to the file system at a time.
	vacuumAtOnce = 256
)

// enforce deletes some of what is over the limits, and gives some free space back. more says that it is not through.
func (w *commits) enforce() (more bool, err error) {
	w.sinceLook = 0
	if err := w.connect(context.Background()); err != nil {
		return false, err
	}
	ctx := context.Background()
	over, err := w.over(ctx)
	if err != nil {
		return false, err
	}
	if over > 0 {
		// Under load a step comes after each commit, and has to take more away than that brought.
		gone, err := w.drop(ctx, min(over, max(dropAtOnce, 2*w.stored)))
		w.stored = 0
		if err != nil {
			return false, err
		}
		if gone > 0 {
			return true, nil
		}
	}
	return w.shrink(ctx)
}

// over says how many exchanges are too many, roughly.
func (w *commits) over(ctx context.Context) (int, error) {
	l := w.s.limits
	over := 0
	count := int(w.s.count.Load())
	if l.Count > 0 {
		over = max(over, count-l.Count)
	}
	if l.Bytes > 0 && count > 0 {
		pages, free, err := w.pages(ctx)
		if err != nil {
			return 0, err
		}
		if size := (pages - free) * w.s.pageSize; size > l.Bytes {
			each := max(1, size/int64(count))
			over = max(over, int((size-l.Bytes)/each)+1)
		}
	}
	if l.Age > 0 && over < dropAtOnce {
		var old int
		// Ids are given out in the order of time, so only the oldest need a look.
		err := w.conn.QueryRowContext(ctx, `SELECT count(*) FROM
			(SELECT started FROM exchanges WHERE marked = 0 ORDER BY id LIMIT ?) WHERE started < ?`,
			dropAtOnce, w.s.now().Add(-l.Age).UnixNano()).Scan(&old)
		if err != nil {
			return 0, err
		}
		over = max(over, old)
	}
	return over, nil
}

func (w *commits) pages(ctx context.Context) (all, free int64, err error) {
	if err := w.conn.QueryRowContext(ctx, "PRAGMA page_count").Scan(&all); err != nil {
		return 0, 0, err
	}
	err = w.conn.QueryRowContext(ctx, "PRAGMA freelist_count").Scan(&free)
	return all, free, err
}

// drop deletes the n oldest that are not marked, and tells of them.
func (w *commits) drop(ctx context.Context, n int) (gone int, err error) {
	var ids []uint64
	var count int64
	err = w.transact(func(ctx context.Context) error {
		ids = ids[:0]
		rows, err := w.conn.QueryContext(ctx, "SELECT id FROM exchanges WHERE marked = 0 ORDER BY id LIMIT ?", n)
		if err != nil {
			return err
		}
		if ids, err = scanIDs(rows, ids); err != nil || len(ids) == 0 {
			return err
		}
		// A range is deleted at half the cost of as many ids.
		if _, err := w.conn.ExecContext(ctx, "DELETE FROM exchanges WHERE id <= ? AND marked = 0",
			int64(ids[len(ids)-1])); err != nil {
			return err
		}
		return w.conn.QueryRowContext(ctx, "UPDATE meta SET count = count - ? RETURNING count", len(ids)).Scan(&count)
	})
	if err != nil || len(ids) == 0 {
		return 0, err // all are marked
	}
	w.s.count.Store(count)
	w.s.mu.Lock()
	f := w.s.onRemoved
	w.s.mu.Unlock()
	if f != nil {
		f(ids)
	}
	return len(ids), nil
}

func scanIDs(rows *sql.Rows, ids []uint64) ([]uint64, error) {
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		ids = append(ids, uint64(id))
	}
	return ids, errors.Join(rows.Err(), rows.Close())
}

// shrink gives free pages back where they are many; a few are kept for what comes next.
func (w *commits) shrink(ctx context.Context) (more bool, err error) {
	pages, free, err := w.pages(ctx)
	if err != nil {
		return false, err
	}
	if free <= max(vacuumAtOnce, pages/8) {
		return false, nil
	}
	// Under load the free pages will be wanted at once: then the file shrinks only where it is far too large.
	idle := w.stored == 0
	w.stored = 0
	if !idle && (w.s.limits.Bytes == 0 || pages*w.s.pageSize < w.s.limits.Bytes/4*5) {
		return false, nil
	}
	rows, err := w.conn.QueryContext(ctx, "PRAGMA incremental_vacuum(256)")
	if err != nil {
		return false, err
	}
	for rows.Next() { // each step frees a page
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return false, err
	}
	w.logged(vacuumAtOnce * int(w.s.pageSize))
	_, left, err := w.pages(ctx)
	return left < free, err
}
