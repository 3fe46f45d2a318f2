package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
)

// Parked replays are told of once for each time that they stop, whichever update brings their rows; other requests are not. A
// program gets the line that it gets of what is parked in a server.
func TestParkedReplaysAreTold(t *testing.T) {
	var messages, lines bytes.Buffer
	row := func(id, origin uint64) recorder.Row { return recorder.Row{ID: id, Origin: &origin} }
	parked := func(id uint64, stop int) *control.Stepping {
		return &control.Stepping{Parked: []control.Parked{{ID: id, Method: "GET", Target: "/", Stop: stop, Boundary: "enter",
			Stage: control.ParkedStage{Index: 2, Name: "app.Auth"}}}}
	}
	p := &parkedReplays{std: stdio{err: &messages, out: &lines}, json: true, ids: []uint64{1}, origin: map[uint64]uint64{},
		told: map[uint64]int{}}
	for _, u := range []control.Updates{
		{Stepping: parked(7, 1)},          // a replay whose row is yet to come
		{Rows: []recorder.Row{row(7, 1)}}, // and has
		{Rows: []recorder.Row{row(7, 1)}}, // as before
		{Stepping: parked(7, 2)},          // it has stopped again
		{Stepping: parked(8, 1)},          // another request
		{Rows: []recorder.Row{row(9, 2)}}, // the replay of another
		{Stepping: parked(9, 2)},          // is not ours
		{Stepping: &control.Stepping{}},   // nothing is parked
	} {
		p.updates(u)
	}
	const want = "snifter: the replay of 1 is parked: 7 GET / at app.Auth:enter; `snifter step 7 continue` has it go on\n"
	if got := messages.String(); got != strings.Repeat(want, 2) {
		t.Errorf("it said\n%s", got)
	}
	const line = `{"type":"parked","id":7,"stage":{"index":2,"name":"app.Auth"},"boundary":"enter","stop":%d,"origin":1}` + "\n"
	if got := lines.String(); got != fmt.Sprintf(line+line, 1, 2) {
		t.Errorf("it printed\n%s", got)
	}
}
