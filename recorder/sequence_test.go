package recorder_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/recorder"
)

func TestSequence(t *testing.T) {
	show := func(v any) string { return fmt.Sprint(v) }
	for _, c := range []struct {
		value any
		want  string
	}{
		{[]any{}, "()"}, {[]any{1}, "(1,)"}, {[]any{1, "a"}, "(1, a)"},
		{recorder.List{}, "[]"}, {recorder.List{1}, "[1]"}, {recorder.List{1, "a"}, "[1, a]"},
	} {
		if got, ok := recorder.Sequence(c.value, show); !ok || got != c.want {
			t.Errorf("%#v: %q, want %q", c.value, got, c.want)
		}
	}
	if got, ok := recorder.Sequence("text", show); ok {
		t.Errorf("of a text: %q", got)
	}
}

// A list of an environ is known from a tuple, also within others.
func TestListsInAnEnviron(t *testing.T) {
	plain := marshal.Append(nil, marshal.Dict{
		{Key: "list", Value: marshal.List{"a", marshal.Tuple{int64(1), marshal.List{}}}},
		{Key: "dict", Value: marshal.Dict{{Key: "k", Value: marshal.List{"v"}}}},
	})
	r := start(t, recorder.Options{})
	r.Emit(event.Event{Exchange: 1, Kind: event.Enter, Payload: &event.Request{Environ: plain}},
		event.Event{Exchange: 1, Seq: 1, Kind: event.Exit, Payload: &event.Ending{Outcome: event.Done}})
	flush(t, r)
	x, err := r.Exchange(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	want := recorder.Environ{
		{Key: "list", Value: recorder.List{"a", []any{int64(1), recorder.List{}}}},
		{Key: "dict", Value: map[string]any{"k": recorder.List{"v"}}},
	}
	if diff := cmp.Diff(want, x.Environ); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got, err := json.Marshal(x.Environ)
	if text := `{"list":["a",[1,[]]],"dict":{"k":["v"]}}`; err != nil || string(got) != text {
		t.Errorf("%s, %v, want %s", got, err, text)
	}
}
