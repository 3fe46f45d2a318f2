package recorder

import (
	"context"
	"errors"
)

// checkpointer moves the log into the file on a connection of its own, so that the writer does not wait for the disk
// to take it: what was committed is safe from the death of the process before, and from a power cut after.
func (s *Store) checkpointer() {
	defer close(s.checking)
	for range s.grown {
		s.backlog.Store(s.checkpoint(dbExecer{s.check}, "PASSIVE"))
	}
}

// checkpoint moves what it can and says how many bytes the log holds if it could not move all of it.
func (s *Store) checkpoint(c execer, mode string) (backlog int64) {
	var busy, pages, moved int64
	err := c.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &pages, &moved)
	if err != nil || moved >= pages {
		return 0 // an error will meet the writer as well
	}
	return pages * s.pageSize
}

// stop ends the goroutines in order, gives back the ids that were not used, and leaves the file without a log.
func (s *Store) stop() error {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	s.hurry()
	<-s.writing
	close(s.grown)
	<-s.checking
	trouble := s.trouble.Load()
	err := s.leave(context.Background())
	err = errors.Join(err, s.closeFiles())
	if trouble != nil {
		return trouble
	}
	return storeError("close", s.path, err)
}

func (s *Store) leave(ctx context.Context) error {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	// What lies behind the last reserved block was reserved by another process: then there is nothing to give back.
	id, idTop := s.ids.rest()
	build, buildTop := s.builds.rest()
	const back = `UPDATE meta SET
		used_id = max(used_id, ?1), next_id = CASE next_id WHEN ?2 THEN ?1 ELSE next_id END,
		used_build = max(used_build, ?3), next_build = CASE next_build WHEN ?4 THEN ?3 ELSE next_build END`
	if _, err := conn.ExecContext(ctx, back, int64(id), int64(idTop), int64(build), int64(buildTop)); err != nil {
		return err
	}
	s.checkpoint(conn, "TRUNCATE")
	return nil
}
