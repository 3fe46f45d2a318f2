package worker_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/snifter-dev/snifter/devserver/worker"
)

// A folder whose name is no UTF-8 is one as any other (PEP 383).
func TestNoUTF8(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "caf\xe9")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "inside.py"), helloApp+"\nimport os\nassert os.environ['NAMED'].endswith('caf\\udce9')\n")
	a := newApp(t, "", func(s *worker.PythonSpec) {
		s.Plan.Module, s.Plan.Dir, s.Plan.SysPath = "inside", dir, []string{dir}
		s.Plan.Env = map[string]string{"NAMED": dir}
		s.Stages = &worker.StageSearch{}
	})
	ready := a.start(t, nil).Ready()
	if want := filepath.Join(dir, "inside.py"); !slices.Contains(ready.Files, want) || ready.Stages[0].File != want {
		t.Errorf("files %q, stages %v", ready.Files, ready.Stages)
	}
	write(t, filepath.Join(dir, "inside.py"), "1 / 0\n")
	_, err := a.starts.Start(context.Background(), nil)
	var load *worker.LoadError
	if !errors.As(err, &load) {
		t.Fatalf("got %v, want a LoadError", err)
	}
	if at := load.Raised.Frames[len(load.Raised.Frames)-1]; at.File != filepath.Join(dir, "inside.py") || at.Source != "1 / 0" {
		t.Errorf("%+v", at)
	}
}
