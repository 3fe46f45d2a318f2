package wire

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/stepping"
)

// ParkedState is the payload of Parked; its fields mean what they do in stepping.State.
type ParkedState struct {
	Boundary  string
	Stops     []int
	Environ   []byte // a dict in marshal format
	Objects   map[string]string
	Status    string
	Headers   []event.Header
	Block     []byte // nil for none
	Result    string
	Exception *Raised
	Edits     []string
	Trouble   string
}

// AppendParked appends the payload of Parked.
func AppendParked(b []byte, p *ParkedState) []byte {
	key := func(name string) { b = marshal.AppendText(b, name) }
	b = marshal.AppendDictStart(b)
	key("boundary")
	b = marshal.AppendText(b, p.Boundary)
	key("stops")
	b = appendIDs(b, p.Stops)
	key("environ")
	b = appendDict(b, p.Environ)
	key("objects")
	b = appendReprs(b, p.Objects)
	key("status")
	b = marshal.AppendText(b, p.Status)
	key("headers")
	b = appendHeaders(b, p.Headers)
	key("block")
	b = appendBytes(b, p.Block)
	key("result")
	b = marshal.AppendText(b, p.Result)
	key("exception")
	if p.Exception == nil {
		b = marshal.AppendNone(b)
	} else {
		b = AppendRaised(b, p.Exception)
	}
	key("edits")
	b = appendTexts(b, p.Edits)
	key("trouble")
	return marshal.AppendDictEnd(marshal.AppendText(b, p.Trouble))
}

func appendIDs(b []byte, ids []int) []byte {
	b = marshal.AppendListStart(b, len(ids))
	for _, id := range ids {
		b = marshal.AppendInt(b, int64(id))
	}
	return b
}

// appendDict appends a dict in marshal format, an empty one for nil.
func appendDict(b, dict []byte) []byte {
	if dict == nil {
		dict = emptyDict
	}
	return append(b, dict...)
}

// DecodeParked reads the payload of Parked.
func DecodeParked(p []byte) (*ParkedState, error) {
	var state *ParkedState
	var raised []byte
	ok := scanned(p, func(s *scan) {
		state, raised = &ParkedState{}, nil
		s.dict(func(key string) {
			if s.none() {
				return
			}
			switch key {
			case "boundary":
				state.Boundary = s.text()
			case "stops":
				state.Stops = s.ids()
			case "environ":
				state.Environ = s.rawDict()
			case "objects":
				state.Objects = s.reprs()
			case "status":
				state.Status = s.given()
			case "headers":
				state.Headers = s.headers()
			case "block":
				state.Block = s.bytes()
			case "result":
				state.Result = s.text()
			case "exception":
				raised = s.rawDict()
			case "edits":
				state.Edits = s.texts()
			case "trouble":
				state.Trouble = s.text()
			default:
				s.skip(0)
			}
		})
	})
	if !ok {
		return nil, fmt.Errorf("%w: the state of a request that is stopped", ErrFrame)
	}
	if _, is := stepping.Boundaries[state.Boundary]; !is {
		return nil, fmt.Errorf("%w: a stop at the boundary %s", ErrFrame, strconv.Quote(state.Boundary))
	}
	if raised != nil {
		r, err := DecodeRaised(raised)
		if err != nil {
			return nil, err
		}
		state.Exception = r
	}
	return state, nil
}

// ids takes a sequence of the ids of stops; nil where it is empty.
func (s *scan) ids() []int {
	var ids []int
	for n := s.count(); n > 0 && !s.bad; n-- {
		ids = append(ids, int(s.within(math.MaxInt32)))
	}
	return ids
}

// rawDict takes a dict as it stands.
func (s *scan) rawDict() []byte {
	if s.peek() != '{' {
		s.code() // for what it says of references
		s.bad = true
		return nil
	}
	return s.raw()
}

// AppendResume appends the payload of Resume.
func AppendResume(b []byte, c stepping.Command) []byte {
	key := func(name string) { b = marshal.AppendText(b, name) }
	b = marshal.AppendDictStart(b)
	key("action")
	b = marshal.AppendText(b, string(c.Action))
	key("environ")
	b = appendReprs(b, c.Environ)
	key("unset")
	b = appendTexts(b, c.Unset)
	key("status")
	b = marshal.AppendText(b, c.Status)
	key("headers")
	if c.Headers == nil {
		b = marshal.AppendNone(b)
	} else {
		b = appendHeaders(b, c.Headers)
	}
	key("block")
	b = appendBytes(b, c.Block)
	key("type")
	b = marshal.AppendText(b, c.Type)
	key("message")
	b = marshal.AppendText(b, c.Message)
	if len(c.Never) > 0 {
		key("never")
		b = appendIDs(b, c.Never)
	}
	return marshal.AppendDictEnd(b)
}

