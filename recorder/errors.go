package recorder

import (
	"errors"
	"fmt"
)

// What can be wrong with a capture. A [StoreError] wraps one of these where it is known which.
var (
	ErrNotCapture = errors.New("not a snifter capture")
	ErrNewer      = errors.New("written by a newer snifter")
	ErrCorrupt    = errors.New("damaged")
	ErrReadOnly   = errors.New("read-only")
	ErrLocked     = errors.New("locked by another program")
	ErrFull       = errors.New("no space left")
	ErrMissing    = errors.New("no such capture")
	ErrClosed     = errors.New("the capture is closed")
	// ErrNoExchange is wrapped where an id is not in the capture.
	ErrNoExchange = errors.New("no such exchange")
)

// StoreError is an error about a capture: what was being done, to which file, and what to try.
type StoreError struct {
	Op   string // "open", "write", "read"
	Path string
	Err  error
	Hint string // for people; may be ""
}

// Error says what happened and where, without the hint.
func (e *StoreError) Error() string { return fmt.Sprintf("%s capture %s: %v", e.Op, e.Path, e.Err) }

// Unwrap gives the cause.
func (e *StoreError) Unwrap() error { return e.Err }

// hints says what to try, by what is wrong.
var hints = []struct {
	err  error
	hint string
}{
	{ErrNotCapture, "name another file with --capture; snifter does not write over what it did not make"},
	{ErrNewer, "open it with that version of snifter, or name another file with --capture"},
	{ErrCorrupt, "move the file away, with its -wal and -shm beside it, and start again; " +
		"`sqlite3 FILE .recover` may save what is left"},
	{ErrReadOnly, "make the file and its folder writable, or name another file with --capture"},
	{ErrLocked, "end the program that holds it, or name another file with --capture"},
	{ErrFull, "make room on the disk, or name a file elsewhere with --capture"},
	{ErrMissing, "name a capture with --capture, or make one with `snifter run`"},
}

func storeError(op, path string, err error) error {
	if err == nil {
		return nil
	}
	var already *StoreError
	if errors.As(err, &already) {
		return err
	}
	err = classify(err)
	e := &StoreError{Op: op, Path: path, Err: err}
	for _, h := range hints {
		if errors.Is(err, h.err) {
			e.Hint = h.hint
			break
		}
	}
	return e
}
