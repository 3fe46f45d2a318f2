package tui

import (
	"fmt"
	"strings"

	"github.com/snifter-dev/snifter/tui/curl"
	"github.com/snifter-dev/snifter/tui/keys"
)

// recorded says that a capture is open without a server: nothing runs that could be replayed against, stopped or built.
func (m *Model) recorded() bool { return m.gotStatus && m.status.Status.URL == "" }

// shownKeys are the keys that do something here, for the foot of the screen and the help.
func (m *Model) shownKeys() keys.Map {
	if m.recorded() {
		return m.keys.Recorded()
	}
	return m.keys
}

// needsServer says why a key does nothing in a capture, and what does it; "" where it does something.
func (m *Model) needsServer(a keys.Action) string {
	if !m.recorded() {
		return ""
	}
	why := ""
	switch a {
	case keys.Replay, keys.ReplayMarked, keys.ReplayWithout, keys.ReplayFrom:
		why = "nothing runs to replay against; " + m.replayCommand(a)
	case keys.BreakHere, keys.BreakAsk, keys.ShowBreakpoints, keys.ShowParked:
		why = "no request can stop here; snifter run --break STAGE stops them"
	case keys.Rebuild, keys.BuildError:
		why = "nothing is built here"
	case keys.Output:
		why = "no worker prints here; 5 shows what a request wrote"
	case keys.Follow:
		why = "nothing comes in here"
	case keys.NextChanged:
		why = "nothing is replayed here; the filter ~replay lists the replays"
	default:
		return ""
	}
	return "this is a capture: " + why
}

// replayCommand is what replays the selected exchange, or what is marked, from a shell.
func (m *Model) replayCommand(a keys.Action) string {
	parts := []string{"snifter replay"}
	row, ok := m.list.Selected()
	var id any = "ID" // nothing is recorded
	if ok {
		id = row.ID
	}
	if row.Origin != nil { // as in the workbench, a replay is made again from its origin
		id = *row.Origin
	}
	switch a {
	case keys.ReplayMarked:
		parts = append(parts, "'~marked'")
	case keys.ReplayWithout, keys.ReplayFrom:
		surgery := "--skip"
		if a == keys.ReplayFrom {
			surgery = "--enter"
		}
		if s, _ := m.detail.Place(); s != nil && s.Index > 0 {
			parts = append(parts, fmt.Sprint(id), surgery, curl.Word(m.patternOf(&row, s)))
			break
		}
		fallthrough
	default:
		parts = append(parts, fmt.Sprint(id))
	}
	return strings.Join(append(parts, "--app APP --capture", curl.Word(m.status.Status.Capture)), " ")
}
