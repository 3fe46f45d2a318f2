package wsgi

import (
	"bytes"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
)

// childStages is what a child knows of the stages of its application.
type childStages struct {
	blind   bool // stages are not told of
	root    *tap // what the child calls
	own     int64
	stops   atomic.Pointer[[]stepping.Stop]
	watched atomic.Bool // there are places to stop at

	// Guarded by the sender's lock.
	ids map[*event.StageInfo]uint32
	// Guarded by the child's lock.
	surgeries map[uint32]*stepping.Surgery
	telling   bool // tellLate is due
}

// A request that hangs in a stage shows where: what it has told of stages goes out after lateAfter, if no frame came before.
const (
	lateEvery = 20 * time.Millisecond
	lateAfter = 5 * time.Millisecond
)

// soon has tellLate run while requests are open. c.mu is held.
func (c *child) soon() {
	if !c.telling && !c.blind {
		c.telling = true
		time.AfterFunc(lateEvery, c.tellLate)
	}
}

func (c *child) tellLate() {
	c.mu.Lock()
	var late []*trace
	for _, x := range c.open {
		if t := x.tracing.Load(); t != nil {
			late = append(late, t)
		}
	}
	c.telling = false
	if len(c.open) > 0 {
		c.soon()
	}
	c.mu.Unlock()
	for _, t := range late {
		t.mu.Lock()
		t.tellGiven()
		if len(t.events) > 0 && now()-t.events[0].At > uint64(lateAfter) && !t.over {
			c.out.mu.Lock()
			t.flush()
			c.out.flushSoon()
		}
		t.mu.Unlock()
	}
}

// tapsMade counts the stages of stacks, so that it is known whether there is a stack within the application that is none.
var tapsMade atomic.Int64

func (s *childStages) init(app Application, blind bool) {
	s.blind = blind
	s.ids, s.surgeries = map[*event.StageInfo]uint32{}, map[uint32]*stepping.Surgery{}
	if s.root = ask(app).tap; s.root == nil {
		o := originOf(app).inlined()
		s.root = newTap(&event.StageInfo{Name: o.name, Kind: "wsgi", File: o.file, Line: o.line}, app, nil)
		return
	}
	for t := s.root; t != nil; t = t.within {
		s.own++
	}
}

// nameAll tells of the stages of the application. The sender's lock is held.
func (c *child) nameAll() (root uint32) {
	root = c.name(c.root.info)
	for t := c.root.within; t != nil; t = t.within {
		c.name(t.info)
	}
	return root
}

// stages lists those of the application, the outermost first.
func (s *childStages) stages() []Stage {
	var list []Stage
	for t := s.root; t != nil; t = t.within {
		list = append(list, Stage{Index: len(list) + 1, Name: t.info.Name, File: t.info.File, Line: t.info.Line})
	}
	return list
}

// due says whether there is anything to be told of the stages of a request: the only one is what the server calls, whose
// boundaries are the server's own.
func (c *child) due(x *exchange) bool {
	return !c.blind && (c.root.within != nil || x.surgery.Alters() || c.watched.Load() || tapsMade.Load() > c.own)
}

// name tells of a stage before its id is used. The sender's lock is held.
func (c *child) name(info *event.StageInfo) uint32 {
	id, known := c.ids[info]
	if !known {
		id = uint32(len(c.ids) + 1)
		c.ids[info] = id
		c.out.frame(wire.Frame{Kind: wire.StageNamed}, func(b []byte) []byte { return wire.AppendStageNamed(b, id, info) })
	}
	return id
}

func (c *child) stageID(info *event.StageInfo) uint32 { return c.ids[info] }

func (c *child) places() []stepping.Stop {
	if stops := c.stops.Load(); stops != nil {
		return *stops
	}
	return nil
}

