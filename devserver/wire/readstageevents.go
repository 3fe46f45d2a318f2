package wire

import (
	"fmt"
	"math"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
)

// Decode reads the payload of StageEvents and appends its events to those given. stage gives the stage that StageNamed told
// of under an id, nil for none, which is an error. Events of a kind that is not known are left out. The payloads are the
// caller's to keep; those of one call share memory.
func (r *StageReader) Decode(
	events []StageEvent, p []byte, stage func(id uint32) *event.StageInfo,
) ([]StageEvent, error) {
	had := len(events)
	r.scan.rooms = &r.rooms
	ok := scannedBy(&r.scan, p, func(s *scan) {
		events = events[:had]
		n := s.count()
		for s.rooms.begin(n); n > 0 && !s.bad; n-- {
			left := s.tuple(3)
			e := StageEvent{Kind: event.Kind(s.within(math.MaxUint8)), Stage: s.stage(), At: uint64(s.within(math.MaxInt64))}
			if e.Kind == leftAtOnce {
				events = s.leftAtOnce(events, e)
				left -= 4
			} else if e.Kind == enterGiven {
				events = s.enterGiven(events, e, stage)
				left -= 4
			} else if e.Kind == enterLazy {
				events = s.enterLazy(events, e, stage)
				left -= 3
			} else if e.Kind == shutAtOnce {
				events = s.shutAtOnce(events, e)
				left -= 2
			} else if e.Kind == LayerLeft {
				events, left = s.layerLeft(events, e, left)
			} else if e.Kind == startOneMore {
				events = s.startOneMore(events, e)
				left -= 2
			} else if !s.bad {
				known := false
				given := e.Kind == givenBlock
				if given {
					e.Kind = event.Chunk
				}
				e.Payload, left, known = s.payload(e.Kind, left, stage)
				switch e.Kind {
				case spentGross:
					e.Kind = event.Spent
				case readInstead:
					e.Kind = event.Input
				}
				if given {
					e.Payload.(*event.Block).Given = true
				}
				if known {
					events = append(events, e)
				}
				if (e.Kind == event.StartResponse || e.Kind == StartMore) && left > 0 {
					events = s.through(events, e)
					left--
				}
			}
			s.bad = s.bad || left < 0
			s.pass(left)
		}
	})
	if !ok {
		return events[:had], fmt.Errorf("%w: events of stages", ErrFrame)
	}
	return events, nil
}

// leftAtOnce is Exit and spentGross in one.
const leftAtOnce event.Kind = 64

// readInstead is an Input of what stands in the place of wsgi.input.
const readInstead event.Kind = 74

// givenBlock is a Chunk of what a framework's layer got.
const givenBlock event.Kind = 65

// BlockAgain is a Chunk that is the very block which was told last of the request, and not by an event like this one. It has
// no payload: whoever knows what was told before makes a Chunk of it.
const BlockAgain event.Kind = 66

// StartMore is a StartResponse of headers that were told last of the request, and more. Its payload is MoreHeaders: whoever
// knows what was told before makes a StartResponse of it.
const StartMore event.Kind = 67

// MoreHeaders are those of a StartMore, behind those that were told last. Whoever makes a StartResponse of it may have the
// Response hold that.
type MoreHeaders struct {
	event.Response
	Again bool // it is the status that was told last
}

// startOneMore is a StartMore of one header, with the status that was told last.
const startOneMore event.Kind = 73

func (s *scan) startOneMore(events []StageEvent, e StageEvent) []StageEvent {
	e.Kind = StartMore
	more := s.rooms.more.take()
	more.Again = true
	more.Headers = s.rooms.headers.slice(1)
	more.Headers[0] = event.Header{Name: s.text(), Value: s.text()}
	e.Payload = more
	return append(events, e)
}

// LayerLeft is an Exit of a framework's layer whose responses may be told by others. Its payload is LayerExit: whoever knows what
// was told before makes a Left of it.
const LayerLeft event.Kind = 75

