package control_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
)

// A framework's layer is not called as an application is: where nothing else matches, it is said what is never met.
func TestBreakpointsThatAreNeverMet(t *testing.T) {
	l, _ := newStepped(t)
	for stop, want := range map[string]bool{
		"lib.Session:chunk": true, "lib.Session:close": true, "lib.Session:input": false, "lib.Session:*": false,
		"Session:chunk": false, "Auth:chunk": false, "Nobody:chunk": false, "3:chunk": false,
	} {
		b, err := control.ParseBreakpoint(stop)
		if err != nil {
			t.Fatal(err)
		}
		if b, err = l.AddBreakpoint(t.Context(), b); err != nil || b.Never != want {
			t.Errorf("%s: never %v, %v", stop, b.Never, err)
		}
	}
}

// A condition that asks for a response is never true before there is one.
func TestBreakpointsThatAreTooEarly(t *testing.T) {
	l, _ := newStepped(t)
	for stop, want := range map[string]bool{
		"Auth ~c 500": true, "Auth:input ~hs x": true, "Auth:start_response ~c 500": false, "Auth:* ~c 500": false,
		"Auth !~c 500": false, "Auth": false,
	} {
		b, err := control.ParseBreakpoint(stop)
		if err != nil {
			t.Fatal(err)
		}
		if b, err = l.AddBreakpoint(t.Context(), b); err != nil || b.TooEarly != want {
			t.Errorf("%s: too early %v, %v", stop, b.TooEarly, err)
		}
	}
}

func TestBreakpoints(t *testing.T) {
	for name, open := range doors {
		t.Run(name, func(t *testing.T) {
			l, g := newStepped(t)
			c, ctx := open(t, l), t.Context()
			first, err := c.AddBreakpoint(ctx, control.Breakpoint{Stage: "Auth", Filter: " ~u /admin "})
			if err != nil {
				t.Fatal(err)
			}
			second, err := c.AddBreakpoint(ctx, control.Breakpoint{Stage: "Gzip", Boundary: "exit"})
			if err != nil {
				t.Fatal(err)
			}
			want := []control.Breakpoint{
				{ID: 1, Stage: "Auth", Boundary: "enter", Filter: "~u /admin", Stages: []string{"app.Auth"}},
				{ID: 2, Stage: "Gzip", Boundary: "exit", Stages: []string{}, Unknown: true, Seen: []string{"app.Auth", "app.Session", "lib.Session"}},
			}
			if diff := cmp.Diff(want, []control.Breakpoint{first, second}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if g.meet(stepping.State{Exchange: l.beginWith("/", nil), Index: 2, Stage: auth, Boundary: "enter"}) {
				t.Error("a request parked that the filter does not choose")
			}
			if !g.meet(stepping.State{Exchange: l.beginWith("/admin", nil), Index: 2, Stage: auth, Boundary: "enter"}) {
				t.Error("a request did not park")
			}
			list, err := c.Breakpoints(ctx)
			if err != nil || len(list) != 2 || list[0].Hits != 1 || list[1].Hits != 0 {
				t.Errorf("%+v, %v", list, err)
			}
			if err := c.RemoveBreakpoints(ctx, 2, 7); err == nil || !strings.Contains(err.Error(), "no breakpoint 7; those that there are: 1 (Auth:enter), 2 (Gzip:exit)") {
				t.Errorf("an unknown one: %v", err)
			}
			if err := c.RemoveBreakpoints(ctx, 1); err != nil {
				t.Error(err)
			}
			if list, err = c.Breakpoints(ctx); err != nil || len(list) != 1 || list[0].ID != 2 {
				t.Errorf("%+v, %v", list, err)
			}
			if err := c.RemoveBreakpoints(ctx); err != nil {
				t.Error(err)
			}
			if list, err = c.Breakpoints(ctx); err != nil || list == nil || len(list) != 0 || len(g.places) != 0 {
				t.Errorf("%+v, %v, %d places", list, err, len(g.places))
			}
			if parked, err := c.Parked(ctx); err != nil || len(parked) != 1 {
				t.Errorf("what is parked does not stay so: %v, %v", parked, err)
			}
			var f *recorder.FilterError
			if _, err := c.AddBreakpoint(ctx, control.Breakpoint{Stage: "Auth", Filter: "~nothing"}); !errors.As(err, &f) {
				t.Errorf("a bad filter: %v", err)
			}
			if _, err := c.AddBreakpoint(ctx, control.Breakpoint{Stage: "Auth", Boundary: "leave"}); err == nil {
				t.Error("a bad boundary")
			}
			again, err := c.AddBreakpoint(ctx, control.Breakpoint{Stage: "Auth"})
			if err != nil || again.ID != 3 {
				t.Errorf("the number of a breakpoint is given twice: %+v, %v", again, err)
			}
		})
	}
}

// TestConditions: a filter is held against a request as it stands at the boundary, not as it came.
func TestConditions(t *testing.T) {
	l, g := newStepped(t)
	for filter, want := range map[string]bool{
		"~env REMOTE_USER=anna": true, "~env REMOTE_USER=ben": false, "~c 503": true, "~c 200": false,
		"~h X-Made": true, "~e": true, "~m POST": false,
	} {
		g.never = 0
		if err := l.RemoveBreakpoints(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := l.AddBreakpoint(t.Context(), control.Breakpoint{Stage: "*", Boundary: "*", Filter: filter}); err != nil {
			t.Fatal(err)
		}
		if got := g.meet(stepping.State{
			Exchange: l.beginWith("/", environBytes(t, "REMOTE_USER", "ben")), Index: 2, Stage: auth, Boundary: "exception",
			Environ: environBytes(t, "REMOTE_USER", "anna"), Status: "503 Busy",
			Headers: []event.Header{{Name: "X-Made", Value: "1"}}, Raised: &event.Raised{Type: "KeyError"},
		}); got != want {
			t.Errorf("%s: parked %v", filter, got)
		}
		if never := g.never == 1; never != (filter == "~m POST") {
			t.Errorf("%s: said %v that it never will", filter, never)
		}
	}
}

func TestParseBreakpoint(t *testing.T) {
	for text, want := range map[string]control.Breakpoint{
		"Auth":                       {Stage: "Auth", Boundary: "enter"},
		" Auth:exit  ~c 5xx & ~u x ": {Stage: "Auth", Boundary: "exit", Filter: "~c 5xx & ~u x"},
		"*:*\t~e":                    {Stage: "*", Boundary: "*", Filter: "~e"},
	} {
		if got, err := control.ParseBreakpoint(text); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "  ", ":enter ~e", "Auth:no", "Auth ~nothing"} {
		if got, err := control.ParseBreakpoint(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}
