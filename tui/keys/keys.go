// Package keys says which key does what: a table from which both the routing and the help are made.
package keys

import "github.com/charmbracelet/bubbles/key"

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
)

// Scope is where a key is pressed.
type Scope int

// The scopes: the pane that has the focus, or the dialog that is open.
const (
	List Scope = iota
	Detail
	OutputPane
	Dialog // help, and the error of a build
	scopes
)

// Binding is one line of the help, and the keys of one action.
type Binding struct {
	Action Action
	key.Binding
	Scopes []Scope // where it holds; none is everywhere but in dialogs
	Group  string
	Hint   bool // shown at the foot of the screen
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

// Default is the key map.
func Default() Map {
	panes := []Scope{List, Detail, OutputPane, Dialog}
	const (
		move, look, act, app = "Move", "Look", "Replay", "snifter"
	)
	return Map{
		bind(Up, move, "↑ k", "up", "up", "k").in(panes...),
		bind(Down, move, "↓ j", "down", "down", "j").in(panes...),
		bind(Left, move, "← h", "left, or back to the list", "left", "h").in(Detail, OutputPane, Dialog),
		bind(Right, move, "→ l", "right, or into the detail", "right", "l").in(panes...),
		bind(PageUp, move, "pgup", "a page up", "pgup", "ctrl+b").in(panes...),
		bind(PageDown, move, "pgdn space", "a page down", "pgdown", "ctrl+f", " ").in(panes...),
		bind(HalfUp, move, "ctrl+u", "half a page up", "ctrl+u").in(panes...),
		bind(HalfDown, move, "ctrl+d", "half a page down", "ctrl+d").in(panes...),
		bind(Top, move, "g", "to the first", "g", "home").in(panes...),
		bind(Bottom, move, "G", "to the last, and follow", "G", "end").in(panes...),
		bind(PrevExchange, move, "[", "the one before, in the detail", "[", "K", "shift+up").in(Detail),
		bind(NextExchange, move, "]", "the one after, in the detail", "]", "J", "shift+down").in(Detail),

		bind(Open, look, "enter", "open the exchange", "enter").in(List).hint(),
		bind(Back, look, "esc", "back", "esc", "backspace").in(Detail, OutputPane).hint(),
		bind(ClearFilter, look, "esc", "drop the filter", "esc").in(List),
		bind(NextTab, look, "tab", "the next tab", "tab").in(List, Detail).hint(),
		bind(PrevTab, look, "shift+tab", "the tab before", "shift+tab").in(List, Detail),
		bind(Tab1, look, "1 … 7", "a tab by its number", "1"),
		bind(Tab2, "", "", "", "2"), bind(Tab3, "", "", "", "3"), bind(Tab4, "", "", "", "4"),
		bind(Tab5, "", "", "", "5"), bind(Tab6, "", "", "", "6"), bind(Tab7, "", "", "", "7"),
		bind(Filter, look, "/", "filter", "/").hint(),
		bind(Follow, look, "f", "follow what comes in", "f").hint(),
		bind(Zoom, look, "z", "one pane on the whole screen", "z"),
		bind(Raw, look, "v", "bytes as they came, or readable", "v").in(Detail, List),
		bind(Wrap, look, "w", "wrap long lines, or not", "w"),
		bind(Origin, look, "O", "to what this one replays", "O"),

		bind(MarkToggle, act, "m", "mark: replay it after each build", "m").hint(),
		bind(Replay, act, "r", "replay this exchange", "r").hint(),
		bind(ReplayMarked, act, "R", "replay all that are marked", "R"),
		bind(NextChanged, act, "n", "to the next replay that changed", "n"),
		bind(CopyRequest, act, "y", "copy the request as curl, without secrets", "y"),
		bind(CopyBody, act, "Y", "copy the response's body", "Y"),

		bind(Rebuild, app, "b", "load the application anew", "b"),
		bind(BuildError, app, "B", "the error of the build", "B"),
		bind(Output, app, "o", "what the worker printed", "o").hint(),
		bind(Focus, app, "ctrl+w", "the next pane", "ctrl+w"),
		bind(Help, app, "?", "help", "?", "f1").hint(),
		bind(Suspend, app, "ctrl+z", "suspend, as other programs", "ctrl+z"),
		bind(Quit, app, "q", "quit", "q", "ctrl+c").hint(),

		bind(Back, "", "", "", "esc", "q", "enter", "?", "B", "backspace").in(Dialog),
		bind(Quit, "", "", "", "ctrl+c").in(Dialog),
	}
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
		return s != Dialog
	}
	for _, in := range b.Scopes {
		if in == s {
			return true
		}
	}
	return false
}

// Hints are the bindings to be shown at the foot of the screen in a scope.
func (m Map) Hints(s Scope) []Binding {
	var out []Binding
	for _, b := range m {
		if b.Hint && b.holds(s) {
			out = append(out, b)
		}
	}
	return out
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
