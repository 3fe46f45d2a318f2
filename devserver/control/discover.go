package control

import (
	"context"
	"errors"
	"net"
)

// Listen makes the socket of this process, 0600 in a folder of 0700, and its listener lets in this user alone. The
// socket's path is l.Addr().String().
func Listen() (net.Listener, error) { return nil, errors.ErrUnsupported }

// Server is a running snifter.
type Server struct {
	Socket  string `json:"control"`
	PID     int    `json:"pid"`
	App     string `json:"app"`
	URL     string `json:"url"`
	Capture string `json:"capture"`
}

// Discover lists the running snifters of this user, and removes the sockets of those that are gone.
func Discover(ctx context.Context) ([]Server, error) { return nil, errors.ErrUnsupported }
