package recorder_test

import (
	"testing"

	"github.com/snifter-dev/snifter/devserver/event"
)

// A body that is not as long as was said is the doing of the layer that has touched the length or the body last.
func TestBlameOfALength(t *testing.T) {
	five, six := []string{"Content-Length: 5"}, []string{"Content-Length: 6"}
	// A view within a middleware, which has it in its hands after that, and the response that the framework calls.
	stack := func(made, left []string, before, after string) *script {
		response := func(headers []string) *event.Left {
			return &event.Left{Response: &event.Response{Status: "200 OK", Headers: fieldsOf(headers)}}
		}
		s := newScript(nil).enterIn(2, 1, "django middleware").enterIn(3, 2, "django view").
			chunk(3, before).add(3, event.Exit, response(made))
		if after != before {
			s.chunk(2, after)
		}
		return s.add(2, event.Exit, response(left)).answer(1, "200 OK", left...).chunk(1, after)
	}
	for name, c := range map[string]struct {
		script *script
		rule   string
		want   int
	}{
		"by the view":       {stack(five, five, "four", "four"), "content-length-short", 3},
		"by the middleware": {stack(five, six, "fives", "fives"), "content-length-short", 2},
		"of another body":   {stack(five, five, "fives", "another"), "content-length-exceeded", 2},
		"by a stage around": {newScript(nil).enter(2).answer(2, "200 OK", five...).answer(1, "200 OK", five...), "content-length-short", 1},
	} {
		x := c.script.add(1, event.Lint, &event.Finding{Rule: c.rule, Header: "Content-Length"}).fold()
		if len(x.Lint) != 1 || x.Lint[0].Stage != c.want {
			t.Errorf("%s: %+v, want stage %d; %+v", name, x.Lint, c.want, x.Blame.Body)
		}
	}
}

// What is wrong with a header is the doing of the layer that has set it, or has it lack, and not of what calls start_response
// in its name: of whatever rule, and in whatever words.
func TestBlameOfABreachOfALayer(t *testing.T) {
	space := &event.Finding{Rule: "header-value-space", Message: "P has a space", Header: "p"}
	untyped := &event.Finding{Rule: "content-type-missing", Message: "there is no type", Header: "Content-Type"}
	layers := func() *script {
		return newScript(nil).enterIn(2, 1, "flask after_request").change(2, []string{"Q: 1"}, []string{"Q: 1", "P: 1 "}).enterIn(3, 1, "wsgi")
	}
	view := func(headers ...string) *script {
		made := &event.Response{Status: "200 OK", Headers: fieldsOf(headers)}
		return newScript(nil).enterIn(2, 1, "flask view").add(2, event.Exit, &event.Left{Response: made})
	}
	changed := func(before, after []string) *script {
		return view(before...).enterIn(3, 1, "flask after_request").change(3, before, after).enterIn(4, 1, "wsgi")
	}
	failed := &event.Response{Server: true, Status: "500 Broken"}
	for name, c := range map[string]struct {
		script *script
		found  *event.Finding
		stage  int
		want   int
	}{
		"by a layer":              {layers().answer(3, "200 OK", "Q: 1", "P: 1 ").answer(1, "200 OK", "Q: 1", "P: 1 "), space, 3, 2},
		"by the stage around too": {layers().answer(3, "200 OK", "P: 1 ").answer(1, "200 OK", "P: 1 ", "P: 2"), space, 3, 2},
		"by several":              {changed([]string{"P: 1 "}, []string{"P: 1 ", "P: 2"}).answer(4, "200 OK", "P: 1 ", "P: 2"), space, 4, 4},
		"of another header":       {layers().answer(3, "200 OK", "P: 1 ", "R: 1"), &event.Finding{Rule: space.Rule, Header: "R"}, 3, 3},
		"of no header": {layers().answer(3, "200 OK", "P: 1 "),
			&event.Finding{Rule: space.Rule, Message: `the value of the header P begins or ends with a space: "1 "`}, 3, 3},
		"refused by the server": {layers().answer(3, "200 OK", "P: 1 ").answer(1, "500 Broken", "Content-Length: 0"), space, 3, 2},
		"refused of stage 1":    {view("P: 1 ").add(0, event.StartResponse, failed), space, 1, 2},
		"and begun anew":        {view("P: 1 ").answer(1, "500 Failed", "Q: 1"), space, 1, 2},
		"refused of stage 1 around": {newScript(nil).enter(2).enterIn(3, 2, "flask view").
			add(3, event.Exit, &event.Left{Response: &event.Response{Status: "200 OK", Headers: fieldsOf([]string{"P: 1"})}}).
			answer(2, "200 OK", "P: 1").add(0, event.StartResponse, failed), space, 1, 1},
		"without layers": {newScript(nil).enter(2).enter(3).answer(3, "200 OK", "P: 1 ").answer(1, "200 OK", "P: 1 "), space, 3, 3},
		"untold":         {newScript(nil).enter(2), space, 2, 2},

		"made without": {view("Q: 1").answer(1, "200 OK", "Q: 1"), untyped, 1, 2},
		"dropped":      {changed([]string{"Content-Type: a/b"}, nil).answer(4, "200 OK").answer(1, "200 OK"), untyped, 4, 3},
		"set again": {changed([]string{"Content-Type: a/b"}, nil).answer(4, "200 OK").answer(1, "200 OK", "Content-Type: a/b"),
			untyped, 4, 3},
		"dropped by a stage around": {view("Content-Type: a/b").answer(1, "200 OK"), untyped, 1, 1},
		"made to want one by a stage around": {newScript(nil).enter(2).enterIn(3, 2, "flask view").
			add(3, event.Exit, &event.Left{Response: &event.Response{Status: "204 No Content"}}).
			answer(2, "204 No Content").answer(1, "200 OK"), untyped, 1, 1},
	} {
		if x := c.script.add(c.stage, event.Lint, c.found).fold(); len(x.Lint) != 1 || x.Lint[0].Stage != c.want {
			t.Errorf("%s: %+v, want stage %d", name, x.Lint, c.want)
		}
	}
}

