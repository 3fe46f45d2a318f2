package control_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
)

// An empty block, and no headers at all, are edits as others are, through each door.
func TestEditToNothing(t *testing.T) {
	for name, open := range doors {
		t.Run(name, func(t *testing.T) {
			l, g := newStepped(t)
			c, ctx := open(t, l), t.Context()
			id := l.beginWith("/", nil)
			g.park(stepping.State{Exchange: id, Index: 2, Stage: auth, Boundary: "chunk", Edits: []string{"headers", "chunk"}})
			g.does = func(s stepping.State, _ stepping.Command) *stepping.State { return &s }
			for _, change := range []struct {
				edit control.StepCommand
				want stepping.Command
			}{
				{control.StepCommand{Chunk: []byte{}}, stepping.Command{Block: []byte{}}},
				{control.StepCommand{Headers: []recorder.Header{}}, stepping.Command{Headers: []event.Header{}}},
			} {
				change.edit.ID, change.edit.Action, change.want.Action = id, "edit", stepping.Modify
				if p, err := c.Step(ctx, change.edit); err != nil || p == nil {
					t.Fatalf("%+v: %v, %v", change.edit, p, err)
				}
				if diff := cmp.Diff(change.want, g.did[len(g.did)-1]); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

// An interim response is not the answer to a request (RFC 9110, 15.2).
func TestInterimStatus(t *testing.T) {
	for _, action := range []string{"edit", "respond"} {
		err := control.StepCommand{ID: 1, Action: action, Status: "103 Early Hints"}.Check()
		if !errors.Is(err, control.ErrImpossible) {
			t.Errorf("%s: %v", action, err)
		}
	}
}

// A framework's layer calls no start_response: what is possible instead is said.
func TestWhereAStatusIsChanged(t *testing.T) {
	view := &event.StageInfo{Name: "app.view", Kind: "flask"}
	for stage, want := range map[*event.StageInfo]string{
		auth: "(status and headers are changed at start_response)", view: "(a framework's layer is answered for as a whole, by respond)",
	} {
		l, g := newStepped(t)
		id := l.beginWith("/", nil)
		g.park(stepping.State{Exchange: id, Index: 2, Stage: stage, Boundary: "exit", Edits: []string{"respond"}})
		_, err := l.Step(t.Context(), control.StepCommand{ID: id, Action: "edit", Status: "404 Not Found"})
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v", stage.Name, err)
		}
	}
}

// What the server would not take from an application is refused before the request hears of it.
func TestHeadersThatNoApplicationMaySend(t *testing.T) {
	for _, bad := range []recorder.Header{
		{"A B", "c"}, {"", "c"}, {"A", "b\nc"}, {"A", "b\tc"}, {"Connection", "close"}, {"transfer-encoding", "chunked"},
	} {
		for _, action := range []string{"edit", "respond"} {
			headers := []recorder.Header{{"Content-Type", "text/plain"}, bad}
			err := control.StepCommand{ID: 1, Action: action, Status: "200 OK", Headers: headers}.Check()
			if !errors.Is(err, control.ErrImpossible) {
				t.Errorf("%s %q: %v", action, bad, err)
			}
		}
	}
}

// What was told of a request before it stopped counts, however late the recorder comes to it.
func TestConditionsKnowWhatWasToldBefore(t *testing.T) {
	l, g := newStepped(t)
	if _, err := l.AddBreakpoint(t.Context(), control.Breakpoint{Stage: "Auth", Filter: "~stage Session & ~lint"}); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		id := l.recorder.NextID()
		l.recorder.Emit(l.begin(id, "/", 0))
		if err := l.recorder.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		session := event.StageInfo{Name: "app.Session", Kind: "wsgi"}
		l.recorder.Emit(
			event.Event{Exchange: id, Seq: 1, Stage: 2, Kind: event.Enter, Payload: &event.Entered{Stage: &session, Within: 1}},
			event.Event{Exchange: id, Seq: 2, Stage: 2, Kind: event.Lint, Payload: &event.Finding{Rule: "write-used"}})
		if !g.meet(stepping.State{Exchange: id, Index: 3, Stage: auth, Boundary: "enter"}) {
			t.Fatalf("request %d did not park", i)
		}
	}
}
