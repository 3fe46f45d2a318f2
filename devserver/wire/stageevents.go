package wire

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
)

// StageEvent is one of those that a StageEvents frame holds: an event of an inner stage, at a time of the worker's clock.
// Payload is what package event has for the kind.
type StageEvent struct {
	Kind    event.Kind
	Stage   uint16
	At      uint64
	Payload any
}

// AppendStageNamed appends the payload of StageNamed.
func AppendStageNamed(b []byte, id uint32, s *event.StageInfo) []byte {
	b = marshal.AppendInt(marshal.AppendTupleStart(b, 6), int64(id))
	for _, text := range []string{s.Name, s.Kind, s.Role, s.File} {
		b = marshal.AppendText(b, text)
	}
	return marshal.AppendInt(b, int64(s.Line))
}

// DecodeStageNamed reads the payload of StageNamed.
func DecodeStageNamed(p []byte) (id uint32, info *event.StageInfo, err error) {
	info = &event.StageInfo{}
	ok := scanned(p, func(s *scan) {
		beyond := s.tuple(6)
		id = uint32(s.within(math.MaxUint32))
		info.Name, info.Kind, info.Role, info.File = s.text(), s.text(), s.text(), s.text()
		info.Line = int(s.within(math.MaxInt32))
		s.pass(beyond)
	})
	if !ok {
		return 0, nil, fmt.Errorf("%w: the name of a stage", ErrFrame)
	}
	return id, info, nil
}

// pass takes n values that nobody asks for.
func (s *scan) pass(n int) {
	for ; n > 0 && !s.bad; n-- {
		s.skip(0)
	}
}

// AppendStageEvents appends the payload of StageEvents. id gives the number under which StageNamed has told of a stage.
func AppendStageEvents(b []byte, events []StageEvent, id func(*event.StageInfo) uint32) []byte {
	b = marshal.AppendListStart(b, len(events))
	for i := range events {
		b = AppendStageEvent(b, &events[i], id)
	}
	return b
}

// AppendStageEvent appends one event of the list that a StageEvents frame is. It panics on a payload that is not the
// kind's.
func AppendStageEvent(b []byte, e *StageEvent, id func(*event.StageInfo) uint32) []byte {
	kind := e.Kind
	if p, ok := e.Payload.(*event.Block); ok && p.Given {
		kind = givenBlock
	}
	start := func(n int) {
		b = marshal.AppendInt(marshal.AppendTupleStart(b, 3+n), int64(kind))
		b = marshal.AppendInt(marshal.AppendInt(b, int64(e.Stage)), int64(e.At))
	}
	switch p := e.Payload.(type) {
	case nil:
		start(0)
	case *event.Entered:
		start(3)
		b = marshal.AppendInt(marshal.AppendInt(b, int64(p.Within)), int64(id(p.Stage)))
		b = marshal.AppendBool(b, p.Copied)
	case *event.Read:
		start(3)
		b = marshal.AppendInt(marshal.AppendInt(b, int64(p.Reads)), p.Size)
		b = marshal.AppendInt(b, int64(p.Over))
	case *event.Response:
		start(3)
		b = appendHeaders(marshal.AppendText(b, p.Status), p.Headers)
		b = marshal.AppendBool(b, p.ExcInfo)
	case *event.Block:
		switch {
		case p.Same:
			start(4)
		case p.Type != "":
			start(5)
		default:
			start(2)
		}
		b = appendBytes(marshal.AppendInt(b, int64(p.Size)), p.Bytes)
		switch {
		case p.Same:
			b = marshal.AppendInt(marshal.AppendInt(b, int64(p.Of)), int64(p.Nth))
		case p.Type != "":
			b = marshal.AppendText(marshal.AppendInt(marshal.AppendInt(b, -1), 0), p.Type)
		}
	case *event.Left:
		of := int64(-1)
		if p.Same {
			of = int64(p.Of)
		}
		start(3 + responsesLen(p.Response, p.Given))
		b = marshal.AppendBool(marshal.AppendInt(marshal.AppendText(b, p.Result), of), p.File)
		b = appendResponses(b, p.Response, p.Given)
	case *event.Passed:
		start(5 + responsesLen(p.Response, p.Given))
		b = marshal.AppendText(marshal.AppendText(marshal.AppendText(b, p.Where.String()), p.Type), p.Message)
		b = appendFrames(marshal.AppendInt(b, int64(p.Number)), p.Frames)
		b = appendResponses(b, p.Response, p.Given)
	case *event.EnvironChange:
		start(4)
		b = marshal.AppendBool(appendChange(b, p), p.Inner)
	case *event.Times:
		start(2)
		b = marshal.AppendInt(marshal.AppendInt(b, int64(p.Total)), int64(p.Self))
	case *event.Surplus:
		start(2)
		b = marshal.AppendInt(marshal.AppendInt(b, int64(p.Passes)), int64(p.Events))
	case *event.Pause:
		start(4)
		b = marshal.AppendInt(marshal.AppendInt(b, int64(p.Boundary)), int64(p.Took))
		b = marshal.AppendText(marshal.AppendInt(b, int64(p.Breakpoint)), p.Then)
	case *event.Edit:
		start(2)
		b = appendEdit(marshal.AppendInt(b, int64(p.Boundary)), p)
	default:
		panic(fmt.Sprintf("wire: %T is not the payload of a stage's event", e.Payload))
	}
	return b
}

