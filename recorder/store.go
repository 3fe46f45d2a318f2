package recorder

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/filelock"
)

// Store is a capture: a SQLite file of exchanges.
//
// What is put into it is written by one goroutine in group commits, about fifty a second at most, so that no caller
// waits for the disk and an exchange is in the file well within 100 ms. What is committed survives the death of the
// process at any moment. Two processes may write one capture at once.
//
// While the capture cannot be written (a full disk, a folder that became read-only) Trouble says so, what waits is
// kept up to a bound and then dropped and counted, and writing is tried again every second.
//
// All methods may be called from any goroutine.
type Store struct {
	path     string
	readOnly bool
	limits   Limits
	now      func() time.Time

	write, read, check *sql.DB  // one connection; several, which cannot write; one that checkpoints
	lock               *os.File // held, shared, as long as the capture is open for writing
	pageSize           int64    // of the file, whoever made it

	ids, builds numbers

	mu        sync.Mutex
	queue     []*record
	queued    map[uint64]*record // by id: waiting, or being written
	bytes     int                // of the blobs in queued
	jobs      []job
	closing   bool
	onRemoved func(ids []uint64) // called by the writing goroutine
	onTrouble func()             // called by it when Trouble changed

	count   atomic.Int64 // in the file, as of the last commit
	dropped atomic.Int64
	trouble atomic.Pointer[StoreError]

	wake     chan struct{}
	wakeNow  chan struct{}
	grown    chan struct{} // to the checkpointer: the log has grown
	backlog  atomic.Int64  // bytes in the log that are not yet in the file proper
	checking chan struct{} // closed when the checkpointer ended
	writing  chan struct{} // closed when the writer ended
	closed   func() error
}

// Limits bound a capture. A zero field is no bound. What is over goes, oldest first; marked exchanges stay.
type Limits struct {
	Age   time.Duration
	Bytes int64
	Count int
}

// DefaultLimits bound a capture by its size alone.
func DefaultLimits() Limits { return Limits{Bytes: 2 << 30} }

// StoreOptions are the options of OpenStore.
type StoreOptions struct {
	Limits Limits
	// Now is the clock for Limits.Age; nil is time.Now.
	Now func() time.Time
}

const busyTimeout = "busy_timeout(5000)"

// OpenStore opens a capture for recording, and makes it, its folder too, where it is not there. Errors are
// [*StoreError].
func OpenStore(path string, o StoreOptions) (*Store, error) {
	s := newStore(path)
	s.limits, s.now = o.Limits, o.Now
	if s.now == nil {
		s.now = time.Now
	}
	if err := s.openForWriting(context.Background()); err != nil {
		_ = s.closeFiles()
		return nil, storeError("open", path, err)
	}
	s.writing, s.checking = make(chan struct{}), make(chan struct{})
	go s.checkpointer()
	go s.writer()
	s.closed = sync.OnceValue(s.stop)
	return s, nil
}

// OpenReadOnly opens a capture to read it, also while another process writes it, and in a folder that is read-only.
func OpenReadOnly(path string) (*Store, error) {
	s := newStore(path)
	s.readOnly = true
	if err := s.openForReading(context.Background()); err != nil {
		_ = s.closeFiles()
		return nil, storeError("open", path, err)
	}
	s.closed = sync.OnceValue(func() error { return storeError("close", path, s.closeFiles()) })
	return s, nil
}

func newStore(path string) *Store {
	s := &Store{
		path: path, queued: map[uint64]*record{},
		wake: make(chan struct{}, 1), wakeNow: make(chan struct{}, 1), grown: make(chan struct{}, 1),
	}
	s.ids.size, s.ids.want = idBlockSize, s.hurry
	s.builds.size, s.builds.want = buildBlockSize, s.hurry
	return s
}

func (s *Store) openForWriting(ctx context.Context) error {
	if err := makeFolder(filepath.Dir(s.path)); err != nil {
		return err
	}
	if err := makePrivate(s.path); err != nil {
		return err
	}
	name, err := dsn(s.path, "rw", nil, busyTimeout, "synchronous(NORMAL)", "wal_autocheckpoint(0)",
		"journal_size_limit(67108864)")
	if err != nil {
		return err
	}
	if s.write, err = sql.Open("sqlite", name); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1)
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := s.prepareFile(ctx, conn); err != nil {
		return err
	}
	if err := s.enter(ctx, conn); err != nil {
		return err
	}
	if s.check, err = sql.Open("sqlite", name); err != nil {
		return err
	}
	s.check.SetMaxOpenConns(1)
	return s.openReaders(ctx, "rw", nil)
}

// prepareFile makes sure that the file is a capture of this version.
func (s *Store) prepareFile(ctx context.Context, conn *sql.Conn) error {
	version, err := identify(ctx, conn)
	if err != nil {
		return err
	}
	if version == 0 {
		// In this order: auto_vacuum writes the first page.
		shape := fmt.Sprintf("PRAGMA page_size = %d; PRAGMA auto_vacuum = INCREMENTAL", pageSize)
		if _, err := conn.ExecContext(ctx, shape); err != nil {
			return err
		}
	}
	var mode string
	if err := conn.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return err
	}
	if version < len(steps) {
		if err := migrate(ctx, conn, steps); err != nil {
			return err
		}
	}
	return conn.QueryRowContext(ctx, "PRAGMA page_size").Scan(&s.pageSize)
}

