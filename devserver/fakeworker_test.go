package devserver_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/worker"
)

const fakeVariable = "SNIFTER_TEST_WORKER"

func TestMain(m *testing.M) {
	if os.Getenv(fakeVariable) != "" {
		newFake().serve()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fakeSource makes workers that say what a test wants said of stages, whatever the workers of applications can.
type fakeSource struct{ threads int }

func (s fakeSource) Prepare(context.Context) error { return nil }
func (s fakeSource) Files() []string               { return nil }
func (s fakeSource) Language() string              { return "go" }
func (s fakeSource) Close() error                  { return nil }

func (s fakeSource) Start(ctx context.Context, output worker.Output) (*worker.Worker, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	env := append(os.Environ(), fakeVariable+"=1")
	return worker.Start(ctx, worker.Spec{Argv: []string{program}, Env: env, Threads: s.threads, Output: output})
}

// fake is a worker of three stages, site.Outer, site.Auth and site.app. They stop at enter and, on the way out, at exit.
//
//	/hold     the application waits until /release is asked for, or the client goes
//	/exit     the worker ends at once
//	/fails    the application fails once it has begun, by a clock that is ahead
//	/garbage  it tells of stages what can't be read, and waits until it may go on
//	/stream   the answer comes in three blocks, and site.app stops at each
//	/ahead    the answer goes ahead of what led to it, which is told once /release is asked for, or the client goes
//	/dies     the answer goes ahead, and the worker ends
//	anything  the answer says who is greeted
type fake struct {
	began time.Time
	link  net.Conn

	mu       sync.Mutex
	stops    []stepping.Stop
	requests map[uint32]*fakeRequest
	surgery  map[uint32]*stepping.Surgery
	release  chan struct{}
}

var fakeStages = []*event.StageInfo{
	nil,
	{Name: "site.Outer", Kind: "wsgi", File: "/srv/site.py", Line: 1},
	{Name: "site.Auth", Kind: "wsgi", File: "/srv/site.py", Line: 10},
	{Name: "site.app", Kind: "wsgi", File: "/srv/site.py", Line: 20},
}

type fakeRequest struct {
	f       *fake
	number  uint32
	environ map[string]any
	events  []wire.StageEvent
	stepped bool
	answer  *stepping.Command // by hand
	resume  chan stepping.Command
	stays   chan struct{} // one for each Stay
	gone    chan struct{}
}

func newFake() *fake {
	return &fake{
		began: time.Now().Add(-time.Second), requests: map[uint32]*fakeRequest{}, surgery: map[uint32]*stepping.Surgery{},
		release: make(chan struct{}),
	}
}

func (f *fake) now() uint64 { return uint64(time.Since(f.began)) }

func (f *fake) put(frames ...wire.Frame) {
	var b []byte
	for _, frame := range frames {
		if frame.Time == 0 {
			frame.Time = f.now()
		}
		b = wire.AppendFrame(b, frame)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	_, _ = f.link.Write(b)
}

func (f *fake) serve() {
	file := os.NewFile(3, "frames")
	conn, err := net.FileConn(file)
	if err != nil {
		panic(err)
	}
	f.link = conn
	var first []wire.Frame
	for id := 1; id < len(fakeStages); id++ {
		first = append(first, wire.Frame{Kind: wire.StageNamed, Payload: wire.AppendStageNamed(nil, uint32(id), fakeStages[id])})
	}
	f.put(append(first, wire.Frame{Kind: wire.ReadyKind, Payload: wire.AppendReady(nil, wire.Ready{Language: "go", Root: 1})})...)
	var running sync.WaitGroup
	frames := wire.NewReader(conn)
	for {
		frame, err := frames.Next()
		if err != nil {
			os.Exit(1)
		}
		f.mu.Lock()
		r := f.requests[frame.Request]
		f.mu.Unlock()
		switch frame.Kind {
		case wire.Stop:
			go func() {
				running.Wait()
				os.Exit(0)
			}()
		case wire.Stops:
			stops, _ := wire.DecodeStops(frame.Payload)
			f.mu.Lock()
			f.stops = stops
			f.mu.Unlock()
		case wire.Surgery:
			f.surgery[frame.Request], _ = wire.DecodeSurgery(frame.Payload)
		case wire.Request:
			r := f.request(frame)
			running.Go(r.run)
		case wire.Resume:
			c, _ := wire.DecodeResume(frame.Payload)
			r.resume <- c
		case wire.Stay:
			select {
			case r.stays <- struct{}{}:
			default: // there are enough of them
			}
		case wire.Gone:
			if r != nil {
				close(r.gone)
			}
		}
	}
}

func (f *fake) request(frame wire.Frame) *fakeRequest {
	r := &fakeRequest{
		f: f, number: frame.Request, environ: map[string]any{}, resume: make(chan stepping.Command, 8),
		stays: make(chan struct{}, 8), gone: make(chan struct{}),
	}
	_, _ = marshal.Items(frame.Payload[4:], func(key string, value any) { r.environ[key] = value })
	f.mu.Lock()
	f.requests[r.number] = r
	f.mu.Unlock()
	return r
}

func (r *fakeRequest) note(kind event.Kind, stage int, payload any) {
	r.events = append(r.events, wire.StageEvent{Kind: kind, Stage: uint16(stage), At: r.f.now(), Payload: payload})
}

// send sends a frame with what is unsent before it.
func (r *fakeRequest) send(frame wire.Frame) {
	frame.Request = r.number
	told := wire.Frame{Kind: wire.StageEvents, Request: r.number, Payload: wire.AppendStageEvents(nil, r.events,
		func(s *event.StageInfo) uint32 { return uint32(slices.Index(fakeStages, s)) })}
	if len(r.events) == 0 {
		r.f.put(frame)
	} else {
		r.f.put(told, frame)
	}
	r.events = nil
}

func (r *fakeRequest) over() bool {
	select {
	case <-r.gone:
		return true
	default:
		return r.answer != nil
	}
}

func (r *fakeRequest) run() {
	defer func() {
		r.f.mu.Lock()
		delete(r.f.requests, r.number)
		r.f.mu.Unlock()
	}()
	path, _ := r.environ["PATH_INFO"].(string)
	query, _ := r.environ["QUERY_STRING"].(string)
	entered := r.f.now()
	r.cross(1, event.Enter)
	r.environ["outer.seen"] = "yes"
	r.note(event.EnvironChanged, 1, &event.EnvironChange{Set: marshal.Append(nil, marshal.Dict{{Key: "outer.seen", Value: "yes"}})})
	r.note(event.Enter, 2, &event.Entered{Stage: fakeStages[2], Within: 1})
	r.cross(2, event.Enter)
	if !r.over() {
		r.note(event.Enter, 3, &event.Entered{Stage: fakeStages[3], Within: 2})
		r.cross(3, event.Enter)
	}
	switch path {
	case "/exit":
		os.Exit(3)
	case "/garbage":
		bad := marshal.Append(nil, "garbage")
		r.f.put(wire.Frame{Kind: wire.StageNamed, Payload: bad}, wire.Frame{Kind: wire.StageEvents, Request: r.number, Payload: bad},
			wire.Frame{Kind: wire.Parked, Stage: 2, Request: r.number, Payload: bad})
		<-r.resume
	case "/wrong":
		found := marshal.Append(nil, marshal.Dict{{Key: "rule", Value: "environ-not-text"}})
		for stage := range uint16(2) {
			r.send(wire.Frame{Kind: wire.Lint, Stage: stage + 1, Payload: found})
		}
	case "/release":
		close(r.f.release)
	case "/hold":
		select {
		case <-r.f.release:
		case <-r.gone:
		}
	}
	status, text := "200 OK", fmt.Sprintf("hello %v", r.environ["REMOTE_USER"])
	if s := r.f.surgery[r.number]; s != nil {
		text = fmt.Sprintf("entered %s, skipped %s", s.Enter, strings.Join(s.Skip, " "))
	}
	started := r.f.now()
	head := func(block []byte) []byte {
		return wire.AppendHead(nil, wire.ResponseHead{Status: status, Entered: entered, Started: started}, block)
	}
	switch {
	case path == "/fails":
		r.send(wire.Frame{Kind: wire.Errors, Payload: []byte("on its way")})
		r.send(wire.Frame{Kind: wire.Started, Payload: head(nil), Time: r.f.now() + uint64(time.Hour)})
		r.send(wire.Frame{Kind: wire.End, Flags: wire.FlagBroken})
		return
	case r.answer != nil && r.answer.Action == stepping.Respond:
		status, text = r.answer.Status, string(r.answer.Block)
	case r.over():
		r.send(wire.Frame{Kind: wire.End, Flags: wire.FlagBroken})
		return
	default:
		r.note(event.Exit, 3, &event.Left{Result: "list"})
		r.cross(3, event.Exit)
		// How long they took is told at once, though their blocks are yet to come.
		r.note(event.Spent, 3, &event.Times{Total: 2000, Self: 2000})
		r.note(event.Exit, 2, &event.Left{Result: "list", Same: true, Of: 3})
		r.note(event.Spent, 2, &event.Times{Total: 3000, Self: 1000})
	}
	if path == "/stream" {
		kind := wire.Head
		for i := range 3 {
			block := []byte(fmt.Sprint(i))
			r.note(event.Chunk, 3, &event.Block{Bytes: block, Size: 1})
			r.cross(3, event.Chunk)
			payload := block
			if kind == wire.Head {
				payload = head(block)
			}
			r.send(wire.Frame{Kind: kind, Flags: wire.FlagBlock, Payload: payload})
			kind = wire.Data
		}
		r.note(event.Close, 3, nil)
		if query == "ahead" {
			r.goAhead(wire.Frame{Kind: wire.End})
		}
		r.send(wire.Frame{Kind: wire.End})
		return
	}
	r.note(event.Chunk, 3, &event.Block{Bytes: []byte(text), Size: len(text)})
	r.note(event.Close, 3, nil)
	whole := wire.Frame{Kind: wire.Head, Flags: wire.FlagBlock | wire.FlagSized | wire.FlagEnd, Payload: head([]byte(text))}
	if path == "/ahead" || path == "/dies" {
		r.goAhead(whole)
		if path == "/dies" {
			os.Exit(3)
		}
		whole = wire.Frame{Kind: wire.End}
	}
	r.note(event.Spent, 1, &event.Times{Total: 4000, Self: 1000})
	r.send(whole)
}

// goAhead sends the frame that ends a response ahead of what led to it.
func (r *fakeRequest) goAhead(frame wire.Frame) {
	frame.Flags |= wire.FlagAhead
	frame.Request = r.number
	r.f.put(frame)
	select {
	case <-r.f.release:
	case <-r.gone:
	}
}

// cross stops at a boundary where there is a place for it or a step ends.
func (r *fakeRequest) cross(stage int, kind event.Kind) {
	var met []int
	judged := !r.stepped
	r.f.mu.Lock()
	for _, s := range r.f.stops {
		if stepping.Matches(s.Stage, fakeStages[stage], stage) && (s.Boundary == stepping.Any || s.Boundary == stepping.BoundaryName(kind)) {
			met = append(met, s.ID)
			judged = judged && s.Judged
		}
	}
	r.f.mu.Unlock()
	if r.stepped {
		met = nil
	} else if met == nil {
		return
	}
	r.stepped = false
	began := time.Now()
	trouble := ""
	for {
		command := r.park(stage, kind, met, trouble)
		trouble = ""
		switch command.Action {
		case stepping.Pass:
			return
		case stepping.Modify:
			for k, v := range command.Environ {
				r.environ[k] = v
			}
			continue
		case stepping.Respond:
			if command.Status == "200 Impossible" {
				trouble = "that is no status"
				continue
			}
			r.answer = &command
		case stepping.Abort, stepping.Raise:
			r.answer = &command
		case stepping.Step:
			r.stepped = true
		}
		if judged { // it has held its thread until it was told that it stays
			select {
			case <-r.stays:
			case <-r.gone:
			}
		}
		p := &event.Pause{Boundary: kind, Took: time.Since(began), Then: string(command.Action)}
		if len(met) > 0 {
			p.Breakpoint = met[0]
		}
		r.note(event.Paused, stage, p)
		return
	}
}

func (r *fakeRequest) park(stage int, kind event.Kind, met []int, trouble string) stepping.Command {
	var environ marshal.Dict
	for _, k := range slices.Sorted(maps.Keys(r.environ)) {
		environ = append(environ, marshal.Pair{Key: k, Value: r.environ[k]})
	}
	r.send(wire.Frame{Kind: wire.Parked, Stage: uint16(stage), Payload: wire.AppendParked(nil, &wire.ParkedState{
		Boundary: stepping.BoundaryName(kind), Stops: met, Environ: marshal.Append(nil, environ), Trouble: trouble,
		Edits: []string{"environ", "respond", "raise"},
	})})
	select {
	case c := <-r.resume:
		return c
	case <-r.gone:
		return stepping.Command{Action: stepping.Abort}
	}
}
