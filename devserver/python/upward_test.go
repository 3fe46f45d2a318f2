package python_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/python"
)

func TestUpwardPassesOverSharedFolders(t *testing.T) {
	top := t.TempDir()
	shared, own := filepath.Join(top, "shared"), filepath.Join(top, "shared", "own")
	work := filepath.Join(own, "work")
	if err := os.MkdirAll(work, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{shared, work} {
		if err := os.Chmod(dir, 0o1777); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for dir := range python.Upward(work) {
		got = append(got, dir)
	}
	if diff := cmp.Diff([]string{work, own, top}, got[:min(3, len(got))]); diff != "" {
		t.Errorf("upward (-want +got):\n%s", diff)
	}
	if slices.Contains(got, os.TempDir()) || got[len(got)-1] != filepath.VolumeName(top)+string(filepath.Separator) {
		t.Errorf("upward: %v", got)
	}
}
