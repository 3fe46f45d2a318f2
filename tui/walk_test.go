package tui_test

import (
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"pgregory.net/rapid"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui"
	"github.com/snifter-dev/snifter/tui/internal/fake"
)

// TestAnyKeys presses keys at random while exchanges come, park and go on, and the screen changes its size: it always fits.
// Answers of the server come late: they are held back, and let in at random.
func TestAnyKeys(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c := fake.New(fake.Running())
		fake.Story(c)
		for _, x := range fake.Layered() {
			x.ID += 20
			c.Put(x)
		}
		c.SetMoments(&recorder.Walk{ID: 21, Moments: fake.Walk().Moments})
		d := drive(t, c, 120, 40, tui.Options{})
		w, h := 120, 40
		id := uint64(24)
		names := []string{
			"up", "down", "left", "right", "enter", "esc", "tab", "pgup", "pgdown", "g", "G", "[", "]", "1", "2", "3", "4", "5", "6", "7",
			"8", "9", "8", "9", "P", "p", "a", "b", "B", "y", "m", "z", "o", "?", "/", "v", "w", "c", "s", "u", "e", "r", "x", "A", "=", " ",
			"backspace", "f", "ctrl+w", "ctrl+d", "d",
		}
		for range rapid.IntRange(1, 60).Draw(r, "steps") {
			switch rapid.IntRange(0, 9).Draw(r, "what") {
			case 0:
				w, h = rapid.IntRange(20, 200).Draw(r, "w"), rapid.IntRange(5, 60).Draw(r, "h")
				d.send(tea.WindowSizeMsg{Width: w, Height: h})
			case 1:
				x := fake.Layered()[rapid.IntRange(0, 2).Draw(r, "kind")]
				x.ID = id
				id++
				c.Put(x)
				d.send(tui.News(control.Updates{Rows: []recorder.Row{fake.RowOf(x)}}))
			case 2:
				var s control.Stepping
				for i := range rapid.IntRange(0, 3).Draw(r, "parked") {
					p := fake.Parked()
					p.ID = uint64(21 + i)
					if i%2 == 1 {
						p.Until, p.Since = nil, fake.Noon.Add(time.Second)
						p.Edits = []string{"status", "headers", "chunk"}
						p.Chunk = &recorder.Body{Size: 3, Bytes: []byte("abc")}
					}
					s.Parked = append(s.Parked, p)
				}
				c.SetStepping(s)
				d.tellStepping()
			case 3:
				d.fire()
			default:
				key := rapid.SampledFrom(names).Draw(r, "key")
				if rapid.Bool().Draw(r, "late") {
					_, cmd := d.m.Update(keyMsg(key))
					fits(t, d.m.View(), w, h)
					d.run(cmd)
				} else {
					d.keys(key)
				}
			}
			fits(t, d.m.View(), w, h)
		}
	})
}
