package recorder_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/snifter-dev/snifter/recorder"
)

func TestStoreFilesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("modes are Unix's; Windows keeps a user's folders private by itself")
		return
	}
	for name, folder := range map[string]string{"made": "new", "named": ".snifter"} {
		dir := filepath.Join(t.TempDir(), folder)
		if folder == ".snifter" {
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, "capture.db")
		s := openStore(t, path, recorder.StoreOptions{})
		fill(t, s, 1)
		for file, want := range map[string]os.FileMode{dir: 0o700, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600,
			path + "-lock": 0o600, filepath.Join(dir, ".gitignore"): 0o600} {
			st, err := os.Stat(file)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if got := st.Mode().Perm(); got != want {
				t.Errorf("%s: %s has mode %o, want %o", name, filepath.Base(file), got, want)
			}
		}
		if p, _ := os.ReadFile(filepath.Join(dir, ".gitignore")); string(p) != "*\n" {
			t.Errorf("%s: .gitignore holds %q", name, p)
		}
	}
	// Another's folder is left alone, and an open capture in it is closed to others.
	dir := t.TempDir()
	path := filepath.Join(dir, "mine.db")
	if err := openStore(t, path, recorder.StoreOptions{}).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	openStore(t, path, recorder.StoreOptions{})
	if st, _ := os.Stat(path); st.Mode().Perm() != 0o600 {
		t.Errorf("a capture that others could read still has mode %o", st.Mode().Perm())
	}
	if _, err := os.Stat(filepath.Join(dir, ".gitignore")); err == nil {
		t.Error("a .gitignore was put into a folder that is not snifter's")
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	database := func(name, script string) string {
		path := filepath.Join(dir, name)
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(script); err != nil {
			t.Fatal(err)
		}
		return path
	}
	full := filepath.Join(dir, "full.db")
	s := openStore(t, full, recorder.StoreOptions{})
	fill(t, s, 2000)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(full)
	if err != nil {
		t.Fatal(err)
	}
	newer := file("newer.db", string(whole))
	database("newer.db", "PRAGMA user_version = 99")
	for name, c := range map[string]struct {
		path string
		want error
	}{
		"text":             {file("text.db", "this is a text file, and a long one, so that SQLite would look at it as a header"), recorder.ErrNotCapture},
		"another database": {database("other.db", "CREATE TABLE t (x); INSERT INTO t VALUES (1)"), recorder.ErrNotCapture},
		"a folder":         {dir, recorder.ErrNotCapture},
		"newer":            {newer, recorder.ErrNewer},
		"cut":              {file("cut.db", string(whole[:16384])), recorder.ErrCorrupt},
	} {
		for how, open := range map[string]func() (*recorder.Store, error){
			"write": func() (*recorder.Store, error) { return recorder.OpenStore(c.path, recorder.StoreOptions{}) },
			"read":  func() (*recorder.Store, error) { return recorder.OpenReadOnly(c.path) },
		} {
			s, err := open()
			if err == nil {
				_ = s.Close()
			}
			var se *recorder.StoreError
			if !errors.Is(err, c.want) || !errors.As(err, &se) || se.Path != c.path || se.Hint == "" {
				t.Errorf("%s, to %s: %v (%+v), want %v", name, how, err, se, c.want)
			}
		}
	}
	if _, err := recorder.OpenReadOnly(filepath.Join(dir, "none.db")); !errors.Is(err, recorder.ErrMissing) {
		t.Errorf("a capture that is not there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "none.db")); err == nil {
		t.Error("opening to read made a file")
	}
	if p, err := os.ReadFile(filepath.Join(dir, "text.db")); err != nil || string(p[:4]) != "this" {
		t.Error("a file that is not ours was written to")
	}
}

func TestMigrationsAreSteps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	s := openStore(t, path, recorder.StoreOptions{})
	fill(t, s, 5)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	err := recorder.Migrate(path, "ALTER TABLE exchanges ADD COLUMN note TEXT", "UPDATE exchanges SET note = 'x'")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var version, n int
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil || version != 3 {
		t.Errorf("format %d, %v, want 3", version, err)
	}
	if err := db.QueryRow("SELECT count(*) FROM exchanges WHERE note = 'x'").Scan(&n); err != nil || n != 5 {
		t.Errorf("%d rows brought over, %v", n, err)
	}
	if err := recorder.Migrate(path, "", "", "no SQL"); err == nil {
		t.Error("a step that fails passed")
	}
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil || version != 3 {
		t.Errorf("a step that failed left format %d, %v", version, err)
	}
	if _, err := recorder.OpenStore(path, recorder.StoreOptions{}); !errors.Is(err, recorder.ErrNewer) {
		t.Errorf("the capture of a later format: %v", err)
	}
}
