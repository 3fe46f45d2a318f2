// Package effect is the work that the workbench does outside of its model: questions to the server, and what takes
// time. An effect is a tea.Cmd; its result comes back as one of the messages here. No effect touches the model, and
// none can bring the program down: a panic comes back as [Panicked].
package effect

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/aymanbagabas/go-osc52/v2"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
)

// Timeout is how long a question to the server may take. Replays have none: they take the application's own time.
const Timeout = 20 * time.Second

// Effects makes effects.
type Effects struct {
	ctx    context.Context
	client control.Client
	out    io.Writer
	timer  Timer
}

// Timer makes the effect of sending a Tick later.
type Timer func(d time.Duration, tag any) tea.Cmd

// New makes effects on a client. Out is the terminal, for the clipboard; timer is nil for the real one.
func New(ctx context.Context, client control.Client, out io.Writer, timer Timer) *Effects {
	if timer == nil {
		timer = after
	}
	return &Effects{ctx: ctx, client: client, out: out, timer: timer}
}

// Panicked is a panic in an effect.
type Panicked struct {
	Value any
	Stack []byte
}

// Do runs f as an effect.
func Do(f func() tea.Msg) tea.Cmd {
	return func() (msg tea.Msg) {
		defer func() {
			if v := recover(); v != nil {
				msg = Panicked{v, debug.Stack()}
			}
		}()
		return f()
	}
}

func (e *Effects) ask(f func(ctx context.Context) tea.Msg) tea.Cmd {
	return Do(func() tea.Msg {
		ctx, cancel := context.WithTimeout(e.ctx, Timeout)
		defer cancel()
		return f(ctx)
	})
}

// Status is the answer to AskStatus.
type Status struct {
	Status control.Status
	Err    error
}

// AskStatus asks how the server is.
func (e *Effects) AskStatus() tea.Cmd {
	return e.ask(func(ctx context.Context) tea.Msg {
		s, err := e.client.Status(ctx)
		return Status{s, err}
	})
}

// Rows is a page of rows. Tag is what the asker gave.
type Rows struct {
	Tag   any
	Query control.Query
	Page  control.Page
	Err   error
}

// AskRows asks for rows.
func (e *Effects) AskRows(tag any, q control.Query) tea.Cmd {
	return e.ask(func(ctx context.Context) tea.Msg {
		p, err := e.client.Rows(ctx, q)
		return Rows{tag, q, p, err}
	})
}

// Exchange is one exchange.
type Exchange struct {
	ID       uint64
	Exchange *recorder.Exchange
	Err      error
}

// AskExchange asks for an exchange.
func (e *Effects) AskExchange(id uint64) tea.Cmd {
	return e.ask(func(ctx context.Context) tea.Msg {
		x, err := e.client.Exchange(ctx, id)
		if err == nil && x == nil {
			err = fmt.Errorf("exchange %d is not there", id)
		}
		return Exchange{id, x, err}
	})
}

// Moments is an exchange taken apart.
type Moments struct {
	ID   uint64
	Walk *recorder.Walk
	Err  error
}

// AskMoments asks for the moments of an exchange.
func (e *Effects) AskMoments(id uint64) tea.Cmd {
	return e.ask(func(ctx context.Context) tea.Msg {
		w, err := e.client.Moments(ctx, id)
		if err == nil && w == nil {
			err = fmt.Errorf("exchange %d cannot be stepped through", id)
		}
		return Moments{id, w, err}
	})
}

// Compared is what comparing two exchanges found.
type Compared struct {
	A, B       uint64
	Comparison *control.Comparison
	Err        error
}

// Compare asks for a comparison.
func (e *Effects) Compare(a, b uint64) tea.Cmd {
	return e.ask(func(ctx context.Context) tea.Msg {
		c, err := e.client.Compare(ctx, a, b)
		if err == nil && c == nil {
			err = fmt.Errorf("exchanges %d and %d could not be compared", a, b)
		}
		return Compared{a, b, c, err}
	})
}

// Replayed is what a replay found.
type Replayed struct {
	Query    control.ReplayQuery
	Outcomes []control.Outcome
	Err      error
}

// Replay replays exchanges.
func (e *Effects) Replay(q control.ReplayQuery) tea.Cmd {
	return Do(func() tea.Msg {
		o, err := e.client.Replay(e.ctx, q)
		return Replayed{q, o, err}
	})
}

// Done says that something was done, in words; "" where nothing needs to be said.
type Done struct {
	Said string
	Err  error
}

// Marked is what became of marking an exchange.
type Marked struct {
	ID     uint64
	Marked bool
	Err    error
}

// Mark marks or unmarks an exchange.
func (e *Effects) Mark(id uint64, marked bool) tea.Cmd {
	return e.ask(func(ctx context.Context) tea.Msg {
		return Marked{id, marked, e.client.Mark(ctx, []uint64{id}, marked)}
	})
}

// Rebuild loads the application anew.
func (e *Effects) Rebuild() tea.Cmd {
	return e.ask(func(ctx context.Context) tea.Msg {
		return Done{Err: e.client.Rebuild(ctx)}
	})
}

// Copy puts what is made of an exchange on the clipboard of the terminal's own machine, by OSC 52. What is empty is
// not copied.
func (e *Effects) Copy(id uint64, what string, of func(*recorder.Exchange) (string, error)) tea.Cmd {
	return e.ask(func(ctx context.Context) tea.Msg {
		x, err := e.client.Exchange(ctx, id)
		if err != nil {
			return Done{Err: fmt.Errorf("copy: %w", err)}
		}
		text, err := of(x)
		if err != nil {
			return Done{Err: fmt.Errorf("copy: %w", err)}
		}
		if _, err := osc52.New(text).WriteTo(e.out); err != nil {
			return Done{Err: fmt.Errorf("copy: %w", err)}
		}
		return Done{Said: "copied " + what}
	})
}

// Tick is the time, for what moves by itself.
type Tick struct {
	Tag any
	At  time.Time
}

// After sends a Tick later.
func (e *Effects) After(d time.Duration, tag any) tea.Cmd { return e.timer(d, tag) }

func after(d time.Duration, tag any) tea.Cmd {
	return tea.Tick(d, func(t time.Time) tea.Msg { return Tick{tag, t} })
}
