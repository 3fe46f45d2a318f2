package replay_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// tellsOf replays an exchange under a surgery, and returns what the server was told of it, and what came of it.
func tellsOf(t *testing.T, x *recorder.Exchange, s replay.Surgery) (*stepping.Surgery, replay.Outcome) {
	t.Helper()
	surgeries := &replay.Surgeries{}
	var told *stepping.Surgery
	r := serveRecorded(t, func(h event.Head, _ []byte) answer {
		for _, field := range h.Headers {
			if words := strings.Fields(field.Value); field.Name == replay.OriginHeader && len(words) == 3 {
				if found, ok := surgeries.Find(words[2]); ok {
					told = &found
				}
			}
		}
		return whole
	}).runner()
	r.Surgery, r.Surgeries = s, surgeries
	events := layered(x.ID, "hello\n")
	for i := range events { // entered at stage 3, whatever it is called
		if e, ok := events[i].Payload.(*event.Entered); ok && e.Stage == view {
			events[i].Payload = &event.Entered{Stage: &event.StageInfo{Name: x.Stages[3].Name, Kind: "wsgi"}, Within: 2}
		}
	}
	r.Moments = func(context.Context, uint64) (*recorder.Walk, error) { return recorder.Moments(events), nil }
	var got replay.Outcome
	r.Outcome = func(res replay.Result) { got = res.Outcome }
	if _, err := r.Run(t.Context(), sequence(x)); err != nil {
		t.Fatal(err)
	}
	return told, got
}

// TestSkipOneOfSeveral: a name means each stage of that name, a number one of them, counted from where the request enters.
func TestSkipOneOfSeveral(t *testing.T) {
	for name, c := range map[string]struct {
		surgery replay.Surgery
		skip    []string
		nth     map[string][]int
		worth   string
	}{
		"by name":                   {replay.Surgery{Skip: []string{"Upper"}}, []string{"app.Upper"}, nil, "app.Upper"},
		"the second":                {replay.Surgery{Skip: []string{"4"}}, []string{"app.Upper"}, map[string][]int{"app.Upper": {2}}, "app.Upper"},
		"two of three":              {replay.Surgery{Skip: []string{"6", "2"}}, []string{"app.Upper"}, map[string][]int{"app.Upper": {1, 3}}, "app.Upper"},
		"each by its number":        {replay.Surgery{Skip: []string{"6", "4", "2"}}, []string{"app.Upper"}, nil, "app.Upper"},
		"a number and the name":     {replay.Surgery{Skip: []string{"4", "Upper"}}, []string{"app.Upper"}, nil, "app.Upper"},
		"the only one of its name":  {replay.Surgery{Skip: []string{"3"}}, []string{"app.Auth"}, nil, "app.Auth"},
		"within the one entered":    {replay.Surgery{Enter: "Auth", Skip: []string{"6"}}, []string{"app.Upper"}, map[string][]int{"app.Upper": {2}}, "app.Outer app.Upper"},
		"around the one entered":    {replay.Surgery{Enter: "Auth", Skip: []string{"2"}}, nil, nil, "app.Outer app.Upper"},
		"both, by their own number": {replay.Surgery{Enter: "Auth", Skip: []string{"2", "4"}}, []string{"app.Upper"}, map[string][]int{"app.Upper": {1}}, "app.Outer app.Upper"},
	} {
		x := passed(7, "app.Outer", "app.Upper", "app.Auth", "app.Upper", "app.Gzip", "app.Upper", "app.view")
		told, got := tellsOf(t, x, c.surgery)
		if told == nil || got.Worth == nil {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		if diff := cmp.Diff(c.skip, told.Skip) + cmp.Diff(c.nth, told.Nth); len(c.skip)+len(told.Skip) > 0 && diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if worth := strings.Join(got.Worth.Stages, " "); worth != c.worth {
			t.Errorf("%s: %s is worth something", name, worth)
		}
	}
}

// TestSkipWhatIsGone: what the application has no more can't be left out, and is worth nothing that could be told.
func TestSkipWhatIsGone(t *testing.T) {
	for name, c := range map[string]struct {
		stages []string
		status string
		want   replay.Verdict
	}{
		"gone":                    {[]string{"app.Outer", "app.view"}, "200 OK", replay.Broken},
		"there":                   {[]string{"app.Outer", "app.Gzip", "app.view"}, "200 OK", replay.Same},
		"answered otherwise":      {[]string{"app.Outer"}, "404 Not Found", replay.Same},
		"no stages were recorded": {nil, "200 OK", replay.Same},
	} {
		operated := false
		r := serveRecorded(t, func(h event.Head, _ []byte) answer {
			for _, field := range h.Headers {
				if field.Name == replay.OriginHeader {
					operated = len(strings.Fields(field.Value)) == 3
				}
			}
			a := whole
			if !operated {
				a.status = c.status
			}
			return a
		}).runner()
		r.Surgery, r.Surgeries = replay.Surgery{Skip: []string{"Gzip"}}, &replay.Surgeries{}
		await := r.Await
		r.Await = func(ctx context.Context, id uint64) (*recorder.Exchange, error) {
			x, err := await(ctx, id)
			if err == nil && !operated {
				x.Stages = passed(id, c.stages...).Stages
			}
			return x, err
		}
		var got replay.Outcome
		r.Outcome = func(res replay.Result) { got = res.Outcome }
		if _, err := r.Run(t.Context(), sequence(passed(7, "app.Outer", "app.Gzip", "app.view"))); err != nil {
			t.Fatal(err)
		}
		if got.Verdict != c.want || got.ID == 0 || (got.Worth == nil) != (c.want == replay.Broken) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
