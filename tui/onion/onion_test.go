package onion_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/onion"
)

func TestShort(t *testing.T) {
	for name, want := range map[string]string{
		"werkzeug.middleware.proxy_fix.ProxyFix":               "ProxyFix",
		"app.Auth":                                             "Auth",
		"site.with[...]":                                       "with[...]",
		"site.With[...]":                                       "With[...]",
		"site.(*box[...]).Wrap":                                "(*box[...]).Wrap",
		"app.Auth.process_request":                             "Auth.process_request",
		"shop.views.show":                                      "show",
		"app.make.<locals>.inner":                              "make.inner",
		"app.Outer.make.<locals>.inner":                        "Outer.make.inner",
		"site.create_app.<locals>.index":                       "index",
		"main.(*Auth).Wrap":                                    "(*Auth).Wrap",
		"example.com/site/web.(*Auth).Wrap":                    "(*Auth).Wrap",
		"example.com/site/web.logging":                         "logging",
		"django.contrib.sessions.middleware.SessionMiddleware": "SessionMiddleware",
		"server": "server", "": "", "...": "", "a/": "a/",
	} {
		if got := onion.Short(name); got != want {
			t.Errorf("Short(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestGot(t *testing.T) {
	x := &recorder.Exchange{Stages: []recorder.Stage{
		{Index: 0}, {Index: 1, Within: 0, Status: "200 OK"}, {Index: 2, Within: 1}, {Index: 3, Within: 2, Status: "404 Not Found"},
		{Index: 4, Within: 1},
	}}
	for index, want := range map[int]int{0: 1, 1: 3, 2: 3} {
		if got := onion.Got(x, index); got == nil || got.Index != want {
			t.Errorf("Got(%d) = %+v, want stage %d", index, got, want)
		}
	}
	if got := onion.Got(x, 3); got != nil {
		t.Errorf("Got(3) = %+v", got)
	}
	if got := onion.Depth(x, &x.Stages[3]); got != 2 {
		t.Errorf("Depth = %d", got)
	}
	x = &recorder.Exchange{Stages: []recorder.Stage{
		{Index: 0, Kind: "server"}, {Index: 1, Kind: "wsgi", Status: "200 OK"}, {Index: 2, Within: 1, Kind: "flask"},
		{Index: 3, Within: 1, Kind: "flask", Status: "200 OK"}, {Index: 4, Within: 1, Kind: "flask", Status: "200 OK"},
		{Index: 5, Within: 1, Kind: "wsgi", Status: "200 OK"}, {Index: 6, Within: 1, Kind: "wsgi", Status: "200 OK"},
	}}
	for index, want := range map[int]int{1: 6, 2: 0, 3: 0, 4: 3, 5: 4, 6: 0} { // layers hand it on, applications do not
		if got := onion.Got(x, index); got == nil && want != 0 || got != nil && got.Index != want {
			t.Errorf("Got(%d) = %+v, want stage %d", index, got, want)
		}
	}
	loop := &recorder.Exchange{Stages: []recorder.Stage{{Index: 1, Within: 2}, {Index: 2, Within: 1}}}
	if got := onion.Depth(loop, &loop.Stages[0]); got > 2 { // whatever a capture says, it ends
		t.Errorf("Depth of a loop = %d", got)
	}
}

func TestHeaders(t *testing.T) {
	got := onion.Headers(
		[]recorder.Header{{"A", "1"}, {"Set-Cookie", "x"}, {"Set-Cookie", "y"}},
		[]recorder.Header{{"set-cookie", "y"}, {"A", "2"}})
	want := []onion.Change{{' ', "set-cookie", "y"}, {'+', "A", "2"}, {'-', "A", "1"}, {'-', "Set-Cookie", "x"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDid(t *testing.T) {
	x := &recorder.Exchange{
		Stages: []recorder.Stage{{}, {Index: 1}, {
			Index: 2, EnvironChanges: recorder.EnvironChanges{Removed: []string{"X"}}, Exception: &recorder.Exception{}, Rose: true,
			Pauses: []recorder.Pause{{Edited: []string{"status"}}},
		}},
		Lint: []recorder.Lint{{Stage: 2}, {Stage: 1}},
		Blame: recorder.Blame{
			History: []recorder.Touch{{Stage: 1, What: "header"}, {Stage: 2, What: "status"}},
			Body:    []recorder.Span{{Start: 0, End: 3, Stage: 1}},
		},
	}
	if diff := cmp.Diff(onion.Deeds{Headers: true, Body: true, Lint: 1}, onion.Did(x, &x.Stages[1])); diff != "" {
		t.Error(diff)
	}
	want := onion.Deeds{Environ: true, Status: true, Raised: true, Lint: 1, Paused: true, Edited: true}
	if diff := cmp.Diff(want, onion.Did(x, &x.Stages[2])); diff != "" {
		t.Error(diff)
	}
}
