package tui_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/devserver/control"
)

// refuse has replays fail with a message.
func refuse(d *driver, message string) {
	d.client.OnReplay = func(control.ReplayQuery) ([]control.Outcome, error) { return nil, errors.New(message) }
}

// foot is the last lines of the screen, as one text.
func foot(d *driver, lines int) string {
	all := strings.Split(d.screen(), "\n")
	var words []string
	for _, l := range all[len(all)-lines:] {
		words = append(words, strings.Fields(l)...)
	}
	return strings.Join(words, " ")
}

// What is too long for a line is said on several, which the panes give way to as long as it stands.
func TestLongMessage(t *testing.T) {
	d := onion(t, 80, 24)
	why := "note: exchange 1 can't be entered there, but at site.middleware.Flask.wsgi_app around it: " +
		"site.views.note is a layer within flask, which alone can call it"
	refuse(d, why)
	before := d.screen()
	d.keys("g", "r")
	if got := foot(d, 3); !strings.HasSuffix(got, "✗ "+why) {
		t.Errorf("%q does not end in the message", got)
	}
	if n := strings.Count(d.screen(), "\n"); n != strings.Count(before, "\n") {
		t.Errorf("%d lines", n)
	}
	d.fire()
	d.shows("? help")
}

// The lines of a message begin in one column, also where one ends with a word.
func TestLinesOfAMessage(t *testing.T) {
	d := onion(t, 80, 24)
	refuse(d, strings.Repeat("twelve-chars ", 12))
	d.keys("g", "r")
	for _, line := range strings.Split(d.screen(), "\n")[22:] {
		if strings.HasPrefix(line, "  ") {
			t.Errorf("%q", line)
		}
	}
}

// A message that has not room even so says which key shows it, and those that have passed.
func TestMessagesThatWereSaid(t *testing.T) {
	d := onion(t, 40, 12)
	why := strings.Repeat("a long story ", 10) + "and its end"
	refuse(d, why)
	d.keys("g", "r")
	d.shows("… ! shows all")
	d.hides("its end")
	d.fire()
	d.keys("!")
	d.shows("What was said", "✗ a long story", "its end")
	d.keys("G")
	d.shows("12:01:00  replaying 1")
	d.keys("!")
	d.hides("What was said")
}

// A dialog gives way, too, where its foot has no room for it.
func TestLongMessageBelowADialog(t *testing.T) {
	d := onion(t, 80, 24)
	d.keys("p")
	d.shows("esc ─")
	d.client.Fail = errors.New("site.auth.Auth: " + strings.Repeat("this can't be ", 8) + "done")
	d.keys("a")
	d.types("Auth")
	d.keys("enter")
	if got := foot(d, 2); !strings.HasSuffix(got, "done") || !strings.Contains(got, "✗ breakpoint: site.auth.Auth: this can't") {
		t.Errorf("%q", got)
	}
	d.shows("Breakpoints", "esc ─")
	if n := strings.Count(d.screen(), "\n"); n != 23 {
		t.Errorf("%d lines", n)
	}
}
