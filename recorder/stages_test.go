package recorder_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/recorder"
)

func TestStagesEnviron(t *testing.T) {
	x := newScript(marshal.Dict{{Key: "SCRIPT_NAME", Value: ""}, {Key: "PATH_INFO", Value: "/api/x"}, {Key: "HTTP_X", Value: "1"}}).
		environ(1, marshal.Dict{{Key: "SCRIPT_NAME", Value: "/api"}, {Key: "PATH_INFO", Value: "/x"}}).
		enter(2).
		environ(2, marshal.Dict{{Key: "REMOTE_USER", Value: "anna"}, {Key: "PATH_INFO", Value: "/x"}}, "HTTP_X").
		enter(3).
		environ(3, marshal.Dict{{Key: "REMOTE_USER", Value: "bert"}}).
		exit(3).
		environ(2, nil, "REMOTE_USER").
		exit(2).
		environ(1, marshal.Dict{{Key: "SCRIPT_NAME", Value: ""}}).
		answer(1, "200 OK").fold()
	for i, want := range []recorder.EnvironChanges{
		{},
		{Changed: map[string][2]any{"SCRIPT_NAME": {"", "/api"}, "PATH_INFO": {"/api/x", "/x"}}},
		{Added: map[string]any{"REMOTE_USER": "anna"}, Removed: []string{"HTTP_X", "REMOTE_USER"}},
		{Changed: map[string][2]any{"REMOTE_USER": {"anna", "bert"}}},
	} {
		if diff := cmp.Diff(want, x.Stages[i].EnvironChanges, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("stage %d (-want +got):\n%s", i, diff)
		}
	}
	if diff := cmp.Diff(map[string]int{"SCRIPT_NAME": 1, "PATH_INFO": 1, "REMOTE_USER": 2, "HTTP_X": 2}, x.Blame.Environ); diff != "" {
		t.Errorf("blame (-want +got):\n%s", diff)
	}
	want := []string{"A changed from  to /api", "A restored from /api to "}
	if diff := cmp.Diff(want, touches(x, "environ", "SCRIPT_NAME")); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if v, _ := x.Environ.Get("PATH_INFO"); v != "/api/x" {
		t.Errorf("the environ of the exchange is the server's: PATH_INFO = %v", v)
	}
}

