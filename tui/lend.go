package tui

import (
	"context"
	"fmt"
	"io"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// Loan is the terminal wanted by a debugger in the application.
type Loan struct {
	Who    string          // is said to the user
	Agree  func()          // called when the terminal is free
	Revoke func()          // called where it is wanted back before
	Over   <-chan struct{} // closed when it is given back
}

// flutter is how long the workbench waits for a debugger to ask again before it comes back: one that goes on line by line
// gives the terminal back after each.
const flutter = 300 * time.Millisecond

// lend has the workbench give way to each debugger that asks, until the context ends.
func lend(ctx context.Context, loans <-chan Loan, send func(tea.Msg)) {
	for {
		select {
		case loan := <-loans:
			l := &lending{ctx: ctx, loan: loan, loans: loans, over: make(chan struct{})}
			send(l)
			select {
			case <-l.over:
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// lending is the time in which debuggers have the terminal: one, and who asks soon after it. It is a tea.ExecCommand, and the
// message that asks for it.
type lending struct {
	ctx   context.Context
	loan  Loan
	loans <-chan Loan
	over  chan struct{} // closed when the workbench is back
	out   io.Writer
}

// givenBack says that the workbench has its terminal again.
type givenBack struct{ err error }

func (l *lending) command() tea.Cmd {
	return tea.Exec(l, func(err error) tea.Msg {
		if err != nil { // then it is drawn on no more
			l.loan.Agree()
		}
		close(l.over)
		return givenBack{err}
	})
}

func (l *lending) SetStdin(io.Reader)    {}
func (l *lending) SetStdout(w io.Writer) { l.out = w }
func (l *lending) SetStderr(io.Writer)   {}

// Run lends the terminal, which is as it was before the workbench opened.
func (l *lending) Run() error {
	_, err := fmt.Fprintf(l.out, "snifter: %s has the terminal; the workbench is back when it goes on\n", l.loan.Who)
	if err != nil {
		return err
	}
	for {
		l.loan.Agree()
		select {
		case <-l.loan.Over:
		case <-l.ctx.Done():
			l.loan.Revoke()
			<-l.loan.Over
			return nil
		}
		quiet := time.NewTimer(flutter)
		select {
		case l.loan = <-l.loans:
			quiet.Stop()
		case <-quiet.C:
			return nil
		case <-l.ctx.Done():
			quiet.Stop()
			return nil
		}
	}
}
