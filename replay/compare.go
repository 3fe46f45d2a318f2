package replay

import (
	"fmt"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
)

// Options say how two exchanges are compared.
type Options struct {
	Noise Rules
	// Masks is what was learned to differ between two runs of the same build (see [Learn]); nil for nothing.
	Masks *Masks
	// Chunks compares the chunk boundaries of the response's body too.
	Chunks bool
	// Stages compares what each stage did too.
	Stages bool
}

// The bounds of a comparison. What is beyond is counted in a last difference, or compared more coarsely, which the
// difference says.
const (
	maxParts     = 1_000
	maxValue     = 4 << 10
	maxTextDiff  = 8 << 20
	maxLines     = 50_000
	maxAligned   = 1_000 // elements of a JSON array that are aligned rather than compared by index
	maxHunkLines = 2_000
)

// Compare holds b, a replay, against a, its origin. It is pure. Where one of them was seen from the client's side alone, as
// an exchange with a server that records nothing is, they are compared as far as a client can tell. A replay that could not be
// sent past the stages that it was to leave out is not compared.
func Compare(a, b *recorder.Exchange, o Options) *Comparison {
	if err := refusal(b); err != nil {
		return incomparable(a, b, err)
	}
	c := &comparer{a: a, b: b, o: o}
	c.level()
	c.status()
	c.headers()
	c.body()
	c.exception()
	c.lint()
	if c.o.Chunks {
		c.chunks()
	}
	switch {
	case !o.Stages:
	case !staged(a) || !staged(b):
		c.leaveOut("stages")
	default:
		c.stages()
	}
	c.ending()
	return c.comparison()
}

// comparer collects the differences of one comparison.
type comparer struct {
	a, b   *recorder.Exchange
	o      Options
	parts  []Difference
	more   int      // differences beyond maxParts
	broken []string // why the replay is broken
	untold []string // what one of the two does not tell, and so is not compared
}

func (c *comparer) add(d Difference) {
	if len(c.parts) >= maxParts {
		if !d.Noise {
			c.more++
		}
		return
	}
	d.Old, d.New = clip(d.Old, maxValue), clip(d.New, maxValue)
	c.parts = append(c.parts, d)
}

// differ adds a difference between two values, of which one may be missing.
func (c *comparer) differ(part, where, old, now string, why string) {
	c.add(Difference{Part: part, Where: where, Old: old, New: now, Kind: kindOf(old, now), Noise: why != "", NoiseWhy: why})
}

func kindOf(old, now string) string {
	switch {
	case old == "" && now != "":
		return "added"
	case old != "" && now == "":
		return "removed"
	}
	return "changed"
}

func (c *comparer) status() {
	old, now := c.a.Response.Status, c.b.Response.Status
	if old != now {
		why := c.otherStatus()
		if c.sameFailure() {
			why = serversPage
		}
		c.differ("status", "", old, now, why)
	}
	if strings.HasPrefix(now, "5") && !strings.HasPrefix(old, "5") {
		c.broken = append(c.broken, "it answers "+now)
	}
}

// otherStatus says why the two come with different statuses, where that is noise, or "".
func (c *comparer) otherStatus() string {
	old, now := c.a.Response.Status, c.b.Response.Status
	if old == now {
		return ""
	}
	return c.o.Masks.status(old, now)
}

func (c *comparer) exception() {
	old, now := c.a.Exception, c.b.Exception
	switch {
	case old == nil && now == nil:
	case old == nil:
		// One that the application handles breaks only what comes of it.
		if !now.Handled || strings.HasPrefix(c.b.Response.Status, "5") && !strings.HasPrefix(c.a.Response.Status, "5") {
			c.broken = append(c.broken, "it raises "+exceptionText(now))
		}
		c.differ("exception", now.Where, "", exceptionText(now), "")
	case now == nil:
		c.differ("exception", old.Where, exceptionText(old), "", "")
	default:
		c.exceptions(old, now)
	}
}

