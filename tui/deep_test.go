package tui_test

import (
	"fmt"
	"testing"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui"
	"github.com/snifter-dev/snifter/tui/internal/fake"
)

// deep is a workbench on an exchange that went through many stages, one within the other.
func deep(t *testing.T, w, h, stages int, name string) *driver {
	x := fake.Layered()[0]
	x.Stages, x.Lint = x.Stages[:1:1], nil
	walk := &recorder.Walk{ID: x.ID, Environ: x.Environ}
	for i := 1; i <= stages; i++ {
		s := recorder.Stage{Index: i, Within: i - 1, Name: fmt.Sprint(name, i), Kind: "wsgi", TotalMS: 1, SelfMS: 1}
		x.Stages = append(x.Stages, s)
		walk.Moments = append(walk.Moments, recorder.Moment{Stage: i, Boundary: "enter", Depth: i})
	}
	c := fake.New(fake.Running())
	c.Put(x)
	c.SetMoments(walk)
	d := drive(t, c, w, h, tui.Options{})
	d.keys("8")
	return d
}

// TestManyStages: what is above and below is counted.
func TestManyStages(t *testing.T) {
	d := deep(t, 80, 24, 40, "site.Stage")
	d.shows("── ↓ 32 more ──", " 0 server ")
	d.hides("server  server")
	d.keys("G")
	d.shows("40                         Stage40 ", "── ↑ 32 more ──")
	d.keys("up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up")
	d.shows("── ↑ 29 ↓ 3 more ──")
	d.keys("enter")
	d.hides(" more ──")
	d.keys("esc", "9")
	d.shows("── ↓ 34 more ──")
	d = deep(t, 80, 24, 6, "site.Stage")
	d.hides(" more ──")
}

// TestDeepStagesKeepTheirNames: where a name and how deep its stage stands have no room side by side, the name counts.
func TestDeepStagesKeepTheirNames(t *testing.T) {
	d := deep(t, 80, 24, 40, "site.日本語のミドルウェア🍺")
	d.shows("▌  0 server", "   2  日本語のミドルウェア🍺2 ")
	d.keys("G")
	d.shows(" 日本語のミドルウェア🍺40 ")
	d = deep(t, 80, 24, 20, "site.TokenAuthenticationForPartners")
	d.keys("G")
	d.shows(" TokenAuthenticationForPartners20 ")
}

// TestBreakpointIsToldWhole: what is to be said of the chosen breakpoint is not cut off by what stands before it.
func TestBreakpointIsToldWhole(t *testing.T) {
	d := onion(t, 80, 24)
	long := "company.platform.middleware.authentication.TokenAuthentication"
	var all []control.Breakpoint
	for i := range 30 {
		all = append(all, control.Breakpoint{ID: i + 1, Stage: long, Boundary: "start_response", Filter: "~u /private", Unknown: true})
	}
	d.client.SetStepping(control.Stepping{Breakpoints: all})
	d.tellStepping()
	d.keys("p")
	d.shows("▌ ● 1 "+long, "~u /private", "! no such stage was seen in this build", "● 19 ", "── ↓ 11 more ──")
	d.hides("● 20 ")
	d.keys("G")
	d.shows("▌ ● 30 "+long, "! no such stage was seen in this build")
	d.hides("● 10 ")
	d.shows("── ↑ 11 more ──")
	d.keys("k", "k", "k", "k", "k", "k", "k", "k", "k", "k", "k", "k", "k", "k", "k")
	d.shows("▌ ● 15 ", "── ↑ 5 ↓ 6 more ──")
}
