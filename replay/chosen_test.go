package replay_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// handled is an exchange that was stopped at a boundary of a stage, and went on so.
func handled(id uint64, pauses ...recorder.Pause) *recorder.Exchange {
	x := get(id, "/")
	x.Stages = []recorder.Stage{{}, {Index: 1, Name: "app.Auth", Pauses: pauses}}
	return x
}

// What somebody had a hand in is no origin by a filter, unless what was stopped is asked for.
func TestChosen(t *testing.T) {
	seven := uint64(7)
	open, again := get(2, "/open"), get(3, "/again")
	open.State, again.Origin = recorder.Open, &seven
	all := sequence(
		get(1, "/"), open, again,
		handled(4, recorder.Pause{Boundary: "enter", Then: "continue"}),
		handled(5, recorder.Pause{Boundary: "enter", Then: "continue", Edited: []string{"environ A"}}),
		handled(6, recorder.Pause{Boundary: "exit", Then: "respond", Edited: []string{"respond 200 OK"}}),
		handled(7, recorder.Pause{AtMS: 1, Boundary: "enter", Then: "step", Edited: []string{"status"}}, recorder.Pause{AtMS: 2, Boundary: "chunk", Then: "abort"}),
		handled(8, recorder.Pause{Boundary: "input", Then: "raise", Edited: []string{"raise ValueError"}}),
	)
	for filter, want := range map[string][]uint64{
		"":                 {1, 4},
		"~m GET ~replay":   {1, 3, 4},
		"~m GET & ~paused": {1, 4, 5, 6, 7, 8},
		"~marked":          {1, 4, 5, 6, 7, 8},
	} {
		var got []uint64
		left := map[uint64]string{}
		for x, err := range replay.Chosen(filter, all, func(x *recorder.Exchange) { left[x.ID] = x.ByHand() }) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, x.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", filter, diff)
		}
		told := map[uint64]string{
			5: "edited by hand at app.Auth:enter", 6: "answered by hand at app.Auth:exit",
			7: "aborted by hand at app.Auth:chunk", 8: "made to fail by hand at app.Auth:input",
		}
		if len(want) > 5 {
			told = map[uint64]string{}
		}
		if diff := cmp.Diff(told, left); diff != "" {
			t.Errorf("%q: left out (-want +got):\n%s", filter, diff)
		}
	}
}

// A verdict says that its origin is what somebody made of it.
func TestVerdictOnWhatWasHandled(t *testing.T) {
	s := serveRecorded(t, func(event.Head, []byte) answer { return answer{status: "200 OK", headers: plain, body: "hello\n"} })
	var outcomes []replay.Outcome
	r := s.runner()
	r.Outcome = func(res replay.Result) { outcomes = append(outcomes, res.Outcome) }
	edited := handled(5, recorder.Pause{Boundary: "enter", Then: "continue", Edited: []string{"environ A"}})
	if _, err := r.Run(t.Context(), sequence(edited)); err != nil {
		t.Fatal(err)
	}
	want := []replay.Outcome{{ID: 1001, Origin: 5, Verdict: replay.Same, Reasons: []string{"the origin was edited by hand at app.Auth:enter"}}}
	if diff := cmp.Diff(want, outcomes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
