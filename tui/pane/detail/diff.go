package detail

import (
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/pane/list"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// diff lays out a replay against its origin.
func diff(b *build) {
	d := &b.doc
	if b.pair == (twins{}) {
		d.Add(doc.L(doc.S(theme.Dim, "This exchange is no replay, and was not replayed yet.")))
		if b.capture {
			return
		}
		d.Add(doc.L(doc.S(theme.Accent, "r"), doc.S(theme.Plain, " replays it against the build that runs now, and shows here what changed.")))
		return
	}
	if b.compareErr != nil {
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Bad, "✗ "+b.compareErr.Error())}})
		return
	}
	c := b.comparison
	if c == nil {
		d.Add(doc.L(doc.S(theme.Dim, "Comparing ...")))
		return
	}
	symbol, ink := list.VerdictSymbol(c.Verdict)
	d.Add(doc.L(doc.S(ink, symbol+" "+string(c.Verdict)),
		doc.S(theme.Dim, "  "+strconv.FormatUint(c.A, 10)+" → "+strconv.FormatUint(c.B, 10))))
	for _, r := range c.Reasons {
		d.Add(doc.Line{Hang: 4, Spans: []doc.Span{doc.S(theme.Plain, "  "+r)}})
	}
	if len(c.Found) > 0 {
		d.Title("Made by")
		for _, f := range c.Found {
			d.Add(doc.Line{Hang: 4, Spans: []doc.Span{doc.S(theme.Plain, "  "+f)}})
		}
	}
	if w := c.Worth; w != nil && len(w.Stages) > 0 {
		d.Title("Worth", doc.S(theme.Dim, " of "+strings.Join(w.Stages, ", ")))
		for _, l := range w.Lines() {
			d.Add(doc.Line{Hang: 4, Spans: []doc.Span{doc.S(theme.Plain, "  "+l)}})
		}
	}
	part := ""
	masked := 0
	for i := range c.Parts {
		p := &c.Parts[i]
		if p.Noise {
			masked++
			continue
		}
		if p.Part != part {
			part = p.Part
			d.Title(strings.ToUpper(part[:min(1, len(part))]) + part[min(1, len(part)):])
		}
		addDifference(d, p)
	}
	if masked > 0 {
		d.Title("Masked as noise", doc.S(theme.Dim, " "+strconv.Itoa(masked)))
		for i := range c.Parts {
			if c.Parts[i].Noise {
				addMasked(d, &c.Parts[i])
			}
		}
	}
	if c.Verdict == "same" {
		d.Blank()
		d.Add(doc.L(doc.S(theme.Good, "Nothing differs.")))
	}
}

func addDifference(d *doc.Doc, p *control.Difference) {
	if p.Where != "" {
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Key, p.Where), doc.S(theme.Dim, "  "+p.Kind)}})
	}
	if p.Lines != nil {
		for _, l := range p.Lines {
			ink := theme.Plain
			switch l.Op {
			case "+":
				ink = theme.Added
			case "-":
				ink = theme.Removed
			case "@":
				ink = theme.Hunk
			}
			d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(ink, pad(l.Op, 2)), {Ink: ink, Text: safe.Body(strings.TrimRight(l.Text, "\r\n"))}}})
		}
		return
	}
	side(d, theme.Removed, "- ", p.Old, p.Kind != "added")
	side(d, theme.Added, "+ ", p.New, p.Kind != "removed")
}

func side(d *doc.Doc, ink theme.Ink, mark, text string, there bool) {
	if !there {
		return
	}
	if text == "" {
		d.Add(doc.L(doc.S(ink, mark), doc.S(theme.Dim, "(empty)")))
		return
	}
	for line := range strings.Lines(text) {
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(ink, mark), {Ink: ink, Text: safe.Body(strings.TrimRight(line, "\r\n"))}}})
	}
}

func addMasked(d *doc.Doc, p *control.Difference) {
	text := p.Part
	if p.Where != "" {
		text += " " + p.Where
	}
	why := ""
	if p.NoiseWhy != "" {
		why = "  (" + p.NoiseWhy + ")"
	}
	d.Add(doc.Line{Hang: 4, Spans: []doc.Span{doc.S(theme.Dim, "≈ "+text+": "+p.Old+" → "+p.New+why)}})
}
