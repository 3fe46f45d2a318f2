package detail

import (
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/recorder"
)

// What was handled by a stage is shown where no exception came to the server, and said to be that.
func TestRaisedWithin(t *testing.T) {
	rose := &recorder.Exception{Where: "call", Stage: 2, Type: "KeyError", Message: "'k'",
		Frames: []recorder.Frame{{File: "/srv/shop/urls.py", Line: 18, Function: "look"}}}
	x := &recorder.Exchange{Stages: []recorder.Stage{
		{Index: 0, Name: "server"}, {Index: 1, Name: "app.Handler"}, {Index: 2, Within: 1, Name: "shop.urls.look", Rose: true, Exception: rose},
	}}
	for _, want := range []string{"No exception came to the server", "rose in 2 look", "KeyError: 'k'", "/srv/shop/urls.py:18 in look"} {
		if got := shownRaised(x); !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	x.Stages[2].Rose, x.Stages[2].Exception = false, nil
	if got := shownRaised(x); got != "No exception was raised.\n" {
		t.Error(got)
	}
}

func shownRaised(x *recorder.Exchange) string {
	b := &build{x: x}
	raised(b)
	var text strings.Builder
	for _, line := range b.doc.Lines {
		for _, s := range line.Spans {
			text.WriteString(s.Text.String())
		}
		text.WriteString("\n")
	}
	return text.String()
}