// DecodeResume reads the payload of Resume.
func DecodeResume(p []byte) (stepping.Command, error) {
	var c stepping.Command
	ok := scanned(p, func(s *scan) {
		c = stepping.Command{}
		s.dict(func(key string) {
			if s.none() {
				return
			}
			switch key {
			case "action":
				c.Action = stepping.Action(s.text())
			case "environ":
				c.Environ = s.reprs()
			case "unset":
				c.Unset = s.texts()
			case "status":
				c.Status = s.text()
			case "headers":
				if c.Headers = s.headers(); c.Headers == nil {
					c.Headers = []event.Header{}
				}
			case "block":
				c.Block = s.bytes()
			case "type":
				c.Type = s.text()
			case "message":
				c.Message = s.text()
			case "never":
				c.Never = s.ids()
			default:
				s.skip(0)
			}
		})
	})
	if !ok {
		return stepping.Command{}, fmt.Errorf("%w: a command to a request that is stopped", ErrFrame)
	}
	return c, nil
}

// AppendStops appends the payload of Stops.
func AppendStops(b []byte, stops []stepping.Stop) []byte {
	b = marshal.AppendListStart(b, len(stops))
	for _, stop := range stops {
		b = marshal.AppendInt(marshal.AppendText(marshal.AppendDictStart(b), "id"), int64(stop.ID))
		b = marshal.AppendText(marshal.AppendText(b, "stage"), stop.Stage)
		b = marshal.AppendText(marshal.AppendText(b, "boundary"), stop.Boundary)
		if stop.Judged {
			b = marshal.AppendBool(marshal.AppendText(b, "judged"), true)
		}
		b = marshal.AppendDictEnd(b)
	}
	return b
}

// DecodeStops reads the payload of Stops.
func DecodeStops(p []byte) ([]stepping.Stop, error) {
	var stops []stepping.Stop
	ok := scanned(p, func(s *scan) {
		stops = nil
		for n := s.count(); n > 0 && !s.bad; n-- {
			var stop stepping.Stop
			s.dict(func(key string) {
				switch key {
				case "id":
					stop.ID = int(s.within(math.MaxInt32))
				case "stage":
					stop.Stage = s.text()
				case "boundary":
					stop.Boundary = s.text()
				case "judged":
					stop.Judged = s.flag()
				default:
					s.skip(0)
				}
			})
			stops = append(stops, stop)
		}
	})
	if !ok {
		return nil, fmt.Errorf("%w: places to stop at", ErrFrame)
	}
	return stops, nil
}

// AppendSurgery appends the payload of Surgery.
func AppendSurgery(b []byte, x *stepping.Surgery) []byte {
	b = marshal.AppendText(marshal.AppendText(marshal.AppendDictStart(b), "enter"), x.Enter)
	b = marshal.AppendText(b, "environ")
	if x.Environ == nil {
		b = marshal.AppendNone(b)
	} else {
		b = append(b, x.Environ...)
	}
	b = marshal.AppendInt(marshal.AppendText(b, "read"), x.Read)
	b = marshal.AppendBool(marshal.AppendText(b, "instead"), x.Instead)
	b = appendTexts(marshal.AppendText(b, "around"), x.Around)
	b = appendTexts(marshal.AppendText(b, "within"), x.Within)
	b = marshal.AppendText(marshal.AppendText(b, "mount"), x.Mount)
	b = appendTexts(marshal.AppendText(b, "skip"), x.Skip)
	b = marshal.AppendDictStart(marshal.AppendText(b, "nth"))
	for _, name := range slices.Sorted(maps.Keys(x.Nth)) {
		b = appendIDs(marshal.AppendText(b, name), x.Nth[name])
	}
	b = marshal.AppendDictEnd(b)
	b = marshal.AppendDictStart(marshal.AppendText(b, "called"))
	for _, name := range slices.Sorted(maps.Keys(x.Called)) {
		b = appendTexts(marshal.AppendText(b, name), x.Called[name])
	}
	b = marshal.AppendBool(marshal.AppendText(marshal.AppendDictEnd(b), "leave"), x.Leave)
	return marshal.AppendDictEnd(b)
}

// DecodeSurgery reads the payload of Surgery.
func DecodeSurgery(p []byte) (*stepping.Surgery, error) {
	var x *stepping.Surgery
	ok := scanned(p, func(s *scan) {
		x = &stepping.Surgery{}
		s.dict(func(key string) {
			if s.none() {
				return
			}
			switch key {
			case "enter":
				x.Enter = s.text()
			case "around":
				x.Around = s.texts()
			case "within":
				x.Within = s.texts()
			case "mount":
				x.Mount = s.text()
			case "environ":
				x.Environ = s.rawDict()
			case "read":
				x.Read = s.within(math.MaxInt64)
			case "instead":
				x.Instead = s.flag()
			case "skip":
				x.Skip = s.texts()
			case "nth":
				s.dict(func(name string) {
					if x.Nth == nil {
						x.Nth = map[string][]int{}
					}
					x.Nth[name] = s.ids()
				})
			case "called":
				s.dict(func(name string) {
					if x.Called == nil {
						x.Called = map[string][]string{}
					}
					x.Called[name] = s.texts()
				})
			case "leave":
				x.Leave = s.flag()
			default:
				s.skip(0)
			}
		})
	})
	if !ok {
		return nil, fmt.Errorf("%w: how a request is to go through the stages", ErrFrame)
	}
	return x, nil
}
