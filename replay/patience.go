package replay

import (
	"context"
	"time"
)

// patient returns a context that ends for a cause after a time, which begins anew where held says that what is waited for is
// held back, as by somebody who steps through it. A nil held says that it never is. The function that is returned ends it.
func patient(ctx context.Context, most time.Duration, cause error, held func() bool) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		timer := time.NewTimer(most)
		defer timer.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-timer.C:
			}
			if held == nil || !held() {
				cancel(cause)
				return
			}
			timer.Reset(most)
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-ended
	}
}
