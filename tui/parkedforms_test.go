package tui_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui"
	"github.com/snifter-dev/snifter/tui/internal/fake"
)

func TestParkedEdit(t *testing.T) {
	d := onion(t, 80, 40)
	d.client.OnStep = func(c control.StepCommand) (*control.Parked, error) {
		p := fake.Parked()
		p.Changes.Environ.Added = map[string]any{"REMOTE_USER": c.Environ["REMOTE_USER"]}
		p.Trouble = "X is not there"
		return &p, nil
	}
	d.keys("P", "e")
	d.shows("Edit at site.auth.Auth:enter", "KEY=VALUE sets, -KEY removes")
	d.types("q=1")
	d.keys("enter")
	d.types("what")
	d.shows(`✗ "what" is neither KEY=VALUE nor -KEY`, "ctrl+s does it")
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
	d.calls()
	d.send(tea.KeyMsg{Type: tea.KeyCtrlU})
	d.types("-HTTP_COOKIE")
	d.keys("enter")
	d.types("REMOTE_USER=a b=c ")
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
	d.calls("edit 3 REMOTE_USER=a b=c  q=1 -HTTP_COOKIE")
	d.shows("+ REMOTE_USER  a b=c", "✗ X is not there", "Edit at site.auth.Auth:enter", "REMOTE_USER=a b=c ")
	d.keys("esc", "e", "esc", "esc")
	d.hides("Parked requests")
}

func TestParkedEditAnswer(t *testing.T) {
	d := onion(t, 80, 40)
	park(d, fake.ParkedAtAnswer())
	d.keys("P", "down", "e")
	d.send(tea.KeyMsg{Type: tea.KeyCtrlU})
	d.types("40")
	d.shows("is no code from 200 on and reason")
	d.types("4")
	d.keys("tab", "enter")
	d.types("X-New: 日")
	d.shows("beyond latin-1")
	d.keys("backspace")
	d.types("é")
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
	d.calls("edit 4 404 Not Found [[Content-Type text/html] [Set-Cookie a=1] [X-New é]]")
	d.keys("e")
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS}) // nothing was changed
	d.calls("edit 4 404 Not Found [[Content-Type text/html] [Set-Cookie a=1] [X-New é]]")
}

func TestParkedEditChunk(t *testing.T) {
	d := onion(t, 80, 40)
	p := fake.ParkedAtAnswer()
	p.Boundary, p.Edits, p.Chunk = "chunk", []string{"chunk"}, &recorder.Body{Size: 9, Bytes: []byte("one\n日本")}
	park(d, p)
	d.keys("P", "down", "e")
	d.types("!")
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
	d.calls(`edit 4 "one\n日本!"`)
	p.Chunk, p.Result = &recorder.Body{}, "str"
	d.client.SetStepping(control.Stepping{Parked: []control.Parked{p}})
	d.tellStepping()
	d.shows("✗ the block is a str, and not bytes")
}

// parkedAtBytes is a request that stands where a stage gives a block that is no text.
func parkedAtBytes(block []byte) control.Parked {
	p := fake.ParkedAtAnswer()
	p.Boundary, p.Edits, p.Chunk = "chunk", []string{"environ", "chunk"}, &recorder.Body{Size: int64(len(block)), Bytes: block}
	return p
}

// TestParkedEditBytes: a block that is no text is edited with escapes, and what is not touched stays as it is.
func TestParkedEditBytes(t *testing.T) {
	d := onion(t, 80, 40)
	park(d, parkedAtBytes([]byte("\x1f\x8b\\one\r\ntwo")))
	d.keys("P", "down")
	d.shows("c continue", "e edit", "a abort")
	d.hides("r respond", "x raise") // where there is a response already
	d.keys("e")
	d.shows(`bytes    \x1f\x8b\\one\r`, "         two", "file     (a path")
	d.types(`\x0`)
	d.shows(`✗ \x is followed by two hexadecimal digits`, "ctrl+s does it")
	d.types("0é")
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
	d.calls(`edit 4 "\x1f\x8b\\one\r\ntwo\x00é"`)
}

