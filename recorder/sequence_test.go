package recorder_test

import (
	"encoding/json"
	"fmt"
	"strings"
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
	for name, back := range map[string]func() recorder.Environ{
		"an exchange": func() recorder.Environ { return again(t, *x).Environ },
		"moments":     func() recorder.Environ { return again(t, recorder.Walk{Environ: x.Environ}).Environ },
	} {
		if diff := cmp.Diff(want, back()); diff != "" {
			t.Errorf("%s, read again (-want +got):\n%s", name, diff)
		}
	}
	got, err := json.Marshal(x.Environ)
	if text := `{"list":["a",[1,[]]],"dict":{"k":["v"]}}`; err != nil || string(got) != text {
		t.Errorf("%s, %v, want %s", got, err, text)
	}
}

// again is a value written as JSON and read again.
func again[T any](t *testing.T, v T) (read T) {
	t.Helper()
	p, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(p, &read)
	}
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// Which values are lists is told beside them, wherever they stand, and what is no list stays what it was.
func TestListsInJSON(t *testing.T) {
	list, odd := recorder.List{int64(1)}, "a/b~c"
	changes := recorder.EnvironChanges{
		Added:   map[string]any{odd: list, odd + "/0": []any{}, "deep": []any{map[string]any{odd: recorder.List{list}}}, "no": "1"},
		Changed: map[string][2]any{"k": {[]any{int64(1)}, list}, "l": {recorder.List{}, nil}}, Removed: []string{},
	}
	if diff := cmp.Diff(changes, again(t, changes)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	touch := recorder.Touch{Stage: 1, What: "environ", Name: "k", How: "changed", Old: list, New: []any{list}}
	if diff := cmp.Diff(touch, again(t, touch)); diff != "" {
		t.Errorf("a touch (-want +got):\n%s", diff)
	}
	p, err := json.Marshal(recorder.Walk{Environ: recorder.Environ{{Key: odd, Value: list}}})
	if text := `"lists":["/environ/a~1b~0c"]`; err != nil || !strings.Contains(string(p), text) {
		t.Errorf("%s lacks %s, %v", p, text, err)
	}
	var x recorder.Exchange
	if err := json.Unmarshal([]byte(`{"environ": {"a": [1], "s": "x"}, "lists": ["/environ/a/7", "/environ/a/0", "/environ/s", "/b", "", "/environ/a/-1"]}`), &x); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(recorder.Environ{{Key: "a", Value: []any{int64(1)}}, {Key: "s", Value: "x"}}, x.Environ); diff != "" {
		t.Errorf("pointers of what is no array (-want +got):\n%s", diff)
	}
}
