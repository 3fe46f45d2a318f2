package form_test

import (
	"errors"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/snifter-dev/snifter/tui/form"
	"github.com/snifter-dev/snifter/tui/theme"
)

func runes(s string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s)} }

func press(t tea.KeyType) tea.KeyMsg { return tea.KeyMsg{Type: t} }

func TestText(t *testing.T) {
	for _, c := range []struct {
		from   string
		single bool
		keys   []tea.KeyMsg
		want   string
	}{
		{"", false, []tea.KeyMsg{runes("ab"), press(tea.KeyEnter), runes("日")}, "ab\n日"},
		{"one\ntwo", false, []tea.KeyMsg{press(tea.KeyHome), press(tea.KeyBackspace)}, "onetwo"},
		{"one\ntwo", false, []tea.KeyMsg{press(tea.KeyUp), press(tea.KeyEnd), press(tea.KeyDelete)}, "onetwo"},
		{"one\ntwo", false, []tea.KeyMsg{press(tea.KeyUp), press(tea.KeyLeft), runes("X")}, "onXe\ntwo"},
		{"one\ntwo", false, []tea.KeyMsg{press(tea.KeyCtrlU)}, "one\n"},
		{"one\ntwo", false, []tea.KeyMsg{press(tea.KeyUp), press(tea.KeyHome), press(tea.KeyCtrlK)}, "\ntwo"},
		{"ab", false, []tea.KeyMsg{press(tea.KeyLeft), press(tea.KeyEnter)}, "a\nb"},
		{"a", false, []tea.KeyMsg{runes("x\r\ny\rz")}, "ax\ny\nz"},
		{"A=1", false, []tea.KeyMsg{press(tea.KeyCtrlJ), runes("B=2")}, "A=1\nB=2"},
		{"a\nb", true, []tea.KeyMsg{runes("x\ny"), press(tea.KeyEnter)}, "ax"},
		{"", true, []tea.KeyMsg{press(tea.KeyBackspace), press(tea.KeyDelete), press(tea.KeyLeft), press(tea.KeyRight)}, ""},
	} {
		text := form.NewText(c.from, c.single)
		for _, k := range c.keys {
			text.Key(k)
		}
		if got := text.String(); got != c.want {
			t.Errorf("%q, %v: %q, want %q", c.from, c.keys, got, c.want)
		}
	}
}

// TestSuggestedText: what is typed first takes the place of a suggestion, and any other key edits it.
func TestSuggestedText(t *testing.T) {
	for _, c := range []struct {
		keys []tea.KeyMsg
		want string
	}{
		{nil, "200 OK"},
		{[]tea.KeyMsg{runes("4"), runes("04")}, "404"},
		{[]tea.KeyMsg{press(tea.KeyBackspace), runes("k")}, "200 Ok"},
		{[]tea.KeyMsg{press(tea.KeyEnter), press(tea.KeyEnd), runes("!")}, "200 OK!"},
	} {
		text := form.Suggest("200 OK")
		for _, k := range c.keys {
			text.Key(k)
		}
		if got := text.String(); got != c.want {
			t.Errorf("%v: %q, want %q", c.keys, got, c.want)
		}
	}
}

func TestForm(t *testing.T) {
	f := &form.Form{
		Title:  "Title",
		Fields: []form.Field{{Name: "one", Text: form.NewText("", true)}, {Name: "two", Hint: "a hint", Text: form.NewText("", true)}},
		Check: func(f *form.Form) error {
			if v, _ := f.Value("two"); v == "bad" {
				return errors.New("it is bad")
			}
			return nil
		},
	}
	for _, k := range []tea.KeyMsg{runes("1"), press(tea.KeyEnter), runes("bad")} {
		if got := f.Key(k); got != form.Typing {
			t.Errorf("%v: %v", k, got)
		}
	}
	if got := f.Key(press(tea.KeyEnter)); got != form.Typing {
		t.Errorf("what is wrong is accepted: %v", got)
	}
	if s := strings.Join(f.View(theme.Plainest(), 30, 5), "\n"); !strings.Contains(s, "it is bad") || !strings.Contains(s, "bad▏") ||
		!strings.Contains(s, "ctrl+s") {
		t.Errorf("%s", s)
	}
	f.Key(press(tea.KeyBackspace))
	if got := f.Key(press(tea.KeyEnter)); got != form.Accepted {
		t.Errorf("enter in the last field: %v", got)
	}
	f.Key(press(tea.KeyShiftTab))
	f.Key(runes("x"))
	if v, ok := f.Value("one"); v != "1x" || !ok {
		t.Errorf("one is %q", v)
	}
	if got := f.Key(press(tea.KeyCtrlS)); got != form.Accepted {
		t.Errorf("ctrl+s: %v", got)
	}
	if got := f.Key(press(tea.KeyEsc)); got != form.Cancelled {
		t.Errorf("esc: %v", got)
	}
	if _, ok := f.Value("three"); ok {
		t.Error("a field that is not there")
	}
}

