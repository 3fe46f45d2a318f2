package devserver

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFreshness(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.py"), filepath.Join(dir, "b.py")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(a, "1")
	write(b, "1")
	f := newFreshness()
	defer f.close()
	look := func() (stale []string) {
		f.look(func(files []string) { stale = files })
		return stale
	}
	f.set(time.Now().Add(time.Hour), []string{a, b, filepath.Join(dir, "none.py")})
	if got := look(); got != nil {
		t.Errorf("stale after the build: %v", got)
	}
	write(a, "22")
	if diff := cmp.Diff([]string{a}, look()); diff != "" {
		t.Errorf("after a save (-want +got):\n%s", diff)
	}
	if got := look(); got != nil {
		t.Errorf("told twice: %v", got)
	}
	if err := os.Remove(b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{b}, look()); diff != "" {
		t.Errorf("after a removal (-want +got):\n%s", diff)
	}
	// Loaded by a request, before or after the build is told of, and saved after that.
	write(b, "1")
	for range 2 {
		f.add([]string{b})
		write(b, "333")
		if diff := cmp.Diff([]string{b}, look()); diff != "" {
			t.Errorf("loaded late (-want +got):\n%s", diff)
		}
		f.add([]string{b})
		f.set(time.Now().Add(-time.Minute), nil)
		write(b, "4444")
		if diff := cmp.Diff([]string{b}, look()); diff != "" {
			t.Errorf("loaded while the build was told of (-want +got):\n%s", diff)
		}
	}
	f.set(time.Now().Add(time.Hour), []string{a})
	write(b, "5")
	if got := look(); got != nil {
		t.Errorf("of a build gone by: %v", got)
	}
	// Watched, though it was not loaded, whatever the build.
	f.also([]string{a, b})
	f.set(time.Now().Add(time.Hour), []string{a})
	for _, path := range []string{a, b} {
		write(path, "66")
		if diff := cmp.Diff([]string{path}, look()); diff != "" {
			t.Errorf("watched (-want +got):\n%s", diff)
		}
	}
	if got := look(); got != nil {
		t.Errorf("watched, and told twice: %v", got)
	}
	// Written while the build was loading: what it read is not known.
	f.set(time.Now().Add(-time.Hour), []string{a})
	if diff := cmp.Diff([]string{a}, look()); diff != "" {
		t.Errorf("written while loading (-want +got):\n%s", diff)
	}
	f.begin()
	f.set(time.Now().Add(time.Hour), []string{a})
	if got := look(); got != nil {
		t.Errorf("not written while loading: %v", got)
	}
	f.begin()
	write(a, "77")
	f.set(time.Now().Add(time.Hour), []string{a})
	if diff := cmp.Diff([]string{a}, look()); diff != "" {
		t.Errorf("heard while loading, by a file system whose clock is slow (-want +got):\n%s", diff)
	}
	f.begin()
	write(b, "88")
	f.set(time.Now().Add(time.Hour), []string{a})
	if diff := cmp.Diff([]string{b}, look()); diff != "" {
		t.Errorf("watched, and heard while loading (-want +got):\n%s", diff)
	}
}
