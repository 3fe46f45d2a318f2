package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/snifter-dev/snifter/tui/safe"
)

// The exit codes. Scripts depend on them.
const (
	exitOK          = 0
	exitDifferent   = 1 // a difference, a failed check, or what could not be done
	exitUsage       = 2
	exitNotLoaded   = 3 // the application could not be loaded
	exitPortBusy    = 4
	exitInterrupted = 130
)

const issuesURL = "https://github.com/snifter-dev/snifter/issues"

// problem is an error as the user meets it: what happened, where, and what to try. All that snifter tells of failures
// passes through this type; the rules are these:
//
//   - the first line says what happened, in lower case, in the user's words, after "snifter: ";
//   - "where" names the file, the flag or the process that it happened in, if that is not said yet;
//   - "try" is what to do about it, a line each; what can be typed is written so that it can be typed.
type problem struct {
	code  int
	what  string
	where string
	try   []string
	err   error // what lies behind, or nil
}

func (p *problem) Error() string { return p.what }
func (p *problem) Unwrap() error { return p.err }

// finding is a result that the exit code tells, and that was printed already: a difference, a failed check.
type finding struct{}

func (*finding) Error() string { return "a difference was found" }

// usage makes a problem of how snifter was called.
func usage(what string, try ...string) *problem {
	return &problem{code: exitUsage, what: what, try: try}
}

// report tells the user of an error on standard error and returns the exit code.
func report(std stdio, err error) int {
	var stopped *interrupted
	if errors.As(err, &stopped) {
		std.note("interrupted")
		return exitInterrupted
	}
	if errors.Is(err, context.Canceled) {
		return exitInterrupted
	}
	var found *finding
	if errors.As(err, &found) {
		return exitDifferent
	}
	p := explain(err)
	var b strings.Builder
	writeProblem(&b, p)
	fmt.Fprint(std.err, b.String())
	return p.code
}

// writeProblem writes a problem as the rules have it. What it quotes may be of a capture, or of the application.
func writeProblem(b *strings.Builder, p *problem) {
	fmt.Fprintf(b, "snifter: %s\n", lined(p.what, "  "))
	if p.where != "" {
		fmt.Fprintf(b, "  in:  %s\n", lined(p.where, "       "))
	}
	for i, line := range p.try {
		label := "try:"
		if i > 0 {
			label = "    "
		}
		fmt.Fprintf(b, "  %s %s\n", label, lined(line, "       "))
	}
}

// lined is a text fit for a terminal, with all its lines but the first indented.
func lined(text, indent string) string {
	rest := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range rest {
		rest[i] = safe.Body(strings.TrimSuffix(line, "\r")).String()
	}
	return strings.Join(rest, "\n"+indent)
}

// note tells the user something that is no failure, on standard error.
func (s stdio) note(format string, args ...any) {
	fmt.Fprintf(s.err, "snifter: "+format+"\n", args...)
}