// enter takes the shared lock on the capture and reserves the first blocks of ids. A process that is alone with the
// capture takes back what one that died had reserved, so that ids go on without a gap. SQLite's lock on writing makes
// processes come here one at a time.
func (s *Store) enter(ctx context.Context, conn *sql.Conn) (err error) {
	s.lock, err = os.OpenFile(s.path+"-lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_ = s.lock.Chmod(0o600)
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = conn.ExecContext(ctx, "ROLLBACK")
		}
	}()
	// Where locks do not work (some network file systems) nobody is known to be alone; then ids leave gaps, at worst.
	alone, lockErr := filelock.TryExclusive(s.lock)
	if lockErr == nil {
		lockErr = filelock.Share(s.lock)
	}
	if alone && lockErr == nil {
		const back = "UPDATE meta SET next_id = used_id, next_build = used_build"
		if _, err := conn.ExecContext(ctx, back); err != nil {
			return err
		}
	}
	id, err := s.ids.reserve(ctx, conn, "next_id")
	if err != nil {
		return err
	}
	build, err := s.builds.reserve(ctx, conn, "next_build")
	if err != nil {
		return err
	}
	var count int64
	if err := conn.QueryRowContext(ctx, "SELECT count FROM meta").Scan(&count); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "COMMIT"); err != nil {
		return err
	}
	s.count.Store(count)
	s.ids.reserved(id)
	s.builds.reserved(build)
	return nil
}

func (s *Store) openForReading(ctx context.Context) error {
	st, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	if st.IsDir() {
		return fmt.Errorf("%w: a folder", ErrNotCapture)
	}
	if st.Size() == 0 {
		return fmt.Errorf("%w: an empty file", ErrNotCapture)
	}
	err = s.openReaders(ctx, "ro", nil)
	if errors.Is(err, ErrReadOnly) {
		// SQLite cannot make the files that it shares with writers. Without a log beside it the file is all there is.
		if log, statErr := os.Stat(s.path + "-wal"); errors.Is(statErr, fs.ErrNotExist) || statErr == nil && log.Size() == 0 {
			_ = s.read.Close()
			err = s.openReaders(ctx, "ro", url.Values{"immutable": {"1"}})
		}
	}
	if err != nil {
		return err
	}
	version, err := identify(ctx, dbExecer{s.read})
	if err != nil {
		return err
	}
	if version != len(steps) {
		return fmt.Errorf("%w: format %d, which is brought to %d when it is opened for recording", ErrReadOnly,
			version, len(steps))
	}
	var count int64
	if err := s.read.QueryRowContext(ctx, "SELECT count FROM meta").Scan(&count); err != nil {
		return err
	}
	s.count.Store(count)
	return nil
}

type dbExecer struct{ *sql.DB }

func (s *Store) openReaders(ctx context.Context, mode string, extra url.Values) error {
	name, err := dsn(s.path, mode, extra, busyTimeout, "query_only(1)")
	if err != nil {
		return err
	}
	if s.read, err = sql.Open("sqlite", name); err != nil {
		return err
	}
	s.read.SetMaxOpenConns(4)
	s.read.SetMaxIdleConns(4)
	var n int
	if err := s.read.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n); err != nil {
		return classify(err)
	}
	return nil
}

// Path is where the capture lies.
func (s *Store) Path() string { return s.path }

// NextID gives out an id for an exchange. It never waits for the disk.
func (s *Store) NextID() uint64 { return s.ids.take() }

// NextBuild gives out an id for a build. It never waits for the disk.
func (s *Store) NextBuild() int { return int(s.builds.take()) }

// Count counts the exchanges in the capture and those that wait to be written.
func (s *Store) Count(ctx context.Context) (int, error) {
	if s.readOnly {
		var n int64
		if err := s.read.QueryRowContext(ctx, "SELECT count FROM meta").Scan(&n); err != nil {
			return 0, storeError("read", s.path, err)
		}
		return int(n), nil
	}
	return s.total(), nil
}

func (s *Store) total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int(s.count.Load()) + len(s.queued)
}

// Dropped counts the exchanges that were lost since the capture was opened, because it could not be written.
func (s *Store) Dropped() int { return int(s.dropped.Load()) }

// Trouble says why nothing can be written at the moment, and nil where all is well. Recording resumes by itself.
func (s *Store) Trouble() *StoreError { return s.trouble.Load() }

// Put stores an exchange given by its events, among them the first Enter and, for one that ended, the last Exit. It
// does not wait; see Flush.
func (s *Store) Put(events []event.Event) {
	var f Folder
	for _, e := range events {
		f.Add(e)
	}
	s.put(newRecord(&f))
}

// Flush waits until all that was put before is in the file.
func (s *Store) Flush(ctx context.Context) error {
	return s.do(ctx, func(context.Context, execer) error { return nil })
}

// Close writes what waits and closes the capture. Only the first call does anything; all return its error.
func (s *Store) Close() error { return s.closed() }

func (s *Store) closeFiles() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.check, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}
