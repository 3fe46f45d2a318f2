package detail

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/onion"
	"github.com/snifter-dev/snifter/tui/theme"
	"github.com/snifter-dev/snifter/tui/traceback"
)

// stage lays out what one stage did.
func stage(b *build) {
	x, d := b.x, &b.doc
	if len(x.Stages) <= 1 {
		noStages(d, x)
	}
	if b.at >= len(x.Stages) {
		return
	}
	s := &x.Stages[b.at]
	stageHead(d, x, s)
	if len(s.Notes) > 0 {
		for _, n := range s.Notes {
			d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Warn, "! "+n)}})
		}
	}
	stageRaised(d, x, s)
	stageLint(d, x, s)
	stagePauses(d, s)
	addChanges(d, &s.EnvironChanges, "Environ")
	if s.Input.Reads > 0 {
		instead, over, left := "", "", ""
		if s.Input.Instead > 0 {
			instead = human.Size(s.Input.Instead) + " of a buffer in its place"
		}
		if s.Input.Over > 0 {
			over = human.Of(s.Input.Over, "read") + " asked for more than was left"
		}
		if s.Input.Left > 0 {
			left = human.Size(s.Input.Left) + " left"
		}
		d.Title("wsgi.input")
		d.Add(note(theme.Plain, human.Of(s.Input.Reads, "read"), human.Size(s.Input.Bytes), instead, over, left))
	}
	stageResponse(d, x, s)
	stageChunks(d, x, s)
}

// noStages says why there is no onion.
func noStages(d *doc.Doc, x *recorder.Exchange) {
	switch {
	case x.State == recorder.Open:
		d.Add(doc.L(doc.S(theme.Info, "No stage was told of yet.")))
	case len(x.Environ) == 0:
		d.Add(doc.L(doc.S(theme.Dim, "The request did not reach the application.")))
	case x.Response.Server && x.Exception == nil:
		d.Add(doc.L(doc.S(theme.Dim, "The server answered by itself: the request did not reach the application.")))
	default:
		d.Add(doc.L(doc.S(theme.Dim, "No stage was recorded within the server: an older capture, or --no-stages.")))
	}
	d.Blank()
}

func stageHead(d *doc.Doc, x *recorder.Exchange, s *recorder.Stage) {
	name := orElse(s.Name, "stage "+strconv.Itoa(s.Index))
	kind := ""
	if what := onion.What(s.Kind, s.Role); what != name { // as the server's is
		kind = "  " + what
	}
	d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Strong, strconv.Itoa(s.Index)+" "+name), doc.S(theme.Dim, kind)}})
	if place := onion.Place(human.Source(s.File), s.Line); place != "" {
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Key, place)}})
	}
	within := ""
	if s.Index > 0 {
		within = "within " + onion.Label(x, s.Within)
	}
	returned := ""
	if s.ExitMS > 0 && x.HasLeft(s) {
		returned = "returned at " + human.Millis(s.ExitMS)
	}
	at := ""
	if s.Index > 0 {
		at = "entered at " + human.Millis(s.EnterMS)
	}
	took := ""
	if s.TotalMS > 0 && (s.Index > 0 || x.State != recorder.Open) {
		took = "self " + human.Millis(s.SelfMS) + " of " + human.Millis(s.TotalMS)
	}
	if l := note(theme.Dim, within, at, returned, took); l.Spans[0].Text.Width() > 0 {
		d.Add(l)
	}
}

func stageRaised(d *doc.Doc, x *recorder.Exchange, s *recorder.Stage) {
	e := s.Exception
	if e == nil {
		return
	}
	message, _, _ := strings.Cut(e.Message, "\n")
	if message != "" {
		message = ": " + message
	}
	if !s.Rose {
		from := ""
		if r := rose(x, e); r != nil {
			from = "  it rose in " + onion.Label(x, r.Index)
		}
		d.Title("Exception", doc.S(theme.Dim, " passed through"))
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Warn, "↑ "+e.Type), doc.S(theme.Plain, message), doc.S(theme.Dim, from)}})
		return
	}
	d.Title("Exception", doc.S(theme.Dim, " rose here"))
	if len(e.Frames) == 0 {
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Bad, "✗ "+e.Type), doc.S(theme.Plain, message)}})
		return
	}
	traceback.Add(d, e)
}

