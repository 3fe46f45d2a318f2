package replay_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// TestFound: where a replay has changed, it is said which stage made the difference, and what differs each time is no stage's.
func TestFound(t *testing.T) {
	before := base()
	before[1].sets = "anna 0"
	origin := before.passage(1, "/")
	s := serveRecorded(t, func(event.Head, []byte) answer { return answer{status: "200 OK", headers: plain, body: "x"} })
	run := func(status, shout string, moments error) []string {
		made := map[uint64]replay.Passage{1: origin}
		r := s.runner()
		r.Learn = true
		r.Await = func(_ context.Context, id uint64) (*recorder.Exchange, error) {
			o := base()
			o[1].sets, o[2].body, o[3].status = "anna "+string(rune('0'+len(made))), shout, status
			made[id] = o.passage(id, "/")
			return made[id].Exchange, nil
		}
		r.Moments = func(_ context.Context, id uint64) (*recorder.Walk, error) { return made[id].Walk, moments }
		var found []string
		r.Outcome = func(res replay.Result) {
			found = res.Comparison.Found
			if o := res.Outcome; made[o.Again].Exchange == nil || o.Again == o.ID || o.Whole != 0 {
				t.Errorf("the second run is %d, that through all stages %d; the first is %d", o.Again, o.Whole, o.ID)
			}
		}
		if _, err := r.Run(t.Context(), sequence(origin.Exchange)); err != nil {
			t.Fatal(err)
		}
		return found
	}
	for want, found := range map[string][]string{
		"app.Shout is the first to answer otherwise: body line 1": run("", "HELLO!", nil),
		"app.view is the first to answer otherwise: status":       run("500 Broken", "HELLO", nil),
	} {
		if diff := cmp.Diff([]string{want}, found); diff != "" {
			t.Error(diff)
		}
	}
	for shout, err := range map[string]error{"HELLO": nil, "HELLO?": errors.New("the disk is gone")} {
		if found := run("", shout, err); len(found) > 0 {
			t.Errorf("%s: %q", shout, found)
		}
	}
}

func TestFoundIsReported(t *testing.T) {
	var out strings.Builder
	o := replay.Outcome{ID: 9, Origin: 1, Verdict: replay.Changed, Reasons: []string{"X removed: 1"}}
	c := &replay.Comparison{Found: []string{"app.Shout is the first to answer otherwise: X\x07"}}
	if err := replay.WriteReport(&out, o, c, replay.ReportOptions{}); err != nil {
		t.Fatal(err)
	}
	want := "changed  1 -> 9\n  X removed: 1\n  made by: app.Shout is the first to answer otherwise: X\\u0007\n"
	if got := out.String(); got != want {
		t.Errorf("%q, not %q", got, want)
	}
}
