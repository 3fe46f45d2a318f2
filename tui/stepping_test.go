package tui_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui"
	"github.com/snifter-dev/snifter/tui/internal/fake"
)

func (d *driver) calls(want ...string) {
	d.t.Helper()
	if got := d.client.Calls(); !slices.Equal(got, want) {
		d.t.Errorf("calls %q, want %q", got, want)
	}
}

func TestStagesTab(t *testing.T) {
	d := onion(t, 120, 50)
	d.keys("g", "8")
	d.shows("[Stages]", "ProxyFix", "gzipped.inner", "0 server")
	d.keys("down", "down")
	d.shows("2 site.auth.Auth", "/home/me/site/auth.py:14", "+ REMOTE_USER", "- HTTP_AUTHORIZATION",
		"200 OK  3 gzipped.inner gave 201 CREATED", "+ Set-Cookie", "- X-Debug", "passed on as 3 gzipped.inner returned it")
	d.keys("down")
	d.shows("1 chunk of 2 chunks that 4 Flask gave", "got 1", "▪ gave 1", "it took all 2 chunks", "close-not-called")
	d.keys("down")
	d.shows("4 flask.app.Flask", "2 reads · 43 bytes · 1 read asked for more than was left", "closed", "its own")
	d.keys("down")
	d.shows("5 site.views.load_user", "Returned  None")
	d.keys("up", "enter")
	d.hides("1 ProxyFix", "load_user")
	d.keys("esc")
	d.shows("ProxyFix", "load_user", "[Stages]")
	d.keys("]") // the same stage of the next exchange
	d.shows("#2 GET /orders/17", "↑ shop.errors.NotFound: order 17  it rose in 6 orders")
	d.keys("end")
	d.shows("Exception rose here", "▶ 42")
	d.keys("esc", "down")
	d.shows("#3 POST /login", "⏸ 2  Auth")
}

