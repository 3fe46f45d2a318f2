//go:build unix

package tui_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"
	"go.uber.org/goleak"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui"
	"github.com/snifter-dev/snifter/tui/internal/fake"
	"github.com/snifter-dev/snifter/tui/internal/screen"
)

// terminal is a pseudo-terminal with the workbench on it.
type terminal struct {
	t           testing.TB
	master, tty *os.File
	screen      *screen.Screen
	before      *term.State
	ended       chan error
	read        chan struct{}
	ctx         context.Context
}

func onTerminal(t testing.TB, ctx context.Context, client control.Client, w, h uint16) *terminal {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(tty, &pty.Winsize{Rows: h, Cols: w}); err != nil {
		t.Fatal(err)
	}
	before, err := term.GetState(tty.Fd())
	if err != nil {
		t.Fatal(err)
	}
	long, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	term := &terminal{
		t: t, master: master, tty: tty, screen: screen.New(int(w), int(h)), before: before,
		ended: make(chan error, 1), read: make(chan struct{}), ctx: long,
	}
	go func() {
		defer close(term.read)
		_, _ = io.Copy(term.screen, master)
	}()
	go func() {
		term.ended <- tui.Run(ctx, client, tui.Options{In: tty, Out: tty, Term: "xterm-256color", Theme: "dark"})
	}()
	t.Cleanup(func() {
		cancel()
		_ = tty.Close()
		<-term.read
		_ = master.Close()
	})
	return term
}

func (x *terminal) shows(parts ...string) {
	x.t.Helper()
	err := x.screen.Await(x.ctx, func(s string) bool {
		for _, p := range parts {
			if !strings.Contains(s, p) {
				return false
			}
		}
		return true
	})
	if err != nil {
		x.t.Fatalf("%q: %v", parts, err)
	}
}

func (x *terminal) types(s string) {
	x.t.Helper()
	if _, err := x.master.WriteString(s); err != nil {
		x.t.Fatal(err)
	}
}

// end waits for Run, and holds that the terminal is as it was.
func (x *terminal) end() error {
	x.t.Helper()
	var err error
	select {
	case err = <-x.ended:
	case <-x.ctx.Done():
		x.t.Fatalf("Run does not end:\n%s", x.screen.Text())
	}
	after, stateErr := term.GetState(x.tty.Fd())
	if stateErr != nil {
		x.t.Fatal(stateErr)
	}
	if !reflect.DeepEqual(x.before, after) {
		x.t.Errorf("the terminal's settings are changed: %+v, before %+v", after, x.before)
	}
	restored := func(string) bool {
		return x.screen.Mode(25) && !x.screen.Mode(1049) && !x.screen.Mode(1002) && !x.screen.Mode(2004)
	}
	if waitErr := x.screen.Await(x.ctx, restored); waitErr != nil {
		x.t.Errorf("the terminal's modes are not restored: %v", waitErr)
	}
	if u := x.screen.Unknown(); len(u) > 0 {
		x.t.Errorf("sequences that no terminal of ours knows: %q", u)
	}
	return err
}