func (c *comparer) exceptions(old, now *recorder.Exception) {
	where, oldText, newText := now.Where, exceptionText(old), exceptionText(now)
	switch {
	case old.Where != now.Where:
		c.differ("exception", where, oldText+" (in "+old.Where+")", newText+" (in "+now.Where+")", "")
	case oldText != newText:
		why := ""
		if c.rules().mask(oldText) == c.rules().mask(newText) {
			why = "the same but for an address"
		} else if old.Type == now.Type {
			why = c.o.Masks.exception()
		}
		c.differ("exception", where, oldText, newText, why)
	case old.Handled != now.Handled:
		c.differ("exception", where, handledText(old), handledText(now), "")
	}
	oldFile, oldFunction, oldLine := lastFrame(old)
	newFile, newFunction, newLine := lastFrame(now)
	switch {
	case oldFile != newFile || oldFunction != newFunction:
		c.differ("exception", "last frame", oldFile+" in "+oldFunction, newFile+" in "+newFunction, "")
	case oldLine != newLine:
		c.differ("exception", "last frame", fmt.Sprintf("%s:%d", oldFile, oldLine),
			fmt.Sprintf("%s:%d", newFile, newLine), "the line moved")
	}
}

func exceptionText(e *recorder.Exception) string {
	if e.Message == "" {
		return e.Type
	}
	return e.Type + ": " + e.Message
}

func handledText(e *recorder.Exception) string {
	if e.Handled {
		return e.Type + ", handled by the application"
	}
	return e.Type + ", not handled"
}

func lastFrame(e *recorder.Exception) (file, function string, line int) {
	if len(e.Frames) == 0 {
		return "", "", 0
	}
	f := e.Frames[len(e.Frames)-1]
	return f.File, f.Function, f.Line
}

func (c *comparer) chunks() {
	sizes := func(chunks []recorder.Chunk) string {
		var b strings.Builder
		for i, k := range chunks {
			if i > 0 {
				b.WriteByte(' ')
			}
			fmt.Fprintf(&b, "%s:%d", k.Via, k.Size)
		}
		return b.String()
	}
	old, now := sizes(c.a.Response.Chunks), sizes(c.b.Response.Chunks)
	if old == now {
		return
	}
	why := c.o.Masks.chunks()
	if why == "" && len(c.a.Response.Chunks) == len(c.b.Response.Chunks) && c.bodyIsNoise() {
		why = "the sizes follow the body, in which only noise differs"
	}
	c.differ("chunks", fmt.Sprintf("%d, %d blocks", len(c.a.Response.Chunks), len(c.b.Response.Chunks)), old, now, why)
}

// ending looks at how the replay ended. What broke the origin's own connection says nothing about the replay.
func (c *comparer) ending() {
	if c.b.State != recorder.Done && c.a.State == recorder.Done {
		why := "it was not answered whole"
		if c.unanswered() {
			why = "it was not answered"
		}
		if c.b.Reason != "" {
			why += ": " + c.b.Reason
		}
		c.broken = append(c.broken, why)
	}
}

// unanswered says that the replay came to nothing: it has none of what its origin has.
func (c *comparer) unanswered() bool { return c.b.Response.Status == "" && c.a.Response.Status != "" }

// bodyIsNoise is true where the bodies differ, and by noise alone.
func (c *comparer) bodyIsNoise() bool {
	differ := false
	for i := range c.parts {
		if d := &c.parts[i]; d.Part == "body" {
			differ = true
			if !d.Noise {
				return false
			}
		}
	}
	return differ
}

func (c *comparer) comparison() *Comparison {
	if c.more > 0 {
		c.parts = append(c.parts, Difference{
			Part: "body", Where: "", Kind: "changed", New: fmt.Sprintf("and %d more differences", c.more),
		})
	}
	out := &Comparison{A: c.a.ID, B: c.b.ID, Verdict: Same, Reasons: []string{}, Parts: c.parts}
	if out.Parts == nil {
		out.Parts = []Difference{}
	}
	for i := range c.parts {
		if !c.parts[i].Noise {
			out.Verdict = Changed
			break
		}
		out.Verdict = Noise
	}
	if len(c.broken) > 0 {
		out.Verdict = Broken
	}
	out.Reasons = append(out.Reasons, c.broken...)
	if len(c.broken) == 0 || !c.unanswered() {
		out.Reasons = append(out.Reasons, reasons(c.parts, len(c.broken) > 0)...)
	}
	if len(c.untold) > 0 {
		out.Reasons = append(out.Reasons, "not compared, since one of them does not tell it: "+strings.Join(c.untold, ", "))
	}
	return out
}
