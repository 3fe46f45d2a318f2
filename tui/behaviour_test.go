package tui_test

import (
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

func many(t testing.TB, n int) *driver {
	c := fake.New(fake.Running())
	c.Many = n
	return drive(t, c, 80, 24, tui.Options{})
}

func rows(from, to uint64) []recorder.Row {
	var out []recorder.Row
	for id := from; id <= to; id++ {
		out = append(out, fake.Row(id))
	}
	return out
}

func TestFollow(t *testing.T) {
	d := many(t, 50)
	d.shows("follow")
	if !strings.Contains(d.cursorOn(), "/item/50 ") {
		t.Fatalf("the cursor begins on %q", d.cursorOn())
	}
	d.send(tui.News(control.Updates{Rows: rows(51, 53)}))
	if !strings.Contains(d.cursorOn(), "/item/53 ") {
		t.Errorf("following: the cursor is on %q", d.cursorOn())
	}
	d.keys("up")
	d.hides("↓ follow")
	d.send(tui.News(control.Updates{Rows: rows(54, 90)}))
	if !strings.Contains(d.cursorOn(), "/item/52 ") {
		t.Errorf("not following: the cursor is on %q", d.cursorOn())
	}
	d.keys("f")
	if !strings.Contains(d.cursorOn(), "/item/90 ") {
		t.Errorf("following again: the cursor is on %q", d.cursorOn())
	}
}

// TestTotal: the total is what the status says, which comes whenever it changes, be it before the row or after it.
func TestTotal(t *testing.T) {
	d := many(t, 50)
	d.shows(" 50 ·")
	s := fake.Running()
	s.Total = 51
	d.send(tui.News(control.Updates{Status: &s}))
	d.shows(" 51 ·")
	d.send(tui.News(control.Updates{Rows: rows(50, 51)}))
	d.shows(" 51 ·")
	s.Total = 1234
	d.send(tui.News(control.Updates{Rows: rows(55, 55), Removed: []uint64{1, 2}, Status: &s}))
	d.shows(" 1,234 ·")
}

// TestUnderWay follows one exchange from its first row to its last.
func TestUnderWay(t *testing.T) {
	d := drive(t, fake.New(fake.Running()), 120, 24, tui.Options{})
	r := fake.Row(1)
	r.State, r.Status, r.Chunks, r.DurationMS = recorder.Open, "", 0, 0
	r.Started = fake.Noon.Add(57 * time.Second)
	d.send(tui.News(control.Updates{Rows: []recorder.Row{r}}))
	d.shows("⠋ ···", "3.00s")
	d.fire()
	d.shows("⠙ ···")
	r.Status, r.Chunks, r.ResponseBytes = "200 OK", 3, 700
	d.send(tui.News(control.Updates{Rows: []recorder.Row{r}}))
	d.shows("⠙ 200", " 700 ")
	r.State, r.DurationMS = recorder.Done, 3210
	d.send(tui.News(control.Updates{Rows: []recorder.Row{r}}))
	d.shows("✓ 200", "3.21s")
	d.send(tui.News(control.Updates{Removed: []uint64{1}}))
	d.shows("Waiting for the first request")
}

// TestUnderWayWithin shows what an inner stage has done while the client got nothing.
func TestUnderWayWithin(t *testing.T) {
	c := fake.New(fake.Running())
	x := fake.Plain(1)
	x.State, x.Response = recorder.Open, recorder.Response{}
	c.Put(x)
	d := drive(t, c, 120, 24, tui.Options{})
	d.keys("enter")
	d.shows("/item/1")
	later := *x
	later.Errors = "buffered 17 blocks\n"
	row := fake.RowOf(&later)
	row.Events = 9
	c.Put(&later)
	d.send(tui.News(control.Updates{Rows: []recorder.Row{row}}))
	d.keys("5")
	d.shows("buffered 17 blocks")
}

// TestMillion goes through a capture of 1,000,000 exchanges from end to end: only pages are asked for.
func TestMillion(t *testing.T) {
	d := many(t, 1_000_000)
	d.shows("1,000,000", "/item/1000000 ")
	d.keys("g")
	if !strings.Contains(d.cursorOn(), "/item/1 ") {
		t.Fatalf("g: the cursor is on %q", d.cursorOn())
	}
	for range 100 {
		d.keys("pgdown")
	}
	if want := fmt.Sprintf("/item/%d ", 1+100*20); !strings.Contains(d.cursorOn(), want) {
		t.Errorf("100 pages down: the cursor is on %q, not on %s", d.cursorOn(), want)
	}
	d.send(tui.News(control.Updates{Rows: rows(1_000_001, 1_000_003)}))
	d.hides("1000001")
	d.keys("G")
	if !strings.Contains(d.cursorOn(), "/item/1000000 ") {
		t.Errorf("G: the cursor is on %q", d.cursorOn())
	}
	for range 300 {
		d.keys("pgup")
	}
	if want := fmt.Sprintf("/item/%d ", 1_000_000-300*20); !strings.Contains(d.cursorOn(), want) {
		t.Errorf("300 pages up: the cursor is on %q, not on %s", d.cursorOn(), want)
	}
	fits(t, d.m.View(), 80, 24)
}

// TestFarAndBack goes farther than the list holds, so that it gives rows up and asks for them again.
func TestFarAndBack(t *testing.T) {
	d := many(t, 1_000_000)
	const pages = 1500
	for range pages {
		d.keys("pgup")
	}
	if want := fmt.Sprintf("/item/%d ", 1_000_000-pages*20); !strings.Contains(d.cursorOn(), want) {
		t.Fatalf("up: the cursor is on %q, not on %s", d.cursorOn(), want)
	}
	for range pages {
		d.keys("pgdown")
	}
	if !strings.Contains(d.cursorOn(), "/item/1000000 ") {
		t.Errorf("and down: the cursor is on %q", d.cursorOn())
	}
}

func TestFilter(t *testing.T) {
	d := story(t, 80, 24)
	d.keys("/")
	d.types("orders")
	d.keys("enter")
	d.shows("· /orders", "/api/orders", "/orders/17")
	d.hides("/favicon.ico", "/static/glass.png")

	// What comes in is held against the filter by the server.
	for _, x := range []struct {
		id     uint64
		target string
	}{{20, "/orders/20"}, {21, "/other"}} {
		e := fake.Plain(x.id)
		e.Request.Target = x.target
		d.client.Put(e)
		d.send(tui.News(control.Updates{Rows: []recorder.Row{fake.RowOf(e)}}))
	}
	d.hides("/orders/20")
	d.fire()
	d.shows("/orders/20")
	d.hides("/other")

	d.keys("esc")
	d.shows("/favicon.ico", "/other")
	d.keys("/")
	d.types("nothing")
	d.keys("enter")
	d.shows("No exchange matches nothing", "esc drops the filter")
	d.keys("/", "esc")
	d.shows("No exchange matches nothing")
}

func TestFilterProblem(t *testing.T) {
	d := story(t, 80, 24)
	d.keys("/")
	d.types("~m GET ~zz")
	lines := strings.Split(d.screen(), "\n")
	above, line := lines[len(lines)-2], lines[len(lines)-1]
	if !strings.Contains(line, "/~m GET ~zz") {
		t.Fatalf("the prompt shows %q", line)
	}
	if i, j := strings.Index(above, "^"), strings.Index(line, "~zz"); i < 0 || i != j {
		t.Errorf("the problem is pointed at column %d, not %d:\n%s\n%s", i, j, above, line)
	}
	d.keys("enter")
	d.shows("/~m GET ~zz") // it is not accepted
	d.hides("No exchange matches")
}

func TestBuildFails(t *testing.T) {
	d := story(t, 120, 40)
	failed(d.client, d)
	d.shows("✗ build 4 failed", "SyntaxError: '(' was never closed (views.py, line 31)", "E shows it")
	d.keys("E")
	d.shows("return jsonify(order", "until the next good save")
	s := fake.Running()
	s.Build.ID = 5
	d.send(tui.News(control.Updates{Status: &s}))
	d.hides("SyntaxError", "failed")
	d.shows("✓ build 5", "app.py holds app")
	d.keys("esc", "ctrl+r")
	if got := d.client.Calls(); !slices.Equal(got, []string{"rebuild"}) {
		t.Errorf("calls %q", got)
	}
}

// A response that nobody waited for is said to be gone, in whole words.
func TestGoneClient(t *testing.T) {
	d := drive(t, fake.New(fake.Running()), 80, 24, tui.Options{})
	r := fake.Row(1)
	r.State, r.Status = recorder.Aborted, ""
	d.send(tui.News(control.Updates{Rows: []recorder.Row{r}}))
	d.shows("⊘gone")
}

func TestTroubleAndLoss(t *testing.T) {
	d := story(t, 120, 40)
	s := fake.Running()
	s.Trouble, s.Dropped, s.Open = "the disk is full", 1234, 2
	d.send(tui.News(control.Updates{Status: &s}))
	d.shows("! recording stopped: the disk is full", "! 1,234 events lost", "2 open")
	d.send(tui.Parted(errors.New("connection refused")))
	d.shows("⊘ the connection to the server ended: connection refused")
}

func TestOutput(t *testing.T) {
	d := story(t, 80, 24)
	var lines []control.Line
	for i := range 100 {
		lines = append(lines, control.Line{At: fake.Noon, Stream: "stdout", Text: fmt.Sprintf("line %d.", i)})
	}
	d.send(tui.News(control.Updates{Output: lines}))
	d.shows("100 printed", "o output")
	d.keys("o")
	d.shows("line 99.")
	d.hides("100 printed")
	d.keys("ctrl+w", "ctrl+w", "g")
	d.shows("line 0.", "(G follows)")
	d.send(tui.News(control.Updates{Output: lines[:1]}))
	d.shows("line 0.", "line 1.")
	d.keys("esc")
	d.hides("what the worker printed")
}

// TestKeysAtOnce holds that characters that come in one message are keys one by one, and that pasting presses none.
func TestKeysAtOnce(t *testing.T) {
	d := story(t, 80, 24)
	d.keys("gjj")
	if !strings.Contains(d.cursorOn(), "  3 GET") {
		t.Errorf("gjj: the cursor is on %q", d.cursorOn())
	}
	d.keys("/orders/1", "enter")
	d.shows("· /orders/1", "/orders/17")
	d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("q"), Paste: true})
	if d.quit {
		t.Error("a pasted q quits")
	}
}

