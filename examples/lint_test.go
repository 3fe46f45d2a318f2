package examples_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
	"github.com/snifter-dev/snifter/examples/internal/venv"
)

// TestCheckFindsNothingThatIsNot has `snifter check` make requests of the examples and of real stacks, whose middlewares and
// frameworks are held to break no rule but those named here, as "rule stage".
func TestCheckFindsNothingThatIsNot(t *testing.T) {
	t.Parallel()
	stacks := filepath.Join("stages", "testdata")
	for _, c := range []struct {
		dir, app, requirements string
		urls                   []string
		found                  []string
	}{
		{dir: "python", app: "hello.py"},
		{dir: "python", app: "routes.py", urls: []string{"/", "/no/such"}},
		{dir: "python", app: "middleware.py"},
		{dir: filepath.Join("python", "onion"), app: "app.py"},
		{dir: "python", app: "stream.py", urls: []string{"/?count=3&pause=0", "/events?count=3&pause=0"}},
		{dir: stacks, app: "flask_stack.py", requirements: "stages/requirements.txt",
			urls: []string{"/", "/page", "/notes/", "/api/version", "/stream", "/no/such"},
			// The stream that LintMiddleware puts in the place of wsgi.input lacks readlines; ProfilerMiddleware keeps all
			// blocks until the last.
			found: []string{"blocks-held-back werkzeug.middleware.profiler.ProfilerMiddleware",
				"environ-input werkzeug.middleware.lint.LintMiddleware"}},
		{dir: stacks, app: "django_stack.py", requirements: "stages/requirements.txt", urls: []string{"/", "/page", "/asynchronous", "/no/such"}},
		{dir: stacks, app: "pyramid_stack.py", requirements: "stages/requirements.txt", urls: []string{"/", "/leaf", "/page", "/no/such"}},
		{dir: stacks, app: "bottle_stack.py", requirements: "stages/requirements.txt", urls: []string{"/", "/inner/page", "/plain/", "/no/such"}},
		{dir: stacks, app: "falcon_stack.py", requirements: "stages/requirements.txt", urls: []string{"/", "/short", "/no/such"}},
	} {
		t.Run(c.app, func(t *testing.T) {
			t.Parallel()
			args := []string{"check", c.app, "--json", "--method", "POST"}
			for _, url := range c.urls {
				args = append(args, "--url", url)
			}
			if c.requirements != "" {
				args = append(args, "--python", venv.Python(t, c.requirements))
			}
			code := 0
			if c.found != nil {
				code = 1
			}
			var got []string
			for _, line := range snifter.Lines(t, here(t, c.dir), code, args...) {
				if line["severity"] == "error" {
					got = append(got, line["rule"].(string)+" "+line["stage_name"].(string))
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.found, slices.Compact(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
