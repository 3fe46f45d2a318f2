package devserver

import (
	"context"
	"errors"
	"fmt"
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
	asked chan string   // why a build is wanted; merged while one is wanted already
	first chan struct{} // closed when the first build is decided
	died  chan *worker.Worker
	over  chan struct{} // closed when run ends

	// current answers requests; nil while they must wait.
	current atomic.Pointer[build]

	mu      sync.Mutex
	newest  *build // the newest that was decided, nil before the first
	making  bool
	waiting []*exchange
	stopped bool
	runtime string
	hung    map[*worker.Worker]int // requests that took too long and have not ended

	retired []*worker.Worker // workers of builds gone by, until they have ended, oldest first; guarded by mu
}

// build is one load of the application.
type build struct {
	info    event.Build
	objects map[string]string
	failed  *event.Raised // set: every request is answered with it

	mu      sync.Mutex
	workers []*worker.Worker
}

func newBuilds(s *Server) *builds {
	return &builds{
		s: s, asked: make(chan string, 1), first: make(chan struct{}),
		hung: map[*worker.Worker]int{}, died: make(chan *worker.Worker), over: make(chan struct{}),
	}
}

// ask wants a new build. Wishes that come while one is pending are one.
func (b *builds) ask(why string) {
	for {
		select {
		case b.asked <- why:
			return
		default:
		}
		select {
		case earlier := <-b.asked:
			if earlier != why && !strings.Contains(earlier, why) {
				why = earlier + ", " + why
			}
		default:
		}
	}
}

// dispatch hands a request to the current build, or has it wait for the next.
func (b *builds) dispatch(x *exchange) {
	if cur := b.current.Load(); cur != nil && cur.take(x) {
		return
	}
	b.mu.Lock()
	// Looked at again under the lock, since a build may have been decided meanwhile; its workers may also all be
	// gone, and then run will know it in a moment.
	if cur := b.current.Load(); cur != nil {
		b.mu.Unlock()
		if cur.take(x) {
			return
		}
		b.mu.Lock()
	}
	full := len(b.waiting) >= b.s.cfg.Waiting
	stopped := b.stopped
	if !full && !stopped {
		b.waiting = append(b.waiting, x)
	}
	b.mu.Unlock()
	switch {
	case stopped:
		x.answer(&page{Status: "503 Service Unavailable", Title: "snifter is stopping"})
	case full:
		x.answer(&page{Status: "503 Service Unavailable",
			Title: fmt.Sprintf("over %d requests wait for the application to be rebuilt", b.s.cfg.Waiting)})
	default:
		x.waitAtMost(b.s.cfg.WaitingTime)
		// A build that was decided between the look above and the queue has not seen this request.
		if cur := b.current.Load(); cur != nil {
			b.release(cur)
		}
	}
}

// suspect has requests wait while changed finds out whether the sources have changed. If they have, changed's true
// means that a build was asked for, or is about to be.
func (b *builds) suspect(changed func() bool) {
	b.mu.Lock()
	if b.making || b.stopped || b.newest == nil {
		b.mu.Unlock()
		return
	}
	b.current.Store(nil)
	b.mu.Unlock()
	go func() {
		if changed() {
			return
		}
		b.mu.Lock()
		cur := b.newest
		resume := !b.making && !b.stopped
		if resume {
			b.current.Store(cur)
		}
		b.mu.Unlock()
		if resume {
			b.release(cur)
		}
	}()
}

// release hands the waiting requests, in their order, to a build.
func (b *builds) release(cur *build) {
	b.mu.Lock()
	waiting := b.waiting
	b.waiting = nil
	b.mu.Unlock()
	for i, x := range waiting {
		if !cur.take(x) {
			b.mu.Lock()
			b.waiting = append(append([]*exchange(nil), waiting[i:]...), b.waiting...)
			b.mu.Unlock()
			return
		}
	}
}

// take serves a request by this build, and says whether it could.
func (bd *build) take(x *exchange) bool {
	if bd.failed != nil {
		x.begin(bd)
		x.answer(&page{
			Status: "500 Internal Server Error", Title: "The application could not be loaded", Raised: bd.failed,
			Hint: "The next save that mends it is served at once.", Build: bd.info.ID,
			Language: bd.info.Language,
		})
		return true
	}
	for _, w := range bd.byLoad() {
		// A worker that was stopped or has died takes none; run learns of its end by itself.
		if x.sendTo(bd, w) {
			return true
		}
	}
	return false
}

// byLoad lists the workers, the least busy first.
func (bd *build) byLoad() []*worker.Worker {
	ws := bd.all()
	if len(ws) > 1 {
		open := make(map[*worker.Worker]int, len(ws))
		for _, w := range ws {
			open[w] = w.Open()
		}
		slices.SortStableFunc(ws, func(a, b *worker.Worker) int { return open[a] - open[b] })
	}
	return ws
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
		again  string
	)
	start := func(why string) {
		b.mu.Lock()
		b.making = true
		b.current.Store(nil)
		b.mu.Unlock()
		var c context.Context
		c, making = context.WithCancel(ctx)
		result = make(chan made, 1)
		id := b.s.cfg.NextBuild()
		go func(out chan<- made) { out <- b.make(c, id, why) }(result)
	}
	start("start")
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
				again = merge(again, why)
				continue
			}
			start(why)
		case m := <-result:
			making()
			result = nil
			if again != "" {
				// Decided or not, it is of sources that have changed since.
				if m.build != nil {
					b.retire(m.build)
				}
				why := again
				again = ""
				start(why)
				continue
			}
			if m.stopped {
				continue
			}
			b.swap(m.build)
			files := b.s.cfg.Source.Files()
			if len(m.ready) > 0 {
				files = append(files, m.ready[0].Files...)
			}
			for f := m.build.failed; f != nil; f = f.Cause {
				for _, frame := range f.Frames {
					files = append(files, frame.File)
				}
			}
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
			if pause := deaths.pause(time.Now()); pause > 0 {
				time.AfterFunc(pause, func() { b.ask("a worker ended by itself: " + w.Exit()) })
				continue
			}
			start("a worker ended by itself: " + w.Exit())
		}
	}
}

