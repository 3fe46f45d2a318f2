package control

import (
	"context"
	"errors"
)

// Dial connects to the running snifter that listens on a socket.
func Dial(ctx context.Context, socket string) (Client, error) { return nil, errors.ErrUnsupported }

// InProcess returns a Client of a backend of this process. It goes through the same protocol, over a pipe in memory.
// Close ends it.
func InProcess(b Backend) Client { return nil }
