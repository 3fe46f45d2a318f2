package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/near"
	"github.com/snifter-dev/snifter/tui/safe"
)

// unmetNote says why a breakpoint may never be met, as far as can be seen.
type unmetNote struct {
	why  string // which of the reasons it is
	text string
	// unsure says that a stage which was not seen yet may well be one that a request is yet to bring.
	unsure bool
}

func unmetNotes(b control.Breakpoint) []unmetNote {
	var notes []unmetNote
	if b.Unknown {
		meant := near.Hint(b.Stage, b.Seen)
		notes = append(notes, unmetNote{"unknown", fmt.Sprintf("no stage that %s matches was seen yet%s `snifter stack APP` lists the stages, "+
			"and some are seen only once a request has come to them", safe.Of(b.Stage), safe.Of(cmp.Or(meant, ":"))), meant == ""})
	}
	if b.Never {
		notes = append(notes, unmetNote{"never", fmt.Sprintf("%s is a framework's layer, where no request stops at %s: "+
			"its boundaries are enter, input, exit and exception", safe.Of(strings.Join(b.Stages, ", ")), b.Boundary), false})
	}
	if b.TooEarly {
		notes = append(notes, unmetNote{"early", fmt.Sprintf("at %s there is nothing of the response yet, which %s asks for: at start_response there is",
			b.Boundary, safe.Of(b.Filter)), false})
	}
	return notes
}

// noteUnmet says of a breakpoint that it may never be met, as far as can be seen.
func noteUnmet(b control.Breakpoint, std stdio) {
	for _, n := range unmetNotes(b) {
		std.note("%s", n.text)
	}
}

// unmet tells of the breakpoints of a server that may never be met, of each once for as long as that is so.
type unmet struct {
	tell  func(text string)
	whole bool // all stages of a build are known without a request
	told  map[unmetKey]bool
}

type unmetKey struct {
	breakpoint int
	why        string
}

// look tells what was not told yet. It returns whether there is more to be told if the first request changes nothing of it;
// answered says that one was answered.
func (u *unmet) look(list []control.Breakpoint, answered bool) (waiting bool) {
	now := map[unmetKey]bool{}
	for _, b := range list {
		for _, n := range unmetNotes(b) {
			key := unmetKey{b.ID, n.why}
			switch {
			case b.Unknown && len(b.Seen) == 0: // there is no build
			case u.told[key]:
				now[key] = true
			case n.unsure && !u.whole && !answered:
				waiting = true
			default:
				u.tell(n.text)
				now[key] = true
			}
		}
	}
	u.told = now
	return waiting
}

// tellUnmet tells of the breakpoints that may never be met as soon as that can be known, now and after builds, until the
// server has ended. In Python the first request brings stages: where a name is like none that is known, it is waited for.
func (s *serving) tellUnmet(ctx context.Context, tell func(text string)) {
	builds := s.recorder.SubscribeTo(recorder.BuildEvents)
	requests := s.recorder.SubscribeTo(recorder.EndedExchanges)
	u := &unmet{tell: tell, whole: s.app.isGo()}
	waiting := u.look(s.breakpoints(ctx), false)
	s.owned.Go(func() {
		defer builds.Close()
		for {
			if waiting && !s.awaitAnswer(requests) {
				return
			}
			requests.Close() // to be told of each further one would be in vain
			if waiting {
				u.look(s.breakpoints(s.ended), true)
			}
			if !s.awaitBuild(builds) {
				return
			}
			requests = s.recorder.SubscribeTo(recorder.EndedExchanges)
			waiting = len(s.breakpoints(s.ended)) > 0
		}
	})
}

// awaitBuild waits for a build that serves, and returns false where the server ends before.
func (s *serving) awaitBuild(builds *recorder.Subscription) bool {
	for {
		batch, err := builds.Next(s.ended)
		if err != nil {
			return false
		}
		if slices.ContainsFunc(batch.Builds, loaded) {
			return true
		}
	}
}

// awaitAnswer waits for the end of a request to the current build, and returns false where the server ends before.
func (s *serving) awaitAnswer(requests *recorder.Subscription) bool {
	ofThis := func(r recorder.Row) bool { return r.State != recorder.Open && r.Build == s.server.Status().Build.ID }
	for {
		batch, err := requests.Next(s.ended)
		if err != nil {
			return false
		}
		if slices.ContainsFunc(batch.Rows, ofThis) {
			return true
		}
	}
}

// loaded says whether an event tells of a build that serves.
func loaded(e event.Event) bool {
	b, ok := e.Payload.(*event.Build)
	return ok && e.Kind == event.BuildDone && b.Failed == nil
}

// breakpoints lists them, once all stages are known that are so without a request.
func (s *serving) breakpoints(ctx context.Context) []control.Breakpoint {
	ctx, cancel := context.WithTimeout(ctx, takenTime)
	defer cancel()
	s.stops.Taken(ctx)
	list, err := s.backend.Breakpoints(ctx)
	if err != nil {
		return nil // the server tells no stages apart
	}
	return list
}

// takenTime is how long an application that lets nothing else run may keep its stages to itself.
const takenTime = 2 * time.Second