func merge(a, b string) string {
	if a == "" || a == b {
		return b
	}
	return a + ", " + b
}

// deaths spaces out the replacement of workers that end by themselves over and over.
type deaths struct {
	last time.Time
	row  int
}

func (d *deaths) pause(now time.Time) time.Duration {
	if now.Sub(d.last) > 10*time.Second {
		d.row = 0
	}
	d.last = now
	d.row++
	if d.row <= 3 {
		return 0
	}
	return min(50*time.Millisecond<<(d.row-4), 5*time.Second)
}

// make loads the application in as many workers as are wanted. The first failure decides.
func (b *builds) make(ctx context.Context, id int, why string) made {
	info := event.Build{ID: id, Why: why, Started: time.Now(), Language: b.s.cfg.Source.Language()}
	begun := info
	b.s.cfg.Sink.Emit(event.Event{Kind: event.Building, Payload: &begun})
	bd := &build{info: info}
	ready, err := b.load(ctx, bd)
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
	bd.info.App = ready[0].App
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

// hangs counts the requests that a worker does not finish. One that hangs with every thread is of no use any more.
func (b *builds) hangs(w *worker.Worker, n int) {
	b.mu.Lock()
	b.hung[w] += n
	stuck := b.hung[w] >= b.s.cfg.Threads
	if b.hung[w] <= 0 || stuck {
		delete(b.hung, w)
	}
	b.mu.Unlock()
	if stuck {
		b.s.cfg.Log.Warn("a worker is ended, since all its threads hang", "pid", w.PID())
		w.Stop() // it takes no more
		w.Kill()
	}
}

// swap makes a build the current one and lets the one before finish what it has.
func (b *builds) swap(bd *build) {
	info := bd.info
	b.mu.Lock()
	old := b.newest
	b.newest = bd
	b.making = false
	b.mu.Unlock()
	// The build's event goes out before any exchange that it serves.
	b.s.cfg.Sink.Emit(event.Event{Kind: event.BuildDone, Payload: &info})
	for _, w := range bd.all() {
		go func() {
			<-w.Done()
			select {
			case b.died <- w:
			case <-b.over:
			}
		}()
	}
	b.current.Store(bd)
	b.release(bd)
	if old != nil {
		b.retire(old)
	}
	select {
	case <-b.first:
	default:
		close(b.first)
	}
}

// mostRetired bounds the workers of old builds that still have requests: each save would leave another behind where a
// request never ends.
const mostRetired = 16

// retire lets a build's workers finish what they have and end. The oldest of too many is ended at once.
func (b *builds) retire(bd *build) {
	for _, w := range bd.all() {
		b.mu.Lock()
		b.retired = append(b.retired, w)
		var oldest *worker.Worker
		if len(b.retired) > mostRetired {
			oldest = b.retired[0]
		}
		b.mu.Unlock()
		w.Stop()
		if oldest != nil {
			b.s.cfg.Log.Warn("a worker of an old build is ended: its requests do not end", "pid", oldest.PID())
			oldest.Kill()
		}
		go func() {
			<-w.Done()
			b.mu.Lock()
			b.retired = slices.DeleteFunc(b.retired, func(o *worker.Worker) bool { return o == w })
			b.mu.Unlock()
		}()
	}
}

// end waits until every worker that was retired has ended, and kills those that have not when patience is over: a
// request that hangs would keep its worker for ever.
func (b *builds) end(patience time.Duration) {
	b.mu.Lock()
	left := slices.Clone(b.retired)
	b.mu.Unlock()
	late := time.NewTimer(patience)
	defer late.Stop()
	for _, w := range left {
		select {
		case <-w.Done():
			continue
		case <-late.C:
			late.Reset(0)
		}
		w.Kill()
		<-w.Done()
	}
}

// output is told what a worker prints that belongs to no request that is known.
func (b *builds) output(stream, text string) {
	b.s.cfg.Sink.Emit(event.Event{Kind: event.Output, Payload: &event.Text{Stream: stream, Text: text}})
}

func (b *builds) shutdown() {
	close(b.over)
	b.mu.Lock()
	b.stopped = true
	b.current.Store(nil)
	waiting := b.waiting
	b.waiting = nil
	newest := b.newest
	b.mu.Unlock()
	for _, x := range waiting {
		x.answer(&page{Status: "503 Service Unavailable", Title: "snifter is stopping"})
	}
	if newest != nil {
		b.retire(newest)
	}
}

func (b *builds) status() Status {
	s := b.s
	st := Status{URL: s.URL(), Workers: s.cfg.Workers, Threads: s.cfg.Threads}
	b.mu.Lock()
	defer b.mu.Unlock()
	st.Building, st.Runtime = b.making, b.runtime
	if b.newest != nil {
		st.Build = b.newest.info
		st.App = b.newest.info.App
		for _, w := range b.newest.all() {
			st.Open += w.Open()
		}
	}
	return st
}
