package recorder_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/recorder"
)

// edited has a block be edited by hand while a request is stopped at a stage.
func (s *script) edited(stage int, text string) *script {
	s.add(stage, event.Edited, &event.Edit{Boundary: event.Chunk, Block: &event.Data{Bytes: []byte(text), Size: len(text)}})
	return s.paused(stage, event.Chunk, "continue")
}

// editedOf has the nth block of a list be edited that the stage passes on.
func (s *script) editedOf(stage, nth int, text string) *script {
	data := &event.Data{Bytes: []byte(text), Size: len(text)}
	return s.add(stage, event.Edited, &event.Edit{Boundary: event.Chunk, Block: data, Nth: nth}).paused(stage, event.Chunk, "continue")
}

func (s *script) paused(stage int, boundary event.Kind, then string) *script {
	return s.add(stage, event.Paused, &event.Pause{Boundary: boundary, Took: time.Second, Then: then})
}

func (s *script) same(stage, of int) *script {
	return s.add(stage, event.Exit, &event.Left{Result: "generator", Same: true, Of: uint16(of)})
}

// A block that was edited by hand is that of the stage in whose hands it was, also where it was another's.
func TestBlameEditedBlocks(t *testing.T) {
	stack := func() *script { return newScript(nil).answer(1, "200 OK").enter(2).enter(3).enter(4).enter(5) }
	passed := func() *script { return stack().exit(5).same(4, 5).same(3, 5).same(2, 5) }
	for name, c := range map[string]struct {
		script *script
		want   string
		chunks []int // the size of the first chunk of each stage from the second on
	}{
		"where it was made": {passed().chunk(5, "one ").edited(5, "ONE!").chunk(5, "two").chunk(1, "ONE!").chunk(1, "two"),
			"EEEEEEE", []int{4, 4, 4, 4}},
		"where it was passed on": {passed().chunk(5, "one ").edited(3, "by hand ").chunk(5, "two").chunk(1, "by hand ").chunk(1, "two"),
			"CCCCCCCCEEE", []int{8, 8, 4, 4}},
		"twice": {passed().chunk(5, "one ").edited(4, "1 ").edited(2, "first ").chunk(5, "two").edited(4, "2").chunk(1, "first ").
			chunk(1, "2"), "BBBBBBD", []int{6, 2, 2, 4}},
		"and changed around": {stack().exit(5).same(4, 5).same(3, 5).exit(2).chunk(5, "some words").edited(4, "other text").
			chunk(2, "other text!").chunk(1, "other text!").add(2, event.Close, nil), "DDDDDDDDDDB", []int{11, 10, 10, 10}},
		"in a list that was passed on": {stack().add(5, event.Exit, &event.Left{Result: "list"}).chunk(5, "one ").chunk(5, "two").
			same(4, 5).same(3, 5).editedOf(3, 2, "by hand").same(2, 5).chunk(1, "one ").chunk(1, "by hand"),
			"EEEECCCCCCC", []int{4, 4, 4, 4}},
		"in place of what was returned": {stack().exit(5).same(4, 5).same(3, 5).add(3, event.Edited, &event.Edit{
			Boundary: event.Exit, Respond: true, Status: "200 OK", Block: &event.Data{Bytes: []byte("new"), Size: 3},
		}).same(2, 3).chunk(3, "new").chunk(1, "new"), "CCC", []int{3, 3, 0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			x := c.script.add(5, event.Close, nil).add(3, event.Close, nil).fold()
			if got := body(x); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			for i, want := range c.chunks {
				got := 0
				if chunks := x.Stages[i+2].Chunks; len(chunks) > 0 {
					got = chunks[0].Size
				}
				if got != want || !x.Stages[i+2].Closed {
					t.Errorf("stage %d gave %d bytes first, want %d; closed: %v", i+2, got, want, x.Stages[i+2].Closed)
				}
			}
		})
	}
}

// A stop is shown with what it was at, and a block as it went on.
func TestMomentsOfStops(t *testing.T) {
	s := newScript(nil).enter(2).answer(2, "200 OK").paused(2, event.StartResponse, "step").
		exit(2).chunk(2, "one").edited(2, "by hand").chunk(1, "by hand")
	var then []string
	w := recorder.Moments(s.events)
	for i, m := range w.Moments {
		if m.Pause != nil {
			then = append(then, m.Boundary+" "+m.Pause.Then)
		}
		if m.Boundary == "chunk" && (m.Size != 7 || string(w.At(i).Chunk.Bytes) != "by hand") {
			t.Errorf("%+v", m)
		}
	}
	if diff := cmp.Diff([]string{"start_response step", "chunk continue"}, then); diff != "" {
		t.Error(diff)
	}
}

