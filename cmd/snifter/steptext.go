package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/safe"
)

// whereOf is where a request stands, in one word.
func whereOf(p *control.Parked) string {
	name := p.Stage.Name
	if name == "" {
		name = fmt.Sprint("stage ", p.Stage.Index)
	}
	return safe.Of(name).String() + ":" + p.Boundary
}

// writeParked writes a request that is parked for people: where, for how long, what has changed, what can be done, and
// where it is to be whole, how all of it stands.
func writeParked(w io.Writer, p *control.Parked, whole bool, std stdio) {
	replays := ""
	if p.Origin != nil {
		replays = fmt.Sprintf("  [replay of %d]", *p.Origin)
	}
	fmt.Fprintf(w, "%s  %s %s%s\n", std.paint(bold, fmt.Sprint(p.ID)), safe.Of(p.Method), safe.Of(p.Target), replays)
	fmt.Fprintf(w, "  parked at %s%s\n", std.paint(yellow, whereOf(p)), waited(p, time.Now()))
	if p.Stage.File != "" {
		fmt.Fprintf(w, "  stage %d, %s\n", p.Stage.Index, safe.Of(place(&stageJSON{File: p.Stage.File, Line: int64(p.Stage.Line)}, std.dir)))
	}
	if p.Result != "" && p.Chunk == nil {
		fmt.Fprintf(w, "  returned a %s\n", safe.Of(p.Result))
	}
	if p.Exception != nil {
		fmt.Fprintf(w, "  %s\n", std.paint(red, fmt.Sprintf("%s: %s", safe.Of(p.Exception.Type), safe.Of(p.Exception.Message))))
	}
	switch {
	case p.Chunk != nil && p.Result != "":
		fmt.Fprintf(w, "  a block that is a %s, and not bytes\n", safe.Of(p.Result))
	case p.Chunk != nil:
		fmt.Fprintf(w, "  a block of %s  %s\n", human.Of(int(p.Chunk.Size), "byte"), excerpt(p.Chunk.Bytes, int(p.Chunk.Size)))
	}
	writeChanges(w, &p.Changes, std)
	if whole {
		writeParkedWhole(w, p, std)
	}
	fmt.Fprintf(w, "\n  snifter step %d continue | step | over | out | abort%s\n", p.ID, canBe(p.Edits))
	if p.Trouble != "" {
		fmt.Fprintf(w, "  %s\n", std.paint(red, "could not be done: "+safe.Of(p.Trouble).String()))
	}
}

// waited is how long a request has been parked, why, and when it goes on by itself.
func waited(p *control.Parked, now time.Time) string {
	text := " for " + human.Duration(max(now.Sub(p.Since), 0))
	switch len(p.Breakpoints) {
	case 0:
		text += ", by a step"
	case 1:
		text += fmt.Sprintf(", by breakpoint %d", p.Breakpoints[0])
	default:
		text += ", by breakpoints " + strings.Trim(fmt.Sprint(p.Breakpoints), "[]")
	}
	if p.Until != nil {
		text += "; goes on by itself in " + human.Duration(max(p.Until.Sub(now), 0))
	}
	return text
}

// canBe lists what can be done beyond going on, as it is typed.
func canBe(edits []string) string {
	var flags []string
	text := ""
	for _, e := range edits {
		switch e {
		case "environ":
			flags = append(flags, "--environ KEY=VALUE")
		case "status":
			flags = append(flags, "--status S")
		case "headers":
			flags = append(flags, "--header 'N: V'")
		case "chunk":
			flags = append(flags, "--chunk FILE")
		default:
			text += " | " + safe.Of(e).String()
		}
	}
	if len(flags) > 0 {
		text += "\n  or edit " + strings.Join(flags, ", ")
	}
	return text
}

// writeChanges writes what has changed since a request last stopped.
func writeChanges(w io.Writer, c *control.Changes, std stdio) {
	mark := func(colour, sign, format string, args ...any) {
		fmt.Fprintf(w, "  %s %s\n", std.paint(colour, sign), fmt.Sprintf(format, args...))
	}
	for _, key := range slices.Sorted(maps.Keys(c.Environ.Added)) {
		mark(green, "+", "environ %s  %s", safe.Of(key), shownValue(c.Environ.Added[key]))
	}
	for _, key := range slices.Sorted(maps.Keys(c.Environ.Changed)) {
		pair := c.Environ.Changed[key]
		mark(yellow, "~", "environ %s  %s, was %s", safe.Of(key), shownValue(pair[1]), environValue(pair[0]))
	}
	for _, key := range c.Environ.Removed {
		mark(red, "-", "environ %s", safe.Of(key))
	}
	if c.Status != nil {
		if c.Status[0] == "" {
			mark(green, "+", "status %s", safe.Of(c.Status[1]))
		} else {
			mark(yellow, "~", "status %s, was %s", safe.Of(c.Status[1]), safe.Of(c.Status[0]))
		}
	}
	changed, added, removed := c.Headers.Pairs()
	for _, h := range added {
		mark(green, "+", "%s: %s%s", safe.Of(h[0]), safe.Of(h[1]), asUTF8(h[1]))
	}
	for _, pair := range changed {
		was, is := pair[0], pair[1]
		if was[1] == is[1] { // it is the name that is written otherwise
			was[1] = was[0]
		}
		mark(yellow, "~", "%s: %s%s, was %s", safe.Of(is[0]), safe.Of(is[1]), asUTF8(is[1]), safe.Of(was[1]))
	}
	for _, h := range removed {
		mark(red, "-", "%s: %s", safe.Of(h[0]), safe.Of(h[1]))
	}
	if c.Headers.Moved {
		mark(yellow, "~", "headers in another order")
	}
}

// writeParkedWhole writes how all of it stands.
func writeParkedWhole(w io.Writer, p *control.Parked, std stdio) {
	writeEnviron(w, p.Environ, std)
	if p.Status != "" {
		section(w, "response, so far", std)
		fmt.Fprintf(w, "  %s\n", safe.Of(p.Status))
		writeHeaders(w, p.Headers, std)
	}
	if p.Chunk != nil {
		section(w, p.Boundary, std)
		writeShownBody(w, *p.Chunk, []recorder.Header{{"Content-Type", header(p.Headers, "Content-Type")}})
	}
	if p.Exception != nil {
		writeException(w, p.Exception, std)
	}
}
