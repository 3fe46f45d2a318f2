// Command snifter is a development server, a recorder and a terminal workbench for WSGI applications (PEP 3333).
//
// This package is thin: the flags and where their values come from, the wiring of the parts, the exit codes, and the
// rules for messages to the user. What the parts do lies in packages devserver, recorder, replay and tui.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/mattn/go-isatty"

	"github.com/snifter-dev/snifter/cmd/snifter/internal/quietinit"
)

func main() {
	quietinit.End()
	os.Exit(mainCode())
}

// mainCode runs the program in its process: the process's streams, arguments, environment and signals.
func mainCode() int {
	std := stdio{
		in:       os.Stdin,
		out:      os.Stdout,
		err:      os.Stderr,
		environ:  os.Environ(),
		terminal: isatty.IsTerminal(os.Stdin.Fd()) && isatty.IsTerminal(os.Stdout.Fd()),
		width:    terminalWidth(os.Stdout),
	}
	std.colour = isatty.IsTerminal(os.Stdout.Fd()) && std.getenv("NO_COLOR") == "" && std.getenv("TERM") != "dumb"
	if std.getenv("SNIFTER_DEBUG") != "1" {
		// A panic that nothing recovers, in a goroutine, prints its message alone.
		debug.SetTraceback("none")
	}
	tuneCollector(std)
	dir, err := os.Getwd()
	if err != nil {
		return report(std, err)
	}
	std.dir = dir
	ctx, stop := withSignals(context.Background())
	defer stop()
	return run(ctx, os.Args[1:], std)
}

// run does what the arguments ask for and returns the exit code. It is all of the program but the process.
func run(ctx context.Context, args []string, std stdio) (code int) {
	defer func() {
		if p := recover(); p != nil {
			code = reportCrash(std, p, debug.Stack())
		}
	}()
	root := newRoot(std)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil || errors.Is(err, errEnded) {
		return exitOK
	}
	// An error on the way out of an interrupt is most often the interrupt's echo; a result is a result all the same.
	var found *finding
	if cause := context.Cause(ctx); cause != nil && !errors.As(err, &found) {
		err = cause
	}
	return report(std, err)
}

// reportCrash is what the user sees of a panic: never a stack trace, unless SNIFTER_DEBUG asks for it.
func reportCrash(std stdio, p any, stack []byte) int {
	fmt.Fprintf(std.err, "snifter: snifter failed unexpectedly: %v\n", p)
	if std.getenv("SNIFTER_DEBUG") == "1" {
		std.err.Write(stack)
	} else {
		fmt.Fprintln(std.err, "  try: the same with SNIFTER_DEBUG=1, and report what it prints at "+issuesURL)
	}
	return exitDifferent
}
