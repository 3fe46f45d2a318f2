package tui_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui"
)

func TestReplayWithoutAStage(t *testing.T) {
	d := onion(t, 120, 50)
	d.client.OnReplay = func(q control.ReplayQuery) ([]control.Outcome, error) {
		return []control.Outcome{{ID: 9, Origin: 1, Verdict: "changed", Reasons: []string{"Set-Cookie removed"}}}, nil
	}
	replayed := exchangeOf(t, d, 1)
	replayed.ID, replayed.Origin = 9, new(uint64(1))
	d.client.Put(&replayed)
	d.client.SetComparison(&control.Comparison{
		A: 1, B: 9, Verdict: "changed", Reasons: []string{"Set-Cookie removed"},
		Worth: &control.Worth{
			Stages:  []string{"site.auth.Auth"},
			Environ: recorder.EnvironChanges{Added: map[string]any{"REMOTE_USER": "alice"}}, MS: 0.25,
		},
	})
	d.keys("g", "8", "s")
	d.shows("every replay goes through the server itself")
	d.keys("down", "down", "s")
	d.shows("[Diff≠]", "1 without site.auth.Auth: changed, Set-Cookie removed", "Worth of site.auth.Auth", "environ +REMOTE_USER", "0.25 ms")
	d.keys("8", "e")
	d.shows("1, entering at site.auth.Auth: changed")
	d.client.OnReplay = func(control.ReplayQuery) ([]control.Outcome, error) {
		return nil, errors.New("Auth can't be sent past")
	}
	d.keys("8", "s")
	d.shows("Auth can't be sent past")
	d.calls("replay [1] without site.auth.Auth", "replay [1] at site.auth.Auth", "replay [1] without site.auth.Auth")
}

// A replay that could not be sent past a stage is broken, and there is nothing to compare.
func TestReplayThatCannotBe(t *testing.T) {
	d := onion(t, 120, 50)
	why := "site.app can't be skipped: it holds no application"
	d.client.OnReplay = func(control.ReplayQuery) ([]control.Outcome, error) {
		return []control.Outcome{{ID: 9, Origin: 1, Verdict: "broken", Reasons: []string{why}}}, nil
	}
	replayed := exchangeOf(t, d, 1)
	replayed.ID, replayed.Origin = 9, new(uint64(1))
	d.client.Put(&replayed)
	d.client.SetComparison(&control.Comparison{A: 1, B: 9, Verdict: "broken", Reasons: []string{why}})
	d.keys("g", "8", "down", "s")
	d.shows("[Diff✗]", "✗ broken  1 → 9", "  "+why[:40])
	d.hides("Nothing differs")
}

// The workbench has what differs each time told from what has changed; nobody else need.
func TestReplaysLearnNoise(t *testing.T) {
	d := onion(t, 120, 50)
	var learned []bool
	d.client.OnReplay = func(q control.ReplayQuery) ([]control.Outcome, error) {
		learned = append(learned, q.Learn)
		return []control.Outcome{{ID: 9, Origin: 1, Verdict: "same"}}, nil
	}
	d.keys("g", "r", "R", "8", "down", "down", "s", "e")
	if diff := cmp.Diff([]bool{true, true, true, true}, learned); diff != "" {
		t.Error(diff)
	}
}

// TestReplayTellsWhatItLeftOut: of several replays of one exchange each says which stages it has left out.
func TestReplayTellsWhatItLeftOut(t *testing.T) {
	d := onion(t, 120, 40)
	for id, left := range map[uint64][]string{9: {"site.auth.Auth"}, 10: {"site.ProxyFix", "site.auth.Auth"}, 11: nil} {
		replayed := exchangeOf(t, d, 1)
		replayed.ID, replayed.Origin = id, new(uint64(1))
		d.client.Put(&replayed)
		row := replayed.Row()
		o := control.Outcome{ID: id, Origin: 1, Verdict: "changed"}
		if left != nil {
			o.Worth = &control.Worth{Stages: left}
		}
		d.send(tui.News(control.Updates{Rows: []recorder.Row{row}, Verdicts: []control.Outcome{o}}))
	}
	d.keys("G")
	d.shows(" ↻1  ✓ 200")
	d.keys("k")
	d.shows(" ↻1 without ProxyFix, Auth  ✓ 200")
	d.keys("k")
	d.shows(" ↻1 without Auth  ✓ 200")
	for id := uint64(12); id < 14; id++ {
		replayed := exchangeOf(t, d, 1)
		replayed.ID, replayed.Origin = id, new(uint64(1))
		d.client.Put(&replayed)
		d.send(tui.News(control.Updates{Rows: []recorder.Row{replayed.Row()}}))
	}
	d.send(tui.News(control.Updates{Verdicts: []control.Outcome{
		{ID: 9, Origin: 1, Verdict: "changed", Again: 12, Whole: 13, Worth: &control.Worth{Stages: []string{"site.auth.Auth"}}},
	}}))
	d.keys("G")
	d.shows(" ↻1 all stages  ✓ 200")
	d.keys("k")
	d.shows(" ↻1 -Auth again  ✓ 200")
	d.keys("z")
	d.shows("↻1 all stages", "↻1 -Auth again", "↻1 ≠ -Auth ", "↻1 ≠ -ProxyFix -Auth", "↻1 ≠ changed")
}

