//go:build unix

package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/snifter-dev/snifter/devserver/marshal"
)

// start forks a worker from the zygote, of which it starts a new one where there is none, or it is of no use any more.
func (p *Python) start(ctx context.Context, spec Spec) (*Worker, error) {
	for attempt := 0; ; attempt++ {
		z, fresh, err := p.theZygote(spec)
		if err != nil {
			return nil, fmt.Errorf("start Python: %w", err)
		}
		w, stale, err := p.forkFrom(ctx, z, spec)
		switch {
		case stale != "":
			p.drop(z)
			if attempt == 3 {
				return nil, fmt.Errorf("the libraries change while workers are started: %s", stale)
			}
		case errors.Is(err, errZygote) && !fresh && attempt < 3:
			p.drop(z)
		case errors.Is(err, errZygote):
			<-z.over
			p.drop(z)
			if last := z.printed.last(); last != "" {
				return nil, fmt.Errorf("Python %s: %s", z.child.state(), last)
			}
			return nil, fmt.Errorf("Python %s", z.child.state())
		default:
			return w, err
		}
	}
}

func (p *Python) theZygote(spec Spec) (z *zygote, fresh bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, false, errors.New("no more workers are started")
	}
	if p.zygote == nil {
		if p.zygote, err = startZygote(spec); err != nil {
			return nil, false, err
		}
		fresh = true
	}
	return p.zygote, fresh, nil
}

// drop gives a zygote up. It ends once its workers have: they are its children.
func (p *Python) drop(z *zygote) {
	p.mu.Lock()
	if p.zygote == z {
		p.zygote = nil
		p.old = slices.DeleteFunc(append(p.old, z), func(z *zygote) bool {
			select {
			case <-z.over:
				return true
			default:
				return false
			}
		})
	}
	p.mu.Unlock()
	z.retire()
}

func (p *Python) forkFrom(ctx context.Context, z *zygote, spec Spec) (w *Worker, stale string, err error) {
	var l link
	printed := &printed{output: spec.Output}
	var theirs []*os.File
	defer func() {
		for _, f := range theirs {
			_ = f.Close() // the worker has its own
		}
	}()
	fail := func(err error) (*Worker, string, error) {
		for _, f := range theirs {
			_ = f.Close()
		}
		theirs = nil
		l.close()
		printed.close()
		return nil, "", err
	}
	frames, f, err := socketPair()
	if err != nil {
		return fail(err)
	}
	l.frames, theirs = frames, append(theirs, f)
	nudge, f, err := socketPair()
	if err != nil {
		return fail(err)
	}
	l.nudge, theirs = nudge, append(theirs, f)
	for _, stream := range []string{"stdout", "stderr"} {
		f, err := printed.read(stream)
		if err != nil {
			return fail(err)
		}
		theirs = append(theirs, f)
	}
	process, stale, err := z.fork(ctx, spec.Threads, theirs...)
	if err != nil || stale != "" {
		_, _, err = fail(err)
		return nil, stale, err
	}
	for _, f := range theirs {
		_ = f.Close()
	}
	theirs = nil
	w, err = connect(ctx, spec, p.plan, l, process, printed)
	return w, "", err
}

// warm has the zygote import, once, the libraries that a worker needed.
func (p *Python) warm(libraries []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	z := p.zygote
	if z == nil || p.cold || p.closed || len(libraries) == 0 {
		return
	}
	z.mu.Lock()
	was := z.warmed
	z.warmed = true
	z.mu.Unlock()
	if was {
		return
	}
	modules, without := marshal.List{}, marshal.List{}
	for _, m := range libraries {
		modules = append(modules, m)
	}
	for _, m := range p.without {
		without = append(without, m)
	}
	err := z.tell(marshal.Dict{
		{Key: "op", Value: "warm"}, {Key: "modules", Value: modules}, {Key: "without", Value: without},
	})
	if err != nil {
		return // its end is seen by the next start
	}
	p.judging.Add(1)
	go func() {
		defer p.judging.Done()
		p.judge(z, libraries)
	}()
}

// maxWithout is how many packages are left out before no library is imported any more.
const maxWithout = 8

// judge gives up a zygote that can't be forked from safely once its libraries are imported, and readies another.
func (p *Python) judge(z *zygote, libraries []string) {
	var w warmed
	select {
	case w = <-z.warming:
	case <-z.over:
		// A library brought it down.
		p.mu.Lock()
		p.cold = true
		p.mu.Unlock()
		return
	}
	if len(w.threads) == 0 && len(w.spoiled) == 0 {
		return
	}
	p.drop(z)
	p.mu.Lock()
	for _, name := range w.threads {
		if !slices.Contains(p.without, name) {
			p.without = append(p.without, name)
		}
	}
	p.cold = len(w.spoiled) > 0 || len(p.without) > maxWithout
	p.mu.Unlock()
	if _, _, err := p.theZygote(p.workerSpec(nil)); err == nil {
		p.warm(libraries)
	}
}
