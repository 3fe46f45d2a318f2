package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/keys"
	"github.com/snifter-dev/snifter/tui/layout"
	"github.com/snifter-dev/snifter/tui/pane/breakpoints"
	"github.com/snifter-dev/snifter/tui/pane/build"
	"github.com/snifter-dev/snifter/tui/pane/help"
	"github.com/snifter-dev/snifter/tui/pane/parked"
	"github.com/snifter-dev/snifter/tui/pane/status"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// View is the screen: as many lines as it has, each as wide as it is.
func (m *Model) View() string {
	if m.w <= 0 || m.h <= 0 {
		return ""
	}
	if m.screen.TooSmall {
		return m.tooSmall()
	}
	s := &m.screen
	lines := make([]string, 0, m.h)
	lines = append(lines, m.status.Header(m.w))
	if !s.Banner.Empty() {
		lines = append(lines, m.status.Banner(m.w))
	}
	if m.dialog != noDialog {
		lines = append(lines, m.dialogView()...)
		return strings.Join(append(lines, m.saidBelow()...), "\n")
	}
	lines = append(lines, m.body()...)
	if !s.Output.Empty() {
		lines = append(lines, m.output.Rule(m.w))
		lines = append(lines, m.output.View()...)
	}
	return strings.Join(append(lines, m.foot()...), "\n")
}

func (m *Model) body() []string {
	s := &m.screen
	switch s.Arrangement {
	case layout.Beside:
		left, right := m.list.View(), m.detail.View()
		bar := m.theme.Paint(theme.Rule, safe.Of("│"))
		out := make([]string, len(left))
		for i := range left {
			out[i] = left[i] + bar + right[i]
		}
		return out
	case layout.Above:
		out := append(m.list.View(), m.theme.Paint(theme.Rule, safe.Of(strings.Repeat("─", m.w))))
		return append(out, m.detail.View()...)
	}
	if s.List.Empty() {
		return m.detail.View()
	}
	return m.list.View()
}

// foot is what stands below the panes.
func (m *Model) foot() []string {
	if m.prompt.IsOpen() {
		return m.prompt.View(m.w)
	}
	return m.status.Footer(m.w, m.mostSaid(), status.Foot{
		Filter: m.list.Filter(), Following: m.list.Following() && !m.recorded(), Unseen: m.output.Unseen(), Hints: m.shownKeys().Hints(m.scope()),
	})
}

func (m *Model) tooSmall() string {
	lines := make([]string, m.h)
	for i := range lines {
		lines[i] = strings.Repeat(" ", m.w)
	}
	lines[m.h/2] = doc.Row(m.theme, m.w, doc.S(theme.Warn, fmt.Sprintf("too small: %dx%d of %dx%d", m.w, m.h, layout.MinWidth, layout.MinHeight)))
	return strings.Join(lines, "\n")
}

// dialogMargin is what a dialog's frame takes in each direction.
const dialogMargin = 4

// dialogRoom is the room for what a dialog says.
func (m *Model) dialogRoom() (w, h int) {
	h = m.h - 1 - m.below
	if !m.screen.Banner.Empty() {
		h--
	}
	return max(0, min(m.w, 120)-dialogMargin), max(0, h-2)
}

func (m *Model) dialogView() []string {
	switch m.dialog {
	case parkedDialog:
		if m.parked.Count() == 0 && (m.status.Said == "" || m.below > 0) {
			return m.framed(parked.Title, "p breakpoints  esc", m.parked.View())
		}
		return m.framed(parked.Title, m.stepFoot(keys.Parked, m.parked.Typing()), m.parked.View())
	case breaksDialog:
		return m.framed(breakpoints.Title, m.stepFoot(keys.Breakpoints, m.breaks.Typing()), m.breaks.View())
	}
	title := help.Title
	switch m.dialog {
	case buildDialog:
		title = build.Title
	case saidDialog:
		title = saidTitle
	}
	foot := "↑ ↓ scroll · esc closes"
	if m.pager.Percent() < 0 {
		foot = "esc closes"
	}
	return m.framed(title, foot, m.pager.View(m.theme))
}

// stepFoot is the keys of a dialog that has its own, as many as fit; those that leave it stand last and stay longest.
func (m *Model) stepFoot(scope keys.Scope, typing bool) string {
	if said := m.status.Said; said != "" && m.below == 0 { // the line that it would show in is covered
		return safe.Of(said).String()
	}
	if typing {
		return "esc leaves the form"
	}
	hints := m.keys.Hints(scope)
	if scope == keys.Parked {
		hints = slices.DeleteFunc(hints, func(b keys.Binding) bool { return !m.parked.Offers(b.Action) })
	}
	w, _ := m.dialogRoom()
	out, last := "", len(hints)-1
	end := hints[last].Help().Key
	for _, b := range hints[:last] {
		if next := out + b.Help().Key + " " + firstWord(b.Help().Desc) + "  "; safe.Of(next).Width()+safe.Of(end).Width() < w {
			out = next
		}
	}
	return out + end
}

// firstWord is the word that stands for a key's help where there is little room.
func firstWord(help string) string {
	phrase, _, _ := strings.Cut(help, ",")
	if word, found := strings.CutPrefix(phrase, "what is "); found {
		return word
	}
	word, _, _ := strings.Cut(phrase, " ")
	return word
}

// framed puts a frame around the lines of a dialog.
func (m *Model) framed(title, foot string, lines []string) []string {
	w, h := m.dialogRoom()
	left := (m.w - w - dialogMargin) / 2
	margin, end := strings.Repeat(" ", left), strings.Repeat(" ", m.w-left-w-dialogMargin)
	edge := func(s string) string { return m.theme.Paint(theme.Focus, safe.Of(s)) }
	out := make([]string, 0, h+2)
	head := "╭─ " + title + " "
	foot = "─ " + foot + " "
	rule := func(n int) string { return strings.Repeat("─", max(0, n)) }
	out = append(out, margin+edge(head+rule(w+3-safe.Of(head).Width())+"╮")+end)
	for _, l := range lines {
		out = append(out, margin+edge("│")+" "+l+" "+edge("│")+end)
	}
	return append(out, margin+edge("╰"+foot+rule(w+2-safe.Of(foot).Width())+"╯")+end)
}
