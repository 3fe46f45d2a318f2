package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/safe"
)

// untoldStages stands where there is nothing to show of stages.
const untoldStages = "  the stages of this exchange were not told apart"

// writeOnion writes the stages of an exchange as a tree, with what each of them did. Where the stages are not told
// apart it says so, if that was asked for.
func writeOnion(w io.Writer, x *recorder.Exchange, detail bool, std stdio) {
	if len(x.Stages) < 2 {
		if detail {
			section(w, "stages", std)
			fmt.Fprintln(w, untoldStages)
		}
		return
	}
	section(w, "stages", std)
	fmt.Fprintf(w, "  %s\n", std.paint(faint, "  TOTAL     SELF  STAGE"))
	depths := make([]int, len(x.Stages))
	for i := range x.Stages {
		s := &x.Stages[i]
		if i > 0 {
			depths[i] = depths[s.Within] + 1
		}
		lead := indent(depths[i])
		at := ""
		if s.File != "" {
			where := place(&stageJSON{File: s.File, Line: int64(s.Line)}, std.dir)
			at = "  " + std.paint(faint, safe.Of(where).String())
		}
		fmt.Fprintf(w, "  %7s  %7s  %s%d %s%s%s\n", human.Millis(s.TotalMS), human.Millis(s.SelfMS), lead, i,
			std.paint(bold, safe.Of(s.Name).String()), kindOf(s), at)
		under := "                    " + lead.String() + "  "
		for _, line := range stageLines(x, i) {
			fmt.Fprintf(w, "%s%s\n", under, line)
		}
		for _, note := range s.Notes {
			fmt.Fprintf(w, "%s%s\n", under, std.paint(yellow, safe.Of(note).String()))
		}
		if detail {
			writeStageDetail(w, x, i, under, std)
		}
	}
}

// deepest is how many levels of stages stand further in than those around them: beyond, there would be little but spaces.
const deepest = 20

func indent(depth int) safe.Text { return safe.Spaces(2 * min(depth, deepest)) }

func kindOf(s *recorder.Stage) string {
	switch {
	case s.Index == 0 || s.Kind == "wsgi":
		return ""
	case s.Role != "":
		return safe.Of(" (" + s.Kind + " " + s.Role + ")").String()
	}
	return safe.Of(" (" + s.Kind + ")").String()
}

// stageLines say in short what a stage did.
func stageLines(x *recorder.Exchange, i int) (lines []string) {
	s := &x.Stages[i]
	add := func(what string, parts []string) {
		if len(parts) > 0 {
			lines = append(lines, what+" "+safe.Of(strings.Join(parts, " ")).String())
		}
	}
	if i == 0 {
		return nil // what came and what went out stands in sections of its own
	}
	add("environ", environMarks(s.EnvironChanges))
	var status, fields []string
	for _, t := range x.Blame.History {
		if t.Stage != i {
			continue
		}
		switch t.What {
		case "status":
			status = append(status, t.How+" "+fmt.Sprint(t.New))
		case "header":
			fields = append(fields, touchMark(t.How)+t.Name)
		}
	}
	add("status", status)
	add("headers", fields)
	var flow []string
	if s.Input.Reads > 0 {
		read := "read " + human.Of(int(s.Input.Bytes), "byte") + " of the request's body"
		switch {
		case s.Input.Instead == s.Input.Bytes && s.Input.Bytes > 0:
			read = "read " + human.Of(int(s.Input.Bytes), "byte") + " of a buffer in the place of the request's body"
		case s.Input.Instead > 0:
			read += fmt.Sprintf(" (%s of a buffer in its place)", human.Of(int(s.Input.Instead), "byte"))
		}
		if s.Input.Left > 0 {
			read += ", and left " + human.Of(int(s.Input.Left), "byte")
		}
		flow = append(flow, read)
	}
	if s.Input.Over > 0 {
		flow = append(flow, human.Of(s.Input.Over, "read")+" asked for more than was left")
	}
	if s.SameAs > 0 {
		flow = append(flow, "passed on the body of stage "+strconv.Itoa(s.SameAs))
	} else if n, size := countChunks(s.Chunks); n > 0 {
		flow = append(flow, "gave "+human.Of(n, "chunk")+", "+human.Of(size, "byte"))
	}
	if len(flow) > 0 {
		lines = append(lines, strings.Join(flow, "; "))
	}
	if s.Exception != nil {
		how := "passed on "
		if s.Rose {
			how = "raised "
		}
		lines = append(lines, how+safe.Of(s.Exception.Type+": "+s.Exception.Message).String())
	}
	for _, l := range x.Lint {
		if l.Stage == i {
			lines = append(lines, "lint "+safe.Of(l.Rule+": "+l.Message).String())
		}
	}
	for _, p := range s.Pauses {
		lines = append(lines, pauseLine(p))
	}
	return lines
}

