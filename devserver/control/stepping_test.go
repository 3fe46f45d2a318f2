package control_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// gate is a server's Stops: requests are parked by the test.
type gate struct {
	changed func()

	mu     sync.Mutex
	places []control.Place
	parked []stepping.State
	did    []stepping.Command
	never  int // how often a request was said never to be meant
	// does answers a command; the request stays where it returns a state.
	does func(s stepping.State, c stepping.Command) *stepping.State
}

func (g *gate) Set(places []control.Place) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.places = places
}

func (g *gate) Parked() []stepping.State {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.parked)
}

func (g *gate) Taken(context.Context) {}

func (g *gate) Stages() []event.StageInfo {
	return []event.StageInfo{
		{Name: "app.Auth", Kind: "wsgi"}, {Name: "app.Session", Kind: "wsgi"}, {Name: "lib.Session", Kind: "django"},
		{Name: "lib.Session", Kind: "django"},
	}
}

func (g *gate) Command(id uint64, c stepping.Command) (*stepping.State, error) {
	g.mu.Lock()
	defer g.changed()
	defer g.mu.Unlock()
	at := slices.IndexFunc(g.parked, func(s stepping.State) bool { return s.Exchange == id })
	if at < 0 {
		return nil, control.ErrNotParked
	}
	g.did = append(g.did, c)
	now := g.does(g.parked[at], c)
	if now == nil {
		g.parked = slices.Delete(g.parked, at, at+1)
		return nil, nil
	}
	g.parked[at] = *now
	return now, nil
}

// meet has a request come to a boundary, and parks it there where a breakpoint is for it.
func (g *gate) meet(s stepping.State) bool {
	g.mu.Lock()
	places := slices.Clone(g.places)
	g.mu.Unlock()
	s.Stops = nil
	for _, p := range places {
		boundary := p.Boundary == s.Boundary || p.Boundary == stepping.Any
		switch {
		case !boundary || !stepping.Matches(p.Stage, s.Stage, s.Index):
		case p.Condition(s):
			s.Stops = append(s.Stops, p.ID)
		case p.Never != nil && p.Never(s):
			g.mu.Lock()
			g.never++
			g.mu.Unlock()
		}
	}
	if len(s.Stops) == 0 {
		return false
	}
	g.park(s)
	return true
}

func (g *gate) park(s stepping.State) {
	g.mu.Lock()
	g.parked = slices.DeleteFunc(g.parked, func(old stepping.State) bool { return old.Exchange == s.Exchange })
	g.parked = append(g.parked, s)
	g.mu.Unlock()
	g.changed()
}

// TestParkedLists: a list of the environ stays one on its way to the client.
func TestParkedLists(t *testing.T) {
	for name, open := range doors {
		t.Run(name, func(t *testing.T) {
			l, g := newStepped(t)
			c := open(t, l)
			id := l.beginWith("/", environBytes(t))
			set := marshal.Append(nil, marshal.Dict{
				{Key: "a.list", Value: marshal.List{int64(1), marshal.Tuple{}}}, {Key: "a.tuple", Value: marshal.Tuple{marshal.List{}}},
			})
			g.park(stepping.State{Exchange: id, Index: 1, Stage: auth, Boundary: "enter", Nth: 1, Environ: set})
			list, err := c.Parked(t.Context())
			if err != nil || len(list) != 1 {
				t.Fatalf("%v, %v", list, err)
			}
			want := map[string]any{"a.list": recorder.List{int64(1), []any{}}, "a.tuple": []any{recorder.List{}}}
			for _, item := range list[0].Environ {
				if diff := cmp.Diff(want[item.Key], item.Value); diff != "" {
					t.Errorf("%s (-want +got):\n%s", item.Key, diff)
				}
			}
			if diff := cmp.Diff(want, list[0].Changes.Environ.Added); diff != "" {
				t.Errorf("added (-want +got):\n%s", diff)
			}
			p, err := json.Marshal(list[0])
			if text := `"lists":["/environ/a.list","/environ/a.tuple/0"]`; err != nil || !strings.Contains(string(p), text) {
				t.Errorf("%s lacks %s, %v", p, text, err)
			}
		})
	}
}

func environBytes(t *testing.T, pairs ...string) []byte {
	t.Helper()
	b := marshal.AppendDictStart(nil)
	for i := 0; i < len(pairs); i += 2 {
		b = marshal.AppendText(b, pairs[i])
		b = marshal.AppendText(b, pairs[i+1])
	}
	return marshal.AppendDictEnd(b)
}

