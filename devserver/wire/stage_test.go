package wire_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/wire"
)

func TestReadyStages(t *testing.T) {
	want := []wire.Stage{
		{Index: 1, Name: "app.Outer", Kind: "wsgi", File: "/srv/app.py", Line: 12},
		{Index: 2, Within: 1, Name: "app.<locals>.ünner", Kind: "flask", Role: "before_request of bp"},
		{Index: 3, Within: 1, Name: "app.leaf", Kind: "wsgi", File: "/srv/app.py", Line: 1 << 20},
	}
	notes := []string{"GET /: 200 OK"}
	got, err := wire.DecodeReady(wire.AppendReady(nil, wire.Ready{Stages: want, StageNotes: notes}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Stages); diff != "" {
		t.Errorf("stages (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(notes, got.StageNotes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}
