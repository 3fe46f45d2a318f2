package replay

import (
	"fmt"
	"slices"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
)

// answering are the roles of the layers in whose place a framework calls nothing else. Others are passed over as the bridge
// of Python knows to.
var answering = []string{"view", "error_view", "errorhandler", "callback", "error", "responder", "sink", "static_route",
	"view_deriver"}

// last says why a stage can't be skipped, "" where it may be. One without any within may have answered in the place of what
// it holds: nothing that was recorded tells it from an application.
func last(x *recorder.Exchange, at *recorder.Stage) string {
	if at.Kind != "wsgi" {
		role, _, _ := strings.Cut(at.Role, " ") // of a blueprint
		if slices.Contains(answering, role) {
			return fmt.Sprintf("%s calls nothing else in the place of a layer that is its %s", at.Kind, role)
		}
		return ""
	}
	layers := false
	for i := range x.Stages {
		s := &x.Stages[i]
		if s.Index <= at.Index || !isWithin(x, s, at) {
			continue
		}
		switch {
		case s.Kind != "wsgi":
			layers = true
		case !strings.HasSuffix(s.Name, "Response"): // which frameworks make, and call in the end
			return ""
		}
	}
	if layers {
		return "it is the application, and has no other within"
	}
	return ""
}

// isWithin says whether a stage was called in another, by however many between.
func isWithin(x *recorder.Exchange, s, outer *recorder.Stage) bool {
	for s != nil && s.Index > outer.Index {
		s = around(x, s)
	}
	return s != nil && s.Index == outer.Index
}

// skippable are the names of the stages that can be skipped, as far as is known.
func skippable(x *recorder.Exchange) []string {
	var names []string
	for i := range x.Stages {
		s := &x.Stages[i]
		switch {
		case s.Index == 0 || s.Kind == "server" || last(x, s) != "" || slices.Contains(names, s.Name):
		case s.Kind == "wsgi" && !slices.ContainsFunc(x.Stages, func(o recorder.Stage) bool { return o.Within == s.Index }):
		default:
			names = append(names, s.Name)
		}
	}
	return names
}
