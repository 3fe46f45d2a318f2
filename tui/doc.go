// Package tui is the workbench: a live list of exchanges, the detail of one, and what replays found, on a terminal.
//
// It talks to a running snifter, or to a capture, through [control.Client] and through nothing else, so what it shows a
// script can have as well. It promises three things to whoever looks at it: a key is answered at once however many
// exchanges pass (updates are merged and drawn at most 30 times a second, and only what shows is rendered); nothing
// that an application or a client sent can drive the terminal (package safe); and the terminal is as it was when
// [Run] returns, by whatever way it returns.
//
// The root model routes: an open dialog first, then global keys, then the focused pane. Each pane is a package under
// tui/pane. Work that waits or takes time is an effect (package effect), run in a tea.Cmd, whose result comes back as
// a message.
package tui
