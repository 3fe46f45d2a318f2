package recorder

import (
	"slices"
	"strings"
)

// blameLayers blames a breach that is of one header on the framework's layer that has set it, or has it lack: what calls
// start_response, a stage of WSGI, does so in the name of the layers within the application, which have no boundary of their
// own that it is checked at.
func (o *onion) blameLayers(x *Exchange) {
	for i := range x.Lint {
		l := &x.Lint[i]
		if l.Header == "" || l.Stage < 1 || l.Stage >= len(o.layers) {
			continue
		}
		if by := o.doing(l.Header, o.layers[l.Stage].out); by > 1 && by < len(o.layers) && o.layers[by].framework() {
			l.Stage = by
		}
	}
}

// doing is whose it is that a stage has called start_response with a header, or without it; 0 where that is not known, or not
// one's alone.
func (o *onion) doing(name string, given *answer) int {
	if given == nil {
		given = o.last // all that is told is what the server has got
	}
	if given == nil {
		return 0
	}
	switch owners := slices.Compact(given.ownersOf(name)); len(owners) {
	case 0:
		return given.lacks(name)
	case 1:
		return owners[0]
	}
	return 0
}

// lacks is who has dropped a header last, or else who has made the response without it.
func (a *answer) lacks(name string) int {
	for ; ; a = a.from {
		dropped := slices.ContainsFunc(a.touches, func(t Touch) bool { return t.How == "dropped" && strings.EqualFold(t.Name, name) })
		if dropped || a.from == nil {
			return a.stage
		}
	}
}
