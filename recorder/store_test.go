package recorder_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

func openStore(t testing.TB, path string, o recorder.StoreOptions) *recorder.Store {
	t.Helper()
	s, err := recorder.OpenStore(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func fill(t testing.TB, s *recorder.Store, n int) {
	t.Helper()
	for range n {
		s.Put(typical(s.NextID(), 100))
	}
	if err := s.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func ids(rows []recorder.Row) []uint64 {
	out := []uint64{}
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return out
}

func TestStoreKeepsExchanges(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "sub", "capture.db")
	s := openStore(t, path, recorder.StoreOptions{})
	events := insert(typical(s.NextID(), 2000), event.Event{Kind: event.Exception, Stage: 1, At: 1, Payload: &event.Raised{Type: "ValueError"}})
	s.Put(events)
	want := recorder.Fold(events)
	check := func(s *recorder.Store) {
		t.Helper()
		got, err := s.Exchange(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("exchange (-put +got):\n%s", diff)
		}
		page, err := s.Rows(ctx, recorder.Query{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]recorder.Row{want.Row()}, page.Rows); diff != "" {
			t.Errorf("rows (-put +got):\n%s", diff)
		}
	}
	check(s) // before it is written, or after
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	check(openStore(t, path, recorder.StoreOptions{}))
	ro, err := recorder.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer ro.Close()
	check(ro)
	if n, err := ro.Count(ctx); n != 1 || err != nil {
		t.Errorf("count %d, %v", n, err)
	}
	if err := ro.Mark(ctx, []uint64{1}, true); !errors.Is(err, recorder.ErrReadOnly) {
		t.Errorf("marking in a capture opened for reading: %v", err)
	}
	if _, err := ro.Exchange(ctx, 99); !errors.Is(err, recorder.ErrNoExchange) {
		t.Errorf("an id that is not there: %v", err)
	}
}

func TestStoreFilesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("modes are Unix's; Windows keeps a user's folders private by itself")
		return
	}
	for name, folder := range map[string]string{"made": "new", "named": ".snifter"} {
		dir := filepath.Join(t.TempDir(), folder)
		if folder == ".snifter" {
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, "capture.db")
		s := openStore(t, path, recorder.StoreOptions{})
		fill(t, s, 1)
		for file, want := range map[string]os.FileMode{dir: 0o700, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600,
			path + "-lock": 0o600, filepath.Join(dir, ".gitignore"): 0o600} {
			st, err := os.Stat(file)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if got := st.Mode().Perm(); got != want {
				t.Errorf("%s: %s has mode %o, want %o", name, filepath.Base(file), got, want)
			}
		}
		if p, _ := os.ReadFile(filepath.Join(dir, ".gitignore")); string(p) != "*\n" {
			t.Errorf("%s: .gitignore holds %q", name, p)
		}
	}
	// Another's folder is left alone, and an open capture in it is closed to others.
	dir := t.TempDir()
	path := filepath.Join(dir, "mine.db")
	if err := openStore(t, path, recorder.StoreOptions{}).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	openStore(t, path, recorder.StoreOptions{})
	if st, _ := os.Stat(path); st.Mode().Perm() != 0o600 {
		t.Errorf("a capture that others could read still has mode %o", st.Mode().Perm())
	}
	if _, err := os.Stat(filepath.Join(dir, ".gitignore")); err == nil {
		t.Error("a .gitignore was put into a folder that is not snifter's")
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	database := func(name, script string) string {
		path := filepath.Join(dir, name)
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(script); err != nil {
			t.Fatal(err)
		}
		return path
	}
	full := filepath.Join(dir, "full.db")
	s := openStore(t, full, recorder.StoreOptions{})
	fill(t, s, 2000)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(full)
	if err != nil {
		t.Fatal(err)
	}
	newer := file("newer.db", string(whole))
	database("newer.db", "PRAGMA user_version = 99")
	for name, c := range map[string]struct {
		path string
		want error
	}{
		"text":             {file("text.db", "this is a text file, and a long one, so that SQLite would look at it as a header"), recorder.ErrNotCapture},
		"another database": {database("other.db", "CREATE TABLE t (x); INSERT INTO t VALUES (1)"), recorder.ErrNotCapture},
		"a folder":         {dir, recorder.ErrNotCapture},
		"newer":            {newer, recorder.ErrNewer},
		"cut":              {file("cut.db", string(whole[:16384])), recorder.ErrCorrupt},
	} {
		for how, open := range map[string]func() (*recorder.Store, error){
			"write": func() (*recorder.Store, error) { return recorder.OpenStore(c.path, recorder.StoreOptions{}) },
			"read":  func() (*recorder.Store, error) { return recorder.OpenReadOnly(c.path) },
		} {
			s, err := open()
			if err == nil {
				_ = s.Close()
			}
			var se *recorder.StoreError
			if !errors.Is(err, c.want) || !errors.As(err, &se) || se.Path != c.path || se.Hint == "" {
				t.Errorf("%s, to %s: %v (%+v), want %v", name, how, err, se, c.want)
			}
		}
	}
	if _, err := recorder.OpenReadOnly(filepath.Join(dir, "none.db")); !errors.Is(err, recorder.ErrMissing) {
		t.Errorf("a capture that is not there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "none.db")); err == nil {
		t.Error("opening to read made a file")
	}
	if p, err := os.ReadFile(filepath.Join(dir, "text.db")); err != nil || string(p[:4]) != "this" {
		t.Error("a file that is not ours was written to")
	}
}

func TestStoreQueries(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, filepath.Join(t.TempDir(), "c.db"), recorder.StoreOptions{})
	for i := range 30 {
		events := typical(s.NextID(), i)
		if i%10 == 4 {
			events = withStatus(events, "500 Internal Server Error")
		}
		s.Put(events)
	}
	if err := s.Mark(ctx, []uint64{3, 7}, true); err != nil {
		t.Fatal(err)
	}
	if err := s.Mark(ctx, []uint64{4, 99}, true); !errors.Is(err, recorder.ErrNoExchange) {
		t.Errorf("marking 99: %v", err)
	}
	for _, c := range []struct {
		name   string
		filter string
		q      recorder.Query
		want   []uint64
		more   bool
	}{
		{"newest", "", recorder.Query{Limit: 3}, []uint64{30, 29, 28}, true},
		{"before", "", recorder.Query{Before: 4}, []uint64{3, 2, 1}, false},
		{"exactly all", "", recorder.Query{Before: 4, Limit: 3}, []uint64{3, 2, 1}, false},
		{"after", "", recorder.Query{After: 28}, []uint64{30, 29}, false},
		{"after, newest first", "", recorder.Query{After: 20, Limit: 2}, []uint64{30, 29}, true},
		{"oldest", "", recorder.Query{Oldest: true, Limit: 3}, []uint64{3, 2, 1}, true},
		{"oldest after", "", recorder.Query{Oldest: true, After: 10, Limit: 2}, []uint64{12, 11}, true},
		{"marked", "~marked", recorder.Query{}, []uint64{7, 4, 3}, false},
		{"status", "~c 500", recorder.Query{}, []uint64{25, 15, 5}, false},
		{"status, one page", "~c 5xx", recorder.Query{Limit: 2}, []uint64{25, 15}, true},
		{"not exact in SQL", "~d >1 ~ss <2", recorder.Query{}, []uint64{2, 1}, false},
		{"by the exchange", `~hs "content-length: 2\d"`, recorder.Query{Limit: 2}, []uint64{30, 29}, true},
		{"none", "~e", recorder.Query{}, []uint64{}, false},
		{"together", "(~marked | ~c 500) !~id 5-15", recorder.Query{}, []uint64{25, 4, 3}, false},
	} {
		f, err := recorder.ParseFilter(c.filter)
		if err != nil {
			t.Fatal(err)
		}
		c.q.Filter = f
		page, err := s.Rows(ctx, c.q)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.want, ids(page.Rows)); diff != "" || page.More != c.more {
			t.Errorf("%s: more %v (-want +got):\n%s", c.name, page.More, diff)
		}
	}
}

