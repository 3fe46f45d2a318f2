package detail

import (
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/onion"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
	"github.com/snifter-dev/snifter/tui/traceback"
)

// said lays out what the application wrote beside its answer, and the breaches of the rules.
func said(b *build) {
	x, d := b.x, &b.doc
	if len(x.Lint) > 0 {
		d.Title("Breaches of PEP 3333", doc.S(theme.Dim, " "+strconv.Itoa(len(x.Lint))))
		for _, l := range x.Lint {
			d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Warn, "! "+l.Rule), doc.S(theme.Plain, "  "+l.Message)}})
			about := "  " + stageName(x, l.Stage)
			if l.PEP != "" {
				about += " · " + l.PEP
			}
			d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Dim, about)}})
		}
	}
	if x.Errors != "" {
		d.Title("wsgi.errors", doc.S(theme.Dim, " "+human.Size(int64(len(x.Errors)))))
		addText(d, x.Errors)
	}
	if len(x.Output) > 0 {
		d.Title("Printed meanwhile")
		for _, o := range x.Output {
			for line := range strings.Lines(o.Text) {
				ink := theme.Plain
				if o.Stream == "stderr" {
					ink = theme.Warn
				}
				d.Add(doc.Line{Hang: 17, Spans: []doc.Span{
					doc.S(theme.Dim, padLeft(human.Millis(o.AtMS), 7)+" "), doc.S(theme.Dim, pad(o.Stream, 7)+"  "),
					{Ink: ink, Text: safe.Body(strings.TrimRight(line, "\r\n"))},
				}})
			}
		}
	}
	if x.Reason != "" {
		d.Title("How it ended")
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Bad, "⊘ "+x.Reason)}})
	}
	if len(d.Lines) == 0 {
		d.Add(doc.L(doc.S(theme.Dim, "Nothing was written to wsgi.errors or printed, and no rule was broken.")))
	}
}

func addText(d *doc.Doc, s string) {
	for line := range strings.Lines(s) {
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{{Ink: theme.Plain, Text: safe.Body(strings.TrimRight(line, "\r\n"))}}})
	}
}

func stageName(x *recorder.Exchange, i int) string {
	for _, s := range x.Stages {
		if s.Index == i && s.Name != "" {
			return "stage " + strconv.Itoa(i) + ", " + s.Name
		}
	}
	return "stage " + strconv.Itoa(i)
}

// raised lays out the exception.
func raised(b *build) {
	if b.x.Exception == nil {
		raisedWithin(b)
		return
	}
	if b.raw {
		traceback.AddRaw(&b.doc, b.x.Exception)
		return
	}
	addWay(&b.doc, b.x)
	traceback.Add(&b.doc, b.x.Exception)
}

// raisedWithin lays out the exceptions that rose in stages and were handled by those around them.
func raisedWithin(b *build) {
	none := true
	for i := range b.x.Stages {
		s := &b.x.Stages[i]
		if !s.Rose || s.Exception == nil {
			continue
		}
		if none {
			b.doc.Add(doc.L(doc.S(theme.Dim, "No exception came to the server. What was handled within the application:")))
		}
		none = false
		b.doc.Blank()
		b.doc.Add(doc.L(doc.S(theme.Dim, "rose in "), doc.S(theme.Strong, onion.Label(b.x, s.Index))))
		traceback.Add(&b.doc, s.Exception)
	}
	if none {
		b.doc.Add(doc.L(doc.S(theme.Dim, "No exception was raised.")))
	}
}