// LayerExit is the payload of a LayerLeft.
type LayerExit struct {
	event.Left
	// Again says that what the layer gave is what it was given, or else what a LayerLeft told last as what a layer gave, and
	// Response has the headers behind those of that. GivenAgain says the same of what it was given: that is what was told last.
	Again, GivenAgain bool
}

// layerLeft takes a LayerLeft and the spentGross behind it, which have n values. It returns how many are left.
func (s *scan) layerLeft(events []StageEvent, e StageEvent, n int) ([]StageEvent, int) {
	left := &LayerExit{Left: event.Left{Result: s.text()}}
	times := s.gross()
	n -= 3
	for _, told := range []struct {
		response **event.Response
		again    *bool
	}{{&left.Response, &left.Again}, {&left.Given, &left.GivenAgain}} {
		if n >= 2 {
			*told.again = s.peek() == 'N'
			*told.response = &event.Response{Status: s.given(), Headers: s.headers()}
			n -= 2
		}
	}
	e.Payload = left
	return append(events, e, StageEvent{Kind: event.Spent, Stage: e.Stage, At: e.At, Payload: times}), n
}

// enterGiven is an Enter, and before it an EnvironChanged by the stage around, of one key.
const enterGiven event.Kind = 68

func (s *scan) enterGiven(
	events []StageEvent, e StageEvent, stage func(uint32) *event.StageInfo,
) []StageEvent {
	entered := s.rooms.entered.take()
	entered.Within, entered.Stage = s.stage(), stage(uint32(s.within(math.MaxUint32)))
	s.bad = s.bad || entered.Stage == nil
	from := s.at
	s.text()
	s.skip(0)
	if s.bad {
		return events
	}
	change := s.rooms.changes.take()
	change.Set = s.asDict(from)
	e.Kind = event.Enter
	e.Payload = entered
	return append(events, StageEvent{Kind: event.EnvironChanged, Stage: entered.Within, At: e.At, Payload: change}, e)
}

// enterLazy is an Enter, and behind it the Exit of a call that has made a generator, of which nothing has run.
const enterLazy event.Kind = 69

func (s *scan) enterLazy(
	events []StageEvent, e StageEvent, stage func(uint32) *event.StageInfo,
) []StageEvent {
	e.Kind = event.Enter
	e.Payload, _, _ = s.payload(event.Enter, 3, stage)
	return append(events, e, StageEvent{
		Kind: event.Exit, Stage: e.Stage, At: e.At, Payload: &event.Left{Result: "generator"},
	})
}

// shutAtOnce is Close and spentGross in one.
const shutAtOnce event.Kind = 70

func (s *scan) shutAtOnce(events []StageEvent, e StageEvent) []StageEvent {
	return append(events,
		StageEvent{Kind: event.Close, Stage: e.Stage, At: e.At},
		StageEvent{Kind: event.Spent, Stage: e.Stage, At: e.At, Payload: s.gross()})
}

// spentGross is a Spent that does not tell what of the time was spent within the stages within. Its payload is GrossTimes:
// whoever knows what was told of all stages makes a Times of it.
const spentGross event.Kind = 71

// GrossTimes is how long a stage was at work, with the stages within it.
type GrossTimes struct {
	Total time.Duration
	// Other is what of that was spent in others than those within it, less what of theirs was spent in it.
	Other time.Duration
	Of    uint16 // as in event.Times
}

func (s *scan) gross() *GrossTimes {
	t := s.rooms.gross.take()
	t.Total, t.Other = s.duration(), time.Duration(s.int())
	return t
}

// SpentElsewhere tells of a stage that a part of its time was not within the stage that it is within (Elsewhere). Told of
// another stage than 1, it is that one's time that passed within the stage, beside what is told of it.
const SpentElsewhere event.Kind = 72

