package main

import (
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/replay"
)

// TestProblemDrivesNoTerminal: names of stages are those of whoever has made the capture.
func TestProblemDrivesNoTerminal(t *testing.T) {
	var b strings.Builder
	writeProblem(&b, explain(&replay.StageError{Exchange: 1, Pattern: "Auht\x1b[31m", Stages: []string{"app.Auth\x1b]52;c;eA==\a"}}))
	if text := b.String(); strings.ContainsAny(text, "\x1b\a") || strings.Count(text, "\n") != 2 {
		t.Errorf("%q", text)
	}
	b.Reset()
	writeProblem(&b, &problem{what: "two\n\tlines\n", where: "app.py:1"})
	if got, want := b.String(), "snifter: two\n          lines\n  in:  app.py:1\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
