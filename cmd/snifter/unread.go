package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// unreadFor is how long what snifter still has to say may take to be read, once it is to end.
const unreadFor = time.Second

// leaving is an output that does not hold up the end: a pipe that nobody reads takes no more once it is full, and whoever
// started snifter may wait for it to end without reading. Until then it is waited for.
type leaving struct {
	w    io.Writer
	over <-chan struct{} // closed when snifter is to end
	wait time.Duration
	left atomic.Bool
}

// untilOver has the outputs take no longer than unreadFor once the context has ended.
func (s stdio) untilOver(ctx context.Context) stdio {
	s.out = &leaving{w: s.out, over: ctx.Done(), wait: unreadFor}
	s.err = &leaving{w: s.err, over: ctx.Done(), wait: unreadFor}
	return s
}

var errUnread = errors.New("nobody reads it")

func (l *leaving) Write(p []byte) (int, error) {
	if l.left.Load() {
		return 0, errUnread
	}
	type result struct {
		n   int
		err error
	}
	written := make(chan result, 1)
	p = bytes.Clone(p)
	go func() {
		// What is never read has this wait for as long as the process lives, which is at its end.
		n, err := l.w.Write(p)
		written <- result{n, err}
	}()
	select {
	case r := <-written:
		return r.n, r.err
	case <-l.over:
	}
	late := time.NewTimer(l.wait)
	defer late.Stop()
	select {
	case r := <-written:
		return r.n, r.err
	case <-late.C:
		l.left.Store(true)
		return 0, errUnread
	}
}
