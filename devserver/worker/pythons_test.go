package worker_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/devserver/worker"
)

// Every Python from 3.8 on that pyenv has, besides the one that all the other tests use, through a whole life: a
// start, requests of several kinds at once, a rebuild, an end. All imports are lazy, from Python 3.15 on (PEP 810).
func TestEveryPython(t *testing.T) {
	t.Setenv("PYTHON_LAZY_IMPORTS", "all")
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	paths, _ := filepath.Glob(filepath.Join(home, ".pyenv", "versions", "*", "bin", "python3"))
	for _, path := range append(paths, "python3") {
		out, err := exec.Command(path, "-c", "import sys; print(sys.version_info >= (3, 8), sys.executable)").Output()
		fields := strings.Fields(string(out))
		if err != nil || len(fields) != 2 || fields[0] != "True" {
			continue
		}
		t.Run(path, func(t *testing.T) {
			a := newRules(t, func(s *worker.PythonSpec) { s.Command = []string{fields[1]} })
			answers, err := os.ReadFile(filepath.Join(a.dir, "answers.py"))
			if err != nil {
				t.Fatal(err)
			}
			for build := range 2 {
				write(t, filepath.Join(a.dir, "answers.py"), string(answers)+fmt.Sprintf("\n\ndef build(e, s):\n    ok(s)\n    return [b'%d']\n", build))
				w := a.start(t, nil)
				if got := get(t, w, "PATH_INFO", "/build").body(); got != fmt.Sprint(build) {
					t.Errorf("build %d: %q", build, got)
				}
				slow := send(t, w, query("stream", "s"))
				slow.await(t, "the first block", func() bool { return len(slow.blocks) == 1 })
				up := upload(t, w, 3<<20)
				if got := up.body(); got != fmt.Sprint(3<<20) {
					t.Errorf("uploaded %s", got)
				}
				if a := get(t, w, "PATH_INFO", "/chained"); len(a.raised) != 1 || a.raised[0].Cause == nil {
					t.Errorf("raised %+v", a.raised)
				}
				if got := get(t, w, "PATH_INFO", "/prints").output["stdout"]; got != "to stdout\nraw\nlast" {
					t.Errorf("printed %q", got)
				}
				for i := range 3 {
					get(t, w, "PATH_INFO", "/unblock", "QUERY_STRING", fmt.Sprintf("s%d", i))
				}
				slow.wait(t)
				w.Stop()
				if how := awaitDone(t, w); how != "exited with status 0" {
					t.Errorf("it %s", how)
				}
			}
		})
	}
}
