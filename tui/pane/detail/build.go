package detail

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/body"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/effect"
	"github.com/snifter-dev/snifter/tui/pane/list"
	"github.com/snifter-dev/snifter/tui/theme"
)

// twins are two exchanges that are compared.
type twins struct{ origin, replay uint64 }

// content is what a document depends on. Two documents of the same content are the same.
type content struct {
	version int // counts the exchanges that came
	tab     Tab
	raw     bool
	w       int // only where the layout depends on it
	pair    twins
	diffs   int // counts the comparisons that came
	at      int // what is chosen of the upper part, and
	walks   int // counts the walks that came
	blame   bool
	capture bool // nothing runs that could be replayed against
}

// build is a document in the making. It is made by an effect, off the user interface's goroutine, and reads nothing
// that changes.
type build struct {
	content
	x          *recorder.Exchange
	comparison *control.Comparison
	compareErr error
	walk       *recorder.Walk
	walkErr    error
	now        func() time.Time
	doc        doc.Doc
}

type built struct {
	owner   *Model
	content content
	doc     *doc.Doc
}

type inked struct {
	doc   *doc.Doc
	work  doc.Work
	lines [][]doc.Span
}

var layouts = [tabs]func(*build){request, environ, response, chunks, said, raised, diff, stage, standing}

func (m *Model) make(c content) tea.Cmd {
	b := &build{content: c, x: m.x, comparison: m.comparison, compareErr: m.compareErr, now: m.clock}
	if m.steps.id == m.x.ID {
		b.walk, b.walkErr = m.steps.walk, m.steps.err
	}
	return effect.Do(func() tea.Msg {
		b.w = max(b.w, 1)
		layouts[c.tab](b)
		return built{m, c, &b.doc}
	})
}

// highlight sees to the code that shows.
func (m *Model) highlight() tea.Cmd {
	if m.inking {
		return nil
	}
	from, to := m.pager.Window()
	d := m.pager.Doc()
	work, ok := d.Next(from, to)
	if !ok {
		return nil
	}
	m.inking = true
	return effect.Do(func() tea.Msg { return inked{d, work, body.Highlight(work)} })
}

func statusSymbol(x *recorder.Exchange) (string, theme.Ink) {
	return list.Symbol(x.Response.Status, x.State, 0)
}
