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
		info.Name, info.Kind, info.Role, info.File = s.text(), s.text(), s.text(), marshal.ToSystem(s.text())
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
		if p.Instead {
			kind = readInstead
			start(2)
			b = marshal.AppendInt(marshal.AppendInt(b, p.Size), p.Left)
			break
		}
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
		if p.Of > 0 {
			start(5)
			b = marshal.AppendInt(marshal.AppendBool(appendChange(b, p), p.Inner), int64(p.Of))
			break
		}
		start(4)
		b = marshal.AppendBool(appendChange(b, p), p.Inner)
	case *event.Times:
		start(3)
		b = marshal.AppendInt(marshal.AppendInt(b, int64(p.Total)), int64(p.Self))
		b = marshal.AppendInt(b, int64(p.Of))
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
	if e.Nth > 0 {
		b = marshal.AppendInt(marshal.AppendText(b, "nth"), int64(e.Nth))
	}
	if e.Respond {
		b = marshal.AppendBool(marshal.AppendText(b, "respond"), true)
	}
	if e.Raise != "" {
		b = marshal.AppendText(marshal.AppendText(b, "raise"), e.Raise)
	}
	return marshal.AppendDictEnd(b)
}
