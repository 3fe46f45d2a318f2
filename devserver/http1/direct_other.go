//go:build !linux && !darwin

package http1

import "net"

// direct is not there on this system, whose sockets cannot be tried without waiting: all goes through the queue.
type direct struct{}

func newDirect(net.Conn) *direct { return nil }

func (*direct) write([]byte) (int, error) { return 0, nil }

func (*direct) writev(_, _, _ []byte) (int, error) { return 0, nil }
