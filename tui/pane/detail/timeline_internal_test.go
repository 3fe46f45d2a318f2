package detail

import (
	"testing"

	"github.com/snifter-dev/snifter/recorder"
)

func given(at ...float64) []recorder.Chunk {
	out := make([]recorder.Chunk, 0, len(at))
	for _, ms := range at {
		out = append(out, recorder.Chunk{AtMS: ms})
	}
	return out
}

func drawn(t *testing.T, x *recorder.Exchange, wants ...string) {
	t.Helper()
	time := newTimeline(x, 20, 20)
	for i, want := range wants {
		if got := time.bar(&x.Stages[i]).String(); got != want {
			t.Errorf("stage %d\n got %q\nwant %q", i, got, want)
		}
	}
}

// While a body is iterated, who is about to give a chunk is at work, and those around it wait for that.
func TestTimeline(t *testing.T) {
	x := &recorder.Exchange{State: recorder.Done, DurationMS: 20, Stages: []recorder.Stage{
		{Index: 0, Kind: "server", ExitMS: 20, TotalMS: 20},
		{Index: 1, EnterMS: 0.1, ExitMS: 0.8, TotalMS: 19, Chunks: given(6.3, 15.2)},
		{Index: 2, Within: 1, EnterMS: 0.2, ExitMS: 0.7, TotalMS: 14, Chunks: given(6.2, 10.1)},
		{Index: 3, Within: 2, EnterMS: 0.3, ExitMS: 0.6, TotalMS: 14, Chunks: given(6.2, 10.1)}, // which 2 passes on at once
	}}
	drawn(t, x,
		"├──────────────█████",
		"├─────▪───█████▪    ",
		"├─────▪───▪         ",
		"██████▪███▪         ",
	)
}

// A chunk that comes later than the stage can have been at work on it has waited for the server, which takes it.
func TestTimelineOfLateServer(t *testing.T) {
	drawn(t, &recorder.Exchange{State: recorder.Done, DurationMS: 20, Stages: []recorder.Stage{
		{Index: 0, Kind: "server", ExitMS: 20, TotalMS: 20, Chunks: given(17.8)},
		{Index: 1, EnterMS: 0.1, ExitMS: 11.8, TotalMS: 12, Chunks: given(17.8)},
		{Index: 2, Within: 1, EnterMS: 0.2, ExitMS: 11.7, TotalMS: 11.6, Chunks: given(12.8)},
	}},
		"├────────────███████",
		"├──────────┤─╌╌╌╌▪  ",
		"████████████▪       ",
	)
}
