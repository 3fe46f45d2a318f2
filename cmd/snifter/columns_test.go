package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
	"github.com/snifter-dev/snifter/tui/safe"
)

// Names that take two columns a character leave the columns beside them, and what points at a place, where they are.
func TestWideNames(t *testing.T) {
	var out bytes.Buffer
	writeStages(&out, []*stageJSON{
		{Index: 1, Name: "app.名前", Kind: "wsgi", File: "/a/app.py", Line: 1},
		{Index: 2, Name: "app.Plain", Kind: "wsgi", File: "/a/app.py", Line: 3},
		{Index: 3, Name: "app.Session", Kind: "flask", Role: "before_request of 名前", File: "/a/app.py", Line: 2},
	}, "/a")
	var at []int
	for line := range strings.Lines(out.String()) {
		front, _, _ := strings.Cut(line, "app.py:")
		at = append(at, safe.Of(front).Width())
	}
	if len(at) != 3 || at[0] != at[1] || at[1] != at[2] {
		t.Errorf("the files stand at %v:\n%s", at, out.String())
	}
	out.Reset()
	c := &replay.Comparison{Parts: []replay.Difference{{Part: "body", Where: "line 1", Kind: "changed", Lines: []replay.DiffLine{
		{Op: "+", Text: "名前は 茶 one", Marks: [][2]int{{len("名前は "), len("名前は 茶")}}},
	}}}}
	if err := replay.WriteReport(&out, replay.Outcome{Verdict: replay.Changed}, c, reportOptions(stdio{}, false)); err != nil ||
		!strings.Contains(out.String(), "\n    + 名前は 茶 one\n             ^^\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
	what := explainFilter(&recorder.FilterError{Input: "名前 ~zz", Pos: len("名前 "), Msg: "unknown"}).what
	if want := "\n  名前 ~zz\n       ^"; !strings.HasSuffix(what, want) {
		t.Errorf("%s", what)
	}
}

// Of very many stages within each other all can be read.
func TestDeepStages(t *testing.T) {
	var outermost *stageJSON
	for i := int64(200); i > 0; i-- {
		s := &stageJSON{Index: i, Name: "app.Layer", Kind: "wsgi", File: "/a/app.py", Line: 1}
		if outermost != nil {
			s.Children = []*stageJSON{outermost}
		}
		outermost = s
	}
	var out bytes.Buffer
	writeStages(&out, []*stageJSON{outermost}, "/a")
	lines := strings.Split(out.String(), "\n")
	if got := len(lines[199]); got > 80 {
		t.Errorf("the last of 200 stages takes %d columns", got)
	}
	if !strings.HasPrefix(lines[2], "  3      app.Layer") {
		t.Errorf("the third is %q", lines[2])
	}
}
