package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/devserver"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// checked is a server of the application whose exchanges are kept in memory alone.
type checked struct {
	app     *application
	server  *devserver.Server
	address string
	token   string // of requests that come from here
	kept    *keptExchanges
	cancel  context.CancelFunc
	ended   chan struct{}
	err     error
}

// startChecked starts a server on a free port of the loopback interface.
func (o *serveOptions) startChecked(ctx context.Context, app *application) (*checked, error) {
	source, err := o.source(app, nil, true)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", net.JoinHostPort(defaultHost, "0"))
	if err != nil {
		return nil, errors.Join(err, source.Close())
	}
	s := &checked{app: app, address: l.Addr().String(), token: replay.NewToken(), kept: newKeptExchanges(), ended: make(chan struct{})}
	s.server, err = devserver.New(devserver.Config{
		Listeners: []net.Listener{l}, Source: source, Threads: o.threads.n, Sink: s.kept,
		OriginToken: s.token, Surgery: func(key string) (stepping.Surgery, bool) { return stepping.Surgery{Leave: true}, key == leaveKey },
	})
	if err != nil {
		return nil, errors.Join(err, l.Close(), source.Close())
	}
	running, cancel := context.WithCancel(ctx)
	s.cancel = cancel
	go func() {
		defer close(s.ended)
		s.err = s.server.Run(running)
	}()
	return s, nil
}

// close stops the server.
func (s *checked) close() error {
	s.cancel()
	<-s.ended
	if errors.Is(s.err, context.Canceled) {
		return nil // who waits for the context says so
	}
	return s.err
}

// built waits for the application to be loaded.
func (s *checked) built(ctx context.Context) error {
	if err := s.server.Built(ctx); err != nil {
		return err
	}
	failed := s.server.Status().Build.Failed
	if failed == nil {
		return nil
	}
	return &problem{code: exitNotLoaded, where: s.app.found.Description,
		what: "the application could not be loaded\n" + safeLines(raisedText(failed)), try: notLoadedHints(s.app, failed)}
}

// leaveKey names, among what may be done to a request, that the application waits for the client to go.
const leaveKey = "leave"

// ask makes a request and waits for its exchange. The application has as long to end as the request may take.
func (s *checked) ask(ctx context.Context, p probe, most time.Duration) (*recorder.Exchange, error) {
	if p.awaited {
		field := replay.OriginHeader + ": " + replay.FormatOrigin(0, s.token) + " " + leaveKey
		p.head = strings.Replace(p.head, "\r\n", "\r\n"+field+"\r\n", 1)
	}
	if err := p.send(ctx, s.address, most); err != nil {
		return nil, err
	}
	wait, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	x, err := s.kept.next(wait)
	if err != nil && ctx.Err() == nil {
		return nil, &problem{code: exitDifferent, what: fmt.Sprintf("%s did not end within %v", p.name, 2*most), where: s.app.found.Description,
			try: []string{"--timeout, where it takes its time", "--url with another path, where it never ends"}}
	}
	return x, err
}

// keptExchanges is a sink that keeps the exchanges that have ended until they are asked for.
type keptExchanges struct {
	mu    sync.Mutex
	open  map[uint64]*recorder.Folder
	ended []*recorder.Exchange
	news  chan struct{} // holds one when there may be some
}

func newKeptExchanges() *keptExchanges {
	return &keptExchanges{open: map[uint64]*recorder.Folder{}, news: make(chan struct{}, 1)}
}

// Emit implements event.Sink.
func (k *keptExchanges) Emit(events ...event.Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range events {
		if e.Exchange == 0 {
			continue
		}
		f := k.open[e.Exchange]
		if f == nil {
			f = &recorder.Folder{}
			k.open[e.Exchange] = f
		}
		f.Add(e)
		if f.Ended() {
			delete(k.open, e.Exchange)
			k.ended = append(k.ended, f.Exchange())
			select {
			case k.news <- struct{}{}:
			default:
			}
		}
	}
}

// next waits for an exchange to end, and gives the first that was not given yet.
func (k *keptExchanges) next(ctx context.Context) (*recorder.Exchange, error) {
	for {
		k.mu.Lock()
		if len(k.ended) > 0 {
			x := k.ended[0]
			k.ended = k.ended[1:]
			k.mu.Unlock()
			return x, nil
		}
		k.mu.Unlock()
		select {
		case <-k.news:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
