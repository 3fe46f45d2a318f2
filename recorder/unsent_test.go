package recorder_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

func given(x *recorder.Exchange) (out []string) {
	for _, t := range x.Unsent() {
		out = append(out, fmt.Sprintf("%c %s %s%s", 'A'+t.Stage-1, t.How, t.What, t.Name))
	}
	return out
}

// What stages gave is known and blamed on them though the server never gets it, however far it came.
func TestUnsentAnswer(t *testing.T) {
	gone := &event.Ending{Outcome: event.ClientGone, Reason: "gone"}
	way := func() *script {
		return newScript(nil).enter(2).enter(3).answer(3, "200 OK", "Content-Type: text/plain", "Set-Cookie: a", "Set-Cookie: b")
	}
	for name, c := range map[string]struct {
		s      *script
		by     int
		status int
		want   []string
	}{
		"innermost": {way(), 3, 3, []string{"C set status", "C set headerContent-Type", "C set headerSet-Cookie", "C set headerSet-Cookie"}},
		"on its way": {
			way().answer(2, "201 Made", "Set-Cookie: a", "Set-Cookie: c"), 2, 2,
			[]string{"B changed status", "B dropped headerContent-Type", "C set headerSet-Cookie", "B changed headerSet-Cookie"},
		},
		"given to the server": {
			way().answer(2, "201 Made").add(1, event.StartResponse, &event.Response{
				Status: "201 Made", Headers: []event.Header{{Name: "X", Value: "1"}},
			}), 1, 2,
			[]string{"B changed status", "B dropped headerContent-Type", "B dropped headerSet-Cookie", "B dropped headerSet-Cookie", "A set headerX"},
		},
	} {
		x := recorder.Fold(c.s.add(0, event.Exit, gone).events)
		if x.State != recorder.Aborted || x.Response.Status != "" {
			t.Errorf("%s: %s, with %q", name, x.State, x.Response.Status)
		}
		if diff := cmp.Diff(c.want, given(x)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if s := x.Begun(); s == nil || s.Index != c.by || x.Blame.Status != c.status {
			t.Errorf("%s: begun by %+v, whose status is by %d", name, s, x.Blame.Status)
		}
	}
	x := way().answer(1, "200 OK").fold()
	if x.Begun() != nil || x.Unsent() != nil {
		t.Errorf("an answer that was sent is on its way: %v", x.Unsent())
	}
}

// Where the server answers in the place of the application, that is its own doing, and takes the place of what stages gave.
func TestServersAnswerReplaces(t *testing.T) {
	s := newScript(nil).enter(2).answer(2, "500 Internal Server Error", "Content-Type: text/html", "X-A: 1").
		add(0, event.StartResponse, &event.Response{
			Server: true, Status: "500 Internal Server Error", Headers: []event.Header{{Name: "Content-Type", Value: "text/html"}},
		}).add(0, event.Exit, &event.Ending{Outcome: event.WorkerGone})
	x := recorder.Fold(s.events)
	if diff := cmp.Diff([]int{0}, x.Blame.Fields); diff != "" || x.Blame.Status != 0 {
		t.Errorf("the status is by %d, fields (-want +got):\n%s", x.Blame.Status, diff)
	}
	if diff := cmp.Diff([]string{"B set to 1", "@ dropped from 1"}, touches(x, "header", "X-A")); diff != "" {
		t.Errorf("X-A (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"B set to 500 Internal Server Error"}, touches(x, "status", "")); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
}
