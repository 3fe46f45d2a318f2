package recorder_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/recorder"
)

// sets has a key of the environ be set by hand while a request is stopped at a stage.
func (s *script) sets(stage int, boundary event.Kind, key string) *script {
	set := marshal.Append(nil, marshal.Dict{{Key: key, Value: "1"}})
	return s.add(stage, event.Edited, &event.Edit{Boundary: boundary, Environ: &event.EnvironChange{Set: set}})
}

func (s *script) responded(stage int, boundary event.Kind, status string) *script {
	s.add(stage, event.Edited, &event.Edit{Boundary: boundary, Respond: true, Status: status})
	return s.paused(stage, boundary, "respond")
}

// stoppedAt is what a walk says of an exchange from the first stop on: a line a moment, with the environ and the status as they
// stood then.
func stoppedAt(s *script) (lines []string) {
	w := recorder.Moments(s.events)
	for i, m := range w.Moments {
		if m.Pause == nil && len(lines) == 0 {
			continue
		}
		at := w.At(i)
		line := fmt.Sprintf("%d:%s", m.Stage, m.Boundary)
		if m.Pause != nil {
			line += " " + m.Pause.Then
		}
		keys := ""
		for _, item := range at.Environ {
			keys += item.Key
		}
		for _, more := range []string{keys, at.Status} {
			if more != "" {
				line += " " + more
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// What stage 1 gives is told of after the request has stopped there, and a list after all of its blocks: each stop has its own
// moment all the same, and what was changed by hand there is so from that one on.
func TestStopsOfStage1(t *testing.T) {
	begun := func() *script { return newScript(nil).enter(2).exit(2) }
	for name, c := range map[string]struct {
		script *script
		want   string
	}{
		"each block of a list": {begun().paused(1, event.Chunk, "step").sets(1, event.Chunk, "A").paused(1, event.Chunk, "over").
			sets(1, event.Chunk, "B").paused(1, event.Chunk, "out").answer(1, "200 OK").chunk(1, "one").chunk(1, "two").chunk(1, "three"),
			"1:chunk step 200 OK, 1:chunk over A 200 OK, 1:chunk out AB 200 OK"},
		"changed as the call returns": {begun().sets(1, event.Exit, "A").paused(1, event.Exit, "step").sets(1, event.Close, "B").
			paused(1, event.Close, "continue").answer(1, "200 OK").chunk(1, "one").add(0, event.Exit, &event.Ending{Closed: true}),
			"1:exit step A 200 OK, 1:chunk A 200 OK, 1:close continue AB 200 OK, 0:exit AB 200 OK"},
		"and as its body is closed, which was told": {begun().answer(1, "200 OK").chunk(1, "one").add(1, event.Close, nil).
			sets(1, event.Close, "A").paused(1, event.Close, "step"), "1:close step A 200 OK"},
		"and seen within": {newScript(nil).enter(2).sets(1, event.Exit, "A").enter(3).paused(1, event.Exit, "step").
			answer(1, "200 OK").chunk(1, "one"), "1:exit step A 200 OK, 1:chunk A 200 OK"},
		"and left, which was told": {newScript(nil).add(1, event.Exit, &event.Left{Result: "body"}).sets(1, event.Exit, "A").
			paused(1, event.Exit, "step").enter(2).answer(1, "200 OK").chunk(1, "one"),
			"1:exit step A, 2:enter A, 1:start_response A 200 OK, 1:chunk A 200 OK"},
		"raised as the call returns": {begun().paused(1, event.Exit, "raise").sets(1, event.Exception, "A").
			paused(1, event.Exception, "step").add(0, event.Exception, &event.Raised{Where: event.InCall, Type: "E"}),
			"1:exit raise, 1:exception step A"},
		"raised at a block": {begun().answer(1, "200 OK").paused(1, event.Chunk, "raise").
			add(0, event.Exception, &event.Raised{Where: event.InIterate, Type: "E"}),
			"1:chunk raise 200 OK, 1:exception 200 OK"},
		"answered in the place of what was returned": {begun().responded(1, event.Exit, "299 Mine").paused(1, event.Close, "step").
			paused(1, event.Chunk, "continue").answer(1, "299 Mine").chunk(1, "one"),
			"1:exit respond, 1:close step, 1:start_response 299 Mine, 1:chunk continue 299 Mine"},
		"answered in the place of an exception": {begun().responded(1, event.Exception, "299 Mine").answer(1, "299 Mine").
			chunk(1, "one"),
			"1:exception respond, 1:start_response 299 Mine, 1:exit 299 Mine, 1:chunk 299 Mine"},
		"its environ edited where it calls start_response": {begun().given("200 OK", "X: 1").sets(1, event.StartResponse, "A").
			paused(1, event.StartResponse, "step").answer(1, "200 OK", "X: 1").chunk(1, "one"),
			"1:start_response step A 200 OK, 1:exit A 200 OK, 1:chunk A 200 OK"},
		"aborted": {begun().answer(1, "200 OK").paused(1, event.Chunk, "abort"), "1:chunk abort 200 OK"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, strings.Join(stoppedAt(c.script), ", ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// An answer by hand is there once start_response is called with it, and not as that what it replaces is closed; and the stages
// that pass a body on stop at its one close, before whoever made it.
func TestStopsWithin(t *testing.T) {
	s := newScript(nil).enter(2).enter(3).exit(3).responded(3, event.Exit, "299 Mine").add(3, event.Close, nil).answer(3, "299 Mine")
	if diff := cmp.Diff("3:exit respond, 3:close, 3:start_response 299 Mine", strings.Join(stoppedAt(s), ", ")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// What a framework's layer returned is told of with its exit.
	s = newScript(nil).enter(2).enterIn(3, 2, "bottle view").exit(3).chunk(3, "one").sets(3, event.Exit, "A").paused(3, event.Exit, "step")
	if diff := cmp.Diff("3:exit step A, 3:chunk A", strings.Join(stoppedAt(s), ", ")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s = newScript(nil).enter(2).enter(3).exit(3).same(2, 3).add(3, event.Close, nil).sets(2, event.Close, "A").
		paused(2, event.Close, "step").paused(3, event.Close, "step")
	if diff := cmp.Diff("3:close step A, 2:close step A", strings.Join(stoppedAt(s), ", ")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Nobody tells of the blocks of a stage that passes a body on, nor of those of a file that the server reads: each stop there is a
// moment of its own.
func TestStopsAtBlocksThatAreNotTold(t *testing.T) {
	s := newScript(nil).enter(2).enter(3).answer(3, "200 OK").exit(3).same(2, 3).answer(1, "200 OK").
		chunk(3, "one").paused(3, event.Chunk, "step").paused(2, event.Chunk, "step").chunk(1, "one").
		chunk(3, "two").paused(2, event.Chunk, "continue").chunk(1, "two")
	want := "3:chunk step 200 OK, 2:chunk step 200 OK, 1:exit 200 OK, 1:chunk 200 OK, 3:chunk 200 OK, 2:chunk continue 200 OK, 1:chunk 200 OK"
	if diff := cmp.Diff(want, strings.Join(stoppedAt(s), ", ")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i, m := range recorder.Moments(s.events).Moments {
		if at := recorder.Moments(s.events).At(i); m.Stage == 2 && m.Boundary == "chunk" && (at.Body.Size > 0 || at.Body.Cut) {
			t.Errorf("it has given %+v", at.Body)
		}
	}
	s = newScript(nil).enter(2).add(2, event.Exit, &event.Left{Result: "FileWrapper"}).answer(1, "200 OK").
		sets(2, event.Chunk, "A").paused(2, event.Chunk, "step").chunk(1, "file")
	if diff := cmp.Diff("2:chunk step A 200 OK, 1:exit A 200 OK, 1:chunk A 200 OK", strings.Join(stoppedAt(s), ", ")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Where a request was stopped with a block that is told of nowhere else, its size is known, and itself where it is another's.
func TestStoppedWithABlock(t *testing.T) {
	stopped := func(s *script, stage, size int, then string) *script {
		return s.add(stage, event.Paused, &event.Pause{Boundary: event.Chunk, Took: time.Second, Then: then, Size: size})
	}
	s := newScript(nil).enter(2).enter(3).exit(3).same(2, 3).chunk(3, "one")
	stopped(s, 2, 3, "step")
	stopped(s, 1, 5, "abort").add(0, event.Exit, &event.Ending{Outcome: event.ClientGone})
	w := recorder.Moments(s.events)
	if m := at(t, w, 2, "chunk"); m.Size != 3 || m.Chunk == nil || string(m.Chunk.Bytes) != "one" {
		t.Errorf("who passes it on has %+v", m)
	}
	if m := at(t, w, 1, "chunk"); m.Size != 5 || m.Chunk != nil {
		t.Errorf("what goes nowhere is %+v", m)
	}
}

// The outermost stage has returned what a stage within has, where it passes on the body of that.
func TestOutermostResult(t *testing.T) {
	s := newScript(nil).enter(2).add(2, event.Exit, &event.Left{Result: "list"}).answer(1, "200 OK").chunk(1, "one").
		add(1, event.Spent, &event.Times{Total: 4000, Self: 2000, Of: 2})
	if x := s.fold(); x.Stages[1].Result != "list" {
		t.Errorf("stage 1 has returned %q", x.Stages[1].Result)
	}
	if m := at(t, recorder.Moments(s.events), 1, "exit"); m.Result != "list" {
		t.Errorf("at its exit it has returned %q", m.Result)
	}
}
