package replay

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/recorder"
)

// Runner replays exchanges and compares what becomes of them with their origins.
type Runner struct {
	Sender *Sender
	// Await returns an exchange of the target's snifter when it is done. Not used for a foreign server.
	Await func(ctx context.Context, id uint64) (*recorder.Exchange, error)
	// Foreign records what a server without snifter answered (Sender.Token is ""); nil records nothing.
	Foreign *Foreign
	Compare Options
	// Learn replays each exchange twice; what differs between the two runs is noise.
	Learn bool
	// Surgery sends the replays through the stages otherwise than their origins. The server finds it in Surgeries.
	Surgery   Surgery
	Surgeries *Surgeries
	// Moments takes an exchange apart, which Surgery.Enter needs, and who is to say which stage has changed something.
	Moments func(ctx context.Context, id uint64) (*recorder.Walk, error)
	// Timing keeps the gaps between the starts of the origins.
	Timing bool
	// CarrySession replaces recorded cookies and CSRF tokens by those that the new run hands out.
	CarrySession bool
	// Concurrency is how many are under way at once; 0 is 1, and 1000 the most. With 1 the order of the requests is kept,
	// with more only that of the outcomes. CarrySession and Timing imply 1.
	Concurrency int
	// Outcome is called for each exchange in order, from one goroutine at a time; nil for none.
	Outcome func(Result)
}

// Result is one replayed exchange.
type Result struct {
	Outcome    Outcome
	Comparison *Comparison // nil where nothing came back
	Origin     *recorder.Exchange
	Replayed   *recorder.Exchange // nil where nothing came back
}

// Summary counts verdicts.
type Summary struct {
	Same    int `json:"same"`
	Noise   int `json:"noise"`
	Changed int `json:"changed"`
	Broken  int `json:"broken"`
}

// Failed is true where anything changed or broke.
func (s Summary) Failed() bool { return s.Changed+s.Broken > 0 }

// Add counts a verdict.
func (s *Summary) Add(v Verdict) {
	switch v {
	case Same:
		s.Same++
	case Noise:
		s.Noise++
	case Changed:
		s.Changed++
	case Broken:
		s.Broken++
	}
}

const maxConcurrency = 1000

// Run replays exchanges, given oldest first. An exchange that can't be replayed is broken and does not end the run;
// an error of the sequence and the end of the context do. A [StageError] says that Surgery can be done to none of them;
// nothing was sent then. The sequence is gone through twice where there is one.
func (r *Runner) Run(ctx context.Context, exchanges iter.Seq2[*recorder.Exchange, error]) (Summary, error) {
	n := min(max(r.Concurrency, 1), maxConcurrency)
	if r.Timing || r.CarrySession {
		n = 1
	}
	if !r.Surgery.None() {
		if err := r.Surgery.possible(exchanges); err != nil {
			return Summary{}, err
		}
	}
	run := &run{Runner: r}
	if r.CarrySession {
		run.session = newSession()
	}
	if n == 1 {
		return run.inOrder(ctx, exchanges)
	}
	return run.atOnce(ctx, exchanges, n)
}

// run is one run of a Runner.
type run struct {
	*Runner
	session *session // nil where none is carried
	summary Summary
	first   time.Time // when the first origin started, for Timing
	began   time.Time
}

func (r *run) report(res Result) {
	r.summary.Add(res.Outcome.Verdict)
	if r.Outcome != nil {
		r.Outcome(res)
	}
}

func (r *run) inOrder(ctx context.Context, exchanges iter.Seq2[*recorder.Exchange, error]) (Summary, error) {
	for x, err := range exchanges {
		if err != nil {
			return r.summary, err
		}
		if err := r.pace(ctx, x); err != nil {
			return r.summary, err
		}
		res := r.one(ctx, x)
		if err := ctx.Err(); err != nil {
			return r.summary, err
		}
		r.report(res)
	}
	return r.summary, ctx.Err()
}