// A stage that passes on a copy is to blame for what is different in it, and for what it changes later; what is done to the
// copy stays there.
func TestStagesCopiedEnviron(t *testing.T) {
	s := newScript(marshal.Dict{{Key: "A", Value: "1"}})
	s.add(1, event.EnvironChanged, &event.EnvironChange{Inner: true, Set: marshal.Append(nil, marshal.Dict{{Key: "A", Value: "2"}})}).
		add(2, event.Enter, &event.Entered{Stage: info("B"), Within: 1, Copied: true}).
		environ(2, marshal.Dict{{Key: "A", Value: "3"}}).enter(3).exit(3).exit(2).
		add(1, event.EnvironChanged, &event.EnvironChange{Of: 2, Set: marshal.Append(nil, marshal.Dict{{Key: "A", Value: "4"}})}).
		add(2, event.Chunk, &event.Block{Size: 1, Bytes: []byte("x")}).
		environ(1, marshal.Dict{{Key: "A", Value: "9"}}).answer(1, "200 OK")
	x := s.fold()
	if diff := cmp.Diff(map[string][2]any{"A": {"1", "9"}}, x.Stages[1].EnvironChanges.Changed); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	got := touches(x, "environ", "A")
	want := []string{"A changed from 1 to 2", "B changed from 2 to 3", "A changed from 3 to 4", "A changed from 1 to 9"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	w := recorder.Moments(s.events)
	for _, c := range []struct {
		stage    int
		boundary string
		want     string
	}{{1, "enter", "1"}, {2, "enter", "2"}, {3, "enter", "3"}, {2, "exit", "3"}, {2, "chunk", "4"}, {1, "start_response", "9"}, {0, "exit", "9"}} {
		if v, _ := at(t, w, c.stage, c.boundary).Environ.Get("A"); v != c.want {
			t.Errorf("at %d:%s A is %v, want %s", c.stage, c.boundary, v, c.want)
		}
	}
}

// A value that several dicts have is changed by one stage alone, whoever else is found to have it changed.
func TestStagesSharedValue(t *testing.T) {
	is := func(value string) marshal.Dict { return marshal.Dict{{Key: "A", Value: value}} }
	s := newScript(marshal.Dict{})
	s.environ(1, is("x")).add(2, event.Enter, &event.Entered{Stage: info("B"), Within: 1, Copied: true}).
		environ(2, is("xy")).add(3, event.Enter, &event.Entered{Stage: info("C"), Within: 2}).exit(3).exit(2).
		add(1, event.EnvironChanged, &event.EnvironChange{Of: 1, Set: marshal.Append(nil, is("xy"))}).
		add(2, event.Enter, &event.Entered{Stage: info("B"), Within: 1, Copied: true}).
		answer(1, "200 OK")
	x := s.fold()
	want := []string{"A set to x", "B changed from x to xy"}
	if diff := cmp.Diff(want, touches(x, "environ", "A")); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if changes := x.Stages[1].EnvironChanges; len(changes.Changed) != 0 {
		t.Errorf("stage 1 has changed %v", changes.Changed)
	}
	m := at(t, recorder.Moments(s.events), 0, "exit")
	if v, _ := m.Environ.Get("A"); v != "xy" {
		t.Errorf("at the end A is %#v", v)
	}
	changed := 0
	for _, each := range recorder.Moments(s.events).Moments {
		changed += len(each.Changes.Environ.Changed)
	}
	if changed != 1 {
		t.Errorf("A is told to have changed at %d moments, not at that of B alone", changed)
	}
}

func TestStagesExceptions(t *testing.T) {
	raise := func(n uint32, kind string) *event.Passed {
		return &event.Passed{Type: kind, Message: "no", Number: n, Frames: []event.Frame{{File: "c.py", Line: 3, Function: "f"}}}
	}
	x := newScript(nil).enter(2).enter(3).add(3, event.Exception, raise(1, "app.Refused")).
		add(2, event.Exception, &event.Passed{Type: "app.Refused", Message: "no", Number: 1}).
		add(0, event.Exception, &event.Raised{Type: "Refused", Message: "no"}).fold()
	if x.Exception.Stage != 3 || x.Stages[1].Exception == nil || x.Stages[1].Rose || x.Stages[2].Rose || !x.Stages[3].Rose {
		t.Errorf("%+v", x.Stages)
	}
	if f := x.Stages[2].Exception.Frames; len(f) != 1 || f[0].File != "c.py" {
		t.Errorf("%+v", f)
	}
	x = newScript(nil).enter(2).exit(2).add(0, event.Exception, &event.Raised{Type: "E"}).fold()
	if x.Exception.Stage != 1 || !x.Stages[1].Rose {
		t.Errorf("rose in stage %d", x.Exception.Stage)
	}
}

// Whoever has passed a body on as it was does not run as an exception leaves that, stage 1 as little as any.
func TestStagesExceptionOfABodyPassedOn(t *testing.T) {
	for _, where := range []event.Where{event.InIterate, event.InClose} {
		script := func(rose int) *script {
			return newScript(nil).answer(1, "200 OK").enter(2).enter(3).exit(3).same(2, 3).chunk(1, "one").
				add(rose, event.Exception, &event.Passed{Where: where, Type: "E", Message: "no", Number: 1}).
				add(0, event.Exception, &event.Raised{Where: where, Type: "E", Message: "no"})
		}
		for _, c := range []struct {
			name string
			x    *recorder.Exchange
			left [4]bool
		}{
			{"passed on by all", script(3).add(1, event.Spent, &event.Times{Of: 3}).fold(), [4]bool{true, false, false, true}},
			{"raised by hand in one that passed it on", script(2).add(1, event.Spent, &event.Times{Of: 3}).fold(), [4]bool{true, false, true, false}},
			{"raised by hand in stage 1", script(1).add(1, event.Spent, &event.Times{Of: 3}).fold(), [4]bool{true, true, false, false}},
			{"gone through by stage 1", script(3).add(1, event.Spent, &event.Times{}).fold(), [4]bool{true, true, false, true}},
		} {
			for i, s := range c.x.Stages {
				if (s.Exception != nil) != c.left[i] || s.Rose != (i > 0 && i == c.x.Exception.Stage) {
					t.Errorf("%s, %s: stage %d: it left: %v, rose: %v", c.name, where, i, s.Exception != nil, s.Rose)
				}
			}
		}
	}
}

// What a stage gave as start_response belongs to it: an exception that rises in that leaves it inwards first.
func TestStagesExceptionInwards(t *testing.T) {
	raise := func(n uint32) *event.Passed {
		return &event.Passed{Type: "E", Message: "no", Number: n, Frames: []event.Frame{{File: "b.py", Line: 3, Function: "started"}}}
	}
	left := &event.Passed{Type: "E", Message: "no", Number: 1}
	x := newScript(nil).enter(2).enter(3).enter(4).add(2, event.Exception, raise(1)).
		add(4, event.Exception, left).add(3, event.Exception, left).add(2, event.Exception, left).
		add(0, event.Exception, &event.Raised{Type: "E", Message: "no"}).fold()
	if x.Exception.Stage != 2 || !x.Stages[2].Rose || x.Stages[3].Rose || x.Stages[4].Rose || x.Stages[1].Rose {
		t.Errorf("%+v", x.Stages)
	}
	if f := x.Stages[4].Exception.Frames; len(f) != 1 || f[0].File != "b.py" {
		t.Errorf("%+v", f)
	}
	x = newScript(nil).enter(2).add(1, event.Exception, raise(1)).add(2, event.Exception, left).
		add(0, event.Exception, &event.Raised{Type: "E", Message: "no"}).fold()
	if x.Exception.Stage != 1 || !x.Stages[1].Rose || x.Stages[2].Rose {
		t.Errorf("of the outermost: %+v", x.Stages)
	}
	// What the stage within has caught, and tells of, is not that of who called it.
	x = newScript(nil).enter(2).enter(3).add(2, event.Exception, raise(1)).
		add(0, event.Exception, &event.Raised{Type: "F", Handled: true, Frames: []event.Frame{{File: "c.py", Line: 1}}}).
		exit(3).exit(2).fold()
	if x.Exception.Stage != 3 || !x.Stages[2].Rose {
		t.Errorf("caught: in %d, %+v", x.Exception.Stage, x.Stages)
	}
}

func TestStagesNotes(t *testing.T) {
	x := newScript(nil).enter(2).enter(3).
		add(1, event.Input, &event.Read{Reads: 1, Size: 10}).add(3, event.Input, &event.Read{Reads: 2}).
		answer(1, "200 OK").exit(3).exit(2).
		chunk(3, "one ").chunk(3, "two ").chunk(3, "three").passOn(2, 0, 0, 13).chunk(1, "one two three").
		add(1, event.Spent, &event.Times{Of: 2}).fold()
	got := map[int]string{}
	for i, s := range x.Stages {
		if len(s.Notes) > 0 {
			got[i] = strings.Join(s.Notes, "; ")
		}
	}
	want := map[int]string{
		1: "ate the request's body: it read 10 bytes, and stage 3 (C) found nothing left",
		2: "buffered: it took 3 chunks (13 bytes) before it gave its first; re-chunked: 3 chunks became 1; " +
			"did not call close() of what stage 3 (C) returned",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What a stage got of a body and did not give on it has eaten, but for one that an exception has left.
func TestStagesNotesOfWhoGivesNothing(t *testing.T) {
	got := func() *script { return newScript(nil).enter(2).enter(3).answer(1, "200 OK").exit(3).chunk(3, "three") }
	fails := &event.Passed{Type: "E", Number: 1}
	for what, c := range map[string]struct {
		script *script
		notes  int
	}{
		"it returned nothing": {got().exit(2).chunk(1, "other"), 1},
		"it failed":           {got().add(2, event.Exception, fails).chunk(1, "other"), 0},
	} {
		ate := slices.DeleteFunc(c.script.fold().Stages[2].Notes, func(n string) bool { return !strings.HasPrefix(n, "ate the response") })
		if len(ate) != c.notes {
			t.Errorf("%s: %q", what, ate)
		}
	}
}

// Empty blocks of stage 1 are not recorded, as nothing is sent: it is not said to have held back those that it was given.
func TestStagesNotesOfEmptyBlocks(t *testing.T) {
	give := func(of int) *script {
		s := newScript(nil)
		for stage := 2; stage <= of+1; stage++ {
			s.enter(stage)
		}
		s.answer(of+1, "200 OK")
		for _, b := range []string{"", "one", "", "two", ""} {
			if s.chunk(of+1, b); b != "" || of > 1 {
				s.chunk(of, strings.ToUpper(b))
			}
		}
		if of > 1 {
			s.chunk(of, "")
		}
		return s
	}
	if notes := give(1).fold().Stages[1].Notes; len(notes) > 0 {
		t.Errorf("stage 1: %q", notes)
	}
	if notes := give(2).chunk(1, "ONETWO").fold().Stages[2].Notes; !slices.Equal(notes, []string{"re-chunked: 5 chunks became 6"}) {
		t.Errorf("stage 2: %q", notes)
	}
}

// What is written passes through at once, and hides no block that was held back; one that a stage writes for each that it
// gets is given.
func TestStagesNotesOfWrittenBlocks(t *testing.T) {
	yielded := func() *script { return newScript(nil).enter(2).enter(3).answer(3, "200 OK").answer(2, "200 OK") }
	write := func(s *script, stage int, b *event.Block) *script { return s.add(stage, event.Write, b) }
	words := &event.Block{Bytes: []byte("written "), Size: 8}
	through := &event.Block{Size: 8, Same: true, Of: 3}

	held := write(write(yielded(), 3, words), 2, through).chunk(3, "one").chunk(3, "two").chunk(2, "onetwo").fold()
	want := []string{"buffered: it took 2 chunks (6 bytes) before it gave its first", "re-chunked: 3 chunks became 2"}
	if notes := held.Stages[2].Notes; !slices.Equal(notes, want) {
		t.Errorf("held back: %q", notes)
	}
	given := write(yielded().chunk(3, "one "), 2, &event.Block{Size: 4, Same: true, Of: 3}).chunk(3, "two").chunk(2, "two").fold()
	if notes := given.Stages[2].Notes; len(notes) > 0 {
		t.Errorf("written for each: %q", notes)
	}
}

// What was there as a whole was not held back by who took it, and has no close to be called.
func TestStagesWholeBodies(t *testing.T) {
	x := newScript(nil).enter(2).enter(3).answer(3, "200 OK").
		chunk(3, "one ").chunk(3, "two").add(3, event.Exit, &event.Left{Result: "list"}).exit(2).
		chunk(2, "ONE ").chunk(2, "TWO").fold()
	if s := x.Stages[2]; len(s.Notes) > 0 || s.Closed {
		t.Errorf("the generator: %v, closed: %v", s.Notes, s.Closed)
	}
	if s := x.Stages[3]; len(s.Notes) > 0 || !s.Closed {
		t.Errorf("the list: %v, closed: %v", s.Notes, s.Closed)
	}
}

// What a stage relays block by block is not closed with its own body, nor with the server's, whose blocks they are.
func TestStagesForgottenClose(t *testing.T) {
	x := newScript(nil).enter(2).add(2, event.Exit, &event.Left{Result: "generator"}).
		enter(3).add(3, event.Exit, &event.Left{Result: "generator"}).answer(3, "200 OK").
		chunk(1, "one").passOn(2, 0, 0, 3).passOn(3, 0, 0, 3).add(2, event.Close, nil).
		add(1, event.Spent, &event.Times{Of: 2}).fold()
	want := []string{"did not call close() of what stage 3 (C) returned"}
	if s := x.Stages[2]; !slices.Equal(s.Notes, want) || !s.Closed || x.Stages[3].Closed {
		t.Errorf("%v, closed: %v, %v", s.Notes, s.Closed, x.Stages[3].Closed)
	}
}

// What stage 1 passes on is closed with what it is, though the server answers in its place.
func TestStagesClosedBehindAnError(t *testing.T) {
	x := newScript(nil).enter(2).exit(2).add(2, event.Exception, &event.Passed{Where: event.InIterate, Type: "E", Number: 1}).
		add(2, event.Close, nil).add(1, event.Spent, &event.Times{Total: 2, Self: 1, Of: 2}).
		add(0, event.Exception, &event.Raised{Where: event.InIterate, Type: "E"}).
		add(0, event.StartResponse, &event.Response{Status: "500 Internal Server Error", Server: true}).fold()
	if !x.Stages[1].Closed || !x.Stages[2].Closed {
		t.Errorf("closed: %v, %v", x.Stages[1].Closed, x.Stages[2].Closed)
	}
}

func TestStagesEditedByHand(t *testing.T) {
	s := newScript(marshal.Dict{{Key: "PATH_INFO", Value: "/"}}).enter(2).
		add(2, event.Edited, &event.Edit{Boundary: event.Enter, Environ: &event.EnvironChange{
			Set: marshal.Append(nil, marshal.Dict{{Key: "REMOTE_USER", Value: "anna"}})}}).
		add(2, event.Paused, &event.Pause{Boundary: event.Enter, Took: time.Second, Breakpoint: 3, Then: "continue"}).
		answer(2, "200 OK", "X-A: 1").
		add(2, event.Edited, &event.Edit{Boundary: event.StartResponse, Status: "202 Accepted"}).
		add(2, event.Paused, &event.Pause{Boundary: event.StartResponse, Took: time.Second, Then: "step"}).
		answer(1, "202 Accepted", "X-A: 1")
	x := s.fold()
	want := []recorder.Pause{
		{AtMS: .004, Boundary: "enter", TookMS: 1000, Breakpoint: 3, Then: "continue", Edited: []string{"environ REMOTE_USER"}},
		{AtMS: .007, Boundary: "start_response", TookMS: 1000, Then: "step", Edited: []string{"status"}},
	}
	if diff := cmp.Diff(want, x.Stages[2].Pauses); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"B set to 200 OK", "B edited from 200 OK to 202 Accepted"}, touches(x, "status", "")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"B edited to anna"}, touches(x, "environ", "REMOTE_USER")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w := recorder.Moments(s.events)
	if p := at(t, w, 2, "enter").Pause; p == nil || p.Then != "continue" {
		t.Errorf("%+v", p)
	}
}

// A request stops before a stage reads, and before stage 1 gives something to the server: the pause is told first.
func TestPausesBeforeTheirMoments(t *testing.T) {
	pause := func(boundary event.Kind, took time.Duration) *event.Pause {
		return &event.Pause{Boundary: boundary, Took: took * time.Millisecond, Then: "step"}
	}
	s := newScript(nil).enter(2).
		add(2, event.Paused, pause(event.Input, 1)).add(2, event.Input, &event.Read{Reads: 1, Size: 2}).
		add(2, event.Paused, pause(event.Input, 2)).add(2, event.Input, &event.Read{Reads: 1, Size: 3}).
		answer(2, "200 OK").
		add(1, event.Paused, pause(event.StartResponse, 3)).answer(1, "200 OK").
		exit(2).
		add(1, event.Paused, pause(event.Chunk, 4)).chunk(1, "one").
		add(1, event.Paused, pause(event.Chunk, 5)).chunk(1, "two").
		chunk(1, "three")
	var got []string
	for _, m := range recorder.Moments(s.events).Moments {
		if m.Pause != nil {
			got = append(got, fmt.Sprintf("%d:%s %vms %d bytes", m.Stage, m.Boundary, m.Pause.TookMS, m.Size))
		}
	}
	want := []string{
		"2:input 1ms 2 bytes", "2:input 2ms 3 bytes", "1:start_response 3ms 0 bytes", "1:chunk 4ms 3 bytes", "1:chunk 5ms 3 bytes",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The events of inner stages are gathered, and may come after what the server was told before: when they happened counts.
func TestStagesInTheOrderOfTime(t *testing.T) {
	s := newScript(nil).enter(2).answer(2, "200 OK", "X-A: 1").exit(2).answer(1, "200 OK", "X-A: 1")
	last := len(s.events) - 1
	late := append(append([]event.Event{}, s.events[0], s.events[last]), s.events[1:last]...)
	for i := range late {
		late[i].Seq = uint32(i)
	}
	s.events = late
	x := s.fold()
	if !cmp.Equal(x.Blame.Fields, []int{2}) || x.Blame.Status != 2 || x.Lost != 0 {
		t.Errorf("%+v", x.Blame)
	}
	if first := recorder.Moments(s.events).Moments[2]; first.Stage != 2 || first.Boundary != "enter" {
		t.Errorf("%+v", first)
	}
}

// What is read of a buffer that a stage has put in the place of wsgi.input is told with what is left in that, and takes
// nothing of the body.
func TestStagesInputInstead(t *testing.T) {
	s := newScript(nil)
	s.events[0].Payload.(*event.Request).Head = []byte("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 17\r\n\r\n")
	x := s.add(0, event.Input, &event.Data{Bytes: make([]byte, 17), Size: 17}).enter(2).enter(3).
		add(1, event.Input, &event.Read{Reads: 1, Size: 5}).
		add(3, event.Input, &event.Read{Reads: 1, Size: 4, Instead: true, Left: 9}).
		add(2, event.Input, &event.Read{Reads: 1, Size: 2, Instead: true, Left: 7}).
		add(2, event.Input, &event.Read{Reads: 1, Size: 6}).fold()
	want := []recorder.Input{
		{Reads: 1, Bytes: 17}, {Reads: 1, Bytes: 5, Left: 12}, {Reads: 2, Bytes: 8, Instead: 2, Left: 6},
		{Reads: 1, Bytes: 4, Instead: 4, Left: 9},
	}
	var got []recorder.Input
	for _, stage := range x.Stages {
		got = append(got, stage.Input)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What was left of the request's body is told by who read of it, of a body as long as was announced or came.
func TestStagesInputLeft(t *testing.T) {
	for _, c := range []struct {
		head string
		came int
		want []int64
	}{
		{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 17\r\n\r\n", 17, []int64{0, 12, 0, 5}},
		{"POST / HTTP/1.1\r\nHost: x\r\ncontent-length: 17\r\n\r\n", 12, []int64{0, 12, 0, 5}},
		{"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 12, []int64{0, 7, 0, 0}},
	} {
		s := newScript(nil)
		s.events[0].Payload.(*event.Request).Head = []byte(c.head)
		x := s.add(0, event.Input, &event.Data{Bytes: make([]byte, c.came), Size: c.came}).enter(2).enter(3).
			add(1, event.Input, &event.Read{Reads: 1, Size: 5}).add(3, event.Input, &event.Read{Reads: 2, Size: 7}).fold()
		var got []int64
		for _, stage := range x.Stages {
			got = append(got, stage.Input.Left)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.head, diff)
		}
	}
}

// Nothing is told of the times of an application that is one stage: it is at work from its call on to what it gives last.
func TestStagesTimesOfOneAlone(t *testing.T) {
	for name, c := range map[string]struct {
		script *script
		want   float64
	}{
		"a body":             {newScript(nil).answer(1, "200 OK").chunk(1, "one").chunk(1, "two"), .004},
		"no body":            {newScript(nil).answer(1, "204 No Content"), .002},
		"it waited besides":  {newScript(nil).answer(1, "200 OK").chunk(1, "one").add(1, event.Spent, &event.Times{Total: 2000, Self: 2000}), .002},
		"a body that failed": {newScript(nil).answer(1, "200 OK").add(0, event.Exception, &event.Raised{Where: event.InIterate, Type: "E"}), .003},
	} {
		x := c.script.fold()
		if s := x.Stages[1]; s.TotalMS != c.want || s.SelfMS != c.want {
			t.Errorf("%s: %v in all, %v itself, want %v", name, s.TotalMS, s.SelfMS, c.want)
		}
		if whole := x.Stages[0].TotalMS; math.Abs(x.Stages[0].SelfMS+x.Stages[1].SelfMS-whole) > 1e-9 {
			t.Errorf("%s: the times do not add up to %v: %+v", name, whole, x.Stages)
		}
	}
}
