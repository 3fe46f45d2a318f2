package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/snifter-dev/snifter/recorder"
)

// figures are what was found of one server in one scenario.
type figures struct {
	perSecond []float64 // a round each
	p50, p99  []time.Duration
	requests  int
	cpu       time.Duration
	starved   int
}

func (f *figures) cpuPerRequest() time.Duration { return f.cpu / time.Duration(max(f.requests, 1)) }

// server is a peer that serves a module.
type server struct {
	peer     peer
	module   string
	process  *process
	figures  map[string]*figures // by scenario
	sent     int
	recorded int // in snifter's capture
	rss      int64
}

func (s scenario) key() string { return fmt.Sprintf("%s, %d", s.name, s.conns) }

// plan is how long and how often is measured.
type plan struct {
	rounds    int
	lasting   time.Duration
	warm      time.Duration
	saves     int // for the servers that answer anew at once
	slowSaves int // for those that take about a second
	verdicts  int
}

// measureThroughput runs all scenarios against all peers, in rounds that take turns, so that what else the machine does
// meets all alike.
func measureThroughput(ctx context.Context, e *environment, p plan, chosen []scenario, against []peer, out io.Writer) ([]*server, error) {
	var servers []*server
	defer func() {
		for _, s := range servers {
			s.process.stop()
		}
	}()
	for _, peer := range against {
		for _, module := range []string{plainModule, flaskModule} {
			i := slices.IndexFunc(chosen, func(s scenario) bool { return s.module == module })
			if i < 0 || peer.only != "" && peer.only != module {
				continue
			}
			s, err := startServer(ctx, e, peer, module, chosen[i].path)
			if err != nil {
				return nil, err
			}
			servers = append(servers, s)
		}
	}
	for _, sc := range chosen {
		fmt.Fprintf(out, "measuring %s connections\n", sc.key())
		if err := measureScenario(ctx, sc, servers, p); err != nil {
			return nil, err
		}
	}
	for _, s := range servers {
		if s.peer.name == snifterName {
			if err := s.countRecorded(ctx, e); err != nil {
				return nil, err
			}
		}
	}
	return servers, nil
}

func startServer(ctx context.Context, e *environment, p peer, module, path string) (*server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	dir := e.apps()
	process, err := startProcess(ctx, e.scratch, addr, command{name: p.name, dir: dir, args: p.command(e, dir, module, addr)}, path)
	if err != nil {
		return nil, err
	}
	return &server{peer: p, module: module, process: process, figures: map[string]*figures{}}, nil
}

func measureScenario(ctx context.Context, sc scenario, servers []*server, p plan) error {
	var at []*server
	for _, s := range servers {
		if s.module == sc.module {
			at = append(at, s)
			s.figures[sc.key()] = &figures{}
			if _, err := s.load(ctx, sc, p.warm); err != nil {
				return err
			}
		}
	}
	for range p.rounds {
		for _, s := range at {
			if err := s.round(ctx, sc, p.lasting); err != nil {
				return err
			}
		}
		slices.Reverse(at) // whoever comes after whom is not always the same
	}
	return nil
}

func (s *server) load(ctx context.Context, sc scenario, lasting time.Duration) (round, error) {
	r, err := load(ctx, s.process.addr, sc.request(s.process.addr.String()), sc.conns, lasting)
	if err != nil {
		return round{}, fmt.Errorf("%s, %s: %w", s.peer.name, sc.key(), err)
	}
	s.sent += len(r.latencies)
	return r, nil
}

func (s *server) round(ctx context.Context, sc scenario, lasting time.Duration) error {
	before, err := s.process.usage(ctx)
	if err != nil {
		return err
	}
	r, err := s.load(ctx, sc, lasting)
	if err != nil {
		return err
	}
	after, err := s.process.usage(ctx)
	if err != nil {
		return err
	}
	f := s.figures[sc.key()]
	f.perSecond = append(f.perSecond, r.perSecond())
	f.p50 = append(f.p50, r.quantile(0.5))
	f.p99 = append(f.p99, r.quantile(0.99))
	f.requests += len(r.latencies)
	f.cpu += after.cpu - before.cpu
	f.starved = max(f.starved, r.starved)
	s.rss = max(s.rss, after.rss)
	return nil
}

// countRecorded ends a snifter and counts what is in its capture, to be held against what was sent: a server that
// drops what it should record is fast for nothing.
func (s *server) countRecorded(ctx context.Context, e *environment) error {
	s.process.stop()
	store, err := recorder.OpenReadOnly(e.capture(s.process.addr))
	if err != nil {
		return err
	}
	s.recorded, err = store.Count(ctx)
	return errors.Join(err, store.Close())
}
