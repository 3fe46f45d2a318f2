package stages_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
	"github.com/snifter-dev/snifter/examples/internal/venv"
)

// TestWebtestIsCovered looks whether each assertion of the webtest.lint that is installed has its place among our rules. For
// wsgiref.validate the bridge's own tests do.
func TestWebtestIsCovered(t *testing.T) {
	const script = `
import inspect, webtest.lint
from tests.validators import WEBTEST, assertions
ours, theirs = {name: len(rules) for name, rules in WEBTEST.items()}, assertions(inspect.getsource(webtest.lint))
print("same" if ours == theirs else sorted(set(ours.items()) ^ set(theirs.items())))
`
	cmd := exec.CommandContext(t.Context(), venv.Python(t, "requirements.txt"), "-B", "-c", script)
	cmd.Dir = filepath.Join("..", "..", "devserver", "python", "bridge")
	if out, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "same" {
		t.Errorf("%v\n%s", err, out)
	}
}

// breaking has for each framework the layers of testdata/breaking.py that come before a view, make something of what it gives, and
// are it; and what is found of what a layer makes, where the framework does not mend it, and of a method that wsgi.input has not.
var breaking = map[string]struct {
	before, after, view string
	made                map[string][]string
	seeks               []string
}{
	"flask": {before: "before", after: "after", view: "view", made: map[string][]string{
		"odd": {"status-invalid"}, "bytes": {"block-subclass"}, "bits": {"blocks-tiny"}, "empty": {"content-type-unexpected"},
	}},
	"django": {before: "middleware", after: "middleware", view: "shown", made: map[string][]string{
		"odd": {"status-invalid"}, "texts": {"block-not-bytes"}, "bytes": {"block-subclass"}, "bits": {"blocks-tiny"},
		"empty": {"body-not-allowed", "content-type-unexpected"},
	}},
	"pyramid": {before: "tween_factory", after: "tween_factory", view: "page", made: map[string][]string{
		"odd": {"status-invalid"}, "texts": {"block-not-bytes"}, "bytes": {"block-subclass"}, "bits": {"blocks-tiny"},
		"empty": {"body-not-allowed", "content-type-unexpected"},
	}, seeks: []string{"exception"}},
	"falcon": {before: "Hooks.process_request", after: "Hooks.process_response", view: "Resource.on_get", made: map[string][]string{
		"odd": {"status-invalid"}, "texts": {"block-not-bytes"}, "bytes": {"block-subclass"}, "bits": {"blocks-tiny"},
	}},
	"bottle": {before: "begins", after: "ends", view: "callback", made: map[string][]string{
		"odd": {"status-invalid"}, "empty": {"body-not-allowed", "content-type-unexpected"},
	}},
}

// TestLayersAreBlamed has `snifter check` blame a framework's layer for what that does to the environ, to the streams in it, to the
// status and to the body, and not the stage of WSGI that it lies in.
func TestLayersAreBlamed(t *testing.T) {
	interpreter := venv.Python(t, "requirements.txt")
	for framework, layers := range breaking {
		t.Run(framework, func(t *testing.T) {
			t.Parallel()
			args := []string{"check", "breaking:application", "--json", "--python", interpreter}
			want := map[string][]string{}
			add := func(name, place, layer string, rules ...string) {
				path := "/" + framework + "/" + name + "/" + place
				args = append(args, "--url", path)
				for _, rule := range rules {
					want[path] = append(want[path], rule+" breaking."+layer)
				}
			}
			for place, layer := range map[string]string{"before": layers.before, "view": layers.view} {
				add("closes", place, layer, "input-method")
				add("seeks", place, layer, append(layers.seeks, "input-method")...)
				add("writes", place, layer, "errors-not-text")
				add("sets", place, layer, "environ-not-text")
				add("removes", place, layer, "environ-missing")
				add("keeps", place, layer)
			}
			for place, layer := range map[string]string{"after": layers.after, "view": layers.view} {
				for name, rules := range layers.made {
					add(name, place, layer, rules...)
				}
			}
			got := map[string][]string{}
			for _, line := range snifter.Lines(t, snifter.Copy(t, "testdata"), 1, args...) {
				for _, request := range line["requests"].([]any) {
					if path, ok := strings.CutPrefix(request.(string), "GET "); ok && !strings.Contains(path, " ") {
						got[path] = append(got[path], line["rule"].(string)+" "+line["stage_name"].(string))
					}
				}
			}
			for _, found := range got {
				slices.Sort(found)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