// TestFormInTwoLines: where there is hardly any room, the field with the cursor shows.
func TestFormInTwoLines(t *testing.T) {
	f := &form.Form{Title: "Title", Fields: []form.Field{
		{Name: "status", Text: form.NewText("200 OK", true)}, {Name: "body", Text: form.NewText("some", false)},
	}}
	for _, want := range []string{"200 OK▏", "some▏"} {
		rows := f.View(theme.Plainest(), 30, 2)
		if len(rows) != 2 || !strings.Contains(rows[0], want) || !strings.Contains(rows[1], "ctrl+s") {
			t.Errorf("%q, want %s", rows, want)
		}
		f.Key(press(tea.KeyTab))
	}
}

// TestFormKeepsToItsRoom types anything, anywhere, and holds that the form is as large as its room and shows the cursor.
func TestFormKeepsToItsRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &form.Form{Title: "Title", Fields: []form.Field{
			{Name: "status", Text: form.NewText("200 OK", true)}, {Name: "headers", Text: form.NewText("A: b\nC: d", false)},
			{Name: "a name that is long", Hint: "a hint", Text: form.NewText("", false)},
		}}
		w, h := rapid.IntRange(8, 80).Draw(t, "w"), rapid.IntRange(2, 20).Draw(t, "h")
		types := []tea.KeyType{
			tea.KeyEnter, tea.KeyTab, tea.KeyShiftTab, tea.KeyUp, tea.KeyDown, tea.KeyLeft, tea.KeyRight, tea.KeyHome, tea.KeyEnd,
			tea.KeyBackspace, tea.KeyDelete, tea.KeyCtrlU, tea.KeyCtrlK,
		}
		for range rapid.IntRange(0, 40).Draw(t, "keys") {
			if rapid.Bool().Draw(t, "typed") {
				f.Key(runes(rapid.StringOfN(rapid.RuneFrom([]rune("ab \n\x1b日é\u202e😀")), 1, 30, -1).Draw(t, "text")))
			} else {
				f.Key(press(rapid.SampledFrom(types).Draw(t, "key")))
			}
			rows := f.View(theme.Plainest(), w, h)
			if len(rows) != h {
				t.Fatalf("%d rows of %d", len(rows), h)
			}
			for _, r := range rows {
				if n := ansi.StringWidth(r); n != w || strings.ContainsAny(r, "\x1b\n\u202e") {
					t.Fatalf("%q is %d wide, not %d", r, n, w)
				}
			}
		}
	})
}

// Without colours, too, it is told apart what stands in a field, what is suggested, and how an empty one is written.
func TestWhatIsNotTyped(t *testing.T) {
	f := &form.Form{Title: "Title", Fields: []form.Field{
		{Name: "status", Hint: "such as 200 OK", Text: form.Suggest("200 OK")},
		{Name: "headers", Hint: "one a line", Text: form.NewText("", false)},
		{Name: "body", Text: form.NewText("x", false)},
	}}
	shows := func(want ...string) {
		t.Helper()
		view := strings.Join(f.View(theme.Plainest(), 60, 8), "\n")
		for _, line := range want {
			if !strings.Contains(view, line+" ") {
				t.Errorf("no %q in\n%s", line, view)
			}
		}
	}
	shows("status   200 OK▏  (typing replaces it)", "headers  (one a line)", "body     x")
	f.Key(press(tea.KeyTab))
	shows("status   200 OK  (typing replaces it)", "headers  ▏ (one a line)")
	f.Key(press(tea.KeyShiftTab))
	f.Key(runes("4"))
	shows("status   4▏")
	f.Key(press(tea.KeyBackspace))
	shows("status   ▏ (such as 200 OK)")
}
