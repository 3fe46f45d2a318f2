package replay_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/replay"
)

// TestEnterBehindWhatWasRead: a stage is entered with what was left of the body, unless it was given another than the server's.
func TestEnterBehindWhatWasRead(t *testing.T) {
	reads := func(stage uint16, size int64) event.Event {
		return event.Event{Kind: event.Input, Stage: stage, Payload: &event.Read{Reads: 1, Size: size}}
	}
	puts := func(stage uint16, key, object string, inner bool) event.Event {
		return event.Event{Kind: event.EnvironChanged, Stage: stage, Payload: &event.EnvironChange{
			Objects: map[string]string{key: object}, Inner: inner,
		}}
	}
	readsInstead := func(stage uint16, size int64) event.Event {
		return event.Event{Kind: event.Input, Stage: stage, Payload: &event.Read{Reads: 1, Size: size, Instead: true}}
	}
	const bytesIO = "<_io.BytesIO object at 0x7ff02f3d5df0>"
	for name, c := range map[string]struct {
		enter  string
		before map[uint16][]event.Event // by the stage that is entered behind them
		copied bool                     // the last stage has an environ of its own
		want   int64
		buffer bool // it finds a buffer
	}{
		"nothing is read":         {enter: "view"},
		"by the one around":       {enter: "view", before: map[uint16][]event.Event{3: {reads(2, 5)}}, want: 5},
		"by all around":           {enter: "view", before: map[uint16][]event.Event{2: {reads(1, 3)}, 3: {reads(2, 5), reads(1, 1)}}, want: 9},
		"by the outer one alone":  {enter: "Session", before: map[uint16][]event.Event{2: {reads(1, 3)}, 3: {reads(2, 5)}}, want: 3},
		"by those within":         {enter: "Outer", before: map[uint16][]event.Event{2: {reads(1, 3)}, 3: {reads(2, 5)}}},
		"more than a number of C": {enter: "view", before: map[uint16][]event.Event{3: {reads(2, 5<<30)}}, want: 5 << 30},
		"all":                     {enter: "view", before: map[uint16][]event.Event{3: {reads(2, 20)}}, want: 20},
		"all is kept":             {enter: "view", before: map[uint16][]event.Event{3: {reads(2, 20), puts(2, "form", bytesIO, false)}}},
		"another is in its place": {enter: "view", before: map[uint16][]event.Event{3: {reads(2, 5), puts(2, "wsgi.input", bytesIO, false)}}, buffer: true},
		"another is around it":    {enter: "view", before: map[uint16][]event.Event{2: {reads(1, 3), puts(1, "wsgi.input", bytesIO, false)}}, buffer: true},
		"some of another is read": {
			enter: "view", before: map[uint16][]event.Event{
				2: {reads(1, 20), puts(1, "wsgi.input", bytesIO, false)}, 3: {readsInstead(2, 5), readsInstead(1, 1)},
			}, want: 6, buffer: true,
		},
		"another comes within": {
			enter: "Session", before: map[uint16][]event.Event{2: {reads(1, 3)}, 3: {reads(2, 5), puts(2, "wsgi.input", bytesIO, false)}}, want: 3,
		},
		"another in a copy":  {enter: "view", before: map[uint16][]event.Event{3: {reads(2, 5), puts(2, "wsgi.input", bytesIO, true)}}, copied: true, buffer: true},
		"the same in a copy": {enter: "view", before: map[uint16][]event.Event{3: {reads(2, 5), puts(2, "session", bytesIO, true)}}, copied: true, want: 5},
		"put back": {
			enter: "view", before: map[uint16][]event.Event{
				2: {reads(1, 3), puts(1, "wsgi.input", bytesIO, false)}, 3: {puts(2, "wsgi.input", "<Input>", false)},
			}, want: 3,
		},
		"put back in Python": {
			enter: "view", before: map[uint16][]event.Event{
				2: {reads(1, 3), puts(1, "wsgi.input", bytesIO, false)}, 3: {puts(2, "wsgi.input", "<Input object at 0x7ff02f38bec0>", false)},
			}, want: 3,
		},
		"of a name that is much like it": {
			enter: "view", before: map[uint16][]event.Event{3: {reads(2, 5), puts(2, "wsgi.input", "<app.Input object at 0x7ff02f38bec0>", false)}}, buffer: true,
		},
		"none is there": {
			enter: "view", before: map[uint16][]event.Event{3: {reads(2, 5), {
				Kind: event.EnvironChanged, Stage: 2, Payload: &event.EnvironChange{Removed: []string{"wsgi.input"}},
			}}},
		},
		"a text is in its place": {
			enter: "view", before: map[uint16][]event.Event{3: {reads(2, 5), {
				Kind: event.EnvironChanged, Stage: 2, Payload: &event.EnvironChange{Set: dict("wsgi.input", "<Input>")},
			}}},
		},
		"another is put back": {
			enter: "view", before: map[uint16][]event.Event{
				2: {reads(1, 3), puts(1, "wsgi.input", bytesIO, false), readsInstead(1, 2)}, 3: {puts(2, "wsgi.input", "<Input>", false)},
			}, want: 3,
		},
	} {
		t.Run(name, func(t *testing.T) {
			came := event.Event{Kind: event.Input, Payload: &event.Data{Size: 20, Bytes: make([]byte, 20)}}
			var events []event.Event
			for _, e := range layered(7, "hello\n") {
				if entered, is := e.Payload.(*event.Entered); is {
					for _, before := range c.before[e.Stage] {
						before.At = e.At
						events = append(events, before)
					}
					if e.Stage == 3 && c.copied {
						e.Payload = &event.Entered{Stage: entered.Stage, Within: entered.Within, Copied: true}
					}
				}
				events = append(events, e)
			}
			events = slices.Insert(events, 1, came)
			for i := range events {
				events[i].Exchange, events[i].Seq = 7, uint32(i)
			}
			_, told := operatedAmong(t, events, replay.Surgery{Enter: c.enter}, whole, without)
			if told == nil || told.Read != c.want || told.Instead != c.buffer {
				t.Errorf("%+v is told; want %d bytes to have been read, of a buffer: %v", told, c.want, c.buffer)
			}
		})
	}
}

