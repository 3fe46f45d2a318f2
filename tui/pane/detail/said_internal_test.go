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

// What leaves a body comes to whoever was given that, and not to those that have passed it on.
func TestRaisedInABodyPassedOn(t *testing.T) {
	raised := &recorder.Exception{Where: "iterate", Stage: 5, Type: "KeyError", Message: "'k'"}
	x := &recorder.Exchange{Exception: raised, Stages: []recorder.Stage{
		{Index: 0, Name: "server", Exception: raised}, {Index: 1, Name: "app.Handler"}, {Index: 2, Within: 1, Name: "app.Goes"},
		{Index: 3, Within: 2, Name: "app.passes", SameAs: 5}, {Index: 4, Within: 3, Name: "app.wraps", SameAs: 5},
		{Index: 5, Within: 4, Name: "app.view", Rose: true, Exception: raised},
	}}
	if got := shownRaised(x); !strings.Contains(got, "ended in 2 Goes") || strings.Contains(got, "↑") {
		t.Errorf("caught:\n%s", got)
	}
	x.Stages[2].Exception, x.Stages[1].Exception = raised, raised
	if got := shownRaised(x); !strings.Contains(got, "passed  ↑ 2 Goes · 1 Handler") || strings.Contains(got, "ended in") {
		t.Errorf("passed through:\n%s", got)
	}
	for i := 1; i < 5; i++ {
		x.Stages[i].Exception, x.Stages[i].SameAs = nil, 5
	}
	if got := shownRaised(x); strings.Contains(got, "↑") || strings.Contains(got, "ended in") {
		t.Errorf("passed on by all:\n%s", got)
	}
}

// One that rose in what a stage gave as start_response has passed the stages within first, which had called that.
func TestRaisedInwards(t *testing.T) {
	raised := &recorder.Exception{Where: "call", Stage: 2, Type: "KeyError", Message: "'k'"}
	x := &recorder.Exchange{Exception: raised, Stages: []recorder.Stage{
		{Index: 0, Name: "server"}, {Index: 1, Name: "app.Handler"}, {Index: 2, Within: 1, Name: "app.Adds", Rose: true},
		{Index: 3, Within: 2, Name: "app.passes"}, {Index: 4, Within: 3, Name: "app.view"}, {Index: 5, Within: 3, Name: "app.other"},
	}}
	for i := 1; i < 5; i++ {
		x.Stages[i].Exception = raised
	}
	for _, want := range []string{"rose in 2 Adds", "passed  ↑ 4 view · 3 passes · 1 Handler"} {
		if got := shownRaised(x); !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
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
