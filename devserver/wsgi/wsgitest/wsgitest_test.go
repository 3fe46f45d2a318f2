package wsgitest_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/devserver/wsgi/wsgitest"
)

// TestMain has more cases run at once than there are processors: most of them wait, and some for a time limit to pass.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// In turn, not at once: the time limits of some cases would be those of the machine.

func TestPython(t *testing.T) { wsgitest.Run(t, wsgitest.Python(t, "python3")) }

func TestPythonValidated(t *testing.T) {
	s := wsgitest.Python(t, "python3")
	s.Validated = true
	wsgitest.Run(t, s)
}

func TestGo(t *testing.T) {
	s := wsgitest.Go(t)
	t.Run("plain", func(t *testing.T) { wsgitest.Run(t, s) })
	stacked := s
	stacked.Stacked = true
	t.Run("stacked", func(t *testing.T) { wsgitest.Run(t, stacked) })
	s.Validated = true
	t.Run("validated", func(t *testing.T) { wsgitest.Run(t, s) })
}

// TestEveryPython takes the quick cases on every CPython from 3.8 on, in PATH or of pyenv, that is not the one above.
func TestEveryPython(t *testing.T) {
	paths := []string{"python3"}
	for minor := 8; minor <= 20; minor++ {
		paths = append(paths, "python3."+strconv.Itoa(minor))
	}
	if home, err := os.UserHomeDir(); err == nil {
		found, _ := filepath.Glob(filepath.Join(home, ".pyenv", "versions", "*", "bin", "python3"))
		paths = append(paths, found...)
	}
	seen := map[string]bool{}
	for i, path := range paths {
		const ask = `import sys; print(sys.version_info >= (3, 8), "%d.%d" % sys.version_info[:2], sys.executable)`
		out, err := exec.Command(path, "-c", ask).Output()
		fields := strings.Fields(string(out))
		if err != nil || len(fields) != 3 || fields[0] != "True" || seen[fields[1]] {
			continue // a name that leads nowhere, or to one too old, or to one that was seen
		}
		seen[fields[1]] = true
		if i == 0 {
			continue
		}
		t.Run(fields[1], func(t *testing.T) {
			s := wsgitest.Python(t, fields[2])
			s.Quick = true
			wsgitest.Run(t, s)
		})
	}
}
