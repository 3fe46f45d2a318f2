package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/onion"
	"github.com/snifter-dev/snifter/tui/safe"
)

// shownSpan is how much of a span of a body is shown.
const shownSpan = 60

// stageLabel names a stage in short.
func stageLabel(x *recorder.Exchange, stage int) string {
	return safe.Of(onion.Label(x, stage)).String()
}

// writeBlame writes beside the status, each header, each key of the environ that a stage touched, and each span of the body
// which stage it comes from, and how it came to be where more than one stage had a hand in it.
func writeBlame(w io.Writer, x *recorder.Exchange, std stdio) {
	if len(x.Stages) < 2 {
		section(w, "blame", std)
		fmt.Fprintln(w, untoldStages)
		return
	}
	width := 0
	for i := range x.Stages {
		width = max(width, safe.Of(stageLabel(x, i)).Width())
	}
	for _, span := range x.Blame.Spans(len(x.Response.Body.Bytes)) {
		width = max(width, safe.Of(stageLabel(x, span.Stage)).Width())
	}
	line := func(stage int, text string) {
		label := stageLabel(x, stage)
		fmt.Fprintf(w, "  %s%s  %s\n", std.paint(faint, label), safe.Spaces(width-safe.Of(label).Width()), text)
	}
	story := func(parts []recorder.Touch) {
		// What is sent does not say of itself that it was set by hand.
		isByHand := len(parts) == 1 && parts[0].How == "edited" && parts[0].What != "environ" && x.Response.Status != ""
		if len(parts) < 2 && !isByHand {
			return
		}
		for _, t := range parts {
			fmt.Fprintf(w, "  %s    %s: %s\n", safe.Spaces(width), stageLabel(x, t.Stage), touchLine(t, std))
		}
	}
	if x.Response.Status != "" {
		section(w, "blame: response", std)
		line(x.Blame.Status, safe.Of(x.Response.Status).String())
		story(x.Blame.OfStatus())
		writeBlameFields(x, line, story, std)
	} else if touches := x.Unsent(); len(touches) > 0 {
		section(w, "blame: response, which was not sent", std)
		for _, t := range touches {
			line(t.Stage, touchLine(t, std))
			if t.What == "status" {
				story(x.Blame.OfStatus())
			} else {
				story(x.Blame.OfLine(t.Line))
			}
		}
	}
	writeBlameEnviron(w, x, line, story, std)
	writeSpans(w, x, line, std)
}

// writeBlameFields writes the headers, those that the server put on the wire, and those that did not come so far.
func writeBlameFields(x *recorder.Exchange, line func(int, string), story func([]recorder.Touch), std stdio) {
	field := func(name, value string) string {
		return std.paint(cyan, safe.Of(name).String()+":") + " " + safe.Of(value).String() + asUTF8(value)
	}
	for i, h := range x.Response.Headers {
		if i < len(x.Blame.Fields) {
			line(x.Blame.Fields[i], field(h[0], h[1]))
		}
		story(x.Blame.OfField(i))
	}
	for _, t := range x.Blame.Others() {
		if t.Removes() {
			line(t.Stage, "dropped "+std.paint(cyan, safe.Of(t.Name).String()))
		} else {
			line(t.Stage, field(t.Name, fmt.Sprint(t.New)))
		}
		story(x.Blame.OfLine(t.Line))
	}
}

func writeBlameEnviron(w io.Writer, x *recorder.Exchange, line func(int, string), story func([]recorder.Touch), std stdio) {
	begun := false
	told := map[string]bool{}
	for _, t := range x.Blame.History {
		if t.What != "environ" || told[t.Name] {
			continue
		}
		told[t.Name] = true
		if !begun {
			section(w, "blame: environ", std)
			begun = true
		}
		var all []recorder.Touch
		for _, u := range x.Blame.History {
			if u.What == "environ" && u.Name == t.Name {
				all = append(all, u)
			}
		}
		line(x.Blame.Environ[t.Name], touchLine(all[len(all)-1], std))
		story(all)
	}
}

func writeSpans(w io.Writer, x *recorder.Exchange, line func(int, string), std stdio) {
	if len(x.Blame.Body) == 0 {
		return
	}
	section(w, "blame: body", std)
	kept := x.Response.Body.Bytes
	spans := x.Blame.Spans(len(kept))
	for i, s := range spans {
		if i == shownChunks {
			fmt.Fprintf(w, "  and %d more spans (--json lists them)\n", len(spans)-i)
			return
		}
		line(s.Stage, fmt.Sprintf("bytes %d-%d  %s", s.Start, s.End-1, excerpt(kept[min(s.Start, len(kept)):], s.End-s.Start)))
	}
}

// excerpt is the beginning of so many bytes, as far as they were kept.
func excerpt(kept []byte, size int) string {
	text := safe.Of(strconv.Quote(string(kept[:min(size, shownSpan, len(kept))]))).String()
	if size > shownSpan {
		text += "..."
	}
	return text
}
