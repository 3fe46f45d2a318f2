package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/recorder"
)

// What has changed in the headers is told by name in the list of the moments, and with its values where a request is parked.
func TestHeadersThatChange(t *testing.T) {
	var c recorder.Changes
	c.Headers = recorder.CompareHeaders(
		[]recorder.Header{{"A", "1"}, {"B", "2"}, {"C", "3"}, {"D", "4"}, {"E", "5"}},
		[]recorder.Header{{"E", "5"}, {"D", "4"}, {"b", "2"}, {"C", "6"}, {"F", "7"}})
	if got, want := momentRemarks(&recorder.Moment{Changes: c}), "  +F ~b ~C -A headers in another order"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var out bytes.Buffer
	writeChanges(&out, &c, stdio{})
	want := "  + F: 7\n  ~ b: 2, was B\n  ~ C: 6, was 3\n  - A: 1\n  ~ headers in another order\n"
	if got := out.String(); !strings.HasSuffix(got, want) {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
