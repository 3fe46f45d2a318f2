package recorder

import (
	"slices"
	"strings"

	"github.com/snifter-dev/snifter/devserver/event"
)

// Rules that are not broken by the value of one header alone: that there is no such header, or one that the status does not
// allow; that the body is of another length; what the status, or the body, is.
const (
	ruleLacks      = "content-type-missing"
	ruleUnexpected = "content-type-unexpected"
	ruleBodied     = "body-not-allowed"
)

var (
	rulesOfLength = []string{"content-length-exceeded", "content-length-short"}
	rulesOfStatus = []string{"status-invalid", "status-no-reason", "status-subclass"}
	rulesOfBody   = []string{"not-iterable", "body-is-string", "block-not-bytes", "block-subclass", "blocks-tiny", ruleBodied}
)

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

// finds notes who has set the status of a stage, in which a breach is found: it may call start_response once more. Of stage 1
// nothing is told before what it gives was looked at.
func (o *onion) finds(nth int, stage uint16, rule string) {
	if !slices.Contains(rulesOfStatus, rule) || stage < 1 || int(stage) >= len(o.layers) {
		return
	}
	l := o.layers[stage]
	a := l.out
	if stage == 1 {
		a = l.given
	}
	if a == nil {
		return
	}
	if o.statuses == nil {
		o.statuses = map[int]int{}
	}
	o.statuses[nth] = a.statusBy
}

// blameLayers blames a breach that is of the status, of one header or of the body on the framework's layer that has set it, or
// has it lack: what calls start_response, a stage of WSGI, does so in the name of the layers within the application, which
// have no boundary of their own that it is checked at.
func (o *onion) blameLayers(x *Exchange) {
	for i := range x.Lint {
		l := &x.Lint[i]
		if l.Stage < 1 || l.Stage >= len(o.layers) {
			continue
		}
		if by := o.blamed(l, o.statuses[i], x.Blame.Body); o.isLayer(by) {
			l.Stage = by
		}
	}
}

// blamed is the layer to blame for a breach that was found at a stage whose status somebody has set, or that stage, or 0.
func (o *onion) blamed(l *Lint, status int, body []Span) int {
	stage := o.layers[l.Stage]
	switch {
	case slices.Contains(rulesOfStatus, l.Rule):
		return status
	case l.Rule == ruleLacks:
		if o.ofLayers(stage) {
			return stage.out.lacks(l.Header)
		}
	case l.Rule == ruleUnexpected:
		return o.lastLayer(o.hasSet(stage, l.Header), o.hasSetStatus(stage))
	case slices.Contains(rulesOfLength, l.Rule):
		if o.ofLayers(stage) {
			touched := append(o.madeBody(stage), o.hasSet(stage, l.Header))
			for _, span := range body {
				touched = append(touched, span.Stage)
			}
			return o.lastLayer(touched...)
		}
	case slices.Contains(rulesOfBody, l.Rule):
		if o.ofLayers(stage) {
			touched := o.madeBody(stage)
			if l.Rule == ruleBodied {
				touched = append(touched, o.hasSetStatus(stage))
			}
			return o.lastLayer(touched...)
		}
	case l.Header != "":
		return o.hasSet(stage, l.Header)
	}
	return 0
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

// hasSetStatus is who has set the status that a stage has called start_response with; 0 where that is not known.
func (o *onion) hasSetStatus(l *layer) int {
	if l.out == nil {
		return 0
	}
	return l.out.statusBy
}

// madeBody are the layers that have made something of the body which a stage has got from its layers.
func (o *onion) madeBody(stage *layer) (by []int) {
	if stage.isResponse() && o.isLayer(stage.given.stage) {
		stage = o.application(o.layers[stage.given.stage])
	}
	for _, l := range o.layers {
		if l.framework() && len(l.blocks) > l.got && o.application(l) == stage {
			by = append(by, l.Index)
		}
	}
	return by
}

// lastLayer is the layer among these stages that was left last; 0 for none.
func (o *onion) lastLayer(stages ...int) (last int) {
	for _, by := range stages {
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
