// Package form is what is filled in: a [Text] is edited by keys, and a [Form] is several of them under names. What is typed
// or pasted is kept as it is, and made safe where it is drawn.
package form

import (
	"slices"
	"strings"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
)

// maxText bounds what is typed or pasted into one text, in bytes.
const maxText = 64 << 10

// Text is text that is edited, one line or several.
type Text struct {
	lines  [][]rune
	single bool
	// suggested says that the content is none that was typed: what is typed first takes its place.
	suggested bool
	row       int
	col       int
}

// NewText makes a text with a content and the cursor at its end. A single one has no line ends.
func NewText(content string, single bool) *Text {
	t := &Text{single: single}
	t.Set(content)
	return t
}

// Suggest makes a text of one line whose content is a suggestion: what is typed first takes its place, and any other key edits
// it.
func Suggest(content string) *Text {
	t := NewText(content, true)
	t.suggested = true
	return t
}

// Set replaces the content.
func (t *Text) Set(content string) {
	t.lines, t.suggested = nil, false
	for _, l := range strings.Split(content, "\n") {
		t.lines = append(t.lines, []rune(l))
	}
	if t.single {
		t.lines = t.lines[:1]
	}
	t.row = len(t.lines) - 1
	t.col = len(t.lines[t.row])
}

// String is the content.
func (t *Text) String() string {
	lines := make([]string, len(t.lines))
	for i, l := range t.lines {
		lines[i] = string(l)
	}
	return strings.Join(lines, "\n")
}

// Key takes a key. It says whether the key was of use: a key that would leave the text is not.
func (t *Text) Key(k tea.KeyMsg) bool {
	suggested := t.suggested
	used := t.key(k, suggested)
	t.suggested = suggested && !used
	return used
}

func (t *Text) key(k tea.KeyMsg, suggested bool) bool {
	switch k.Type {
	case tea.KeyRunes, tea.KeySpace:
		if suggested {
			t.Set("")
		}
		t.insert(k.Runes)
	case tea.KeyEnter, tea.KeyCtrlJ: // a line end that is pasted comes as ctrl+j where the terminal does not mark what is pasted
		if t.single {
			return false
		}
		t.insert([]rune{'\n'})
	case tea.KeyLeft:
		t.left()
	case tea.KeyRight:
		t.right()
	case tea.KeyUp:
		return t.to(t.row-1, t.col)
	case tea.KeyDown:
		return t.to(t.row+1, t.col)
	case tea.KeyHome, tea.KeyCtrlA:
		t.col = 0
	case tea.KeyEnd, tea.KeyCtrlE:
		t.col = len(t.lines[t.row])
	case tea.KeyBackspace:
		if t.left() {
			t.deleteHere()
		}
	case tea.KeyDelete, tea.KeyCtrlD:
		t.deleteHere()
	case tea.KeyCtrlU:
		t.lines[t.row] = slices.Delete(t.lines[t.row], 0, t.col)
		t.col = 0
	case tea.KeyCtrlK:
		t.lines[t.row] = t.lines[t.row][:t.col]
	default:
		return false
	}
	return true
}

func (t *Text) size() int {
	n := 0
	for _, l := range t.lines {
		n += len(l) + 1
	}
	return n
}

func (t *Text) insert(typed []rune) {
	if len(t.lines) == 0 || t.size()+len(typed) > maxText/utf8.UTFMax {
		return
	}
	for _, r := range strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(typed)) {
		if r != '\n' {
			t.lines[t.row] = slices.Insert(t.lines[t.row], t.col, r)
			t.col++
			continue
		}
		if t.single {
			return
		}
		rest := slices.Clone(t.lines[t.row][t.col:])
		t.lines[t.row] = t.lines[t.row][:t.col]
		t.lines = slices.Insert(t.lines, t.row+1, rest)
		t.row, t.col = t.row+1, 0
	}
}

func (t *Text) left() bool {
	switch {
	case t.col > 0:
		t.col--
	case t.row > 0:
		t.row--
		t.col = len(t.lines[t.row])
	default:
		return false
	}
	return true
}

func (t *Text) right() {
	switch {
	case t.col < len(t.lines[t.row]):
		t.col++
	case t.row+1 < len(t.lines):
		t.row, t.col = t.row+1, 0
	}
}

func (t *Text) to(row, col int) bool {
	if row < 0 || row >= len(t.lines) {
		return false
	}
	t.row, t.col = row, min(col, len(t.lines[row]))
	return true
}

func (t *Text) deleteHere() {
	l := t.lines[t.row]
	switch {
	case t.col < len(l):
		t.lines[t.row] = slices.Delete(l, t.col, t.col+1)
	case t.row+1 < len(t.lines):
		t.lines[t.row] = append(l, t.lines[t.row+1]...)
		t.lines = slices.Delete(t.lines, t.row+1, t.row+2)
	}
}