// responsesLen is how many values appendResponses appends.
func responsesLen(response, given *event.Response) int {
	switch {
	case given != nil:
		return 4
	case response != nil:
		return 2
	}
	return 0
}

// appendResponses appends what a framework's layer gave and was given, which may be nil.
func appendResponses(b []byte, response, given *event.Response) []byte {
	for _, r := range []*event.Response{response, given}[:responsesLen(response, given)/2] {
		if r == nil {
			r = &event.Response{}
		}
		b = appendHeaders(marshal.AppendText(b, r.Status), r.Headers)
	}
	return b
}

func appendHeaders(b []byte, headers []event.Header) []byte {
	b = marshal.AppendListStart(b, len(headers))
	for i := range headers {
		b = marshal.AppendTupleStart(b, 2)
		b = marshal.AppendText(marshal.AppendText(b, headers[i].Name), headers[i].Value)
	}
	return b
}

// appendBytes appends bytes, or None for nil.
func appendBytes(b, p []byte) []byte {
	if p == nil {
		return marshal.AppendNone(b)
	}
	return marshal.AppendBytes(b, p)
}

func appendTexts(b []byte, texts []string) []byte {
	b = marshal.AppendListStart(b, len(texts))
	for _, t := range texts {
		b = marshal.AppendText(b, t)
	}
	return b
}

// appendReprs appends a dict in the order of its keys: what is edited is told in that order.
func appendReprs(b []byte, reprs map[string]string) []byte {
	b = marshal.AppendDictStart(b)
	for _, k := range slices.Sorted(maps.Keys(reprs)) {
		b = marshal.AppendText(marshal.AppendText(b, k), reprs[k])
	}
	return marshal.AppendDictEnd(b)
}

// emptyDict is a dict without an item, in marshal format.
var emptyDict = marshal.AppendDictEnd(marshal.AppendDictStart(nil))

// appendChange appends what is set, the reprs and what is removed.
func appendChange(b []byte, c *event.EnvironChange) []byte {
	set := c.Set
	if set == nil {
		set = emptyDict
	}
	return appendTexts(appendReprs(marshal.AppendBytes(b, set), c.Objects), c.Removed)
}

func appendFrames(b []byte, frames []event.Frame) []byte {
	if frames == nil {
		return marshal.AppendNone(b)
	}
	b = marshal.AppendListStart(b, len(frames))
	for i := range frames {
		f := &frames[i]
		b = marshal.AppendText(marshal.AppendTupleStart(b, 4), f.File)
		b = marshal.AppendText(marshal.AppendInt(b, int64(f.Line)), f.Function)
		b = marshal.AppendText(b, f.Source)
	}
	return b
}

