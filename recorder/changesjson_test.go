package recorder_test

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/recorder"
)

// TestChangesAsJSON: what goes through JSON comes out as it was, as an environ does.
func TestChangesAsJSON(t *testing.T) {
	huge := new(big.Int).Lsh(big.NewInt(1), 80)
	bigs := cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })
	for _, want := range []recorder.EnvironChanges{
		{Added: map[string]any{}, Changed: map[string][2]any{}, Removed: []string{}},
		{
			Added: map[string]any{
				"wsgi.input": recorder.Repr{Repr: "<Input>"}, "n": int64(1), "f": 1.0, "huge": huge, "none": nil, "yes": true,
				"list": []any{int64(1), "a"}, "dict": map[string]any{"k": recorder.Repr{Repr: "<K>"}},
			},
			Changed: map[string][2]any{"KEY": {"old", int64(2)}, "O": {recorder.Repr{Repr: "<A>"}, nil}},
			Removed: []string{"GONE"},
		},
	} {
		p, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got recorder.EnvironChanges
		if err := json.Unmarshal(p, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, bigs); diff != "" {
			t.Errorf("%s (-want +got):\n%s", p, diff)
		}
	}
	p, err := json.Marshal(recorder.EnvironChanges{Added: map[string]any{"nan": math.NaN()}})
	if want := `{"added":{"nan":{"repr":"nan"}},"changed":{},"removed":[]}`; err != nil || string(p) != want {
		t.Errorf("%s, %v; want %s", p, err, want)
	}
	var touch recorder.Touch
	if err := json.Unmarshal([]byte(`{"stage":2,"old":{"repr":"<A>"},"new":3}`), &touch); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(recorder.Touch{Stage: 2, Old: recorder.Repr{Repr: "<A>"}, New: int64(3)}, touch); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
