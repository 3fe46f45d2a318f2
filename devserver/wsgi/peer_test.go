package wsgi_test

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// peer is the server's side of the wire.
type peer struct {
	t    testing.TB
	conn net.Conn
	done chan error // what ServeConn returned

	mu      sync.Mutex
	changed chan struct{} // closed and made anew whenever something came
	ready   *wire.Ready
	got     map[uint32]*answer
	last    uint32
	noAck   bool // of blocks
	stages  map[uint32]*event.StageInfo
}

// answer is what came for one request.
type answer struct {
	Heads    []wire.ResponseHead
	Started  []wire.ResponseHead
	Blocks   []string // "y:" or "w:" and the bytes, "+" where the same block goes on
	Body     string
	Sized    bool
	Ended    bool
	Broken   bool
	Errors   string
	Raised   []*wire.Raised
	RaisedIn []uint16 // the stage of each, as far as that is told
	Lint     []string
	Blamed   []int    // the stages, for each of Lint
	Of       []string // and the header that it is about
	Continue int
	Read     int
	Events   []wire.StageEvent
	Frames   []wire.Kind
	Parked   []*parked
}

// parked is where a request stopped.
type parked struct {
	Stage uint16
	*wire.ParkedState
}

func dial(t testing.TB, app wsgi.Application, opts ...wsgi.Option) *peer {
	t.Helper()
	ours, theirs := net.Pipe()
	p := &peer{
		t: t, conn: ours, done: make(chan error, 1), changed: make(chan struct{}), got: map[uint32]*answer{},
		stages: map[uint32]*event.StageInfo{},
	}
	go func() { p.done <- wsgi.ServeConn(theirs, app, opts...) }()
	read := make(chan struct{})
	go func() { defer close(read); p.read() }()
	t.Cleanup(func() {
		_ = ours.Close()
		<-read
		select {
		case <-p.done:
		case <-time.After(time.Minute):
			t.Error("ServeConn did not return when the connection ended")
		}
	})
	p.await(func() bool { return p.ready != nil })
	return p
}

func (p *peer) read() {
	r := wire.NewReader(p.conn)
	for {
		f, err := r.Next()
		if err != nil {
			return
		}
		p.mu.Lock()
		ack := p.take(f)
		if p.noAck {
			ack = 0
		}
		close(p.changed)
		p.changed = make(chan struct{})
		p.mu.Unlock()
		if ack > 0 {
			go p.credit(f.Request, ack)
		}
	}
}

func (p *peer) take(f wire.Frame) (ack int) {
	if f.Kind == wire.ReadyKind {
		r, err := wire.DecodeReady(f.Payload)
		if err != nil {
			p.t.Errorf("ready: %v", err)
		}
		p.ready = &r
		return 0
	}
	if f.Kind == wire.StageNamed && f.Request == 0 {
		id, info, err := wire.DecodeStageNamed(f.Payload)
		if err != nil || p.stages[id] != nil {
			p.t.Errorf("stage %d: %v, %v", id, info, err)
		}
		p.stages[id] = info
		return 0
	}
	if f.Kind == wire.Taken && f.Request == 0 {
		return 0
	}
	a := p.got[f.Request]
	if a == nil {
		p.t.Errorf("a frame of kind %d for request %d, which was never made", f.Kind, f.Request)
		return 0
	}
	if a.Ended && f.Kind != wire.Read {
		p.t.Errorf("a frame of kind %d after the end of request %d", f.Kind, f.Request)
	}
	a.Frames = append(a.Frames, f.Kind)
	has := func(flag wire.Flags) bool { return f.Flags&flag != 0 }
	block := func(b []byte) {
		via := "y:"
		if has(wire.FlagWrite) {
			via = "w:"
		}
		if has(wire.FlagMore) {
			via = "+" + via
		}
		a.Blocks = append(a.Blocks, via+string(b))
		a.Body += string(b)
		ack = len(b)
	}
	end := func() {
		a.Ended, a.Broken = has(wire.FlagEnd), has(wire.FlagBroken)
	}
	switch f.Kind {
	case wire.Head, wire.Started:
		h, b, err := wire.DecodeHead(f.Payload)
		if err != nil {
			p.t.Errorf("head: %v", err)
		}
		if h.Entered == 0 || h.Started < h.Entered {
			p.t.Errorf("entered at %d, started at %d", h.Entered, h.Started)
		}
		h.Entered, h.Started = 0, 0
		if f.Kind == wire.Started {
			a.Started = append(a.Started, h)
			return 0
		}
		a.Heads = append(a.Heads, h)
		a.Sized = has(wire.FlagSized)
		if has(wire.FlagBlock) != (len(b) > 0) {
			p.t.Errorf("a head with FlagBlock %v and %d bytes", has(wire.FlagBlock), len(b))
		}
		if len(b) > 0 {
			block(b)
		}
		end()
	case wire.Data:
		block(f.Payload)
		end()
	case wire.End:
		end()
	case wire.Read:
		a.Read += int(binary.LittleEndian.Uint32(f.Payload))
		if has(wire.FlagContinue) {
			a.Continue++
		}
	case wire.Errors:
		a.Errors += string(f.Payload)
	case wire.Exception:
		r, err := wire.DecodeRaised(f.Payload)
		if err != nil {
			p.t.Errorf("exception: %v", err)
		}
		a.Raised = append(a.Raised, r)
		a.RaisedIn = append(a.RaisedIn, f.Stage)
	case wire.Lint:
		d, _, err := marshal.DecodeDict(f.Payload)
		if err != nil {
			p.t.Errorf("lint: %v", err)
		}
		a.Lint = append(a.Lint, d.Str("rule"))
		a.Blamed = append(a.Blamed, int(f.Stage))
		a.Of = append(a.Of, d.Str("header"))
	case wire.StageEvents:
		events, err := new(wire.StageReader).Decode(a.Events, f.Payload, func(id uint32) *event.StageInfo { return p.stages[id] })
		if err != nil {
			p.t.Errorf("events of stages: %v", err)
		}
		a.Events = events
	case wire.Parked:
		state, err := wire.DecodeParked(f.Payload)
		if err != nil {
			p.t.Errorf("parked: %v", err)
		}
		a.Parked = append(a.Parked, &parked{f.Stage, state})
	default:
		p.t.Errorf("a frame of kind %d", f.Kind)
	}
	return ack
}

