// Package keys says which key does what: a table from which both the routing and the help are made.
package keys

import (
	"slices"

	"github.com/charmbracelet/bubbles/key"
)

// Action is what a key asks for.
type Action int

// The actions.
const (
	None Action = iota
	Quit
	Help
	Up
	Down
	Left
	Right
	PageUp
	PageDown
	HalfUp
	HalfDown
	Top
	Bottom
	Open
	Back
	NextTab
	PrevTab
	Tab1
	Tab2
	Tab3
	Tab4
	Tab5
	Tab6
	Tab7
	Tab8
	Tab9
	Zoom
	Focus
	Filter
	ClearFilter
	Follow
	MarkToggle
	Replay
	ReplayMarked
	NextChanged
	Rebuild
	Output
	BuildError
	Raw
	Wrap
	CopyRequest
	CopyBody
	NextExchange
	PrevExchange
	Origin
	Suspend
	Said
	Blame
	CopyPlace
	ReplayWithout
	ReplayFrom
	BreakHere
	BreakAsk
	ShowParked
	ShowBreakpoints
	Continue
	ContinueAll
	StepInto
	StepOver
	StepOut
	Edit
	Respond
	Raise
	Abort
	Add
	Remove
)

// Scope is where a key is pressed.
type Scope int

// The scopes: the pane that has the focus, or the dialog that is open.
const (
	List Scope = iota
	Detail
	OutputPane
	Dialog      // help, and the error of a build
	Stages      // the detail, on the tab of the stages
	Steps       // the detail, on the tab that walks the boundaries
	Parked      // the dialog of the requests that are parked
	Breakpoints // the dialog of the places where requests park
	scopes
)

// Binding is one line of the help, and the keys of one action.
type Binding struct {
	Action Action
	key.Binding
	Scopes []Scope // where it holds; none is all panes, and no dialog
	Group  string
	Hint   bool // shown at the foot of the screen
	Live   bool // of no use in a capture, where nothing runs
}

// Map is all bindings, in the order of the help.
type Map []Binding

func bind(a Action, group, shown, help string, pressed ...string) Binding {
	return Binding{Action: a, Group: group, Binding: key.NewBinding(key.WithKeys(pressed...), key.WithHelp(shown, help))}
}

func (b Binding) in(scopes ...Scope) Binding {
	b.Scopes = scopes
	return b
}

func (b Binding) hint() Binding {
	b.Hint = true
	return b
}

func (b Binding) live() Binding {
	b.Live = true
	return b
}

// ParkedGroup is what is done to a request that is parked.
const ParkedGroup = "What is parked"

