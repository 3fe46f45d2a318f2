package watch_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/watch"
)

func TestExamine(t *testing.T) {
	dir := t.TempDir()
	app := filepath.Join(dir, "app.py")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(app, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a = 1")
	w, err := watch.New(watch.Options{Dirs: []string{dir}, Files: watch.Python()})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	// Waits until the contents are known, so that a touch can be told from a change.
	if batch, err := w.Examine(ctx, app); batch != 0 || err != nil {
		t.Fatalf("nothing was done, but Examine says %v, %v", batch, err)
	}
	if err := os.Chtimes(app, time.Now(), time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if batch, err := w.Examine(ctx, app); batch != 0 || err != nil {
		t.Errorf("after a touch Examine says %v, %v", batch, err)
	}
	write("a = 2")
	for range 2 {
		if batch, err := w.Examine(ctx, app); batch != 1 || err != nil {
			t.Errorf("after a change Examine says %v, %v", batch, err)
		}
	}
	batch := <-w.Batches()
	if batch.Number != 1 {
		t.Errorf("the first batch is number %d", batch.Number)
	}
	if diff := cmp.Diff([]string{app}, batch.Files); diff != "" {
		t.Errorf("batch (-want +got):\n%s", diff)
	}
	if batch, err := w.Examine(ctx, app); batch != 1 || err != nil {
		t.Errorf("after the batch Examine says %v, %v", batch, err)
	}
	write("a = 3")
	if batch, err := w.Examine(ctx, app); batch != 2 || err != nil {
		t.Errorf("after the next change Examine says %v, %v", batch, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Examine(ctx, app); err != watch.ErrClosed {
		t.Errorf("closed: %v, want ErrClosed", err)
	}
}
