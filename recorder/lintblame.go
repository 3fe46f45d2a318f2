package recorder

import (
	"slices"
	"strings"
)

// ofOneHeader are the rules whose message names the header that breaks them, and what stands before its name in it.
var ofOneHeader = map[string]string{
	"header-invalid":     "the value of the header ",
	"header-name-odd":    "an odd header name: ",
	"header-value-space": "the value of the header ",
	"hop-by-hop-header":  "an application may not set the hop-by-hop header ",
}

// blameLayers blames a breach of one header on the framework's layer that has set it: what calls start_response, a stage of
// WSGI, does so in the name of the layers within the application, which have no boundary of their own that it is checked at.
func (o *onion) blameLayers(x *Exchange) {
	for i := range x.Lint {
		l := &x.Lint[i]
		before, known := ofOneHeader[l.Rule]
		rest, named := strings.CutPrefix(l.Message, before)
		if !known || !named {
			continue
		}
		name, _, _ := strings.Cut(rest, " ")
		if owner := o.layerThatSet(strings.Trim(name, `:'"`), l.Stage); owner > 0 {
			l.Stage = owner
		}
	}
}

// layerThatSet is the layer of a framework that has set a header, as it was sent, or as the stage has called start_response
// with it, where the server has refused that; 0 where that is none, or others have set more of that name.
func (o *onion) layerThatSet(name string, stage int) int {
	owners := o.last.ownersOf(name)
	if owners == nil && stage > 0 && stage < len(o.layers) {
		owners = o.layers[stage].out.ownersOf(name)
	}
	if len(slices.Compact(owners)) != 1 {
		return 0
	}
	if owner := owners[0]; owner > 1 && owner < len(o.layers) && o.layers[owner].Kind != "wsgi" {
		return owner
	}
	return 0
}
