package tui_test

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/tui"
	"github.com/snifter-dev/snifter/tui/internal/fake"
)

func TestTabsAndBack(t *testing.T) {
	d := story(t, 80, 24)
	d.keys("g", "enter")
	d.shows("[Response]", "<!doctype html>", "Orders &amp; returns")
	d.keys("tab")
	d.shows("[Chunks]", "1 chunk")
	d.keys("shift+tab", "shift+tab")
	d.shows("[Environ]", "PATH_INFO")
	d.keys("]", "]")
	d.shows("#3 GET /api/orders")
	d.keys("[")
	d.shows("#2 POST /login", "[Environ]")
	d.keys("esc")
	d.shows("★  2 POST")
	if !strings.Contains(d.cursorOn(), "/login") {
		t.Errorf("back: the cursor is on %q", d.cursorOn())
	}
	d.keys("enter", "h")
	d.shows("/favicon.ico")
}

// TestSuggestsTab holds that an exchange with an exception opens on its traceback, until the user chooses a tab.
func TestSuggestsTab(t *testing.T) {
	d := story(t, 80, 24)
	d.keys("g", "down", "down", "down", "down", "enter")
	d.shows("[Traceback✗]", "shop.errors.NotFound: order 17", "▶ 42", "raised from")
	d.keys("]")
	d.shows("[Response]")
	d.keys("2", "[")
	d.shows("[Environ]", "/orders/17")
}

func TestRaw(t *testing.T) {
	d := story(t, 80, 24)
	d.keys("g", "down", "1")
	d.shows("jürgen", "Kept from the environ", "an underscore in its name", "(empty)")
	d.keys("v", "G")
	d.shows("user=j%C3%BCrgen&password=hunter2&remember=")
}

func TestPathInfoReading(t *testing.T) {
	d := story(t, 80, 24)
	d.keys("G", "up", "2")
	d.shows("/cafÃ©  UTF-8: /café")
}

func TestMark(t *testing.T) {
	d := story(t, 80, 24)
	d.keys("g", "m")
	d.shows("▌★  1 GET", "1 is marked")
	d.keys("enter", "m") // where the list does not show
	d.shows("1 is not marked any more")
	d.keys("m", "esc")
	d.client.Fail = errors.New("the capture is read-only")
	d.keys("down", "down", "down", "m")
	d.shows("the capture is read-only", "▌   4 GET")
	if got, want := d.client.Calls(), []string{"mark [1] true", "mark [1] false", "mark [1] true", "mark [4] true"}; !slices.Equal(got, want) {
		t.Errorf("calls %q, want %q", got, want)
	}
}

func TestReplayThatChanged(t *testing.T) {
	d := story(t, 80, 30)
	d.client.OnReplay = func(control.ReplayQuery) ([]control.Outcome, error) {
		return []control.Outcome{{ID: 8, Origin: 3, Verdict: "changed", Reasons: []string{"body: 2 differences"}}}, nil
	}
	d.keys("g", "down", "down", "r")
	d.shows("[Diff≠]", "≠ changed  3 → 8", "/orders/0/total", "- 12.50", "+ 13.00", "Masked as noise", "volatile header",
		"3: changed, body: 2 differences")
	d.keys("esc")
	d.shows("↻3 ≠ changed")
	d.fire()
	d.hides("3: changed, body")
}

func TestReplayThatIsTheSame(t *testing.T) {
	d := story(t, 80, 24)
	d.client.OnReplay = func(control.ReplayQuery) ([]control.Outcome, error) {
		return []control.Outcome{{ID: 8, Origin: 3, Verdict: "same"}}, nil
	}
	d.keys("G", "up", "up", "up", "r") // a replay: its origin is replayed again
	d.shows("3: same", "↻3 = same")
	if got, want := d.client.Calls(), []string{"replay [3] "}; !slices.Equal(got, want) {
		t.Errorf("calls %q, want %q", got, want)
	}
}

func TestReplayMarked(t *testing.T) {
	d := story(t, 120, 40)
	d.client.OnReplay = func(control.ReplayQuery) ([]control.Outcome, error) {
		return []control.Outcome{{ID: 7, Origin: 2, Verdict: "same"}, {ID: 8, Origin: 3, Verdict: "broken"}}, nil
	}
	d.keys("g", "n")
	d.shows("no replay has changed since the workbench opened; 7 compares earlier ones")
	d.keys("R")
	d.shows("2 replayed: 1 same, 1 broken; n goes to them")
	d.keys("n")
	if !strings.Contains(d.cursorOn(), "  8 GET") {
		t.Errorf("n: the cursor is on %q", d.cursorOn())
	}
	d.client.OnReplay = func(control.ReplayQuery) ([]control.Outcome, error) {
		return nil, errors.New("no build to replay against")
	}
	d.keys("R")
	d.shows("no build to replay against")
	if got, want := d.client.Calls(), []string{"replay [] ~marked", "replay [] ~marked"}; !slices.Equal(got, want) {
		t.Errorf("calls %q, want %q", got, want)
	}
}

// A long name of an application is cut, and gone only where next to nothing of it would be left.
func TestLongNames(t *testing.T) {
	for _, c := range []struct {
		width       int
		shown, gone string
	}{
		{120, "company.website.wsgi:application (whitenoise.middleware.WhiteNoise)", "CPython"},
		{80, "company.website.wsgi:applica…", "CPython"},
		{60, "company.…", "CPython"},
		{40, "http://127.…", "comp"},
	} {
		d := story(t, c.width, 24)
		s := fake.Running()
		s.App = "company.website.wsgi:application (whitenoise.middleware.WhiteNoise)"
		d.send(tui.News(control.Updates{Status: &s}))
		d.shows(c.shown)
		d.hides(c.gone)
	}
}

// TestCopy holds that the clipboard is written on a key press alone, and without secrets.
func TestCopy(t *testing.T) {
	d := story(t, 80, 24)
	d.keys("g", "down")
	if d.out.Len() > 0 {
		t.Fatalf("written to the terminal without being asked: %q", d.out.String())
	}
	d.keys("y")
	d.shows("copied the request as curl")
	text := clipboard(t, d)
	for _, want := range []string{"'http://127.0.0.1:8000/login?next=%2Forders'", "-H 'Cookie: session=", "--data-binary"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
	for _, secret := range []string{"eyJ1c2VyIjo0Mn0", "hunter2"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in %s", secret, text)
		}
	}
	d.keys("down", "Y")
	if text := clipboard(t, d); !strings.HasPrefix(text, `{"orders":`) {
		t.Errorf("the body is %q", text)
	}
}

func clipboard(t *testing.T, d *driver) string {
	t.Helper()
	s, ok := strings.CutPrefix(d.out.String(), "\x1b]52;c;")
	if !ok {
		t.Fatalf("no OSC 52: %q", d.out.String())
	}
	d.out.Reset()
	p, err := base64.StdEncoding.DecodeString(strings.TrimRight(s, "\x07"))
	if err != nil {
		t.Fatal(err)
	}
	return string(p)
}
