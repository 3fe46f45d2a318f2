package list

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/tui/effect"
)

// Apply takes what happened. Without a filter new rows are put in at once; with one, the server is asked which of
// them match, not more often than recheck.
func (m *Model) Apply(u *control.Updates) tea.Cmd {
	if u.Status != nil {
		m.status = *u.Status
	}
	for _, o := range u.Verdicts {
		m.learn(o)
	}
	keepTop := m.topID()
	for _, id := range u.Removed {
		m.win.remove(id)
		delete(m.verdicts, id)
		delete(m.replays, id)
		delete(m.beside, id)
	}
	var cmd tea.Cmd
	if m.filter == "" {
		if m.loaded {
			for i := range u.Rows {
				m.win.put(u.Rows[i])
			}
			m.trim()
		} else if len(u.Rows) > 0 {
			m.dirty = 1 // came before the first page: ask again after it
		}
	} else if len(u.Rows) > 0 {
		cmd = m.soil(u)
	}
	m.restoreTop(keepTop)
	m.settle()
	return cmd
}

// Reload asks for everything again, where updates were lost.
func (m *Model) Reload() tea.Cmd {
	if m.follow || len(m.win.rows) == 0 {
		return m.jump(jumpNewest)
	}
	m.win.newer = true
	return m.fill()
}

// maxVerdicts bounds what is remembered of replays.
const maxVerdicts = 20_000

func (m *Model) learn(o control.Outcome) {
	if o.ID == 0 {
		return
	}
	if len(m.verdicts) >= maxVerdicts {
		clear(m.verdicts)
		clear(m.replays)
		clear(m.beside)
	}
	m.verdicts[o.ID] = o
	if o.Again != 0 {
		m.beside[o.Again] = again(o)
	}
	if o.Whole != 0 {
		m.beside[o.Whole] = whole
	}
	if o.ID >= m.replays[o.Origin] {
		m.replays[o.Origin] = o.ID
	}
}

// soil notes that rows have changed, and sees to it that the server is asked about them.
func (m *Model) soil(u *control.Updates) tea.Cmd {
	for i := range u.Rows {
		if id := u.Rows[i].ID; m.dirty == 0 || id < m.dirty {
			m.dirty = id
		}
	}
	if m.checking || !m.loaded {
		return nil
	}
	m.checking = true
	return m.fx.After(recheck, checkDue{m.gen})
}

// check asks which of the changed rows match.
func (m *Model) check() tea.Cmd {
	m.checking = false
	if m.dirty == 0 {
		return nil
	}
	from := m.dirty
	if n := len(m.win.rows); m.win.newer && n > 0 && from > m.win.rows[n-1].ID {
		m.dirty = 0 // beyond the window: a page will bring it
		return nil
	}
	if n := len(m.win.rows); n > 0 && m.win.older && from < m.win.rows[0].ID {
		from = m.win.rows[0].ID
	}
	m.dirty, m.checking = 0, true
	return m.fx.AskRows(tag{m.gen, changed}, control.Query{Filter: m.filter, After: from - 1, Limit: page})
}

// jump asks for the newest or the oldest page, and makes what was asked before stale.
func (m *Model) jump(p purpose) tea.Cmd {
	m.gen++
	m.asking, m.checking, m.dirty = true, false, 0
	return m.fx.AskRows(tag{m.gen, p}, control.Query{Filter: m.filter, Limit: page, Oldest: p == jumpOldest})
}

// fill asks for more rows where the cursor comes near the end of the window.
func (m *Model) fill() tea.Cmd {
	n := len(m.win.rows)
	if m.asking || n == 0 {
		return nil
	}
	i, _ := m.win.index(m.cursor)
	q := control.Query{Filter: m.filter, Limit: page}
	switch {
	case m.win.older && i < near:
		q.Before = m.win.rows[0].ID
	case m.win.newer && i >= n-near:
		q.After, q.Oldest = m.win.rows[n-1].ID, true
	default:
		return nil
	}
	m.asking = true
	return m.fx.AskRows(tag{m.gen, more}, q)
}

// paged takes a page.
func (m *Model) paged(t tag, msg effect.Rows) tea.Cmd {
	if t.purpose == changed {
		m.checking = false
	} else {
		m.asking = false
	}
	if m.err = msg.Err; m.err != nil {
		m.loaded = true
		return nil
	}
	keepTop := m.topID()
	rows := msg.Page.Rows
	switch {
	case t.purpose == changed:
		from := msg.Query.After + 1
		if msg.Page.More && len(rows) > 0 { // so many that what lies between is not known
			m.win.rows = nil
			m.win.older = true
		}
		m.win.replaceFrom(from, rows)
		m.win.newer = false
	case t.purpose == jumpNewest:
		m.win = window{older: msg.Page.More}
		m.win.append(rows)
		m.top = max(0, len(rows)-m.room())
	case t.purpose == jumpOldest:
		m.win = window{newer: msg.Page.More}
		m.win.append(rows)
		m.cursor, m.top = 0, 0
	case msg.Query.Before > 0:
		m.win.older = msg.Page.More
		m.win.prepend(rows)
	default:
		m.win.newer = msg.Page.More
		m.win.append(rows)
	}
	return m.afterPage(t, keepTop)
}

func (m *Model) afterPage(t tag, keepTop uint64) tea.Cmd {
	first := !m.loaded
	m.loaded = true
	m.trim()
	if t.purpose != jumpNewest && t.purpose != jumpOldest {
		m.restoreTop(keepTop)
	}
	m.settle()
	if first && m.dirty > 0 && m.filter == "" {
		return m.jump(jumpNewest)
	}
	if m.dirty > 0 && !m.checking && m.filter != "" {
		m.checking = true
		return m.fx.After(recheck, checkDue{m.gen})
	}
	return m.fill()
}

func (m *Model) trim() {
	if len(m.win.rows) <= maxRows {
		return
	}
	i := len(m.win.rows) - 1
	if !m.follow {
		i, _ = m.win.index(m.cursor)
	}
	m.win.trim(i)
}

func (m *Model) topID() uint64 {
	if m.top < len(m.win.rows) {
		return m.win.rows[m.top].ID
	}
	return 0
}

func (m *Model) restoreTop(id uint64) {
	if id > 0 {
		m.top, _ = m.win.index(id)
	}
}
