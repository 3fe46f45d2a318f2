package recorder

import (
	"slices"
	"strings"
)

// ruleLacks is the rule of which a breach is that there is no such header.
const ruleLacks = "content-type-missing"

// blameLayers blames a breach that is of one header on the framework's layer that has set it, or has it lack: what calls
// start_response, a stage of WSGI, does so in the name of the layers within the application, which have no boundary of their
// own that it is checked at.
func (o *onion) blameLayers(x *Exchange) {
	for i := range x.Lint {
		l := &x.Lint[i]
		if l.Header == "" || l.Stage < 1 || l.Stage >= len(o.layers) {
			continue
		}
		by := 0
		if stage := o.layers[l.Stage]; l.Rule == ruleLacks {
			by = stage.out.lacks(l.Header)
		} else {
			by = o.hasSet(stage, l.Header)
		}
		if by > 1 && by < len(o.layers) && o.layers[by].framework() {
			l.Stage = by
		}
	}
}

// hasSet is who has set a header that a stage has called start_response with; 0 where that is not known, or several have. Of
// a call that was refused may be told no more than what the stage had got from its layers. (What it had got of another stage
// was checked there.)
func (o *onion) hasSet(l *layer, name string) int {
	owners := l.out.ownersOf(name)
	if got := l.given; owners == nil && got != nil && got.stage < len(o.layers) && o.layers[got.stage].framework() {
		owners = got.ownersOf(name)
	}
	if owners = slices.Compact(owners); len(owners) == 1 {
		return owners[0]
	}
	return 0
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
