package examples_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
)

// replayable are the examples with a story to record, and one view to change: its file, and what is changed in it. The
// only requests whose answers change are those to its target.
var replayable = map[string]struct{ file, before, after, target, shown string }{
	"flask_app":      {"guestbook/api.py", `{"hello": name}`, `{"hello": name.upper()}`, "/api/hello/Ada", "ADA"},
	"django_project": {"notes/views.py", `JsonResponse({"notes": `, `JsonResponse({"count": 1, "notes": `, "/api/notes/", "count"},
	"pyramid_app":    {"board/views.py", `return {"messages": request.session.get("messages", [])}` + "\n\n\n@view_config(route_name=\"messages\", request_method=\"POST\"", `return {"count": 1, "messages": request.session.get("messages", [])}` + "\n\n\n@view_config(route_name=\"messages\", request_method=\"POST\"", "/api/messages", "count"},
}

// A session with forms, cookies, CSRF tokens and uploads is replayed: against the same application nothing has changed,
// and the exit code is 0; with one view changed it is 1, and that view is all that is told.
func TestReplayTellsTheViewThatChanged(t *testing.T) {
	t.Parallel()
	for name, change := range replayable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, program := framework(t, name)
			s := snifter.Start(t, dir, []string{"--python", program})
			c := s.Client()
			count := 0
			for _, st := range stories[name] {
				if st.status == 500 || st.request == "GET /clock" {
					continue // a traceback's page names addresses in memory, and a clock does not stand still
				}
				c.Do(st.request, st.body, st.headers...)
				count++
			}
			c.Get(change.target)
			s.Exchange(change.target, countOf(stories[name], change.target)+1)
			if code := s.End(os.Interrupt); code != 130 {
				t.Fatalf("exit code %d", code)
			}

			replay := []string{"replay", "--app", ".", "--python", program, "--json"}
			lines := snifter.Lines(t, dir, 0, replay...)
			for _, l := range lines {
				if v := l["verdict"]; v == "changed" || v == "broken" {
					t.Errorf("unchanged, and yet %v", l)
				}
			}
			if last := lines[len(lines)-1]; last["type"] != "summary" || len(lines) != count+2 {
				t.Errorf("%d lines for %d exchanges, the last is %v", len(lines), count+1, last)
			}

			snifter.Edit(t, filepath.Join(dir, filepath.FromSlash(change.file)), change.before, change.after)
			targets := map[float64]string{}
			for _, row := range snifter.Lines(t, dir, 0, "ls", "--json") {
				targets[row["id"].(float64)] = row["method"].(string) + " " + row["target"].(string)
			}
			found := 0
			for _, l := range snifter.Lines(t, dir, 1, replay...) {
				if l["type"] != "verdict" {
					continue
				}
				changed := l["verdict"] == "changed"
				if l["verdict"] == "broken" || changed != (targets[l["origin"].(float64)] == "GET "+change.target) {
					t.Errorf("%s: %v", targets[l["origin"].(float64)], l)
				}
				if changed {
					found++
				}
			}
			if found == 0 {
				t.Errorf("no change was found of %v", targets)
			}
			if r := snifter.Run(t, dir, append([]string{}, "replay", "--app", ".", "--python", program, "~m GET ~u "+change.target+"$")); r.Code != 1 ||
				!strings.Contains(r.Stdout, change.shown) {
				t.Errorf("exit code %d, and the report is\n%s%s", r.Code, r.Stdout, r.Stderr)
			}
		})
	}
}

func countOf(steps []step, target string) int {
	n := 0
	for _, st := range steps {
		if _, to, _ := strings.Cut(st.request, " "); to == target {
			n++
		}
	}
	return n
}
