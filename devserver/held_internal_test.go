package devserver

import (
	"context"
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

// losing is a source whose applications can't be loaded, for what the worker before holds, which ends meanwhile.
type losing struct {
	Source
	before *worker.Worker
	ended  func()
	starts int
}

func (l *losing) Prepare(context.Context) error { return nil }

func (l *losing) Start(context.Context, worker.Output) (*worker.Worker, error) {
	l.starts++
	l.before.Stop()
	<-l.before.Done()
	l.ended()
	return nil, &worker.LoadError{Raised: &event.Raised{Type: "OSError", Message: "resource busy"}}
}

// TestWhoHeldItHasEnded: a build is loaded again though nobody is left who may have held what it wants.
func TestWhoHeldItHasEnded(t *testing.T) {
	for name, retired := range map[string]bool{"of the newest build": false, "of an older one": true} {
		t.Run(name, func(t *testing.T) {
			bd := &build{}
			bd.add(startWorker(t))
			source := &losing{before: bd.all()[0], ended: func() {}}
			b := newBuilds(&Server{cfg: Config{Source: source, Workers: 1}})
			b.newest = bd
			if retired {
				b.newest, b.retired = &build{}, bd.all()
				source.ended = func() { b.retired = nil }
			}
			if _, _, err := b.loadAlone(t.Context(), event.Build{}); !isHeld(err) || source.starts != 2 {
				t.Errorf("it was loaded %d times: %v", source.starts, err)
			}
		})
	}
}
