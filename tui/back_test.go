package tui_test

import (
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"
)

// TestEscGoesBack: esc leads back to what a screen was opened from, one step at a time.
func TestEscGoesBack(t *testing.T) {
	for name, way := range map[string][]string{ // the keys of each step
		"help":                              {"?"},
		"what is parked":                    {"P"},
		"help over what is parked":          {"P", "?"},
		"breakpoints over what is parked":   {"P", "p", "?"},
		"what is parked, from breakpoints":  {"p", "P", "?"},
		"a form over what is parked":        {"P", "e"},
		"an answer over what is parked":     {"P", "r"},
		"a form over breakpoints":           {"P", "p", "a"},
		"a breakpoint that is asked for":    {"B"},
		"one asked for from a stage":        {"8", "B"},
		"the detail":                        {"enter", "?"},
		"the detail alone":                  {"enter", "z", "?"},
		"the list alone":                    {"z", "?"},
		"a stage with more room":            {"8", "enter", "?"},
		"a stage with more room, and alone": {"8", "z", "enter"},
		"a filter over the detail":          {"enter", "/"},
		"what was printed, from the detail": {"enter", "o ctrl+w", "?"},
	} {
		for _, size := range [][2]int{{120, 40}, {80, 24}} {
			if size[0] < 100 && slices.Contains(way, "z") { // where one pane fills the screen by itself
				continue
			}
			t.Run(name, func(t *testing.T) {
				d := onion(t, size[0], size[1])
				d.keys("g", "8", "esc") // the tab is chosen for good
				var before []string
				for _, step := range way {
					before = append(before, d.screen())
					d.keys(strings.Fields(step)...)
					if d.screen() == before[len(before)-1] {
						t.Fatalf("%s opens nothing:\n%s", step, d.screen())
					}
				}
				for i := len(before) - 1; i >= 0; i-- {
					d.keys("esc")
					if diff := cmp.Diff(before[i], d.screen()); diff != "" {
						t.Errorf("esc from %v (-want +got):\n%s", way[:i+1], diff)
					}
				}
			})
		}
	}
}

// A way that leads in circles is not gone back at length.
func TestEscFromCircles(t *testing.T) {
	d := onion(t, 80, 24)
	before := d.screen()
	d.keys("P", "p", "P", "p", "P", "esc")
	if diff := cmp.Diff(before, d.screen()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	d.keys("P", "?")
	d.send(tea.MouseMsg{X: 9, Y: 7, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	d.shows("Parked requests")
}

// TestParkedIsToldOnce: by the banner, and where that has something worse to say by the foot.
func TestParkedIsToldOnce(t *testing.T) {
	d := onion(t, 120, 40)
	if n := strings.Count(d.screen(), "1 parked"); n != 1 {
		t.Errorf("it is told %d times:\n%s", n, d.screen())
	}
	failed(d.client, d)
	d.shows("⏸ 1 parked")
	d.hides("parked at")
}
