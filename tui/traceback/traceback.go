// Package traceback lays an exception out as a document: what was raised, then the frames, the most recent first, with
// the source around those that belong to the application, then what it was raised from.
package traceback

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// maxCauses bounds the chain of causes.
const maxCauses = 50

// Add appends an exception and its causes.
func Add(d *doc.Doc, x *recorder.Exception) {
	for n := 0; x != nil && n < maxCauses; n++ {
		head(d, x, n > 0)
		frames(d, x.Frames)
		if x.Cause != nil {
			d.Blank()
			if x.Explicit {
				d.Add(doc.L(doc.S(theme.Warn, "raised from")))
			} else {
				d.Add(doc.L(doc.S(theme.Warn, "raised while handling")))
			}
		}
		x = x.Cause
	}
}

// AddRaw appends the traceback as the language itself prints it.
func AddRaw(d *doc.Doc, x *recorder.Exception) {
	if x.Text == "" {
		d.Add(doc.L(doc.S(theme.Dim, "The language's own text of the traceback was not recorded.")))
		return
	}
	for line := range strings.Lines(x.Text) {
		d.Add(doc.L(doc.Span{Ink: theme.Plain, Text: safe.Body(strings.TrimRight(line, "\r\n"))}))
	}
}

func head(d *doc.Doc, x *recorder.Exception, cause bool) {
	lines := strings.Split(strings.TrimRight(x.Message, "\n"), "\n")
	first := doc.Line{Spans: []doc.Span{doc.S(theme.Bad, "✗ "+x.Type)}, Hang: 2}
	if lines[0] != "" {
		first.Spans = append(first.Spans, doc.S(theme.Strong, ": "+lines[0]))
	}
	d.Add(first)
	for _, l := range lines[1:] {
		d.Add(doc.Line{Spans: []doc.Span{{Ink: theme.Strong, Text: safe.Body("  " + l)}}, Hang: 2})
	}
	if x.Handled {
		d.Add(doc.L(doc.S(theme.Dim, "  handled by the application")))
		return
	}
	if where := place[x.Where]; where != "" && !cause {
		if x.Stage > 0 {
			where += ", stage " + strconv.Itoa(x.Stage)
		}
		d.Add(doc.L(doc.S(theme.Dim, "  raised while "+where)))
	}
}

var place = map[string]string{
	"call": "the application was called", "iterate": "the body was iterated", "close": "the body was closed",
	"load": "the application was loaded",
}

func frames(d *doc.Doc, all []recorder.Frame) {
	if len(all) == 0 {
		return
	}
	d.Blank()
	d.Add(doc.L(doc.S(theme.Dim, "the most recent call first")))
	shown, importing := false, 0
	for i := len(all) - 1; i >= 0; i-- {
		f := &all[i]
		if strings.HasPrefix(f.File, "<frozen importlib") {
			if importing++; i > 0 && strings.HasPrefix(all[i-1].File, "<frozen importlib") {
				continue
			}
			d.Add(doc.L(doc.S(theme.Dim, "  ... "+human.Of(importing, "frame")+" of importlib")))
			importing = 0
			continue
		}
		own := !library(f.File)
		full := own || i == len(all)-1
		frame(d, f, own, full, !shown || own)
		shown = shown || own
	}
}

// library says that a file belongs to the language or to an installed package.
func library(file string) bool {
	slashed := filepath.ToSlash(strings.ReplaceAll(file, `\`, "/"))
	for _, part := range []string{"/site-packages/", "/dist-packages/", "/lib/python", "/pkg/mod/", "/go/src/", "/Lib/"} {
		if strings.Contains(slashed, part) {
			return true
		}
	}
	return strings.HasPrefix(file, "<frozen") || strings.HasPrefix(file, "<string>")
}

func frame(d *doc.Doc, f *recorder.Frame, own, full, context bool) {
	ink := theme.Dim
	if own {
		ink = theme.Key
	}
	where := []doc.Span{doc.S(ink, "  "+human.Source(f.File)), doc.S(theme.Dim, ":"), doc.S(theme.Number, strconv.Itoa(f.Line))}
	if f.Function != "" {
		where = append(where, doc.S(theme.Dim, " in "), doc.S(theme.Plain, f.Function))
	}
	d.Add(doc.Line{Hang: 4, Spans: where})
	switch {
	case full && context && len(f.Context) > 0:
		source(d, f)
	case f.Source != "":
		d.Add(doc.Line{Hang: 8, Spans: []doc.Span{doc.S(theme.Plain, "      "), {Ink: ink, Text: safe.Body(f.Source)}}})
	}
}

func source(d *doc.Doc, f *recorder.Frame) {
	digits := len(strconv.Itoa(f.ContextFrom + len(f.Context)))
	for i, l := range f.Context {
		n := f.ContextFrom + i
		number := strconv.Itoa(n)
		number = strings.Repeat(" ", digits-len(number)) + number
		mark, ink, gutter := "    ", theme.Dim, theme.Dim
		if n == f.Line {
			mark, ink, gutter = "  ▶ ", theme.Strong, theme.Bad
		}
		d.Add(doc.Line{Hang: digits + 6, Spans: []doc.Span{
			doc.S(gutter, mark+number+" "), doc.S(theme.Rule, "│"), {Ink: ink, Text: safe.Body(" " + strings.TrimRight(l, "\r\n"))},
		}})
	}
}