// Of stage 1 it is told at the end whose body it passed on; one that was edited is of the stage in whose hands it was, which
// may be stage 1 itself.
func TestPassedOnByStage1(t *testing.T) {
	passed := func() *script { return newScript(nil).answer(1, "200 OK").enter(2).enter(3).exit(3).same(2, 3) }
	for name, c := range map[string]struct {
		script *script
		want   int
	}{
		"passed on":     {passed().chunk(3, "one").chunk(1, "one"), 3},
		"edited":        {passed().chunk(3, "one").edited(1, "1").chunk(1, "1"), 0},
		"edited within": {passed().chunk(3, "one").edited(2, "1").chunk(1, "1"), 2},
	} {
		root := c.script.add(1, event.Spent, &event.Times{Total: 2, Self: 1, Of: 3}).fold().Stages[1]
		if root.SameAs != c.want || len(root.Chunks) != 1 {
			t.Errorf("%s: %+v", name, root)
		}
	}
}

// A Content-Length that the server leaves out since a block was edited is the doing of whoever did so, though stage 1 passes
// the head on without it; what stage 1 has dropped itself stays its own.
func TestLengthOfAnEditedBlock(t *testing.T) {
	within := func() *script {
		return newScript(nil).enter(2).enter(3).answer(3, "200 OK", "Content-Length: 3").answer(2, "200 OK", "Content-Length: 3")
	}
	leftOut := func(s *script) *script {
		return s.add(3, event.Edited, &event.Edit{Boundary: event.Chunk, Headers: []event.Header{}})
	}
	byHand := []string{"C set to 3", "C edited from 3"}
	for name, c := range map[string]struct {
		script *script
		want   []string
	}{
		"told before the head": {leftOut(within()).answer(1, "200 OK"), byHand},
		"told after the head":  {leftOut(within().answer(1, "200 OK")), byHand},
		"dropped by stage 1":   {within().answer(1, "200 OK"), []string{"C set to 3", "A dropped from 3"}},
	} {
		if diff := cmp.Diff(c.want, touches(c.script.fold(), "header", "Content-Length")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// head has the headers of a response be changed by hand as a stage gives it.
func (s *script) head(stage int, fields ...string) *script {
	return s.add(stage, event.Edited, &event.Edit{Boundary: event.StartResponse, Headers: fieldsOf(fields)}).
		paused(stage, event.StartResponse, "continue")
}

// given has stage 1 tell of what it gave to start_response.
func (s *script) given(status string, fields ...string) *script {
	return s.add(1, event.StartResponse, &event.Response{Status: status, Headers: fieldsOf(fields)})
}

// What stage 1 has done to the head itself is its own, though that was edited by hand then, and the server never got it so.
func TestEditedHeadOfStage1(t *testing.T) {
	s := newScript(nil).enter(2).answer(2, "200 OK", "X-B: 1").given("200 OK", "X-B: 1", "X-A: 1").
		head(1, "X-B: 1", "X-A: 1", "X-C: 1").answer(1, "200 OK", "X-B: 1", "X-A: 1", "X-C: 1").chunk(1, "one")
	x := s.fold()
	for name, want := range map[string][]string{"X-A": {"A set to 1"}, "X-B": {"B set to 1"}, "X-C": {"A edited to 1"}} {
		if diff := cmp.Diff(want, touches(x, "header", name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff([]string{"header X-C"}, x.Stages[1].Pauses[0].Edited); diff != "" {
		t.Error(diff)
	}
	w := recorder.Moments(s.events)
	var begun int
	for i, m := range w.Moments {
		if m.Stage == 1 && m.Boundary == "start_response" {
			begun++
			if m.Pause == nil || len(w.At(i).Headers) != 3 || len(m.Changes.Headers.Added) != 2 {
				t.Errorf("%+v", m)
			}
		}
	}
	if begun != 1 {
		t.Errorf("stage 1 began its response %d times", begun)
	}
}

// A head that nobody waits for is no response, but the stage has given it.
func TestHeadThatIsNotSent(t *testing.T) {
	s := newScript(nil).enter(2).answer(2, "200 OK", "X-B: 1").given("201 Made", "X-B: 1").exit(2).
		add(0, event.Exit, &event.Ending{Outcome: event.ClientGone, Reason: "gone"})
	x, w := s.fold(), recorder.Moments(s.events)
	if x.Response.Status != "" || len(x.Blame.Fields) > 0 || x.Stages[1].Status != "201 Made" {
		t.Errorf("response %+v, blame %+v, stage %+v", x.Response, x.Blame, x.Stages[1])
	}
	if m := w.Moments[4]; m.Stage != 1 || m.Boundary != "start_response" || w.At(4).Status != "201 Made" {
		t.Errorf("%+v", m)
	}
}

// What was edited by hand is shown where the request was stopped, and not as what has changed until the next moment.
func TestMomentsOfEdits(t *testing.T) {
	s := newScript(nil).enter(2).
		add(2, event.Edited, &event.Edit{Boundary: event.Enter, Environ: &event.EnvironChange{
			Set: marshal.Append(nil, marshal.Dict{{Key: "BY", Value: "hand"}}),
		}}).paused(2, event.Enter, "continue").
		enter(3).answer(3, "200 OK", "X-C: 1").head(3, "X-C: 2").answer(2, "200 OK", "X-C: 2")
	w := recorder.Moments(s.events)
	for i, m := range w.Moments {
		c := m.Changes
		by, _ := w.At(i).Environ.Get("BY")
		switch {
		case m.Pause == nil:
			if len(c.Environ.Added) > 0 || len(c.Headers.Added) > 0 {
				t.Errorf("%d %s: %+v", m.Stage, m.Boundary, c)
			}
		case m.Boundary == "enter":
			if c.Environ.Added["BY"] != "hand" || by != "hand" {
				t.Errorf("%d %s: %+v", m.Stage, m.Boundary, c)
			}
		case !cmp.Equal(c.Headers.Added, []recorder.Header{{"X-C", "2"}}) || w.At(i).Headers[0][1] != "2":
			t.Errorf("%d %s: %+v", m.Stage, m.Boundary, c)
		}
	}
}

// A Content-Length that the server leaves out is in force until it sends the head, with the first block.
func TestMomentsOfAnEditedLength(t *testing.T) {
	within := func() *script {
		return newScript(nil).enter(2).answer(2, "200 OK", "Content-Length: 3", "X: 1").exit(2)
	}
	leftOut := func(s *script) *script {
		return s.add(1, event.Edited, &event.Edit{Boundary: event.Chunk, Headers: fieldsOf([]string{"X: 1"})})
	}
	for name, s := range map[string]*script{
		"told before the head": leftOut(within()).answer(1, "200 OK", "X: 1"),
		"told after the head":  leftOut(within().answer(1, "200 OK", "X: 1")),
		"and later":            leftOut(within().answer(1, "200 OK", "X: 1").chunk(2, "one")),
		"told twice":           leftOut(leftOut(within().answer(1, "200 OK", "X: 1"))),
	} {
		w := recorder.Moments(s.chunk(1, "edited").chunk(1, "two").events)
		var got []string
		for i, m := range w.Moments {
			if m.Stage != 1 || m.Boundary == "enter" {
				continue
			}
			line := m.Boundary
			for _, h := range w.At(i).Headers {
				line += " " + h[0]
			}
			for _, h := range m.Changes.Headers.Added {
				line += " +" + h[0]
			}
			for _, h := range m.Changes.Headers.Removed {
				line += " -" + h[0]
			}
			got = append(got, line)
		}
		want := []string{"start_response Content-Length X", "exit Content-Length X", "chunk X -Content-Length", "chunk X"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	alone := func() *script { return newScript(nil).answer(1, "200 OK", "X: 1") }
	if w := recorder.Moments(leftOut(alone()).chunk(1, "edited").events); len(w.Answers) != 1 { // which length it gave nobody has told
		t.Errorf("answers %+v", w.Answers)
	}
	told := alone().add(1, event.Edited, &event.Edit{Boundary: event.Chunk, Headers: fieldsOf([]string{"Content-Length: 3", "X: 1"})}).
		chunk(1, "edited")
	if diff := cmp.Diff([]string{"A set to 3", "A edited from 3"}, touches(told.fold(), "header", "Content-Length")); diff != "" {
		t.Errorf("its own length (-want +got):\n%s", diff)
	}
	if w := recorder.Moments(told.events); len(w.Answers) != 2 || len(w.Answers[0].Headers) != 2 || len(w.Answers[1].Headers) != 1 {
		t.Errorf("answers %+v", w.Answers)
	}
}
