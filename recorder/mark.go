package recorder

import (
	"context"
	"fmt"

	"github.com/snifter-dev/snifter/devserver/event"
)

// Mark marks or unmarks exchanges. An id that is not there is [ErrNoExchange]; the others are marked all the same.
func (s *Store) Mark(ctx context.Context, ids []uint64, marked bool) error {
	var missing []uint64
	err := s.do(ctx, func(ctx context.Context, c execer) error {
		missing = missing[:0]
		for _, id := range ids {
			res, err := c.ExecContext(ctx, "UPDATE exchanges SET marked = ? WHERE id = ?", marked, int64(id))
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil {
				return err
			} else if n == 0 {
				missing = append(missing, id)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return &StoreError{Op: "mark in", Path: s.path, Err: fmt.Errorf("%w: %v", ErrNoExchange, missing)}
	}
	return nil
}

// PutBuild stores a build: the event of its BuildDone.
func (s *Store) PutBuild(ctx context.Context, b *event.Build) error {
	blob := encodeEvents(nil, []event.Event{{Kind: event.BuildDone, Payload: b}})
	return s.do(ctx, func(ctx context.Context, c execer) error { return storeBuild(ctx, c, b, blob) })
}

// putBuild is PutBuild without waiting; a build that cannot be stored is not missed.
func (s *Store) putBuild(b *event.Build) {
	blob := encodeEvents(nil, []event.Event{{Kind: event.BuildDone, Payload: b}})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing || s.readOnly {
		return
	}
	s.jobs = append(s.jobs, job{func(ctx context.Context, c execer) error { return storeBuild(ctx, c, b, blob) },
		make(chan error, 1)})
	s.hurry()
}

func storeBuild(ctx context.Context, c execer, b *event.Build, blob []byte) error {
	if _, err := c.ExecContext(ctx, "INSERT OR REPLACE INTO builds (id, started, event) VALUES (?, ?, ?)",
		b.ID, unixNano(b.Started), blob); err != nil {
		return err
	}
	_, err := c.ExecContext(ctx, "UPDATE meta SET used_build = max(used_build, ?)", b.ID+1)
	return err
}

// Builds gives the newest builds, newest first.
func (s *Store) Builds(ctx context.Context, limit int) ([]*event.Build, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT event FROM builds ORDER BY id DESC LIMIT ?", limit)
	if err != nil {
		return nil, storeError("read", s.path, err)
	}
	defer rows.Close()
	var builds []*event.Build
	for rows.Next() {
		var blob []byte
		if err := rows.Scan(&blob); err != nil {
			return nil, storeError("read", s.path, err)
		}
		events, err := decodeEvents(0, blob)
		if err != nil {
			return nil, storeError("read", s.path, err)
		}
		for _, e := range events {
			if b, ok := e.Payload.(*event.Build); ok {
				builds = append(builds, b)
			}
		}
	}
	return builds, storeError("read", s.path, rows.Err())
}
