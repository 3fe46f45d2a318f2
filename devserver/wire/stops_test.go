package wire_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
)

func parked() *wire.ParkedState {
	return &wire.ParkedState{
		Boundary: "exception", Stops: []int{1, 7},
		Environ: marshal.Append(nil, marshal.Dict{{Key: "PATH_INFO", Value: "/é"}, {Key: "wsgi.version", Value: marshal.Tuple{int64(1), int64(0)}}}),
		Objects: map[string]string{"wsgi.input": "<input>"}, Status: "200 OK",
		Headers: []event.Header{{Name: "A", Value: "é"}}, Block: []byte("block"), Result: "list", Exception: raised(),
		Edits: []string{"environ", "raise"}, Trouble: "there is no block here",
	}
}

func TestParked(t *testing.T) {
	empty := marshal.Append(nil, marshal.Dict{})
	for _, want := range []*wire.ParkedState{
		parked(),
		{Boundary: "enter", Environ: empty},
		{Boundary: "chunk", Environ: empty, Block: []byte{}},
	} {
		got, err := wire.DecodeParked(wire.AppendParked(nil, want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	for name, v := range map[string]any{
		"no dict":            "enter",
		"another boundary":   marshal.Dict{{Key: "boundary", Value: "leave"}},
		"no boundary":        marshal.Dict{},
		"an environ of text": marshal.Dict{{Key: "boundary", Value: "enter"}, {Key: "environ", Value: "x"}},
	} {
		if got, err := wire.DecodeParked(marshal.Append(nil, v)); !errors.Is(err, wire.ErrFrame) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func commands() []stepping.Command {
	return []stepping.Command{
		{Action: stepping.Continue},
		{Action: stepping.Modify, Environ: map[string]string{"REMOTE_USER": "é"}, Unset: []string{"A"}},
		{Action: stepping.Respond, Status: "403 Forbidden", Headers: []event.Header{{Name: "A", Value: "b"}}, Block: []byte{}},
		{Action: stepping.Modify, Headers: []event.Header{}},
		{Action: stepping.Raise, Type: "ValueError", Message: "no"},
		{Action: stepping.Pass, Never: []int{1, 300}},
	}
}

func TestResume(t *testing.T) {
	for _, want := range commands() {
		got, err := wire.DecodeResume(wire.AppendResume(nil, want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// What is edited is told in one order, whichever a map gives.
func TestResumeInOrder(t *testing.T) {
	c := stepping.Command{Action: stepping.Modify, Environ: map[string]string{}}
	for _, key := range []string{"a", "B", "c.d", "REMOTE_USER", "x", "y", "z"} {
		c.Environ[key] = "1"
	}
	want := string(wire.AppendResume(nil, c))
	for range 100 {
		if got := string(wire.AppendResume(nil, c)); got != want {
			t.Fatalf("%q, then %q", want, got)
		}
	}
}

func TestStops(t *testing.T) {
	for _, want := range [][]stepping.Stop{
		nil, {{ID: 1, Stage: "Auth", Boundary: "enter"}, {ID: 2, Stage: "*", Boundary: stepping.Any, Judged: true}},
	} {
		got, err := wire.DecodeStops(wire.AppendStops(nil, want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestSurgery(t *testing.T) {
	for _, want := range []*stepping.Surgery{
		{Skip: []string{"Auth", "Gzip"}},
		{Skip: []string{"Auth", "Gzip"}, Nth: map[string][]int{"Auth": {1, 3}, "Gzip": {2}}},
		{Skip: []string{"Auth", "Gzip"}, Called: map[string][]string{"Auth": {"app.view", "Response"}, "Gzip": {"Auth"}}},
		{
			Enter: "app.Auth", Around: []string{"app.Outer", "app.Auth"}, Within: []string{"app.view"}, Mount: "/shop",
			Environ: marshal.Append(nil, marshal.Dict{{Key: "PATH_INFO", Value: "/"}}), Read: 5 << 30,
		},
		{Enter: "app.Auth", Environ: marshal.Append(nil, marshal.Dict{{Key: "PATH_INFO", Value: "/"}}), Instead: true, Read: 4},
		{Leave: true},
	} {
		got, err := wire.DecodeSurgery(wire.AppendSurgery(nil, want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func FuzzStopping(f *testing.F) {
	f.Add(wire.AppendParked(nil, parked()))
	for _, c := range commands() {
		f.Add(wire.AppendResume(nil, c))
	}
	f.Add(wire.AppendStops(nil, []stepping.Stop{{ID: 1, Stage: "Auth", Boundary: "enter"}}))
	f.Add(wire.AppendSurgery(nil, &stepping.Surgery{Enter: "a", Environ: marshal.Append(nil, marshal.Dict{}), Skip: []string{"b"}}))
	f.Fuzz(func(t *testing.T, p []byte) {
		if v, err := wire.DecodeParked(p); err == nil {
			decodesAgain(t, v, wire.DecodeParked, wire.AppendParked)
		}
		if v, err := wire.DecodeResume(p); err == nil {
			decodesAgain(t, v, wire.DecodeResume, wire.AppendResume)
		}
		if v, err := wire.DecodeStops(p); err == nil {
			decodesAgain(t, v, wire.DecodeStops, wire.AppendStops)
		}
		if v, err := wire.DecodeSurgery(p); err == nil {
			decodesAgain(t, v, wire.DecodeSurgery, wire.AppendSurgery)
		}
	})
}

func decodesAgain[T any](t *testing.T, v T, decode func([]byte) (T, error), encode func([]byte, T) []byte) {
	t.Helper()
	once := encode(nil, v)
	again, err := decode(once)
	if err != nil {
		t.Fatalf("%T does not decode again: %v", v, err)
	}
	if third, err := decode(encode(nil, again)); err != nil || cmp.Diff(again, third) != "" {
		t.Fatalf("%T changes: %v\n%s", v, err, cmp.Diff(again, third))
	}
}
