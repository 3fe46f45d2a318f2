package recorder

import (
	"context"
	"database/sql"
	"fmt"
)

// What the tests need of the inside.
var (
	EncodeEvents = encodeEvents
	DecodeEvents = decodeEvents
)

// LimitPages makes the capture one that cannot grow, as on a full disk.
func (s *Store) LimitPages(pages int) error {
	return s.do(context.Background(), func(ctx context.Context, c execer) error {
		if pages < 0 {
			if err := c.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
				return err
			}
		}
		return c.QueryRowContext(ctx, fmt.Sprint("PRAGMA max_page_count = ", pages)).Scan(new(int))
	})
}

// FreeSpace takes the limit away.
func (s *Store) FreeSpace() error {
	return s.write.QueryRowContext(context.Background(), "PRAGMA max_page_count = 1073741823").Scan(new(int))
}

// Spare makes the block of ids end after n more.
func (s *Store) Spare(n uint64) error {
	return s.do(context.Background(), func(ctx context.Context, c execer) error {
		s.ids.mu.Lock()
		s.ids.end = s.ids.next + n
		end := s.ids.end
		s.ids.mu.Unlock()
		_, err := c.ExecContext(ctx, "UPDATE meta SET next_id = ?", int64(end))
		return err
	})
}

// Migrate brings a capture on by further steps.
func Migrate(path string, further ...string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return migrate(ctx, conn, append(append([]string{}, steps...), further...))
}
