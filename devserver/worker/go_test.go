package worker_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/snifter-dev/snifter/devserver/worker"
)

// A Go worker is the same from here, but for its start.
func TestGoWorker(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "hello")
	build := exec.Command("go", "build", "-o", binary, "github.com/snifter-dev/snifter/examples/go/stream")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w, err := worker.Start(context.Background(), worker.Spec{Argv: []string{binary}, Env: os.Environ()})
	if err != nil {
		t.Fatal(err)
	}
	if r := w.Ready(); r.Language != "go" || r.PID != int64(w.PID()) {
		t.Errorf("%+v", r)
	}
	a := get(t, w, "QUERY_STRING", "n=3&ms=1")
	if a.head == nil || a.head.Status != "200 OK" || a.broken || len(a.blocks) != 3 {
		t.Errorf("head %+v, %d blocks, broken %v", a.head, len(a.blocks), a.broken)
	}
	w.Stop()
	if how := awaitDone(t, w); how != "exited with status 0" {
		t.Errorf("it %s", how)
	}
	if _, err := worker.Start(context.Background(), worker.Spec{Argv: []string{"/nonexistent/program"}}); err == nil {
		t.Error("what does not exist was started")
	}
}
