package tui_test

import (
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/tui"
	"github.com/snifter-dev/snifter/tui/internal/fake"
)

// scenes are what the screens are compared in.
var scenes = []struct {
	name string
	keys []string
}{
	{"list", nil},
	{"request", []string{"g", "down", "1"}},
	{"environ", []string{"g", "2"}},
	{"response-json", []string{"g", "down", "down", "3"}},
	{"response-hex", []string{"g", "G", "up", "up", "3"}},
	{"hostile", []string{"G", "up", "3"}},
	{"chunks", []string{"G", "up", "up", "up", "up", "4"}},
	{"errors", []string{"g", "down", "down", "down", "down", "5"}},
	{"traceback", []string{"g", "down", "down", "down", "down", "6"}},
	{"diff", []string{"G", "up", "up", "up", "7"}},
	{"help", []string{"?"}},
	{"filter", []string{"/", "~", "e"}},
	{"build", []string{"E"}},
	{"output", []string{"o"}},
}

// onionScenes are those with stages, on exchanges that went through several.
var onionScenes = []struct {
	name string
	keys []string
}{
	{"stages", []string{"g", "8", "down", "down"}},
	{"stages-full", []string{"g", "8", "down", "down", "down", "enter"}},
	{"stages-raised", []string{"g", "down", "8", "G"}},
	{"steps", []string{"g", "9", "down"}},
	{"steps-answer", []string{"g", "9", "down", "down", "down", "down", "right", "right", "right", "right", "right", "right", "right"}},
	{"blame", []string{"g", "3"}},
	{"blame-body", []string{"g", "a"}},
	{"blame-environ", []string{"g", "2", "G"}},
	{"parked-list", nil},
	{"parked", []string{"P"}},
	{"parked-edit", []string{"P", "e", "REMOTE_USER=carol"}},
	{"parked-edit-answer", []string{"P", "down", "e"}},
	{"parked-respond", []string{"P", "r"}},
	{"parked-raise", []string{"P", "x", "!"}},
	{"breakpoints", []string{"p"}},
	{"breakpoints-ask", []string{"g", "8", "down", "B", "~c"}},
}

var sizes = [][2]int{{80, 24}, {120, 40}, {40, 12}}

func TestScreens(t *testing.T) {
	for _, size := range sizes {
		for _, s := range scenes {
			name := fmt.Sprintf("%s-%dx%d", s.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				d := story(t, size[0], size[1])
				d.send(tui.News(control.Updates{Output: []control.Line{
					{At: fake.Noon, Stream: "stdout", Text: "ready"}, {At: fake.Noon, Stream: "stderr", Text: "a \x1b[31mwarning"},
					{At: fake.Noon, Stream: "log", Text: "build 3 is served"},
				}}))
				if s.name == "build" {
					failed(d.client, d)
				}
				d.keys(s.keys...)
				fits(t, d.m.View(), size[0], size[1])
				d.golden(name)
			})
		}
	}
}

func TestOnionScreens(t *testing.T) {
	for _, size := range sizes {
		for _, s := range onionScenes {
			name := fmt.Sprintf("%s-%dx%d", s.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				d := onion(t, size[0], size[1])
				if s.name == "parked-edit-answer" {
					park(d, fake.ParkedAtAnswer())
				}
				d.keys(s.keys...)
				fits(t, d.m.View(), size[0], size[1])
				d.golden(name)
			})
		}
	}
}

func TestEmptyScreens(t *testing.T) {
	for _, size := range sizes {
		d := drive(t, fake.New(fake.Running()), size[0], size[1], tui.Options{})
		d.golden(fmt.Sprintf("empty-%dx%d", size[0], size[1]))
	}
}

// fits holds that a screen is as wide and as high as it should be, to the cell.
func fits(t testing.TB, view string, w, h int) {
	t.Helper()
	lines := strings.Split(view, "\n")
	if len(lines) != h {
		t.Fatalf("%dx%d: %d lines\n%s", w, h, len(lines), ansi.Strip(view))
	}
	for i, l := range lines {
		if n := ansi.StringWidth(l); n != w {
			t.Fatalf("%dx%d: line %d is %d wide: %q\n%s", w, h, i, n, l, ansi.Strip(view))
		}
	}
}

// TestSweep draws every scene in every size.
func TestSweep(t *testing.T) {
	stepW, stepH := 3, 2
	if testing.Short() {
		stepW, stepH = 11, 7
	}
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			c := fake.New(fake.Running())
			fake.Story(c)
			d := drive(t, c, 120, 40, tui.Options{Theme: "dark"})
			d.keys(s.keys...)
			if s.name == "list" {
				failed(d.client, d)
			}
			for w := 10; w <= 200; w += stepW {
				for h := 3; h <= 60; h += stepH {
					d.send(tea.WindowSizeMsg{Width: w, Height: h})
					fits(t, d.m.View(), w, h)
				}
			}
		})
	}
}

// TestNothingDrivesTheTerminal holds that of all that the hostile exchange holds nothing reaches the terminal but text:
// every escape sequence on the screen is one of our own colours.
func TestNothingDrivesTheTerminal(t *testing.T) {
	for _, tab := range []string{"1", "2", "3", "4", "5", "6", "7"} {
		for _, raw := range []bool{false, true} {
			c := fake.New(fake.Running())
			fake.Story(c)
			d := drive(t, c, 120, 40, tui.Options{Theme: "dark"})
			d.keys("G", "up", tab)
			if raw {
				d.keys("v")
			}
			harmless(t, "tab "+tab, d.m.View())
		}
	}
}

// TestNoStageDrivesTheTerminal is the same for all that stages, boundaries and parked requests show.
func TestNoStageDrivesTheTerminal(t *testing.T) {
	for _, keys := range [][]string{
		{"2"}, {"3"}, {"3", "a"}, {"5"}, {"6"}, {"8", "down", "down"}, {"8", "down", "down", "enter"}, {"8", "G", "enter", "pgdown"}, {"9"},
		{"9", "right", "enter"}, {"9", "end"}, {"P"}, {"P", "pgdown"}, {"P", "e"}, {"P", "r"}, {"P", "x"}, {"p"}, {"8", "down", "B"},
		{"8", "down", "b"}, {"8", "down", "y"},
	} {
		c := fake.New(fake.Running())
		fake.Hostile(c)
		for _, size := range [][2]int{{120, 60}, {80, 24}} {
			d := drive(t, c, size[0], size[1], tui.Options{Theme: "dark"})
			d.tellStepping()
			d.keys("g")
			d.keys(keys...)
			fits(t, d.m.View(), size[0], size[1])
			if harmless(t, strings.Join(keys, " "), d.m.View()); !strings.Contains(d.m.View(), "␛") {
				t.Errorf("%q: nothing hostile shows:\n%s", keys, d.screen())
			}
		}
	}
}

// harmless holds that the escape sequences of a screen are colours, and that nothing else could drive a terminal.
func harmless(t *testing.T, where, view string) {
	t.Helper()
	for i := 0; i < len(view); i++ {
		if view[i] == 0x1b {
			end := strings.IndexByte(view[i:], 'm')
			if end < 0 || strings.Trim(view[i+1:i+end], "[0123456789;") != "" {
				t.Fatalf("%s: an escape sequence that is no colour: %q", where, view[i:min(len(view), i+20)])
			}
		}
	}
	for _, bad := range []string{"\u202e", "\u009b", "\x07", "\u200b"} {
		if strings.Contains(view, bad) {
			t.Errorf("%s: %q reaches the terminal", where, bad)
		}
	}
}
