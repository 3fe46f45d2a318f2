package control_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// live is a backend over a recorder of a test.
type live struct {
	*control.Live
	recorder *recorder.Recorder

	mu      sync.Mutex
	rebuilt int
	build   int
}

func newLive(t *testing.T) *live {
	t.Helper()
	store, err := recorder.OpenStore(filepath.Join(t.TempDir(), "capture.db"), recorder.StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	l := &live{recorder: recorder.New(store, recorder.Options{}), build: 1}
	t.Cleanup(func() { l.recorder.Close() })
	l.Live = control.NewBackend(control.Options{
		Recorder: l.recorder,
		Status: func() control.Status {
			l.mu.Lock()
			defer l.mu.Unlock()
			return control.Status{URL: "http://127.0.0.1:1", App: "app:app", Build: control.BuildStatus{ID: l.build, State: "ok"}}
		},
		Rebuild: func(context.Context) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.rebuilt++
			return nil
		},
		Replay: func(ctx context.Context, xs iter.Seq2[*recorder.Exchange, error], _ replay.Manner, report func(replay.Result)) error {
			for x, err := range xs {
				if err != nil {
					return err
				}
				id := l.record(x.Request.Target, x.ID)
				c := &replay.Comparison{A: x.ID, B: id, Verdict: replay.Noise, Reasons: []string{"learned"}}
				report(replay.Result{Outcome: replay.Outcome{ID: id, Origin: x.ID, Verdict: replay.Noise}, Comparison: c})
			}
			return ctx.Err()
		},
	})
	return l
}

// record records an exchange.
func (l *live) record(target string, origin uint64) uint64 {
	id := l.recorder.NextID()
	l.recorder.Emit(l.begin(id, target, origin), event.Event{
		Exchange: id, Seq: 1, Kind: event.StartResponse,
		Payload: &event.Response{Status: "200 OK", Headers: []event.Header{{Name: "Content-Type", Value: "text/plain"}}},
	})
	l.end(id)
	return id
}

func (l *live) begin(id uint64, target string, origin uint64) event.Event {
	return event.Event{Exchange: id, Kind: event.Enter, Payload: &event.Request{
		Started: time.Unix(1_700_000_000, 0), Build: 1, Origin: origin,
		Head: []byte("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"),
	}}
}

func (l *live) end(id uint64) {
	body := []byte(fmt.Sprint("body of ", id))
	l.recorder.Emit(
		event.Event{Exchange: id, Seq: 2, Kind: event.Chunk, Payload: &event.Data{Bytes: body, Size: len(body)}},
		event.Event{Exchange: id, Seq: 3, Kind: event.Exit, Payload: &event.Ending{Closed: true}},
	)
}

