package http1

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
)

// Server serves HTTP/1.1. Its exported fields are not changed once it serves.
type Server struct {
	Handler Handler
	Limits  Limits
	// ServerHeader is the value of the Server field where the response has none; "" sends none.
	ServerHeader string
	// Log is told what an operator should know; nil discards it.
	Log *slog.Logger
	// TLS, where it is set, makes every connection an encrypted one. A listener that gives *tls.Conn is known too.
	TLS *tls.Config
}

// Serve accepts and serves connections until Shutdown is called or ctx ends, and returns when the last of them is
// closed. The end of ctx closes everything at once. It returns nil then, and an error if the listener fails. The
// listener is closed. Serve may be called for several listeners.
func (s *Server) Serve(ctx context.Context, l net.Listener) error { return nil }

// Shutdown stops accepting, closes idle connections, and waits for the open streams to end. When ctx ends it closes
// what is left, and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error { return nil }
