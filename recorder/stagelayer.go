package recorder

import (
	"slices"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
)

// layer is one stage while it is folded.
type layer struct {
	Stage
	depth   int
	entered bool
	total   time.Duration
	self    time.Duration
	spent   bool          // self was told
	at      time.Duration // when it was entered
	left    time.Duration // when its call returned or raised
	exited  bool          // which it has done, as is known
	work    time.Duration // for how long it was at work, as boundaries tell
	reached int64         // how much of the request's body was behind it and others after its last read
	instead bool          // that was of what stands in the place of the body

	environ *environObject
	inner   []event.EnvironChange // for the copy that it is about to pass on

	before *answer // the newest response that the stage around it had as it was entered
	given  *answer // and from within
	out    *answer // and what it gave itself
	shared bool    // given is that of the stage around it, from before it was entered

	blocks  []block
	got     int  // so many of them, the first, are what a framework's layer got
	sameAs  int  // the stage whose body it passed on as it was, 0 for none
	file    bool // it returned what the server alone iterates
	failed  bool // its call raised
	pending []string
	editing bool
	told    *answer       // of stage 1: what it gave to the server, before that is known to have got it; nil for nothing
	moment  int           // that of its newest block
	edits   map[int]block // blocks of the stage whose body it passed on that were edited in its hands, by their place
}

func (l *layer) name(info *event.StageInfo) {
	if info != nil {
		l.Name, l.Kind, l.Role, l.File, l.Line = info.Name, info.Kind, info.Role, info.File, info.Line
	}
}

// framework says that it is a framework's layer, which has no start_response and no iterable.
func (l *layer) framework() bool { return l.Kind != "wsgi" && l.Kind != "server" }

// isResponse says that a stage is a response that is called as an application, which webob.dec.wsgify and werkzeug's
// Response.from_app make of what an application gave, and whoever has made it is at work on it. No more than its name
// tells.
func (l *layer) isResponse() bool { return l.Kind == "wsgi" && strings.HasSuffix(l.Name, "Response") }

// maker is who made what a framework's layer was given and no other layer gave: the layer around it, such as a view that runs
// hooks of its own, or the application, which also acts within the layers that others are chained to.
func (o *onion) maker(l *layer) int {
	around := o.around(l)
	if !around.framework() || slices.Contains(chained, around.Role) {
		return o.application(l).Index
	}
	return around.Index
}

var chained = []string{"middleware", "plugin", "tween"}

// application is the WSGI stage that a framework's layer belongs to.
func (o *onion) application(l *layer) *layer {
	for l = o.around(l); l.framework() && l.Index > 1; {
		l = o.around(l)
	}
	return l
}

// around is the stage that a stage was called in.
func (o *onion) around(l *layer) *layer { return o.layers[l.Within] }
