package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
)

// The headers of an edit are all that there are to be, and so it is of the state that they were taken from: another edit that
// came between would be lost.
func TestEditOfHeadersIsOfWhatStoodThere(t *testing.T) {
	at := &control.Parked{ID: 7, Stop: 2, Version: 3, Headers: []recorder.Header{{"X-A", "1"}, {"X-B", "2"}}}
	for name, c := range map[string]struct {
		o    stepOptions
		want control.StepCommand
	}{
		"headers": {
			stepOptions{headers: listValue{"x-a: 3"}},
			control.StepCommand{Stop: 2, Version: 3, Headers: []recorder.Header{{"X-B", "2"}, {"x-a", "3"}}},
		},
		"status": {stepOptions{status: "404 Not Found"}, control.StepCommand{Status: "404 Not Found"}},
	} {
		c.want.ID, c.want.Action = at.ID, string(stepping.Modify)
		got, err := c.o.command(at.ID, stepping.Modify, at, stdio{})
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}