// Elsewhere is the payload of SpentElsewhere, which is told before the last Spent.
type Elsewhere struct {
	Stage uint16
	Took  time.Duration
}

// times takes how long a stage took.
func (s *scan) times() *event.Times {
	return &event.Times{Total: s.duration(), Self: s.duration()}
}

func (s *scan) leftAtOnce(events []StageEvent, e StageEvent) []StageEvent {
	left := s.rooms.left.take()
	left.Result = "list"
	if !s.none() {
		left.Result = s.text()
	}
	s.same(left)
	times := s.gross()
	return append(events,
		StageEvent{Kind: event.Exit, Stage: e.Stage, At: e.At, Payload: left},
		StageEvent{Kind: event.Spent, Stage: e.Stage, At: e.At, Payload: times})
}

// same takes the stage whose result it is as well, or -1.
func (s *scan) same(left *event.Left) {
	of := s.int()
	switch {
	case of >= 0 && of <= math.MaxUint16:
		left.Same, left.Of = true, uint16(of)
	case of != -1:
		s.bad = true
	}
}

// through takes the stages that passed a call of start_response on as it was: each has made the same one.
func (s *scan) through(events []StageEvent, e StageEvent) []StageEvent {
	for n := s.count(); n > 0 && !s.bad; n-- {
		if e.Stage = s.stage(); e.Stage > 0 { // else nothing is told of it
			events = append(events, e)
		}
	}
	return events
}

// payload takes what a kind has, of n values that there are. It returns how many values it has left.
func (s *scan) payload(kind event.Kind, n int, stage func(uint32) *event.StageInfo) (p any, left int, known bool) {
	switch kind {
	case event.Enter:
		e := s.rooms.entered.take()
		e.Within, e.Stage, e.Copied = s.stage(), stage(uint32(s.within(math.MaxUint32))), s.flag()
		s.bad = s.bad || e.Stage == nil
		return e, n - 3, true
	case event.Input:
		return &event.Read{
			Reads: int(s.within(math.MaxInt32)), Size: s.within(math.MaxInt64), Over: int(s.within(math.MaxInt32)),
		}, n - 3, true
	case readInstead:
		return &event.Read{Reads: 1, Size: s.within(math.MaxInt64), Left: s.within(math.MaxInt64), Instead: true}, n - 2, true
	case event.StartResponse:
		return &event.Response{Status: s.given(), Headers: s.headers(), ExcInfo: s.flag()}, n - 3, true
	case StartMore:
		more := s.rooms.more.take()
		more.Status, more.Headers = s.given(), s.headers()
		return more, n - 2, true
	case event.Write, event.Chunk:
		block := s.rooms.blocks.take()
		block.Size, block.Bytes = int(s.within(math.MaxInt32)), s.bytes()
		n -= 2
		if n >= 2 {
			of := s.int()
			nth := uint32(s.within(math.MaxUint32))
			n -= 2
			switch {
			case of >= 0 && of <= math.MaxUint16:
				block.Same, block.Of, block.Nth = true, uint16(of), nth
			case of == -1:
				if n >= 1 {
					block.Type = s.text()
					n--
				}
			default:
				s.bad = true
			}
		}
		return block, n, true
	case event.Close, BlockAgain:
		return nil, n, true
	case event.Exit:
		return s.exit(n)
	case event.Exception:
		p := s.passed()
		p.Response, p.Given, n = s.responses(n - 5)
		return p, n, true
	case event.EnvironChanged:
		c := s.change()
		c.Inner = s.flag()
		if n -= 4; n >= 1 {
			c.Of = uint16(s.within(math.MaxUint16))
			n--
		}
		return c, n, true
	case event.Spent:
		times := s.times()
		if n -= 2; n >= 1 {
			times.Of = uint16(s.within(math.MaxUint16))
			n--
		}
		return times, n, true
	case spentGross:
		times := s.gross()
		if n -= 2; n >= 1 {
			times.Of = uint16(s.within(math.MaxUint16))
			n--
		}
		return times, n, true
	case SpentElsewhere:
		return &Elsewhere{Stage: s.stage(), Took: s.duration()}, n - 2, true
	case event.Untold:
		return &event.Surplus{
			Passes: int(s.within(math.MaxInt32)), Events: int(s.within(math.MaxInt32)),
		}, n - 2, true
	case event.Paused:
		return &event.Pause{
			Boundary: event.Kind(s.within(math.MaxUint8)), Took: s.duration(),
			Breakpoint: int(s.within(math.MaxInt32)), Then: s.text(),
		}, n - 4, true
	case event.Edited:
		return s.edit(), n - 2, true
	}
	return nil, n, false
}

