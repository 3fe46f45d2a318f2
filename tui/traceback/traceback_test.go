package traceback_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/theme"
	"github.com/snifter-dev/snifter/tui/traceback"
)

func text(d *doc.Doc) string {
	var b strings.Builder
	for _, l := range d.Lines {
		for _, s := range l.Spans {
			b.WriteString(theme.Plainest().Paint(s.Ink, s.Text))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestAdd(t *testing.T) {
	var d doc.Doc
	traceback.Add(&d, &recorder.Exception{
		Where: "load", Type: "ImportError", Message: "no\nmodule \x1b[31m", Explicit: true,
		Frames: []recorder.Frame{
			{File: "/venv/lib/python3.11/site-packages/flask/cli.py", Line: 7, Function: "load", Source: "__import__(name)"},
			{File: "<frozen importlib._bootstrap>", Line: 1, Function: "a"},
			{File: "<frozen importlib._bootstrap_external>", Line: 2, Function: "b"},
			{File: "/home/me/app.py", Line: 3, Source: "import x", Context: []string{"", "import x"}, ContextFrom: 2},
		},
		Cause: &recorder.Exception{Type: "OSError"},
	})
	want := `✗ ImportError: no
  module ␛[31m
  raised while the application was loaded

the most recent call first
  /home/me/app.py:3
    2 │ 
  ▶ 3 │ import x
  ... 2 frames of importlib
  site-packages/flask/cli.py:7 in load
      __import__(name)

raised from
✗ OSError
`
	if diff := cmp.Diff(want, text(&d)); diff != "" {
		t.Error(diff)
	}
}

func TestAddHandled(t *testing.T) {
	var d doc.Doc
	traceback.Add(&d, &recorder.Exception{Where: "call", Type: "KeyError", Message: "'a'", Handled: true,
		Cause: &recorder.Exception{Where: "call", Type: "OSError"}})
	want := `✗ KeyError: 'a'
  handled by the application

raised while handling
✗ OSError
`
	if diff := cmp.Diff(want, text(&d)); diff != "" {
		t.Error(diff)
	}
}

func TestAddIsBounded(t *testing.T) {
	loop := &recorder.Exception{Type: "E"}
	loop.Cause = loop
	var d doc.Doc
	traceback.Add(&d, loop)
	if n := len(d.Lines); n == 0 || n > 1000 {
		t.Errorf("%d lines", n)
	}
}

func TestAddRaw(t *testing.T) {
	var d doc.Doc
	traceback.AddRaw(&d, &recorder.Exception{Text: "Traceback:\n\tx\n"})
	if got, want := text(&d), "Traceback:\n        x\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