func TestOnATerminal(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	c := fake.New(fake.Running())
	fake.Story(c)
	x := onTerminal(t, t.Context(), c, 120, 40)
	x.shows("snifter", "✓ build 3", "/api/orders?page=1", "POST /upload")
	x.types("g")
	x.shows("#1 GET /", "<!doctype html>")
	c.Put(fake.Plain(50))
	x.shows("/item/50")
	x.types("jj\r1")
	x.shows("#3 GET /api/orders", "[Req]", "User-Agent")
	x.types("\x1b[B\x1b")
	x.shows("▸  id", "▌★  3 GET")
	x.types("/")
	x.types("item")
	x.types("\r")
	x.shows("· /item")
	x.screen.Resize(80, 24)
	if err := pty.Setsize(x.master, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	// The terminal is not the one of this process, so the kernel does not send the signal.
	if err := syscall.Kill(os.Getpid(), syscall.SIGWINCH); err != nil {
		t.Fatal(err)
	}
	x.shows("? help  q quit", "/item/50")
	x.types("q")
	if err := x.end(); err != nil {
		t.Errorf("Run returned %v", err)
	}
	goleak.VerifyNone(t, leaks, goleak.IgnoreAnyFunction("github.com/snifter-dev/snifter/tui_test.onTerminal.func1"),
		goleak.IgnoreAnyFunction("github.com/dlclark/regexp2/v2.runClock")) // ends by itself
}

func TestContextEndsIt(t *testing.T) {
	stopped := errors.New("the server stops")
	ctx, cancel := context.WithCancelCause(t.Context())
	c := fake.New(fake.Running())
	x := onTerminal(t, ctx, c, 80, 24)
	x.shows("Waiting for the first request")
	cancel(stopped)
	if err := x.end(); !errors.Is(err, stopped) || !errors.Is(err, context.Canceled) {
		t.Errorf("Run returned %v", err)
	}
}

func TestPanicRestores(t *testing.T) {
	c := fake.New(fake.Running())
	fake.Story(c)
	x := onTerminal(t, t.Context(), c, 80, 24)
	x.shows("/favicon.ico")
	c.Panics = true
	x.types("\r")
	var p *tui.PanicError
	if err := x.end(); !errors.As(err, &p) || len(p.Stack) == 0 {
		t.Fatalf("Run returned %v", err)
	}
	if s := p.Error(); strings.Contains(s, "goroutine") || s != "the workbench failed: exchange" {
		t.Errorf("the error says %q", s)
	}
	if strings.Contains(x.screen.Text(), "goroutine") {
		t.Errorf("a stack trace reached the user:\n%s", x.screen.Text())
	}
}

// TestFlood keeps answering keys while far more happens than can be drawn.
func TestFlood(t *testing.T) {
	c := fake.New(fake.Running())
	x := onTerminal(t, t.Context(), c, 120, 40)
	x.shows("Waiting for the first request")
	stop, stopped := make(chan struct{}), make(chan uint64)
	go func() {
		id := uint64(0)
		defer func() { stopped <- id }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			var rows []recorder.Row
			for range 50 {
				id++
				rows = append(rows, fake.Row(id))
			}
			c.Tell(control.Updates{Rows: rows})
			if id > 200_000 { // enough; the rest is for the screen to catch up
				return
			}
		}
	}()
	x.shows("/item/")
	x.types("?")
	x.shows("Keys", "esc closes")
	x.types("q")
	x.shows("/item/")
	close(stop)
	last := <-stopped
	x.types("q")
	if err := x.end(); err != nil {
		t.Errorf("Run returned %v after %d rows", err, last)
	}
}

func TestNoTerminal(t *testing.T) {
	c := fake.New(fake.Running())
	path := filepath.Join(t.TempDir(), "out")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	for name, opts := range map[string]tui.Options{
		"output is a file":      {In: tty, Out: f, Term: "xterm"},
		"input is a file":       {In: f, Out: tty, Term: "xterm"},
		"TERM is dumb":          {In: tty, Out: tty, Term: "dumb"},
		"output is no file":     {In: tty, Out: io.Discard, Term: "xterm"},
		"input is no file":      {In: strings.NewReader("q"), Out: tty, Term: "xterm"},
		"an input that is shut": {In: shut(t), Out: tty, Term: "xterm"},
	} {
		if err := tui.Run(t.Context(), c, opts); !errors.Is(err, tui.ErrNoTerminal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s, err := os.Stat(path); err != nil || s.Size() > 0 {
		t.Errorf("something was written: %v, %v", s.Size(), err)
	}
	if err := tui.Run(t.Context(), c, tui.Options{In: tty, Out: tty, Term: "xterm", Theme: "pink"}); !errors.Is(err, tui.ErrTheme) {
		t.Errorf("a theme that is not there: %v", err)
	}
}

func shut(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f
}
