package devserver

import (
	"testing"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
)

func TestOutermost(t *testing.T) {
	root := &event.StageInfo{Name: "app.Timing", Kind: "wsgi"}
	for name, c := range map[string]struct {
		root, want *event.StageInfo
		surgery    *stepping.Surgery
	}{
		"no surgery":      {root, root, nil},
		"no stages":       {nil, nil, &stepping.Surgery{Enter: "app.view"}},
		"another is left": {root, root, &stepping.Surgery{Skip: []string{"app.Session"}}},
		"what it is of":   {root, root, &stepping.Surgery{Skip: []string{"app.Site"}}},
		"it is left":      {root, bypass, &stepping.Surgery{Skip: []string{"app.Session", "app.Timing"}}},
		"one of its name is left": {root, root, &stepping.Surgery{
			Skip: []string{"app.Timing"}, Nth: map[string][]int{"app.Timing": {2}},
		}},
		"it is left of those of its name": {root, bypass, &stepping.Surgery{
			Skip: []string{"app.Timing"}, Nth: map[string][]int{"app.Timing": {1}},
		}},
		"entered elsewhere": {root, bypass, &stepping.Surgery{Enter: "app.view"}},
		"another is entered that has its name": {
			root, bypass, &stepping.Surgery{Enter: "app.Timing", Around: []string{"app.Timing"}},
		},
		"entered there": {root, root, &stepping.Surgery{Enter: "app.Timing"}},
	} {
		if got := outermost(c.root, c.surgery); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
