package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/safe"
)

// momentJSON is a moment with its number and the name of its stage, as --moments --json writes it a line.
type momentJSON struct {
	Number int    `json:"moment"`
	Name   string `json:"name"`
	recorder.Moment
}

// standingJSON is how things stood at a moment, as --at --json writes it.
type standingJSON struct {
	Number int    `json:"moment"`
	Name   string `json:"name"`
	recorder.Standing
	Lists []string `json:"lists,omitempty"` // of the environ's arrays those that are lists
}

func stageName(x *recorder.Exchange, stage int) string {
	if stage < len(x.Stages) {
		return x.Stages[stage].Name
	}
	return ""
}

// writeMoments lists the boundaries of an exchange in the order in which they were crossed.
func writeMoments(w io.Writer, x *recorder.Exchange, walk *recorder.Walk, std stdio) {
	fmt.Fprintln(w, std.paint(faint, "MOMENT       AT  BOUNDARY        STAGE"))
	for i, m := range walk.Moments {
		fmt.Fprintf(w, "%6d  %7s  %-14s  %s%s%s\n", i, human.Millis(m.AtMS), m.Boundary, indent(m.Depth), stageLabel(x, m.Stage), momentRemarks(&m))
	}
}

// momentRemarks say in short what happened at a moment.
func momentRemarks(m *recorder.Moment) string {
	parts := environMarks(m.Changes.Environ)
	if m.Changes.Status != nil {
		parts = append(parts, m.Changes.Status[1])
	}
	parts = append(parts, headerMarks(m.Changes.Headers)...)
	switch m.Boundary {
	case "chunk", "write", "input":
		// A block that has gone nowhere since the request was stopped at it is not known.
		if m.Boundary == "input" || m.Size > 0 || m.Block > 0 {
			parts = append(parts, human.Of(int(m.Size), "byte"))
		}
	}
	if m.Result != "" {
		parts = append(parts, m.Result)
	}
	if m.Exception != nil {
		parts = append(parts, m.Exception.Type+": "+m.Exception.Message)
	}
	if m.Pause != nil {
		parts = append(parts, "["+pauseLine(*m.Pause)+"]")
	}
	if len(parts) == 0 {
		return ""
	}
	return "  " + safe.Of(strings.Join(parts, " ")).String()
}

// headerMarks are the names of the headers that have changed: + added, ~ changed, - removed.
func headerMarks(d recorder.HeaderDelta) (marks []string) {
	changed, added, removed := d.Pairs()
	for _, h := range added {
		marks = append(marks, "+"+h[0])
	}
	for _, pair := range changed {
		marks = append(marks, "~"+pair[1][0])
	}
	for _, h := range removed {
		marks = append(marks, "-"+h[0])
	}
	if d.Moved {
		marks = append(marks, "headers in another order")
	}
	return marks
}

// writeMoment writes how things stood at a moment.
func writeMoment(w io.Writer, x *recorder.Exchange, walk *recorder.Walk, i int, std stdio) {
	s := walk.At(i)
	fmt.Fprintf(w, "%s  %s of stage %s, at %s\n", std.paint(bold, fmt.Sprintf("moment %d of %d", i, len(walk.Moments)-1)),
		s.Boundary, stageLabel(x, s.Stage), human.Millis(s.AtMS))
	if remarks := momentRemarks(&s.Moment); remarks != "" {
		fmt.Fprintf(w, "since the moment before:%s\n", remarks)
	}
	writeEnviron(w, s.Environ, std)
	if s.Status != "" {
		section(w, "response, as stage "+stageLabel(x, s.AnswerBy)+" gave it", std)
		fmt.Fprintf(w, "  %s\n", safe.Of(s.Status))
		writeHeaders(w, s.Headers, std)
	}
	if s.Read > 0 {
		fmt.Fprintf(w, "\n  the stage has read %s of the request's body\n", human.Of(int(s.Read), "byte"))
	}
	if s.Body.Size > 0 {
		section(w, "body so far", std)
		writeShownBody(w, s.Body, s.Headers)
	}
}
