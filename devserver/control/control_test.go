package control_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net"
	"os"
	"os/exec"
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
		Replay: func(ctx context.Context, xs iter.Seq2[*recorder.Exchange, error], report func(replay.Result)) error {
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
	l.recorder.Emit(l.begin(id, target, origin), event.Event{Exchange: id, Seq: 1, Kind: event.StartResponse,
		Payload: &event.Response{Status: "200 OK", Headers: []event.Header{{Name: "Content-Type", Value: "text/plain"}}}})
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

// watch collects updates until a condition holds.
type watch struct {
	updates chan control.Updates
	ended   chan error
	cancel  context.CancelFunc
}

func startWatch(t *testing.T, c control.Client) *watch {
	ctx, cancel := context.WithCancel(context.Background())
	w := &watch{make(chan control.Updates), make(chan error, 1), cancel}
	go func() {
		w.ended <- c.Watch(ctx, func(u control.Updates) {
			select {
			case w.updates <- u:
			case <-ctx.Done():
			}
		})
	}()
	t.Cleanup(func() {
		cancel()
		<-w.ended
	})
	return w
}

func (w *watch) until(t *testing.T, what string, f func(control.Updates) bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case u := <-w.updates:
			if f(u) {
				return
			}
		case err := <-w.ended:
			w.ended <- err
			t.Fatalf("the watch ended before %s: %v", what, err)
		case <-deadline:
			t.Fatalf("not seen: %s", what)
		}
	}
}

func TestWatch(t *testing.T) {
	for name, open := range doors {
		t.Run(name, func(t *testing.T) {
			l := newLive(t)
			w := startWatch(t, open(t, l))
			w.until(t, "the status", func(u control.Updates) bool { return u.Status != nil && u.Status.App == "app:app" })

			id := l.recorder.NextID()
			l.recorder.Emit(l.begin(id, "/slow", 0))
			row := func(state recorder.State) func(control.Updates) bool {
				return func(u control.Updates) bool {
					return len(u.Rows) == 1 && u.Rows[0].ID == id && u.Rows[0].State == state
				}
			}
			w.until(t, "the exchange under way", row(recorder.Open))
			l.end(id)
			w.until(t, "its end", row(recorder.Done))

			l.Report(replay.Result{Outcome: replay.Outcome{ID: 5, Origin: 4, Verdict: replay.Changed}})
			w.until(t, "the verdict", func(u control.Updates) bool { return len(u.Verdicts) == 1 && u.Verdicts[0].ID == 5 })
			l.Log(control.Line{Stream: "log", Text: "hello"})
			w.until(t, "the line of the log", func(u control.Updates) bool { return len(u.Output) == 1 && u.Output[0].Text == "hello" })
			l.recorder.Emit(event.Event{Kind: event.Output, Payload: &event.Text{Stream: "stdout", Text: "printed\n"}})
			w.until(t, "the worker's output", func(u control.Updates) bool {
				return len(u.Output) == 1 && strings.TrimSpace(u.Output[0].Text) == "printed"
			})
			l.mu.Lock()
			l.build = 2
			l.mu.Unlock()
			l.StatusChanged()
			w.until(t, "the new build", func(u control.Updates) bool { return u.Status != nil && u.Status.Build.ID == 2 })
		})
	}
}

// A watcher that takes its time gets every row in its last state, in few batches, and holds up no other call.
func TestWatchMerges(t *testing.T) {
	const n = 3000
	for name, open := range doors {
		t.Run(name, func(t *testing.T) {
			l := newLive(t)
			c := open(t, l)
			w := startWatch(t, c)
			w.until(t, "the status", func(u control.Updates) bool { return u.Status != nil })
			l.record("/first", 0)
			// From here the watcher holds its batch while all of the others come.
			for range n {
				l.record("/x", 0)
			}
			l.flush(t)
			if _, err := c.Status(t.Context()); err != nil {
				t.Fatal(err)
			}
			seen, batches := map[uint64]bool{}, 0
			w.until(t, "all rows", func(u control.Updates) bool {
				batches++
				for _, r := range u.Rows {
					if r.State == recorder.Done {
						seen[r.ID] = true
					}
				}
				return len(seen) == n+1
			})
			if batches > 30 {
				t.Errorf("%d rows came in %d batches", n, batches)
			}
		})
	}
}

