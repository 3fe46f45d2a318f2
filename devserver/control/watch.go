package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// interval is the shortest time between two batches of updates.
const interval = time.Second / 30

// What is kept for a watcher that does not take it. Rows are kept, merged, by the recorder.
const (
	maxVerdicts = 10_000
	maxLog      = 1_000
)

// watcher collects what does not come by the recorder.
type watcher struct {
	wake chan struct{}

	mu       sync.Mutex
	verdicts []replay.Outcome
	log      []Line
	missed   int
}

func (w *watcher) touch() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *watcher) verdict(o replay.Outcome) {
	w.mu.Lock()
	w.verdicts = append(w.verdicts, o)
	if len(w.verdicts) > maxVerdicts {
		w.verdicts = append(w.verdicts[:0], w.verdicts[len(w.verdicts)-maxVerdicts/2:]...)
	}
	w.mu.Unlock()
	w.touch()
}

func (w *watcher) line(l Line) {
	w.mu.Lock()
	w.log = append(w.log, l)
	if len(w.log) > maxLog {
		w.missed += len(w.log) - maxLog/2
		w.log = append(w.log[:0], w.log[len(w.log)-maxLog/2:]...)
	}
	w.mu.Unlock()
	w.touch()
}

// take adds what was collected to the updates.
func (w *watcher) take(u *Updates) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.missed > 0 {
		u.Output = append(u.Output, missedLine(w.missed))
	}
	u.Verdicts, u.Output = append(u.Verdicts, w.verdicts...), append(u.Output, w.log...)
	w.verdicts, w.log, w.missed = nil, nil, 0
}

func missedLine(n int) Line {
	return Line{At: time.Now(), Stream: "log", Text: fmt.Sprintf("%d lines were too many to be shown", n)}
}

// Watch implements Backend. The first batch holds the status and comes at once.
func (l *Live) Watch(ctx context.Context, f func(Updates)) error {
	return l.WatchTopics(ctx, recorder.Everything, f)
}

// WatchTopics is Watch for only some of what the recorder tells; verdicts and the log come all the same.
func (l *Live) WatchTopics(ctx context.Context, topics recorder.Topics, f func(Updates)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := &watcher{wake: make(chan struct{}, 1)}
	l.mu.Lock()
	l.watchers[w] = struct{}{}
	w.log, l.early = l.early, nil
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		delete(l.watchers, w)
		l.mu.Unlock()
	}()
	news := l.o.Recorder.SubscribeTo(topics)
	batches, failed := make(chan recorder.Batch), make(chan error, 1)
	var following sync.WaitGroup
	following.Go(func() { failed <- follow(ctx, news, batches) })
	defer following.Wait()
	defer news.Close()
	defer cancel()
	return (&delivery{live: l, watcher: w, batches: batches, failed: failed, f: f}).run(ctx)
}

// follow hands on what the recorder tells. While nobody takes it, the recorder merges.
func follow(ctx context.Context, news *recorder.Subscription, batches chan<- recorder.Batch) error {
	for {
		b, err := news.Next(ctx)
		if err != nil {
			return err
		}
		select {
		case batches <- b:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// delivery brings one watcher its updates.
type delivery struct {
	live    *Live
	watcher *watcher
	batches <-chan recorder.Batch
	failed  <-chan error
	f       func(Updates)

	pending  Updates
	shown    *Status
	stepped  uint64   // what Stepping was made of
	stepping Stepping // as it was last shown
}

func (d *delivery) run(ctx context.Context) error {
	pace := time.NewTimer(0) // the first batch waits for nothing
	defer pace.Stop()
	<-pace.C
	d.deliver(ctx)
	for {
		select {
		case b := <-d.batches:
			d.add(b)
		case <-d.watcher.wake:
		case err := <-d.failed:
			return d.ending(ctx, err)
		case <-ctx.Done():
			return ctx.Err()
		}
		d.deliver(ctx)
		pace.Reset(interval)
		select {
		case <-pace.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// ending is what Watch returns when the recorder has no more to tell.
func (d *delivery) ending(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	d.deliver(ctx)
	if errors.Is(err, io.EOF) {
		return ErrClosed
	}
	return err
}

func (d *delivery) add(b recorder.Batch) {
	d.pending.Rows = append(d.pending.Rows, b.Rows...)
	d.pending.Removed = append(d.pending.Removed, b.Removed...)
	for _, o := range b.Output {
		d.pending.Output = append(d.pending.Output, Line{At: o.At, Stream: o.Stream, Text: o.Text})
	}
	if b.Missed > 0 {
		d.pending.Output = append(d.pending.Output, missedLine(b.Missed))
	}
}

// deliver gives out what there is, if there is anything.
func (d *delivery) deliver(ctx context.Context) {
	d.watcher.take(&d.pending)
	if now := d.live.status(); d.shown == nil || !reflect.DeepEqual(now, *d.shown) {
		d.shown, d.pending.Status = &now, &now
	}
	d.step(ctx)
	u := d.pending
	if u.Status == nil && u.Stepping == nil && len(u.Rows)+len(u.Removed)+len(u.Verdicts)+len(u.Output) == 0 {
		return
	}
	d.pending = Updates{}
	d.f(u)
}

// step adds what has changed of stopping. Whether a stage that a breakpoint names is known changes without a word, so the
// breakpoints are looked at each time.
func (d *delivery) step(ctx context.Context) {
	if d.live.o.Stops == nil {
		return
	}
	stepped := d.live.stepped.Load()
	now := Stepping{Breakpoints: d.live.breakpoints.list(), Parked: d.stepping.Parked}
	if now.Parked == nil || stepped != d.stepped {
		now.Parked = d.live.parking.list(ctx)
	}
	first := d.stepping.Breakpoints == nil
	changed := !reflect.DeepEqual(now.Breakpoints, d.stepping.Breakpoints) || !reflect.DeepEqual(now.Parked, d.stepping.Parked)
	if first {
		changed = len(now.Breakpoints)+len(now.Parked) > 0
	}
	d.stepped, d.stepping = stepped, now
	if changed {
		d.pending.Stepping = &now
	}
}