// newStepped is a backend whose requests can be parked.
func newStepped(t *testing.T) (*live, *gate) {
	t.Helper()
	store, err := recorder.OpenStore(filepath.Join(t.TempDir(), "capture.db"), recorder.StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	l := &live{recorder: recorder.New(store, recorder.Options{}), build: 1}
	t.Cleanup(func() { l.recorder.Close() })
	g := &gate{changed: func() { l.SteppingChanged() }}
	g.does = func(stepping.State, stepping.Command) *stepping.State { return nil }
	l.Live = control.NewBackend(control.Options{
		Recorder: l.recorder, Status: func() control.Status { return control.Status{Threads: 2, Workers: 1} }, Stops: g,
	})
	return l, g
}

// beginWith begins an exchange whose environ is known.
func (l *live) beginWith(target string, environ []byte) uint64 {
	id := l.recorder.NextID()
	e := l.begin(id, target, 0)
	e.Payload.(*event.Request).Environ = environ
	l.recorder.Emit(e)
	return id
}

var auth = &event.StageInfo{Name: "app.Auth", Kind: "wsgi", File: "/code/app.py", Line: 12}

func TestParked(t *testing.T) {
	for name, open := range doors {
		t.Run(name, func(t *testing.T) {
			l, g := newStepped(t)
			c, ctx := open(t, l), t.Context()
			id := l.beginWith("/admin?x=1", environBytes(t, "PATH_INFO", "/admin", "SCRIPT_NAME", "", "GONE", "1"))
			since := time.Unix(1_700_000_001, 0).UTC()
			until := since.Add(time.Minute)
			at := stepping.State{
				Exchange: id, Index: 2, Stage: auth, Boundary: "enter", Nth: 3, Since: since, Until: until, Stops: []int{4},
				Environ: environBytes(t, "PATH_INFO", "/", "SCRIPT_NAME", "", "REMOTE_USER", "anna"),
				Objects: map[string]string{"wsgi.input": "<Input>"}, Edits: []string{"environ", "respond", "raise"},
			}
			g.park(at)
			list, err := c.Parked(ctx)
			if err != nil || len(list) != 1 {
				t.Fatalf("%v, %v", list, err)
			}
			want := control.Parked{
				ID: id, Method: "GET", Target: "/admin?x=1", Boundary: "enter", Breakpoints: []int{4}, Stop: 3, Since: since, Until: &until,
				Stage:   control.ParkedStage{Index: 2, Name: "app.Auth", Kind: "wsgi", File: "/code/app.py", Line: 12},
				Headers: []recorder.Header{}, Edits: at.Edits,
				Environ: recorder.Environ{
					{Key: "PATH_INFO", Value: "/"}, {Key: "SCRIPT_NAME", Value: ""}, {Key: "REMOTE_USER", Value: "anna"},
					{Key: "wsgi.input", Value: recorder.Repr{Repr: "<Input>"}},
				},
				Changes: control.Changes{
					Environ: recorder.EnvironChanges{
						Added:   map[string]any{"REMOTE_USER": "anna", "wsgi.input": recorder.Repr{Repr: "<Input>"}},
						Changed: map[string][2]any{"PATH_INFO": {"/admin", "/"}}, Removed: []string{"GONE"},
					},
					Headers: control.HeaderDelta{Added: []recorder.Header{}, Removed: []recorder.Header{}},
				},
			}
			if diff := cmp.Diff(want, list[0]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if s, err := c.Status(ctx); err != nil || s.Parked != 1 {
				t.Errorf("status %+v, %v", s, err)
			}

			at.Boundary, at.Nth, at.Until, at.Stops = "start_response", 4, time.Time{}, nil
			at.Status, at.Headers = "200 OK", []event.Header{{Name: "Set-Cookie", Value: "a=1"}, {Name: "Set-Cookie", Value: "a=1"}}
			g.park(at)
			at.Boundary, at.Nth, at.Status = "chunk", 5, "404 Not Found"
			at.Headers, at.Block = at.Headers[:1], []byte("body")
			g.park(at) // nobody has looked in between
			if list, err = c.Parked(ctx); err != nil || len(list) != 1 {
				t.Fatalf("%v, %v", list, err)
			}
			wantChanges := control.Changes{
				Environ: recorder.EnvironChanges{Added: map[string]any{}, Changed: map[string][2]any{}, Removed: []string{}},
				Status:  &[2]string{"200 OK", "404 Not Found"},
				Headers: control.HeaderDelta{Added: []recorder.Header{}, Removed: []recorder.Header{{"Set-Cookie", "a=1"}}},
			}
			if diff := cmp.Diff(wantChanges, list[0].Changes); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if p := list[0]; p.Chunk == nil || string(p.Chunk.Bytes) != "body" || p.Until != nil || len(p.Breakpoints) != 0 {
				t.Errorf("%+v", p)
			}
		})
	}
}

// TestServersObjects: the server's own objects lie elsewhere in each request, and have not changed for that.
func TestServersObjects(t *testing.T) {
	l, g := newStepped(t)
	id := l.recorder.NextID()
	e := l.begin(id, "/", 0)
	e.Payload.(*event.Request).Objects = map[string]string{
		"wsgi.input": "<Input object at 0x7f01>", "wsgi.errors": "<Errors object at 0x7f02>", "snifter.context": "<Context>",
	}
	l.recorder.Emit(e)
	g.park(stepping.State{Exchange: id, Index: 1, Stage: auth, Boundary: "enter", Objects: map[string]string{
		"wsgi.input": "<Input object at 0x7fff>", "wsgi.errors": "<Mine object at 0x7f02>", "snifter.context": "<*cancelCtx>",
	}})
	list, err := l.Parked(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	want := map[string][2]any{
		"wsgi.errors": {recorder.Repr{Repr: "<Errors object at 0x7f02>"}, recorder.Repr{Repr: "<Mine object at 0x7f02>"}},
	}
	if diff := cmp.Diff(want, list[0].Changes.Environ.Changed); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStep(t *testing.T) {
	for name, open := range doors {
		t.Run(name, func(t *testing.T) {
			l, g := newStepped(t)
			c, ctx := open(t, l), t.Context()
			id := l.beginWith("/", environBytes(t, "A", "1"))
			g.park(stepping.State{
				Exchange: id, Index: 2, Stage: auth, Boundary: "enter", Environ: environBytes(t, "A", "1"),
				Edits: []string{"environ", "respond"}, Nth: 2, Version: 4,
			})
			g.does = func(s stepping.State, c stepping.Command) *stepping.State {
				switch {
				case c.Action != stepping.Modify:
					return nil
				case c.Environ["A"] == "refused":
					s.Trouble = "no"
				default:
					s.Environ = environBytes(t, "A", c.Environ["A"])
				}
				return &s
			}
			p, err := c.Step(ctx, control.StepCommand{ID: id, Action: "edit", Environ: map[string]string{"A": "2"}})
			if err != nil || p == nil || p.Changes.Environ.Changed["A"] != [2]any{"1", "2"} {
				t.Errorf("%+v, %v", p, err)
			}
			p, err = c.Step(ctx, control.StepCommand{ID: id, Action: "edit", Environ: map[string]string{"A": "refused"}})
			if err != nil || p == nil || p.Trouble != "no" {
				t.Errorf("%+v, %v", p, err)
			}
			for _, bad := range []control.StepCommand{
				{ID: id, Action: "edit"}, {ID: id, Action: "jump"}, {ID: id, Action: "edit", Status: "200 OK"},
				{ID: id, Action: "edit", Environ: map[string]string{"A": "3"}, Chunk: []byte("x")}, {ID: id, Action: "raise"},
				{ID: id, Action: "respond"}, {ID: id, Action: "respond", Status: "20 OK"}, {ID: id, Action: "respond", Status: "200"},
				{ID: id, Action: "respond", Status: "200 O\nK"},
				{ID: id, Action: "respond", Status: "200 OK", Headers: []recorder.Header{{"A B", "c"}}},
				{ID: id, Action: "respond", Status: "200 OK", Headers: []recorder.Header{{"A", "c\r\nd"}}},
			} {
				if p, err := c.Step(ctx, bad); !errors.Is(err, control.ErrImpossible) || p != nil {
					t.Errorf("%+v: %v, %v", bad, p, err)
				}
			}
			_, err = c.Step(ctx, control.StepCommand{ID: id, Action: "edit", Chunk: []byte("x")})
			if err == nil || !strings.Contains(err.Error(), `app.Auth:enter, where "chunk" is not possible; there it can be: environ, respond`) ||
				!strings.HasSuffix(err.Error(), "(a block is changed at chunk and write)") {
				t.Errorf("%v", err)
			}
			_, err = c.Step(ctx, control.StepCommand{ID: id + 1, Action: "continue"})
			if !errors.Is(err, control.ErrNotParked) || !strings.Contains(err.Error(), "(at app.Auth:enter)") {
				t.Errorf("one that is not parked: %v", err)
			}
			if p, err = c.Step(ctx, control.StepCommand{ID: id, Action: "step", Stop: 1}); !errors.Is(err, control.ErrPast) || p != nil ||
				!strings.Contains(err.Error(), "stands at app.Auth:enter now (stop 2, not 1)") {
				t.Errorf("one for an earlier stop: %+v, %v", p, err)
			}
			edit := control.StepCommand{ID: id, Action: "edit", Version: 3, Environ: map[string]string{"A": "2"}}
			if p, err = c.Step(ctx, edit); !errors.Is(err, control.ErrChanged) || p != nil || !strings.Contains(err.Error(), "app.Auth:enter") {
				t.Errorf("one that was made of an earlier state: %+v, %v", p, err)
			}
			edit.Version = 4
			if p, err = c.Step(ctx, edit); err != nil || p == nil || p.Version != 4 || g.did[len(g.did)-1].Version != 4 {
				t.Errorf("one that was made of this: %+v, %v", p, err)
			}
			p, err = c.Step(ctx, control.StepCommand{
				ID: id, Action: "respond", Stop: 2, Status: "403 No", Headers: []recorder.Header{{"X-A", "b"}}, Chunk: []byte("no"),
			})
			if err != nil || p != nil {
				t.Errorf("%+v, %v", p, err)
			}
			want := stepping.Command{
				Action: stepping.Respond, Nth: 2, Status: "403 No", Headers: []event.Header{{Name: "X-A", Value: "b"}}, Block: []byte("no"),
			}
			if diff := cmp.Diff(want, g.did[len(g.did)-1]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if _, err = c.Step(ctx, control.StepCommand{ID: id, Action: "continue"}); !errors.Is(err, control.ErrNotParked) ||
				!strings.Contains(err.Error(), "nothing is parked") {
				t.Errorf("one that has gone on: %v", err)
			}
		})
	}
}

func TestSteppingIsTold(t *testing.T) {
	for name, open := range doors {
		t.Run(name, func(t *testing.T) {
			l, g := newStepped(t)
			c := open(t, l)
			if _, err := c.AddBreakpoint(t.Context(), control.Breakpoint{Stage: "Auth"}); err != nil {
				t.Fatal(err)
			}
			w := startWatch(t, c)
			w.until(t, "the breakpoint", func(u control.Updates) bool {
				return u.Stepping != nil && len(u.Stepping.Breakpoints) == 1 && u.Stepping.Parked != nil
			})
			id := l.beginWith("/", nil)
			g.meet(stepping.State{Exchange: id, Index: 2, Stage: auth, Boundary: "enter"})
			w.until(t, "the request", func(u control.Updates) bool {
				return u.Stepping != nil && len(u.Stepping.Parked) == 1 && u.Stepping.Parked[0].ID == id &&
					u.Stepping.Breakpoints[0].Hits == 1
			})
			if _, err := c.Step(t.Context(), control.StepCommand{ID: id, Action: "continue"}); err != nil {
				t.Fatal(err)
			}
			w.until(t, "that it goes on", func(u control.Updates) bool { return u.Stepping != nil && len(u.Stepping.Parked) == 0 })
		})
	}
}

func TestNothingStops(t *testing.T) {
	l := newLive(t)
	if _, err := inProcess(t, l).Parked(t.Context()); err == nil {
		t.Error("a server that stops nothing has something parked")
	}
	path := l.recorder.Store().Path()
	l.recorder.Close()
	store, err := recorder.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	c := inProcess(t, control.NewCaptureBackend(store, replay.Options{}))
	if _, err := c.AddBreakpoint(t.Context(), control.Breakpoint{Stage: "Auth"}); !errors.Is(err, control.ErrNoServer) {
		t.Error(err)
	}
	if _, err := c.Step(t.Context(), control.StepCommand{ID: 1, Action: "continue"}); !errors.Is(err, control.ErrNoServer) {
		t.Error(err)
	}
}

// TestParkedReplay: what is parked says what it replays, if anything.
func TestParkedReplay(t *testing.T) {
	l, g := newStepped(t)
	for _, origin := range []uint64{0, 7} {
		id := l.recorder.NextID()
		l.recorder.Emit(l.begin(id, "/", origin))
		g.park(stepping.State{Exchange: id, Index: 2, Stage: auth, Boundary: "enter", Nth: 1})
		list, err := l.Parked(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		p := list[len(list)-1]
		if p.ID != id || (p.Origin != nil) != (origin > 0) || p.Origin != nil && *p.Origin != origin {
			t.Errorf("%d: %+v", origin, p)
		}
	}
}
