package stages_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/snifter-dev/snifter/examples/internal/venv"
)

// TestStepped has every stack's requests stop at each of their boundaries, go on, be answered and fail there, and go through
// without one stage after the other.
func TestStepped(t *testing.T) {
	for stack := range stacks {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			script(t, "stepped.py", stack)
		})
	}
}

// TestAnsweredByLayers has pages and hooks of every framework answered by hand, and what is around them have the answer.
func TestAnsweredByLayers(t *testing.T) { script(t, "answered.py") }

// TestRaisedInMiddlewares has exceptions raised by hand in middlewares of Django's come to what their own come to.
func TestRaisedInMiddlewares(t *testing.T) { script(t, "raised.py") }

// script runs one of testdata, which speaks to workers of the bridge.
func script(t *testing.T, name string, args ...string) {
	t.Helper()
	bridge, err := filepath.Abs(filepath.Join("..", "..", "devserver", "python", "bridge"))
	if err != nil {
		t.Fatal(err)
	}
	args = append([]string{"-B", filepath.Join("testdata", name), bridge}, args...)
	cmd := exec.CommandContext(t.Context(), venv.Python(t, "requirements.txt"), args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
