package replay_test

import (
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/replay"
)

// A body without line breaks is a line of its own, of which that is shown where it differs.
func TestReportCutsLongLines(t *testing.T) {
	front := strings.Repeat("é", 3000)
	long := func(word string) string { return front + word + strings.Repeat("y", 1<<20) }
	at := [][2]int{{len(front), len(front) + 3}}
	c := &replay.Comparison{Parts: []replay.Difference{{
		Part: "body", Kind: "changed",
		Lines: []replay.DiffLine{
			{Op: "-", Text: long("old"), Marks: at}, {Op: "+", Text: long("new"), Marks: at},
			{Op: "+", Text: strings.Repeat("z", 1<<20)}, {Op: "+", Text: strings.Repeat("s", 1000)},
		},
	}}}
	for _, color := range []bool{false, true} {
		var b strings.Builder
		if err := replay.WriteReport(&b, replay.Outcome{Verdict: replay.Changed}, c, replay.ReportOptions{Color: color}); err != nil {
			t.Fatal(err)
		}
		out := b.String()
		if len(out) > 10_000 {
			t.Errorf("%d bytes", len(out))
		}
		for _, want := range []string{"(5750 bytes) … é", "yyy … (1047829 bytes more)", "zzz … (1047576 bytes more)", strings.Repeat("s", 1000)} {
			if !strings.Contains(out, want) {
				t.Errorf("%q is not in the report (color %v)", want, color)
			}
		}
		if color != strings.Contains(out, "\x1b[7mold\x1b[0;31myyy") {
			t.Error("the word that differs is not marked")
		}
		if !color && !strings.Contains(out, "old"+strings.Repeat("y", 747)+" … (1047829 bytes more)\n      "+strings.Repeat(" ", 15+125)+"^^^\n") {
			t.Error("there is no caret under the word that differs")
		}
	}
}

// Of long bodies no more is shown than was asked for, and it is said how much is left.
func TestReportCutsLongBodies(t *testing.T) {
	c := &replay.Comparison{Parts: []replay.Difference{
		{Part: "status", Kind: "changed", Old: "200 OK", New: "500 Internal Server Error"},
		{Part: "body", Where: "line 1", Kind: "changed"},
		{Part: "body", Where: "line 90", Kind: "changed", Lines: []replay.DiffLine{{Op: "+", Text: "the last"}}},
		{Part: "body", Where: "/items/3", Kind: "removed", Old: "7"},
		{Part: "header", Where: "X-After", Kind: "added", New: "yes"},
	}}
	for range 50 {
		c.Parts[1].Lines = append(c.Parts[1].Lines, replay.DiffLine{Op: "+", Text: "a line"})
	}
	outcome := replay.Outcome{Origin: 3, ID: 9, Verdict: replay.Changed}
	for most, want := range map[int]int{0: 50, 20: 20, 51: 50} {
		var b strings.Builder
		if err := replay.WriteReport(&b, outcome, c, replay.ReportOptions{BodyLines: most}); err != nil {
			t.Fatal(err)
		}
		out := b.String()
		if got := strings.Count(out, "+ a line"); got != want {
			t.Errorf("with %d: %d lines", most, got)
		}
		if !strings.Contains(out, "500 Internal Server Error") || !strings.Contains(out, "X-After") {
			t.Errorf("with %d more is missing than of the body:\n%s", most, out)
		}
		if last := strings.Contains(out, "the last"); last != (most != 20) {
			t.Errorf("with %d: the last line %v", most, last)
		}
		hint := "lines: 32; snifter diff 3 9 shows all"
		if strings.Contains(out, hint) != (most == 20) || strings.Contains(out, "snifter diff") != (most != 0) {
			t.Errorf("with %d:\n%s", most, out)
		}
	}
}

// Why nothing came back is said whole.
func TestReportOfWhatCouldNotBeDone(t *testing.T) {
	why := "app.view: exchange 7 can't be entered there: " + strings.Repeat("it is within another, ", 8) + "enter that"
	var b strings.Builder
	err := replay.WriteReport(&b, replay.Outcome{Origin: 7, Verdict: replay.Broken, Reasons: []string{why}}, nil, replay.ReportOptions{Width: 60})
	if want := "broken  7 -> -\n  " + why + "\n"; err != nil || b.String() != want {
		t.Errorf("%v, %q, want %q", err, b.String(), want)
	}
}
