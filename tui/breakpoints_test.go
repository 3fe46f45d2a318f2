package tui_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/tui"
	"github.com/snifter-dev/snifter/tui/internal/fake"
)

func TestBreakpointOnAStage(t *testing.T) {
	d := onion(t, 120, 40)
	d.keys("g", "8", "b")
	d.shows("no request parks at the server itself")
	d.keys("B") // by its name, whatever is selected
	d.shows("Park requests at")
	d.hides("server:enter")
	d.keys("esc")
	d.keys("down", "b")
	d.shows("▌● 1", "requests park at werkzeug.middleware.proxy_fix.ProxyFix:enter")
	d.keys("down", "b") // there is one, by its name
	d.shows("no request parks at site.auth.Auth:enter any more")
	d.keys("B", "backspace", "backspace")
	d.types("x ~m POST")
	d.shows(`"entex" is no boundary`)
	d.keys("enter")
	d.shows("Park requests at") // it is not accepted
	d.keys("esc", "B")
	d.types("~m POST")
	d.keys("enter")
	d.shows("site.auth.Auth:enter  ~m POST  0 hits")
	d.calls("break werkzeug.middleware.proxy_fix.ProxyFix:enter ", "remove breakpoints [1]", "break site.auth.Auth:enter ~m POST")
}

// A breakpoint on a class is not one on its methods where the class is a stage itself.
func TestBreakpointOnAMethod(t *testing.T) {
	c := fake.New(fake.Running())
	fake.Onion(c)
	x := fake.Layered()[0]
	x.Stages[3].Name = "site.auth.Auth.handle"
	c.Put(x)
	d := drive(t, c, 120, 40, tui.Options{})
	d.tellStepping()
	d.keys("g", "8", "down", "down")
	d.shows("● 2")
	d.hides("● 3")
	d.keys("down", "b")
	d.shows("● 2", "▌● 3", "requests park at site.auth.Auth.handle:enter")
	d.calls("break site.auth.Auth.handle:enter ")
}

// A boundary of the walk is a place to stop at, too, and where there is neither it nor a stage, b shows what there is.
func TestBreakpointAtABoundary(t *testing.T) {
	d := onion(t, 120, 40)
	d.keys("g", "b")
	d.shows("site.auth.Auth:enter  ~m POST  3 hits")
	d.keys("esc", "2", "b")
	d.shows("site.auth.Auth:enter  ~m POST  3 hits")
	d.keys("esc", "B")
	d.shows("Park requests at")
	d.keys("esc", "9", "end", "left", "left", "b")
	d.shows("requests park at werkzeug.middleware.proxy_fix.ProxyFix:exit", "▌●") // and there alone
	if n := strings.Count(d.screen(), "●"); n != 2 {
		t.Errorf("%d signs for the moment and what was said:\n%s", n, d.screen())
	}
	d.keys("B")
	d.shows("werkzeug.middleware.proxy_fix.ProxyFix:exit ")
	d.calls("break werkzeug.middleware.proxy_fix.ProxyFix:exit ")
}

// How a breakpoint is written can be read where there is no room for it on one line.
func TestNoBreakpointsNarrow(t *testing.T) {
	d := story(t, 44, 16)
	d.keys("p")
	d.shows("There is no breakpoint", "STAGE:* and a filter;", "close exit exception")
}

func TestBreakpointsDialog(t *testing.T) {
	d := onion(t, 80, 24)
	d.keys("p")
	d.shows("● 1 site.auth.Auth:enter  ~m POST  3 hits", "Nobody*:*  0 hits  ! no such stage was seen")
	d.keys("down", "d")
	d.hides("Nobody*:*  0 hits")
	d.shows("no request parks at Nobody*:* any more")
	d.keys("a")
	d.types("Auth:exit (~c 404")
	d.shows("✗ ")
	d.types(")")
	d.keys("enter")
	d.shows("Auth:exit  (~c 404)")
	d.client.Fail = errors.New("it is not served")
	d.keys("d")
	d.shows("✗ breakpoint: it is not served") // in the dialog, and after it
	d.keys("esc")
	d.shows("✗ breakpoint: it is not served")
	d.calls("remove breakpoints [2]", "break Auth:exit (~c 404)", "remove breakpoints [2]")
	if d.quit {
		t.Error("it quits")
	}
}

// A stage that was misspelt is told of with the names that it is like.
func TestMisspeltBreakpoint(t *testing.T) {
	d := onion(t, 120, 40)
	d.client.Seen = []string{"site.auth.Auth", "flask.app.Flask"}
	d.keys("g", "B")
	d.types("Auht:exit")
	d.keys("enter")
	d.shows("Auht:exit  0 hits  ! no such stage was seen: did you mean site.auth.Auth?",
		"requests park at Auht:exit, a stage that was not seen yet: did you mean site.auth.Auth?")
	d.keys("a")
	d.types("Elsewhere")
	d.keys("enter")
	d.shows("Elsewhere:enter  0 hits  ! no such stage was seen in this build")
	d.keys("a")
	d.types("flask")
	d.keys("enter")
	d.shows("flask:enter  0 hits  ! no such stage was seen: did you mean flask.app.Flask?")
}

// What was added is chosen: the next key is meant for it.
func TestAnAddedBreakpointIsChosen(t *testing.T) {
	d := onion(t, 120, 40)
	d.keys("g", "p", "a")
	d.types("Session:exit")
	d.keys("enter")
	d.shows("▌ ● 3 Session:exit")
	d.keys("d")
	d.hides("● 3 Session:exit")
	d.shows("site.auth.Auth:enter")
}
