package main

import (
	"context"
	"crypto/tls"
	"errors"
	"iter"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/devserver"
	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/http1"
	"github.com/snifter-dev/snifter/devserver/watch"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// serving is a server, and what records its exchanges, replays them and lets them be looked at. This is where the
// parts are joined: the server emits into the recorder and knows nothing of it.
type serving struct {
	app       *application
	recorder  *recorder.Recorder
	changes   *recorder.Subscription // from before the first build; see replayMarked
	server    *devserver.Server
	backend   *control.Live
	stops     *devserver.Stops
	capture   string
	scratch   string // a folder to remove at the end, or ""
	token     string
	compare   replay.Options
	tls       bool
	target    replay.Target
	surgeries replay.Surgeries

	owned    sync.WaitGroup
	cancel   context.CancelCauseFunc
	stopping context.Context // ends when the server is to end
	ended    context.Context // ends when it has
	err      error           // why, once ended
}

// servePlan is what a server is started from.
type servePlan struct {
	app       *application
	listeners []net.Listener
	capture   string
	rules     replay.Rules
	log       *slog.Logger
	began     func(*serving) // called when the workbench opens, or nil
	terminal  *lender        // lends the terminal to debuggers, or nil

	breakpoints []control.Breakpoint // to begin with
}

// start starts a server. It accepts connections; Built of its server waits for the first build.
func (o *serveOptions) start(ctx context.Context, p servePlan) (*serving, error) {
	closeAll := func() {
		for _, l := range p.listeners {
			_ = l.Close()
		}
	}
	tlsConfig, err := o.tlsConfig()
	if err != nil {
		closeAll()
		return nil, err
	}
	store, scratch, err := o.openStore(p)
	if err != nil {
		closeAll()
		return nil, err
	}
	s := &serving{app: p.app, capture: store.Path(), scratch: scratch, token: replay.NewToken(), compare: replay.Options{Noise: p.rules},
		tls: tlsConfig != nil}
	s.target = targetOf(p.listeners[0].Addr(), s.tls)
	s.recorder = recorder.New(store, recorder.Options{})
	s.changes = s.recorder.SubscribeTo(recorder.BuildEvents)
	abandon := func(err error) error {
		closeAll()
		return errors.Join(err, s.recorder.Close(), s.removeScratch())
	}
	source, err := o.source(p.app, p.terminal, false)
	if err != nil {
		return nil, abandon(err)
	}
	s.stops = devserver.NewStops(devserver.StopOptions{
		Timeout: time.Duration(o.pauseTimeout), Changed: func() { s.backend.SteppingChanged() },
	})
	s.server, err = devserver.New(devserver.Config{
		Listeners: p.listeners, TLS: tlsConfig, Limits: o.limits(),
		Source: source, Workers: o.workers.n, Threads: o.threads.n,
		Reload: bool(o.reload), Watch: o.watching(p.app),
		Sink: s.recorder, NextID: s.recorder.NextID, NextBuild: s.recorder.NextBuild,
		MaxBody: maxBody(int64(o.maxBody)), OriginToken: s.token, ForwardedAllow: splitList(string(o.forwardedAllow)),
		RequestTimeout: time.Duration(o.timeout), DrainTime: drainTime(o.graceful), Stops: s.stops, Surgery: s.surgeries.Find,
		Log: p.log,
	})
	if err != nil {
		return nil, abandon(errors.Join(err, source.Close()))
	}
	options := control.Options{
		Recorder: s.recorder, Status: s.status, Rebuild: s.rebuild, Replay: s.replay, Compare: s.compare,
	}
	if o.stages {
		options.Stops = stops{s.stops}
	}
	s.backend = control.NewBackend(options)
	for _, b := range p.breakpoints {
		if _, err := s.backend.AddBreakpoint(ctx, b); err != nil {
			return nil, abandon(errors.Join(err, source.Close()))
		}
	}
	ended, end := context.WithCancel(context.WithoutCancel(ctx))
	s.ended = ended
	s.stopping, s.cancel = context.WithCancelCause(ctx)
	go func() {
		defer end()
		s.err = s.server.Run(s.stopping)
	}()
	return s, nil
}

// close stops the server, lets requests under way finish, and writes what was recorded.
func (s *serving) close() error {
	s.cancel(nil)
	<-s.ended.Done()
	s.changes.Close()
	s.owned.Wait()
	err := s.err
	var stopped *interrupted
	if errors.As(err, &stopped) {
		err = nil // who waits for the context says so
	}
	return errors.Join(err, s.recorder.Close(), s.removeScratch())
}

func (s *serving) removeScratch() error {
	if s.scratch == "" {
		return nil
	}
	return os.RemoveAll(s.scratch)
}

// openStore opens the capture for recording. Where the application's folder takes none, since it is read-only or its
// disk is full, the exchanges of this run are kept in a temporary one: serving must not hang on recording.
func (o *serveOptions) openStore(p servePlan) (_ *recorder.Store, scratch string, _ error) {
	options := recorder.StoreOptions{Limits: recorder.Limits{Bytes: int64(o.maxSize), Age: time.Duration(o.maxAge)}}
	store, err := recorder.OpenStore(p.capture, options)
	if err == nil || o.capture.path != "" || !errors.Is(err, recorder.ErrReadOnly) && !errors.Is(err, recorder.ErrFull) {
		return store, "", err
	}
	scratch, tempErr := os.MkdirTemp("", "snifter-capture-")
	if tempErr != nil {
		return nil, "", err
	}
	store, tempErr = recorder.OpenStore(filepath.Join(scratch, filepath.Base(captureName)), options)
	if tempErr != nil {
		return nil, "", errors.Join(err, os.RemoveAll(scratch))
	}
	p.log.Warn("what is recorded is gone when snifter ends, as it is kept in a temporary file; --capture FILE keeps it",
		"why", err)
	return store, scratch, nil
}

// serveControl serves the control socket until the server ends, and returns its path, "" where there can be none: what
// is served must not hang on it.
func (s *serving) serveControl(log *slog.Logger) string {
	l, err := control.Listen()
	if err != nil {
		log.Warn("there is no control socket: other commands can't reach this server", "why", err)
		return ""
	}
	s.owned.Go(func() {
		if err := control.Serve(s.ended, l, s.backend); err != nil {
			log.Warn("the control socket failed", "why", err)
		}
	})
	return l.Addr().String()
}

// status is what the server knows of itself.
func (s *serving) status() control.Status {
	st := s.server.Status()
	build := control.BuildStatus{ID: st.Build.ID, MS: float64(st.Build.Took.Microseconds()) / 1000, Why: st.Build.Why,
		At: st.Build.Started, State: "ok"}
	switch {
	case st.Building:
		build.State = "building"
	case st.Build.ID == 0:
		build.State = "none"
	case st.Build.Failed != nil:
		build.State = "failed"
	}
	build.Error = recorder.NewException(st.Build.Failed)
	why := s.app.found.Why
	if s.app.interpreter.Why != "" {
		why += "; Python from " + s.app.interpreter.Why
	}
	app := st.App
	if app == "" {
		app = s.app.found.Description
	}
	return control.Status{
		URL: st.URL, Capture: s.capture, App: app, Dir: s.app.dir(), Runtime: st.Runtime, Why: why,
		Workers: st.Workers, Threads: st.Threads, Build: build,
	}
}

func (s *serving) rebuild(context.Context) error {
	s.server.Rebuild("by hand")
	return nil
}

// replay sends exchanges to this server by its own door, and compares what comes back.
func (s *serving) replay(
	ctx context.Context, exchanges iter.Seq2[*recorder.Exchange, error], manner replay.Manner, report func(replay.Result),
) error {
	runner := s.runner(report)
	manner.Apply(runner)
	_, err := runner.Run(ctx, exchanges)
	return err
}

func (s *serving) runner(report func(replay.Result)) *replay.Runner {
	return &replay.Runner{
		Sender:  &replay.Sender{Target: s.target, Token: s.token, TLS: ownTLS(s.tls), Held: s.heldReplay},
		Await:   replay.AwaitIn(s.recorder, s.held),
		Compare: s.compare,
		Moments: s.recorder.Moments, Surgeries: &s.surgeries,
		Outcome: report,
	}
}

// targetOf is the address by which this machine reaches a listener.
func targetOf(a net.Addr, tls bool) replay.Target {
	if a.Network() == "unix" {
		return replay.Target{Network: "unix", Address: a.String(), TLS: tls}
	}
	host, port, err := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip.To4() == nil {
			host = "::1"
		}
	}
	return replay.Target{Network: "tcp", Address: net.JoinHostPort(host, port), TLS: tls, Name: host}
}

