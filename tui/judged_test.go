package tui_test

import (
	"testing"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/tui"
	"github.com/snifter-dev/snifter/tui/internal/fake"
)

// What has come of replays that nobody asked for here, as of what is marked after a build, is told as it comes.
func TestTellsOfReplaysAfterABuild(t *testing.T) {
	d := onion(t, 80, 24)
	built := func(id int) {
		s := fake.Running()
		s.Build.ID = id
		d.send(tui.News(control.Updates{Status: &s}))
	}
	verdict := func(id uint64, v control.Verdict) {
		d.send(tui.News(control.Updates{Verdicts: []control.Outcome{{ID: id, Origin: 1, Verdict: v}}}))
	}
	built(7)
	verdict(20, "same")
	d.shows("1 replayed: 1 same ")
	verdict(21, "changed")
	d.shows("2 replayed: 1 same, 1 changed; n goes to them")
	verdict(21, "changed") // which is known
	built(8)
	verdict(22, "noise")
	d.shows("1 replayed: 1 noise ")
	d.keys("!")
	d.shows("2 replayed: 1 same, 1 changed")
	d.hides("1 replayed: 1 same ") // of which there was more
}

// Of a replay that was asked for here its own word stands.
func TestTellsOfAReplayOnce(t *testing.T) {
	d := onion(t, 80, 24)
	made := []control.Outcome{{ID: 9, Origin: 1, Verdict: "same"}}
	d.client.OnReplay = func(control.ReplayQuery) ([]control.Outcome, error) {
		d.send(tui.News(control.Updates{Verdicts: made})) // which come before the answer
		return made, nil
	}
	d.keys("g", "r")
	d.shows("1: same")
	d.keys("!")
	d.shows("1: same")
	d.hides("1 replayed")
}
