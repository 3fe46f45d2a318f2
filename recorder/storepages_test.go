package recorder_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

// A new capture has large pages, of which a row costs less; one that was made with others keeps them, and has as much room.
func TestPages(t *testing.T) {
	ctx := context.Background()
	blob := make([]byte, 3000)
	_, _ = rand.Read(blob)
	for name, c := range map[string]struct {
		made string // by whoever has made the file
		size int
	}{
		"new":   {"", 16384},
		"small": {"PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL", 4096},
	} {
		path := filepath.Join(t.TempDir(), "c.db")
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(c.made); err != nil {
			t.Fatal(err)
		}
		const limit = 4 << 20
		s := openStore(t, path, recorder.StoreOptions{Limits: recorder.Limits{Bytes: limit}})
		var size, pages, free, vacuum, tables int
		if err := db.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil { // which has the header read
			t.Fatal(err)
		}
		for pragma, v := range map[string]*int{"page_size": &size, "auto_vacuum": &vacuum} {
			if err := db.QueryRow("PRAGMA " + pragma).Scan(v); err != nil {
				t.Fatal(err)
			}
		}
		if size != c.size || vacuum != 2 {
			t.Errorf("%s: pages of %d, auto_vacuum %d", name, size, vacuum)
		}
		for range 3000 {
			s.Put(with(typical(s.NextID(), 0), func(d *event.Data) { d.Bytes, d.Size = blob, len(blob) }))
		}
		if err := s.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		await(t, "what is too much goes", func() bool { n, err := s.Count(ctx); return err == nil && n < 3000 })
		for pragma, v := range map[string]*int{"page_count": &pages, "freelist_count": &free} {
			if err := db.QueryRow("PRAGMA " + pragma).Scan(v); err != nil {
				t.Fatal(err)
			}
		}
		if kept := (pages - free) * size; kept < limit*3/4 {
			t.Errorf("%s: %d bytes are kept, and %d may be", name, kept, limit)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
