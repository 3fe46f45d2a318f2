package devserver

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/worker"
)

// A build is loaded while the one before still runs, which may hold what only one process can have: the lock of a database's
// file, a port.

// held is how it is told that something is another's.
var held = regexp.MustCompile(`(?i)\b(un)?lock(ed|ing|file)?\b|already (open|in use|running)|temporarily unavailable|` +
	`resource busy|used by another process`)

// heldType is the same, of the types of exceptions.
var heldType = regexp.MustCompile(`Lock|BlockingIOError|InUse|Busy`)

// mistakes are exceptions that tell of the source, whatever they say.
var mistakes = []string{
	"AttributeError", "ImportError", "IndentationError", "ModuleNotFoundError", "NameError", "SyntaxError", "TabError",
}

// isHeld says whether an application may have failed to load for what another process holds.
func isHeld(err error) bool {
	var load *worker.LoadError
	if !errors.As(err, &load) {
		return false
	}
	for r := load.Raised; r != nil; r = r.Cause {
		if !slices.Contains(mistakes, r.Type) && (heldType.MatchString(r.Type) || held.MatchString(r.Message)) {
			return true
		}
	}
	return false
}

// giveWayAtMost bounds how long a build waits for the requests of the one before.
const giveWayAtMost = 5 * time.Second

// giveWay ends the build before, and says whether there was one, and it has ended with all that it held.
func (b *builds) giveWay(ctx context.Context) bool {
	b.mu.Lock()
	old := b.newest
	b.mu.Unlock()
	if old == nil {
		return false
	}
	workers := old.all()
	b.retire(old)
	late := time.NewTimer(giveWayAtMost)
	defer late.Stop()
	for _, w := range workers {
		select {
		case <-w.Done():
		case <-late.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
	return len(workers) > 0
}

// loadAlone loads a build, again if need be when the one before has ended.
func (b *builds) loadAlone(ctx context.Context, info event.Build) (*build, []worker.Ready, error) {
	bd := &build{info: info}
	ready, err := b.load(ctx, bd)
	if !isHeld(err) || !b.giveWay(ctx) {
		return bd, ready, err
	}
	b.retire(bd)
	bd = &build{info: info}
	ready, err = b.load(ctx, bd)
	return bd, ready, err
}
