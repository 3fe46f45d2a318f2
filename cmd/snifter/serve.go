package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
	"github.com/snifter-dev/snifter/tui"
	"github.com/snifter-dev/snifter/tui/safe"
)

// runHeadless serves and prints a line for each thing that happens, until the context ends.
func (o *serveOptions) runHeadless(ctx context.Context, plan servePlan, std stdio) error {
	// Whoever reads the lines may go: then writing fails, and snifter ends in order instead of by the signal.
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	defer signal.Stop(pipe)
	std = std.untilOver(ctx)

	plan.log = newLog(o.level(), func(l control.Line) { std.note("%s", safe.Of(l.Text)) })
	plan.terminal = lend(plan.log)
	defer plan.terminal.close()
	defer plan.terminal.agree()()
	h := newHeadless(std, bool(o.json))
	if !o.withSecrets {
		h.redactor = recorder.NewRedactor([]byte(rand.Text()))
	}
	std.note("%s", safe.Of(plan.app.String()))
	s, err := o.start(ctx, plan)
	if err != nil {
		return err
	}
	topics := recorder.EndedExchanges | recorder.BuildEvents | recorder.OutputLines
	if !o.json {
		topics |= recorder.SaidLines
	}
	changes := s.recorder.SubscribeTo(topics)
	defer changes.Close()
	failed := make(chan error, 1)
	var printing sync.WaitGroup
	if err = s.built(ctx, bool(o.reload)); err == nil {
		ready := readyLine{URL: s.server.URL(), Capture: s.capture, Control: s.serveControl(plan.log), PID: os.Getpid()}
		if err = h.ready(ready, s.app.found.LoadedAs(s.server.Status().Build.Name)); err == nil {
			s.tellUnmet(ctx, func(text string) { std.note("%s", text) })
			s.watch(h.updates)
			s.replayMarked(plan.log, replay.Manner{})
			printing.Go(func() { failed <- h.follow(context.WithoutCancel(ctx), changes) })
			select {
			case <-ctx.Done():
			case <-s.ended.Done():
			case err = <-failed:
			}
		}
	}
	// What ends while the server drains is printed too: the subscription ends with the recorder.
	err = errors.Join(err, s.close())
	printing.Wait()
	if err == nil && ctx.Err() != nil {
		return stopped(ctx)
	}
	return err
}

// lend makes what lends the terminal to debuggers, nil where that can't be done.
func lend(log *slog.Logger) *lender {
	l, err := newLender()
	if err != nil {
		log.Warn("debuggers have no terminal", "error", err)
	}
	return l
}

// runScreen serves behind the workbench, until it is left or the context ends.
func (o *serveOptions) runScreen(ctx context.Context, plan servePlan, std stdio) error {
	std.note("%s", safe.Of(plan.app.String()))
	var s *serving
	var lines sync.Mutex
	var early []control.Line // until there is a server to tell of them
	plan.log = newLog(o.level(), func(l control.Line) {
		lines.Lock()
		defer lines.Unlock()
		if s == nil {
			early = append(early, l)
			return
		}
		s.backend.Log(l)
	})
	plan.terminal = lend(plan.log)
	defer plan.terminal.close()
	open := plan.terminal.agree()
	defer open()
	started, err := o.start(ctx, plan)
	if err != nil {
		return err
	}
	lines.Lock()
	s = started
	for _, l := range early {
		s.backend.Log(l)
	}
	lines.Unlock()
	if err := s.built(ctx, bool(o.reload)); err != nil {
		return errors.Join(err, s.close())
	}
	s.serveControl(plan.log)
	s.tellUnmet(ctx, func(text string) {
		s.backend.Log(control.Line{At: time.Now(), Stream: "log", Text: "warning: " + text, Urgent: true})
	})
	s.replayMarked(plan.log, replay.Manner{Learn: true})
	if plan.began != nil {
		plan.began(s)
	}
	screen, leave := context.WithCancel(ctx)
	defer leave()
	defer context.AfterFunc(s.ended, leave)()
	open()
	err = openWorkbench(screen, control.InProcess(s.backend), o.theme.word, plan.terminal, std)
	plan.terminal.close()
	if errors.Is(err, tui.ErrNoTerminal) {
		return errors.Join(err, s.close())
	}
	if err := errors.Join(err, s.close()); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return stopped(ctx)
	}
	return nil
}

