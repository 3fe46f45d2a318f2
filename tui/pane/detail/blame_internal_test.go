package detail

import (
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/theme"
)

// The name of a stage is cut rather than broken, where enough of it shows, and ends at the edge.
func TestBeside(t *testing.T) {
	name := doc.S(theme.Dim, "← 22 Tenant.process_exception")
	for _, c := range []struct {
		left  int
		right []doc.Span
		want  string
	}{
		{10, nil, ""},
		{10, []doc.Span{name}, strings.Repeat(" ", 11) + "← 22 Tenant.process_exception"},
		{19, []doc.Span{name}, "  ← 22 Tenant.process_exception"},
		{20, []doc.Span{name}, "  ← 22 Tenant.process_excepti…"},
		{36, []doc.Span{name}, "  ← 22 Tenant…"},
		{37, []doc.Span{name}, "  ← 22 Tenant.process_exception"},
		{20, []doc.Span{name, doc.S(theme.Dim, ", was x")}, "  ← 22 Tenant.process_exception, was x"},
	} {
		line := beside(doc.L(doc.S(theme.Plain, strings.Repeat("x", c.left))), c.right, 50)
		var got strings.Builder
		for _, s := range line.Spans[1:] {
			got.WriteString(s.Text.String())
		}
		if got.String() != c.want {
			t.Errorf("behind %d of 50 columns: %q, want %q", c.left, got.String(), c.want)
		}
	}
}

// What was taken away by hand is gone, as what a stage dropped is, and it is said that it was by hand.
func TestEditedOut(t *testing.T) {
	key := recorder.Touch{Stage: 1, What: "environ", Name: "REMOTE_USER", How: "edited", Old: "anna"}
	header := recorder.Touch{Stage: 1, What: "header", Name: "X-Debug", How: "edited", Old: "1"}
	x := &recorder.Exchange{
		Stages: []recorder.Stage{{Name: "server"}, {Index: 1, Name: "app.Auth"}},
		Blame:  recorder.Blame{History: []recorder.Touch{key, header}},
	}
	text := func(spans []doc.Span) string {
		var b strings.Builder
		for _, s := range spans {
			b.WriteString(s.Text.String())
		}
		return b.String()
	}
	p := touched(x, &key)
	if got := text(p.value) + text(p.right); got != "→ removed← 1 Auth, by hand" {
		t.Errorf("a key: %q", got)
	}
	var d doc.Doc
	addDropped(&d, x, 80)
	var lines []string
	for _, l := range d.Lines {
		lines = append(lines, text(l.Spans))
	}
	if got := strings.Join(lines, "\n"); !strings.Contains(got, "X-Debug") || !strings.Contains(got, "← 1 Auth, by hand") {
		t.Errorf("a header: %q", got)
	}
}

// Of an answer that was never sent it is shown what stages gave of it, and which.
func TestUnsent(t *testing.T) {
	b := &build{content: content{w: 80}, x: &recorder.Exchange{
		State:  recorder.Aborted,
		Stages: []recorder.Stage{{Name: "server"}, {Index: 1, Name: "app.Auth"}, {Index: 2, Name: "app.view", Status: "200 OK"}},
		Blame: recorder.Blame{History: []recorder.Touch{
			{Stage: 2, What: "status", How: "set", New: "200 OK"},
			{Stage: 2, What: "header", Name: "X-Debug", How: "set", New: "1"},
			{Stage: 1, What: "header", Name: "X-Debug", How: "changed", Old: "1", New: "0"},
		}},
	}}
	response(b)
	var lines []string
	for _, l := range b.doc.Lines {
		var line strings.Builder
		for _, s := range l.Spans {
			line.WriteString(s.Text.String())
		}
		lines = append(lines, strings.Join(strings.Fields(line.String()), " "))
	}
	got := strings.Join(lines, "\n")
	for _, want := range []string{"There was no answer", "status 200 OK ← 2 view", "X-Debug 0 ← 1 Auth, was 1"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}