// pace waits until it is this exchange's turn by the recorded gaps.
func (r *run) pace(ctx context.Context, x *recorder.Exchange) error {
	if !r.Timing {
		return ctx.Err()
	}
	if r.began.IsZero() {
		r.first, r.began = x.Started, time.Now()
	}
	wait := time.NewTimer(x.Started.Sub(r.first) - time.Since(r.began))
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// atOnce keeps n requests under way and reports in order: each exchange has a place in a queue of results, which is
// as long as n, so a slow one holds up the sending and not the memory.
func (r *run) atOnce(ctx context.Context, exchanges iter.Seq2[*recorder.Exchange, error], n int) (Summary, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	queue := make(chan chan Result, n-1) // and the one that the reporting loop waits for
	var failed error
	var workers sync.WaitGroup
	go func() {
		defer close(queue)
		defer workers.Wait()
		for x, err := range exchanges {
			if err != nil {
				failed = err
				return
			}
			place := make(chan Result, 1)
			select {
			case queue <- place:
			case <-ctx.Done():
				return
			}
			workers.Go(func() { place <- r.one(ctx, x) })
		}
	}()
	for place := range queue {
		res := <-place
		if ctx.Err() == nil {
			r.report(res)
		}
	}
	return r.summary, errors.Join(failed, ctx.Err())
}

// one replays one exchange, twice where noise is learned, and once more through all stages where some are left out.
func (r *run) one(ctx context.Context, x *recorder.Exchange) Result {
	op, err := r.operation(ctx, x)
	if err != nil {
		return broke(x, err)
	}
	replayed, note, err := r.send(ctx, x, op)
	if err != nil {
		return broke(x, err)
	}
	if err := refusal(replayed); err != nil {
		return undone(x, replayed, err)
	}
	opts := r.Compare
	var again []*recorder.Exchange
	if r.Learn {
		second, _, err := r.send(ctx, x, op)
		if err != nil {
			return broke(x, fmt.Errorf("the second run: %w", err))
		}
		opts.Masks = opts.Masks.merge(Learn(replayed, second, opts))
		again = append(again, second)
	}
	var whole *recorder.Exchange
	if op != nil {
		if whole, _, err = r.send(ctx, x, nil); err != nil {
			return broke(x, fmt.Errorf("the run through all stages: %w", err))
		}
		if err := op.possible(x, whole); err != nil {
			return undone(x, replayed, err)
		}
		opts.Masks = opts.Masks.merge(learnWhole(x, whole, replayed, opts))
	}
	c := Compare(x, replayed, opts)
	if note != "" {
		c.Reasons = append(c.Reasons, note)
	}
	if did := x.ByHand(); did != "" {
		c.Reasons = append(c.Reasons, "the origin was "+did)
	}
	if r.session != nil {
		r.session.learn(x, replayed)
		if whole != nil { // it has what a stage that is left out hands out
			r.session.learn(x, whole)
		}
	}
	res := Result{
		Outcome:    Outcome{ID: replayed.ID, Origin: x.ID, Verdict: c.Verdict, Reasons: c.Reasons},
		Comparison: c, Origin: x, Replayed: replayed,
	}
	if again != nil {
		res.Outcome.Again = again[0].ID
	}
	if op != nil {
		res.Outcome.Whole = whole.ID
		c.Worth = worth(op, x, whole, replayed, c)
		res.Outcome.Worth = c.Worth
	} else if (c.Verdict == Changed || c.Verdict == Broken) && r.Moments != nil {
		c.Found = r.found(ctx, x, replayed, LearnFrom(replayed, again, opts))
	}
	return res
}

// found says which stage makes the difference between an exchange and its replay, nothing where that can't be known.
func (r *run) found(ctx context.Context, x, replayed *recorder.Exchange, o Options) []string {
	var both [2]Passage
	for i, of := range []*recorder.Exchange{x, replayed} {
		walk, err := r.Moments(ctx, of.ID)
		if err != nil {
			return nil
		}
		both[i] = Passage{Exchange: of, Walk: walk}
	}
	b, err := Bisect(both[0], both[1], o)
	if err != nil || b.Same() {
		return nil
	}
	return b.Found
}

func broke(x *recorder.Exchange, err error) Result {
	return Result{Outcome: Outcome{Origin: x.ID, Verdict: Broken, Reasons: []string{err.Error()}}, Origin: x}
}

// undone is a replay that was made, but not with the stages left out that were to be.
func undone(x, replayed *recorder.Exchange, err error) Result {
	res := broke(x, err)
	res.Outcome.ID, res.Replayed = replayed.ID, replayed
	res.Comparison = incomparable(x, replayed, err)
	return res
}

// asReceived is the note on a replay that the server at the target recorded without saying under which id, or not at
// all: it refuses a request whose head is malformed before it looks at its fields.
const asReceived = "the server did not say which exchange this became: compared with the response as it was received"

// send sends one request and returns the exchange that it became.
func (r *run) send(
	ctx context.Context, x *recorder.Exchange, op *operation,
) (replayed *recorder.Exchange, note string, err error) {
	q, err := newRequest(x)
	if err != nil {
		return nil, "", err
	}
	if r.session != nil {
		kind, _ := headerValue(x.Request.Headers, "Content-Type")
		r.session.apply(q, kind)
	}
	key := ""
	if op != nil && (op.Enter != "" || len(op.Skip) > 0) {
		var remove func()
		key, remove = r.Surgeries.add(op.Surgery)
		defer remove()
	}
	received, err := r.Sender.send(ctx, q, x.ID, key)
	if err != nil {
		return nil, "", err
	}
	switch {
	case r.Sender.Token == "":
		return r.Foreign.record(received, x.ID, r.Sender.Target.TLS), "", nil
	case received.ID == 0 || r.Await == nil:
		return (*Foreign)(nil).record(received, x.ID, r.Sender.Target.TLS), asReceived, nil
	}
	replayed, err = r.Await(ctx, received.ID)
	if err != nil {
		return nil, "", fmt.Errorf("exchange %d, which the replay became: %w", received.ID, err)
	}
	return replayed, "", nil
}