// rose is the stage in which an exception rose that others passed on.
func rose(x *recorder.Exchange, e *recorder.Exception) *recorder.Stage {
	for i := len(x.Stages) - 1; i >= 0; i-- {
		if s := &x.Stages[i]; s.Exception != nil && s.Rose && s.Exception.Type == e.Type && s.Exception.Message == e.Message {
			return s
		}
	}
	return nil
}

func stageLint(d *doc.Doc, x *recorder.Exchange, s *recorder.Stage) {
	titled := false
	for _, l := range x.Lint {
		if l.Stage != s.Index {
			continue
		}
		if !titled {
			d.Title("Breaches of PEP 3333")
			titled = true
		}
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Warn, "! "+l.Rule), doc.S(theme.Plain, "  "+l.Message)}})
		if l.PEP != "" {
			d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Dim, "  "+l.PEP)}})
		}
	}
}

func stagePauses(d *doc.Doc, s *recorder.Stage) {
	if len(s.Pauses) == 0 {
		return
	}
	d.Title("Parked", doc.S(theme.Dim, "  not counted in the times"))
	for _, p := range s.Pauses {
		why := "by a step"
		if p.Breakpoint > 0 {
			why = "by breakpoint " + strconv.Itoa(p.Breakpoint)
		}
		d.Add(note(theme.Info, "⏸ "+p.Boundary+" at "+human.Millis(p.AtMS), why, "for "+human.Millis(p.TookMS), "then "+p.Then))
		for _, e := range p.Edited {
			d.Add(doc.Line{Hang: 4, Spans: []doc.Span{doc.S(theme.Warn, "  ✎ "+doneByHand(e))}})
		}
	}
}

// addChanges lays out what became of an environ.
func addChanges(d *doc.Doc, c *recorder.EnvironChanges, title string) {
	n := len(c.Added) + len(c.Changed) + len(c.Removed)
	if n == 0 {
		return
	}
	if title != "" {
		d.Title(title, doc.S(theme.Dim, " +"+strconv.Itoa(len(c.Added))+" ~"+strconv.Itoa(len(c.Changed))+" -"+strconv.Itoa(len(c.Removed))))
	}
	var all []pair
	for _, k := range slices.Sorted(maps.Keys(c.Added)) {
		all = append(all, pair{name: "+ " + k, value: value(c.Added[k])})
	}
	for _, k := range slices.Sorted(maps.Keys(c.Changed)) {
		v := c.Changed[k]
		all = append(all, pair{name: "~ " + k, value: append(append(dimmed(value(v[0])), doc.S(theme.Accent, " → ")), value(v[1])...)})
	}
	for _, k := range slices.Sorted(slices.Values(c.Removed)) {
		all = append(all, pair{name: "- " + k})
	}
	addPairs(d, all)
}

func dimmed(spans []doc.Span) []doc.Span {
	for i := range spans {
		spans[i].Ink = theme.Dim
	}
	return spans
}

// stageResponse lays out the status and the headers that a stage gave, held against what it got.
func stageResponse(d *doc.Doc, x *recorder.Exchange, s *recorder.Stage) {
	if s.Status == "" && len(s.Headers) == 0 {
		return
	}
	inner := onion.Got(x, s.Index)
	d.Title("Status")
	line := doc.Line{Hang: 2, Spans: append([]doc.Span{doc.S(theme.Plain, "  ")}, native(theme.Strong, s.Status)...)}
	switch {
	case inner == nil:
		line.Spans = append(line.Spans, doc.S(theme.Dim, "  its own"))
	case inner.Status != s.Status:
		line.Spans[0] = doc.S(theme.Accent, "~ ")
		line.Spans = append(line.Spans, doc.S(theme.Dim, "  "+onion.Label(x, inner.Index)+" gave "+inner.Status))
	default:
		line.Spans = append(line.Spans, doc.S(theme.Dim, "  as "+onion.Label(x, inner.Index)+" gave it"))
	}
	d.Add(line)
	if inner == nil {
		d.Title("Headers", doc.S(theme.Dim, " "+strconv.Itoa(len(s.Headers))))
		addHeaders(d, s.Headers, nil, 0)
		return
	}
	changes := onion.Headers(inner.Headers, s.Headers)
	d.Title("Headers", doc.S(theme.Dim, " "+strconv.Itoa(len(s.Headers))+", held against those of "+onion.Label(x, inner.Index)))
	addHeaderChanges(d, changes)
}

