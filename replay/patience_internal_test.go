package replay

import (
	"context"
	"errors"
	"testing"
	"time"
)

// What is held back has its time anew, as often as it is; then it has ended for its cause.
func TestPatience(t *testing.T) {
	late, asked := errors.New("too late"), 0
	ctx, stop := patient(t.Context(), time.Millisecond, late, func() bool {
		asked++
		return asked < 4
	})
	<-ctx.Done()
	stop()
	if cause := context.Cause(ctx); cause != late || asked != 4 {
		t.Errorf("%v, after it was asked %d times", cause, asked)
	}
	ctx, stop = patient(t.Context(), time.Hour, late, nil)
	stop()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		t.Error(cause)
	}
}
