package stages_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
	"github.com/snifter-dev/snifter/examples/internal/venv"
)

// waits is how many milliseconds a hook of testdata/hooks.py takes before it fails.
const waits = 20

// TestHooks: a framework's hook, which has no response of its own, is named as where an exception rose, with the time that it
// took; Flask runs those after a request once more for its page of the error.
func TestHooks(t *testing.T) {
	s := snifter.Start(t, snifter.Copy(t, "testdata"), []string{"hooks:application", "--python", venv.Python(t, "requirements.txt"), "--no-reload"})
	for target, want := range map[string]string{
		"/flask/values":       "values url_value_preprocessor",
		"/flask/before":       "before before_request",
		"/flask/after":        "after after_request, after after_request",
		"/flask/teardown":     "teardown teardown_request",
		"/flask/teardown_all": "teardown_all teardown_appcontext",
		"/bottle/begins":      "begins before_request",
		"/bottle/ends":        "ends after_request",
	} {
		exchange(t, s.URL, "GET "+target)
		var got []string
		for _, stage := range s.Show(target, 1).Stages {
			if !stage.Rose {
				continue
			}
			got = append(got, strings.TrimPrefix(stage.Name, "hooks.")+" "+stage.Role)
			if stage.Self < waits {
				t.Errorf("%s: %s took %v ms", target, stage.Name, stage.Self)
			}
		}
		if diff := cmp.Diff(want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", target, diff)
		}
	}
}