// addHeaderChanges lays headers out with what became of them; those that are the same are dim.
func addHeaderChanges(d *doc.Doc, changes []onion.Change) {
	all := make([]pair, len(changes))
	for i, c := range changes {
		ink := theme.Dim
		switch c.Sign {
		case '+':
			ink = theme.Added
		case '-':
			ink = theme.Removed
		}
		v := native(ink, c.Value)
		if c.Value == "" {
			v = []doc.Span{doc.S(theme.Dim, "(empty)")}
		}
		all[i] = pair{name: string(c.Sign) + " " + c.Name, value: v}
	}
	addPairs(d, all)
}

// maxStageChunks is how many blocks of a stage are listed.
const maxStageChunks = 200

// stageChunks lays out the blocks that a stage gave, beside those that it got: so buffering and cutting anew show.
func stageChunks(d *doc.Doc, x *recorder.Exchange, s *recorder.Stage) {
	if s.SameAs > 0 {
		d.Title("Body")
		d.Add(doc.L(doc.S(theme.Plain, "  passed on as "+onion.Label(x, s.SameAs)+" returned it"), doc.S(theme.Dim, ended(s))))
	} else if s.Result == "NoneType" && len(s.Chunks) == 0 { // most functions of a framework give no body
		d.Title("Returned", doc.S(theme.Dim, "  None"))
	} else if s.Result != "" || len(s.Chunks) > 0 {
		d.Title("Body", doc.S(theme.Dim, strings.TrimPrefix("  "+s.Result+ended(s), "   ·")))
	}
	if len(s.Chunks) == 0 {
		return
	}
	inner := gotBody(x, s)
	if inner != nil && len(inner.Chunks) > 0 && s.SameAs == 0 && s.Index > 0 {
		d.Add(note(theme.Dim, "  "+human.Of(len(s.Chunks), "chunk")+" of "+human.Of(len(inner.Chunks), "chunk")+" that "+onion.Label(x, inner.Index)+" gave"))
	} else {
		inner = nil
		d.Add(note(theme.Dim, "  "+human.Of(len(s.Chunks), "chunk")))
	}
	for _, l := range merged(s, inner) {
		if len(d.Lines) > 0 && l.n > maxStageChunks {
			d.Add(doc.L(doc.S(theme.Dim, "  ...")))
			return
		}
		d.Add(l.line)
	}
}

func ended(s *recorder.Stage) string {
	if s.Closed {
		return " · closed"
	}
	return ""
}

// gotBody is the stage within whose blocks a stage made its own of.
func gotBody(x *recorder.Exchange, s *recorder.Stage) *recorder.Stage {
	for i := len(x.Stages) - 1; i >= 0; i-- {
		if in := &x.Stages[i]; in.Within == s.Index && in.Index > s.Index && len(in.Chunks) > 0 {
			return in
		}
	}
	return nil
}

type chunkRow struct {
	n    int
	line doc.Line
}

// merged lists the blocks of two stages in the order of their times: what came in stands further in.
func merged(s, inner *recorder.Stage) []chunkRow {
	var out []chunkRow
	i, j := 0, 0
	for i < len(s.Chunks) || inner != nil && j < len(inner.Chunks) {
		n := len(out) + 1
		if inner != nil && j < len(inner.Chunks) && (i == len(s.Chunks) || inner.Chunks[j].AtMS <= s.Chunks[i].AtMS) {
			c := inner.Chunks[j]
			j++
			out = append(out, chunkRow{n, doc.L(doc.S(theme.Dim, padLeft(human.Millis(c.AtMS), 9)+"      got "+strconv.Itoa(j)+
				"  "+human.Bytes(int64(c.Size))+via(c)))})
			continue
		}
		c := s.Chunks[i]
		i++
		out = append(out, chunkRow{n, doc.L(doc.S(theme.Plain, padLeft(human.Millis(c.AtMS), 9)), doc.S(theme.Bar, "  ▪ "),
			doc.S(theme.Plain, "gave "+strconv.Itoa(i)+"  "+human.Bytes(int64(c.Size))+via(c)))})
	}
	return out
}

func via(c recorder.Chunk) string {
	out := ""
	if c.Via == "write" {
		out = "  by write()"
	}
	if c.Merged > 0 {
		out += "  and " + human.Of(c.Merged, "more block")
	}
	return out
}
