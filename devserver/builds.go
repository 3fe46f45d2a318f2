package devserver

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/worker"
)

// builds holds the current build and makes the next one. One goroutine, run, owns the life of all of them; requests
// come in from their connections' goroutines by dispatch.
type builds struct {
	s     *Server
	asked chan wish     // that a build is wanted; merged while one is wanted already
	first chan struct{} // closed when the first build is decided
	died  chan *worker.Worker
	over  chan struct{} // closed when run ends

	// current answers requests; nil while they must wait.
	current atomic.Pointer[build]

	mu     sync.Mutex
	newest *build // the newest that was decided, nil before the first
	making bool
	// decided: what is being made has become the newest, of which is yet to be told.
	decided bool
	wanted  int // wishes so far
	begun   int // the newest of them that a build was begun for
	due     int // the newest batch of changes that is known
	told    int // the newest one that became a wish
	// suspicions are the looks at sources that have not come to an end.
	suspicions int
	waiting    []*exchange
	stopped    bool
	runtime    string
	hung       map[*worker.Worker]int // requests that took too long and have not ended

	retired []*worker.Worker // workers of builds gone by, until they have ended, oldest first; guarded by mu
}

// wish is the wish for a build.
type wish struct {
	why   string
	batch int // the number of the changes that it is for, if any
	// number counts wishes, from 1.
	number int
	// replaces says that nothing has changed: a worker that ended by itself is wanted back.
	replaces bool
}

// and is both wishes as one.
func (w wish) and(o wish) wish {
	switch {
	case w.why == "":
		return o
	case !strings.Contains(w.why, o.why):
		w.why += ", " + o.why
	}
	w.replaces = w.replaces && o.replaces
	w.number = max(w.number, o.number)
	return w
}

// build is one load of the application.
type build struct {
	info    event.Build
	objects map[string]string
	root    *event.StageInfo // nil where stages are not told
	failed  *event.Raised    // set: every request is answered with it
	holders []*worker.Worker // of builds before, which may hold what it failed for

	mu      sync.Mutex
	workers []*worker.Worker
}

func newBuilds(s *Server) *builds {
	return &builds{
		s: s, asked: make(chan wish, 1), first: make(chan struct{}),
		hung: map[*worker.Worker]int{}, died: make(chan *worker.Worker), over: make(chan struct{}),
	}
}

// ask wants a new build, and has requests wait for it. Wishes that come while one is pending are one.
func (b *builds) ask(w wish) {
	b.mu.Lock()
	b.wanted++
	w.number = b.wanted
	b.told = max(b.told, w.batch)
	b.current.Store(nil)
	b.mu.Unlock()
	for {
		select {
		case b.asked <- w:
			return
		default:
		}
		select {
		case earlier := <-b.asked:
			w = earlier.and(w)
		default:
		}
	}
}

func (bd *build) remove(w *worker.Worker) (was bool, left int) {
	bd.mu.Lock()
	defer bd.mu.Unlock()
	for i, o := range bd.workers {
		if o == w {
			bd.workers = append(bd.workers[:i:i], bd.workers[i+1:]...)
			return true, len(bd.workers)
		}
	}
	return false, len(bd.workers)
}

func (bd *build) add(w *worker.Worker) {
	bd.mu.Lock()
	bd.workers = append(bd.workers, w)
	bd.mu.Unlock()
}

func (bd *build) all() []*worker.Worker {
	bd.mu.Lock()
	defer bd.mu.Unlock()
	return slices.Clone(bd.workers)
}

// made is what making a build came to.
type made struct {
	build   *build
	ready   []worker.Ready
	stopped bool // by a later change
}

// run makes builds until the context ends, then ends them all.
func (b *builds) run(ctx context.Context, loaded func(started time.Time, files []string)) {
	defer b.shutdown()
	var (
		making context.CancelFunc
		result chan made
		again  wish // a build that is wanted when the one that is being made has ended
	)
	start := func(why wish) {
		b.mu.Lock()
		b.making, b.decided = true, false
		b.begun = max(b.begun, why.number)
		b.current.Store(nil)
		b.mu.Unlock()
		if b.s.fresh != nil {
			b.s.fresh.begin()
		}
		var c context.Context
		c, making = context.WithCancel(ctx)
		result = make(chan made, 1)
		id := b.s.cfg.NextBuild()
		go func(out chan<- made) { out <- b.make(c, id, why) }(result)
	}
	start(wish{why: "start"})
	deaths := deaths{}
	for {
		select {
		case <-ctx.Done():
			if result != nil {
				making()
				if m := <-result; m.build != nil {
					b.retire(m.build)
				}
			}
			return
		case why := <-b.asked:
			if result != nil {
				// What is being made is out of date already.
				making()
				again = again.and(why)
				continue
			}
			start(why)
		case m := <-result:
			making()
			result = nil
			if again.why != "" {
				// Decided or not, it is of sources that have changed since.
				if m.build != nil {
					b.retire(m.build)
				}
				why := again
				again = wish{}
				start(why)
				continue
			}
			if m.stopped {
				continue
			}
			files := b.s.cfg.Source.Files()
			if len(m.ready) > 0 {
				files = append(files, m.ready[0].Files...)
			}
			for f := m.build.failed; f != nil; f = f.Cause {
				for _, frame := range f.Frames {
					files = append(files, frame.File)
				}
			}
			b.swap(m.build, files)
			loaded(m.build.info.Started, files)
		case w := <-b.died:
			b.mu.Lock()
			cur := b.newest
			b.mu.Unlock()
			if cur == nil {
				continue
			}
			was, left := cur.remove(w)
			if !was || result != nil {
				continue
			}
			b.s.cfg.Log.Warn("a worker ended by itself", "how", w.Exit(), "build", cur.info.ID)
			if left == 0 {
				b.current.CompareAndSwap(cur, nil)
			}
			back := wish{why: "a worker ended by itself: " + w.Exit(), replaces: true}
			if pause := deaths.pause(time.Now()); pause > 0 {
				time.AfterFunc(pause, func() { b.ask(back) })
				continue
			}
			start(back)
		}
	}
}

