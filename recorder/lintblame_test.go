package recorder_test

import (
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/devserver/event"
)

// What is wrong with a header is the doing of the layer that has set it, and not of what calls start_response in its name.
func TestBlameOfABreachOfALayer(t *testing.T) {
	space := &event.Finding{Rule: "header-value-space", Message: `the value of the header P begins or ends with a space: "1 "`}
	layers := func() *script {
		return newScript(nil).enterIn(2, 1, "flask after_request").change(2, []string{"Q: 1"}, []string{"Q: 1", "P: 1 "}).enterIn(3, 1, "wsgi")
	}
	for name, c := range map[string]struct {
		script *script
		want   int
	}{
		"by a layer":              {layers().answer(3, "200 OK", "Q: 1", "P: 1 ").answer(1, "200 OK", "Q: 1", "P: 1 ").add(3, event.Lint, space), 2},
		"by the stage around too": {layers().answer(3, "200 OK", "Q: 1", "P: 1 ").answer(1, "200 OK", "Q: 1", "P: 1 ", "P: 2").add(3, event.Lint, space), 3},
		"of another header": {layers().answer(3, "200 OK", "Q: 1", "P: 1 ").answer(1, "200 OK", "Q: 1", "P: 1 ").
			add(3, event.Lint, &event.Finding{Rule: space.Rule, Message: strings.Replace(space.Message, "P", "R", 1)}), 3},
		"of another rule": {layers().answer(3, "200 OK", "Q: 1", "P: 1 ").answer(1, "200 OK", "Q: 1", "P: 1 ").
			add(3, event.Lint, &event.Finding{Rule: "content-type-missing", Message: "the response has no Content-Type"}), 3},
		"refused by the server": {layers().answer(3, "200 OK", "Q: 1", "P: 1 ").answer(1, "500 Broken", "Content-Length: 0").add(3, event.Lint, space), 2},
		"that can't be sent": {layers().answer(3, "200 OK", "P: 1 ").
			add(3, event.Lint, &event.Finding{Rule: "header-invalid", Message: `the value of the header P holds a control character: '1 '`}), 2},
		"of a header's name": {layers().answer(3, "200 OK", "P: 1 ").answer(1, "200 OK", "P: 1 ").
			add(3, event.Lint, &event.Finding{Rule: "header-name-odd", Message: `an odd header name: 'P'`}), 2},
		"without layers": {newScript(nil).enter(2).answer(2, "200 OK", "P: 1 ").answer(1, "200 OK", "P: 1 ").add(2, event.Lint, space), 2},
	} {
		if x := c.script.fold(); len(x.Lint) != 1 || x.Lint[0].Stage != c.want {
			t.Errorf("%s: %+v, want stage %d", name, x.Lint, c.want)
		}
	}
}
