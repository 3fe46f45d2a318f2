package replay

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff/lcs"
)

// contextLines is how many unchanged lines are shown around a change.
const contextLines = 3

// textBodies compares text line by line, first with what is noise masked. Each place that then still differs is a
// difference of its own; lines that differ only in what was masked are noise.
func (c *comparer) textBodies(old, now []byte) {
	if why := tooMuchText(old, now); why != "" {
		c.coarse(old, now, why)
		return
	}
	t := &textDiff{comparer: c, a: splitLines(text(old)), b: splitLines(text(now))}
	rules := c.rules()
	t.maskedA, t.learned = c.o.Masks.lines(splitLines(rules.mask(text(old))))
	t.maskedB, _ = c.o.Masks.lines(splitLines(rules.mask(text(now))))
	edits := lcs.DiffLines(t.maskedA, t.maskedB)
	for _, group := range groupEdits(edits) {
		t.hunk(group)
	}
	t.noise(edits)
}

func tooMuchText(old, now []byte) string {
	switch {
	case len(old) > maxTextDiff || len(now) > maxTextDiff:
		return fmt.Sprintf("more than %d MiB: not compared line by line", maxTextDiff>>20)
	case bytes.Count(old, []byte("\n")) >= maxLines || bytes.Count(now, []byte("\n")) >= maxLines:
		return fmt.Sprintf("more than %d lines: not compared line by line", maxLines)
	}
	return ""
}

// coarse tells of the first line that differs, and that no more was compared.
func (c *comparer) coarse(old, now []byte, why string) {
	at := commonPrefix(old, now)
	line := bytes.Count(old[:at], []byte("\n")) + 1
	start := bytes.LastIndexByte(old[:at], '\n') + 1
	first := func(p []byte) string {
		p, _, _ = bytes.Cut(p[start:], []byte("\n"))
		return window(text(p), at-start)
	}
	c.add(Difference{
		Part: "body", Where: fmt.Sprintf("line %d", line), Kind: "changed",
		Old: sizeAndHash(&c.a.Response.Body), New: sizeAndHash(&c.b.Response.Body),
		Lines: []DiffLine{{Op: "@", Text: why}, {Op: "-", Text: first(old)}, {Op: "+", Text: first(now)}},
	})
}

// splitLines splits text into lines without their ends. A missing end of the last line shows as an empty line less.
func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

type textDiff struct {
	*comparer
	a, b             []string
	maskedA, maskedB []string
	learned          []bool // of the lines of a: masked since it is known to differ
}

// groupEdits puts edits together whose contexts touch.
func groupEdits(edits []lcs.Diff) [][]lcs.Diff {
	var groups [][]lcs.Diff
	for i, e := range edits {
		if i > 0 && e.Start-edits[i-1].End <= 2*contextLines {
			last := len(groups) - 1
			groups[last] = append(groups[last], e)
			continue
		}
		groups = append(groups, []lcs.Diff{e})
	}
	return groups
}

// hunk makes one difference of edits that lie close together.
func (t *textDiff) hunk(edits []lcs.Diff) {
	first, last := edits[0], edits[len(edits)-1]
	from, to := max(0, first.Start-contextLines), min(len(t.a), last.End+contextLines)
	newFrom := first.ReplStart - (first.Start - from)
	newTo := last.ReplEnd + (to - last.End)
	h := hunk{}
	h.line(DiffLine{Op: "@", Text: fmt.Sprintf("-%d,%d +%d,%d", from+1, to-from, newFrom+1, newTo-newFrom)})
	at := from
	var old, now []string
	for _, e := range edits {
		h.context(t.a[at:e.Start])
		removed, added := t.a[e.Start:e.End], t.b[e.ReplStart:e.ReplEnd]
		h.change(removed, added)
		old, now = append(old, removed...), append(now, added...)
		at = e.End
	}
	h.context(t.a[at:to])
	if h.left > 0 {
		h.lines = append(h.lines, DiffLine{Op: "@", Text: fmt.Sprintf("and %d more lines", h.left)})
	}
	d := Difference{
		Part: "body", Where: fmt.Sprintf("line %d", first.Start+1), Lines: h.lines,
		Old: join(old), New: join(now), Kind: "changed",
	}
	switch {
	case len(old) == 0:
		d.Kind, d.Where = "added", fmt.Sprintf("line %d", first.ReplStart+1)
	case len(now) == 0:
		d.Kind = "removed"
	}
	t.add(d)
}

// join joins lines as far as a difference holds them.
func join(lines []string) string {
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		if b.Len() > maxValue {
			break
		}
		b.WriteString(l[:min(len(l), maxValue+1)])
	}
	return b.String()
}

// noise tells of the lines that are the same but for what was masked, where the edits leave them paired.
func (t *textDiff) noise(edits []lcs.Diff) {
	i, j := 0, 0
	pairs := func(to int) {
		for ; i < to; i, j = i+1, j+1 {
			if t.a[i] != t.b[j] {
				h := hunk{}
				h.change(t.a[i:i+1], t.b[j:j+1])
				t.add(Difference{
					Part: "body", Where: fmt.Sprintf("line %d", i+1), Kind: "changed", Lines: h.lines,
					Old: t.a[i], New: t.b[j],
				}.noise(t.why(i)))
			}
		}
	}
	for _, e := range edits {
		pairs(e.Start)
		i, j = e.End, e.ReplEnd
	}
	pairs(len(t.a))
}

// why tells a learned mask from a rule.
func (t *textDiff) why(i int) string {
	if t.learned[i] {
		return t.o.Masks.why
	}
	return "masked: a token, a nonce, an address or a rule"
}

// hunk collects the lines of a difference, as many as may be shown.
type hunk struct {
	lines []DiffLine
	left  int
}

func (h *hunk) line(l DiffLine) {
	if len(h.lines) >= maxHunkLines {
		h.left++
		return
	}
	h.lines = append(h.lines, l)
}

func (h *hunk) context(lines []string) {
	for _, l := range lines {
		h.line(DiffLine{Op: " ", Text: window(l, 0)})
	}
}

// change adds lines that took the place of others, with the words marked that differ in lines which belong together.
func (h *hunk) change(removed, added []string) {
	pairs := min(len(removed), len(added))
	newLines := make([]DiffLine, 0, len(added))
	for i, l := range removed {
		d := DiffLine{Op: "-", Text: l}
		if i < pairs {
			a, b := markWords(l, added[i])
			d = a
			newLines = append(newLines, b)
		} else {
			d.Text = window(l, 0)
		}
		h.line(d)
	}
	for _, l := range newLines {
		h.line(l)
	}
	for _, l := range added[pairs:] {
		h.line(DiffLine{Op: "+", Text: window(l, 0)})
	}
}
