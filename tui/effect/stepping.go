package effect

import (
	"context"
	"errors"
	"fmt"
	"os"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/aymanbagabas/go-osc52/v2"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/tui/near"
)

// Stepped is what became of a command to a parked request.
type Stepped struct {
	Command control.StepCommand
	// Parked is the request where it is parked still, nil where it has gone on.
	Parked *control.Parked
	Err    error
}

// Step does something with a parked request. The block of the command is what a file has, unless that is "".
func (e *Effects) Step(c control.StepCommand, file string) tea.Cmd {
	return e.ask(func(ctx context.Context) tea.Msg {
		if file != "" {
			block, err := os.ReadFile(file)
			if err != nil {
				return Stepped{c, nil, err}
			}
			c.Chunk = append([]byte{}, block...) // an empty one, too, is one
		}
		p, err := e.client.Step(ctx, c)
		return Stepped{c, p, err}
	})
}

// Breakpoints is the list of breakpoints after a change of it. Said tells of the change.
type Breakpoints struct {
	All  []control.Breakpoint
	Said string
	Err  error
}

// AddBreakpoint adds a breakpoint.
func (e *Effects) AddBreakpoint(b control.Breakpoint) tea.Cmd {
	return e.ask(func(ctx context.Context) tea.Msg {
		added, err := e.client.AddBreakpoint(ctx, b)
		if err != nil {
			return Breakpoints{Err: fmt.Errorf("breakpoint: %w", err)}
		}
		said := fmt.Sprintf("● requests park at %s:%s", added.Stage, added.Boundary)
		if added.Filter != "" {
			said += " where " + added.Filter
		}
		if added.Unknown {
			said += ", a stage that was not seen yet" + near.Hint(added.Stage, added.Seen)
		}
		if added.Never {
			said = fmt.Sprintf("no request parks at %s:%s: a framework's layer has no such boundary", added.Stage, added.Boundary)
		}
		return e.breakpoints(ctx, said)
	})
}

// RemoveBreakpoint removes a breakpoint.
func (e *Effects) RemoveBreakpoint(b control.Breakpoint) tea.Cmd {
	return e.ask(func(ctx context.Context) tea.Msg {
		if err := e.client.RemoveBreakpoints(ctx, b.ID); err != nil {
			return Breakpoints{Err: fmt.Errorf("breakpoint: %w", err)}
		}
		return e.breakpoints(ctx, fmt.Sprintf("no request parks at %s:%s any more", b.Stage, b.Boundary))
	})
}

func (e *Effects) breakpoints(ctx context.Context, said string) tea.Msg {
	all, err := e.client.Breakpoints(ctx)
	return Breakpoints{all, said, err}
}

// CopyText puts a text on the clipboard of the terminal's own machine.
func (e *Effects) CopyText(text, what string) tea.Cmd {
	return Do(func() tea.Msg {
		if text == "" {
			return Done{Err: errors.New("copy: there is nothing to copy")}
		}
		if _, err := osc52.New(text).WriteTo(e.out); err != nil {
			return Done{Err: fmt.Errorf("copy: %w", err)}
		}
		return Done{Said: "copied " + what}
	})
}
