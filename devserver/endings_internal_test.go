package devserver

import (
	"context"
	"os"
	"testing"

	"github.com/snifter-dev/snifter/devserver/worker"
)

// TestRetiredAgain: a build that gave way, and is then replaced, counts once among those whose requests do not end.
func TestRetiredAgain(t *testing.T) {
	w := startWorker(t)
	b, bd := newBuilds(nil), &build{}
	bd.add(w)
	for range 2 {
		b.retire(bd)
		b.mu.Lock()
		if n := len(b.retired); n > 1 {
			t.Errorf("%d workers are retired, want 1", n)
		}
		b.mu.Unlock()
	}
	<-w.Done()
}

// startWorker starts a worker that answers nothing.
func startWorker(t *testing.T) *worker.Worker {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "SNIFTER_TEST_WORKER=1") // see TestMain
	w, err := worker.Start(context.Background(), worker.Spec{Argv: []string{program}, Env: env, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	return w
}
