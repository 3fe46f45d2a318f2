package worker

import (
	"bytes"
	"net"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/wire"
)

// A request that is parked waits for its server, and no nudge would bring it on; the others are nudged for.
func TestParkedIsNotNudgedFor(t *testing.T) {
	w := &Worker{threads: 2, open: map[uint32]*open{1: {id: 1}, 2: {id: 2}}}
	ours, theirs := net.Pipe()
	t.Cleanup(func() { _, _ = ours.Close(), theirs.Close() })
	n := newNudger(w, ours)
	n.stopped = true
	begin := 100 * wire.NudgeAfter
	n.passedAt(begin)
	w.park(w.open[1], true)
	w.park(w.open[1], true)
	expect(t, n, begin+wire.NudgeAfter, true)
	w.park(w.open[2], true)
	if nudge, again := n.due(time.Hour); nudge || again != 0 || w.Parked() != 2 {
		t.Errorf("nudge %v, again in %v, for %d that are parked", nudge, again, w.Parked())
	}
	w.park(w.open[1], false)
	w.park(w.open[1], false)
	expect(t, n, time.Hour, true)
	if w.Parked() != 1 {
		t.Errorf("%d are parked, want 1", w.Parked())
	}
}

// What comes together goes out together, with what is told of stages between.
func TestContinues(t *testing.T) {
	frame := func(kind wire.Kind, request uint32) []byte {
		return wire.AppendFrame(nil, wire.Frame{Kind: kind, Request: request})
	}
	for name, c := range map[string]struct {
		frames [][]byte
		want   []bool
	}{
		"blocks": {
			[][]byte{frame(wire.Head, 1), frame(wire.Data, 1), frame(wire.End, 1)},
			[]bool{true, true, false},
		},
		"blocks and stages": {
			[][]byte{
				frame(wire.StageEvents, 1), frame(wire.Head, 1), frame(wire.StageEvents, 1), frame(wire.StageEvents, 1),
				frame(wire.Data, 1), frame(wire.StageEvents, 1), frame(wire.End, 1),
			},
			[]bool{true, true, false, true, true, true, false},
		},
		"another's": {
			[][]byte{frame(wire.StageEvents, 1), frame(wire.Head, 2), frame(wire.StageEvents, 1), frame(wire.Data, 2)},
			[]bool{false, false, false, false},
		},
		"text between": {
			[][]byte{frame(wire.StageEvents, 1), frame(wire.Errors, 1), frame(wire.Head, 1), frame(wire.Errors, 1), frame(wire.End, 1)},
			[]bool{false, false, false, false, false},
		},
	} {
		r := wire.NewReader(bytes.NewReader(bytes.Join(c.frames, nil)))
		for i, want := range c.want {
			f, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if got := continues(r, f); got != want {
				t.Errorf("%s: frame %d: %v, want %v", name, i, got, want)
			}
		}
	}
}

func TestPlanWithoutStages(t *testing.T) {
	for _, without := range []bool{false, true} {
		d, _, err := marshal.DecodeDict(appendPlan(nil, PythonSpec{NoStages: without}))
		if v, _ := d.Get("no_stages"); err != nil || (v == true) != without {
			t.Errorf("no_stages is %v, %v; want %v", v, err, without)
		}
	}
}
