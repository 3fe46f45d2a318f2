package replay_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/replay"
)

// TestManner: all that is asked for reaches the runner, over a connection too, and takes nothing back of what it does of itself.
func TestManner(t *testing.T) {
	asked := replay.Manner{
		Surgery: replay.Surgery{Enter: "view", Skip: []string{"Gzip"}}, Learn: true, CarrySession: true, Timing: true,
		Concurrency: 3, Timeout: time.Second, Chunks: true, Stages: true,
	}
	text, err := json.Marshal(asked)
	if err != nil {
		t.Fatal(err)
	}
	var got replay.Manner
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(asked, got); diff != "" {
		t.Errorf("as JSON, %s (-want +got):\n%s", text, diff)
	}
	r := &replay.Runner{Sender: &replay.Sender{}}
	got.Apply(r)
	taken := replay.Manner{
		Surgery: r.Surgery, Learn: r.Learn, CarrySession: r.CarrySession, Timing: r.Timing, Concurrency: r.Concurrency,
		Timeout: r.Sender.Timeout, Chunks: r.Compare.Chunks, Stages: r.Compare.Stages,
	}
	if diff := cmp.Diff(asked, taken); diff != "" {
		t.Errorf("of the runner (-want +got):\n%s", diff)
	}
	replay.Manner{}.Apply(r)
	if !r.Learn || !r.Compare.Stages || !r.Surgery.None() {
		t.Errorf("%+v", r)
	}
}
