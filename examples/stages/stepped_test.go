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
	interpreter := venv.Python(t, "requirements.txt")
	bridge, err := filepath.Abs(filepath.Join("..", "..", "devserver", "python", "bridge"))
	if err != nil {
		t.Fatal(err)
	}
	for stack := range stacks {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), interpreter, "-B", filepath.Join("testdata", "stepped.py"), bridge, stack)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
