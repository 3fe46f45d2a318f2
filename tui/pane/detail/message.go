package detail

import (
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

// request lays out what the client sent.
func request(b *build) {
	r := &b.x.Request
	d := &b.doc
	if b.raw {
		rawMessage(b, r.Head, r.Method+" "+r.Target+" "+r.Protocol, r.Headers, &r.Body)
		return
	}
	d.Add(doc.Line{Hang: 2, Spans: append([]doc.Span{doc.S(theme.Strong, r.Method+" ")},
		append(native(theme.Plain, r.Target), doc.S(theme.Dim, " "+r.Protocol))...)})
	tls := ""
	if r.TLS {
		tls = "TLS"
	}
	made := ""
	if b.x.Build > 0 {
		made = "build " + strconv.Itoa(b.x.Build)
	}
	origin := ""
	if b.x.Origin != nil {
		origin = "replay of " + strconv.FormatUint(*b.x.Origin, 10)
	}
	from := ""
	if r.Remote != "" {
		from = "from " + r.Remote
	}
	d.Add(note(theme.Dim, from, tls, b.x.Started.Local().Format("15:04:05.000"), made, origin))
	if b.x.Reason != "" {
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Bad, "⊘ "+b.x.Reason)}})
	}
	if b.x.Lost > 0 {
		d.Add(note(theme.Warn, "! "+human.Of(b.x.Lost, "event")+" of this exchange were lost to a full queue"))
	}
	if b.x.Untold != nil {
		d.Add(note(theme.Warn, "! "+b.x.Untold.String()))
	}
	d.Title("Headers", doc.S(theme.Dim, " "+strconv.Itoa(len(r.Headers))))
	addHeaders(d, r.Headers, nil, 0)
	if len(r.Withheld) > 0 {
		d.Title("Kept from the environ", doc.S(theme.Dim, " "+strconv.Itoa(len(r.Withheld))))
		all := make([]pair, len(r.Withheld))
		for i, w := range r.Withheld {
			all[i] = pair{name: w.Name, value: []doc.Span{doc.S(theme.Warn, w.Reason)}}
		}
		addPairs(d, all)
	}
	addBody(b, &r.Body, r.Headers)
}

// underWay is how far an answer has come of which nothing was sent.
func underWay(x *recorder.Exchange) string {
	if s := x.Begun(); s != nil {
		return onion.LabelOf(s.Index, s.Name) + " gave " + s.Status
	}
	return "start_response has not been called."
}

// response lays out what the application answered.
func response(b *build) {
	r := &b.x.Response
	d := &b.doc
	if r.Status == "" && len(r.Headers) == 0 && r.Body.Size == 0 {
		switch {
		case b.x.State == recorder.Open:
			d.Add(doc.L(doc.S(theme.Info, "No answer yet: "+underWay(b.x))))
		default:
			d.Add(doc.L(doc.S(theme.Bad, "⊘ There was no answer.")))
		}
		if b.x.Reason != "" {
			d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Plain, b.x.Reason)}})
		}
		addUnsent(b)
		return
	}
	if b.raw {
		rawMessage(b, r.Head, r.Status, r.Headers, &r.Body)
		return
	}
	symbol, ink := statusSymbol(b.x)
	d.Add(beside(doc.Line{Hang: 2, Spans: append([]doc.Span{doc.S(ink, symbol+" ")}, native(ink, r.Status)...)}, statusBlame(b.x), b.w))
	took := human.Millis(b.x.DurationMS)
	if b.x.State == recorder.Open {
		took = "under way"
	}
	blocks := ""
	if n := len(r.Chunks); n > 0 {
		blocks = human.Of(n, "chunk")
	}
	d.Add(note(theme.Dim, took, human.Size(r.Body.Size), blocks))
	if r.Server {
		d.Add(note(theme.Warn, "! made by snifter, not by the application"))
	}
	if b.x.Reason != "" {
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Bad, "⊘ "+b.x.Reason)}})
	}
	d.Title("Headers", doc.S(theme.Dim, " "+strconv.Itoa(len(r.Headers))))
	addHeaders(d, r.Headers, func(i int) []doc.Span { return fieldBlame(b.x, i) }, b.w)
	addDropped(d, b.x, b.w)
	if b.blame {
		blameBody(b)
		return
	}
	addBody(b, &r.Body, r.Headers)
}

