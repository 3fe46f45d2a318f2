package replay

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/recorder"
)

// body compares what the bodies say, by their type.
func (c *comparer) body() {
	a, b := &c.a.Response, &c.b.Response
	if sameBytes(&a.Body, &b.Body) && c.sameCoding() {
		return
	}
	old, oldNote := decodeBody(a)
	now, newNote := decodeBody(b)
	at := len(c.parts)
	c.contents(old, now)
	c.explain(at, oldNote, newNote)
	if len(c.parts) == at && !sameBytes(&a.Body, &b.Body) {
		c.sameWhenDecoded(bytes.Equal(old, now))
	}
	c.excuse(at, old, now)
}

func sameBytes(a, b *recorder.Body) bool {
	if a.Size != b.Size || a.Cut != b.Cut {
		return false
	}
	if a.SHA256 != "" && b.SHA256 != "" {
		return a.SHA256 == b.SHA256
	}
	return bytes.Equal(a.Bytes, b.Bytes)
}

func (c *comparer) sameCoding() bool {
	return recorder.ContentCoding(c.a.Response.Headers) == recorder.ContentCoding(c.b.Response.Headers)
}

// contents compares decoded bodies.
func (c *comparer) contents(old, now []byte) {
	if bytes.Equal(old, now) {
		return
	}
	cut := c.a.Response.Body.Cut || c.b.Response.Body.Cut
	if cut { // compared as far as both were kept
		n := min(len(old), len(now))
		old, now = old[:n], now[:n]
	}
	kind := min(kindOfBody(&c.a.Response, old), kindOfBody(&c.b.Response, now))
	switch {
	case kind == jsonBody && !cut && c.jsonBodies(old, now):
	case kind >= textBody:
		c.textBodies(old, now)
	default:
		c.binaryBodies(old, now)
	}
}

// explain says what stood in the way of comparing more.
func (c *comparer) explain(at int, notes ...string) {
	a, b := &c.a.Response.Body, &c.b.Response.Body
	switch {
	case len(c.parts) > at:
	case (a.Cut || b.Cut) && !sameBytes(a, b):
		c.differ("body", "", sizeAndHash(a), sizeAndHash(b),
			c.o.Masks.body())
		notes = append(notes, "what was kept of them is the same; raise --max-body to see where they differ")
	}
	for _, note := range notes {
		if note != "" && len(c.parts) > at {
			last := &c.parts[len(c.parts)-1]
			last.Lines = append(last.Lines, DiffLine{Op: "@", Text: note})
		}
	}
}

func (c *comparer) sameWhenDecoded(same bool) {
	why := "the same JSON, written in another way"
	if same {
		why = "the same when decoded"
	}
	c.add(Difference{
		Part: "body", Kind: "changed", Old: sizeAndHash(&c.a.Response.Body), New: sizeAndHash(&c.b.Response.Body),
	}.noise(why))
}

// excuse masks the differences of bodies that can't be held against the replay: the origin's own response broke off,
// or both are the server's page on the same failure, or they come with statuses that come now so and now so.
func (c *comparer) excuse(at int, old, now []byte) {
	why := c.o.Masks.body()
	switch {
	case c.a.State == recorder.Aborted && c.b.State == recorder.Done && bytes.HasPrefix(now, old):
		why = "the origin's response broke off here"
	case c.sameFailure():
		why = serversPage
	case why == "":
		why = c.otherStatus()
	}
	if why == "" {
		return
	}
	for i := at; i < len(c.parts); i++ {
		if !c.parts[i].Noise {
			c.parts[i].Noise, c.parts[i].NoiseWhy = true, why
		}
	}
}

func sizeAndHash(b *recorder.Body) string {
	if len(b.SHA256) < 12 {
		return fmt.Sprintf("%d bytes", b.Size)
	}
	return fmt.Sprintf("%d bytes, sha256 %s", b.Size, b.SHA256[:12])
}

// How bodies are compared, from the coarsest to the finest.
type bodyKind int

const (
	binaryBody bodyKind = iota
	textBody
	jsonBody
)

func kindOfBody(r *recorder.Response, body []byte) bodyKind {
	kind, _ := headerValue(r.Headers, "Content-Type")
	kind, _, _ = strings.Cut(strings.ToLower(kind), ";")
	kind = strings.TrimSpace(kind)
	if kind == "application/json" || strings.HasSuffix(kind, "+json") || kind == "text/json" {
		return jsonBody
	}
	major, _, _ := strings.Cut(kind, "/")
	switch {
	case len(body) == 0: // as the other one is
		return jsonBody
	case bytes.IndexByte(body[:min(len(body), 64<<10)], 0) >= 0:
		return binaryBody
	case major == "text" || strings.HasSuffix(kind, "+xml") || strings.HasSuffix(kind, "xml"):
		return textBody
	case major == "image", major == "audio", major == "video", major == "font":
		return binaryBody
	case utf8.Valid(body):
		return textBody
	}
	return binaryBody
}

// text is a body as text: UTF-8 where it is that, else each byte stands for itself.
func text(body []byte) string {
	if utf8.Valid(body) {
		return string(body)
	}
	return marshal.Latin1(body)
}
