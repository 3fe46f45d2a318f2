// Package status is the lines around the panes: what is served and how its build is, at the top; alarms below that; how
// much was recorded, and which keys matter, at the foot.
package status

import (
	"slices"
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/keys"
	"github.com/snifter-dev/snifter/tui/pane/build"
	"github.com/snifter-dev/snifter/tui/pane/list"
	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

// Model is what the lines show.
type Model struct {
	Theme  *theme.Theme
	Status control.Status
	Spin   int
	// Lost says that the connection to the server ended, and why.
	Lost string
	// Parked is what is parked, in one line, "" for nothing; ParkedCount how many, and ParkedFull that they are as many as
	// there are threads.
	Parked      string
	ParkedCount int
	ParkedFull  bool
	// Said is a message that passes; Bad says that it is one of failure.
	Said string
	Bad  bool
}

// Header is the line at the top: the address and the application to the left, the build to the right.
func (m *Model) Header(w int) string {
	left := []doc.Span{doc.S(theme.HeaderStrong, " snifter ")}
	for _, part := range m.parts() {
		left = append(left, doc.Span{Ink: theme.Header, Text: safe.Of(" " + part + " ")})
	}
	right := m.build()
	room := w - right.Text.Width()
	if s := &m.Status; s.Runtime != "" && doc.Width(left) > room { // it goes first
		left = left[:len(left)-1]
	}
	for len(left) > 2 && room-doc.Width(left[:len(left)-1]) < leastName && doc.Width(left) > room {
		left = left[:len(left)-1]
	}
	for i := range left {
		if n := left[i].Text.Width(); n > room {
			left[i].Text = left[i].Text.Fit(max(0, room))
		}
		room -= left[i].Text.Width()
	}
	left = append(left, doc.Span{Ink: theme.Header, Text: safe.Spaces(room)})
	return doc.Row(m.Theme, w, append(left, right)...)
}

// leastName is the least that is shown of the application's name: " app:…".
const leastName = 6

func (m *Model) parts() []string {
	s := &m.Status
	var out []string
	if s.URL != "" {
		out = append(out, s.URL)
	} else if s.Capture != "" {
		out = append(out, s.Capture)
	}
	if s.App != "" {
		out = append(out, s.App)
	}
	if s.Runtime != "" {
		out = append(out, s.Runtime)
	}
	return out
}

func (m *Model) build() doc.Span {
	b := &m.Status.Build
	id := "build " + strconv.Itoa(b.ID)
	switch b.State {
	case "building":
		return doc.S(theme.HeaderStrong, " "+list.Spinner[m.Spin%len(list.Spinner)]+" "+id+" ")
	case "failed":
		return doc.S(theme.Alarm, " ✗ "+id+" failed ")
	case "ok":
		return doc.S(theme.HeaderStrong, " ✓ "+id+" "+human.Millis(b.MS)+" ")
	}
	return doc.Span{Ink: theme.Header}
}

// Alarm is what the banner says, or "".
func (m *Model) Alarm() string {
	switch {
	case m.Lost != "":
		return "⊘ the connection to the server ended: " + m.Lost
	case m.Status.Build.State == "failed":
		return "✗ " + build.LastLine(m.Status.Build.Error)
	case m.Status.Trouble != "":
		return "! recording stopped: " + m.Status.Trouble
	}
	return ""
}

// HasBanner says that there is something that a line below the header has to say.
func (m *Model) HasBanner() bool { return m.Alarm() != "" || m.Parked != "" }

// Banner is the line of alarm, or of what is parked.
func (m *Model) Banner(w int) string {
	hint := ""
	if m.Alarm() == "" {
		if hint = "  P shows it "; w < 60 {
			hint = " P "
		}
		ink := theme.Notice
		if m.ParkedFull {
			ink = theme.Alarm
		}
		end := safe.Of(hint)
		return doc.Row(m.Theme, w, doc.Span{Ink: ink, Text: safe.Of(" " + m.Parked).Fit(max(0, w-end.Width()))}, doc.Span{Ink: ink, Text: end})
	}
	if m.Lost == "" && m.Status.Build.State == "failed" {
		hint = "  E shows it "
		if w < 70 {
			hint = " E "
		}
	}
	end := safe.Of(hint)
	text := safe.Of(" " + m.Alarm()).Fit(max(0, w-end.Width()))
	return doc.Row(m.Theme, w, doc.Span{Ink: theme.Alarm, Text: text}, doc.Span{Ink: theme.Alarm, Text: end})
}

// leastHint is the room for "? help", without which nobody finds the rest.
const leastHint = 9

// Foot is what the last line says beside the keys.
type Foot struct {
	Filter    string
	Following bool
	Unseen    int
	Hints     []keys.Binding
}

// Footer is what stands at the foot: counts to the left, keys (or what was just said) to the right, or what was said alone,
// on as many lines as it needs.
func (m *Model) Footer(w, most int, f Foot) []string {
	left := m.counts(f)
	if m.Said != "" {
		text := safe.Of(" " + m.Said + " ")
		if text.Width() > w {
			return m.SaidLines(w, most)
		}
		ink := m.saidInk()
		for len(left) > 0 && text.Width() > w-doc.Width(left) {
			left = left[:len(left)-1]
		}
		gap := w - doc.Width(left) - text.Width()
		return []string{doc.Row(m.Theme, w, append(left, doc.Span{Ink: theme.Plain, Text: safe.Spaces(gap)}, doc.Span{Ink: ink, Text: text})...)}
	}
	for len(left) > 1 && w-doc.Width(left) < leastHint {
		left = left[:len(left)-1]
	}
	room := w - doc.Width(left)
	hints := hintsIn(f.inOrder(), room-1)
	gap := doc.Span{Ink: theme.Plain, Text: safe.Spaces(room - doc.Width(hints))}
	return []string{doc.Row(m.Theme, w, append(append(left, gap), hints...)...)}
}

// inOrder are the hints, first the one that is called for.
func (f *Foot) inOrder() []keys.Binding {
	i := slices.IndexFunc(f.Hints, func(b keys.Binding) bool { return b.Action == keys.Output })
	if f.Unseen == 0 || i < 0 {
		return f.Hints
	}
	return slices.Concat(f.Hints[i:i+1], f.Hints[:i], f.Hints[i+1:])
}

func (m *Model) saidInk() theme.Ink {
	if m.Bad {
		return theme.Alarm
	}
	return theme.Notice
}

// saidMore is what stands at the end of a message of which not all has room.
const saidMore = " ! shows all "

// SaidLines is what was said, on as many lines of a width as it needs, but no more than so many.
func (m *Model) SaidLines(w, most int) []string {
	ink := m.saidInk()
	rows := doc.Wrap(w, max(1, most), doc.Line{Hang: 1, Spans: []doc.Span{doc.S(ink, " "+m.Said)}})
	out := make([]string, len(rows))
	for i, row := range rows {
		line := ""
		for _, span := range row {
			line += span.Text.String()
		}
		text := safe.Of(" " + strings.TrimLeft(line, " "))
		if text.Width() > w {
			more := safe.Of(saidMore)
			text = safe.Join(text.Fit(max(0, w-more.Width())), more)
		}
		out[i] = m.Theme.Paint(ink, text.Fit(w))
	}
	return out
}

func (m *Model) counts(f Foot) []doc.Span {
	s := &m.Status
	out := []doc.Span{doc.S(theme.Plain, " "+human.Count(s.Total))}
	if s.Open > 0 {
		out = append(out, doc.S(theme.Info, " · "+human.Count(s.Open)+" open"))
	}
	if m.ParkedCount > 0 && m.Alarm() != "" { // else the banner says it
		out = append(out, doc.S(theme.Warn, " · ⏸ "+human.Count(m.ParkedCount)+" parked"))
	}
	if f.Filter != "" {
		out = append(out, doc.S(theme.Accent, " · /"+f.Filter))
	}
	if f.Following {
		out = append(out, doc.S(theme.Good, " · ↓ follow"))
	}
	if s.Dropped > 0 {
		out = append(out, doc.S(theme.Warn, " · ! "+human.Of(s.Dropped, "event")+" lost"))
	}
	if f.Unseen > 0 {
		out = append(out, doc.S(theme.Dim, " · "+human.Count(f.Unseen)+" printed"))
	}
	return out
}

// hintsIn chooses as many hints as fit; help and quit, the last two, stay longest.
func hintsIn(all []keys.Binding, room int) []doc.Span {
	var spans []doc.Span
	last := max(0, len(all)-2)
	used := 0
	add := func(b keys.Binding, reserve int) {
		word, _, _ := strings.Cut(b.Help().Desc, ",")
		word, _, _ = strings.Cut(word, ":")
		k, d := doc.S(theme.Accent, " "+b.Help().Key), doc.S(theme.Dim, " "+short(word)+" ")
		if n := k.Text.Width() + d.Text.Width(); used+n+reserve <= room {
			used += n
			spans = append(spans, k, d)
		}
	}
	for _, b := range all[:last] {
		add(b, 16)
	}
	for _, b := range all[last:] {
		add(b, 0)
	}
	return spans
}

var words = map[string]string{
	"open the exchange": "open", "the next tab": "tabs", "follow what comes in": "follow", "replay it": "replay",
	"what the worker printed": "output", "breakpoint at the stage's enter": "breakpoint", "copy the stage's file and line": "copy place", "replay it without this stage": "skip", "step back and on": "step",
}

func short(s string) string {
	if w, ok := words[s]; ok {
		return w
	}
	return s
}