func (l *live) flush(t *testing.T) {
	t.Helper()
	if err := l.recorder.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// overSocket is a client over a real socket.
func overSocket(t *testing.T, b control.Backend) control.Client {
	t.Helper()
	c, err := control.Dial(t.Context(), socket(t, b))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func socket(t *testing.T, b control.Backend) string {
	t.Helper()
	l, err := control.ListenIn(shortDir(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- control.Serve(ctx, l, b) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// shortDir is a folder whose path leaves room for a socket's name: t.TempDir's may not (108 bytes).
func shortDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "snifter")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "s")
}

func inProcess(t *testing.T, b control.Backend) control.Client {
	c := control.InProcess(b)
	t.Cleanup(func() { c.Close() })
	return c
}

var doors = map[string]func(*testing.T, control.Backend) control.Client{"pipe": inProcess, "socket": overSocket}

func TestCalls(t *testing.T) {
	for name, open := range doors {
		t.Run(name, func(t *testing.T) {
			l := newLive(t)
			c := open(t, l)
			ctx := t.Context()
			a, b := l.record("/a", 0), l.record("/b", 0)
			l.flush(t)

			status, err := c.Status(ctx)
			if err != nil || status.App != "app:app" || status.Total != 2 || status.Build.State != "ok" {
				t.Errorf("status %+v, %v", status, err)
			}
			page, err := c.Rows(ctx, control.Query{})
			if err != nil || len(page.Rows) != 2 || page.Total != 2 || page.Rows[0].ID != b || page.More {
				t.Errorf("rows %+v, %v", page, err)
			}
			page, err = c.Rows(ctx, control.Query{Filter: "~u /a", Limit: 1})
			if err != nil || len(page.Rows) != 1 || page.Rows[0].Target != "/a" {
				t.Errorf("rows by a filter %+v, %v", page, err)
			}
			x, err := c.Exchange(ctx, a)
			if err != nil || x.Request.Target != "/a" || string(x.Response.Body.Bytes) != fmt.Sprint("body of ", a) {
				t.Errorf("exchange %+v, %v", x, err)
			}
			d, err := c.Compare(ctx, a, b)
			if err != nil || d.Verdict != replay.Changed || d.Parts[0].Part != "body" {
				t.Errorf("comparison %+v, %v", d, err)
			}
			if err = c.Mark(ctx, []uint64{a}, true); err != nil {
				t.Error(err)
			}
			if x, err = c.Exchange(ctx, a); err != nil || !x.Marked {
				t.Errorf("marked: %v, %v", x.Marked, err)
			}
			if err = c.Rebuild(ctx); err != nil || l.rebuilt != 1 {
				t.Errorf("rebuilt %d times, %v", l.rebuilt, err)
			}
		})
	}
}

func TestErrorsKeepTheirSort(t *testing.T) {
	for name, open := range doors {
		t.Run(name, func(t *testing.T) {
			c := open(t, newLive(t))
			_, err := c.Rows(t.Context(), control.Query{Filter: "~u a & ~nothing"})
			var f *recorder.FilterError
			if !errors.As(err, &f) || f.Pos == 0 || f.Input != "~u a & ~nothing" {
				t.Errorf("a bad filter: %#v", err)
			}
			if _, err = c.Exchange(t.Context(), 99); !errors.Is(err, recorder.ErrNoExchange) {
				t.Errorf("no exchange: %v", err)
			}
			if _, err = c.Replay(t.Context(), control.ReplayQuery{}); err == nil {
				t.Error("nothing was to be replayed")
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err = c.Status(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: %v", err)
			}
		})
	}
}

func TestReplay(t *testing.T) {
	l := newLive(t)
	c := inProcess(t, l)
	a, b := l.record("/a", 0), l.record("/b", 0)
	l.flush(t)
	outcomes, err := c.Replay(t.Context(), control.ReplayQuery{IDs: []uint64{b, a, b}})
	if err != nil {
		t.Fatal(err)
	}
	want := []replay.Outcome{{ID: b + 1, Origin: a, Verdict: replay.Noise}, {ID: b + 2, Origin: b, Verdict: replay.Noise}}
	if diff := cmp.Diff(want, outcomes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	d, err := c.Compare(t.Context(), a, b+1)
	if err != nil || d.Verdict != replay.Noise || d.Reasons[0] != "learned" {
		t.Errorf("the comparison of the replay is made anew: %+v, %v", d, err)
	}
	l.flush(t)
	outcomes, err = c.Replay(t.Context(), control.ReplayQuery{Filter: "~u /"})
	if err != nil || len(outcomes) != 2 || outcomes[0].Origin != a || outcomes[1].Origin != b {
		t.Errorf("replays are replayed: %+v, %v", outcomes, err)
	}
}

func TestEndOfTheServer(t *testing.T) {
	l := newLive(t)
	dir := shortDir(t)
	listener, err := control.ListenIn(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- control.Serve(ctx, listener, l) }()
	c, err := control.Dial(t.Context(), listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	w := startWatch(t, c)
	w.until(t, "the status", func(control.Updates) bool { return true })
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	err = <-w.ended
	w.ended <- err
	if !errors.Is(err, control.ErrClosed) && !errors.Is(err, context.Canceled) {
		t.Errorf("the watch ended with %v", err)
	}
	if _, err := c.Status(t.Context()); !errors.Is(err, control.ErrClosed) {
		t.Errorf("a call after the end: %v", err)
	}
	if _, err := os.Lstat(listener.Addr().String()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
	if _, err := control.Dial(t.Context(), listener.Addr().String()); err == nil {
		t.Error("somebody answers")
	}
}

func TestEndOfTheRecorder(t *testing.T) {
	l := newLive(t)
	w := startWatch(t, inProcess(t, l))
	w.until(t, "the status", func(control.Updates) bool { return true })
	l.recorder.Close()
	select {
	case err := <-w.ended:
		w.ended <- err
		if !errors.Is(err, control.ErrClosed) {
			t.Errorf("the watch ended with %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the watch goes on")
	}
}

func TestCapture(t *testing.T) {
	l := newLive(t)
	a, b := l.record("/a", 0), l.record("/b", 0)
	path := l.recorder.Store().Path()
	if err := l.recorder.Close(); err != nil {
		t.Fatal(err)
	}
	store, err := recorder.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	c := inProcess(t, control.NewCaptureBackend(store, replay.Options{}))
	ctx := t.Context()
	page, err := c.Rows(ctx, control.Query{Oldest: true, Limit: 1})
	if err != nil || len(page.Rows) != 1 || page.Rows[0].ID != a || page.Total != 2 {
		t.Errorf("rows %+v, %v", page, err)
	}
	if d, err := c.Compare(ctx, a, b); err != nil || d.Verdict != replay.Changed {
		t.Errorf("comparison %+v, %v", d, err)
	}
	if _, err := c.Replay(ctx, control.ReplayQuery{IDs: []uint64{a}}); !errors.Is(err, control.ErrNoServer) || !strings.Contains(err.Error(), path) {
		t.Errorf("replay: %v", err)
	}
	if err := c.Rebuild(ctx); !errors.Is(err, control.ErrNoServer) {
		t.Errorf("rebuild: %v", err)
	}
	if err := c.Mark(ctx, []uint64{a}, true); !errors.Is(err, recorder.ErrReadOnly) {
		t.Errorf("mark: %v", err)
	}
	startWatch(t, c).until(t, "the status", func(u control.Updates) bool {
		return u.Status != nil && u.Status.URL == "" && u.Status.Total == 2 && u.Status.Build.State == "none"
	})
}

// short is a listener that has no descriptors left at first.
type short struct {
	net.Listener
	failures int
}

func (s *short) Accept() (net.Conn, error) {
	if s.failures > 0 {
		s.failures--
		return nil, &net.OpError{Op: "accept", Err: errors.New("too many open files")}
	}
	return s.Listener.Accept()
}

// TestServeOutlivesAShortage: that a client could not be let in does not close the door for ever.
func TestServeOutlivesAShortage(t *testing.T) {
	l, err := control.ListenIn(filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- control.Serve(ctx, &short{l, 3}, newLive(t)) }()
	client, err := control.Dial(ctx, l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Status(ctx); err != nil {
		t.Error(err)
	}
	client.Close()
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
