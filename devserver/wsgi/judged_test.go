package wsgi_test

import (
	"sync/atomic"
	"testing"

	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// crowded is a peer of one thread, and how many requests were in its application at once at most.
func crowded(t *testing.T) (*peer, *atomic.Int32) {
	var at, most atomic.Int32
	counted := func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			if n := at.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer at.Add(-1)
			return next(e, start)
		}
	}
	return dial(t, wsgi.NewStack(hello, counted).Application(), wsgi.Threads(1)), &most
}

// Requests that come to a place where a condition decides, and are not meant, run one after the other as they would without.
func TestNotMeantRunAlone(t *testing.T) {
	p, most := crowded(t)
	p.setStops(true, "hello:enter")
	var ids []uint32
	for range 10 {
		ids = append(ids, p.request(environ("GET"), "", true))
	}
	for _, id := range ids {
		p.parked(id, 1)
		p.resume(id, stepping.Command{Action: stepping.Pass})
	}
	for _, id := range ids {
		p.ended(id)
	}
	if n := most.Load(); n != 1 {
		t.Errorf("%d requests ran at once", n)
	}
}

// One that stays lends its place: the others go on.
func TestMeantLendsItsPlace(t *testing.T) {
	p, _ := crowded(t)
	p.setStops(true, "hello:enter")
	stays := p.request(environ("GET"), "", true)
	p.parked(stays, 1)
	p.send(wire.Frame{Kind: wire.Stay, Request: stays})
	for range 3 {
		id := p.request(environ("GET"), "", true)
		p.parked(id, 1)
		p.resume(id, stepping.Command{Action: stepping.Pass})
		p.ended(id)
	}
	p.resume(stays, stepping.Command{Action: stepping.Continue})
	p.ended(stays)
}
