package stepping_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
)

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		index         int
		want          bool
	}{
		{"Auth", "app.Auth", 1, true},
		{"app.Auth", "app.Auth", 1, true},
		{"app.Auth", "site.app.Auth", 1, true},
		{"uth", "app.Auth", 1, false},
		{"auth", "app.Auth", 1, false},
		{"*Auth*", "app.BasicAuthMiddleware", 1, true},
		{"Session*", "beaker.middleware.SessionMiddleware", 2, true},
		{"main.(*Auth).Wrap", "main.(*Auth).Wrap", 2, true},
		{"Auth.Wrap", "main.(*Auth).Wrap", 2, true},
		{"Auth*", "main.(*Auth).Wrap", 2, true},
		{"Wrap", "main.(*Auth).Wrap", 2, true},
		{"With", "mw.With[...]", 2, true},
		{"With[...]", "mw.With[...]", 2, true},
		{"box.Wrap", "mw.(*box[...]).Wrap", 2, true},
		{"*", "anything", 3, true},
		{"2", "app.Auth", 2, true},
		{"2", "app.Auth", 1, false},
		{"?uth", "app.Auth", 1, true},
		{"<locals>.inner", "app.make.<locals>.inner", 1, true},
		{"make.inner", "app.make.<locals>.inner", 1, true},
		{"app.make.*", "app.make.<locals>.inner.<locals>.of", 1, true},
		{"app.inner", "app.make.<locals>.inner", 1, false},
		{"make", "app.make.<locals>.inner", 1, true},
		{"app.m*e", "app.make.<locals>.inner", 1, true},
		{"app", "app.make.<locals>.inner", 1, false},
		{"make", "app.outer.<locals>.make.<locals>.inner", 1, true},
		{"outer", "app.outer.<locals>.make.<locals>.inner", 1, true},
		{"Auth", "app.Auth.__call__.<locals>.inner", 1, false},
		{"Auth", "app.Auth.handle", 1, true},
		{"app._Auth", "app._Auth.handle", 1, true},
		{"app", "app.handle", 1, false},
		{"app.Auth", "site.app.Auth.handle", 1, true},
		{"Auth", "main.(*Auth).Wrap", 2, true},
		{"mw", "mw.With[...]", 2, false},
	} {
		if got := stepping.Matches(c.pattern, &event.StageInfo{Name: c.name, Kind: "wsgi"}, c.index); got != c.want {
			t.Errorf("Matches(%q, %q, %d) = %v", c.pattern, c.name, c.index, got)
		}
	}
}

// A framework's hook is one of its class by its role; Django has a stage for the class itself.
func TestMatchesHooks(t *testing.T) {
	for _, c := range []struct {
		kind, role, name string
		want             bool
	}{
		{"falcon", "process_request", "app.Auth.process_request", true},
		{"falcon", "process_request", "app.Auth.<locals>.process_request", true},
		{"django", "process_view", "app.Auth.process_view", false},
		{"django", "middleware", "app.Auth", true},
		{"flask", "view", "app.Auth.index", false},
		{"wsgi", "", "app.Auth.index", true},
	} {
		info := event.StageInfo{Name: c.name, Kind: c.kind, Role: c.role}
		if got := stepping.Matches("Auth", &info, 3); got != c.want {
			t.Errorf("Matches(Auth, %+v) = %v", info, got)
		}
	}
}

// Where a stage has the name itself, others don't go by it.
func TestMeant(t *testing.T) {
	method, made := event.StageInfo{Name: "app.Auth.handle", Kind: "wsgi"}, event.StageInfo{Name: "app.Auth.<locals>.of", Kind: "wsgi"}
	class := event.StageInfo{Name: "app.Auth", Kind: "wsgi"}
	for _, c := range []struct{ stages, want []event.StageInfo }{
		{[]event.StageInfo{method, made}, []event.StageInfo{method, made}},
		{[]event.StageInfo{method, class, made}, []event.StageInfo{class}},
		{[]event.StageInfo{{Name: "app.Other"}}, nil},
	} {
		if got := stepping.Meant("Auth", c.stages); !slices.Equal(got, c.want) {
			t.Errorf("Meant(Auth, %v) = %v", c.stages, got)
		}
	}
}

func TestParseStop(t *testing.T) {
	for text, want := range map[string]stepping.Stop{
		"Auth":                {Stage: "Auth", Boundary: "enter"},
		"app.Auth:exit":       {Stage: "app.Auth", Boundary: "exit"},
		"*:*":                 {Stage: "*", Boundary: "*"},
		"10:chunk":            {Stage: "10", Boundary: "chunk"},
		"Gzip:start_response": {Stage: "Gzip", Boundary: "start_response"},
	} {
		if got, err := stepping.ParseStop(text); err != nil || got != want {
			t.Errorf("ParseStop(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", ":enter", "Auth:leave", "Auth:", "[:enter", "0", "00:exit"} {
		if got, err := stepping.ParseStop(text); !errors.Is(err, stepping.ErrStop) {
			t.Errorf("ParseStop(%q) = %v, %v; want an error", text, got, err)
		}
	}
}

func TestTyped(t *testing.T) {
	for _, c := range [][3]string{
		{"REMOTE_USER", "anna", "anna"}, {"PATH_INFO", "/café", "/caf\u00c3\u00a9"},
		{"HTTP_X", "日", "\u00e6\u0097\u00a5"}, {"QUERY_STRING", "\xff", "\u00ff"}, {"app.user", "café", "café"},
	} {
		if got := stepping.Typed(c[0], c[1]); got != c[2] {
			t.Errorf("Typed(%q, %q) = %q; want %q", c[0], c[1], got, c[2])
		}
	}
}