// TestParkedEditChunkFromFile: a block is replaced by what a file has, whatever it is and however long.
func TestParkedEditChunkFromFile(t *testing.T) {
	d := onion(t, 80, 40)
	park(d, parkedAtBytes(bytes.Repeat([]byte{0xff}, 5000)))
	path := filepath.Join(t.TempDir(), "block")
	d.keys("P", "down", "e")
	d.hides("│ bytes ")
	d.types(path)
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
	d.calls()
	d.shows("✗ open ", "no such file", "Edit at") // what was typed is not lost
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
	if err := os.WriteFile(path, []byte("\x00two"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.keys("e")
	d.types(path)
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
	d.calls(`edit 4 ""`, `edit 4 "\x00two"`)

	d = onion(t, 80, 40)
	park(d, parkedAtBytes([]byte{0xff}))
	d.keys("P", "down", "e")
	d.types("x")
	d.keys("tab")
	d.types(path)
	d.shows("✗ the block is given twice")
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
	d.calls()
}

// TestParkedRespondSuggests: what is typed takes the place of the status that is suggested, and the type of the body is said
// by the headers until they are typed in.
func TestParkedRespondSuggests(t *testing.T) {
	d := onion(t, 80, 30)
	d.client.OnStep = func(control.StepCommand) (*control.Parked, error) { return nil, errors.New("not now") }
	d.keys("P", "r")
	d.types("204")
	d.shows("status   204▏", "headers  (Name: value")
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
	for _, c := range []struct{ body, want string }{
		{"<", "text/plain; charset=utf-8"},
		{"h1>no", "text/html; charset=utf-8"},
	} {
		if c.body == "<" {
			d.keys("tab", "tab")
		}
		d.types(c.body)
		d.shows("headers  Content-Type: " + c.want)
	}
	d.send(tea.KeyMsg{Type: tea.KeyCtrlU})
	d.types(`{"a": 1}`)
	d.shows("headers  Content-Type: application/json")
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
	d.keys("shift+tab", "enter")
	d.types("X: 1")
	d.keys("tab")
	d.types("!")
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
	d.calls(`respond 3 204 No Content [] ""`, `respond 3 204 No Content [[Content-Type application/json]] "{\"a\": 1}"`,
		`respond 3 204 No Content [[Content-Type application/json] [X 1]] "{\"a\": 1}!"`)
}

func TestParkedRespondAndRaise(t *testing.T) {
	d := onion(t, 80, 30)
	d.client.OnStep = func(control.StepCommand) (*control.Parked, error) { return nil, errors.New("impossible \x1b[2J here") }
	d.keys("P", "r", "tab", "tab")
	d.types("no")
	d.keys("enter")
	d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("pasted\r\ntext"), Paste: true})
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
	d.shows("✗ impossible ␛[2J here", "Respond in the place of", "         pasted") // what was typed is not lost
	d.keys("esc", "x")
	d.types("app.Odd")
	d.keys("enter")
	d.types("why")
	d.keys("enter")
	d.calls(`respond 3 200 OK [[Content-Type text/plain; charset=utf-8]] "no\npasted\ntext"`, "raise 3 app.Odd: why")
	d.keys("esc")
	p := fake.Parked()
	p.Edits = nil
	d.send(tui.News(control.Updates{Stepping: &control.Stepping{Parked: []control.Parked{p}}}))
	d.keys("r")
	d.shows("respond is not possible at enter")
	d.keys("e")
	d.shows("nothing can be changed at enter")
}

// TestParkedGoesOnWhileEdited: the form of a request that has gone on by itself is not sent to another.
func TestParkedGoesOnWhileEdited(t *testing.T) {
	d := onion(t, 80, 30)
	d.keys("P", "e")
	d.types("A=1")
	d.send(tui.News(control.Updates{Stepping: &control.Stepping{}}))
	d.hides("Edit at")
	d.shows("the request has gone on meanwhile")
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
	d.calls()
}

// TestParkedEditedWhileEdited: what nothing was typed in shows what another has made of it, and is not put back; what both have
// changed is not sent.
func TestParkedEditedWhileEdited(t *testing.T) {
	d := onion(t, 80, 40)
	p := fake.ParkedAtAnswer()
	tell := func() {
		d.client.SetStepping(control.Stepping{Parked: []control.Parked{p}})
		d.tellStepping()
	}
	tell()
	d.keys("P", "e")
	p.Status, p.Headers = "404 Not Found", append(p.Headers, recorder.Header{"X-Other", "1"})
	tell()
	d.shows("Edit at", "status   404 Not Found", "         X-Other: 1")
	d.keys("tab", "tab")
	d.types("A=1")
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
	d.calls("edit 4 A=1")
	d.keys("e", "tab", "enter")
	d.types("X-Mine: 2")
	p.Headers = append(p.Headers, recorder.Header{"X-Third", "3"})
	tell()
	d.shows("X-Mine: 2", "✗ another has changed the headers meanwhile")
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
	d.calls("edit 4 A=1")
}

// TestParkedEditedAtOnce: headers that another has changed, which is not known yet, are not overwritten.
func TestParkedEditedAtOnce(t *testing.T) {
	d := onion(t, 80, 40)
	p := fake.ParkedAtAnswer()
	p.Version = 1
	d.client.SetStepping(control.Stepping{Parked: []control.Parked{p}})
	d.tellStepping()
	d.keys("P", "e", "tab", "enter")
	d.types("X-Mine: 2")
	p.Version, p.Headers = 2, append(p.Headers, recorder.Header{"X-Other", "1"})
	d.client.SetStepping(control.Stepping{Parked: []control.Parked{p}})
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
	d.calls()
	d.shows("the request was edited meanwhile", "X-Mine: 2")
}

// TestParkedEditLeavesAStatus: one in which nothing was typed is not sent, odd as it may be.
func TestParkedEditLeavesAStatus(t *testing.T) {
	for _, status := range []string{"404", "200 OK "} {
		d := onion(t, 80, 40)
		p := fake.ParkedAtAnswer()
		p.Status = status
		d.client.SetStepping(control.Stepping{Parked: []control.Parked{p}})
		d.tellStepping()
		d.keys("P", "e", "tab", "enter")
		d.types("X-Mine: 2")
		d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
		d.calls("edit 4 [[Content-Type text/html] [Set-Cookie a=1] [X-Mine 2]]")
	}
}

// TestParkedElsewhereWhileEdited: a form is for the stop that it was opened at, where another has stepped the request on.
func TestParkedElsewhereWhileEdited(t *testing.T) {
	d := onion(t, 80, 30)
	d.keys("P", "e")
	d.types("A=1")
	p := fake.Parked()
	d.send(tui.News(control.Updates{Stepping: &control.Stepping{Parked: []control.Parked{p}}}))
	d.shows("Edit at")
	p.Boundary, p.Stop = "exit", p.Stop+1
	d.send(tui.News(control.Updates{Stepping: &control.Stepping{Parked: []control.Parked{p}}}))
	d.hides("Edit at")
	d.shows("the request has gone on meanwhile", ":exit")
	d.send(tea.KeyMsg{Type: tea.KeyCtrlS})
	d.calls()
}
