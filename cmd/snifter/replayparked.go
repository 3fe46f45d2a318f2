package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/safe"
)

// parkedReplays tells of replays that stop at a breakpoint of the server that is replayed against: until somebody has them go
// on, the command has nothing else to show.
type parkedReplays struct {
	std    stdio
	json   bool     // a line for each, too
	ids    []uint64 // of what is replayed; none for a filter
	origin map[uint64]uint64
	told   map[uint64]int // the stops of those that were told of
	parked []control.Parked
	err    error // of writing; nothing is written after it
}

// parkedReplayLine is the line of `run --headless --json` for what is parked, with what it is the replay of.
type parkedReplayLine struct {
	parkedLine
	Origin uint64 `json:"origin"`
}

// tellParked tells of replays that are parked until the function that it returns is called. Its error is that of writing.
func tellParked(ctx context.Context, client control.Client, ids []uint64, std stdio, json bool) (stop func() error) {
	p := &parkedReplays{std: std, json: json, ids: ids, origin: map[uint64]uint64{}, told: map[uint64]int{}}
	ctx, cancel := context.WithCancel(ctx)
	begun := make(chan struct{})
	begin := sync.OnceFunc(func() { close(begun) })
	var watching sync.WaitGroup
	watching.Go(func() {
		defer begin() // what can't be watched can be replayed all the same
		_ = client.Watch(ctx, func(u control.Updates) {
			begin() // the first batch comes at once: no row of a replay is missed from then on
			p.updates(u)
		})
	})
	<-begun
	return func() error {
		cancel()
		watching.Wait()
		return p.err
	}
}

func (p *parkedReplays) updates(u control.Updates) {
	for i := range u.Rows {
		if r := &u.Rows[i]; r.Origin != nil && (len(p.ids) == 0 || slices.Contains(p.ids, *r.Origin)) {
			p.origin[r.ID] = *r.Origin
		}
	}
	if u.Stepping != nil {
		p.parked = u.Stepping.Parked
	}
	for i := range p.parked {
		q := &p.parked[i]
		// Its row may come with a later update.
		if origin, ours := p.origin[q.ID]; ours && p.told[q.ID] != q.Stop {
			p.told[q.ID] = q.Stop
			p.tell(q, origin)
		}
	}
}

func (p *parkedReplays) tell(q *control.Parked, origin uint64) {
	p.std.note("the replay of %d is parked: %d %s %s at %s; `snifter step %d continue` has it go on%s", origin, q.ID,
		safe.Of(q.Method), safe.Of(q.Target), whereOf(q), q.ID, byItself(q, time.Now()))
	if p.json && p.err == nil {
		p.err = writeJSON(p.std.out, parkedReplayLine{parkedLineOf(q), origin})
	}
}

// byItself says when a request goes on by itself, if it does.
func byItself(p *control.Parked, now time.Time) string {
	if p.Until == nil {
		return ""
	}
	return "; it goes on by itself in " + human.Duration(max(p.Until.Sub(now), 0))
}
