package devserver

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/devserver/http1"
	"github.com/snifter-dev/snifter/devserver/watch"
)

// Run serves until the context ends, then lets requests under way finish for at most DrainTime, and returns when every
// worker has ended. An error is one of a listener or of the watch.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	loaded := func(time.Time, []string) {}
	var changes <-chan watch.Batch
	if s.cfg.Reload {
		opts := s.cfg.Watch
		if opts.Trouble == nil {
			opts.Trouble = func(err error) { s.cfg.Log.Warn("watching for changes", "trouble", err) }
		}
		w, err := watch.New(opts)
		if err != nil {
			s.closeListeners()
			return errors.Join(fmt.Errorf("watch for changes: %w", err), s.cfg.Source.Close())
		}
		defer w.Close()
		changes = w.Batches()
		s.watcher, s.fresh = w, newFreshness()
		s.fresh.also(w.Files())
		defer s.fresh.close()
		loaded = func(started time.Time, files []string) {
			if err := w.AddFiles(started, files...); err != nil && !errors.Is(err, watch.ErrClosed) {
				s.cfg.Log.Warn("watching the files that were loaded", "trouble", err)
			}
			s.fresh.also(w.Files())
		}
		if source, ok := s.cfg.Source.(lateSource); ok {
			late := newLateFiles()
			defer late.close()
			source.onLater(func(files []string) {
				s.fresh.add(files)
				late.add(func() error { return w.AddFiles(time.Now(), files...) })
			}, func(file string, source []byte) {
				s.fresh.add([]string{file})
				late.add(func() error { return w.AddCompiled(file, source) })
			})
		}
	}

	buildsCtx, endBuilds := context.WithCancel(context.WithoutCancel(ctx))
	defer endBuilds()
	var owned sync.WaitGroup
	owned.Go(func() { s.builds.run(buildsCtx, loaded) })
	owned.Go(func() { s.follow(buildsCtx, changes) })

	// The connections outlive ctx, so that what is under way can be finished.
	serving, endServing := context.WithCancel(context.WithoutCancel(ctx))
	defer endServing()
	servers := make([]*http1.Server, len(s.cfg.Listeners))
	for i, l := range s.cfg.Listeners {
		servers[i] = &http1.Server{
			Handler: &gateway{s: s, gate: newGate(l.Addr(), s.cfg.Threads > 1, s.cfg.Workers > 1, s.trust)},
			Limits:  s.cfg.Limits, TLS: s.cfg.TLS, ServerHeader: software, Log: s.cfg.Log,
		}
		owned.Go(func() {
			if err := servers[i].Serve(serving, l); err != nil {
				cancel(fmt.Errorf("listen on %s: %w", l.Addr(), err))
			}
		})
	}

	<-ctx.Done()
	s.cfg.Stops.release()
	drain, endDrain := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.DrainTime)
	defer endDrain()
	var closing sync.WaitGroup
	for _, h := range servers {
		// Its error is that connections had to be cut: their exchanges say so.
		closing.Go(func() { _ = h.Shutdown(drain) })
	}
	closing.Wait()
	endBuilds()
	owned.Wait()
	s.builds.end(endPatience)
	err := s.cfg.Source.Close()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

func (s *Server) closeListeners() {
	for _, l := range s.cfg.Listeners {
		_ = l.Close()
	}
}

// follow turns changes of files into builds.
func (s *Server) follow(ctx context.Context, changes <-chan watch.Batch) {
	for {
		select {
		case <-ctx.Done():
			return
		case batch, ok := <-changes:
			if !ok {
				return
			}
			s.builds.ask(wish{why: whyChanged(batch.Files), batch: batch.Number})
		}
	}
}

// checkFresh has requests wait where a source was written since the build was loaded, until the watcher has judged
// whether its contents changed.
func (s *Server) checkFresh() {
	if s.fresh == nil {
		return
	}
	s.fresh.look(func(stale []string) {
		s.builds.suspect(func() (batch int) {
			ctx, cancel := context.WithTimeout(context.Background(), examineAtMost)
			defer cancel()
			// Without an answer the notification of the change, which comes by itself, has to do.
			batch, _ = s.watcher.Examine(ctx, stale...)
			return batch
		})
	})
}

// endPatience is how long workers may take to end once their requests were cut off. With the default of DrainTime it
// leaves no worker 2 s after a signal.
const endPatience = 500 * time.Millisecond

// examineAtMost bounds how long requests wait for the judgement of the watcher, should it never come.
const examineAtMost = 2 * time.Second

// whyChanged names the files of a change, as short as they can be told apart.
func whyChanged(files []string) string {
	const most = 3
	names := make([]string, 0, most)
	for i, f := range files {
		if i == most {
			return strings.Join(names, ", ") + fmt.Sprintf(" and %d more", len(files)-most)
		}
		names = append(names, filepath.Join(filepath.Base(filepath.Dir(f)), filepath.Base(f)))
	}
	return strings.Join(names, ", ")
}
