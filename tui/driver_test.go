package tui_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/tui"
	"github.com/snifter-dev/snifter/tui/effect"
	"github.com/snifter-dev/snifter/tui/internal/fake"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) {
	time.Local = time.UTC // screens show local times
	flag.Parse()
	os.Exit(m.Run())
}

// driver runs a workbench without a terminal: messages in, their effects run at once and in order, so that after each
// step the screen has settled. Timers stand still until they are fired.
type driver struct {
	t      testing.TB
	m      *tui.Model
	client *fake.Client
	out    bytes.Buffer // the terminal, as far as the clipboard goes
	timers []effect.Tick
	late   time.Duration // how much time has passed
	quit   bool
}

func drive(t testing.TB, client *fake.Client, w, h int, opts tui.Options) *driver {
	t.Helper()
	d := &driver{t: t, client: client}
	opts.Out = &d.out
	opts.Now = func() time.Time { return fake.Noon.Add(time.Minute + d.late) }
	d.m = tui.NewTimed(t.Context(), client, opts, func(_ time.Duration, tag any) tea.Cmd {
		return func() tea.Msg {
			d.timers = append(d.timers, effect.Tick{Tag: tag})
			return nil
		}
	})
	d.run(d.m.Init())
	d.send(tea.WindowSizeMsg{Width: w, Height: h})
	return d
}

func (d *driver) send(msg tea.Msg) {
	_, cmd := d.m.Update(msg)
	d.run(cmd)
}

func (d *driver) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			d.run(c)
		}
	case tea.QuitMsg:
		d.quit = true
	default:
		d.send(msg)
	}
}

// fire lets the timers that were set run out.
func (d *driver) fire() {
	due := d.timers
	d.timers = nil
	for _, t := range due {
		d.send(t)
	}
}

// keys presses keys, by the names that bubbletea gives them.
func (d *driver) keys(names ...string) {
	for _, name := range names {
		d.send(keyMsg(name))
	}
}

var special = map[string]tea.KeyType{
	"enter": tea.KeyEnter, "esc": tea.KeyEsc, "tab": tea.KeyTab, "shift+tab": tea.KeyShiftTab, "up": tea.KeyUp,
	"down": tea.KeyDown, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "ctrl+c": tea.KeyCtrlC, "ctrl+w": tea.KeyCtrlW, "ctrl+r": tea.KeyCtrlR,
	"backspace": tea.KeyBackspace, "left": tea.KeyLeft, "right": tea.KeyRight, "ctrl+d": tea.KeyCtrlD,
	"home": tea.KeyHome, "end": tea.KeyEnd, "delete": tea.KeyDelete,
}

func keyMsg(name string) tea.KeyMsg {
	if k, ok := special[name]; ok {
		return tea.KeyMsg{Type: k}
	}
	if name == " " {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune(" ")}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}

// types presses a key for each character.
func (d *driver) types(s string) {
	for _, r := range s {
		d.keys(string(r))
	}
}

// screen is what shows, without colours.
func (d *driver) screen() string { return ansi.Strip(d.m.View()) }

func (d *driver) shows(parts ...string) {
	d.t.Helper()
	s := d.screen()
	for _, p := range parts {
		if !strings.Contains(s, p) {
			d.t.Errorf("%q does not show:\n%s", p, s)
		}
	}
}

func (d *driver) hides(parts ...string) {
	d.t.Helper()
	s := d.screen()
	for _, p := range parts {
		if strings.Contains(s, p) {
			d.t.Errorf("%q shows:\n%s", p, s)
		}
	}
}

// cursorOn is the line with the cursor.
func (d *driver) cursorOn() string {
	d.t.Helper()
	for line := range strings.Lines(d.screen()) {
		if strings.HasPrefix(line, "▌") || strings.HasPrefix(line, "│") {
			return line
		}
	}
	return ""
}

// golden holds the screen against a file.
func (d *driver) golden(name string) {
	d.t.Helper()
	var lines []string
	for _, l := range strings.Split(d.screen(), "\n") {
		lines = append(lines, strings.TrimRight(l, " "))
	}
	got := strings.Join(lines, "\n") + "\n"
	path := filepath.Join("testdata", "golden", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			d.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			d.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		d.t.Fatal(err)
	}
	want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))
	if diff := cmp.Diff(string(want), got); diff != "" {
		d.t.Errorf("%s (-update writes it anew):\n%s", path, diff)
	}
}

func story(t testing.TB, w, h int) *driver {
	c := fake.New(fake.Running())
	fake.Story(c)
	return drive(t, c, w, h, tui.Options{})
}

// onion is a workbench on exchanges that went through several stages, one of which is parked.
func onion(t testing.TB, w, h int) *driver {
	c := fake.New(fake.Running())
	fake.Onion(c)
	d := drive(t, c, w, h, tui.Options{})
	d.tellStepping()
	return d
}

// tellStepping sends what the server would tell of stopping.
func (d *driver) tellStepping() {
	s := d.client.Stepping()
	d.send(tui.News(control.Updates{Stepping: &s}))
}

// park parks one more request.
func park(d *driver, p control.Parked) {
	s := d.client.Stepping()
	s.Parked = append(s.Parked, p)
	d.client.SetStepping(s)
	d.tellStepping()
}

func failed(c *fake.Client, d *driver) {
	s := fake.Failed()
	s.Total = 11
	c.SetStatus(func(old *control.Status) { *old = s })
	d.send(tui.News(control.Updates{Status: &s}))
}
