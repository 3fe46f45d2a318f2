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

// Of an exchange that is under way only what is decided by its head is so for good.
func TestFilterNever(t *testing.T) {
	x := newScript(nil).fold() // GET /, by build 1
	for s, want := range map[string]bool{
		"~m POST": true, "~m GET": false, "~u /b": true, "~u /": false, "/b": true, "~m GET ~u /b": true, "~build 9": true,
		"~c 500": false, "!~c 500": false, "~e": false, "~h x": false, "~env A": false, "~d >1000": false, "~marked": false,
		"~m POST ~c 500": true, "~m POST | ~c 500": false, "~m POST | /b": true, "!~m GET": true, "!~m POST": false,
		"!(~m GET | ~e)": true, "!(~m GET ~e)": false,
	} {
		f := parse(t, s)
		if got := f.Never(x); got != want || got && f.Match(x) {
			t.Errorf("%s: %v", s, got)
		}
	}
	if (*recorder.Filter)(nil).Never(x) {
		t.Error("no filter chooses all")
	}
}

func TestFilterNeedsResponse(t *testing.T) {
	for s, want := range map[string]bool{
		"~c 200": true, "~hs x": true, "~bs x": true, "~ts x": true, "~m GET ~c 5xx": true, "~c 200 | ~hs x": true, "!!~c 200": true,
		"~m GET": false, "!~c 200": false, "~c 200 | ~m GET": false, "~h x": false, "~e": false, "~env A": false, "~stage A": false,
	} {
		if f := parse(t, s); f.NeedsResponse() != want {
			t.Errorf("%s: %v", s, !want)
		}
	}
	if (*recorder.Filter)(nil).NeedsResponse() {
		t.Error("no filter chooses all")
	}
}
