package python_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/devserver/python"
)

// pythons are the CPythons from 3.8 on that the machine has, one of each minor version.
func pythons(t testing.TB) map[string]string {
	t.Helper()
	var candidates []string
	home, err := os.UserHomeDir()
	if err == nil {
		candidates, _ = filepath.Glob(filepath.Join(home, ".pyenv", "versions", "*", "bin", "python3"))
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if strings.Contains(dir, "shims") {
			continue // they choose among the above
		}
		more, _ := filepath.Glob(filepath.Join(dir, "python3*"))
		candidates = append(candidates, more...)
	}
	found := map[string]string{}
	const ask = "import sys, platform\nif sys.version_info >= (3, 8) and platform.python_implementation() == 'CPython':" +
		" print('%d.%d' % sys.version_info[:2])"
	for _, c := range append(candidates, "python3") {
		if base := filepath.Base(c); strings.Contains(base, "-") {
			continue // python3-config
		}
		out, err := exec.Command(c, "-c", ask).Output()
		if version := strings.TrimSpace(string(out)); err == nil && version != "" && found[version] == "" {
			found[version] = c
		}
	}
	if len(found) == 0 {
		t.Fatal("no CPython from 3.8 on was found")
	}
	return found
}

// The bridge's own tests, under every Python.
func TestBridge(t *testing.T) {
	t.Parallel()
	// What they start is to compile the bridge but once.
	env := append(os.Environ(), "PYTHONPYCACHEPREFIX="+t.TempDir(), "PYTHONDONTWRITEBYTECODE=")
	for version, path := range pythons(t) {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), path, "-W", "error::SyntaxWarning", "-m", "unittest")
			cmd.Dir, cmd.Env = "bridge", env
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "\nOK") || strings.Contains(string(out), "Ran 0 tests") {
				t.Errorf("%s: %v\n%s", path, err, out)
			}
		})
	}
}

func TestUnpackBridge(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache)
	t.Setenv("LocalAppData", cache)
	first, err := python.UnpackBridge()
	if err != nil {
		t.Fatal(err)
	}
	module := filepath.Join(first.Dir, "_snifter", "boot.py")
	if info, err := os.Stat(module); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Fatalf("%v, %v", info, err)
	}
	// What was changed there is put right, and so is a folder that others may write to.
	if err := os.WriteFile(module, []byte("raise SystemExit"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := python.UnpackBridge(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(module); err != nil || !strings.Contains(string(text), "def main()") {
		t.Errorf("%.100s, %v", text, err)
	}
	if err := os.Chmod(first.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	second, err := python.UnpackBridge()
	if err != nil || second.Dir != first.Dir {
		t.Fatalf("%+v, %v", second, err)
	}
	if info, err := os.Stat(second.Dir); err != nil || info.Mode().Perm() != 0o700 && os.PathSeparator == '/' {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(filepath.Dir(first.Dir)); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestUnpackBridgeWithoutCache(t *testing.T) {
	for _, name := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(name, "")
	}
	t.Setenv("TMPDIR", t.TempDir())
	b, err := python.UnpackBridge()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(b.Dir, "_snifter", "link.py")); err != nil {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(b.Dir); !os.IsNotExist(err) {
		t.Errorf("the temporary folder is still there: %v", err)
	}
}
