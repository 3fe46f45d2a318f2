package recorder

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"
)

const (
	// linger is how far commits are apart, for exchanges to gather. One that comes alone, long after the last commit,
	// waits for linger1 only: whoever saw its answer and looks into the capture then finds it.
	linger  = 20 * time.Millisecond
	linger1 = time.Millisecond
	// commitMax is how many exchanges go into one commit; as many as this do not wait.
	commitMax = 4096
	// retryAfter is how long the writer waits after an error.
	retryAfter = time.Second
	// quotaEvery is how often the limits are looked at.
	quotaEvery = 2 * time.Second
	// quotaBytes is how many bytes written call for a look before that.
	quotaBytes = 16 << 20
	// logBytes is how much the log may grow before it is moved into the file; logMax is where the writer lends a hand.
	logBytes = 16 << 20
	logMax   = 192 << 20
)

// writer owns the writing connection until the store is closed.
func (s *Store) writer() {
	defer close(s.writing)
	w := &commits{s: s}
	defer w.release()
	tick := time.NewTicker(quotaEvery)
	defer tick.Stop()
	wait := time.NewTimer(time.Hour)
	defer wait.Stop()
	wait.Stop()
	var last time.Time // when something was written last
	for {
		due := false // whether to write now
		select {
		case <-s.wake:
			if !w.lingering {
				w.lingering = true
				wait.Reset(max(linger-time.Since(last), linger1))
			}
		case <-s.wakeNow:
			due = true
		case <-wait.C:
			due = true
		case <-tick.C:
			w.quotaDue, due = true, true
		}
		if !due {
			continue
		}
		w.lingering = false
		wait.Stop()
		end, again := w.round()
		if end {
			return
		}
		last = time.Now()
		if again > 0 {
			w.lingering = true
			wait.Reset(again)
		}
	}
}

// commits is the state of the writing goroutine.
type commits struct {
	s         *Store
	conn      *sql.Conn
	insert    statement // of conn, used while that is lent
	values    [insertColumns]driver.NamedValue
	lingering bool
	quotaDue  bool
	sinceLook int // bytes written since the limits were looked at
	sinceLog  int // and since the log was last moved
	stored    int // exchanges stored since some were last dropped
	retryAt   time.Time
}

// round writes what waits, does the jobs, and looks at the limits. again says when to come back without being woken.
func (w *commits) round() (last bool, again time.Duration) {
	s := w.s
	s.mu.Lock()
	last = s.closing
	s.mu.Unlock()
	if until := time.Until(w.retryAt); until > 0 && !last {
		w.refuse()
		return false, until
	}
	for {
		batch, jobs := s.takeBatch()
		if len(batch) == 0 && len(jobs) == 0 {
			break
		}
		count, err := w.commit(batch, jobs)
		if err != nil {
			s.putBack(batch, last)
			w.failed(err)
			finish(jobs, err)
			w.refuse()
			return last, retryAfter
		}
		s.written(batch, count)
		w.cleared()
		finish(jobs, nil)
	}
	if err := w.reserve(); err != nil {
		w.failed(err)
		return last, retryAfter
	}
	if last {
		return true, 0
	}
	if w.quotaDue || w.sinceLook > quotaBytes {
		w.stored = min(w.stored, 4*commitMax)
		more, err := w.enforce()
		if err != nil {
			w.failed(err)
			return false, retryAfter
		}
		w.cleared()
		if w.quotaDue = more; more {
			return false, time.Millisecond
		}
	}
	return false, 0
}

// refuse ends the jobs that came while nothing can be written.
func (w *commits) refuse() {
	w.s.mu.Lock()
	jobs := w.s.jobs
	w.s.jobs = nil
	w.s.mu.Unlock()
	if trouble := w.s.trouble.Load(); trouble != nil {
		finish(jobs, trouble)
	} else {
		finish(jobs, ErrLocked)
	}
}

// failed notes an error of writing, and has it tried again later on a connection of its own.
func (w *commits) failed(err error) {
	w.retryAt = time.Now().Add(retryAfter)
	w.release()
	var e *StoreError
	if !errors.As(storeError("write", w.s.path, err), &e) {
		return
	}
	w.s.trouble.Store(e)
	w.s.told()
}

func (w *commits) cleared() {
	w.retryAt = time.Time{}
	if w.s.trouble.Swap(nil) != nil {
		w.s.told()
	}
}

func (s *Store) told() {
	s.mu.Lock()
	f := s.onTrouble
	s.mu.Unlock()
	if f != nil {
		f()
	}
}

