package stages_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
	"github.com/snifter-dev/snifter/examples/internal/venv"
)

// bodies has for each framework the answers of testdata's application to some paths, and on whom they are blamed.
var bodies = map[string]map[string]string{
	"flask_bodies": {
		"/text":    "text hello from the view|signs  - signed",
		"/value":   `value {"hello":"value"}` + "\n" + `|signs  - signed`,
		"/blocks":  "blocks hello blocks|signs  - signed",
		"/stream":  "stream hello stream",
		"/file":    "file hello file",
		"/handled": "mends mended|signs  - signed",
		"/none": "werkzeug.wrappers.response.Response <!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n" +
			"<h1>Not Found</h1>\n<p>nothing here</p>\n",
	},
	"django_bodies": {
		"/text":     "text hello from the view|signs  - signed",
		"/written":  "written hello written|signs  - signed",
		"/template": "template hello 1 template|signs  - signed",
		"/stream":   "stream hello stream",
		"/file":     "file hello file",
		"/fails": "django.views.defaults.server_error \n<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>Server Error (500)</title>\n" +
			"</head>\n<body>\n  <h1>Server Error (500)</h1><p></p>\n</body>\n</html>\n|signs  - signed",
	},
	"pyramid_bodies": {
		"/text":   "text hello from the view|signing  - signed",
		"/value":  `value {"hello": "value"}|signing  - signed`,
		"/stream": "stream hello stream",
		"/file":   "file hello file",
		"/raised": "raised 302 Found\n\nThe resource was found at /text; you should be redirected automatically.\n\n",
		"/found":  "found 302 Found\n\nThe resource was found at /text; you should be redirected automatically.\n\n",
	},
	"falcon_bodies": {
		"/text":   "Text.on_get hello from the responder|Signs.process_response  - signed",
		"/value":  `Value.on_get {"hello": "value"}`,
		"/stream": "Stream.on_get hello stream",
		"/fails":  `falcon.app.App {"title": "wrong"}`,
		"/status": "Status.on_get hello status|Signs.process_response  - signed",
		"/breaks": "handles handled|Signs.process_response  - signed",
	},
	"bottle_bodies": {
		"/text":     "text hello from the callback|signs  - signed",
		"/value":    `value {"hello": "value"}`,
		"/response": "response hello response",
		"/raised":   "raised hello raised",
		"/refused":  "explains not for you",
		"/closed":   "closes closed",
		"/none":     "misses nothing here",
		"/stream":   "stream hello stream",
		"/lazy":     "lazy hello lazy",
	},
}

// TestBodies: what a view made is blamed on the view, however it made it, and what a layer did to it on that layer; the client
// gets the same as where stages are not told apart.
func TestBodies(t *testing.T) {
	interpreter := venv.Python(t, "requirements.txt")
	for stack, paths := range bodies {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			dir := snifter.Copy(t, "testdata")
			server := func(more ...string) *snifter.Server {
				return snifter.Start(t, dir, append([]string{stack + ":application", "--python", interpreter, "--no-reload"}, more...),
					snifter.Env("PYTHONWARNINGS=ignore"))
			}
			told, plain := server(), server("--no-stages", "--capture", filepath.Join(t.TempDir(), "plain.db"))
			for path, want := range paths {
				for n := range 2 {
					request := "GET " + path
					if diff := cmp.Diff(exchange(t, plain.URL, request), exchange(t, told.URL, request)); diff != "" {
						t.Errorf("%s with its stages told apart (-without +with):\n%s", path, diff)
					}
					x := told.Show(path, n+1)
					if diff := cmp.Diff(strings.Split(want, "|"), spans(t, x, stack+".")); diff != "" {
						t.Errorf("%s: the body is blamed on (-want +got):\n%s", path, diff)
					}
				}
			}
		})
	}
}

// TestBodiesPacked: of a stream that is made of another nobody can tell what is whose. It is that of who gave it.
func TestBodiesPacked(t *testing.T) {
	dir := snifter.Copy(t, "testdata")
	s := snifter.Start(t, dir, []string{"django_bodies:application", "--python", venv.Python(t, "requirements.txt"), "--no-reload"},
		snifter.Env("PYTHONWARNINGS=ignore"))
	answer, err := http.Get(s.URL + "/packed")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	got := spans(t, s.Show("/packed", 1), "django_bodies.")
	if len(got) != 1 || !strings.HasPrefix(got[0], "Packs \x1f\x8b") {
		t.Errorf("the body is blamed on %q", got)
	}
}
