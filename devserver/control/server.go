package control

import (
	"context"
	"errors"
	"net"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// Backend does what a Client asks for. Its methods are Client's, and may be called from any goroutine.
type Backend interface {
	Status(ctx context.Context) (Status, error)
	Rows(ctx context.Context, q Query) (Page, error)
	Exchange(ctx context.Context, id uint64) (*recorder.Exchange, error)
	Compare(ctx context.Context, a, b uint64) (*replay.Comparison, error)
	Replay(ctx context.Context, q ReplayQuery) ([]replay.Outcome, error)
	Mark(ctx context.Context, ids []uint64, marked bool) error
	Rebuild(ctx context.Context) error
	Watch(ctx context.Context, f func(Updates)) error
}

// Serve answers the clients that connect to l until the context ends. It closes l and every connection, and returns
// when all of its goroutines have ended.
func Serve(ctx context.Context, l net.Listener, b Backend) error { return errors.ErrUnsupported }