// What is wrong with a status is the doing of the layer that has set it, whatever becomes of the call of start_response.
func TestBlameOfAStatus(t *testing.T) {
	found := &event.Finding{Rule: "status-invalid", Message: "20x"}
	view := func(status string) *script {
		return newScript(nil).enter(2).enterIn(3, 2, "bottle callback").add(3, event.Exit, &event.Left{Response: &event.Response{Status: status}})
	}
	root := newScript(nil).enterIn(2, 1, "bottle callback").add(2, event.Exit, &event.Left{Response: &event.Response{Status: "20x OK"}})
	for name, c := range map[string]struct {
		script *script
		want   int
	}{
		"by a layer":            {view("20x OK").answer(2, "20x OK").add(2, event.Lint, found), 3},
		"and begun anew":        {view("20x OK").answer(2, "20x OK").add(2, event.Lint, found).answer(2, "500 Broken"), 3},
		"by the stage around":   {view("200 OK").answer(2, "20x OK").add(2, event.Lint, found), 2},
		"refused of stage 1":    {root.add(1, event.Lint, found).answer(1, "500 Broken"), 2},
		"of a stage that is no": {newScript(nil).add(7, event.Lint, found), 7},
	} {
		if x := c.script.fold(); len(x.Lint) != 1 || x.Lint[0].Stage != c.want {
			t.Errorf("%s: %+v, want stage %d", name, x.Lint, c.want)
		}
	}
}

// What is wrong with a body, or that there is one, is the doing of the layer that has made of it what it is, or has set the status
// since; and so is a type where nothing is.
func TestBlameOfABody(t *testing.T) {
	left := func(status string) *event.Left {
		return &event.Left{Response: &event.Response{Status: status, Headers: fieldsOf([]string{"Content-Type: a/b"})}}
	}
	lazy := &event.Block{Type: "generator"}
	stack := func() *script {
		return newScript(nil).enter(2).enterIn(3, 2, "django middleware").enterIn(4, 3, "django view")
	}
	for name, c := range map[string]struct {
		script *script
		rule   string
		want   int
	}{
		"by the view": {stack().add(4, event.Chunk, lazy).add(4, event.Exit, left("200 OK")).add(3, event.Exit, left("200 OK")),
			"block-not-bytes", 4},
		"by the middleware": {stack().chunk(4, "text").add(4, event.Exit, left("200 OK")).add(3, event.Chunk, lazy).
			add(3, event.Exit, left("200 OK")), "block-not-bytes", 3},
		"by who has the status allow none": {stack().chunk(4, "text").add(4, event.Exit, left("200 OK")).add(3, event.Exit, left("204 None")),
			"body-not-allowed", 3},
		"by who gives one all the same": {stack().add(4, event.Exit, left("204 None")).chunk(3, "text").add(3, event.Exit, left("204 None")),
			"body-not-allowed", 3},
		"a type of none": {stack().add(4, event.Exit, left("200 OK")).add(3, event.Exit, left("204 None")), "content-type-unexpected", 3},
		"in both":        {stack().add(4, event.Exit, left("204 None")).add(3, event.Exit, left("204 None")), "content-type-unexpected", 4},
		"of no layers":   {newScript(nil).enter(2), "block-not-bytes", 2},
	} {
		header, status := "", "204 None"
		if c.rule == "content-type-unexpected" {
			header = "Content-Type"
		} else if c.rule == "block-not-bytes" {
			status = "200 OK"
		}
		c.script.answer(2, status, "Content-Type: a/b").add(2, event.Lint, &event.Finding{Rule: c.rule, Header: header})
		if x := c.script.fold(); len(x.Lint) != 1 || x.Lint[0].Stage != c.want {
			t.Errorf("%s: %+v, want stage %d", name, x.Lint, c.want)
		}
	}
}
