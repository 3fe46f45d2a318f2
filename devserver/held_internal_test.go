package devserver

import (
	"errors"
	"testing"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/worker"
)

func TestIsHeld(t *testing.T) {
	for _, c := range []struct {
		kind, message string
		want          bool
	}{
		{"BlockingIOError", "[Errno 11] Resource temporarily unavailable", true},
		{"zc.lockfile.LockError", "Couldn't lock '/srv/Data.fs.lock'", true},
		{"sqlite3.OperationalError", "database is locked", true},
		{"OSError", "[Errno 98] Address already in use", true},
		{"IOException", "Could not set lock on file", true},
		{"PermissionError", "The process cannot access the file because it is being used by another process", true},
		{"NameError", "name 'lock' is not defined", false},
		{"ModuleNotFoundError", "No module named 'zc.lockfile'", false},
		{"ValueError", "no block of the clock", false},
	} {
		err := &worker.LoadError{Raised: &event.Raised{Type: c.kind, Message: c.message}}
		if isHeld(err) != c.want {
			t.Errorf("%s: %s: want %v", c.kind, c.message, c.want)
		}
		err.Raised = &event.Raised{Type: "ValueError", Cause: err.Raised}
		if isHeld(err) != c.want {
			t.Errorf("from %s: %s: want %v", c.kind, c.message, c.want)
		}
	}
	if isHeld(errors.New("the interpreter is locked")) || isHeld(nil) {
		t.Error("it is no exception of an application's")
	}
}
