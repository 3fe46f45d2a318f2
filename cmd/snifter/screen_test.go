//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// terminal runs snifter in a pseudo-terminal.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	pty    *os.File
	screen bytes.Buffer
	asked  int // questions that were answered
}

func openTerminal(t *testing.T, size pty.Winsize, args ...string) *terminal {
	t.Helper()
	sockets, err := os.MkdirTemp("", "snifter-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(sockets) })
	return openTerminalBeside(t, sockets, size, args...)
}

// openTerminalBeside runs snifter where those are found whose sockets lie in a folder.
func openTerminalBeside(t *testing.T, sockets string, size pty.Winsize, args ...string) *terminal {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program)
	cmd.Args = append([]string{"snifter"}, args...) // the name makes the test binary snifter: see TestMain
	cmd.Dir = t.TempDir()
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); name != "CI" && name != "TERM" && name != "NO_COLOR" {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env, "TERM=xterm-256color", "XDG_RUNTIME_DIR="+sockets)
	f, err := pty.StartWithSize(cmd, &size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return &terminal{t: t, cmd: cmd, pty: f}
}

// await reads until the terminal was sent the text.
func (s *terminal) await(text string) {
	s.t.Helper()
	buf := make([]byte, 4096)
	for !bytes.Contains(s.screen.Bytes(), []byte(text)) {
		n, err := s.pty.Read(buf)
		s.screen.Write(buf[:n])
		s.answer()
		if err != nil {
			s.t.Fatalf("it ended without %q: %v\n%q", text, err, &s.screen)
		}
	}
}

// answer says where the cursor is, as every terminal does when it is asked. Programs ask after a question that only some
// terminals understand (what colour is the background?), so as not to wait for the answer in vain.
func (s *terminal) answer() {
	for n := bytes.Count(s.screen.Bytes(), []byte("\x1b[6n")); s.asked < n; s.asked++ {
		if _, err := s.pty.WriteString("\x1b[1;1R"); err != nil {
			s.t.Fatal(err)
		}
	}
}

// end reads to the end and returns the exit code.
func (s *terminal) end() int {
	s.t.Helper()
	// Linux gives EIO where others give EOF.
	_, _ = io.Copy(&s.screen, s.pty)
	err := s.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	return s.cmd.ProcessState.ExitCode()
}

// sockets is the folder in which its control socket lies.
func (s *terminal) sockets() (dir string) {
	for _, kv := range s.cmd.Env {
		if value, ok := strings.CutPrefix(kv, "XDG_RUNTIME_DIR="); ok {
			dir = value
		}
	}
	return dir
}

const leaveAlternateScreen = "\x1b[?1049l"

func TestDemoInATerminal(t *testing.T) {
	s := openTerminal(t, pty.Winsize{Rows: 30, Cols: 110}, "demo")
	s.await("KeyError") // the traffic of the demo was recorded, and is shown
	if _, err := s.pty.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	if code := s.end(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if !bytes.Contains(s.screen.Bytes(), []byte(leaveAlternateScreen)) {
		t.Error("the terminal was not restored")
	}
	if _, err := os.Stat(filepath.Join(s.cmd.Dir, "snifter-demo", ".snifter", "capture.db")); err != nil {
		t.Error(err)
	}
}

func TestAttach(t *testing.T) {
	server := openTerminal(t, pty.Winsize{Rows: 30, Cols: 110}, "demo")
	server.await("KeyError")
	s := openTerminal(t, pty.Winsize{Rows: 24, Cols: 80}, "attach")
	if code := s.end(); code != exitUsage { // the other's sockets lie in another folder
		t.Errorf("without a server: exit code %d: %q", code, &s.screen)
	}
	found, err := filepath.Glob(filepath.Join(server.sockets(), "snifter", "*.sock"))
	if err != nil || len(found) != 1 {
		t.Fatalf("sockets: %v, %v", found, err)
	}
	s = openTerminal(t, pty.Winsize{Rows: 24, Cols: 80}, "attach", "--server", found[0])
	s.await("KeyError")
	if _, err := s.pty.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	if code := s.end(); code != exitOK {
		t.Errorf("exit code %d: %q", code, &s.screen)
	}
	if _, err := server.pty.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	if code := server.end(); code != exitOK {
		t.Errorf("the server: exit code %d", code)
	}
}

// Where no capture lies upward, that of the snifter that runs is opened.
func TestOpenOfTheSnifterThatRuns(t *testing.T) {
	server := openTerminal(t, pty.Winsize{Rows: 30, Cols: 110}, "demo")
	server.await("KeyError")
	s := openTerminalBeside(t, server.sockets(), pty.Winsize{Rows: 24, Cols: 80}, "open")
	s.await("/orders")
	for _, each := range []*terminal{s, server} {
		each.types("q")
		if code := each.end(); code != exitOK {
			t.Errorf("exit code %d: %q", code, &each.screen)
		}
	}
}

func TestOtherCommandsLeaveTheTerminalAlone(t *testing.T) {
	s := openTerminal(t, pty.Winsize{Rows: 30, Cols: 110}, "version")
	if code := s.end(); code != exitOK || bytes.ContainsRune(s.screen.Bytes(), '\x1b') {
		t.Errorf("exit code %d, %q", code, &s.screen)
	}
}

func TestSmallTerminalAndInterrupt(t *testing.T) {
	s := openTerminal(t, pty.Winsize{Rows: 3, Cols: 10}, "demo")
	s.await("small")
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := s.end(); code != exitInterrupted {
		t.Errorf("exit code %d: %q", code, &s.screen)
	}
	if !bytes.Contains(s.screen.Bytes(), []byte(leaveAlternateScreen)) {
		t.Error("the terminal was not restored")
	}
	if bytes.Contains(s.screen.Bytes(), []byte("goroutine")) {
		t.Errorf("%q", &s.screen)
	}
}
