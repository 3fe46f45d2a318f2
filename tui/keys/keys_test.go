package keys_test

import (
	"testing"

	"github.com/snifter-dev/snifter/tui/keys"
)

func TestAction(t *testing.T) {
	m := keys.Default()
	for _, c := range []struct {
		scope keys.Scope
		key   string
		want  keys.Action
	}{
		{keys.List, "j", keys.Down}, {keys.List, "down", keys.Down}, {keys.List, "k", keys.Up},
		{keys.List, "g", keys.Top}, {keys.List, "G", keys.Bottom}, {keys.List, "pgdown", keys.PageDown},
		{keys.List, "enter", keys.Open}, {keys.List, "l", keys.Right}, {keys.List, "h", keys.None},
		{keys.List, "tab", keys.NextTab}, {keys.List, "shift+tab", keys.PrevTab},
		{keys.List, "/", keys.Filter}, {keys.List, "esc", keys.ClearFilter}, {keys.List, "f", keys.Follow},
		{keys.List, "m", keys.MarkToggle}, {keys.List, "r", keys.Replay}, {keys.List, "R", keys.ReplayMarked},
		{keys.List, "ctrl+r", keys.Rebuild}, {keys.List, "E", keys.BuildError}, {keys.List, "o", keys.Output},
		{keys.List, "y", keys.CopyRequest}, {keys.List, "?", keys.Help}, {keys.List, "q", keys.Quit},
		{keys.List, "ctrl+c", keys.Quit}, {keys.List, "3", keys.Tab3}, {keys.List, "x", keys.None},
		{keys.Detail, "j", keys.Down}, {keys.Detail, "h", keys.Left}, {keys.Detail, "esc", keys.Back},
		{keys.Detail, "enter", keys.None}, {keys.Detail, "tab", keys.NextTab}, {keys.Detail, "]", keys.NextExchange},
		{keys.Detail, "7", keys.Tab7}, {keys.Detail, "r", keys.Replay}, {keys.Detail, "ctrl+c", keys.Quit},
		{keys.OutputPane, "j", keys.Down}, {keys.OutputPane, "esc", keys.Back}, {keys.OutputPane, "o", keys.Output},
		{keys.OutputPane, "tab", keys.None}, {keys.OutputPane, "q", keys.Quit},
		{keys.Dialog, "q", keys.Back}, {keys.Dialog, "esc", keys.Back}, {keys.Dialog, "?", keys.Back},
		{keys.Dialog, "ctrl+c", keys.Quit}, {keys.Dialog, "j", keys.Down}, {keys.Dialog, "r", keys.None},
		{keys.Dialog, "P", keys.None},
		{keys.Detail, "ctrl+r", keys.Rebuild}, {keys.List, "b", keys.ShowBreakpoints}, {keys.Detail, "b", keys.ShowBreakpoints},
		{keys.OutputPane, "b", keys.ShowBreakpoints}, {keys.Detail, "B", keys.BreakAsk}, {keys.Steps, "B", keys.BreakAsk},
		{keys.Detail, "8", keys.Tab8}, {keys.Detail, "9", keys.Tab9},
		{keys.Detail, "a", keys.Blame}, {keys.List, "P", keys.ShowParked}, {keys.List, "p", keys.ShowBreakpoints},
		{keys.Stages, "j", keys.Down}, {keys.Stages, "enter", keys.Open}, {keys.Stages, "esc", keys.Back},
		{keys.Stages, "b", keys.BreakHere}, {keys.Stages, "B", keys.BreakAsk}, {keys.Stages, "y", keys.CopyPlace},
		{keys.Stages, "Y", keys.CopyBody}, {keys.Stages, "r", keys.Replay}, {keys.Stages, "]", keys.NextExchange},
		{keys.Stages, "P", keys.ShowParked}, {keys.Stages, "q", keys.Quit}, {keys.Stages, "3", keys.Tab3},
		{keys.Stages, "s", keys.ReplayWithout}, {keys.Stages, "e", keys.ReplayFrom}, {keys.Steps, "s", keys.None},
		{keys.Steps, "left", keys.Left}, {keys.Steps, "l", keys.Right}, {keys.Steps, "home", keys.Top},
		{keys.Steps, "end", keys.Bottom}, {keys.Steps, "up", keys.Up}, {keys.Steps, "b", keys.BreakHere},
		{keys.Steps, "y", keys.CopyRequest}, {keys.Steps, "esc", keys.Back},
		{keys.Parked, "c", keys.Continue}, {keys.Parked, "s", keys.StepInto}, {keys.Parked, "i", keys.StepInto},
		{keys.Parked, "right", keys.StepInto}, {keys.Parked, "o", keys.StepOver}, {keys.Parked, "u", keys.StepOut},
		{keys.Parked, "e", keys.Edit}, {keys.Parked, "r", keys.Respond}, {keys.Parked, "x", keys.Raise},
		{keys.Parked, "a", keys.Abort}, {keys.Parked, "p", keys.ShowBreakpoints}, {keys.Parked, "P", keys.Back},
		{keys.Parked, "q", keys.Back}, {keys.Parked, "ctrl+c", keys.Quit}, {keys.Parked, "j", keys.Down},
		{keys.Parked, "m", keys.None}, {keys.Parked, "?", keys.Help},
		{keys.Breakpoints, "a", keys.Add}, {keys.Breakpoints, "d", keys.Remove}, {keys.Breakpoints, "p", keys.Back},
		{keys.Breakpoints, "P", keys.ShowParked}, {keys.Breakpoints, "esc", keys.Back}, {keys.Breakpoints, "r", keys.None},
	} {
		if got := m.Action(c.scope, c.key); got != c.want {
			t.Errorf("scope %d, %q: %d, want %d", c.scope, c.key, got, c.want)
		}
	}
}

// TestNoKeyTwice holds that no key has two meanings in one scope, and that what is hinted at or in the help works.
func TestNoKeyTwice(t *testing.T) {
	m := keys.Default()
	for s := keys.List; s <= keys.Breakpoints; s++ {
		for _, b := range m {
			for _, k := range b.Keys() {
				only := keys.Map{b}
				if want := only.Action(s, k); want != keys.None && m.Action(s, k) != want {
					t.Errorf("scope %d: %q means %d and %d", s, k, m.Action(s, k), want)
				}
			}
		}
		for _, b := range m.Hints(s) {
			if b.Help().Key == "" || b.Help().Desc == "" {
				t.Errorf("scope %d: action %d is hinted at without help", s, b.Action)
			}
		}
	}
}

// TestOwnHintsFirst: what is of a tab alone is hinted at before what is everywhere, and help and quit are last.
func TestOwnHintsFirst(t *testing.T) {
	for s, want := range map[keys.Scope][2]keys.Action{
		keys.Stages: {keys.BreakHere, keys.CopyPlace}, keys.Steps: {keys.Left, keys.BreakHere}, keys.Detail: {keys.Back, keys.NextTab},
		keys.Parked: {keys.Continue, keys.StepInto},
	} {
		hints := keys.Default().Hints(s)
		if got := [2]keys.Action{hints[0].Action, hints[1].Action}; got != want {
			t.Errorf("scope %d: %v, want %v", s, got, want)
		}
		if last := hints[len(hints)-1].Action; s != keys.Parked && last != keys.Quit {
			t.Errorf("scope %d: %d is the last", s, last)
		}
	}
}
