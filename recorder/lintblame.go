package recorder

import (
	"slices"
	"strings"

	"github.com/snifter-dev/snifter/devserver/event"
)

// Rules of one header that are not broken by its value alone: that there is no such header, and that the body is of another
// length.
const ruleLacks = "content-type-missing"

var rulesOfLength = []string{"content-length-exceeded", "content-length-short"}

const ruleNotStarted = "start-response-not-called"

// HasRaised says whether the server has raised an exception for a breach: it is told by that. Of a string that is returned as it
// is, it sees the characters, or numbers, from whatever stage has taken it apart; and where several stages lack start_response,
// the innermost is told of in words of its own.
func (l *Lint) HasRaised(e *Exception) bool {
	switch {
	case l.Message == e.Message:
		return true
	case l.Rule == "body-is-string":
		return e.Type == "TypeError" && strings.HasPrefix(e.Message, "the application yielded an object of type ")
	case l.Rule == ruleNotStarted:
		return e.Type == "AssertionError" && strings.HasPrefix(e.Message, "the application ") && strings.HasSuffix(e.Message, " start_response")
	}
	return false
}

// isComplaint says whether it is the server that does not take what a body has given, or has not: no code of the application has
// raised what it tells of then.
func isComplaint(e *Exception, lint []Lint) bool {
	return e.Where == event.InIterate.String() && len(e.Frames) == 0 && slices.ContainsFunc(lint, func(l Lint) bool { return l.HasRaised(e) })
}

// blameLayers blames a breach that is of one header on the framework's layer that has set it, or has it lack: what calls
// start_response, a stage of WSGI, does so in the name of the layers within the application, which have no boundary of their
// own that it is checked at.
func (o *onion) blameLayers(x *Exchange) {
	for i := range x.Lint {
		l := &x.Lint[i]
		if l.Header == "" || l.Stage < 1 || l.Stage >= len(o.layers) {
			continue
		}
		by, stage := 0, o.layers[l.Stage]
		switch {
		case l.Rule != ruleLacks && !slices.Contains(rulesOfLength, l.Rule):
			by = o.hasSet(stage, l.Header)
		case !o.ofLayers(stage):
		case l.Rule == ruleLacks:
			by = stage.out.lacks(l.Header)
		default:
			by = o.measured(stage, l.Header, x.Blame.Body)
		}
		if o.isLayer(by) {
			l.Stage = by
		}
	}
}

// isLayer says whether a stage is a framework's layer.
func (o *onion) isLayer(stage int) bool {
	return stage > 1 && stage < len(o.layers) && o.layers[stage].framework()
}

// ofLayers says whether a stage got what it gives from a framework's layers. What it got of another stage was checked there.
func (o *onion) ofLayers(l *layer) bool { return l.given != nil && o.isLayer(l.given.stage) }

// hasSet is who has set a header that a stage has called start_response with; 0 where that is not known, or several have. Of
// a call that was refused may be told no more than what the stage had got from its layers.
func (o *onion) hasSet(l *layer, name string) int {
	owners := l.out.ownersOf(name)
	if owners == nil && o.ofLayers(l) {
		owners = l.given.ownersOf(name)
	}
	if owners = slices.Compact(owners); len(owners) == 1 {
		return owners[0]
	}
	return 0
}

// measured is the last of the layers that have set the length, or have made something of the body; 0 for none.
func (o *onion) measured(l *layer, name string, body []Span) (last int) {
	candidates := []int{o.hasSet(l, name)}
	for _, span := range body {
		candidates = append(candidates, span.Stage)
	}
	for _, by := range candidates {
		if o.isLayer(by) && (last == 0 || o.layers[by].left > o.layers[last].left) {
			last = by
		}
	}
	return last
}

// lacks is who has dropped a header last, or else who has made the response without it; 0 where none is known.
func (a *answer) lacks(name string) (stage int) {
	for ; a != nil; a = a.from {
		stage = a.stage
		if slices.ContainsFunc(a.touches, func(t Touch) bool { return t.How == "dropped" && strings.EqualFold(t.Name, name) }) {
			break
		}
	}
	return stage
}
