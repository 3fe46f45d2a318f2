package detail

import (
	"testing"

	"github.com/snifter-dev/snifter/recorder"
)

func TestLabelIn(t *testing.T) {
	x := &recorder.Exchange{Stages: []recorder.Stage{
		{Index: 0, Name: "server", Kind: "server"}, {Index: 1, Name: "site.Tenant", Kind: "django"},
		{Index: 2, Within: 1, Name: "site.Tenant.process_request", Kind: "django"}, {Index: 3, Within: 1, Name: "site.orders", Kind: "django"},
	}}
	for _, c := range []struct {
		stage, room int
		want        string
	}{
		{2, 24, "2 Tenant.process_request"}, {2, 23, "2 .process_request"}, {2, 5, "2 .process_request"},
		{3, 3, "3 orders"}, {1, 3, "1 Tenant"}, {7, 3, "stage 7"},
	} {
		if got := labelIn(x, c.stage, c.room).String(); got != c.want {
			t.Errorf("%d in %d: %q, not %q", c.stage, c.room, got, c.want)
		}
	}
}

// TestIndented: how deep a stage was called never cuts its name.
func TestIndented(t *testing.T) {
	x := &recorder.Exchange{Stages: []recorder.Stage{
		{Index: 0, Name: "server", Kind: "server"}, {Index: 1, Name: "site.Layer", Kind: "wsgi"},
	}}
	for _, c := range []struct {
		depth, room int
		want        string
	}{
		{0, 12, "1 Layer"}, {1, 12, "1 Layer"}, {2, 12, "  1 Layer"}, {40, 30, "                1 Layer"},
		{40, 12, "     1 Layer"}, {40, 7, "1 Layer"}, {40, 3, "1 Layer"},
	} {
		if got := indented(x, &recorder.Moment{Stage: 1, Depth: c.depth}, c.room).String(); got != c.want {
			t.Errorf("%d deep in %d: %q, not %q", c.depth, c.room, got, c.want)
		}
	}
}

// TestMomentWithin: what has changed is told by its names where they have room, and counted where they have not.
func TestMomentWithin(t *testing.T) {
	var m recorder.Moment
	m.Changes.Headers = recorder.CompareHeaders([]recorder.Header{{"A", "1"}, {"B", "2"}}, []recorder.Header{{"B", "3"}, {"C", "4"}})
	m.Changes.Environ = recorder.EnvironChanges{Added: map[string]any{"K": 1, "J": 1}, Removed: []string{"L"}}
	for room, want := range map[int]string{17: "+C ~B -A +J +K -L", 16: "h4 ~3", 2: "h4 ~3"} {
		if got := momentWithin(&m, room).String(); got != want {
			t.Errorf("in %d: %q, not %q", room, got, want)
		}
	}
}

func TestHowManyKeysHaveChanged(t *testing.T) {
	old := [2]any{"a", "b"}
	for want, changes := range map[string]recorder.EnvironChanges{
		"+1": {Added: map[string]any{"a": 1}},
		"-2": {Removed: []string{"a", "b"}},
		"~1": {Changed: map[string][2]any{"a": old}},
		"~2": {Added: map[string]any{"a": 1}, Changed: map[string][2]any{"b": old}},
	} {
		m := recorder.Moment{Boundary: "enter"}
		m.Changes.Environ = changes
		if got := momentIn(&m, false); got != want {
			t.Errorf("%v: %q, want %q", changes, got, want)
		}
	}
}
