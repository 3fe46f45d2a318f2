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
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// told says that the stages of an exchange are told apart, so that one can be blamed.
func told(x *recorder.Exchange) bool { return len(x.Stages) > 1 }

// by is what stands beside something that a stage did.
func by(x *recorder.Exchange, index int, more string) []doc.Span {
	if !told(x) {
		return nil
	}
	spans := []doc.Span{doc.S(theme.Dim, "← "+onion.Label(x, index))}
	if more != "" {
		spans = append(spans, doc.S(theme.Dim, more))
	}
	return spans
}

// leastName is how many columns show enough of a stage's name.
const leastName = 12

// beside puts something at the right edge of a line of a width, or behind it where there is no room. Of a stage alone as
// much of its name is shown as there is room for.
func beside(line doc.Line, right []doc.Span, w int) doc.Line {
	if len(right) == 0 {
		return line
	}
	room := w - doc.Width(line.Spans) - 2
	if doc.Width(right) > room && room >= leastName && len(right) == 1 {
		right = []doc.Span{{Ink: right[0].Ink, Text: right[0].Text.Fit(room)}}
	}
	gap := max(2, room+2-doc.Width(right))
	line.Spans = append(append(slices.Clip(line.Spans), doc.Span{Ink: theme.Plain, Text: safe.Spaces(gap)}), right...)
	return line
}

// statusBlame is the stage that gave the status.
func statusBlame(x *recorder.Exchange) []doc.Span {
	touches := x.Blame.OfStatus()
	if len(touches) == 0 {
		return nil
	}
	return by(x, x.Blame.Status, was(&touches[len(touches)-1]))
}

// fieldBlame is the stage that gave the header at a place.
func fieldBlame(x *recorder.Exchange, i int) []doc.Span {
	h := x.Response.Headers[i]
	index, ok := 0, false
	if len(x.Blame.Fields) == len(x.Response.Headers) {
		index, ok = x.Blame.Fields[i], true
	} else {
		index, ok = x.Blame.Headers[h[0]]
	}
	if !ok {
		return nil
	}
	more := ""
	if touches := x.Blame.OfField(i); len(touches) > 0 && touches[len(touches)-1].Stage == index {
		more = was(&touches[len(touches)-1])
	}
	return by(x, index, more)
}

// was says what something was before a stage changed it.
func was(t *recorder.Touch) string {
	out := byHand(t)
	if t.Old != nil && t.How != "restored" {
		out += ", was " + plain(t.Old)
	}
	return out
}

// byHand says that something was done while the request was stopped at the stage.
func byHand(t *recorder.Touch) string {
	if t.How == "edited" {
		return ", by hand"
	}
	return ""
}

// plain is a value in one short piece of text.
func plain(v any) string {
	s, ok := v.(string)
	if !ok {
		s = python(v, 0)
	}
	const most = 60
	if t := safe.Of(s); t.Width() > most {
		return t.Fit(most).String()
	}
	return s
}

// dropped lists the headers that a stage dropped and no later one restored.
func dropped(x *recorder.Exchange) []recorder.Touch {
	return slices.DeleteFunc(x.Blame.Others(), func(t recorder.Touch) bool { return !t.Removes() })
}

func addDropped(d *doc.Doc, x *recorder.Exchange, w int) {
	all := dropped(x)
	if len(all) == 0 {
		return
	}
	d.Title("Dropped on the way", doc.S(theme.Dim, " "+strconv.Itoa(len(all))))
	pairs := make([]pair, len(all))
	for i, t := range all {
		pairs[i] = pair{name: t.Name, value: dimmed(native(theme.Dim, plain(t.Old))), right: by(x, t.Stage, byHand(&t))}
	}
	addPairsBeside(d, pairs, w)
}

// addUnsent lists what stages gave of an answer that the server has not got, or not yet.
func addUnsent(b *build) {
	touches := b.x.Unsent()
	if len(touches) == 0 {
		return
	}
	all := make([]pair, len(touches))
	for i, t := range touches {
		all[i] = pair{name: orElse(t.Name, t.What), value: native(theme.Plain, plain(t.New)), right: by(b.x, t.Stage, was(&t))}
		if t.Removes() {
			all[i].value, all[i].right = dimmed(native(theme.Dim, plain(t.Old))), by(b.x, t.Stage, ", dropped")
		}
	}
	b.doc.Title("On its way")
	addPairsBeside(&b.doc, all, b.w)
}

// environTouches are what stages did to an environ, by key, in their order.
func environTouches(x *recorder.Exchange) map[string][]*recorder.Touch {
	out := map[string][]*recorder.Touch{}
	for i := range x.Blame.History {
		if t := &x.Blame.History[i]; t.What == "environ" {
			out[t.Name] = append(out[t.Name], t)
		}
	}
	return out
}

// touched is a line for what a stage did to a key.
func touched(x *recorder.Exchange, t *recorder.Touch) pair {
	p := pair{right: by(x, t.Stage, byHand(t))}
	if t.Removes() {
		p.value = []doc.Span{doc.S(theme.Removed, "→ removed")}
	} else {
		p.value = append([]doc.Span{doc.S(theme.Accent, "→ ")}, value(t.New)...)
	}
	return p
}

