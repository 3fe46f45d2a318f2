package control

import (
	"testing"

	"github.com/snifter-dev/snifter/replay"
)

// What was learned to be noise stays noise, however many replays that are the same come after.
func TestComparisonsAreKept(t *testing.T) {
	var k comparisons
	k.keep(&replay.Comparison{A: 1, B: 2, Verdict: replay.Noise})
	for id := uint64(3); id < 3+2*maxKept; id++ {
		k.keep(&replay.Comparison{A: 1, B: id, Verdict: replay.Same})
	}
	if c := k.find(1, 2); c == nil || c.Verdict != replay.Noise {
		t.Errorf("%+v", c)
	}
	if c := k.find(1, 3); c != nil {
		t.Errorf("%+v is kept", c)
	}
}