// openWorkbench shows the workbench until it is left. It gives way to the debuggers of a lender, or nil.
func openWorkbench(ctx context.Context, client control.Client, theme string, terminal *lender, std stdio) error {
	defer client.Close()
	o := tui.Options{In: std.in, Out: std.out, Term: std.getenv("TERM"), NoColor: std.getenv("NO_COLOR") != "", Theme: theme}
	if terminal != nil {
		o.Loans = terminal.loans
	}
	err := tui.Run(ctx, client, o)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// stopped is how a server that was told to end has ended. SIGTERM and SIGHUP are what supervisors and terminals send
// to have it end: then all is fine. Ctrl-C is an interrupt.
func stopped(ctx context.Context) error {
	cause := context.Cause(ctx)
	var i *interrupted
	if errors.As(cause, &i) && i.signal != os.Interrupt {
		return errEnded
	}
	return cause
}

// errEnded is the end of a server that was asked to end.
var errEnded = errors.New("ended as it was told to")

// built waits for the first build. It returns an error where the application can't be loaded and no save will mend
// that: it reloads nothing, or the fault is not in the application's sources but in what was asked for.
func (s *serving) built(ctx context.Context, reload bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ended, cancel)()
	if err := s.server.Built(ctx); err != nil {
		return nil // the server ends, and says why
	}
	failed := s.server.Status().Build.Failed
	if failed == nil || reload && s.inSources(failed) {
		return nil
	}
	return &problem{code: exitNotLoaded, where: s.app.found.Description,
		what: "the application could not be loaded\n" + safeLines(raisedText(failed)),
		try:  notLoadedHints(s.app, failed)}
}

// inSources tells whether an exception rose in the application's own sources, where an edit can mend it.
func (s *serving) inSources(r *event.Raised) bool {
	for ; r != nil; r = r.Cause {
		for _, f := range r.Frames {
			if rel, err := filepath.Rel(s.app.dir(), f.File); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
				return true
			}
		}
	}
	return false
}

func notLoadedHints(a *application, r *event.Raised) []string {
	if a.isGo() {
		return nil
	}
	if r.Type == "ModuleNotFoundError" {
		return []string{"--python with the interpreter or environment that has the module; this is " + a.interpreter.Path,
			"--app-dir with the folder that the module is in"}
	}
	return nil
}

// safeLines makes text from the application fit for the terminal, line by line.
func safeLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		fmt.Fprintln(&b, safe.Body(trimEnd(line)))
	}
	return strings.TrimRight(b.String(), "\n")
}

// watch calls f with what does not come by the recorder, until the server has ended: what replays find from now on,
// whoever asked for them, and what is parked.
func (s *serving) watch(f func(control.Updates)) {
	watching := make(chan struct{})
	begun := sync.OnceFunc(func() { close(watching) })
	s.owned.Go(func() {
		defer begun()
		_ = s.backend.WatchTopics(s.ended, 0, func(u control.Updates) {
			begun() // the first batch comes at once
			f(u)
		})
	})
	<-watching
}

// replayMarked replays the marked exchanges after each build, the first included, for as long as the server runs. A
// build that comes meanwhile begins anew. One that only replaces a worker that ended by itself is passed over: where a
// marked exchange is what ended it, there would be no end to it.
func (s *serving) replayMarked(log *slog.Logger, manner replay.Manner) {
	changes := s.changes
	s.owned.Go(func() {
		stop := func() {}
		var replaying sync.WaitGroup
		defer func() {
			stop()
			replaying.Wait()
		}()
		for {
			batch, err := changes.Next(s.ended)
			if err != nil {
				return
			}
			for _, e := range batch.Builds {
				b, ok := e.Payload.(*event.Build)
				if !ok || e.Kind != event.BuildDone || b.Failed != nil || b.Replaces {
					continue
				}
				stop()
				replaying.Wait()
				once, cancel := context.WithCancel(s.stopping)
				stop = cancel
				replaying.Go(func() {
					if _, err := s.backend.Replay(once, control.ReplayQuery{Filter: "~marked", Manner: manner}); err != nil && once.Err() == nil {
						log.Warn("the marked exchanges could not be replayed", "why", err)
					}
				})
			}
		}
	})
}