// TestEnterWithABuffer: what a stage had put in the place of wsgi.input is the rest of the body, by its length, or is said to be lost.
func TestEnterWithABuffer(t *testing.T) {
	const size, bytesIO = 20, "<_io.BytesIO object at 0x7ff02f3d5df0>"
	for name, c := range map[string]struct {
		outer, own []int64 // what the stages around have read, and the one that puts the buffer there
		length     int
		want       int64
		lost       bool
	}{
		"of all":                       {own: []int64{20}, length: 20},
		"of what was left":             {outer: []int64{3, 1}, own: []int64{16}, length: 16, want: 4},
		"of what was left when it was": {outer: []int64{3}, own: []int64{1, 16}, length: 16, want: 4},
		"of nothing":                   {outer: []int64{20}, length: 0, want: 20},
		"of all that others have read": {outer: []int64{20}, length: 20},
		"of something longer":          {own: []int64{20}, length: 31, lost: true},
		"of something shorter":         {outer: []int64{4}, own: []int64{16}, length: 15, lost: true},
		"of something of no read":      {length: 19, lost: true},
	} {
		t.Run(name, func(t *testing.T) {
			var events []event.Event
			for _, e := range layered(7, "hello\n") {
				if _, is := e.Payload.(*event.Entered); is {
					read := map[uint16][]int64{2: c.outer, 3: c.own}[e.Stage]
					for _, n := range read {
						events = append(events, event.Event{
							Kind: event.Input, Stage: e.Stage - 1, At: e.At, Payload: &event.Read{Reads: 1, Size: n},
						})
					}
					if e.Stage == 3 {
						events = append(events, event.Event{Kind: event.EnvironChanged, Stage: 2, At: e.At, Payload: &event.EnvironChange{
							Set: dict("CONTENT_LENGTH", strconv.Itoa(c.length)), Objects: map[string]string{"wsgi.input": bytesIO},
						}})
					}
				}
				events = append(events, e)
			}
			came := event.Event{Kind: event.Input, Payload: &event.Data{Size: size, Bytes: make([]byte, size)}}
			events = slices.Insert(events, 1, came)
			for i := range events {
				events[i].Exchange, events[i].Seq = 7, uint32(i)
			}
			got, told := operatedAmong(t, events, replay.Surgery{Enter: "view"}, whole, without)
			if told == nil || told.Read != c.want || !told.Instead {
				t.Errorf("%+v is told; want %d bytes of a buffer to have been read", told, c.want)
			}
			if lost := slices.Contains(got.Outcome.Worth.Lost, "wsgi.input"); lost != c.lost {
				t.Errorf("it is entered without %v; want its input to be among that: %v", got.Outcome.Worth.Lost, c.lost)
			}
		})
	}
}