// blameBody lays a body out with the stage that made each part of it in a gutter. It shows the bytes as they came: parts
// are counted in them.
func blameBody(b *build) {
	d, x := &b.doc, b.x
	content := &x.Response.Body
	if content.Size == 0 {
		return
	}
	d.Title("Body", doc.S(theme.Dim, " "+human.Size(content.Size)+", by the stages that made them (a: without)"))
	spans := x.Blame.Spans(len(content.Bytes))
	if len(spans) == 0 {
		d.Add(note(theme.Dim, "Which stage made the body is not known: no stage was recorded within the server."))
		return
	}
	legend(d, x, spans)
	d.Blank()
	p := content.Bytes
	if len(spans) == 1 {
		p = body.Decode(p, headerOf(x.Response.Headers, "Content-Encoding"), b.now).Bytes
		spans = []recorder.Span{{Start: 0, End: len(p), Stage: spans[0].Stage}}
	}
	column := 0
	for _, s := range spans {
		column = max(column, safe.Of(onion.Label(x, s.Stage)).Width())
	}
	column = min(column, max(4, b.w/4))
	if kind, _ := body.KindOf(p, ""); kind == body.Binary {
		for _, s := range spans {
			for _, l := range body.Hex(part(p, s), b.w-column < 80) {
				d.Add(gutter(x, s.Stage, column, "│", l))
			}
		}
	} else {
		for _, s := range spans {
			from := s.Start
			for _, l := range strings.SplitAfter(string(part(p, s)), "\n") {
				if l == "" {
					continue
				}
				sign := "│"
				if from > 0 && from <= len(p) && p[from-1] != '\n' {
					sign = "┊" // goes on in the line that another stage began
				}
				d.Add(gutter(x, s.Stage, column, sign, strings.TrimRight(l, "\r\n")))
				from += len(l)
			}
		}
	}
	cutNote(d, content)
}

func part(p []byte, s recorder.Span) []byte {
	from := max(0, min(s.Start, len(p)))
	return p[from:max(from, min(s.End, len(p)))]
}

func gutter(x *recorder.Exchange, stage, column int, sign, text string) doc.Line {
	const most = 4096
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + " ..."
	}
	return doc.Line{Hang: column + 3, Spans: []doc.Span{
		{Ink: theme.Dim, Text: safe.Of(onion.Label(x, stage)).Fit(column)}, doc.S(theme.Rule, " "+sign+" "), {Ink: theme.Plain, Text: safe.Body(text)},
	}}
}

// legend sums up how much of a body each stage made.
func legend(d *doc.Doc, x *recorder.Exchange, spans []recorder.Span) {
	sizes, total := map[int]int{}, 0
	var order []int
	for _, s := range spans {
		if _, ok := sizes[s.Stage]; !ok {
			order = append(order, s.Stage)
		}
		sizes[s.Stage] += s.End - s.Start
		total += s.End - s.Start
	}
	slices.Sort(order)
	all := make([]pair, len(order))
	for i, index := range order {
		share := sizes[index] * 100 / max(1, total)
		all[i] = pair{name: onion.Label(x, index), value: []doc.Span{
			doc.S(theme.Bar, strings.Repeat("█", max(1, share/5))), doc.S(theme.Dim, " "+strconv.Itoa(share)+"%  "+human.Size(int64(sizes[index]))),
		}}
	}
	addPairs(d, all)
}

// addWay says in which stage an exception rose, which it passed, and which kept it.
func addWay(d *doc.Doc, x *recorder.Exchange) {
	e := x.Exception
	if !told(x) || e.Stage <= 0 {
		return
	}
	spans := []doc.Span{doc.S(theme.Dim, "rose in "), doc.S(theme.Strong, onion.Label(x, e.Stage))}
	if s := onion.Find(x, e.Stage); s != nil && s.File != "" {
		spans = append(spans, doc.S(theme.Dim, "  "+onion.ShortPlace(s.File, s.Line)))
	}
	d.Add(doc.Line{Hang: 2, Spans: spans})
	last := innermost(x, e.Stage)
	var passed []string
	for n := 0; last != nil && last.Index > 0 && n < len(x.Stages); n++ {
		if last.Index != e.Stage {
			passed = append(passed, onion.Label(x, last.Index))
		}
		around := iterating(x, last)
		if around == nil || around.Index == 0 || around.Exception == nil {
			break
		}
		last = around
	}
	if len(passed) > 0 {
		way := strings.Join(passed, " · ")
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Dim, "passed  "), doc.S(theme.Warn, "↑ "+way)}})
	}
	if last != nil && last.Exception != nil {
		if end := iterating(x, last); end != nil && end.Index > 0 {
			d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Dim, "ended in "), doc.S(theme.Plain, onion.Label(x, end.Index))}})
		}
	}
	d.Blank()
}

// iterating is the stage that an exception comes to which has left another: the one around it, or, where that has passed on the
// body of the other, whoever was given that.
func iterating(x *recorder.Exchange, s *recorder.Stage) *recorder.Stage {
	body := max(s.Index, s.SameAs)
	around := onion.Find(x, s.Within)
	for n := 0; around != nil && around.SameAs == body && n < len(x.Stages); n++ {
		around = onion.Find(x, around.Within)
	}
	return around
}

// innermost is the first stage that an exception left: the one that it rose in, or one within that, which had called what the
// other gave it as start_response.
func innermost(x *recorder.Exchange, rose int) *recorder.Stage {
	found := onion.Find(x, rose)
	for i := range x.Stages {
		s := &x.Stages[i]
		if found != nil && s.Within == found.Index && s.Index > rose && s.Exception != nil && s.Exception.Stage == rose {
			found = s
		}
	}
	return found
}
