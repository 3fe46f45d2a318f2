package worker

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
)

// stamped is a reader that takes the time of each read, for the clock.
type stamped struct {
	r  io.Reader
	at time.Duration
}

func (s *stamped) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.at = now()
	return n, err
}

// read hands frames to their receivers until the stream ends: all that one read of the stream has brought at a time.
func (w *Worker) read(frames *wire.Reader, arrival *stamped) error {
	lanes := newLanes(w)
	defer lanes.close()
	for {
		f, err := frames.Next()
		if err == nil {
			err = w.sort(frames, f, arrival.at, lanes)
		}
		if err == nil && frames.Buffered() {
			continue
		}
		if err := lanes.deliver(); err != nil {
			return err
		}
		if err != nil {
			return err
		}
	}
}

// sort takes note of a frame, and puts it into its lane.
func (w *Worker) sort(frames *wire.Reader, f wire.Frame, arrival time.Duration, lanes *lanes) error {
	w.clock.learn(f.Time, arrival)
	if f.Request == 0 {
		return w.ownFrame(f)
	}
	d := delivery{f: f}
	w.mu.Lock()
	d.o = w.open[f.Request]
	w.nudge.got(d.o, arrival)
	if d.o != nil {
		d.r = d.o.receiver
		switch {
		case ends(f):
			w.park(d.o, false)
			delete(w.open, d.o.id)
			w.drained()
		case f.Kind == wire.Parked:
			w.park(d.o, true)
		}
	}
	w.mu.Unlock()
	if d.o == nil {
		return nil // a frame of a request that has ended
	}
	d.at = d.o.clock.frame(&w.clock, f.Time)
	d.follows = continues(frames, f)
	lanes.add(d)
	return nil
}

// ownFrame takes what a worker says of itself.
func (w *Worker) ownFrame(f wire.Frame) error {
	switch f.Kind {
	case wire.StageNamed:
		w.nameStage(f)
		return nil
	case wire.Taken:
		w.taken()
		return nil
	}
	if f.Kind != wire.Modules && f.Kind != wire.Compiled {
		return nil
	}
	v, _, err := marshal.Decode(f.Payload)
	if err != nil {
		return fmt.Errorf("%w: modules: %w", wire.ErrFrame, err)
	}
	if f.Kind == wire.Compiled {
		return w.tellCompiled(v)
	}
	if w.modules != nil {
		w.modules(wire.Files(v))
	}
	return nil
}

func (w *Worker) tellCompiled(v any) error {
	told, _ := v.(marshal.Tuple)
	if len(told) != 2 {
		return fmt.Errorf("%w: what was compiled", wire.ErrFrame)
	}
	file, _ := told[0].(string)
	source, _ := told[1].([]byte)
	if w.compiled != nil && file != "" {
		w.compiled(marshal.ToSystem(file), source)
	}
	return nil
}

func ends(f wire.Frame) bool {
	switch f.Kind {
	case wire.End:
		return f.Flags&wire.FlagAhead == 0
	case wire.Head, wire.Data:
		return f.Flags&(wire.FlagEnd|wire.FlagAhead) == wire.FlagEnd
	case wire.StageEvents:
		return f.Flags&wire.FlagEnd != 0
	}
	return false
}

// continues says whether the next of what a frame is a part of, a response on its way out, has come with it, as have those
// events of stages that belong to it.
func continues(frames *wire.Reader, f wire.Frame) bool {
	switch f.Kind {
	case wire.Head, wire.Data:
		if f.Flags&wire.FlagEnd != 0 {
			return false
		}
	case wire.StageEvents:
		if f.Flags&wire.FlagEnd != 0 {
			return false
		}
		next, ok := frames.Peek()
		return ok && next.Request == f.Request && (next.Kind == wire.Head || next.Kind == wire.Data || next.Kind == wire.End)
	default:
		return false
	}
	// What is to be told of stages stands before each frame.
	next, ok := frames.PeekBehind(func(n wire.Frame) bool { return n.Request == f.Request && n.Kind == wire.StageEvents })
	return ok && next.Request == f.Request && (next.Kind == wire.Data || next.Kind == wire.End)
}