// Default is the key map.
func Default() Map {
	panes := []Scope{List, Detail, OutputPane, Dialog, Stages, Steps, Parked, Breakpoints}
	details := []Scope{Detail, Stages, Steps}
	const (
		move, look, act, stages, parked, app = "Move", "Look", "Replay", "Stages", ParkedGroup, "snifter"
	)
	return Map{
		bind(Up, move, "↑ k", "up", "up", "k").in(panes...),
		bind(Down, move, "↓ j", "down", "down", "j").in(panes...),
		bind(Left, move, "← h", "left, or back to the list", "left", "h").in(Detail, OutputPane, Dialog, Stages),
		bind(Right, move, "→ l", "right, or into the detail", "right", "l").in(List, Detail, OutputPane, Dialog, Stages),
		bind(PageUp, move, "pgup", "a page up", "pgup", "ctrl+b").in(panes...),
		bind(PageDown, move, "pgdn space", "a page down", "pgdown", "ctrl+f", " ").in(panes...),
		bind(HalfUp, move, "ctrl+u", "half a page up", "ctrl+u").in(panes...),
		bind(HalfDown, move, "ctrl+d", "half a page down", "ctrl+d").in(panes...),
		bind(Top, move, "g", "to the first", "g", "home").in(panes...),
		bind(Bottom, move, "G", "to the last, and follow", "G", "end").in(panes...),
		bind(PrevExchange, move, "[", "the one before, in the detail", "[", "K", "shift+up").in(details...),
		bind(NextExchange, move, "]", "the one after, in the detail", "]", "J", "shift+down").in(details...),

		bind(Open, look, "enter", "open the exchange", "enter").in(List).hint(),
		bind(Back, look, "esc", "back", "esc", "backspace").in(Detail, OutputPane, Stages, Steps).hint(),
		bind(ClearFilter, look, "esc", "drop the filter", "esc").in(List),
		bind(NextTab, look, "tab", "the next tab", "tab").in(List, Detail, Stages, Steps).hint(),
		bind(PrevTab, look, "shift+tab", "the tab before", "shift+tab").in(List, Detail, Stages, Steps),
		bind(Tab1, look, "1 … 9", "a tab by its number", "1"),
		bind(Tab2, "", "", "", "2"), bind(Tab3, "", "", "", "3"), bind(Tab4, "", "", "", "4"),
		bind(Tab5, "", "", "", "5"), bind(Tab6, "", "", "", "6"), bind(Tab7, "", "", "", "7"),
		bind(Tab8, "", "", "", "8"), bind(Tab9, "", "", "", "9"),
		bind(Filter, look, "/", "filter", "/").in(List, Detail, OutputPane, Stages, Steps).hint(),
		bind(Follow, look, "f", "follow what comes in", "f").in(List, Detail, OutputPane, Stages, Steps).hint().live(),
		bind(Zoom, look, "z", "one pane on the whole screen", "z"),
		bind(Raw, look, "v", "bytes as they came, or readable", "v").in(Detail, List, Stages, Steps),
		bind(Wrap, look, "w", "wrap long lines, or not", "w"),
		bind(Origin, look, "O", "to what this one replays", "O"),

		bind(Open, stages, "enter", "more room for what it did", "enter").in(Stages, Steps),
		bind(Left, stages, "← →", "step back and on", "left", "h").in(Steps).hint(),
		bind(Right, "", "", "", "right", "l").in(Steps),
		bind(Up, stages, "↑ ↓", "step to another stage").in(Steps),
		bind(Blame, stages, "a", "the body, by stage", "a"),
		bind(BreakHere, stages, "b", "breakpoint, at what is selected", "b").in(Stages, Steps).hint().live(),
		bind(BreakAsk, stages, "B", "breakpoint by its name", "B").in(List, Detail, OutputPane, Stages, Steps).live(),
		bind(CopyPlace, stages, "y", "copy the stage's file and line", "y").in(Stages).hint(),
		bind(ReplayWithout, stages, "s", "replay it without this stage", "s").in(Stages).hint().live(),
		bind(ReplayFrom, stages, "e", "replay it from this stage on", "e").in(Stages).live(),
		bind(ShowBreakpoints, stages, "p b", "all breakpoints", "p").live(),
		bind(ShowBreakpoints, "", "", "", "b").in(List, Detail, OutputPane).live(),
		bind(ShowParked, stages, "P", "what is parked", "P").live(),

		bind(Continue, parked, "c", "continue, to the next breakpoint", "c").in(Parked).hint().live(),
		bind(ContinueAll, parked, "C", "continue all that is parked", "C").in(Parked).live(),
		bind(StepInto, parked, "s", "step, to the next boundary", "s", "i", "right", "l").in(Parked).hint().live(),
		bind(StepOver, parked, "o", "over, to this stage's exit", "o", "n").in(Parked).hint().live(),
		bind(StepOut, parked, "u", "out, to the stage around this one", "u").in(Parked).hint().live(),
		bind(Edit, parked, "e", "edit environ, status, headers, chunk", "e").in(Parked).hint().live(),
		bind(Respond, parked, "r", "respond here, in the stage's place", "r").in(Parked).hint().live(),
		bind(Raise, parked, "x", "raise an exception here", "x").in(Parked).hint().live(),
		bind(Abort, parked, "a", "abort, as if the client had gone", "a").in(Parked).hint().live(),

		bind(MarkToggle, act, "m", "mark: replay it after each build", "m").hint(),
		bind(Replay, act, "r", "replay it, twice to tell noise", "r").hint().live(),
		bind(ReplayMarked, act, "R", "replay all that are marked", "R").live(),
		bind(NextChanged, act, "n", "to the next replay that changed", "n").live(),
		bind(CopyRequest, act, "y", "copy it as curl, without secrets", "y").in(List, Detail, OutputPane, Steps),
		bind(CopyBody, act, "Y", "copy the response's body", "Y"),

		bind(Rebuild, app, "ctrl+r", "load the application anew", "ctrl+r").live(),
		bind(BuildError, app, "E", "the error of the build", "E").live(),
		bind(Output, app, "o", "what the worker printed", "o").hint().live(),
		bind(Focus, app, "ctrl+w", "the next pane", "ctrl+w"),
		bind(Help, app, "?", "help", "?", "f1").in(List, Detail, OutputPane, Stages, Steps, Parked, Breakpoints).hint(),
		bind(Said, app, "!", "what was said at the foot", "!").in(List, Detail, OutputPane, Stages, Steps, Parked, Breakpoints),
		bind(Suspend, app, "ctrl+z", "suspend, as other programs", "ctrl+z"),
		bind(Quit, app, "q", "quit", "q", "ctrl+c").hint(),

		bind(Add, "", "a", "add", "a", "+", "enter").in(Breakpoints).hint(),
		bind(Remove, "", "d", "remove", "d", "x", "delete").in(Breakpoints).hint(),
		bind(ShowParked, "", "P", "what is parked", "P").in(Breakpoints).hint().live(),
		bind(ShowBreakpoints, "", "p", "all breakpoints", "p").in(Parked).live(),
		bind(Back, "", "esc", "back", "esc", "q", "P", "backspace").in(Parked).hint(),
		bind(Back, "", "esc", "back", "esc", "q", "p", "backspace").in(Breakpoints).hint(),
		bind(Back, "", "", "", "esc", "q", "enter", "?", "E", "!", "backspace").in(Dialog),
		bind(Quit, "", "", "", "ctrl+c").in(Dialog, Parked, Breakpoints),
	}
}

