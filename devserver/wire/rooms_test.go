package wire_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/wire"
)

// What was read of a frame stays, whatever is read behind it, of larger frames and smaller ones.
func TestStageEventsOfManyFrames(t *testing.T) {
	var r wire.StageReader
	every := everyStageEvent()
	small := wire.AppendStageEvents(nil, every[:3], idOf)
	var all [][]wire.StageEvent
	for _, p := range [][]byte{
		small, typicalStageEvents(), wire.AppendStageEvents(nil, every, idOf), small, typicalStageEvents(), small,
	} {
		want, err := new(wire.StageReader).Decode(nil, p, stageOf)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Decode(nil, p, stageOf)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, want, got)
	}
	for i := 0; i < len(all); i += 2 {
		if diff := cmp.Diff(all[i], all[i+1]); diff != "" {
			t.Errorf("frame %d (-want +got):\n%s", i/2, diff)
		}
	}
}
