package replay

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/marshal"
)

// A dict of the environ that a stage is entered with is the same each time, to the order of its keys.
func TestDictsAreGivenInOneOrder(t *testing.T) {
	want := marshal.Dict{}
	dict := map[string]any{}
	for _, key := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		want = append(want, marshal.Pair{Key: key, Value: int64(1)})
		dict[key] = int64(1)
	}
	for range 20 {
		got, ok := python(dict)
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}
