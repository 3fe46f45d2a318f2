package recorder_test

import (
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

// A stage is named in a filter as it is at a place to stop at.
func TestFilterStages(t *testing.T) {
	x := recorder.Fold(staged(1, 3, 10))
	stopped := newScript(nil).add(1, event.Paused, &event.Pause{Boundary: event.Enter, Took: time.Second}).fold()
	for s, want := range map[string]bool{
		"~stage Layer2": true, "~stage middleware.Layer2": true, "~stage 'Layer*'": true, "~stage layer2": false, "~stage ayer2": false,
		"~stage Layer4": false, "~stage 3": true, "~stage 4": false, "~stage server": false, "~stage 0": false, "~paused": false,
	} {
		if got := parse(t, s).Match(x); got != want {
			t.Errorf("%s: %v", s, got)
		}
	}
	if !parse(t, "~paused").Match(stopped) {
		t.Error("~paused does not find what was paused")
	}
	if _, err := recorder.ParseFilter("~stage ["); err == nil {
		t.Error("a pattern that is none was taken")
	}
}