func (s *scan) exit(n int) (any, int, bool) {
	left := s.rooms.left.take()
	left.Result = s.text()
	s.same(left)
	left.File = s.flag()
	left.Response, left.Given, n = s.responses(n - 3)
	return left, n, true
}

// responses takes what a framework's layer gave and what it was given, of n values that there are. It returns how many values
// are left.
func (s *scan) responses(n int) (response, given *event.Response, left int) {
	for _, r := range []**event.Response{&response, &given} {
		if n >= 2 {
			*r = &event.Response{Status: s.given(), Headers: s.headers()}
			n -= 2
		}
	}
	return response, given, n
}

func (s *scan) passed() *event.Passed {
	p := &event.Passed{}
	switch s.text() {
	case event.InCall.String():
		p.Where = event.InCall
	case event.InIterate.String():
		p.Where = event.InIterate
	case event.InClose.String():
		p.Where = event.InClose
	default:
		s.bad = true
	}
	p.Type, p.Message, p.Number = s.text(), s.text(), uint32(s.within(math.MaxUint32))
	if s.none() {
		return p
	}
	n := s.count()
	p.Frames = []event.Frame{}
	for ; n > 0 && !s.bad; n-- {
		beyond := s.tuple(4)
		p.Frames = append(p.Frames, event.Frame{
			File: marshal.ToSystem(s.text()), Line: int(s.within(math.MaxInt32)), Function: s.text(), Source: s.text(),
		})
		s.pass(beyond)
	}
	return p
}

// change takes what appendChange appends, or the dict that is set as it stands.
func (s *scan) change() *event.EnvironChange {
	c := s.rooms.changes.take()
	if s.peek() == '{' {
		c.Set, c.Objects, c.Removed = s.raw(), s.reprs(), s.texts()
		return c
	}
	c.Set, c.Objects, c.Removed = s.bytes(), s.reprs(), s.texts()
	s.bad = s.bad || !isDict(c.Set)
	return c
}

// isDict says whether p is a dict in marshal format, and nothing else.
func isDict(p []byte) bool {
	s := scan{p: p}
	if s.peek()&0x7f == '{' {
		s.skip(0)
	}
	if s.refs {
		_, rest, err := marshal.DecodeDict(p)
		return err == nil && len(rest) == 0
	}
	return !s.bad && s.at > 0 && s.at == len(p)
}

func (s *scan) edit() *event.Edit {
	e := &event.Edit{Boundary: event.Kind(s.within(math.MaxUint8))}
	s.dict(func(key string) {
		if s.none() {
			return
		}
		switch key {
		case "environ":
			beyond := s.tuple(3)
			e.Environ = s.change()
			s.pass(beyond)
		case "status":
			e.Status = s.text()
		case "headers":
			e.Headers = s.headers()
			if e.Headers == nil {
				e.Headers = []event.Header{}
			}
		case "block":
			p := s.bytes()
			e.Block = &event.Data{Bytes: p, Size: len(p)}
		case "nth":
			e.Nth = int(s.within(math.MaxInt32))
		case "respond":
			e.Respond = s.flag()
		case "raise":
			e.Raise = s.text()
		default:
			s.skip(0)
		}
	})
	return e
}
