package devserver

import (
	"testing"

	"github.com/snifter-dev/snifter/devserver/event"
)

func TestWishes(t *testing.T) {
	died, saved := wish{why: "a worker ended", replaces: true}, wish{why: "app.py"}
	for _, c := range []struct {
		name  string
		have  wish
		other wish
		want  wish
	}{
		{"the first", wish{}, died, died},
		{"the same again", died, died, died},
		{"a save on top of a death", died, saved, wish{why: "a worker ended, app.py"}},
		{"a death on top of a save", saved, died, wish{why: "app.py, a worker ended"}},
		{"part of what is wanted", wish{why: "app.py, lib.py"}, saved, wish{why: "app.py, lib.py"}},
	} {
		if got := c.have.and(c.other); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestReleaseMeetsASwap: requests that a build did not take, since another has taken its place meanwhile, are not left
// waiting for the one after.
func TestReleaseMeetsASwap(t *testing.T) {
	b := newBuilds(nil)
	b.waiting = []*exchange{{seq: 1, state: ended}} // a failed build has nothing more to say to it
	old, newer := &build{}, &build{failed: &event.Raised{}}
	b.current.Store(newer)
	b.release(old)
	if len(b.waiting) != 0 {
		t.Errorf("%d requests were left behind", len(b.waiting))
	}
	// None has taken its place: they are kept for the next.
	b.waiting = []*exchange{{seq: 1}}
	b.current.Store(old)
	b.release(old)
	if len(b.waiting) != 1 {
		t.Errorf("%d requests wait for the next build, want 1", len(b.waiting))
	}
}
