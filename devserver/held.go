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

// before is who may hold what a build wants: the workers of the newest one, and those of older ones that have not ended.
func (b *builds) before() []*worker.Worker {
	b.mu.Lock()
	newest, workers := b.newest, slices.Clone(b.retired)
	b.mu.Unlock()
	if newest != nil {
		for _, w := range newest.all() {
			if !slices.Contains(workers, w) {
				workers = append(workers, w)
			}
		}
	}
	return workers
}

// giveWay ends the newest build, with all that it holds, and returns those of the workers that have not ended: their requests
// go on.
func (b *builds) giveWay(ctx context.Context, workers []*worker.Worker) (left []*worker.Worker) {
	b.mu.Lock()
	newest := b.newest
	b.mu.Unlock()
	if newest != nil {
		b.retire(newest)
	}
	late := time.NewTimer(giveWayAtMost)
	defer late.Stop()
	for _, w := range workers {
		select {
		case <-w.Done():
		case <-late.C:
			left = append(left, w)
			late.Reset(0)
		case <-ctx.Done():
			return workers
		}
	}
	return left
}

// loadAlone loads a build, again if need be when those before have ended. One may have by the time that the build has failed.
func (b *builds) loadAlone(ctx context.Context, info event.Build) (*build, []worker.Ready, error) {
	workers := b.before()
	bd := &build{info: info}
	ready, err := b.load(ctx, bd)
	if !isHeld(err) {
		return bd, ready, err
	}
	left := b.giveWay(ctx, workers)
	if len(left) == len(workers) {
		bd.holders = left
		return bd, ready, err
	}
	b.retire(bd)
	bd = &build{info: info, holders: left}
	ready, err = b.load(ctx, bd)
	return bd, ready, err
}

// awaitHolders has a build that failed for what those before hold made anew when one of them has ended.
func (b *builds) awaitHolders(bd *build) {
	if bd.failed == nil {
		return
	}
	for _, w := range bd.holders {
		b.s.cfg.Log.Warn("the application is loaded again when a worker of an old build has ended, which may hold what it wants",
			"pid", w.PID(), "requests", w.Open(), "parked", w.Parked())
		go func() {
			select {
			case <-w.Done():
			case <-b.over:
				return
			}
			b.mu.Lock()
			still := b.newest == bd
			b.mu.Unlock()
			if still {
				b.ask(wish{why: "an old build has ended"})
			}
		}()
	}
}
