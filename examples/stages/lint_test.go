package stages_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

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