// statement is one of the driver's own. The values of a row go to it as they are: what package sql does for each call costs
// as much as a tenth of storing it.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
}

const insertColumns = 17

const insertRow = `INSERT INTO exchanges (id, started, duration, build, origin, state, marked, code, method, target, status,
	request_bytes, response_bytes, exception, lint, chunks, events)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`

// connect gets the connection and its statement, anew after an error.
func (w *commits) connect(ctx context.Context) (err error) {
	if w.conn != nil {
		return nil
	}
	conn, err := w.s.write.Conn(ctx)
	if err != nil {
		return err
	}
	err = conn.Raw(func(c any) error {
		stmt, err := c.(driver.ConnPrepareContext).PrepareContext(ctx, insertRow)
		if err == nil {
			w.insert = stmt.(statement)
		}
		return err
	})
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	w.conn = conn
	return nil
}

func (w *commits) release() {
	if w.conn != nil {
		_ = w.conn.Raw(func(any) error { return w.insert.Close() })
		_ = w.conn.Close()
		w.conn, w.insert = nil, nil
	}
}

// transact runs f in a transaction.
func (w *commits) transact(f func(ctx context.Context) error) (err error) {
	ctx := context.Background()
	if err := w.connect(ctx); err != nil {
		return err
	}
	if _, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err = f(ctx)
	if err == nil {
		_, err = w.conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		_, _ = w.conn.ExecContext(ctx, "ROLLBACK") // SQLite may have done so already
	}
	return err
}

// commit writes a batch and does the jobs. It returns how many exchanges the capture then holds.
func (w *commits) commit(batch []*record, jobs []job) (count int64, err error) {
	size, conflicts := 0, 0
	err = w.transact(func(ctx context.Context) error {
		size, conflicts = 0, 0
		var used uint64
		err := w.conn.Raw(func(any) error {
			for _, r := range batch {
				n, err := w.store(ctx, r)
				if err != nil {
					return err
				}
				if n == 0 {
					conflicts++
				}
				size += len(r.blob) + 200
				used = max(used, r.row.ID+1)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, j := range jobs {
			if err := j.do(ctx, w.conn); err != nil {
				return err
			}
		}
		return w.conn.QueryRowContext(ctx, "UPDATE meta SET count = count + ?, used_id = max(used_id, ?) RETURNING count",
			len(batch)-conflicts, int64(used)).Scan(&count)
	})
	if err != nil {
		return 0, err
	}
	w.s.dropped.Add(int64(conflicts))
	w.sinceLook += size
	w.stored += len(batch)
	w.logged(size)
	return count, nil
}

// store writes one row, and says how many that were: none where its id is taken. The connection is lent.
func (w *commits) store(ctx context.Context, r *record) (int64, error) {
	row := &r.row
	var origin, exception any
	if r.origin != 0 {
		origin = int64(r.origin)
	}
	if row.Exception != nil {
		exception = *row.Exception
	}
	for i, v := range [insertColumns]any{
		int64(row.ID), unixNano(row.Started), int64(r.duration), int64(row.Build), origin, int64(stateNumber(row.State)),
		row.Marked, int64(row.Code()), row.Method, row.Target, row.Status, row.RequestBytes, row.ResponseBytes, exception,
		int64(row.Lint), int64(row.Chunks), r.blob,
	} {
		w.values[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	res, err := w.insert.ExecContext(ctx, w.values[:])
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// logged counts what went into the log and has it moved into the file in time.
func (w *commits) logged(size int) {
	w.sinceLog += size
	if w.sinceLog < logBytes {
		return
	}
	w.sinceLog = 0
	signal(w.s.grown)
	if w.s.backlog.Load() > logMax {
		w.s.backlog.Store(w.s.checkpoint(w.conn, "PASSIVE"))
	}
}

// reserve takes new blocks of ids where they were asked for.
func (w *commits) reserve() error {
	for _, n := range []struct {
		of     *numbers
		column string
	}{{&w.s.ids, "next_id"}, {&w.s.builds, "next_build"}} {
		n.of.mu.Lock()
		asked := n.of.asked
		n.of.mu.Unlock()
		if !asked {
			continue
		}
		var start uint64
		err := w.transact(func(ctx context.Context) (err error) {
			start, err = n.of.reserve(ctx, w.conn, n.column)
			return err
		})
		if err != nil {
			n.of.failed()
			return err
		}
		n.of.reserved(start)
	}
	return nil
}

// The numbers of states in the file.
var states = [...]State{Done, Aborted, Open}

func stateNumber(s State) int {
	for i := range states {
		if states[i] == s {
			return i
		}
	}
	return 0
}