func TestExchangesInOrder(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, filepath.Join(t.TempDir(), "c.db"), recorder.StoreOptions{})
	fill(t, s, 200)
	f, err := recorder.ParseFilter("!~id 100")
	if err != nil {
		t.Fatal(err)
	}
	next := uint64(1)
	for x, err := range s.Exchanges(ctx, recorder.Query{Filter: f}) {
		if err != nil {
			t.Fatal(err)
		}
		if next == 100 {
			next++
		}
		if x.ID != next {
			t.Fatalf("exchange %d, want %d", x.ID, next)
		}
		next++
		s.Put(typical(s.NextID(), 10)) // a replay, say
	}
	if next != 201 {
		t.Errorf("ended before %d, want 201: those that came meanwhile are not among them", next)
	}
	n := 0
	for range s.Exchanges(ctx, recorder.Query{Limit: 3, After: 10}) {
		n++
	}
	if n != 3 {
		t.Errorf("%d exchanges with a limit of 3", n)
	}
}

func TestIDsGoOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	s := openStore(t, path, recorder.StoreOptions{})
	fill(t, s, 3)
	s.NextID() // refused before anything was recorded, say
	if b := s.NextBuild(); b != 1 {
		t.Errorf("the first build is %d", b)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, path, recorder.StoreOptions{})
	if id, b := s.NextID(), s.NextBuild(); id != 5 || b != 2 {
		t.Errorf("after closing, id %d and build %d, want 5 and 2", id, b)
	}
}

