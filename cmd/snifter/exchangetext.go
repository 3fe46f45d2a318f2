package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/body"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/safe"
)

const (
	shownBody   = 64 << 10 // bytes of a text body that are shown
	shownBinary = 256      // and of a body that is no text
	shownChunks = 100
)

// writeExchange writes an exchange for people. Only what there is gets a section.
func writeExchange(w io.Writer, x *recorder.Exchange, std stdio) {
	writeTitle(w, x, std)
	writeRequest(w, x, std)
	writeEnviron(w, x.Environ, std)
	writeResponse(w, x, std)
	writeOnion(w, x, false, std)
	writeText(w, "wsgi.errors", x.Errors, std)
	for _, o := range x.Output {
		writeText(w, o.Stream, o.Text, std)
	}
	if x.Exception != nil {
		writeException(w, x.Exception, std)
	}
	if len(x.Lint) > 0 {
		section(w, "lint", std)
		for _, l := range x.Lint {
			fmt.Fprintf(w, "  stage %s: %s: %s (%s)\n", stageLabel(x, l.Stage), safe.Of(l.Rule), safe.Of(l.Message), safe.Of(l.PEP))
		}
	}
	if x.Lost > 0 {
		fmt.Fprintf(w, "\n%d events of this exchange were lost to a full queue\n", x.Lost)
	}
}

func writeTitle(w io.Writer, x *recorder.Exchange, std stdio) {
	fmt.Fprintln(w, std.paint(bold, fmt.Sprintf("exchange %d", x.ID))+"  "+summary(x))
	if x.Reason != "" {
		fmt.Fprintln(w, std.paint(red, safe.Of(x.Reason).String()))
	}
}

func summary(x *recorder.Exchange) string {
	parts := []string{string(x.State), human.Millis(x.DurationMS), "build " + strconv.Itoa(x.Build),
		x.Started.Local().Format(time.DateTime + ".000")}
	if x.Origin != nil {
		parts = append(parts, "replay of "+strconv.FormatUint(*x.Origin, 10))
	}
	if x.Marked {
		parts = append(parts, "marked")
	}
	return strings.Join(parts, ", ")
}

func section(w io.Writer, title string, std stdio) {
	fmt.Fprintf(w, "\n%s\n", std.paint(bold, title))
}

func writeRequest(w io.Writer, x *recorder.Exchange, std stdio) {
	r := &x.Request
	section(w, "request", std)
	fmt.Fprintf(w, "  %s %s %s    from %s\n", safe.Of(r.Method), safe.Of(r.Target), safe.Of(r.Protocol), safe.Of(r.Remote))
	writeHeaders(w, r.Headers, std)
	for _, h := range r.Withheld {
		fmt.Fprintf(w, "  %s\n", std.paint(yellow, fmt.Sprintf("%s did not reach the environ: %s", safe.Of(h.Name), safe.Of(h.Reason))))
	}
	writeShownBody(w, r.Body, r.Headers)
}

func writeEnviron(w io.Writer, environ recorder.Environ, std stdio) {
	if len(environ) == 0 {
		return
	}
	section(w, "environ", std)
	width := 0
	for _, item := range environ {
		width = max(width, min(safe.Of(item.Key).Width(), 32))
	}
	for _, item := range environ {
		key := safe.Of(item.Key)
		pad := safe.Spaces(width - key.Width())
		fmt.Fprintf(w, "  %s%s  %s\n", std.paint(cyan, key.String()), pad, shownValue(item.Value))
	}
}

// shownValue is a value of the environ, and where that is a native string of PEP 3333, how its bytes read as UTF-8.
func shownValue(v any) string { return environValue(v).String() + asUTF8(v) }

func asUTF8(v any) string {
	s, _ := v.(string)
	if read, differs := human.AsUTF8(s); differs {
		return "  UTF-8: " + safe.Of(read).String()
	}
	return ""
}

// environValue is a value of the environ as Python would show it, so that ” and 'None' are told from nothing.
func environValue(v any) safe.Text {
	switch v := v.(type) {
	case string:
		return safe.Of("'" + v + "'")
	case nil:
		return safe.Of("None")
	case bool:
		return safe.Of(map[bool]string{true: "True", false: "False"}[v])
	case recorder.Repr:
		return safe.Of(v.Repr)
	case map[string]any:
		parts := make([]string, 0, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, "'"+key+"': "+environValue(v[key]).String())
		}
		return safe.Of("{" + strings.Join(parts, ", ") + "}")
	}
	if text, ok := recorder.Sequence(v, func(v any) string { return environValue(v).String() }); ok {
		return safe.Of(text)
	}
	return safe.Of(fmt.Sprint(v))
}

