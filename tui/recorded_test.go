package tui_test

import (
	"testing"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/tui"
	"github.com/snifter-dev/snifter/tui/internal/fake"
)

// capture is a workbench on exchanges that went through several stages, without a server.
func capture(t *testing.T, w, h int) *driver {
	c := fake.New(control.Status{Capture: "/home/me/old.db", Build: control.BuildStatus{State: "none"}})
	fake.Onion(c)
	c.SetStepping(control.Stepping{})
	return drive(t, c, w, h, tui.Options{})
}

// TestCaptureQuotesForAShell: a command that is told can be run as it is.
func TestCaptureQuotesForAShell(t *testing.T) {
	c := fake.New(control.Status{Capture: "/home/me/my files/old.db", Build: control.BuildStatus{State: "none"}})
	x := fake.Layered()[0]
	for i := range x.Stages {
		if s := &x.Stages[i]; s.Name == "site.auth.Auth" {
			s.Name = "site.make.<locals>.auth"
		}
	}
	c.Put(x)
	d := drive(t, c, 160, 60, tui.Options{})
	d.keys("g", "8", "down", "down", "s")
	d.shows("snifter replay 1 --skip 'site.make.<locals>.auth' --app APP --capture '/home/me/my files/old.db'")
}

// TestNothingIsRecorded: of no exchange an id is told.
func TestNothingIsRecorded(t *testing.T) {
	c := fake.New(control.Status{Capture: "/home/me/new.db", Build: control.BuildStatus{State: "none"}})
	c.SetStepping(control.Stepping{})
	d := drive(t, c, 160, 60, tui.Options{})
	d.keys("r")
	d.shows("snifter replay ID --app APP --capture /home/me/new.db")
}

// TestCaptureShowsNoKeysOfAServer: keys that need a server are neither at the foot nor in the help, and say why they do nothing.
func TestCaptureShowsNoKeysOfAServer(t *testing.T) {
	d := capture(t, 120, 60)
	d.keys("g", "8", "down", "down")
	d.hides("b breakpoint", "s skip", "r replay", "o output", "follow")
	d.shows("y copy place", "m mark")
	for key, want := range map[string]string{
		"r": "this is a capture: nothing runs to replay against; snifter replay 1 --app APP --capture /home/me/old.db",
		"s": "snifter replay 1 --skip site.auth.Auth --app APP", "e": "snifter replay 1 --enter site.auth.Auth --app APP",
		"R": "snifter replay '~marked' --app APP", "b": "no request can stop here", "B": "no request can stop here", "p": "no request can stop here",
		"P": "no request can stop here", "ctrl+r": "nothing is built here", "E": "nothing is built here", "o": "no worker prints here",
		"f": "nothing comes in here", "n": "nothing is replayed here",
	} {
		d.keys(key)
		d.shows(want)
	}
	d.keys("m")
	d.shows("★ 1 is marked: the filter ~marked is for it")
	d.fire()
	d.keys("7")
	d.shows("was not replayed yet")
	d.hides("r replays it")
	d.keys("?")
	d.hides("breakpoint by its name", "replay it, twice", "What is parked", "after each build")
	d.shows("the body, by stage", "copy the stage's file and line")
	d.calls("mark [1] true")
}