// handleStages handles the frames that are about stages.
func (c *child) handleStages(f wire.Frame) error {
	switch f.Kind {
	case wire.Stops:
		stops, err := wire.DecodeStops(f.Payload)
		if err != nil {
			return err
		}
		c.stops.Store(&stops)
		c.watched.Store(len(stops) > 0)
		c.out.mu.Lock()
		c.out.frame(wire.Frame{Kind: wire.Taken}, nil)
		c.out.flush()
	case wire.Surgery:
		s, err := wire.DecodeSurgery(f.Payload)
		if err != nil {
			return err
		}
		s.Environ = append([]byte(nil), s.Environ...)
		c.mu.Lock()
		c.surgeries[f.Request] = s
		c.mu.Unlock()
	case wire.Resume:
		command, err := wire.DecodeResume(f.Payload)
		if err != nil {
			return err
		}
		command.Block = bytes.Clone(command.Block)
		c.mu.Lock()
		x := c.open[f.Request]
		c.mu.Unlock()
		if x != nil {
			x.resume(command)
		}
	case wire.Stay:
		c.mu.Lock()
		x := c.open[f.Request]
		c.mu.Unlock()
		if x != nil {
			x.stay()
		}
	}
	return nil
}

// judged says that whether a request stops depends on a condition at each of these places.
func (c *child) judged(ids []int) bool {
	for _, s := range c.places() {
		if !s.Judged && slices.Contains(ids, s.ID) {
			return false
		}
	}
	return len(ids) > 0
}

// place is what a request that is parked has among those at work, until it is lent.
type place struct {
	c    *child
	lent bool
}

func (p *place) lend() {
	if !p.lent {
		p.lent = true
		p.c.lend()
	}
}

func (p *place) takeBack() {
	if p.lent {
		p.c.giveBack()
	}
}

// lend gives the place of a request that is stopped to another one.
func (c *child) lend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	if len(c.queue) > c.idle && c.running < c.threads {
		c.running++
		go c.serve()
	}
}

// giveBack takes the place again. If there are too many at work then, the next one that is done ends.
func (c *child) giveBack() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running++
}

// prepare makes what the request is traced with. It returns what is to be called.
func (x *exchange) prepare() (Application, error) {
	c := x.c
	if c.blind && x.surgery.Alters() {
		return nil, errors.New("stages are not told of, and so none can be entered or skipped: run snifter without --no-stages")
	}
	if !c.due(x) {
		return c.app, nil
	}
	t := &trace{x: x}
	if s := x.surgery; s != nil {
		if err := t.plan(s); err != nil {
			return nil, err
		}
	}
	x.trace, x.ctx.trace = t, t
	x.tracing.Store(t)
	return c.root.call, nil
}

// resume hands a command to the goroutine that is stopped. One that comes when it is not is late, and nobody's.
func (x *exchange) resume(c stepping.Command) {
	t := x.tracing.Load()
	if t == nil {
		return
	}
	t.parking.mu.Lock()
	defer t.parking.mu.Unlock()
	if at := t.parking.resume; at != nil {
		select {
		case at <- c:
		default: // it has one already
		}
	}
}

// stay has a request that is stopped lend its place. One that comes when it is not is late, and nobody's.
func (x *exchange) stay() {
	t := x.tracing.Load()
	if t == nil {
		return
	}
	t.parking.mu.Lock()
	defer t.parking.mu.Unlock()
	if at := t.parking.stay; at != nil {
		select {
		case at <- struct{}{}:
		default:
		}
	}
}

// tellParked says where the request is stopped.
func (x *exchange) tellParked(p *pass, s *wire.ParkedState) {
	payload := wire.AppendParked(nil, s)
	x.trace.mu.Lock()
	x.c.out.mu.Lock()
	x.trace.flush()
	x.c.name(p.tap.info)
	x.c.out.frame(wire.Frame{Kind: wire.Parked, Stage: p.index, Request: x.id}, func(b []byte) []byte {
		return append(b, payload...)
	})
	x.last = mark{}
	x.trace.mu.Unlock()
	x.c.out.flush()
}