func writeResponse(w io.Writer, x *recorder.Exchange, std stdio) {
	r := &x.Response
	section(w, "response", std)
	if r.Status == "" {
		fmt.Fprintln(w, "  none")
		if s := x.Begun(); s != nil {
			fmt.Fprintf(w, "  %s gave %s, which was not sent\n", stageLabel(x, s.Index), safe.Of(s.Status))
		}
		return
	}
	by := ""
	if r.Server {
		by = "    made by snifter itself"
	}
	fmt.Fprintf(w, "  %s%s\n", safe.Of(r.Status), by)
	writeHeaders(w, r.Headers, std)
	writeChunks(w, r.Chunks)
	writeShownBody(w, r.Body, r.Headers)
}

func writeHeaders(w io.Writer, headers []recorder.Header, std stdio) {
	for _, h := range headers {
		fmt.Fprintf(w, "  %s %s%s\n", std.paint(cyan, safe.Of(h[0]).String()+":"), safe.Of(h[1]), asUTF8(h[1]))
	}
}

// writeChunks writes the timeline of a body that came in more than one block.
func writeChunks(w io.Writer, chunks []recorder.Chunk) {
	if len(chunks) < 2 {
		return
	}
	fmt.Fprintf(w, "\n  %s\n", human.Of(len(chunks), "chunk"))
	for i, c := range chunks {
		if i == shownChunks {
			fmt.Fprintf(w, "    and %s more (--json lists them)\n", human.Count(len(chunks)-i))
			return
		}
		fmt.Fprintf(w, "    at %7s  %5s  %s\n", human.Millis(c.AtMS), human.Bytes(int64(c.Size)), safe.Of(c.Via))
	}
}

// writeShownBody writes a body as it can be read: decoded, JSON laid out, what is no text as a hex dump, with what was
// done to it.
func writeShownBody(w io.Writer, b recorder.Body, headers []recorder.Header) {
	if b.Size == 0 {
		return
	}
	decoded := body.Decode(b.Bytes, header(headers, "Content-Encoding"), time.Now)
	about := []string{human.Of(int(b.Size), "byte")}
	if b.Cut {
		about = append(about, fmt.Sprintf("the first %s were recorded", human.Count(len(b.Bytes))))
	}
	if len(decoded.Codings) > 0 {
		about = append(about, "decoded from "+strings.Join(decoded.Codings, ", "))
	}
	if decoded.Note != "" {
		about = append(about, decoded.Note)
	}
	fmt.Fprintf(w, "\n  %s\n", safe.Of(strings.Join(about, ", ")))

	p := decoded.Bytes
	kind, _ := body.KindOf(p, header(headers, "Content-Type"))
	limit := shownBody
	if kind == body.Binary {
		limit = shownBinary
	}
	shown := p[:min(len(p), limit)]
	var lines []string
	switch kind {
	case body.Empty:
		return
	case body.Binary:
		lines = body.Hex(shown, false)
	case body.JSON:
		var err error
		if lines, err = body.Pretty(shown); err != nil {
			lines = body.Lines(shown)
		}
	default:
		lines = body.Lines(shown)
	}
	for _, line := range lines {
		fmt.Fprintf(w, "  | %s\n", safe.Body(line))
	}
	if len(shown) < len(p) {
		fmt.Fprintf(w, "  | ... %s more bytes (--body writes all)\n", human.Count(len(p)-len(shown)))
	}
}

func header(headers []recorder.Header, name string) string {
	for _, h := range headers {
		if strings.EqualFold(h[0], name) {
			return h[1]
		}
	}
	return ""
}

func writeText(w io.Writer, title, text string, std stdio) {
	if text == "" {
		return
	}
	section(w, title, std)
	for line := range strings.Lines(text) {
		fmt.Fprintf(w, "  | %s\n", safe.Body(trimEnd(line)))
	}
}

func writeException(w io.Writer, e *recorder.Exception, std stdio) {
	where := e.Where
	if e.Stage > 0 {
		where += ", stage " + strconv.Itoa(e.Stage)
	}
	if e.Handled {
		section(w, "exception, handled by the application", std)
	} else {
		section(w, "exception ("+where+")", std)
	}
	text := e.Text
	if text == "" {
		text = e.Type + ": " + e.Message
	}
	writeIndented(w, text)
}

// writeIndented writes lines of text from the application, made safe.
func writeIndented(w io.Writer, text string) {
	for line := range strings.Lines(text) {
		fmt.Fprintf(w, "  %s\n", safe.Body(trimEnd(line)))
	}
}

func trimEnd(line string) string { return strings.TrimRight(line, "\r\n") }