func TestStagesByMouse(t *testing.T) {
	d := onion(t, 80, 24)
	d.keys("g", "8")
	d.send(tea.MouseMsg{X: 9, Y: 7, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	d.shows("2 site.auth.Auth")
}

func TestCopyPlace(t *testing.T) {
	d := onion(t, 120, 40)
	d.keys("g", "8", "down", "down", "y")
	if got := clipboard(t, d); got != "/home/me/site/auth.py:14" {
		t.Errorf("copied %q", got)
	}
	d.shows("copied /home/me/site/auth.py:14")
	d.keys("home", "y")
	d.shows("is not known")
}

// What the server answers by itself, a build that failed among it, never came to a stage.
func TestAnsweredByTheServer(t *testing.T) {
	c := fake.New(fake.Running())
	fake.Onion(c)
	x, err := c.Exchange(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	x.Stages, x.Exception, x.Response.Server = nil, nil, true
	c.Put(x)
	d := drive(t, c, 120, 40, tui.Options{})
	d.keys("g", "8")
	d.shows("The server answered by itself")
	d.hides("--no-stages")
}

// What was said before a dialog was opened does not hide its keys.
func TestDialogShowsItsKeys(t *testing.T) {
	d := onion(t, 80, 24)
	d.keys("g", "8", "down", "b")
	d.shows("requests park at werkzeug.middleware.proxy_fix.ProxyFix:enter")
	d.keys("P")
	d.hides("requests park at")
	d.shows("c continue", "s step")
}

func TestParkedShows(t *testing.T) {
	d := story(t, 80, 24)
	d.hides("parked")
	p := fake.Parked()
	p.ID = 11
	park(d, p)
	d.shows("⏸ 1 parked at Auth:enter", "P shows it", "⏸ ···", "⏸ 1 parked")
	d.keys("P")
	d.shows("#11 POST /login", "2 site.auth.Auth  enter", "+ REMOTE_USER  bob", "~ REMOTE_ADDR  127.0.0.1 → 203.0.113.9", "12s, 48s left")
	s := fake.Running()
	s.Threads = 1
	d.send(tui.News(control.Updates{Status: &s}))
	d.shows("! as many as there are threads", "! 1 parked, as many as there are threads; others are served")
	d.send(tui.News(control.Updates{Stepping: &control.Stepping{}}))
	d.shows("#11 POST /login  goes on", "It has gone on")
	d.hides("1 parked")
	r := fake.Row(11)
	d.send(tui.News(control.Updates{Rows: []recorder.Row{r}}))
	d.shows("#11 POST /login  ended", "and ended: 200 OK")
	d.keys("esc")
	d.hides("parked")
}

// Help over what is parked begins with what can be done there.
func TestHelpOverWhatIsParked(t *testing.T) {
	d := onion(t, 80, 24)
	d.keys("P", "?")
	d.shows("What is parked", "abort, as if the client had gone")
	d.hides("half a page up")
	d.keys("g")
	d.shows("half a page up")
}

// What is wrong is shown whole, in as many lines as it takes.
func TestNotesAreNotCut(t *testing.T) {
	d := onion(t, 40, 12)
	s := fake.Running()
	s.Threads = 1
	d.send(tui.News(control.Updates{Status: &s}))
	d.keys("P")
	d.shows("! 1 parked, as many as there are", "threads; others are served")
	d = onion(t, 80, 24)
	d.keys("P")
	d.client.OnStep = func(control.StepCommand) (*control.Parked, error) {
		return nil, errors.New("3 stands at site.auth.Auth:enter, where \"status\" is not possible; there it can be: environ, respond, raise")
	}
	d.keys("c")
	d.shows("✗ 3 stands at site.auth.Auth:enter, where", "respond, raise")
	d.keys("esc", "B")
	d.types(":leave")
	d.shows("names no stage")
	d.send(tea.KeyMsg{Type: tea.KeyCtrlU})
	d.types("Auth:leave")
	d.shows("is no boundary: they are enter, input,", "and * for each")
}

// An answer that a stage has given, and that was not sent, is no answer yet, but more than none.
func TestAnswerUnderWay(t *testing.T) {
	d := onion(t, 80, 24)
	x := *fake.Layered()[2]
	x.ID = 4
	x.Stages = []recorder.Stage{{Index: 0, Name: "server", Kind: "server"}, {Index: 1, Name: "site.auth.Auth", Kind: "wsgi", Status: "403 Forbidden"}}
	d.client.Put(&x)
	row := fake.RowOf(&x)
	d.send(tui.News(control.Updates{Rows: []recorder.Row{row}}))
	d.keys("G", "enter", "3")
	d.shows("No answer yet: 1 Auth gave 403 Forbidden")
}

func TestParkedKeys(t *testing.T) {
	for key, action := range map[string]string{"c": "continue", "s": "step", "i": "step", "right": "step", "o": "over", "u": "out", "a": "abort"} {
		d := onion(t, 80, 24)
		d.keys("P", key)
		d.calls(action + " 3")
		d.shows("It has gone on")
		d.keys(key) // there is nothing that it could be for
		d.calls(action + " 3")
	}
}

// TestStepThrough steps from boundary to boundary: the request goes on, and is parked again.
func TestStepThrough(t *testing.T) {
	d := onion(t, 80, 24)
	park(d, func() control.Parked { p := fake.Parked(); p.ID, p.Target = 2, "/other"; return p }())
	d.keys("P", "s")
	d.shows("▌ #3 POST /login  goes on")
	d.hides("s step", "e edit")
	p := fake.ParkedAtAnswer()
	p.ID, p.Target = 3, "/login"
	park(d, p)
	d.shows("▌ #3 POST /login  ⏸ 4 Flask:start_response", "status  200 OK", "+ Set-Cookie")
	d.keys("c")
	d.shows("▌ #3 POST /login  goes on", "#2 POST /other")
	r := fake.Row(3)
	d.send(tui.News(control.Updates{Rows: []recorder.Row{r}})) // it has ended: to the other one
	d.shows("▌ #2 POST /other", "3 has ended: 200 OK")
	d.calls("step 3", "continue 3")
}

// TestEndedAmongMany: where the one that was chosen has ended, the one behind it is next, and not the first again.
func TestEndedAmongMany(t *testing.T) {
	d := onion(t, 80, 20)
	for id := uint64(4); id < 8; id++ {
		park(d, func() control.Parked { p := fake.Parked(); p.ID = id; return p }())
	}
	d.keys("P", "down", "down")
	d.shows("── 3 of 5 · 0% ──") // more than there is room for
	d.keys("c")
	s := d.client.Stepping()
	s.Parked = slices.DeleteFunc(s.Parked, func(p control.Parked) bool { return p.ID == 5 })
	d.client.SetStepping(s)
	d.tellStepping()
	r := fake.Row(5)
	d.send(tui.News(control.Updates{Rows: []recorder.Row{r}}))
	d.shows("▌ #6 POST /login", "5 has ended: 200 OK")
}

// TestLossWhileParked: what was parked when the server went does not wait on.
func TestLossWhileParked(t *testing.T) {
	d := onion(t, 100, 30)
	d.keys("P")
	d.late = time.Second
	d.fire()
	d.shows("13s, 47s left")
	d.send(tui.Parted(fmt.Errorf("watch: %w", control.ErrClosed)))
	d.late = 30 * time.Second
	d.fire()
	d.shows("⊘ the connection to the server ended: it is gone", "13s, 47s left")
	if len(d.timers) > 0 {
		t.Errorf("timers: %v", d.timers)
	}
}

func TestSteps(t *testing.T) {
	d := onion(t, 100, 50)
	d.keys("g", "9")
	d.shows("[Steps]", "▌  0", "0 of 17")
	d.keys("right", "l")
	d.shows("3 site.zip.gzipped.<locals>.inner  enter  2 of 17", "+ REMOTE_USER", "- HTTP_AUTHORIZATION")
	d.keys("left")
	d.shows("1 of 17", "parked here for 48.2s", "environ REMOTE_USER was changed by hand")
	d.keys("h", "h", "h")
	d.shows("0 of 17")
	d.keys("end")
	d.shows("17 of 17", "close")
	d.keys("up") // the last of another stage
	d.shows("14 of 17", "2 site.auth.Auth  start_response", "201 CREATED → 200 OK", "- X-Debug")
	d.keys("home", "down", "down", "down")
	d.shows("3 of 17")
	d.keys("down")
	d.shows("5 of 17")
	d.keys("enter", "right")
	d.shows("6 of 17", "returned NoneType")
	d.keys("esc", "esc")
	if !strings.Contains(d.cursorOn(), "  1 POST") {
		t.Errorf("back: the cursor is on %q", d.cursorOn())
	}
}

func TestStepsThatAreNotThere(t *testing.T) {
	d := onion(t, 80, 24)
	d.keys("g", "down", "9")
	d.shows("No boundary was crossed")
	d.keys("right", "down", "enter", "G")
	d.client.Fail = errors.New("the capture is cut")
	d.keys("[")
	d.shows("the capture is cut")
}

func TestBlame(t *testing.T) {
	d := onion(t, 90, 40)
	d.keys("g", "enter")
	d.shows("← 2 Auth, was 201 CREATED", "← 3 gzipped.inner, was 2040", "Dropped on the way", "X-Debug")
	d.keys("a")
	d.shows("4 Flask         │ <h1>Orders</h1>", "6 orders        │ <p>order", "4 Flask         ┊  17 is made", "67%")
	d.keys("a")
	d.hides("67%")
	d.keys("2", "G")
	d.shows("Added by stages", "alice", "← 2 Auth, by hand", "→ https", "→ removed")
	d.keys("esc", "down", "6")
	d.shows("rose in 6 orders  views.py:40", "passed  ↑ 4 Flask · 3 gzipped.inner · 2 Auth · 1 ProxyFix")
}

// Another order of the same headers is a change of its own, in the walk as where a request is parked.
func TestMovedHeaders(t *testing.T) {
	c := fake.New(fake.Running())
	fake.Onion(c)
	w := fake.Walk()
	at := slices.IndexFunc(w.Moments, func(m recorder.Moment) bool { return m.Stage == 3 && m.Boundary == "start_response" })
	w.Moments[at].Changes = recorder.Changes{Headers: recorder.HeaderDelta{Moved: true}}
	c.SetMoments(w)
	p := fake.Parked()
	p.Changes = w.Moments[at].Changes
	c.SetStepping(control.Stepping{Parked: []control.Parked{p}})
	d := drive(t, c, 120, 40, tui.Options{})
	d.tellStepping()
	d.keys("g", "9")
	for range at {
		d.keys("right")
	}
	d.shows("h↕", "~ headers in another order")
	d.keys("P")
	d.shows("Parked requests", "~ headers in another order")
	d.hides("nothing has changed")
}

// What is parked goes on at once by one key, each from where it was seen to stand; one that is stepped through stays in its place.
func TestAllThatIsParkedGoesOn(t *testing.T) {
	d := story(t, 120, 30)
	first, second := fake.Parked(), fake.Parked()
	first.ID, second.ID = 11, 12
	first.Since = second.Since.Add(time.Second) // it was stepped through since
	park(d, second)
	park(d, first)
	d.keys("P")
	if screen := d.screen(); strings.Index(screen, "#11 POST") > strings.Index(screen, "#12 POST") {
		t.Errorf("the request that was stepped through has changed its place:\n%s", screen)
	}
	s := fake.Running()
	s.Threads = 1
	d.send(tui.News(control.Updates{Status: &s}))
	d.shows("! 2 parked, more than there are threads; others are served. C has all go on")
	d.keys("C")
	d.calls("continue 11", "continue 12")
	d.hides("⏸ 2 parked")
}

// What was said of one that stood there alone is not said again of those that stop later.
func TestWhatHasEndedLongAgo(t *testing.T) {
	d := story(t, 100, 30)
	p := fake.Parked()
	p.ID = 11
	park(d, p)
	d.keys("P")
	d.send(tui.News(control.Updates{Stepping: &control.Stepping{}}))
	d.send(tui.News(control.Updates{Rows: []recorder.Row{fake.Row(11)}}))
	d.shows("and ended: 200 OK")
	origin := uint64(3)
	p.ID, p.Origin = 12, &origin
	d.send(tui.News(control.Updates{Stepping: &control.Stepping{Parked: []control.Parked{p}}}))
	d.shows("#12 ↻3 POST /login") // nobody's request but a replay
	d.hides("11 has ended")
}
