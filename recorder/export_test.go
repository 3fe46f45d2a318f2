package recorder

import "context"

// What the tests need of the inside.
var (
	EncodeEvents = encodeEvents
	DecodeEvents = decodeEvents
)

// LimitPages makes the capture one that cannot grow, as on a full disk; 0 lifts that.
func (s *Store) LimitPages(pages int) error {
	if pages == 0 {
		pages = 1 << 30
	}
	return s.do(context.Background(), func(ctx context.Context, c execer) error {
		var n int
		if pages < 0 {
			if err := c.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
				return err
			}
		}
		return c.QueryRowContext(ctx, "PRAGMA max_page_count = "+itoa(pages)).Scan(&n)
	})
}

func itoa(n int) string {
	p, _ := appendValue(nil, int64(n))
	return string(p)
}

// Spare makes ids run out after n more.
func (s *Store) Spare(n uint64) {
	s.ids.mu.Lock()
	s.ids.end = s.ids.next + n
	s.ids.mu.Unlock()
}
