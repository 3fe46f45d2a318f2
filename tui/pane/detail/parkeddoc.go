package detail

import (
	"strconv"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/onion"
	"github.com/snifter-dev/snifter/tui/theme"
)

// ParkedDoc lays out a request that is parked: where, what has changed since it stopped last, and all of its state.
func ParkedDoc(p *control.Parked) *doc.Doc {
	var d doc.Doc
	d.Add(doc.Line{Hang: 2, Spans: []doc.Span{
		doc.S(theme.Strong, strconv.Itoa(p.Stage.Index)+" "+p.Stage.Name), doc.S(theme.Accent, "  "+p.Boundary),
		doc.S(theme.Dim, "  "+p.Stage.Kind),
	}})
	if place := onion.Place(human.Source(p.Stage.File), p.Stage.Line); place != "" {
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Key, place)}})
	}
	switch {
	case p.Result != "" && p.Chunk != nil:
		d.Add(note(theme.Bad, "✗ the block is a "+p.Result+", and not bytes"))
	case p.Result != "":
		d.Add(note(theme.Dim, "returned "+p.Result))
	}
	if p.Trouble != "" {
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Bad, "✗ "+p.Trouble)}})
	}
	d.Title("Changes", doc.S(theme.Dim, " since it came in or stopped"))
	n := len(d.Lines)
	addChanges(&d, &p.Changes.Environ, "")
	addStatusChange(&d, p.Changes.Status)
	addDelta(&d, p.Changes.Headers)
	if len(d.Lines) == n {
		d.Add(doc.L(doc.S(theme.Dim, "  nothing has changed")))
	}
	if e := p.Exception; e != nil {
		d.Title("Exception")
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Bad, "✗ "+e.Type), doc.S(theme.Plain, ": "+e.Message)}})
	}
	if p.Chunk != nil {
		d.Title("Chunk", doc.S(theme.Dim, " "+human.Size(p.Chunk.Size)))
		addSome(&d, p.Chunk, false)
	}
	if p.Status != "" || len(p.Headers) > 0 {
		d.Title("Status and headers")
		d.Add(doc.Line{Hang: 2, Spans: append([]doc.Span{doc.S(theme.Plain, "  ")}, native(theme.Strong, p.Status)...)})
		addHeaderChanges(&d, onion.Headers(without(p.Headers, p.Changes.Headers.Added), p.Headers))
	}
	if len(p.Environ) > 0 {
		d.Title("Environ", doc.S(theme.Dim, " "+strconv.Itoa(len(p.Environ))))
		addEnviron(&d, p.Environ, &p.Changes.Environ)
	}
	return &d
}