// Recorded is the map of a capture that was opened without a server: without the keys that need one, and nothing that is marked
// is replayed.
func (m Map) Recorded() Map {
	out := slices.DeleteFunc(slices.Clone(m), func(b Binding) bool { return b.Live })
	for i := range out {
		if b := &out[i]; b.Action == MarkToggle {
			b.SetHelp(b.Help().Key, "mark: the filter ~marked is for it")
		}
	}
	return out
}

// Action is what a key means in a scope; None for a key that means nothing there. It depends on nothing else.
func (m Map) Action(s Scope, pressed string) Action {
	for i := range m {
		if !m[i].holds(s) {
			continue
		}
		for _, k := range m[i].Keys() {
			if k == pressed {
				return m[i].Action
			}
		}
	}
	return None
}

func (b *Binding) holds(s Scope) bool {
	if len(b.Scopes) == 0 {
		return s != Dialog && s != Parked && s != Breakpoints
	}
	for _, in := range b.Scopes {
		if in == s {
			return true
		}
	}
	return false
}

// Hints are the bindings to be shown at the foot of the screen in a scope: those that are of a tab alone come first.
func (m Map) Hints(s Scope) []Binding {
	var own, out []Binding
	for _, b := range m {
		switch {
		case !b.Hint || !b.holds(s):
		case b.ofTab():
			own = append(own, b)
		default:
			out = append(out, b)
		}
	}
	return append(own, out...)
}

// ofTab says that a binding holds in tabs of the detail that have keys of their own, and nowhere else.
func (b *Binding) ofTab() bool {
	return len(b.Scopes) > 0 && !slices.ContainsFunc(b.Scopes, func(s Scope) bool { return s != Stages && s != Steps })
}

// Groups are the bindings by group, for the help.
func (m Map) Groups() (names []string, groups map[string][]Binding) {
	groups = map[string][]Binding{}
	for _, b := range m {
		if b.Group == "" {
			continue
		}
		if groups[b.Group] == nil {
			names = append(names, b.Group)
		}
		groups[b.Group] = append(groups[b.Group], b)
	}
	return names, groups
}