// make loads the application in as many workers as are wanted. The first failure decides.
func (b *builds) make(ctx context.Context, id int, w wish) made {
	info := event.Build{ID: id, Why: w.why, Replaces: w.replaces, Started: time.Now(), Language: b.s.cfg.Source.Language()}
	begun := info
	b.s.cfg.Sink.Emit(event.Event{Kind: event.Building, Payload: &begun})
	bd, ready, err := b.loadAlone(ctx, info)
	bd.info.Took = time.Since(info.Started)
	if ctx.Err() != nil {
		b.retire(bd)
		return made{stopped: true}
	}
	if err != nil {
		b.retire(bd)
		bd.workers = nil
		bd.failed = asRaised(err)
		bd.info.Failed = bd.failed
		return made{build: bd}
	}
	bd.objects = ready[0].Objects
	bd.root = bd.all()[0].Root()
	bd.info.App, bd.info.Name = ready[0].App, ready[0].App
	if ready[0].AppType != "" {
		bd.info.App += " (" + ready[0].AppType + ")"
	}
	b.mu.Lock()
	b.runtime = ready[0].Version
	b.mu.Unlock()
	return made{build: bd, ready: ready}
}

func (b *builds) load(ctx context.Context, bd *build) ([]worker.Ready, error) {
	src := b.s.cfg.Source
	if err := src.Prepare(ctx); err != nil {
		return nil, err
	}
	var ready []worker.Ready
	for range b.s.cfg.Workers {
		w, err := src.Start(ctx, b.output)
		if err != nil {
			return nil, err
		}
		bd.add(w)
		b.s.cfg.Stops.add(w)
		ready = append(ready, w.Ready())
	}
	return ready, nil
}

func asRaised(err error) *event.Raised {
	var load *worker.LoadError
	if errors.As(err, &load) {
		return load.Raised
	}
	return &event.Raised{Where: event.InLoad, Type: "snifter", Message: err.Error(), Text: err.Error()}
}

// swap makes a build of the given files the current one and lets the one before finish what it has.
func (b *builds) swap(bd *build, files []string) {
	info := bd.info
	if b.s.fresh != nil {
		b.s.fresh.set(info.Started, files) // before a request can be served by it
	}
	b.mu.Lock()
	old := b.newest
	b.newest, b.decided = bd, true
	b.mu.Unlock()
	// The build's event goes out when the status says the same, and before any exchange that it serves.
	b.s.cfg.Sink.Emit(event.Event{Kind: event.BuildDone, Payload: &info})
	b.mu.Lock()
	b.making = false
	b.mu.Unlock()
	for _, w := range bd.all() {
		go func() {
			<-w.Done()
			select {
			case b.died <- w:
			case <-b.over:
			}
		}()
	}
	b.resume()
	if old != nil {
		b.retire(old)
	}
	b.awaitHolders(bd)
	select {
	case <-b.first:
	default:
		close(b.first)
	}
}

// output is told what a worker prints that belongs to no request that is known.
func (b *builds) output(stream, text string) {
	b.s.cfg.Sink.Emit(event.Event{Kind: event.Output, Payload: &event.Text{Stream: stream, Text: text}})
}

// workers are those of the newest build.
func (b *builds) workers() []*worker.Worker {
	b.mu.Lock()
	newest := b.newest
	b.mu.Unlock()
	if newest == nil {
		return nil
	}
	return newest.all()
}

func (b *builds) status() Status {
	s := b.s
	st := Status{URL: s.URL(), Workers: s.cfg.Workers, Threads: s.cfg.Threads, Parked: len(s.cfg.Stops.Parked())}
	b.mu.Lock()
	defer b.mu.Unlock()
	st.Building, st.Runtime = b.making && !b.decided, b.runtime
	if b.newest != nil {
		st.Build = b.newest.info
		st.App = b.newest.info.App
		for _, w := range b.newest.all() {
			st.Open += w.Open()
		}
	}
	return st
}
