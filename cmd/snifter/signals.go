package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// interrupted is the cause of a context that a signal ended.
type interrupted struct{ signal os.Signal }

func (i *interrupted) Error() string { return "interrupted by " + i.signal.String() }

// withSignals returns a context that the first SIGINT, SIGTERM or SIGHUP ends, with an *interrupted as its cause. Then
// what is under way is brought to an end; a second signal, sent by who does not want to wait for that, has the
// system's own effect. SIGTSTP is left alone, and so is a SIGHUP that whoever started snifter had ignored (nohup).
func withSignals(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	caught := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		caught = append(caught, syscall.SIGHUP)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, caught...)
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		select {
		case s := <-signals:
			signal.Reset(caught...)
			cancel(&interrupted{s})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
		<-finished
	}
}