func TestWatchRate(t *testing.T) {
	l := newLive(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var calls []time.Time
	var writing sync.WaitGroup
	writing.Go(func() {
		pace := time.NewTicker(time.Millisecond)
		defer pace.Stop()
		for ctx.Err() == nil {
			l.record("/x", 0)
			<-pace.C
		}
	})
	inProcess(t, l).Watch(ctx, func(control.Updates) {
		if calls = append(calls, time.Now()); len(calls) == 10 {
			cancel()
		}
	})
	writing.Wait()
	if d := calls[9].Sub(calls[1]); d < 7*time.Second/30 {
		t.Errorf("8 batches came within %v", d)
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
	case <-time.After(20 * time.Second):
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

func TestMisbehavingClients(t *testing.T) {
	l := newLive(t)
	path := socket(t, l)
	good, err := control.Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer good.Close()
	for name, sent := range map[string]string{
		"garbage":         "\x00\xff\x16\x03\x01\n",
		"HTTP":            "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"a list":          "[1]\n",
		"no id":           `{"method":"status"}` + "\n",
		"an id twice":     `{"id":1,"method":"watch"}` + "\n" + `{"id":1,"method":"watch"}` + "\n",
		"a huge line":     strings.Repeat("x", control.MaxRequest+32<<10),
		"too many calls":  manyCalls(65),
		"deep":            `{"id":1,"method":"rows","params":` + strings.Repeat("[", 500_000) + "\n",
		"negative number": `{"id":-1,"method":"status"}` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(20 * time.Second))
			go io.WriteString(conn, sent)
			if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("it is still connected")
			}
			if _, err := good.Status(t.Context()); err != nil {
				t.Errorf("another client: %v", err)
			}
		})
	}
	t.Run("an unknown method", func(t *testing.T) {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		r.ReadString('\n')
		io.WriteString(conn, `{"id":1,"method":"eval"}`+"\n"+`{"id":9,"method":"more"}`+"\n"+`{"id":2,"method":"rows","params":[]}`+"\n")
		for range 2 {
			line, err := r.ReadString('\n')
			if err != nil || !strings.Contains(line, `"error"`) {
				t.Errorf("%q, %v", line, err)
			}
		}
	})
	t.Run("one that never reads", func(t *testing.T) {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
		for i := 2; ; i++ {
			if _, err := fmt.Fprintf(conn, `{"id":%d,"method":"nothing%s"}`+"\n", i, strings.Repeat("x", 10_000)); err != nil {
				break
			}
		}
		if _, err := good.Status(t.Context()); err != nil {
			t.Errorf("another client: %v", err)
		}
	})
}

func manyCalls(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":%d,"method":"watch"}`+"\n", i+1)
	}
	return b.String()
}

func TestDiscover(t *testing.T) {
	dir := shortDir(t)
	if found, err := control.DiscoverIn(t.Context(), dir); err != nil || len(found) != 0 {
		t.Errorf("nowhere: %v, %v", found, err)
	}
	l := newLive(t)
	ctx, cancel := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	defer serving.Wait()
	defer cancel()
	var sockets []string
	for range 2 {
		listener, err := control.ListenIn(dir)
		if err != nil {
			t.Fatal(err)
		}
		sockets = append(sockets, listener.Addr().String())
		serving.Go(func() { control.Serve(ctx, listener, l) })
	}
	stale := filepath.Join(dir, fmt.Sprint(deadPID(t), ".sock"))
	abandon(t, stale)
	mute, err := net.Listen("unix", filepath.Join(dir, "1.sock")) // listens, and is no snifter
	if err != nil {
		t.Fatal(err)
	}
	serving.Go(func() {
		for {
			conn, err := mute.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, "220 mail\r\n")
			conn.Close()
		}
	})
	defer mute.Close()
	os.WriteFile(filepath.Join(dir, "notes"), nil, 0o600)

	found, err := control.DiscoverIn(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var want []control.Server
	for _, s := range sockets {
		want = append(want, control.Server{Socket: s, PID: os.Getpid(), App: "app:app", URL: "http://127.0.0.1:1"})
	}
	if sockets[0] > sockets[1] {
		want[0], want[1] = want[1], want[0]
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := os.Lstat(stale); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the stale socket is left: %v", err)
	}
	if _, err := os.Lstat(mute.Addr().String()); err != nil {
		t.Errorf("a socket that is in use is gone: %v", err)
	}
	info, _ := os.Stat(dir)
	file, _ := os.Stat(sockets[0])
	if info.Mode().Perm() != 0o700 || file.Mode().Perm() != 0o600 {
		t.Errorf("modes %v, %v", info.Mode(), file.Mode())
	}
}

// deadPID is the number of a process that has ended.
func deadPID(t *testing.T) int {
	c := exec.Command(os.Args[0], "-test.run=^$")
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	return c.Process.Pid
}

// abandon leaves a socket that nobody listens at, as a killed process does.
func abandon(t *testing.T, path string) {
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
}

func TestListenTakesOverADeadSocket(t *testing.T) {
	dir := shortDir(t)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	abandon(t, filepath.Join(dir, fmt.Sprint(os.Getpid(), ".sock")))
	l, err := control.ListenIn(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if filepath.Base(l.Addr().String()) != fmt.Sprint(os.Getpid(), ".sock") {
		t.Errorf("it listens at %s", l.Addr())
	}
	if info, _ := os.Stat(dir); info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v", info.Mode())
	}
}

func TestListenRefusesAFolderThatIsNone(t *testing.T) {
	dir := shortDir(t)
	if err := os.Symlink(os.TempDir(), dir); err != nil {
		t.Fatal(err)
	}
	if l, err := control.ListenIn(dir); err == nil {
		l.Close()
		t.Error("a symbolic link was taken for the folder")
	}
}

// The greeting is what other programs see first.
func TestGreeting(t *testing.T) {
	path := socket(t, newLive(t))
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"snifter": 1.0, "server": map[string]any{
		"control": path, "pid": float64(os.Getpid()), "app": "app:app", "url": "http://127.0.0.1:1", "capture": "",
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