// rawMessage shows a message as it came: the head's own lines, then the body's bytes without anything undone.
func rawMessage(b *build, head []byte, first string, headers []recorder.Header, content *recorder.Body) {
	d := &b.doc
	if len(head) > 0 {
		for _, l := range body.Lines(head) {
			d.Add(doc.L(doc.Span{Ink: theme.Plain, Text: safe.Body(l)}))
		}
	} else {
		d.Add(doc.L(doc.S(theme.Strong, first)))
		for _, h := range headers {
			d.Add(doc.Line{Spans: []doc.Span{doc.S(theme.Key, h[0]), doc.S(theme.Dim, ": "), doc.S(theme.Plain, h[1])}, Hang: 4})
		}
	}
	d.Blank()
	if kind, _ := body.KindOf(content.Bytes, "application/octet-stream"); kind == body.Binary {
		d.AddBody(body.Hex(content.Bytes, b.w < 77), "")
	} else if len(content.Bytes) > 0 {
		d.AddBody(body.Lines(content.Bytes), "")
	}
	cutNote(d, content)
}

func cutNote(d *doc.Doc, content *recorder.Body) {
	if content.Cut {
		d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Warn, "✂ cut here: "+
			human.Bytes(int64(len(content.Bytes)))+" of "+human.Size(content.Size)+" were kept; sha256 of the whole "+content.SHA256)}})
	}
}

// addBody lays out a body so that it can be read.
func addBody(b *build, content *recorder.Body, headers []recorder.Header) {
	d := &b.doc
	if content.Size == 0 {
		return
	}
	contentType := headerOf(headers, "Content-Type")
	decoded := body.Decode(content.Bytes, headerOf(headers, "Content-Encoding"), b.now)
	kind, language := body.KindOf(decoded.Bytes, contentType)
	about := " " + human.Size(content.Size)
	if len(decoded.Codings) > 0 {
		about += ", " + strings.Join(decoded.Codings, " and ") + " undone: " + human.Bytes(int64(len(decoded.Bytes)))
	}
	d.Title("Body", doc.S(theme.Dim, about))
	if decoded.Note != "" {
		d.Add(note(theme.Warn, "! "+decoded.Note))
	}
	switch kind {
	case body.JSON:
		lines, err := body.Pretty(decoded.Bytes)
		if err != nil && !content.Cut {
			d.Add(note(theme.Warn, "! "+err.Error()))
		}
		d.AddBody(lines, "json")
	case body.Form:
		addFields(d, body.FormFields(decoded.Bytes))
	case body.Multipart:
		fields, err := body.MultipartFields(decoded.Bytes, contentType)
		if err != nil && !content.Cut {
			d.Add(note(theme.Warn, "! "+err.Error()))
		}
		addFields(d, fields)
	case body.Binary:
		d.AddBody(body.Hex(decoded.Bytes, b.w < 77), "")
	case body.Text:
		d.AddBody(body.Lines(decoded.Bytes), language)
	}
	cutNote(d, content)
}

func addFields(d *doc.Doc, fields []body.Field) {
	all := make([]pair, len(fields))
	for i, f := range fields {
		value := doc.S(theme.Plain, f.Value)
		if f.Value == "" {
			value = doc.S(theme.Dim, "(empty)")
		}
		all[i] = pair{name: f.Name, value: []doc.Span{value}}
		if f.About != "" {
			all[i].value = append(all[i].value, doc.S(theme.Dim, "  "+f.About))
		}
	}
	addPairs(d, all)
}
