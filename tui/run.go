package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/term"
	"github.com/muesli/termenv"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/tui/theme"
)

// Run opens the workbench and returns when the user quits (nil), the context ends (its error and cause) or something
// fails, with the terminal restored. It does not close the client, and leaves signals to the caller, who ends the
// context.
func Run(ctx context.Context, client control.Client, opts Options) error {
	in, out, err := terminal(&opts)
	if err != nil {
		return err
	}
	screen := &lockedFile{File: out}
	opts.Out = screen
	t, err := themeOf(out, opts)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g := guarded{Model: newModel(ctx, client, t, opts)}
	progOpts := []tea.ProgramOption{
		tea.WithInput(in), tea.WithOutput(screen), tea.WithAltScreen(), tea.WithoutCatchPanics(),
		tea.WithFPS(30),
		// A signal ends the context, and endWith the program with it.
		tea.WithoutSignalHandler(),
	}
	if !opts.NoMouse {
		progOpts = append(progOpts, tea.WithMouseCellMotion())
	}
	var p *tea.Program
	g.end = func() { go p.Quit() }
	p = tea.NewProgram(g, progOpts...)

	box := newMailbox()
	var wg sync.WaitGroup
	wg.Go(func() { watch(ctx, client, box, p.Send) })
	wg.Go(func() { box.pump(ctx, p.Send) })
	wg.Go(func() { lend(ctx, opts.Loans, p.Send) })
	over := make(chan struct{})
	wg.Go(func() { endWith(ctx, p, over) })
	_, err = p.Run()
	close(over)
	asked := ctx.Err()
	cancel()
	wg.Wait()
	switch {
	case g.panicked != nil:
		return &PanicError{Value: g.panicked.Value, Stack: g.panicked.Stack}
	case asked != nil:
		if cause := context.Cause(ctx); !errors.Is(cause, asked) {
			return fmt.Errorf("%w: %w", asked, cause)
		}
		return asked
	case errors.Is(err, tea.ErrInterrupted), err == nil:
		return nil
	}
	return fmt.Errorf("workbench: %w", err)
}

// stubborn is how long the program may take to end in its ordinary way.
const stubborn = time.Second

// endWith ends the program with the context. It is asked to quit, since it then waits for its reader before it closes the
// input; it is killed where it does not answer.
func endWith(ctx context.Context, p *tea.Program, over <-chan struct{}) {
	select {
	case <-over:
		return
	case <-ctx.Done():
	}
	asked := make(chan struct{})
	go func() { // it waits for an event loop, which may hang
		defer close(asked)
		p.Quit()
	}()
	timer := time.NewTimer(stubborn)
	defer timer.Stop()
	select {
	case <-over:
	case <-timer.C:
		p.Kill()
	}
	<-asked
}

// terminal finds the terminal, without touching it.
func terminal(opts *Options) (in, out *os.File, err error) {
	in, out = os.Stdin, os.Stdout
	if opts.In != nil {
		f, ok := opts.In.(*os.File)
		if !ok {
			return nil, nil, fmt.Errorf("%w: input is no file", ErrNoTerminal)
		}
		in = f
	}
	if opts.Out != nil {
		f, ok := opts.Out.(*os.File)
		if !ok {
			return nil, nil, fmt.Errorf("%w: output is no file", ErrNoTerminal)
		}
		out = f
	}
	if opts.Term == "" {
		opts.Term = os.Getenv("TERM")
	}
	switch {
	case opts.Term == "dumb":
		return nil, nil, fmt.Errorf("%w: TERM is dumb", ErrNoTerminal)
	case !term.IsTerminal(in.Fd()):
		return nil, nil, fmt.Errorf("%w: input is not one", ErrNoTerminal)
	case !term.IsTerminal(out.Fd()):
		return nil, nil, fmt.Errorf("%w: output is not one", ErrNoTerminal)
	}
	return in, out, nil
}

// themeOf makes the theme. Only for "auto" is the terminal asked for its background, and before anything else reads
// from it.
func themeOf(out *os.File, opts Options) (*theme.Theme, error) {
	name := opts.Theme
	r := lipgloss.NewRenderer(out)
	if name == "" || name == "auto" {
		name = "dark"
		if !noColor(opts) && !r.HasDarkBackground() {
			name = "light"
		}
	}
	profile := r.ColorProfile()
	if noColor(opts) {
		profile = termenv.Ascii
	}
	t, err := theme.New(name, profile)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTheme, err)
	}
	return t, nil
}

func noColor(opts Options) bool { return opts.NoColor || os.Getenv("NO_COLOR") != "" }

// profileOf is the colours of a workbench without a terminal.
func profileOf(opts Options) termenv.Profile {
	if opts.NoColor {
		return termenv.Ascii
	}
	return termenv.TrueColor
}

// lockedFile is the terminal, to which the program and the clipboard write from their own goroutines: each write goes
// out whole.
type lockedFile struct {
	*os.File
	mu sync.Mutex
}

var _ io.Writer = (*lockedFile)(nil)

// Write writes all of p at once.
func (f *lockedFile) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.File.Write(p)
}

// WriteString keeps the file's own from going past the lock.
func (f *lockedFile) WriteString(s string) (int, error) { return f.Write([]byte(s)) }