func (o *serveOptions) limits() http1.Limits {
	// 0 is "none" to the user, as with gunicorn, and "the default" to http1.
	none := func(v durationValue) time.Duration {
		if v == 0 {
			return -1
		}
		return time.Duration(v)
	}
	return http1.Limits{
		RequestLine: o.limitLine.n, Fields: o.limitFields.n, HeaderBlock: int(o.limitHead),
		HeadTime: none(o.headTime), IdleTime: none(o.keepAlive),
	}
}

// pollEvery is how often --poll looks at the files.
const pollEvery = 300 * time.Millisecond

func (o *serveOptions) watching(a *application) watch.Options {
	w := watch.Options{
		Dirs:    append([]string{a.dir()}, o.reloadDir...),
		Files:   watch.Python(),
		Include: o.reloadInclude, Exclude: o.reloadExclude,
	}
	if a.isGo() {
		w.Files = watch.Go()
	}
	if o.poll {
		w.Poll = pollEvery
	}
	return w
}

// capturePath is where exchanges are recorded.
func (o *serveOptions) capturePath(a *application) string {
	if o.capture.path != "" {
		return string(o.capture.path)
	}
	return filepath.Join(a.dir(), captureName)
}

// drainTime is what the server is told: its 0 is the default, the user's is none.
func drainTime(v durationValue) time.Duration {
	if v == 0 {
		return -1
	}
	return time.Duration(v)
}

// maxBody is what the server is told: its 0 is the default, the user's is nothing.
func maxBody(n int64) int64 {
	if n == 0 {
		return -1
	}
	return n
}

// ownTLS is how a replay reaches this server over TLS: its certificate is its own business.
func ownTLS(on bool) *tls.Config {
	if !on {
		return nil
	}
	return &tls.Config{InsecureSkipVerify: true} // #nosec: the peer is this process
}

// splitList reads a list of words with commas between them.
func splitList(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}
