package devserver

import (
	"slices"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
)

// bypass stands in the place of the outermost stage where a surgery leaves that out: what the server calls then calls
// another.
var bypass = &event.StageInfo{Name: "snifter.Surgery", Kind: "server"}

// outermost is the stage that the server calls for a request, which is another than the application's where the surgery of
// the request leaves that out.
func outermost(root *event.StageInfo, s *stepping.Surgery) *event.StageInfo {
	if root == nil || s == nil {
		return root
	}
	is := func(name string) bool { return stepping.Named(name, root.Name, 1) }
	skipped := func(name string) bool {
		nth := s.Nth[name]
		return is(name) && (nth == nil || slices.Contains(nth, 1))
	}
	if s.Enter != "" && (len(s.Around) > 0 || !is(s.Enter)) || slices.ContainsFunc(s.Skip, skipped) {
		return bypass
	}
	return root
}
