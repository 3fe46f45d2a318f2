package recorder_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

func selves(x *recorder.Exchange) (out []float64) {
	for _, s := range x.Stages {
		out = append(out, s.SelfMS*1000)
	}
	return out
}

func totals(x *recorder.Exchange) (out []float64) {
	for _, s := range x.Stages {
		out = append(out, s.TotalMS*1000)
	}
	return out
}

// after has the next event come so many microseconds after the last.
func (s *script) after(micros int) *script {
	s.at += time.Duration(micros-1) * time.Microsecond
	return s
}

// A stage takes at least as long as those within it, also where it has only passed on the body that they made.
func TestTotalsHoldThoseWithin(t *testing.T) {
	us := func(n time.Duration) time.Duration { return n * time.Microsecond }
	x := newScript(nil).enter(2).enter(3).same(2, 3).same(1, 2).answer(1, "200 OK").chunk(1, "one").
		after(90).
		// As they are told: A and B have returned at once, and C has run since. 20 of what it took was A's, in its start_response.
		add(3, event.Spent, &event.Times{Total: us(70), Self: us(50)}).
		add(2, event.Spent, &event.Times{Total: us(8), Self: us(5)}).
		add(1, event.Spent, &event.Times{Total: us(30), Self: us(30), Of: 2}).fold()
	if diff := cmp.Diff([]float64{30, 5, 50}, selves(x)[1:]); diff != "" {
		t.Errorf("self (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{85, 55, 50}, totals(x)[1:]); diff != "" {
		t.Errorf("total (-want +got):\n%s", diff)
	}
}

// Whatever is told, no stage takes longer than the one around it, or less than itself.
func TestTimesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := recorder.Fold(genEvents().Draw(t, "events"))
		for _, s := range x.Stages {
			around := x.Stages[s.Within]
			if s.SelfMS < 0 || s.TotalMS < 0 || s.Index > 0 && s.TotalMS > around.TotalMS {
				t.Fatalf("stage %d took %v, %v itself, and the one around it %v", s.Index, s.TotalMS, s.SelfMS, around.TotalMS)
			}
		}
	})
}

// Of an exchange that has broken off, or is under way, nothing is told of the times of its stages: they are at work from the
// boundary that they cross on to the next, and whoever has made the last block is at work on another.
func TestTimesOfWhatIsNotOver(t *testing.T) {
	gone := &event.Ending{Outcome: event.WorkerGone}
	for name, c := range map[string]struct {
		s     *script
		want  []float64 // of the server, A, B and so on
		exits []float64
	}{
		"in a call": {
			newScript(nil).after(2).enter(2).after(3).enter(3).after(100).add(0, event.Exit, gone),
			[]float64{0, 3, 3, 100}, []float64{106, 106, 106, 106},
		},
		"behind a call": {
			newScript(nil).after(2).enter(2).after(3).enter(3).after(4).exit(3).after(50).add(0, event.Exit, gone),
			[]float64{0, 3, 53, 4}, []float64{60, 60, 60, 10},
		},
		"at the innermost one's start_response": {
			newScript(nil).after(2).enter(2).after(3).answer(2, "200 OK").after(4).
				add(1, event.StartResponse, &event.Response{Status: "200 OK"}).after(50).add(0, event.Exit, gone),
			[]float64{0, 7, 53}, []float64{60, 60, 60},
		},
		"in a body that another passes on": {
			newScript(nil).after(2).enter(2).exit(2).after(3).same(1, 2).after(4).answer(1, "200 OK").
				after(5).chunk(2, "one").chunk(1, "one").after(50).add(0, event.Exit, gone),
			[]float64{1, 10, 56}, []float64{67, 7, 4},
		},
		"under way": {
			newScript(nil).after(2).enter(2).after(3).exit(2).after(4).add(1, event.Exit, &event.Left{Result: "generator"}).
				after(50).add(2, event.Input, &event.Read{Reads: 1, Size: 1}),
			[]float64{0, 7, 53}, []float64{60, 10, 6},
		},
		"where the server answers for it": {
			newScript(nil).after(2).enter(2).after(30).add(0, event.StartResponse, &event.Response{Server: true, Status: "500 No"}).
				after(20).add(0, event.Exit, gone),
			[]float64{20, 3, 30}, []float64{53, 53, 53},
		},
	} {
		x := recorder.Fold(c.s.events)
		if diff := cmp.Diff(c.want, selves(x)); diff != "" {
			t.Errorf("%s: self (-want +got):\n%s", name, diff)
		}
		var exits []float64
		sum := 0.
		for _, s := range x.Stages {
			exits, sum = append(exits, s.ExitMS*1000), sum+s.SelfMS
		}
		if diff := cmp.Diff(c.exits, exits); diff != "" {
			t.Errorf("%s: left (-want +got):\n%s", name, diff)
		}
		if math.Abs(sum-x.DurationMS) > 1e-9 {
			t.Errorf("%s: the times are %v of %v", name, sum, x.DurationMS)
		}
	}
}

// A stage that was at work as its worker went has not been left.
func TestNoExitOfWhatBreaksOff(t *testing.T) {
	s := newScript(nil).enter(2).add(0, event.Exit, &event.Ending{Outcome: event.WorkerGone})
	x := recorder.Fold(s.events)
	for _, m := range recorder.Moments(s.events).Moments {
		if m.Boundary == "exit" && m.Stage != 0 {
			t.Errorf("stage %d is left", m.Stage)
		}
	}
	for i := range x.Stages {
		if left := x.HasLeft(&x.Stages[i]); left != (i == 0) {
			t.Errorf("stage %d has left: %v", i, left)
		}
	}
}
