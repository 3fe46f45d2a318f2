package recorder

import (
	"context"
	"database/sql"
	"fmt"
)

const (
	applicationID = 0x736e6966 // "snif", as PRAGMA application_id
	pageSize      = 16384      // a row of a few KB costs a third of what it costs with SQLite's 4096
)

// steps brings a capture from each format version to the next: steps[0] makes an empty file one of version 1. Each
// runs in a transaction that also counts PRAGMA user_version up, so a capture is always of one version or the next.
var steps = []string{
	`CREATE TABLE exchanges (
		id             INTEGER PRIMARY KEY,
		started        INTEGER NOT NULL, -- Unix time, ns
		duration       INTEGER NOT NULL, -- ns
		build          INTEGER NOT NULL,
		origin         INTEGER,          -- the exchange that this one replays
		state          INTEGER NOT NULL, -- 0 done, 1 aborted, 2 open
		marked         INTEGER NOT NULL,
		code           INTEGER NOT NULL, -- the number in the status, or 0
		method         TEXT NOT NULL,
		target         TEXT NOT NULL,
		status         TEXT NOT NULL,
		request_bytes  INTEGER NOT NULL,
		response_bytes INTEGER NOT NULL,
		exception      TEXT,             -- its type
		lint           INTEGER NOT NULL,
		chunks         INTEGER NOT NULL,
		events         BLOB NOT NULL     -- see codec.go
	);
	-- Rare ones are found without reading the rest.
	CREATE INDEX exchanges_marked ON exchanges (id) WHERE marked = 1;
	CREATE INDEX exchanges_failed ON exchanges (id) WHERE exception IS NOT NULL;
	CREATE INDEX exchanges_replayed ON exchanges (id) WHERE origin IS NOT NULL;
	CREATE INDEX exchanges_refused ON exchanges (id) WHERE code >= 400;
	CREATE TABLE builds (
		id      INTEGER PRIMARY KEY,
		started INTEGER NOT NULL,
		event   BLOB NOT NULL -- BuildDone, see codec.go
	);
	-- One row: the number of exchanges, and for the ids of exchanges and builds the first that no process has reserved
	-- and the first after those used.
	CREATE TABLE meta (
		one        INTEGER PRIMARY KEY CHECK (one = 1),
		count      INTEGER NOT NULL,
		next_id    INTEGER NOT NULL,
		used_id    INTEGER NOT NULL,
		next_build INTEGER NOT NULL,
		used_build INTEGER NOT NULL
	);
	INSERT INTO meta VALUES (1, 0, 1, 1, 1, 1)`,
}

// execer is a connection or a transaction.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// identify says of what format a file is: 0 for an empty one.
func identify(ctx context.Context, c execer) (version int, err error) {
	var app, objects int
	if err := c.QueryRowContext(ctx, "PRAGMA application_id").Scan(&app); err != nil {
		return 0, err
	}
	if err := c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, err
	}
	if err := c.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&objects); err != nil {
		return 0, err
	}
	switch {
	case app == 0 && version == 0 && objects == 0:
		return 0, nil
	case app != applicationID:
		return 0, fmt.Errorf("%w: a database of something else", ErrNotCapture)
	case version > len(steps):
		return 0, fmt.Errorf("%w: format %d, and this snifter reads up to %d", ErrNewer, version, len(steps))
	case version < 1:
		return 0, fmt.Errorf("%w: format %d", ErrCorrupt, version)
	}
	return version, nil
}

// migrate runs the steps that a capture lacks. Another process may be doing the same: each step looks again within its
// own transaction.
func migrate(ctx context.Context, c *sql.Conn, steps []string) error {
	for {
		done, err := migrateStep(ctx, c, steps)
		if done || err != nil {
			return err
		}
	}
}

func migrateStep(ctx context.Context, c *sql.Conn, steps []string) (done bool, err error) {
	if _, err := c.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return false, err
	}
	defer func() {
		if err != nil {
			_, _ = c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	var version int
	if err := c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return false, err
	}
	if version < len(steps) {
		script := fmt.Sprintf("%s;\nPRAGMA application_id = %d; PRAGMA user_version = %d;",
			steps[version], applicationID, version+1)
		if _, err := c.ExecContext(ctx, script); err != nil {
			return false, fmt.Errorf("bring format %d to %d: %w", version, version+1, err)
		}
	}
	if _, err := c.ExecContext(ctx, "COMMIT"); err != nil {
		return false, err
	}
	return version+1 >= len(steps), nil
}
