package tui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/devserver/control"
)

// tally counts verdicts.
type tally map[control.Verdict]int

func count(outcomes ...control.Outcome) tally {
	t := tally{}
	for _, o := range outcomes {
		t[o.Verdict]++
	}
	return t
}

func (t tally) String() string {
	var parts []string
	all := 0
	for _, v := range []control.Verdict{"same", "noise", "changed", "broken"} {
		if t[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", t[v], v))
			all += t[v]
		}
	}
	text := fmt.Sprintf("%d replayed: %s", all, strings.Join(parts, ", "))
	if t["changed"]+t["broken"] > 0 {
		text += "; n goes to them"
	}
	return text
}

// judge tells of replays that were not asked for here, but made after a build, of what is marked, or for another: what has come
// of them since the last build.
func (m *Model) judge(n *news) tea.Cmd {
	if n.Status != nil && n.Status.Build.ID != m.status.Status.Build.ID {
		m.judged, m.judging = nil, 0
	}
	if m.replaying > 0 {
		return nil
	}
	fresh := false
	for _, o := range n.Verdicts {
		if _, known := m.list.Verdict(o.ID); o.ID == 0 || known {
			continue
		}
		if m.judged == nil {
			m.judged = tally{}
		}
		m.judged[o.Verdict]++
		fresh = true
	}
	if !fresh {
		return nil
	}
	m.forget(m.judging)
	cmd := m.say(m.judged.String())
	m.judging = m.said
	return cmd
}