func TestQuit(t *testing.T) {
	for _, keys := range [][]string{{"q"}, {"ctrl+c"}, {"enter", "q"}, {"?", "ctrl+c"}} {
		d := story(t, 80, 24)
		d.keys(keys...)
		if !d.quit {
			t.Errorf("%q does not quit", keys)
		}
	}
	d := story(t, 80, 24)
	d.keys("/", "q", "esc", "?", "q")
	if d.quit {
		t.Error("q in a prompt or dialog quits")
	}
	d = story(t, 20, 5)
	d.shows("too small")
	d.keys("q")
	if !d.quit {
		t.Error("q does not quit where the screen is too small")
	}
}

func TestMouse(t *testing.T) {
	d := story(t, 120, 40)
	d.send(tea.MouseMsg{X: 5, Y: 4, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	d.shows("▌★  3 GET", "#3 GET /api/orders")
	d.send(tea.MouseMsg{X: 64, Y: 2, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	d.shows("[Req]")
	d.send(tea.MouseMsg{X: 5, Y: 6, Button: tea.MouseButtonWheelDown, Action: tea.MouseActionPress})
	d.shows("#6 GET /report")
}

func TestErrorsAreShown(t *testing.T) {
	c := fake.New(fake.Running())
	c.Fail = errors.New("the capture is cut at \x1b[2J page 7")
	d := drive(t, c, 120, 40, tui.Options{})
	d.shows("The exchanges cannot be listed", "the capture is cut at ␛[2J page 7")
	fits(t, d.m.View(), 120, 40)
}

func TestGapAsksAgain(t *testing.T) {
	d := story(t, 80, 24)
	e := fake.Plain(99)
	d.client.Put(e)
	d.send(tui.NewsWithGap(control.Updates{}))
	d.shows("/item/99")
}

// A line of the log that is urgent is said, whether or not the output shows.
func TestUrgentLine(t *testing.T) {
	d := many(t, 5)
	d.send(tui.News(control.Updates{Output: []control.Line{
		{Stream: "log", Text: "warning: no stage that Nope matches", Urgent: true}, {Stream: "log", Text: "as ever"},
	}}))
	d.shows("warning: no stage that Nope matches")
	d.hides("as ever")
	d.fire()
	d.hides("Nope")
}