func countChunks(chunks []recorder.Chunk) (n, size int) {
	for _, c := range chunks {
		n += 1 + c.Merged
		size += c.Size
	}
	return n, size
}

// touchMark is how a change is marked: + set, ~ changed, - dropped, ^ restored, ! edited by hand.
func touchMark(how string) string {
	switch how {
	case "set":
		return "+"
	case "dropped":
		return "-"
	case "restored":
		return "^"
	case "edited":
		return "!"
	}
	return "~"
}

func environMarks(c recorder.EnvironChanges) (marks []string) {
	for _, key := range slices.Sorted(maps.Keys(c.Added)) {
		marks = append(marks, "+"+key)
	}
	for _, key := range slices.Sorted(maps.Keys(c.Changed)) {
		marks = append(marks, "~"+key)
	}
	for _, key := range c.Removed {
		marks = append(marks, "-"+key)
	}
	return marks
}

func pauseLine(p recorder.Pause) string {
	line := fmt.Sprintf("stopped at %s for %s, then %s", p.Boundary, human.Millis(p.TookMS), p.Then)
	if p.Boundary == "" {
		line = "stopped"
	}
	if len(p.Edited) > 0 {
		line += ", edited: " + strings.Join(p.Edited, ", ")
	}
	return safe.Of(line).String()
}

// writeStageDetail writes the values that a stage changed, and when it gave what.
func writeStageDetail(w io.Writer, x *recorder.Exchange, i int, under string, std stdio) {
	s := &x.Stages[i]
	line := func(format string, args ...any) { fmt.Fprintf(w, "%s%s\n", under, fmt.Sprintf(format, args...)) }
	left := ""
	if x.HasLeft(s) {
		left = ", left at " + human.Millis(s.ExitMS)
	}
	line("entered at %s%s%s", human.Millis(s.EnterMS), left, resultOf(s))
	if i > 0 {
		for _, t := range x.Blame.History {
			if t.Stage == i {
				line("%s", touchLine(t, std))
			}
		}
	}
	for j, c := range s.Chunks {
		if j == shownChunks {
			line("and %s more chunks (--json lists them)", human.Count(len(s.Chunks)-j))
			break
		}
		line("at %7s  %5s  %s", human.Millis(c.AtMS), human.Bytes(int64(c.Size)), safe.Of(c.Via))
	}
	if s.Closed {
		line("closed")
	}
	if s.Exception != nil && s.Rose {
		for _, f := range s.Exception.Frames {
			line("  %s", safe.Of(fmt.Sprintf("%s:%d in %s", f.File, f.Line, f.Function)))
		}
	}
}

func resultOf(s *recorder.Stage) string {
	if s.Result == "" {
		return ""
	}
	return safe.Of(", returned " + s.Result).String()
}

// touchLine tells one thing that a stage did.
func touchLine(t recorder.Touch, std stdio) string {
	name := t.Name
	if t.What == "status" {
		name = "status"
	}
	text := t.How + " " + t.What
	if t.How == "edited" && t.Removes() {
		text = "edited out " + t.What
	}
	if t.What != "status" {
		text += " " + std.paint(cyan, safe.Of(name).String())
	}
	switch {
	case t.Removes():
		return text + ", was " + touchValue(t, t.Old)
	case t.Old == nil:
		return text + " to " + touchValue(t, t.New)
	}
	return text + " from " + touchValue(t, t.Old) + " to " + touchValue(t, t.New)
}

// touchValue shows a value of the environ as Python does, and any other as it is.
func touchValue(t recorder.Touch, v any) string {
	if t.What == "environ" {
		return environValue(v).String()
	}
	return safe.Of(fmt.Sprint(v)).String()
}
