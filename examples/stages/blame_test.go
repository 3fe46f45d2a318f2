package stages_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
	"github.com/snifter-dev/snifter/examples/internal/venv"
)

// blame is what `snifter show --json` says of who is to blame.
type blame struct {
	Status  int            `json:"status"`
	Headers map[string]int `json:"headers"`
	Environ map[string]int `json:"environ"`
	Fields  []int          `json:"fields"`
	Body    []struct {
		Start int `json:"start"`
		End   int `json:"end"`
		Stage int `json:"stage"`
	} `json:"body"`
	History []struct {
		Stage int    `json:"stage"`
		What  string `json:"what"`
		Name  string `json:"name"`
		How   string `json:"how"`
	} `json:"history"`
}

// TestBlame: a header that one stage sets, a second replaces, a third drops and a fourth restores, and a body that two stages
// rewrite, however it comes.
func TestBlame(t *testing.T) {
	s := snifter.Start(t, snifter.Copy(t, "testdata"), []string{"blamed:application", "--no-reload"})
	for path, want := range map[string]string{
		"/list":  "Frames <<|page hello |Shouts WORLD|page , hello|Frames >>",
		"/whole": "Frames <<|page hello |Shouts WORLD|page , hello|Frames >>",
		"/iter":  "Frames <<|page hello |Shouts WORLD|page , hello|Frames >>",
		"/write": "page hello |Shouts WORLD|page , hello",
	} {
		for n := range 2 {
			response, err := http.Get(s.URL + path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			x := s.Show(path, n+1)
			var b blame
			if err := json.Unmarshal(x.Blame, &b); err != nil {
				t.Fatal(err)
			}
			name := func(index int) string { return strings.TrimPrefix(x.Stages[index].Name, "blamed.") }
			var color, fields []string
			if got := strings.Join(spans(t, x, "blamed."), "|"); got != want {
				t.Errorf("%s: the body is blamed on\n%s, want\n%s", path, got, want)
			}
			for _, touch := range b.History {
				if touch.What == "header" && touch.Name == "X-Color" {
					color = append(color, name(touch.Stage)+" "+touch.How)
				}
			}
			if diff := cmp.Diff([]string{"page set", "Replaces changed", "Drops dropped", "Restores restored"}, color); diff != "" {
				t.Errorf("%s: X-Color (-want +got):\n%s", path, diff)
			}
			for i, index := range b.Fields {
				fields = append(fields, name(index)+" "+x.Response.Headers[i][0])
			}
			if diff := cmp.Diff([]string{"page Content-Type", "page Set-Cookie", "Restores X-Color"}, fields); diff != "" {
				t.Errorf("%s: headers (-want +got):\n%s", path, diff)
			}
			if got := name(b.Status) + ", " + name(b.Headers["X-Color"]) + ", " + name(b.Environ["blamed.color"]); got != "page, Restores, Drops" {
				t.Errorf("%s: status, X-Color and blamed.color are blamed on %s", path, got)
			}
		}
	}
}

// spans is the body of an exchange, each part with the name of the stage that is to blame for it, without a prefix.
func spans(t *testing.T, x *snifter.Exchange, prefix string) []string {
	t.Helper()
	var b blame
	if err := json.Unmarshal(x.Blame, &b); err != nil {
		t.Fatal(err)
	}
	body := x.Response.Body.Bytes(t)
	var out []string
	for _, span := range b.Body {
		out = append(out, strings.TrimPrefix(x.Stages[span.Stage].Name, prefix)+" "+body[span.Start:span.End])
	}
	return out
}

// layersBlamed has for each stack the stages to blame for the status, some headers and the exception of the answer to a path.
var layersBlamed = map[string]map[string]string{
	"flask_stack": {
		"/none":        "status Watch.missing, X-Missing Watch.missing, X-Marked mark",
		"/lasts":       "X-Last lasts.<locals>.last, X-Marked mark",
		"/called/name": "X-Marked mark",
		"/fails":       "X-Marked mark, exception fails",
		"/api/login": "Set-Cookie login, Set-Cookie Remembers.remember, Vary flask.sessions.SecureCookieSessionInterface.save_session, " +
			"Set-Cookie flask.sessions.SecureCookieSessionInterface.save_session",
	},
	"django_stack": {
		"/none":     "status missing, X-Function function_middleware",
		"/mended":   "status Hooks.process_exception, X-Function function_middleware",
		"/fails":    "status django.views.defaults.server_error, X-Function function_middleware, exception fails",
		"/rendered": "status django.views.defaults.server_error, X-Function function_middleware, exception rendered",
		"/refused":  "status django.views.defaults.server_error, exception Slotted",
	},
	"pyramid_stack": {
		"/object": "status Object, X-Marked marking_tween_factory, X-Heard Hears.hear, X-Noted noting",
		"/odd":    "status mended, X-Marked marking_tween_factory, X-Noted noting",
		"/login": "Set-Cookie login, X-Marked marking_tween_factory, Set-Cookie Remembers, " +
			"Set-Cookie pyramid.session.BaseCookieSessionFactory.<locals>.CookieSession.changed.<locals>.set_cookie_callback, X-Noted noting",
	},
	"bottle_stack": {
		"/": "X-Timed stopwatch",
	},
	"bottle_bodies": {
		"/raised":     "status raised, X-Made raised, X-Closed closes",
		"/redirected": "status redirected, Location redirected, X-Closed closes, Set-Cookie redirected",
		"/refused":    "status refuses, X-Closed closes",
		"/closed":     "status closes",
		"/lazy":       "status lazy, X-Closed closes, X-Lazy lazy",
		"/lazily":     "status lazily",
		"/fails":      "status bottle.Bottle, exception fails",
	},
	"falcon_bodies": {
		"/found":   "status Found.on_get, x-set Found.on_get, location Found.on_get, x-marked Marks.process_response, set-cookie Found.on_get",
		"/refused": "status Refused.on_get, x-set Refused.on_get, x-why Refused.on_get, vary falcon.app.App",
		"/breaks":  "status handles, x-set Breaks.on_get, x-handled handles",
		"/hooked":  "status handles, x-before sets, x-handled handles",
		"/teapot":  "status Teapot.on_get",
	},
	"flask_bodies": {
		"/none":      "status none, Content-Type werkzeug.exceptions.NotFound, X-Marked marks",
		"/elsewhere": "status elsewhere, Location elsewhere, X-Marked marks",
	},
	"rest": {
		"/closed": "status handles, X-Handled handles, Allow Closed",
	},
	"pyramid_bodies": {
		"/raised": "status raised, X-Made raised",
	},
	"decorated": {
		"/page": "status page, X-Marked Marks.process_response",
		"/kept": "status kept, Expires django.middleware.cache.CacheMiddleware.process_response, " +
			"Cache-Control django.middleware.cache.CacheMiddleware.process_response",
	},
	"falcon_stack": {
		"/":      "x-before sets, x-after wraps_up, x-marked Marks.process_response",
		"/fails": "status handle, x-marked Marks.process_response",
	},
}

// TestBlameLayers: what a framework's layers do to the head of a response, and what rises in them, is blamed on each of them.
func TestBlameLayers(t *testing.T) {
	interpreter := venv.Python(t, "requirements.txt")
	for stack, paths := range layersBlamed {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			s := snifter.Start(t, snifter.Copy(t, "testdata"), []string{stack + ":application", "--python", interpreter, "--no-reload"},
				snifter.Env("PYTHONWARNINGS=ignore"))
			for path, want := range paths {
				exchange(t, s.URL, "GET "+path)
				x := s.Show(path, 1)
				if diff := cmp.Diff(want, blamedLayers(t, x, stack+".", want)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", path, diff)
				}
			}
		})
	}
}

// blamedLayers says who is to blame for the status, if that is wanted, for the headers that are no standard's, and the exception.
func blamedLayers(t *testing.T, x *snifter.Exchange, prefix, want string) string {
	t.Helper()
	var b blame
	if err := json.Unmarshal(x.Blame, &b); err != nil {
		t.Fatal(err)
	}
	name := func(index int) string { return strings.TrimPrefix(x.Stages[index].Name, prefix) }
	var out []string
	if strings.HasPrefix(want, "status") {
		out = append(out, "status "+name(b.Status))
	}
	for i, index := range b.Fields {
		if header := x.Response.Headers[i][0]; strings.Contains(strings.ToLower(want), strings.ToLower(header)+" ") {
			out = append(out, header+" "+name(index))
		}
	}
	if x.Raised != nil {
		out = append(out, "exception "+name(x.Raised.Stage))
	}
	return strings.Join(out, ", ")
}
