package tui

import (
	"runtime/debug"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/tui/effect"
)

// guarded keeps a panic from reaching bubbletea, which would print a stack trace over the user's screen: the program
// is ended in its ordinary way instead, and Run returns the panic as an error.
type guarded struct {
	*Model
	end func()
}

// Update is the model's.
func (g guarded) Update(msg tea.Msg) (_ tea.Model, cmd tea.Cmd) {
	defer func() {
		if v := recover(); v != nil {
			g.note(v)
			cmd = tea.Quit
		}
	}()
	_, cmd = g.Model.Update(msg)
	return g, cmd
}

// View is the model's, or nothing once it has panicked.
func (g guarded) View() (s string) {
	if g.panicked != nil {
		return ""
	}
	defer func() {
		if v := recover(); v != nil {
			g.note(v)
			g.end()
			s = ""
		}
	}()
	return g.Model.View()
}

func (g guarded) note(v any) {
	if g.panicked == nil {
		g.panicked = &effect.Panicked{Value: v, Stack: debug.Stack()}
	}
}