// Two snifters with one capture at once.
func TestTwoStores(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "c.db")
	a := openStore(t, path, recorder.StoreOptions{})
	b := openStore(t, path, recorder.StoreOptions{})
	seen := map[uint64]bool{}
	for i := range 4000 {
		s := a
		if i%2 == 1 {
			s = b
		}
		id := s.NextID()
		if seen[id] {
			t.Fatalf("id %d was given out twice", id)
		}
		seen[id] = true
		s.Put(typical(id, 50))
	}
	for _, s := range []*recorder.Store{a, b} {
		if err := s.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	ro, err := recorder.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer ro.Close()
	if n, err := ro.Count(ctx); n != 4000 || err != nil {
		t.Errorf("%d exchanges, %v, want 4000", n, err)
	}
	if a.Dropped()+b.Dropped() != 0 {
		t.Error("exchanges were dropped")
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestIDsGoOnIntoTheNextBlock(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "c.db"), recorder.StoreOptions{})
	if err := s.Spare(10); err != nil {
		t.Fatal(err)
	}
	for want := uint64(1); want <= 100; want++ {
		if id := s.NextID(); id != want {
			t.Fatalf("id %d, want %d", id, want)
		}
	}
	fill(t, s, 10)
	if id := s.NextID(); id != 111 {
		t.Errorf("id %d, want 111", id)
	}
}

func TestLimits(t *testing.T) {
	ctx := context.Background()
	now := epoch.Add(time.Hour)
	for name, c := range map[string]struct {
		limits recorder.Limits
		want   func(count int) bool
	}{
		"count": {recorder.Limits{Count: 100}, func(n int) bool { return n == 100 }},
		"age":   {recorder.Limits{Age: time.Hour - 1500*time.Millisecond}, func(n int) bool { return n == 502 }},
		"size":  {recorder.Limits{Bytes: 1 << 20}, func(n int) bool { return n < 1000 }},
	} {
		path := filepath.Join(t.TempDir(), "c.db")
		s := openStore(t, path, recorder.StoreOptions{})
		blob := make([]byte, 3000)
		_, _ = rand.Read(blob)
		for range 2000 {
			s.Put(with(typical(s.NextID(), 0), func(d *event.Data) { d.Bytes, d.Size = blob, len(blob) }))
		}
		if err := s.Mark(ctx, []uint64{2}, true); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		before, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		s = openStore(t, path, recorder.StoreOptions{Limits: c.limits, Now: func() time.Time { return now }})
		await(t, name, func() bool { n, _ := s.Count(ctx); return c.want(n) })
		if _, err := s.Exchange(ctx, 2); err != nil {
			t.Errorf("%s: the marked exchange is gone: %v", name, err)
		}
		if _, err := s.Exchange(ctx, 1); !errors.Is(err, recorder.ErrNoExchange) {
			t.Errorf("%s: the oldest is still there: %v", name, err)
		}
		if _, err := s.Exchange(ctx, 2000); err != nil {
			t.Errorf("%s: the newest is gone: %v", name, err)
		}
		if name == "size" {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if after, err := os.Stat(path); err != nil || after.Size() > 8<<20 && after.Size() >= before.Size() {
				t.Errorf("the file has %d bytes, and had %d", after.Size(), before.Size())
			}
		}
	}
}

func TestMarkedStayWhateverTheLimit(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, filepath.Join(t.TempDir(), "c.db"), recorder.StoreOptions{Limits: recorder.Limits{Count: 2}})
	marked := []uint64{1, 2, 3, 4, 5}
	for range 2 {
		for range 5 {
			s.Put(typical(s.NextID(), 10))
		}
		if err := s.Mark(ctx, marked, true); err != nil {
			t.Fatal(err)
		}
		s.Put(typical(s.NextID(), 10))
		await(t, "what is not marked goes", func() bool { n, err := s.Count(ctx); return err == nil && n == 5 })
		if err := s.Mark(ctx, marked[:1], true); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Count(ctx); n != 5 || err != nil {
			t.Errorf("%d are left, %v, want 5", n, err)
		}
		page, err := s.Rows(ctx, recorder.Query{Oldest: true})
		if err != nil || len(page.Rows) != 5 {
			t.Errorf("%d are listed, %v, want 5", len(page.Rows), err)
		}
	}
}