// What short paths leave free the badges take: what a replay was stands beside the detail, too, and the columns stay.
func TestRoomForBadges(t *testing.T) {
	d := onion(t, 130, 40)
	put := func(id uint64, target string, origin *uint64) {
		x := exchangeOf(t, d, 1)
		x.ID, x.Origin, x.Request.Target = id, origin, target
		d.client.Put(&x)
		d.send(tui.News(control.Updates{Rows: []recorder.Row{x.Row()}}))
	}
	put(9, "/orders", new(uint64(1)))
	d.send(tui.News(control.Updates{Verdicts: []control.Outcome{
		{ID: 9, Origin: 1, Verdict: "changed", Worth: &control.Worth{Stages: []string{"site.auth.Auth"}}},
	}}))
	d.shows("↻1 ≠ -Auth ")
	long := "/" + strings.Repeat("long", 6)
	put(10, long, nil)
	d.shows(long)
	d.hides("↻1 ≠ -Auth ")
	at := func() int { return strings.Index(d.screen(), " stat ") }
	before := at()
	d.send(tui.News(control.Updates{Removed: []uint64{10}}))
	if at() != before {
		t.Errorf("the columns went from %d to %d", before, at())
	}
	d.keys("/")
	d.types("orders")
	d.keys("enter")
	d.shows("↻1 ≠ -Auth ") // of another list they are other ones
}

// Of a replay from before it is told that nothing is known of what came of it, and of whoever marks it that it is not replayed
// itself.
func TestReplayFromBefore(t *testing.T) {
	d := onion(t, 120, 40)
	replayed := exchangeOf(t, d, 1)
	replayed.ID, replayed.Origin = 9, new(uint64(1))
	d.client.Put(&replayed)
	d.send(tui.News(control.Updates{Rows: []recorder.Row{replayed.Row()}}))
	d.keys("n")
	d.shows("no replay has changed since the workbench opened; 7 compares earlier ones")
	d.keys("G", "m")
	d.shows("★ 9 is marked: it is a replay, and is not replayed itself; O goes to 1, which can be")
	d.keys("O", "m")
	d.shows("★ 1 is marked: it is replayed after each build")
}

// One of several stages of its name goes by its number.
func TestReplayWithoutOneOfSeveral(t *testing.T) {
	d := onion(t, 120, 50)
	x := exchangeOf(t, d, 1)
	x.Stages = append([]recorder.Stage(nil), x.Stages...)
	x.Stages[3].Name = x.Stages[2].Name
	d.client.Put(&x)
	d.keys("g", "8", "down", "down", "down", "s")
	d.calls("replay [1] without 3")
}

func exchangeOf(t *testing.T, d *driver, id uint64) recorder.Exchange {
	t.Helper()
	x, err := d.client.Exchange(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return *x
}

// A replay through all stages says which of them has changed something.
func TestReplayTellsTheStage(t *testing.T) {
	d := onion(t, 120, 50)
	d.client.OnReplay = func(control.ReplayQuery) ([]control.Outcome, error) {
		return []control.Outcome{{ID: 9, Origin: 1, Verdict: "changed", Reasons: []string{"Set-Cookie removed"}}}, nil
	}
	replayed := exchangeOf(t, d, 1)
	replayed.ID, replayed.Origin = 9, new(uint64(1))
	d.client.Put(&replayed)
	d.client.SetComparison(&control.Comparison{
		A: 1, B: 9, Verdict: "changed", Reasons: []string{"Set-Cookie removed"},
		Found: []string{"site.auth.Auth is the first to answer otherwise: Set-Cookie"},
	})
	d.keys("g", "r")
	d.shows("[Diff≠]", "Made by", "site.auth.Auth is the first to answer")
	d.calls("replay [1] ")
}
