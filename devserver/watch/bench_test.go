package watch_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/snifter-dev/snifter/devserver/watch"
)

func BenchmarkSaveToBatch(b *testing.B) {
	dir := b.TempDir()
	for i := range 200 {
		sub := filepath.Join(dir, fmt.Sprint("pkg", i))
		if err := os.Mkdir(sub, 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(sub, "m.py"), []byte("x"), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	w, err := watch.New(watch.Options{Dirs: []string{dir}, Files: watch.Python()})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	n := 0
	for b.Loop() {
		n++
		if err := os.WriteFile(filepath.Join(dir, "pkg7", "m.py"), fmt.Append(nil, n), 0o644); err != nil {
			b.Fatal(err)
		}
		<-w.Batches()
	}
}

func BenchmarkNew(b *testing.B) {
	dir := b.TempDir()
	for i := range 500 {
		sub := filepath.Join(dir, fmt.Sprint("pkg", i))
		if err := os.Mkdir(sub, 0o755); err != nil {
			b.Fatal(err)
		}
		for j := range 10 {
			if err := os.WriteFile(filepath.Join(sub, fmt.Sprintf("m%d.py", j)), []byte("x"), 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	for b.Loop() {
		w, err := watch.New(watch.Options{Dirs: []string{dir}, Files: watch.Python()})
		if err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