// await waits until a condition on what came holds. It is looked at with the lock held.
func (p *peer) await(cond func() bool) {
	p.t.Helper()
	timeout := time.After(time.Minute)
	for {
		p.mu.Lock()
		ok, changed := cond(), p.changed
		p.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			p.t.Fatal("what was awaited did not come")
		}
	}
}

func (p *peer) send(f wire.Frame) {
	p.t.Helper()
	if _, err := p.conn.Write(wire.AppendFrame(nil, f)); err != nil {
		p.t.Errorf("send: %v", err)
	}
}

func (p *peer) credit(id uint32, n int) {
	_, _ = p.conn.Write(wire.AppendFrame(nil, wire.Frame{
		Kind: wire.Credit, Request: id, Payload: binary.LittleEndian.AppendUint32(nil, uint32(n)),
	}))
}

// environ is a plain environ for a method, with changes.
func environ(method string, changes ...string) marshal.Dict {
	d := marshal.Dict{
		{Key: "REQUEST_METHOD", Value: method}, {Key: "SCRIPT_NAME", Value: ""}, {Key: "PATH_INFO", Value: "/"},
		{Key: "QUERY_STRING", Value: ""}, {Key: "SERVER_NAME", Value: "127.0.0.1"}, {Key: "SERVER_PORT", Value: "8000"},
		{Key: "SERVER_PROTOCOL", Value: "HTTP/1.1"}, {Key: "REMOTE_ADDR", Value: "127.0.0.1"},
		{Key: "REMOTE_PORT", Value: "50000"}, {Key: "REQUEST_URI", Value: "/"}, {Key: "RAW_URI", Value: "/"},
		{Key: "HTTP_HOST", Value: "127.0.0.1:8000"},
		{Key: "wsgi.version", Value: marshal.Tuple{int64(1), int64(0)}}, {Key: "wsgi.url_scheme", Value: "http"},
		{Key: "wsgi.multithread", Value: true}, {Key: "wsgi.multiprocess", Value: false},
		{Key: "wsgi.run_once", Value: false}, {Key: "wsgi.input_terminated", Value: true},
	}
	for i := 0; i < len(changes); i += 2 {
		d = set(d, changes[i], changes[i+1])
	}
	return d
}

func set(d marshal.Dict, key string, value any) marshal.Dict {
	for i := range d {
		if d[i].Key == key {
			d[i].Value = value
			return d
		}
	}
	return append(d, marshal.Pair{Key: key, Value: value})
}

func requestPayload(d marshal.Dict, body string) []byte {
	e := marshal.Append(nil, d)
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(e)))
	return append(append(b, e...), body...)
}

// next is the number of a request that is to be sent.
func (p *peer) next() uint32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	p.got[p.last] = &answer{}
	return p.last
}

// request sends a request, with its whole body or the first part of one.
func (p *peer) request(d marshal.Dict, body string, whole bool) uint32 {
	p.t.Helper()
	id := p.next()
	flags := wire.Flags(0)
	if whole {
		flags = wire.FlagEnd
	}
	p.send(wire.Frame{Kind: wire.Request, Flags: flags, Request: id, Payload: requestPayload(d, body)})
	return id
}

func (p *peer) ended(id uint32) *answer {
	p.t.Helper()
	p.await(func() bool { return p.got[id].Ended })
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.got[id]
}

// do sends a whole request and waits for the answer.
func (p *peer) do(d marshal.Dict, body string) *answer {
	p.t.Helper()
	return p.ended(p.request(d, body, true))
}

func get(t testing.TB, app wsgi.Application) *answer {
	t.Helper()
	return dial(t, app).do(environ("GET"), "")
}

var plain = wsgi.Headers{{"Content-Type", "text/plain"}}

func hello(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
	start("200 OK", plain, nil)
	return wsgi.Text("Hello, world!\n")
}

// answering is an application that starts with 200 and has this body.
func answering(body wsgi.Body, headers ...[2]string) wsgi.Application {
	return func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		start("200 OK", append(plain[:1:1], headers...), nil)
		return body
	}
}

var _ io.Writer = wsgi.Write(nil)
