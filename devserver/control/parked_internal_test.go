package control

import (
	"testing"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
)

// TestRose: an exception at hand is blamed on the stage that it rose in, wherever the request stands by then.
func TestRose(t *testing.T) {
	left := &recorder.Exception{Stage: 3, Type: "site.Missing", Message: "gone"}
	handled := &recorder.Exception{Stage: 4, Type: "KeyError", Message: "gone"}
	x := &recorder.Exchange{Stages: []recorder.Stage{
		{Index: 0}, {Index: 1}, {Index: 2, Exception: left}, {Index: 3, Exception: left}, {Index: 4, Exception: handled},
	}}
	for _, c := range []struct {
		index int
		kind  string
		want  int
	}{
		{3, "site.Missing", 3},
		{2, "Missing", 3},
		{1, "site.Missing", 3}, // of the outermost stage the recorder is told last
		{4, "KeyError", 4},
		{2, "ValueError", 2}, // nothing was told of it
		{9, "ValueError", 9},
	} {
		got := roseIn(x, stepping.State{Index: c.index, Raised: &event.Raised{Type: c.kind, Message: "gone"}})
		if got != c.want {
			t.Errorf("%s at stage %d rose in %d, want %d", c.kind, c.index, got, c.want)
		}
	}
}

// TestFilterSeesTheBlock: what a filter asks of a body is asked of the block at hand, too, and leaves the exchange as it is.
func TestFilterSeesTheBlock(t *testing.T) {
	x := &recorder.Exchange{}
	x.Response.Body = recorder.NewBody([]byte("alpha "), 100)
	for filter, want := range map[string]bool{
		"~b alpha": true, "~b beta": true, "~bs beta": true, "~bq beta": false, "~b 'a beta'": true, "~b gamma": false,
	} {
		f, err := recorder.ParseFilter(filter)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Match(asItStands(x, stepping.State{Boundary: "chunk", Block: []byte("beta ")})); got != want {
			t.Errorf("%s: %v", filter, got)
		}
	}
	if got := string(x.Response.Body.Bytes); got != "alpha " {
		t.Errorf("the exchange has %q", got)
	}
}
