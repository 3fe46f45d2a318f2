package replay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/snifter-dev/snifter/recorder"
)

// awaitTime is how long a recorder may take to have an exchange whose response has come.
const awaitTime = 10 * time.Second

// AwaitIn returns the Await of a Runner whose target records into a recorder of this process. held says that the target holds
// an exchange back, at a breakpoint; nil is never.
func AwaitIn(r *recorder.Recorder, held func(id uint64) bool) func(ctx context.Context, id uint64) (*recorder.Exchange, error) {
	return func(ctx context.Context, id uint64) (*recorder.Exchange, error) {
		heldNow := func() bool { return held != nil && held(id) }
		ctx, cancel := patient(ctx, awaitTime, errors.New("its recording did not end"), heldNow)
		defer cancel()
		news := r.SubscribeTo(recorder.EndedExchanges) // before looking, so that nothing happens in between
		defer news.Close()
		for {
			x, err := r.Exchange(ctx, id)
			switch {
			case err == nil && x.State != recorder.Open:
				return x, nil
			case err != nil && ctx.Err() != nil:
				return nil, context.Cause(ctx)
			case err != nil && !errors.Is(err, recorder.ErrNoExchange):
				return nil, err
			}
			if err := ended(ctx, news, id); err != nil {
				return nil, err
			}
		}
	}
}

// ended waits until an exchange is among those that are over.
func ended(ctx context.Context, news *recorder.Subscription, id uint64) error {
	for {
		batch, err := news.Next(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return fmt.Errorf("following the recorder: %w", err)
		}
		if batch.Missed > 0 { // it may be among them
			return nil
		}
		for i := range batch.Rows {
			if batch.Rows[i].ID == id && batch.Rows[i].State != recorder.Open {
				return nil
			}
		}
	}
}
