package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/snifter-dev/snifter/tui"
	"github.com/snifter-dev/snifter/tui/safe"
)

// lender lends the terminal to the debuggers of the application, one at a time, which ask for it at a socket (see
// worker.PythonSpec). Whoever draws on the terminal receives from loans.
type lender struct {
	loans chan tui.Loan

	dir      string // holds the socket, for this user alone
	listener net.Listener
	owned    sync.WaitGroup
	cancel   context.CancelFunc
}

// newLender listens until it is closed. Where there is no terminal there is no lender either.
func newLender() (*lender, error) {
	if !hasTerminal() {
		return nil, nil
	}
	dir, err := os.MkdirTemp("", "snifter-terminal-")
	if err != nil {
		return nil, err
	}
	l := &lender{loans: make(chan tui.Loan), dir: dir}
	if l.listener, err = net.Listen("unix", l.path()); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	var turn sync.Mutex
	l.owned.Go(func() {
		for {
			conn, err := l.listener.Accept()
			if err != nil {
				return
			}
			l.owned.Go(func() {
				defer conn.Close()
				defer context.AfterFunc(ctx, func() { conn.Close() })()
				turn.Lock()
				defer turn.Unlock()
				l.lend(ctx, conn)
			})
		}
	})
	return l, nil
}

// path is where the socket lies, "" of none.
func (l *lender) path() string {
	if l == nil {
		return ""
	}
	return filepath.Join(l.dir, "terminal.sock")
}

// mostAsked bounds what a debugger says of itself.
const mostAsked = 1 << 10

// lend has one debugger wait for its turn, and have it until the connection ends.
func (l *lender) lend(ctx context.Context, conn net.Conn) {
	in := bufio.NewReaderSize(conn, mostAsked)
	line, err := in.ReadSlice('\n')
	if err != nil {
		return
	}
	number, who, _ := strings.Cut(string(line[:len(line)-1]), " ")
	group, err := strconv.Atoi(number)
	if err != nil {
		return
	}
	agreed, over := make(chan struct{}), make(chan struct{})
	defer close(over)
	loan := tui.Loan{
		Who: safe.Of(who).String(), Over: over,
		Agree: sync.OnceFunc(func() { close(agreed) }), Revoke: func() { _ = conn.Close() },
	}
	select {
	case l.loans <- loan:
	case <-ctx.Done():
		return
	}
	select {
	case <-agreed:
	case <-ctx.Done():
		return
	}
	defer takeBack(group)
	if _, err := conn.Write([]byte{1}); err == nil {
		_, _ = io.Copy(io.Discard, in)
	}
}

// agree lends the terminal to whoever asks, until it is told to stop: nothing is drawn.
func (l *lender) agree() (stop func()) {
	if l == nil {
		return func() {}
	}
	stopped := make(chan struct{})
	var asked sync.WaitGroup
	asked.Go(func() {
		for {
			select {
			case loan := <-l.loans:
				loan.Agree()
				<-loan.Over
			case <-stopped:
				return
			}
		}
	})
	return sync.OnceFunc(func() {
		close(stopped)
		asked.Wait()
	})
}

// close takes the terminal back from whoever has it.
func (l *lender) close() {
	if l == nil {
		return
	}
	l.cancel()
	_ = l.listener.Close()
	l.owned.Wait()
	_ = os.RemoveAll(l.dir)
}
