package detail

import (
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// chunks lays the response's blocks out on a timeline: a line a block, the wait for it as a thin line, and the block
// where it came.
func chunks(b *build) {
	x, d := b.x, &b.doc
	all := x.Response.Chunks
	if len(all) == 0 {
		if x.State == recorder.Open {
			d.Add(doc.L(doc.S(theme.Info, "No chunk yet.")))
		} else {
			d.Add(doc.L(doc.S(theme.Dim, "The body has no chunks.")))
		}
		return
	}
	total, largest := x.DurationMS, 1
	for _, c := range all {
		total = max(total, c.AtMS)
		largest = max(largest, c.Size)
	}
	if total <= 0 {
		total = 1
	}
	summary(d, x)
	d.Blank()
	room := b.w - timelineLeft
	if room >= 12 {
		d.Add(axis(total, room))
	}
	before := 0.0
	for i, c := range all {
		d.Add(chunkLine(i+1, c, before, total, largest, room))
		before = c.AtMS
	}
	if x.State == recorder.Open {
		d.Add(doc.L(doc.S(theme.Info, strings.Repeat(" ", 5)+"... under way")))
	} else if room >= 12 && total-before > total/50 {
		d.Add(doc.L(doc.S(theme.Dim, pad("end", timelineLeft-9)), doc.S(theme.Dim, padLeft(human.Millis(x.DurationMS), 7)+"  "),
			doc.Span{Ink: theme.Rule, Text: wait(before, total, total, room, "┤")}))
	}
}

func summary(d *doc.Doc, x *recorder.Exchange) {
	all := x.Response.Chunks
	writes, size := 0, int64(0)
	for _, c := range all {
		size += int64(c.Size)
		if c.Via == "write" {
			writes++
		}
	}
	via := "all yielded"
	switch {
	case writes == len(all):
		via = "all by write()"
	case writes > 0:
		via = strconv.Itoa(writes) + " by write()"
	}
	d.Add(doc.L(doc.S(theme.Strong, human.Of(len(all), "chunk")),
		doc.S(theme.Dim, " · "+human.Size(size)+" · "+via)))
	d.Add(note(theme.Dim, "first at "+human.Millis(all[0].AtMS), "last at "+human.Millis(all[len(all)-1].AtMS),
		"all of it "+human.Millis(x.DurationMS)))
}

// timelineLeft is what stands left of the timeline: number, size, via, time.
const timelineLeft = 29

func axis(total float64, room int) doc.Line {
	end := human.Millis(total)
	middle := human.Millis(total / 2)
	line := []rune(strings.Repeat("─", room))
	line[0], line[room-1] = '├', '┤'
	put := func(at int, s string) {
		for i, r := range []rune(s) {
			if at+i >= 0 && at+i < room {
				line[at+i] = r
			}
		}
	}
	put(1, "0")
	put(room/2-len([]rune(middle))/2, middle)
	put(room-1-len([]rune(end)), end)
	return doc.L(doc.S(theme.Dim, pad("   #   size via         at", timelineLeft)), doc.S(theme.Rule, string(line)))
}

func chunkLine(n int, c recorder.Chunk, before, total float64, largest, room int) doc.Line {
	ink := theme.Bar
	if c.Via == "write" {
		ink = theme.Info
	}
	spans := []doc.Span{
		doc.S(theme.Dim, padLeft(strconv.Itoa(n), 4)+" "),
		doc.S(theme.Plain, padLeft(human.Bytes(int64(c.Size)), 6)+" "),
		doc.S(ink, pad(c.Via, 6)),
		doc.S(theme.Plain, padLeft(human.Millis(c.AtMS), 9)+"  "),
	}
	if room >= 12 {
		spans = append(spans, doc.Span{Ink: theme.Rule, Text: wait(before, c.AtMS, total, room, "")}, doc.S(ink, block(c.Size, largest)))
	}
	return doc.Line{Spans: spans}
}

// wait is the line from one time to another, with an end, on a timeline.
func wait(from, to, total float64, room int, end string) safe.Text {
	at := func(ms float64) int { return max(0, min(int(ms/total*float64(room-1)), room-1)) }
	a, b := at(from), at(to)
	return safe.Of(strings.Repeat(" ", a) + strings.Repeat("─", b-a) + end)
}

// block is a chunk, as high as it is large beside the largest.
func block(size, largest int) string {
	levels := []rune("▁▂▃▄▅▆▇█")
	i := 0
	if largest > 0 {
		i = max(0, min(size*len(levels)/(largest+1), len(levels)-1))
	}
	return string(levels[i])
}

func pad(s string, w int) string { return safe.Of(s).Fit(w).String() }

func padLeft(s string, w int) string {
	t := safe.Of(s)
	return safe.Join(safe.Spaces(w-t.Width()), t).String()
}