// tell gives one frame to its receiver. An error is a worker that breaks the protocol.
func (l *lane) tell(d *delivery) error {
	w, o, r, f, at, follows := l.w, d.o, d.r, d.f, d.at, d.follows
	has := func(flag wire.Flags) bool { return f.Flags&flag != 0 }
	switch f.Kind {
	case wire.Head, wire.Started:
		h, block, err := wire.DecodeHead(f.Payload)
		if err != nil {
			return err
		}
		h.ExcInfo = has(wire.FlagExcInfo)
		if f.Kind == wire.Started {
			o.started = h.Started
			r.Started(o.clock.at(&w.clock, h.Started), o.clock.at(&w.clock, h.Entered), h)
			return nil
		}
		r.Head(Head{
			Status: h.Status, Headers: h.Headers, At: at, ExcInfo: h.ExcInfo,
			Entered: o.clock.at(&w.clock, h.Entered), Started: o.clock.at(&w.clock, h.Started),
			Announced: o.started != 0 && o.started == h.Started,
			HasBlock:  has(wire.FlagBlock), Block: block, Write: has(wire.FlagWrite), More: has(wire.FlagMore),
			Follows: follows, Sized: has(wire.FlagSized), End: has(wire.FlagEnd), Broken: has(wire.FlagBroken),
			Ahead: has(wire.FlagAhead), Before: l.eventsBefore(o),
		})
		clear(l.events)
	case wire.Data:
		r.Block(Block{
			Bytes: f.Payload, At: at, Write: has(wire.FlagWrite), More: has(wire.FlagMore), Whole: !has(wire.FlagMore),
			Follows: follows, End: has(wire.FlagEnd), Broken: has(wire.FlagBroken),
		})
	case wire.End:
		if has(wire.FlagAhead) {
			r.Whole()
		} else {
			r.End(has(wire.FlagBroken))
		}
	case wire.Read:
		if len(f.Payload) != 4 {
			return fmt.Errorf("%w: a Read of %d bytes", wire.ErrFrame, len(f.Payload))
		}
		r.Read(int(binary.LittleEndian.Uint32(f.Payload)), has(wire.FlagContinue))
	case wire.Errors:
		r.Errors(at, string(f.Payload))
	case wire.Output:
		stream := "stdout"
		if has(wire.FlagStderr) {
			stream = "stderr"
		}
		r.Output(at, stream, string(f.Payload))
	case wire.Exception:
		raised, err := wire.DecodeRaised(f.Payload)
		if err != nil {
			return err
		}
		r.Exception(at, f.Stage, asRaised(raised))
	case wire.Lint:
		d, _, err := marshal.DecodeDict(f.Payload)
		if err != nil {
			return fmt.Errorf("%w: lint: %w", wire.ErrFrame, err)
		}
		r.Lint(at, f.Stage, &event.Finding{
			Rule: d.Str("rule"), Message: d.Str("message"), PEP: d.Str("pep"), Header: d.Str("header"),
		})
	case wire.Closed:
		r.Closed(at)
	case wire.StageEvents:
		end := has(wire.FlagEnd)
		if events := l.stageEvents(o, f.Payload); events != nil {
			r.StageEvents(events, follows || end)
			clear(events)
		}
		if end {
			r.End(false)
		}
	case wire.Parked:
		parked, err := wire.DecodeParked(f.Payload)
		if err != nil {
			w.lose(err)
			w.Resume(o.id, stepping.Command{Action: stepping.Continue})
			return nil
		}
		r.Parked(at, asState(f.Stage, parked))
	}
	return nil
}

// discard is the receiver of a request that was given up.
type discard struct{}

func (discard) Started(_, _ time.Time, _ wire.ResponseHead) {}
func (discard) Head(Head)                                   {}
func (discard) Block(Block)                                 {}
func (discard) Whole()                                      {}
func (discard) End(bool)                                    {}
func (discard) Read(int, bool)                              {}
func (discard) Errors(time.Time, string)                    {}
func (discard) Output(time.Time, string, string)            {}
func (discard) Exception(time.Time, uint16, *event.Raised)  {}
func (discard) Lint(time.Time, uint16, *event.Finding)      {}
func (discard) Closed(time.Time)                            {}
func (discard) StageEvents([]StageEvent, bool)              {}
func (discard) Parked(time.Time, *stepping.State)           {}
func (discard) Died(string)                                 {}