func appendEdit(b []byte, e *event.Edit) []byte {
	b = marshal.AppendDictStart(b)
	if e.Environ != nil {
		b = marshal.AppendTupleStart(marshal.AppendText(b, "environ"), 3)
		b = appendChange(b, e.Environ)
	}
	if e.Status != "" {
		b = marshal.AppendText(marshal.AppendText(b, "status"), e.Status)
	}
	if e.Headers != nil {
		b = appendHeaders(marshal.AppendText(b, "headers"), e.Headers)
	}
	if e.Block != nil {
		b = appendBytes(marshal.AppendText(b, "block"), e.Block.Bytes)
	}
	if e.Respond {
		b = marshal.AppendBool(marshal.AppendText(b, "respond"), true)
	}
	if e.Raise != "" {
		b = marshal.AppendText(marshal.AppendText(b, "raise"), e.Raise)
	}
	return marshal.AppendDictEnd(b)
}

// DecodeStageEvents reads the payload of StageEvents and appends its events to those given. stage gives the stage that
// StageNamed told of under an id, nil for none, which is an error. Events of a kind that is not known are left out. The
// payloads are the caller's to keep.
func DecodeStageEvents(
	events []StageEvent, p []byte, stage func(id uint32) *event.StageInfo,
) ([]StageEvent, error) {
	had := len(events)
	ok := scanned(p, func(s *scan) {
		events = events[:had]
		for n := s.count(); n > 0 && !s.bad; n-- {
			left := s.tuple(3)
			e := StageEvent{Kind: event.Kind(s.within(math.MaxUint8)), Stage: s.stage(), At: uint64(s.within(math.MaxInt64))}
			if e.Kind == leftAtOnce {
				events = s.leftAtOnce(events, e)
				left -= 4
			} else if !s.bad {
				known := false
				given := e.Kind == givenBlock
				if given {
					e.Kind = event.Chunk
				}
				e.Payload, left, known = s.payload(e.Kind, left, stage)
				if given {
					e.Payload.(*event.Block).Given = true
				}
				if known {
					events = append(events, e)
				}
				if e.Kind == event.StartResponse && left > 0 {
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

// leftAtOnce is Exit and Spent in one.
const leftAtOnce event.Kind = 64

// givenBlock is a Chunk of what a framework's layer got.
const givenBlock event.Kind = 65

// BlockAgain is a Chunk that is the very block which was told last of the request, and not by an event like this one. It has
// no payload: whoever knows what was told before makes a Chunk of it.
const BlockAgain event.Kind = 66

func (s *scan) leftAtOnce(events []StageEvent, e StageEvent) []StageEvent {
	left := &event.Left{Result: s.text()}
	s.same(left)
	times := &event.Times{Total: s.duration(), Self: s.duration()}
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
		e.Stage = s.stage()
		events = append(events, e)
	}
	return events
}

// payload takes what a kind has, of n values that there are. It returns how many values it has left.
func (s *scan) payload(kind event.Kind, n int, stage func(uint32) *event.StageInfo) (p any, left int, known bool) {
	switch kind {
	case event.Enter:
		e := &event.Entered{Within: s.stage(), Stage: stage(uint32(s.within(math.MaxUint32))), Copied: s.flag()}
		s.bad = s.bad || e.Stage == nil
		return e, n - 3, true
	case event.Input:
		return &event.Read{
			Reads: int(s.within(math.MaxInt32)), Size: s.within(math.MaxInt64), Over: int(s.within(math.MaxInt32)),
		}, n - 3, true
	case event.StartResponse:
		return &event.Response{Status: s.given(), Headers: s.headers(), ExcInfo: s.flag()}, n - 3, true
	case event.Write, event.Chunk:
		block := &event.Block{Size: int(s.within(math.MaxInt32)), Bytes: s.bytes()}
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
		return c, n - 4, true
	case event.Spent:
		return &event.Times{
			Total: s.duration(), Self: s.duration(),
		}, n - 2, true
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
	left := &event.Left{Result: s.text()}
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
			File: s.text(), Line: int(s.within(math.MaxInt32)), Function: s.text(), Source: s.text(),
		})
		s.pass(beyond)
	}
	return p
}

// change takes what appendChange appends, or the dict that is set as it stands.
func (s *scan) change() *event.EnvironChange {
	if s.peek() == '{' {
		return &event.EnvironChange{Set: s.raw(), Objects: s.reprs(), Removed: s.texts()}
	}
	c := &event.EnvironChange{Set: s.bytes(), Objects: s.reprs(), Removed: s.texts()}
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
