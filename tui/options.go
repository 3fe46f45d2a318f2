package tui

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/effect"
)

// ErrNoTerminal is returned by Run, before anything was written, where there is no terminal to draw on: input or
// output is not one, or TERM is "dumb".
var ErrNoTerminal = errors.New("no terminal to draw on")

// ErrTheme is returned for a theme that is not there.
var ErrTheme = errors.New("no such theme")

// PanicError is a defect of the workbench that was caught: the terminal is restored, and the server goes on.
type PanicError struct {
	Value any
	Stack []byte // for a bug report; not for the screen
}

func (e *PanicError) Error() string { return fmt.Sprintf("the workbench failed: %v", e.Value) }

// Options are how the workbench looks and where it is. The zero value is the process's own terminal.
type Options struct {
	In  io.Reader // nil is os.Stdin
	Out io.Writer // nil is os.Stdout
	// Term is the kind of terminal; "" is the environment's TERM.
	Term string
	// NoColor draws with bold, faint and reverse alone. The environment's NO_COLOR does the same.
	NoColor bool
	// Theme is "dark", "light", "contrast", or "" or "auto" to ask the terminal for its background once.
	Theme string
	// Filter is the filter to begin with.
	Filter string
	// NoMouse leaves the mouse to the terminal.
	NoMouse bool
	// Loans are the wishes of debuggers for the terminal, one at a time; nil is none.
	Loans <-chan Loan
	// Redactor takes secrets out of what is copied; nil is one with a key of its own.
	Redactor *recorder.Redactor
	// Now is the clock; nil is time.Now.
	Now func() time.Time

	timer effect.Timer // nil is the real one
}
