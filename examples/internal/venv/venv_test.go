package venv_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/snifter-dev/snifter/examples/internal/venv"
)

// Nothing has to be installed for these: the requirements are empty.
func TestMadeOnce(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("LocalAppData", t.TempDir())
	requirements := filepath.Join(t.TempDir(), "requirements.txt")
	if err := os.WriteFile(requirements, []byte("# nothing\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var paths [3]string
	var group sync.WaitGroup
	for i := range paths {
		group.Go(func() {
			path, err := venv.Ensure(t.Context(), requirements)
			if err != nil {
				t.Error(err)
			}
			paths[i] = path
		})
	}
	group.Wait()
	if paths[0] == "" || paths[0] != paths[1] || paths[1] != paths[2] {
		t.Fatalf("got %v", paths)
	}
	out, err := exec.CommandContext(t.Context(), paths[0], "-c", "import sys; print(sys.prefix)").CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) == "" {
		t.Fatalf("%v: %s", err, out)
	}
	// One that was left half made is made anew.
	env := filepath.Dir(filepath.Dir(paths[0]))
	if err := os.Remove(filepath.Join(env, "complete")); err != nil {
		t.Fatal(err)
	}
	stray := filepath.Join(env, "stray")
	if err := os.WriteFile(stray, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if again := venv.Python(t, requirements); again != paths[0] {
		t.Errorf("got %s, want %s", again, paths[0])
	}
	if _, err := os.Stat(stray); err == nil {
		t.Error("a half made environment was used")
	}
}

func TestUnpinnedIsRefused(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	requirements := filepath.Join(t.TempDir(), "requirements.txt")
	if err := os.WriteFile(requirements, []byte("flask\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := venv.Ensure(t.Context(), requirements); err == nil || !strings.Contains(err.Error(), "hash") {
		t.Errorf("got %v", err)
	}
}