// await waits for a condition.
func await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 20 s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func TestFullDisk(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, filepath.Join(t.TempDir(), "c.db"), recorder.StoreOptions{})
	fill(t, s, 10)
	if err := s.LimitPages(-1); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		s.Put(typical(s.NextID(), 2000))
	}
	await(t, "the trouble is told", func() bool { return s.Trouble() != nil })
	if tr := s.Trouble(); !errors.Is(tr, recorder.ErrFull) || tr.Hint == "" {
		t.Errorf("the trouble is %v", tr)
	}
	start := time.Now()
	if err := s.Flush(ctx); !errors.Is(err, recorder.ErrFull) {
		t.Errorf("flush says %v", err)
	}
	if took := time.Since(start); took > 900*time.Millisecond {
		t.Errorf("flush waited %v for a full disk", took)
	}
	if x, err := s.Exchange(ctx, 150); err != nil || x.ID != 150 {
		t.Errorf("what waits to be written is not found: %v", err)
	}
	// Far more than is kept comes in: it neither blocks nor grows without bound.
	big := typical(1<<40, 1<<20)
	_, _ = rand.Read(big[2].Payload.(*event.Data).Bytes) // which cannot be compressed
	for i := range 100 {
		for j := range big {
			big[j].Exchange = uint64(1<<40 + i)
		}
		s.Put(big)
	}
	if s.Dropped() == 0 {
		t.Error("nothing was dropped of more than is kept")
	}
	if err := s.FreeSpace(); err != nil {
		t.Fatal(err)
	}
	await(t, "recording resumed", func() bool { return s.Trouble() == nil })
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	page, err := s.Rows(ctx, recorder.Query{Before: 211, Limit: 300})
	if err != nil || len(page.Rows) != 210 {
		t.Errorf("%d of the first 210 are there, %v", len(page.Rows), err)
	}
}

func TestMigrationsAreSteps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	s := openStore(t, path, recorder.StoreOptions{})
	fill(t, s, 5)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	err := recorder.Migrate(path, "ALTER TABLE exchanges ADD COLUMN note TEXT", "UPDATE exchanges SET note = 'x'")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var version, n int
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil || version != 3 {
		t.Errorf("format %d, %v, want 3", version, err)
	}
	if err := db.QueryRow("SELECT count(*) FROM exchanges WHERE note = 'x'").Scan(&n); err != nil || n != 5 {
		t.Errorf("%d rows brought over, %v", n, err)
	}
	if err := recorder.Migrate(path, "", "", "no SQL"); err == nil {
		t.Error("a step that fails passed")
	}
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil || version != 3 {
		t.Errorf("a step that failed left format %d, %v", version, err)
	}
	if _, err := recorder.OpenStore(path, recorder.StoreOptions{}); !errors.Is(err, recorder.ErrNewer) {
		t.Errorf("the capture of a later format: %v", err)
	}
}

func TestBuilds(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, filepath.Join(t.TempDir(), "c.db"), recorder.StoreOptions{})
	for i := range 3 {
		b := &event.Build{ID: s.NextBuild(), Why: fmt.Sprint("save ", i), Started: epoch, Took: 41e6}
		if err := s.PutBuild(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	builds, err := s.Builds(ctx, 2)
	if err != nil || len(builds) != 2 || builds[0].ID != 3 || builds[1].Why != "save 1" {
		t.Errorf("%+v, %v", builds, err)
	}
}

// An exchange is waiting or in the file: a count that comes while it is written does not take it for two.
func TestCountWhileWriting(t *testing.T) {
	ctx := t.Context()
	s := openStore(t, filepath.Join(t.TempDir(), "capture.db"), recorder.StoreOptions{})
	const all = 200
	written := make(chan struct{})
	go func() {
		defer close(written)
		for range all {
			s.Put(typical(s.NextID(), 100))
			if err := s.Flush(ctx); err != nil {
				t.Error(err)
			}
		}
	}()
	for last, done := 0, false; !done; {
		select {
		case <-written:
			done = true
		default:
		}
		n, err := s.Count(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n < last || n > all {
			t.Fatalf("%d exchanges after %d", n, last)
		}
		last = n
	}
	if n, err := s.Count(ctx); n != all || err != nil {
		t.Errorf("%d exchanges in the end, want %d; %v", n, all, err)
	}
}
