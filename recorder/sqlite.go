package recorder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// classify puts an error of SQLite or of the file system under one of ours.
func classify(err error) error {
	for _, h := range hints {
		if errors.Is(err, h.err) {
			return err
		}
	}
	kind := kindOf(err)
	if kind == nil {
		return err
	}
	return fmt.Errorf("%w: %w", kind, err)
}

func kindOf(err error) error {
	var se *sqlite.Error
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil
	case errors.As(err, &se):
		return kindOfCode(se.Code())
	case errors.Is(err, syscall.ENOSPC):
		return ErrFull
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return ErrReadOnly
	case errors.Is(err, fs.ErrNotExist):
		return ErrMissing
	}
	return nil
}

// kindOfCode reads SQLite's result codes (https://sqlite.org/rescode.html); extended ones keep the primary code in
// their low byte.
func kindOfCode(code int) error {
	switch code & 0xff {
	case sqlite3.SQLITE_NOTADB:
		return ErrNotCapture
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT:
		return ErrCorrupt
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH:
		return ErrReadOnly
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return ErrLocked
	case sqlite3.SQLITE_FULL:
		return ErrFull
	case sqlite3.SQLITE_IOERR:
		if code == sqlite3.SQLITE_IOERR_SHORT_READ || code == sqlite3.SQLITE_IOERR_CORRUPTFS {
			return ErrCorrupt
		}
		return ErrFull // of what the file system refuses to write, this is by far the most usual
	}
	return nil
}

// dsn makes the name of a connection. pragmas are run on each connection as it opens.
func dsn(path, mode string, extra url.Values, pragmas ...string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	abs = filepath.ToSlash(abs)
	if runtime.GOOS == "windows" && !strings.HasPrefix(abs, "/") {
		abs = "/" + abs
	}
	q := url.Values{"mode": {mode}, "_pragma": pragmas}
	for k, v := range extra {
		q[k] = v
	}
	u := url.URL{Scheme: "file", Path: abs, RawQuery: q.Encode()}
	return u.String(), nil
}
