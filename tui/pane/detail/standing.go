package detail

import (
	"slices"
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/body"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/onion"
	"github.com/snifter-dev/snifter/tui/theme"
)

// standing lays out how an exchange stood at one of its moments: first what changed there, then all of it.
func standing(b *build) {
	d := &b.doc
	switch {
	case b.walkErr != nil:
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Bad, "✗ "+b.walkErr.Error())}})
		return
	case b.walk == nil:
		d.Add(doc.L(doc.S(theme.Dim, "Reading ...")))
		return
	case len(b.walk.Moments) == 0:
		d.Add(doc.L(doc.S(theme.Dim, "No boundary was crossed: the request did not reach the application.")))
		return
	case b.at >= len(b.walk.Moments):
		return
	}
	s := b.walk.At(b.at)
	momentHead(b, &s)
	if b.at > 0 {
		d.Title("Since the boundary before")
	}
	n := len(d.Lines)
	addChanges(d, &s.Changes.Environ, "")
	addStatusChange(d, s.Changes.Status)
	addDelta(d, s.Changes.Headers)
	if len(d.Lines) == n && b.at > 0 {
		d.Add(doc.L(doc.S(theme.Dim, "  nothing has changed")))
	}
	if s.Exception != nil {
		d.Title("Exception")
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Bad, "✗ "+s.Exception.Type), doc.S(theme.Plain, ": "+s.Exception.Message)}})
	}
	if s.Chunk != nil {
		d.Title("Chunk", doc.S(theme.Dim, " "+human.Size(s.Chunk.Size)))
		addSome(d, s.Chunk, b.raw)
	}
	if s.Status != "" || len(s.Headers) > 0 {
		d.Title("Status and headers", doc.S(theme.Dim, "  by "+onion.Label(b.x, s.AnswerBy)))
		d.Add(doc.Line{Hang: 2, Spans: append([]doc.Span{doc.S(theme.Plain, "  ")}, native(theme.Strong, s.Status)...)})
		addHeaderChanges(d, onion.Headers(without(s.Headers, s.Changes.Headers.Added), s.Headers))
	}
	if s.Body.Size > 0 {
		d.Title("Body so far", doc.S(theme.Dim, " "+human.Size(s.Body.Size)+" by "+onion.Label(b.x, s.Stage)))
		addSome(d, &s.Body, b.raw)
	}
	if s.Read > 0 {
		d.Title("wsgi.input", doc.S(theme.Dim, " "+human.Size(s.Read)+" read by "+onion.Label(b.x, s.Stage)))
	}
	standingEnviron(d, &s)
}

func momentHead(b *build, s *recorder.Standing) {
	d := &b.doc
	name, place := onion.Label(b.x, s.Stage), ""
	if st := onion.Find(b.x, s.Stage); st != nil {
		name = strconv.Itoa(s.Stage) + " " + st.Name
		place = onion.Place(human.Source(st.File), st.Line)
	}
	d.Add(doc.Line{Hang: 2, Spans: []doc.Span{
		doc.S(theme.Strong, name), doc.S(theme.Accent, "  "+s.Boundary),
		doc.S(theme.Dim, "  "+strconv.Itoa(b.at)+" of "+strconv.Itoa(len(b.walk.Moments)-1)+" at "+human.Millis(s.AtMS)),
	}})
	if place != "" {
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Key, place)}})
	}
	if s.Result != "" {
		d.Add(note(theme.Dim, "returned "+s.Result))
	}
	if p := s.Pause; p != nil {
		d.Add(note(theme.Info, "⏸ parked here for "+human.Millis(p.TookMS), "then "+p.Then))
		for _, e := range p.Edited {
			d.Add(doc.L(doc.S(theme.Warn, "  ✎ "+doneByHand(e))))
		}
	}
	d.Blank()
}

// doneByHand says what was done by hand where a request was parked: what was changed, or what was answered or raised there.
func doneByHand(edited string) string {
	if answer, ok := strings.CutPrefix(edited, "respond "); ok {
		return "answered by hand: " + answer
	}
	if exception, ok := strings.CutPrefix(edited, "raise "); ok {
		return "raised by hand: " + exception
	}
	return edited + " was changed by hand"
}

func addStatusChange(d *doc.Doc, change *[2]string) {
	if change == nil {
		return
	}
	spans := []doc.Span{doc.S(theme.Added, "+ "), doc.S(theme.Key, "status  ")}
	if change[0] != "" {
		spans[0] = doc.S(theme.Accent, "~ ")
		spans = append(append(spans, native(theme.Dim, change[0])...), doc.S(theme.Accent, " → "))
	}
	d.Add(doc.Line{Hang: 10, Spans: append(spans, native(theme.Strong, change[1])...)})
}

func addDelta(d *doc.Doc, delta recorder.HeaderDelta) {
	all := make([]onion.Change, 0, len(delta.Added)+len(delta.Removed))
	for _, h := range delta.Removed {
		all = append(all, onion.Change{Sign: '-', Name: h[0], Value: h[1]})
	}
	for _, h := range delta.Added {
		all = append(all, onion.Change{Sign: '+', Name: h[0], Value: h[1]})
	}
	addHeaderChanges(d, all)
	if delta.Moved {
		d.Add(doc.L(doc.S(theme.Warn, "~ headers in another order")))
	}
}

// without is a list of headers less those of another.
func without(all, less []recorder.Header) []recorder.Header {
	left := slices.Clone(less)
	var out []recorder.Header
	for _, h := range all {
		if i := slices.Index(left, h); i >= 0 {
			left = slices.Delete(left, i, i+1)
			continue
		}
		out = append(out, h)
	}
	return out
}

// maxSome is how much of a body shows beside other things.
const maxSome = 64 << 10

// addSome lays out the front of a body, as it came.
func addSome(d *doc.Doc, content *recorder.Body, raw bool) {
	p := content.Bytes[:min(len(content.Bytes), maxSome)]
	if kind, _ := body.KindOf(p, ""); kind == body.Binary && !raw {
		p = p[:min(len(p), 4<<10)]
		d.AddBody(body.Hex(p, true), "")
	} else if len(p) > 0 {
		d.AddBody(body.Lines(p), "")
	}
	if int64(len(p)) < content.Size {
		d.Add(note(theme.Dim, "... the first "+human.Bytes(int64(len(p)))+" of "+human.Size(content.Size)))
	}
}

// standingEnviron lays out an environ with the keys that have just changed marked.
func standingEnviron(d *doc.Doc, s *recorder.Standing) {
	if len(s.Environ) == 0 {
		return
	}
	d.Title("Environ", doc.S(theme.Dim, " "+strconv.Itoa(len(s.Environ))))
	addEnviron(d, s.Environ, &s.Changes.Environ)
}

// addEnviron lays out an environ by groups, those of the request first, with the changed keys marked.
func addEnviron(d *doc.Doc, items recorder.Environ, c *recorder.EnvironChanges) {
	var all []pair
	for group := range 4 {
		for _, item := range items {
			if groupOf(item.Key) != group {
				continue
			}
			sign := "  "
			if _, ok := c.Added[item.Key]; ok {
				sign = "+ "
			} else if _, ok := c.Changed[item.Key]; ok {
				sign = "~ "
			}
			v := value(item.Value)
			if sign != "  " {
				for i := range v {
					v[i].Ink = theme.Added
				}
			}
			all = append(all, pair{name: sign + item.Key, value: v})
		}
	}
	addPairs(d, all)
}
