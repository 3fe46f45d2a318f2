// Package devserver serves a WSGI application while it is being written: it takes HTTP/1.1 requests, hands them to
// worker processes that hold the current build of the application, streams what comes back, and emits an event for
// everything that crosses the server's boundary. When a source file changes it builds anew, behind a listener that never
// closes: requests that come meanwhile wait for the new build, requests under way finish on the old one, and a build
// that fails answers with its error until the next one succeeds.
//
// It knows nothing of who reads its events: see event.Sink.
package devserver

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/http1"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/watch"
)

// Config is what a server is made of. Listeners, Source and Sink must be given; the rest has defaults.
type Config struct {
	// Listeners are open already, so that a busy port is known before anything else starts. The server closes them.
	Listeners []net.Listener
	TLS       *tls.Config // nil: plain HTTP
	Limits    http1.Limits

	// Source makes worker processes of the application as it is on disk: see PythonSource and GoSource.
	Source  Source
	Workers int // processes, default 1
	Threads int // requests at once in each, default 8; told to the application as wsgi.multithread

	// Reload watches the application's files. Watch says which; its Dirs must hold the application's folder.
	Reload bool
	Watch  watch.Options

	Sink event.Sink
	// NextID gives out exchange ids, NextBuild build ids. They must not block.
	NextID    func() uint64
	NextBuild func() int
	// MaxBody is how many bytes of each body are recorded, default 1 MiB; a negative number records none.
	MaxBody int64
	// OriginToken is the secret that a replayed request carries: see originHeader. "" knows no replays.
	OriginToken string
	// ForwardedAllow lists the peers whose X-Forwarded-* fields are believed.
	ForwardedAllow []string

	// Waiting bounds the requests that wait for a build, in number (default 1,000) and time (default 60 s).
	Waiting     int
	WaitingTime time.Duration
	// RequestTimeout ends a request that takes longer with 504; 0 never does.
	RequestTimeout time.Duration
	// DrainTime is how long requests under way may go on when the server stops, default 1 s; negative for not at all.
	DrainTime time.Duration

	// Stops lets requests be stopped at boundaries of stages; nil never does. It serves one server.
	Stops *Stops
	// Surgery looks up what is to be done to a replayed request that names a key behind its origin; nil knows none.
	Surgery func(key string) (stepping.Surgery, bool)

	Log *slog.Logger // nil discards
}

func (c *Config) setDefaults() error {
	switch {
	case len(c.Listeners) == 0:
		return errors.New("devserver: no listener")
	case c.Source == nil:
		return errors.New("devserver: no source of workers")
	case c.Sink == nil:
		return errors.New("devserver: no sink for events")
	}
	if c.Workers <= 0 {
		c.Workers = 1
	}
	if c.Threads <= 0 {
		c.Threads = 8
	}
	if c.MaxBody == 0 {
		c.MaxBody = 1 << 20
	}
	if c.Waiting <= 0 {
		c.Waiting = 1000
	}
	if c.WaitingTime <= 0 {
		c.WaitingTime = time.Minute
	}
	if c.DrainTime == 0 {
		c.DrainTime = time.Second
	}
	if c.NextID == nil {
		var id atomic.Uint64
		c.NextID = func() uint64 { return id.Add(1) }
	}
	if c.NextBuild == nil {
		var id atomic.Int64
		c.NextBuild = func() int { return int(id.Add(1)) }
	}
	if c.Stops == nil {
		c.Stops = NewStops(StopOptions{})
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Server is a development server. Make one with New, and run it once.
type Server struct {
	cfg    Config
	builds *builds
	trust  trust

	// Where files are watched; set before connections are accepted.
	watcher *watch.Watcher
	fresh   *freshness
}

// New makes a server. Connections are accepted from Run on.
func New(cfg Config) (*Server, error) {
	if err := cfg.setDefaults(); err != nil {
		return nil, err
	}
	forwarded, err := parseTrust(cfg.ForwardedAllow)
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, trust: forwarded}
	s.builds = newBuilds(s)
	cfg.Stops.serve(s)
	return s, nil
}

// URL is where the first listener is reached: "http://127.0.0.1:8000", or "unix:/path".
func (s *Server) URL() string {
	addr := s.cfg.Listeners[0].Addr()
	if addr.Network() == "unix" {
		return "unix:" + addr.String()
	}
	if s.cfg.TLS != nil {
		return "https://" + addr.String()
	}
	return "http://" + addr.String()
}

// Rebuild asks for a new build, as a change of a file would. It does not wait for it.
func (s *Server) Rebuild(why string) { s.builds.ask(wish{why: why}) }

// Built waits until the first build succeeded or failed.
func (s *Server) Built(ctx context.Context) error {
	select {
	case <-s.builds.first:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Status is the state of the server.
func (s *Server) Status() Status { return s.builds.status() }

// Status says what is being served, and by what.
type Status struct {
	URL      string
	App      string // "app:app (flask.app.Flask)"
	Runtime  string // "CPython 3.11.7"
	Workers  int
	Threads  int
	Building bool
	Build    event.Build // the newest that was decided; ID 0 for none
	Open     int         // requests under way
	Parked   int         // of them, or of those of earlier builds, that are stopped at a boundary
}
