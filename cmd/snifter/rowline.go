package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/safe"
)

// rowHeader heads a list of row lines.
const rowHeader = "TIME             ID  METHOD   STATUS     TOOK   SIZE  TARGET"

// rowLine is an exchange in one line for people. The columns stand at the same place on each line, whatever comes
// later, so the target, which has no bounds, is the last of them, and what is remarkable follows it.
func rowLine(r *recorder.Row, std stdio) string {
	return fmt.Sprintf("%s %6d  %-7s  %s  %7s  %5s  %s%s",
		r.Started.Local().Format("15:04:05.000"), r.ID, safe.Of(r.Method),
		statusText(r, std), human.Millis(r.DurationMS), human.Bytes(r.ResponseBytes),
		safe.Of(r.Target), remarks(r, std))
}

// statusText is the status code in six columns.
func statusText(r *recorder.Row, std stdio) string {
	code := r.Code()
	text := fmt.Sprintf("%6s", "-")
	if code > 0 {
		text = fmt.Sprintf("%6d", code)
	}
	switch {
	case code >= 500 || code == 0 && r.State != recorder.Open:
		return std.paint(red, text)
	case code >= 400:
		return std.paint(yellow, text)
	case code >= 200:
		return std.paint(green, text)
	}
	return text
}

// remarks is what is remarkable about an exchange, each part in words: colour alone says nothing.
func remarks(r *recorder.Row, std stdio) string {
	var parts []string
	switch r.State {
	case recorder.Aborted:
		parts = append(parts, std.paint(red, "aborted"))
	case recorder.Open:
		parts = append(parts, "under way")
	}
	if r.Exception != nil {
		parts = append(parts, std.paint(red, safe.Of(*r.Exception).String()))
	}
	if r.Lint > 0 {
		parts = append(parts, std.paint(yellow, "lint "+strconv.Itoa(r.Lint)))
	}
	if r.Origin != nil {
		parts = append(parts, "replay of "+strconv.FormatUint(*r.Origin, 10))
	}
	if r.Marked {
		parts = append(parts, "marked")
	}
	if len(parts) == 0 {
		return ""
	}
	return "  [" + strings.Join(parts, ", ") + "]"
}
