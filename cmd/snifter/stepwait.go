package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/safe"
)

// errWaited means that what was waited for has not come.
var errWaited = errors.New("waited for long enough")

// await asks again whenever something happens, until the answer is final, for at most so long; 0 is for as long as it
// takes.
func await(ctx context.Context, client control.Client, patience time.Duration, final func(context.Context) (bool, error)) error {
	if patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, patience, errWaited)
		defer cancel()
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	found, failed := false, error(nil)
	err := client.Watch(watching, func(control.Updates) {
		if found || failed != nil {
			return
		}
		if found, failed = final(watching); found || failed != nil {
			stop()
		}
	})
	switch {
	case found:
		return nil
	case errors.Is(context.Cause(ctx), errWaited):
		return errWaited
	case failed != nil:
		return failed
	}
	return err
}

// awaitAny waits until something is parked.
func awaitAny(ctx context.Context, client control.Client, patience time.Duration) (list []control.Parked, err error) {
	err = await(ctx, client, patience, func(ctx context.Context) (bool, error) {
		list, err = client.Parked(ctx)
		return len(list) > 0, err
	})
	if errors.Is(err, errWaited) {
		return nil, &problem{code: exitDifferent, what: "nothing was parked within " + human.Duration(patience), err: err,
			try: []string{"snifter break ls, for the breakpoints", "--timeout with a longer time"}}
	}
	return list, err
}

// awaitOne waits until a request has stopped elsewhere than at one of its stops, or is over: then it is nil, and the exchange is returned.
func awaitOne(
	ctx context.Context, client control.Client, id uint64, stop int, patience time.Duration,
) (p *control.Parked, x *recorder.Exchange, err error) {
	err = await(ctx, client, patience, func(ctx context.Context) (bool, error) {
		// In this order: a request that is parked is not over.
		if x, err = client.Exchange(ctx, id); err != nil && !errors.Is(err, recorder.ErrNoExchange) {
			return false, err
		}
		if p, err = parkedNow(ctx, client, id); err != nil {
			return false, err
		}
		if p != nil && p.Stop != stop {
			return true, nil
		}
		p = nil
		return x != nil && x.State != recorder.Open, nil
	})
	if errors.Is(err, errWaited) {
		what := fmt.Sprintf("exchange %d goes on, and has not stopped within %s", id, human.Duration(patience))
		if x == nil {
			what = fmt.Sprintf("there is no exchange %d, and none has come within %s", id, human.Duration(patience))
		}
		return nil, nil, &problem{code: exitDifferent, err: err, what: what,
			try: []string{fmt.Sprintf("snifter step %d --wait", id)}}
	}
	return p, x, err
}

// parkedNow returns a request where it is parked, nil where it is not.
func parkedNow(ctx context.Context, client control.Client, id uint64) (*control.Parked, error) {
	list, err := client.Parked(ctx)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(list, func(p control.Parked) bool { return p.ID == id })
	if at < 0 {
		return nil, nil
	}
	return &list[at], nil
}

// over says how an exchange has ended; since is what is to be said before, or "".
func over(x *recorder.Exchange, since string) string {
	text := fmt.Sprintf("exchange %d is over%s: ", x.ID, since)
	switch {
	case x.State == recorder.Aborted && x.Reason != "":
		return text + safe.Of(x.Reason).String()
	case x.Response.Status == "":
		return text + string(x.State)
	}
	return text + safe.Of(x.Response.Status).String()
}

// byTimeout says that an exchange had gone on by itself where it was parked last, "" where it had not.
func byTimeout(x *recorder.Exchange) string {
	var last *recorder.Pause
	for i := range x.Stages {
		for j := range x.Stages[i].Pauses {
			if p := &x.Stages[i].Pauses[j]; last == nil || p.AtMS > last.AtMS {
				last = p
			}
		}
	}
	if last == nil || last.Then != "timeout" {
		return ""
	}
	return ", and went on by itself after " + human.Millis(last.TookMS) + " (--pause-timeout of snifter run)"
}

// warnCrowded tells where as many requests are parked as the application has threads.
func warnCrowded(ctx context.Context, client control.Client, std stdio) error {
	s, err := client.Status(ctx)
	if threads := s.Threads * max(s.Workers, 1); err == nil && s.Parked > 0 && s.Threads > 0 && s.Parked >= threads {
		std.note("%s parked, and the application has %s; others are served by threads that were added",
			human.Of(s.Parked, "request"), human.Of(threads, "thread"))
	}
	return err
}
