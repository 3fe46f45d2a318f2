package recorder_test

import (
	"testing"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

// What the server raises since it does not take what a body has given, which a rule tells of, is no stage's exception.
func TestComplaintsAreTheServers(t *testing.T) {
	const early = "the application gave a block before it called start_response"
	frame := []event.Frame{{File: "A.py", Line: 3, Function: "gives"}}
	for name, c := range map[string]struct {
		raised event.Raised
		found  event.Finding
		stage  int
	}{
		"a breach": {event.Raised{Where: event.InIterate, Type: "AssertionError", Message: early}, event.Finding{Rule: "start-response-not-called", Message: early}, 0},
		"in the innermost stage's words": {
			event.Raised{Where: event.InIterate, Type: "AssertionError", Message: early},
			event.Finding{Rule: "start-response-not-called", Message: "the application ended without calling start_response"}, 0,
		},
		"of a string": {
			event.Raised{Where: event.InIterate, Type: "TypeError", Message: "the application yielded an object of type str, not bytes"},
			event.Finding{Rule: "body-is-string", Message: "the application returned a string"}, 0,
		},
		"the application's": {event.Raised{Where: event.InIterate, Type: "AssertionError", Message: early, Frames: frame}, event.Finding{Rule: "start-response-not-called", Message: early}, 1},
		"its body's in C":   {event.Raised{Where: event.InIterate, Type: "ValueError", Message: "invalid literal"}, event.Finding{Rule: "write-used", Message: "write() is used"}, 1},
		"in the call":       {event.Raised{Type: "AssertionError", Message: early}, event.Finding{Rule: "start-response-not-called", Message: early}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScript(nil).enter(2).chunk(2, "early").exit(2).add(0, event.Exception, &c.raised)
			x := s.add(2, event.Lint, &c.found).add(0, event.Exit, &event.Ending{Closed: true}).fold()
			if got := x.Exception.Stage; got != c.stage {
				t.Errorf("it rose in stage %d, not %d", got, c.stage)
			}
			if told := x.Stages[1].Exception != nil; told != (c.stage == 1) {
				t.Errorf("it is told of stage 1: %v", told)
			}
			if x.Stages[0].Exception == nil {
				t.Error("the server was told of it")
			}
			for _, m := range recorder.Moments(s.events).Moments {
				if m.Exception != nil && m.Stage != c.stage {
					t.Errorf("the moment is of stage %d, not %d", m.Stage, c.stage)
				}
			}
		})
	}
}
