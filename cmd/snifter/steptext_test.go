package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/devserver/control"
)

// A replay that is parked is told from what somebody asks for.
func TestAParkedReplayIsNamed(t *testing.T) {
	origin := uint64(34)
	for of, want := range map[*uint64]string{nil: "9  GET /page\n", &origin: "9  GET /page  [replay of 34]\n"} {
		var out bytes.Buffer
		writeParked(&out, &control.Parked{ID: 9, Origin: of, Method: "GET", Target: "/page", Boundary: "enter"}, false, stdio{})
		if !strings.HasPrefix(out.String(), want) {
			t.Errorf("%q lacks %q", out.String(), want)
		}
	}
}
